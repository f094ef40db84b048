/* SPDX-License-Identifier: MIT */
#include "server/backup_tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { READ_BYTES = 1 << 18, RIGHTS = 0777 };

/* libarchive converts names between the locale's encoding and pax' UTF-8: ours are UTF-8 wherever the program runs. What
 * isn't is kept as bytes. */
struct names {
	locale_t utf8, before;
};

static struct names names_begin(void)
{
	struct names n = {newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), (locale_t)0};
	if (n.utf8)
		n.before = uselocale(n.utf8);
	return n;
}

static void names_end(struct names *n)
{
	if (!n->utf8)
		return;
	uselocale(n->before);
	freelocale(n->utf8);
}

enum tar_packing tar_packing_of(const char *file)
{
	struct span name = span_of(file);
	return span_ends(name, ".zst") || span_ends(name, ".tzst") ? TAR_ZSTD :
		span_ends(name, ".gz") || span_ends(name, ".tgz") ? TAR_GZIP : TAR_PLAIN;
}

/* ---- writing ---- */

struct tar_writer {
	struct archive *archive;
	struct archive_entry *entry;
	struct names names;
};

static enum err write_fault(struct tar_writer *w, struct why *why)
{
	int code = archive_errno(w->archive);
	const char *text = archive_error_string(w->archive);
	return why_set(why, code == ENOSPC || code == EDQUOT || code == EFBIG ? E_FULL : E_IO, "%s",
		code > 0 ? strerror(code) : text ? text : "it can't be written");
}

enum err tar_writer_open(int fd, enum tar_packing packing, struct tar_writer **out, struct why *why)
{
	struct tar_writer *w = mem_new(1, sizeof *w);
	*out = w;
	w->archive = archive_write_new();
	w->entry = archive_entry_new();
	w->names = names_begin();
	ASSERT(w->archive && w->entry);
	int code = archive_write_set_format_pax(w->archive);
	if (code == ARCHIVE_OK && packing == TAR_ZSTD)
		code = archive_write_add_filter_zstd(w->archive);
	if (code == ARCHIVE_OK && packing == TAR_GZIP)
		code = archive_write_add_filter_gzip(w->archive);
	if (code == ARCHIVE_OK)
		code = archive_write_open_fd(w->archive, fd);
	return code == ARCHIVE_OK ? OK : write_fault(w, why);
}

enum err tar_writer_entry(struct tar_writer *w, const struct tar_entry *entry, struct why *why)
{
	struct archive_entry *e = archive_entry_clear(w->entry);
	archive_entry_copy_pathname(e, entry->path);
	archive_entry_set_filetype(e, entry->is_folder ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(e, (mode_t)entry->mode & RIGHTS);
	archive_entry_set_mtime(e, (time_t)entry->changed_s, entry->changed_ns);
	archive_entry_set_size(e, entry->is_folder ? 0 : (int64_t)entry->n_bytes);
	/* A name that isn't UTF-8 is a warning, and written as it is. */
	return archive_write_header(w->archive, e) >= ARCHIVE_WARN ? OK : write_fault(w, why);
}

enum err tar_writer_bytes(struct tar_writer *w, struct span bytes, struct why *why)
{
	while (bytes.n) {
		la_ssize_t n = archive_write_data(w->archive, bytes.p, bytes.n);
		if (n <= 0)
			return n < 0 ? write_fault(w, why) : why_set(why, E_IO, "an entry is longer than it was said to be");
		bytes = span_from(bytes, (size_t)n);
	}
	return OK;
}

enum err tar_writer_finish(struct tar_writer *w, struct why *why)
{
	return archive_write_close(w->archive) >= ARCHIVE_WARN ? OK : write_fault(w, why);
}

void tar_writer_close(struct tar_writer *w)
{
	if (!w)
		return;
	archive_write_free(w->archive);
	archive_entry_free(w->entry);
	names_end(&w->names);
	free(w);
}

/* ---- reading ---- */

struct tar_reader {
	struct archive *archive;
	struct names names;
	uint64_t n_read; /* of the entry */
};

static enum err read_fault(struct tar_reader *r, struct why *why)
{
	const char *text = archive_error_string(r->archive);
	int code = archive_errno(r->archive);
	/* What the machine refuses has its code from the kernel; damage one of libarchive's own, or EINVAL. */
	bool is_machine = code == EIO || code == EACCES || code == EPERM || code == EISDIR || code == ENOENT || code == ENOMEM;
	return why_set(why, code == ENOENT ? E_GONE : is_machine ? E_IO : E_FORMAT, "%s",
		is_machine ? strerror(code) : text ? text : "damaged");
}

enum err tar_reader_open(const char *file, struct tar_reader **out, struct why *why)
{
	struct tar_reader *r = mem_new(1, sizeof *r);
	*out = r;
	r->archive = archive_read_new();
	r->names = names_begin();
	ASSERT(r->archive);
	int code = archive_read_support_filter_zstd(r->archive);
	if (code == ARCHIVE_OK)
		code = archive_read_support_filter_gzip(r->archive);
	if (code == ARCHIVE_OK)
		code = archive_read_support_format_tar(r->archive);
	if (code == ARCHIVE_OK)
		code = archive_read_open_filename(r->archive, file, READ_BYTES);
	return code == ARCHIVE_OK ? OK : read_fault(r, why);
}

void tar_reader_close(struct tar_reader *r)
{
	if (!r)
		return;
	archive_read_free(r->archive);
	names_end(&r->names);
	free(r);
}

static const char *strange_kind(struct archive_entry *e)
{
	if (archive_entry_hardlink(e))
		return "a link";
	switch (archive_entry_filetype(e)) {
	case AE_IFREG: return archive_entry_sparse_count(e) ? "a file with holes" : NULL;
	case AE_IFDIR: return NULL;
	case AE_IFLNK: return "a symbolic link";
	case AE_IFCHR: case AE_IFBLK: return "a device";
	case AE_IFIFO: return "a pipe";
	default: return "no file";
	}
}

enum err tar_reader_next(struct tar_reader *r, struct tar_entry *entry, struct why *why)
{
	struct archive_entry *e;
	int code = archive_read_next_header(r->archive, &e);
	if (code == ARCHIVE_EOF)
		return E_GONE;
	if (code < ARCHIVE_WARN) {
		enum err fault = read_fault(r, why);
		return fault == E_GONE ? E_IO : fault;
	}
	r->n_read = 0;
	const char *path = archive_entry_pathname(e);
	int64_t n_bytes = archive_entry_size(e);
	*entry = (struct tar_entry){.path = path ? path : "", .is_folder = archive_entry_filetype(e) == AE_IFDIR,
		.strange = strange_kind(e), .n_bytes = n_bytes > 0 ? (uint64_t)n_bytes : 0,
		.changed_s = archive_entry_mtime(e), .changed_ns = archive_entry_mtime_nsec(e),
		.mode = archive_entry_perm(e) & RIGHTS};
	return OK;
}

enum err tar_reader_bytes(struct tar_reader *r, struct span *bytes, struct why *why)
{
	const void *p;
	size_t n;
	la_int64_t offset;
	*bytes = (struct span){NULL, 0};
	int code = archive_read_data_block(r->archive, &p, &n, &offset);
	if (code == ARCHIVE_EOF)
		return OK;
	if (code < ARCHIVE_WARN) {
		enum err fault = read_fault(r, why);
		return fault == E_GONE ? E_IO : fault;
	}
	if ((uint64_t)offset != r->n_read)
		return why_set(why, E_FORMAT, "it has holes, which Carillon doesn't write");
	r->n_read += n;
	*bytes = span_make(p, n);
	return OK;
}

/* SPDX-License-Identifier: MIT */
#include "server/publish_output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "server/gzip.h"

static const char list_name[] = OUTPUT_LIST;
static const char old_mark[] = "old";

enum {
	LIST_BYTES_MAX = 256 << 20,
	WORTH_COMPRESSING = 1024,  /* bytes; what is smaller goes in one packet anyway */
	NAME_BYTES_MAX = 250,      /* with .gz and .new still within 255 */
};

struct entry {
	char *file;
	uint64_t hash;     /* of media 0 */
	int64_t n_bytes;
	bool is_old;       /* in a former run, not in this */
};

struct entries {
	struct entry *list;
	size_t n, room;
};

struct output {
	char *folder;
	int fd;
	bool compresses, is_changed;
	uint64_t fingerprint;
	struct timespec listed;   /* when the list was written */
	struct entries before;    /* sorted by file */
	pthread_mutex_t lock;     /* for what follows */
	struct entries now;
	size_t n_written;
};

static enum err failed(struct why *why, const char *what, const char *file)
{
	int code = errno;
	enum err e = code == ENOSPC || code == EDQUOT ? E_FULL : code == EACCES || code == EPERM ? E_DENIED :
		code == ENAMETOOLONG || code == EILSEQ ? E_FORMAT : E_IO;
	return why_set(why, e, "can't %s %s: %s", what, file, strerror(code));
}

static void add(struct entries *entries, struct entry entry)
{
	if (entries->n == entries->room) {
		entries->room = entries->room ? entries->room * 2 : 256;
		entries->list = mem_grow(entries->list, entries->room, sizeof *entries->list);
	}
	entries->list[entries->n++] = entry;
}

static void finish_entries(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->list[i].file);
	free(entries->list);
}

static int by_file(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->file, ((const struct entry *)b)->file);
}

static struct entry *find(const struct entries *entries, const char *file)
{
	const struct entry key = {.file = (char *)(uintptr_t)file};
	return entries->n ? bsearch(&key, entries->list, entries->n, sizeof key, by_file) : NULL;
}

/* ---- the list ---- */

static bool is_name(const char *file)
{
	struct span rest = span_of(file), piece;
	if (!rest.n || file[0] == '/' || file[rest.n - 1] == '/')
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)file[i] < ' ')
			return false; /* the list has a line a file */
	while (span_next_piece(&rest, '/', &piece))
		if (!piece.n || piece.n > NAME_BYTES_MAX || span_is(piece, ".") || span_is(piece, ".."))
			return false;
	return true;
}

static bool read_hex(struct span text, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *digit = strchr("0123456789abcdef", text.p[i]);
		if (!digit || !*digit)
			return false;
		*value = *value << 4 | (uint64_t)(digit - "0123456789abcdef");
	}
	return text.n == 16;
}

static bool read_line(struct output *o, struct span line)
{
	struct span hash, size;
	struct entry entry = {0};
	if (!span_next_piece(&line, ' ', &hash) || !span_next_piece(&line, ' ', &size) || !line.n)
		return false;
	entry.is_old = span_is(hash, old_mark);
	if ((!entry.is_old && !read_hex(hash, &entry.hash)) || !span_to_i64(size, &entry.n_bytes) || entry.n_bytes < 0)
		return false;
	entry.file = span_dup(line);
	add(&o->before, entry);
	return is_name(entry.file);
}

static enum err read_list(struct output *o, struct why *why)
{
	char *path = file_join(o->folder, list_name);
	struct buf text = {0};
	struct stat info;
	enum err e = file_read(path, LIST_BYTES_MAX, &text, why);
	if (e == E_GONE) {
		e = OK;
		goto end;
	}
	if (e)
		goto end;
	if (stat(path, &info) == 0)
		o->listed = info.st_mtim;
	struct span rest = buf_view(&text), line;
	if (!span_next_line(&rest, &line) || !read_hex(line, &o->fingerprint))
		e = why_set(why, E_FORMAT, "%.100s:1: no list of published files; move it away, and all is written anew", path);
	for (int number = 2; !e && span_next_line(&rest, &line); number++)
		if (!read_line(o, line))
			e = why_set(why, E_FORMAT, "%.100s:%d: a damaged line; move the list away, and all is written anew", path, number);
	if (o->before.n)
		qsort(o->before.list, o->before.n, sizeof *o->before.list, by_file);
end:
	buf_finish(&text);
	free(path);
	return e;
}

enum err output_open(const char *folder, bool compresses, struct output **output, struct why *why)
{
	*output = NULL;
	enum err e = file_make_folder(folder, why);
	if (e)
		return e;
	struct output *o = mem_new(1, sizeof *o);
	o->folder = mem_strdup(folder);
	o->compresses = compresses;
	pthread_mutex_init(&o->lock, NULL);
	o->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	e = o->fd < 0 ? failed(why, "open the folder", folder) : read_list(o, why);
	if (e) {
		output_close(o);
		return e;
	}
	*output = o;
	return OK;
}

void output_close(struct output *o)
{
	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	pthread_mutex_destroy(&o->lock);
	finish_entries(&o->before);
	finish_entries(&o->now);
	free(o->folder);
	free(o);
}

/* Is the file as the last run left it? */
static bool is_as_left(const struct output *o, const struct entry *entry)
{
	struct stat info;
	if (fstatat(o->fd, entry->file, &info, AT_SYMLINK_NOFOLLOW) || !S_ISREG(info.st_mode) || info.st_size != entry->n_bytes)
		return false;
	return info.st_mtim.tv_sec < o->listed.tv_sec ||
		(info.st_mtim.tv_sec == o->listed.tv_sec && info.st_mtim.tv_nsec <= o->listed.tv_nsec);
}

bool output_is_current(struct output *o, uint64_t fingerprint)
{
	if (!o->before.n || o->fingerprint != fingerprint)
		return false;
	for (size_t i = 0; i < o->before.n; i++)
		if (o->before.list[i].is_old || !is_as_left(o, &o->before.list[i]))
			return false;
	return true;
}

/* ---- one file ---- */

static void note(struct output *o, const char *file, uint64_t hash, int64_t n_bytes, bool is_written)
{
	pthread_mutex_lock(&o->lock);
	add(&o->now, (struct entry){.file = mem_strdup(file), .hash = hash, .n_bytes = n_bytes});
	o->n_written += is_written;
	pthread_mutex_unlock(&o->lock);
}

static bool is_made(const struct output *o, const char *folder)
{
	return mkdirat(o->fd, folder, 0755) == 0 || errno == EEXIST;
}

static enum err make_folders(const struct output *o, const char *file, struct why *why)
{
	char *path = mem_strdup(file), *last = strrchr(path, '/');
	enum err e = OK;
	bool done = false;
	/* Mostly only the innermost is missing. */
	if (last) {
		*last = '\0';
		done = is_made(o, path);
		*last = '/';
	}
	for (char *slash = strchr(path, '/'); slash && !done && !e; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!is_made(o, path))
			e = failed(why, "make the folder", path);
		*slash = '/';
	}
	free(path);
	return e;
}

/* Opens a new file beside the one that it is to replace. */
static enum err open_new(const struct output *o, const char *name, int *fd, struct why *why)
{
	for (int i = 0; i < 2; i++) {
		*fd = openat(o->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (*fd >= 0)
			return OK;
		if (errno != ENOENT || i)
			break;
		enum err e = make_folders(o, name, why);
		if (e)
			return e;
	}
	return failed(why, "write", name);
}

static enum err write_all(int fd, struct span bytes, const char *file, struct why *why)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(why, "write", file);
		bytes = span_from(bytes, (size_t)n);
	}
	return OK;
}

static char *new_name(const char *file)
{
	struct buf name = {0};
	buf_format(&name, "%s.new", file);
	return buf_take(&name);
}

static enum err replace(const struct output *o, const char *file, struct span bytes, struct why *why)
{
	char *name = new_name(file);
	int fd;
	enum err e = open_new(o, name, &fd, why);
	if (e)
		goto end;
	e = write_all(fd, bytes, file, why);
	if (close(fd) && !e)
		e = failed(why, "write", file);
	if (!e && renameat(o->fd, name, o->fd, file))
		e = failed(why, "replace", file);
	if (e)
		unlinkat(o->fd, name, 0);
end:
	free(name);
	return e;
}

static bool has_bytes(const struct output *o, const char *file, struct span bytes)
{
	struct stat info;
	int fd = openat(o->fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool same = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size == bytes.n;
	char block[1 << 14];
	while (same && bytes.n) {
		ssize_t n = read(fd, block, bytes.n < sizeof block ? bytes.n : sizeof block);
		same = n > 0 && memcmp(block, bytes.p, (size_t)n) == 0;
		bytes = span_from(bytes, same ? (size_t)n : 0);
	}
	if (fd >= 0)
		close(fd);
	return same;
}

static bool is_unchanged(const struct output *o, const char *file, uint64_t hash, struct span bytes)
{
	const struct entry *before = find(&o->before, file);
	if (before && !before->is_old && before->hash == hash && (uint64_t)before->n_bytes == bytes.n && is_as_left(o, before))
		return true;
	return has_bytes(o, file, bytes);
}

/* Makes the file where there is none: nobody has it open, so it needs no other name meanwhile. E_AGAIN: there is one. */
static enum err make(const struct output *o, const char *file, struct span bytes, struct why *why)
{
	enum { FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
	int fd = openat(o->fd, file, FLAGS, 0644);
	if (fd < 0 && errno == ENOENT && make_folders(o, file, why) == OK)
		fd = openat(o->fd, file, FLAGS, 0644);
	if (fd < 0)
		return E_AGAIN;
	enum err e = write_all(fd, bytes, file, why);
	if (close(fd) && !e)
		e = failed(why, "write", file);
	if (e)
		unlinkat(o->fd, file, 0);
	return e;
}

static enum err put(struct output *o, const char *file, struct span bytes, uint64_t hash, struct why *why)
{
	enum err e = make(o, file, bytes, why);
	bool same = e == E_AGAIN && is_unchanged(o, file, hash, bytes);
	if (e == E_AGAIN)
		e = same ? OK : replace(o, file, bytes, why);
	if (!e)
		note(o, file, hash, (int64_t)bytes.n, !same);
	return e;
}

/* Its hash is the hash of what it was made from: a run that finds that unchanged needn't compress again. */
static enum err put_compressed(struct output *o, const char *file, struct span bytes, uint64_t hash, struct why *why)
{
	struct buf name = {0}, small = {0};
	enum err e = OK;
	buf_format(&name, "%s.gz", file);
	const struct entry *before = find(&o->before, name.p);
	if (before && !before->is_old && before->hash == hash && is_as_left(o, before))
		note(o, name.p, hash, before->n_bytes, false);
	else if (gzip_write(bytes, &small) && small.n < bytes.n - bytes.n / 10)
		e = put(o, name.p, buf_view(&small), hash, why);
	buf_finish(&name);
	buf_finish(&small);
	return e;
}

enum err output_put(struct output *o, const char *file, struct span bytes, struct why *why)
{
	if (!is_name(file))
		return why_set(why, E_FORMAT, "%.120s can't be a file's name; give its page another slug", file);
	uint64_t hash = span_hash(bytes);
	enum err e = put(o, file, bytes, hash, why);
	if (!e && o->compresses && bytes.n >= WORTH_COMPRESSING)
		e = put_compressed(o, file, bytes, hash, why);
	return e;
}

/* ---- media ---- */

static enum err copy(const struct output *o, int from, const struct stat *info, const char *file, const char *name,
	struct why *why)
{
	int to;
	enum err e = open_new(o, name, &to, why);
	if (e)
		return e;
	off_t left = info->st_size;
	while (left > 0 && !e) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)left, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = failed(why, "copy", file);
		else if (n == 0)
			break; /* it has become shorter */
		else
			left -= n;
	}
	const struct timespec times[2] = {info->st_mtim, info->st_mtim};
	if (!e && futimens(to, times))
		e = failed(why, "copy", file);
	if (close(to) && !e)
		e = failed(why, "copy", file);
	return e;
}

static bool is_same_media(const struct stat *a, const struct stat *b, bool copies)
{
	if (a->st_ino == b->st_ino && a->st_dev == b->st_dev)
		return !copies;
	return copies && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum err link_or_copy(const struct output *o, int from, const struct stat *info, const char *file, bool copies,
	struct why *why)
{
	char *name = new_name(file), path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", from);
	unlinkat(o->fd, name, 0);
	enum err e = strchr(file, '/') ? make_folders(o, file, why) : OK;
	if (!e && (copies || linkat(AT_FDCWD, path, o->fd, name, AT_SYMLINK_FOLLOW)))
		e = copy(o, from, info, file, name, why);
	if (!e && renameat(o->fd, name, o->fd, file))
		e = failed(why, "replace", file);
	unlinkat(o->fd, name, 0); /* rename leaves it where both were one file already */
	free(name);
	return e;
}

enum err output_put_media(struct output *o, const char *file, const char *source, bool copies, struct why *why)
{
	if (!is_name(file))
		return why_set(why, E_FORMAT, "%.120s can't be a file's name; give it a shorter one", file);
	struct stat there, here;
	int from = open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return failed(why, "read", source);
	enum err e = OK;
	if (fstat(from, &there))
		e = failed(why, "read", source);
	else if (!S_ISREG(there.st_mode))
		e = why_set(why, E_FORMAT, "not a file; media are files");
	bool had = !e && fstatat(o->fd, file, &here, AT_SYMLINK_NOFOLLOW) == 0;
	/* Across file systems a link that was asked for is a copy. */
	bool same = had && (is_same_media(&there, &here, copies) || (there.st_dev != here.st_dev && is_same_media(&there, &here, true)));
	if (!e && !same)
		e = link_or_copy(o, from, &there, file, copies, why);
	if (!e)
		note(o, file, 0, there.st_size, !same);
	close(from);
	return e;
}

/* ---- the end ---- */

static void remove_file(const struct output *o, const char *file)
{
	char *path = mem_strdup(file), *slash;
	unlinkat(o->fd, path, 0);
	/* Folders that have become empty; the others refuse. */
	while ((slash = strrchr(path, '/')) && (*slash = '\0', unlinkat(o->fd, path, AT_REMOVEDIR) == 0))
		;
	free(path);
}

static enum err write_list(struct output *o, uint64_t fingerprint, struct why *why)
{
	struct buf text = {0};
	buf_format(&text, "%016" PRIx64 "\n", fingerprint);
	for (size_t i = 0; i < o->now.n; i++) {
		const struct entry *entry = &o->now.list[i];
		if (entry->is_old)
			buf_format(&text, "%s", old_mark);
		else
			buf_format(&text, "%016" PRIx64, entry->hash);
		buf_format(&text, " %" PRId64 " %s\n", entry->n_bytes, entry->file);
	}
	/* Younger than every file that was written, even where its text hasn't changed. */
	enum err e = !o->n_written && has_bytes(o, list_name, buf_view(&text)) ? OK : replace(o, list_name, buf_view(&text), why);
	buf_finish(&text);
	return e;
}

void output_count(const struct output *o, struct output_counts *counts)
{
	const struct entries *entries = o->now.n ? &o->now : &o->before;
	counts->files = counts->n_bytes = 0;
	counts->written = o->n_written;
	for (size_t i = 0; i < entries->n; i++) {
		counts->files += !entries->list[i].is_old;
		counts->n_bytes += entries->list[i].is_old ? 0 : (uint64_t)entries->list[i].n_bytes;
	}
}

void output_each(const struct output *o, void (*each)(void *data, const char *file, uint64_t hash), void *data)
{
	const struct entries *entries = o->now.n ? &o->now : &o->before;
	for (size_t i = 0; i < entries->n; i++)
		if (!entries->list[i].is_old)
			each(data, entries->list[i].file, entries->list[i].hash);
}

enum err output_settle(struct output *o, uint64_t fingerprint, const struct output_old *old, struct output_counts *counts,
	struct why *why)
{
	*counts = (struct output_counts){0};
	if (o->now.n)
		qsort(o->now.list, o->now.n, sizeof *o->now.list, by_file);
	size_t n_now = o->now.n;
	for (size_t i = 0; i < o->before.n; i++) {
		struct entry entry = o->before.list[i];
		struct stat info;
		const struct entries now = {o->now.list, n_now, 0};
		if (find(&now, entry.file) || fstatat(o->fd, entry.file, &info, AT_SYMLINK_NOFOLLOW))
			continue;
		bool goes = old->prune || (old->must_go && old->must_go(old->data, entry.file));
		old->told(old->data, entry.file, goes);
		counts->old++;
		counts->pruned += goes;
		if (goes) {
			remove_file(o, entry.file);
			continue;
		}
		entry.file = mem_strdup(entry.file);
		entry.is_old = true;
		add(&o->now, entry);
	}
	if (o->now.n)
		qsort(o->now.list, o->now.n, sizeof *o->now.list, by_file);
	output_count(o, counts);
	return write_list(o, fingerprint, why);
}

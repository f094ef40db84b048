/* restore.c - a backup made a site again, or only checked. What an archive says is believed nowhere: a path must stay in
 * the folder, only files and folders are made, each new, in a folder that nobody else can enter, so that no link can lead
 * out of it.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/backup.h"
#include "server/backup_manifest.h"
#include "server/backup_tar.h"

enum { HEAD_MOST = 1 << 16, MANIFEST_MOST = 1 << 28, FOLDERS_OPEN = 32 };

struct job {
	const char *file;
	const char *target;      /* FOLDER.partial; NULL: only checks */
	const struct backup_report *report;
	struct restore_counts *counts;
	struct why *why;
	struct tar_reader *tar;
	struct manifest_hash *hash;
	struct manifest found, listed;
	size_t n_entries;
	bool has_head, has_manifest;
	uint64_t done, total;
};

static enum err refuse(struct job *j, const char *what, const char *path)
{
	int code = errno;
	return why_set(j->why, code == ENOSPC || code == EDQUOT || code == EFBIG ? E_FULL : E_IO, "can't %s %s: %s", what, path,
		strerror(code));
}

static enum err damaged(struct job *j, const char *path, const char *text)
{
	return why_set(j->why, E_FORMAT, "%s: '%.90s' can't be restored: %s", j->file, path, text);
}

/* ---- one entry ---- */

/* The folders above it; those that the archive has no entry for, too. */
static enum err make_above(struct job *j, const char *full)
{
	char *above = mem_strdup(full);
	*strrchr(above, '/') = '\0';
	enum err e = file_make_folder(above, j->why);
	free(above);
	return e;
}

static enum err make_folder(struct job *j, const struct tar_entry *entry)
{
	char *path = mem_strdup(entry->path);
	size_t n = strlen(path);
	if (path[n - 1] == '/')
		path[n - 1] = '\0';
	manifest_add(&j->found, path, true, NULL);
	enum err e = OK;
	if (j->target) {
		char *full = file_join(j->target, path);
		e = file_make_folder(full, j->why);
		free(full);
	}
	free(path);
	return e;
}

/* What an archive claims of a size is checked before a byte of it is written. */
static enum err check_room(struct job *j, const struct tar_entry *entry)
{
	struct statvfs info;
	if (statvfs(j->target, &info))
		return OK;
	uint64_t room = (uint64_t)info.f_bavail * info.f_frsize;
	return entry->n_bytes <= room ? OK : why_set(j->why, E_FULL, "%.90s takes %.1f MB, and there are %.1f MB free",
		entry->path, (double)entry->n_bytes / 1e6, (double)room / 1e6);
}

static enum err create(struct job *j, const struct tar_entry *entry, const char *full, int *fd)
{
	enum err e = check_room(j, entry);
	if (!e)
		e = make_above(j, full);
	if (e)
		return e;
	/* Others' right to write isn't restored, nor is what makes a file run as somebody else. */
	*fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)(entry->mode & 0755) | 0600);
	if (*fd < 0 && errno == EEXIST)
		return damaged(j, entry->path, "it is there twice");
	return *fd < 0 ? refuse(j, "make", full) : OK;
}

static enum err write_all(struct job *j, int fd, struct span bytes, const char *full)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(j, "write", full);
		bytes = span_from(bytes, (size_t)n);
	}
	return OK;
}

/* The entry's bytes: hashed, and into the file or kept. */
static enum err take_bytes(struct job *j, const struct tar_entry *entry, int fd, const char *full, struct buf *kept,
	size_t most)
{
	uint64_t n_bytes = 0;
	struct span bytes;
	enum err e;
	while (!(e = tar_reader_bytes(j->tar, &bytes, j->why)) && bytes.n) {
		n_bytes += bytes.n;
		if (n_bytes > entry->n_bytes || (kept && n_bytes > most))
			return damaged(j, entry->path, "it is larger than it may be");
		manifest_hash_add(j->hash, bytes);
		if (kept)
			buf_span(kept, bytes);
		e = fd >= 0 ? write_all(j, fd, bytes, full) : OK;
		if (e)
			return e;
		j->counts->n_bytes += bytes.n;
		if (j->report->progress)
			j->report->progress(j->report->data, j->counts->n_bytes, j->total, entry->path);
	}
	if (!e && n_bytes != entry->n_bytes)
		return damaged(j, entry->path, "it is cut off");
	return e;
}

static enum err restore_file(struct job *j, const struct tar_entry *entry)
{
	char *full = j->target ? file_join(j->target, entry->path) : NULL, *path = mem_strdup(entry->path);
	unsigned char hash[MANIFEST_HASH];
	struct tar_entry own = *entry; /* its path changes with the reader's next step */
	own.path = path;
	int fd = -1;
	enum err e = full ? create(j, &own, full, &fd) : OK;
	if (!e)
		e = take_bytes(j, &own, fd, full, NULL, 0);
	manifest_hash_take(j->hash, hash);
	const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {own.changed_s, own.changed_ns}};
	if (!e && fd >= 0 && futimens(fd, times))
		e = refuse(j, "write", full);
	if (fd >= 0 && close(fd) && !e)
		e = refuse(j, "write", full);
	if (!e) {
		manifest_add(&j->found, path, false, hash);
		j->counts->files++;
	}
	free(full);
	free(path);
	return e;
}

/* ---- what the backup says of itself ---- */

static void copy_text(char *out, size_t room, const cJSON *item)
{
	struct span text = json_string(item);
	snprintf(out, room, "%.*s", SPAN_ARG(text));
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 127)
			*p = '?'; /* it goes to a terminal */
}

static enum err read_head(struct job *j, const struct tar_entry *entry)
{
	struct buf text = {0};
	unsigned char hash[MANIFEST_HASH];
	int64_t format = 0;
	enum err e = take_bytes(j, entry, -1, NULL, &text, HEAD_MOST);
	manifest_hash_take(j->hash, hash);
	manifest_add(&j->found, MANIFEST_HEAD_PATH, false, hash);
	cJSON *head = e ? NULL : json_parse(buf_view(&text), NULL);
	if (!e && !json_i64(json_get(head, "format"), &format))
		e = why_set(j->why, E_FORMAT, "%s is no backup of carillon's; name a file that `carillon backup` made", j->file);
	if (!e && format != MANIFEST_FORMAT)
		e = why_set(j->why, E_FORMAT, "%s has format %lld, this program knows %d; use a newer carillon", j->file,
			(long long)format, MANIFEST_FORMAT);
	if (!e) {
		copy_text(j->counts->version, sizeof j->counts->version, json_get(head, "carillon"));
		copy_text(j->counts->made, sizeof j->counts->made, json_get(head, "made"));
	}
	j->has_head = !e;
	cJSON_Delete(head);
	buf_finish(&text);
	return e;
}

static enum err read_manifest(struct job *j, const struct tar_entry *entry)
{
	struct buf text = {0};
	struct why own = {0};
	enum err e = take_bytes(j, entry, -1, NULL, &text, MANIFEST_MOST);
	if (!e && manifest_read(buf_view(&text), &j->listed, &own))
		e = damaged(j, MANIFEST_PATH, own.text);
	j->has_manifest = true;
	buf_finish(&text);
	return e;
}

static enum err take_entry(struct job *j, const struct tar_entry *entry)
{
	const char *fault = manifest_path_fault(entry->path);
	bool is_first = j->n_entries++ == 0;
	if (is_first != (strcmp(entry->path, MANIFEST_HEAD_PATH) == 0))
		return is_first ? why_set(j->why, E_FORMAT, "%s is no backup of carillon's; name a file that `carillon backup` made",
			j->file) : damaged(j, MANIFEST_HEAD_PATH, "it is there twice");
	if (j->has_manifest)
		return damaged(j, entry->path, "it comes after the backup's end");
	if (fault || entry->strange) {
		struct buf text = {0};
		buf_format(&text, fault ? "%s" : "it is %s; a backup has files and folders only", fault ? fault : entry->strange);
		enum err e = damaged(j, entry->path, text.p);
		buf_finish(&text);
		return e;
	}
	if (is_first)
		return entry->is_folder ? damaged(j, entry->path, "it is a folder") : read_head(j, entry);
	if (strcmp(entry->path, MANIFEST_PATH) == 0)
		return entry->is_folder ? damaged(j, entry->path, "it is a folder") : read_manifest(j, entry);
	return entry->is_folder ? make_folder(j, entry) : restore_file(j, entry);
}

struct telling {
	const struct backup_report *report;
	char first[160];
	size_t n;
};

static void tell(void *data, const char *path, const char *text)
{
	struct telling *t = data;
	if (!t->n++)
		snprintf(t->first, sizeof t->first, "%.90s: %s", path, text);
	if (t->report->fault)
		t->report->fault(t->report->data, path, text);
}

/* The machine's errors and the archive's both come without a name. */
static enum err with_file(struct job *j, enum err e)
{
	struct why inner = *j->why;
	if (strstr(inner.text, j->file))
		return e;
	return e == E_FORMAT ? why_set(j->why, e, "%s is damaged, or no backup: %.120s", j->file, inner.text) : e;
}

static enum err read_all(struct job *j)
{
	struct tar_entry entry;
	struct stat info;
	if (stat(j->file, &info))
		return refuse(j, "read", j->file);
	if (!S_ISREG(info.st_mode))
		return why_set(j->why, E_IO, "%s is no file; name a file that `carillon backup` made", j->file);
	enum err e = tar_reader_open(j->file, &j->tar, j->why);
	if (e == E_GONE)
		return why_set(j->why, E_IO, "can't read %s", j->file);
	while (!e && !(e = tar_reader_next(j->tar, &entry, j->why)))
		e = take_entry(j, &entry);
	if (e != E_GONE)
		return with_file(j, e);
	if (!j->has_head)
		return why_set(j->why, E_FORMAT, "%s is empty, or no backup of carillon's", j->file);
	if (!j->has_manifest)
		return why_set(j->why, E_FORMAT, "%s is cut off: its end is missing", j->file);
	struct telling telling = {.report = j->report};
	if (!manifest_compare(&j->found, &j->listed, tell, &telling))
		return why_set(j->why, E_FORMAT, "%s is damaged in %zu place%s, the first is %.100s", j->file, telling.n,
			telling.n == 1 ? "" : "s", telling.first);
	return OK;
}

/* ---- the folder ---- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info, (void)kind, (void)walk;
	return remove(path);
}

static void remove_folder(const char *path)
{
	(void)nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

static enum err check_new(struct job *j, const char *folder)
{
	char **names;
	size_t n;
	struct stat info;
	if (lstat(folder, &info) && errno == ENOENT)
		return OK;
	if (!file_is_folder(folder))
		return why_set(j->why, E_DENIED, "%s is there already, and no folder; name a new one", folder);
	enum err e = file_list(folder, &names, &n, j->why);
	if (!e)
		file_list_free(names, n);
	if (!e && n)
		return why_set(j->why, E_DENIED, "%s isn't empty; name a new folder, a backup isn't restored over anything", folder);
	return e;
}

/* Before its name says that it is whole, all of it is on the disk. */
static enum err take_name(struct job *j, const char *folder)
{
	int fd = open(j->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mode_t mask = umask(0);
	umask(mask);
	enum err e = fd >= 0 && syncfs(fd) == 0 && fchmod(fd, 0777 & ~mask) == 0 && fsync(fd) == 0 ? OK :
		refuse(j, "write", j->target);
	if (fd >= 0)
		close(fd);
	if (!e && rename(j->target, folder))
		e = errno == EBUSY || errno == EINVAL ? why_set(j->why, E_IO, "%s is in use as it is (a disk is mounted there, or it "
			"is the current folder); restore into a new folder", folder) : refuse(j, "make", folder);
	return e;
}

static enum err restore_into(struct job *j, const char *folder)
{
	struct buf target = {0};
	enum err e = check_new(j, folder);
	buf_text(&target, folder);
	while (target.n > 1 && target.p[target.n - 1] == '/')
		target.p[--target.n] = '\0';
	buf_text(&target, ".partial");
	if (!e && mkdir(target.p, 0700))
		e = errno == EEXIST ? why_set(j->why, E_DENIED, "%s is there, of a restore that was broken off or is going on; remove "
			"it", target.p) : refuse(j, "make", target.p);
	if (!e) {
		j->target = target.p;
		e = read_all(j);
		if (!e)
			e = take_name(j, folder);
		if (e)
			remove_folder(target.p);
	}
	buf_finish(&target);
	return e;
}

enum err backup_restore(const char *file, const char *folder, const struct backup_report *report,
	struct restore_counts *counts, struct why *why)
{
	struct why own = {0};
	struct job j = {.file = file, .report = report, .counts = counts, .why = why ? why : &own};
	struct stat info;
	*counts = (struct restore_counts){.made = "", .version = ""};
	j.total = stat(file, &info) ? 0 : (uint64_t)info.st_size;
	j.hash = manifest_hash_create();
	enum err e = folder ? restore_into(&j, folder) : read_all(&j);
	tar_reader_close(j.tar);
	manifest_hash_destroy(j.hash);
	manifest_finish(&j.found);
	manifest_finish(&j.listed);
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "server/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/backup_list.h"
#include "server/backup_manifest.h"
#include "server/backup_tar.h"

enum { READ_BYTES = 1 << 18, TRIES = 5 };
enum { SMALL_BYTES = 1 << 24 }; /* a file that is read whole before it is written, and again when it changed meanwhile */

struct job {
	const char *site, *file;
	const struct backup_report *report;
	struct backup_counts *counts;
	struct why *why;
	struct backup_list list;
	struct manifest manifest;
	struct manifest_hash *hash;
	struct tar_writer *tar;
	struct buf path_new;     /* FILE.new */
	int fd;                  /* of it */
	uint64_t done, total;    /* bytes, for the progress */
	char *room;
};

static enum err refuse(struct job *j, const char *what, const char *path)
{
	int code = errno;
	return why_set(j->why, code == ENOSPC || code == EDQUOT ? E_FULL : E_IO, "can't %s %s: %s", what, path, strerror(code));
}

static void show_progress(struct job *j, const char *path)
{
	if (j->report->progress)
		j->report->progress(j->report->data, j->done, j->total, path);
}

/* ---- where it goes ---- */

static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	return slash == file ? mem_strdup("/") : slash ? span_dup(span_make(file, (size_t)(slash - file))) : mem_strdup(".");
}

/* The file in the site would be in the next backup, and in this one by half. */
static enum err refuse_inside(struct job *j)
{
	char *folder = folder_of(j->file), *target = realpath(folder, NULL), *site = realpath(j->site, NULL);
	enum err e = OK;
	size_t n = site ? strlen(site) : 0;
	if (!target)
		e = why_set(j->why, E_IO, "%s can't be written to: %s", folder, strerror(errno));
	else if (site && strncmp(target, site, n) == 0 && (target[n] == '\0' || target[n] == '/' || n == 1))
		e = why_set(j->why, E_DENIED, "%s lies in the site itself; name a file outside of it", j->file);
	free(folder);
	free(target);
	free(site);
	return e;
}

static enum err open_new(struct job *j)
{
	buf_format(&j->path_new, "%s.new", j->file);
	/* It has what isn't published, and hashes of tokens. */
	j->fd = open(j->path_new.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->fd < 0)
		return refuse(j, "write", j->path_new.p);
	/* A lock that comes as the other one ends is on the file that it has just named FILE. */
	struct stat ours, named;
	if (flock(j->fd, LOCK_EX | LOCK_NB) || fstat(j->fd, &ours) || stat(j->path_new.p, &named) ||
		ours.st_ino != named.st_ino || ours.st_dev != named.st_dev) {
		close(j->fd);
		j->fd = -1; /* the other's, which mustn't be removed */
		return why_set(j->why, E_AGAIN, "another backup is writing %s; wait for it", j->path_new.p);
	}
	if (ftruncate(j->fd, 0)) /* of one that was broken off */
		return refuse(j, "write", j->path_new.p);
	return OK;
}

/* By a link on the way the site may reach where the backup is written. */
static enum err refuse_reached(struct job *j)
{
	struct stat info;
	if (fstat(j->fd, &info))
		return refuse(j, "write", j->path_new.p);
	for (size_t i = 0; i < j->list.n; i++)
		if (j->list.files[i].device == info.st_dev && j->list.files[i].inode == info.st_ino)
			return why_set(j->why, E_DENIED, "%s lies in the site itself, as %s; name a file outside of it", j->file,
				j->list.files[i].path);
	return OK;
}

/* ---- what goes in ---- */

static enum err write_bytes(struct job *j, struct span bytes)
{
	manifest_hash_add(j->hash, bytes);
	j->done += bytes.n;
	j->counts->n_bytes += bytes.n;
	return tar_writer_bytes(j->tar, bytes, j->why);
}

static void end_file(struct job *j, const char *path)
{
	unsigned char hash[MANIFEST_HASH];
	manifest_hash_take(j->hash, hash);
	manifest_add(&j->manifest, path, false, hash);
	j->counts->files++;
}

static enum err write_text(struct job *j, const char *path, struct span text)
{
	const struct tar_entry entry = {.path = path, .n_bytes = text.n, .changed_s = clock_wall_ms() / 1000, .mode = 0644};
	enum err e = tar_writer_entry(j->tar, &entry, j->why);
	return e ? e : write_bytes(j, text);
}

static enum err write_head(struct job *j)
{
	struct buf text = {0}, now = {0};
	struct json_writer w;
	time_format_iso(&now, clock_wall_ms() / 1000 * 1000);
	json_begin(&w, &text);
	json_open(&w, '{');
	json_key(&w, "format");
	json_int(&w, MANIFEST_FORMAT);
	json_key(&w, "carillon");
	json_text(&w, SPAN_LITERAL(CARILLON_VERSION));
	json_key(&w, "made");
	json_text(&w, buf_view(&now));
	json_close(&w, '}');
	buf_char(&text, '\n');
	enum err e = write_text(j, MANIFEST_HEAD_PATH, buf_view(&text));
	if (!e)
		end_file(j, MANIFEST_HEAD_PATH);
	buf_finish(&text);
	buf_finish(&now);
	return e;
}

static struct tar_entry entry_of(const char *path, const struct stat *info)
{
	return (struct tar_entry){.path = path, .is_folder = S_ISDIR(info->st_mode), .n_bytes = (uint64_t)info->st_size,
		.changed_s = info->st_mtim.tv_sec, .changed_ns = info->st_mtim.tv_nsec, .mode = info->st_mode & 0777};
}

static bool is_unchanged(int fd, const struct stat *before)
{
	struct stat now;
	return fstat(fd, &now) == 0 && now.st_size == before->st_size && now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
		now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

static enum err changed_meanwhile(struct job *j, const char *path)
{
	return why_set(j->why, E_AGAIN, "%s changed while it was copied; back up again when nobody writes to it", path);
}

static enum err read_some(struct job *j, int fd, const char *path, size_t most, struct span *bytes)
{
	ssize_t n;
	while ((n = read(fd, j->room, most < READ_BYTES ? most : READ_BYTES)) < 0 && errno == EINTR)
		;
	if (n < 0)
		return refuse(j, "read", path);
	*bytes = span_make(j->room, (size_t)n);
	return OK;
}

/* As it is when nobody has changed it meanwhile. */
static enum err write_small(struct job *j, int fd, const char *path)
{
	struct buf whole = {0};
	struct stat info;
	enum err e = E_AGAIN;
	for (int i = 0; i < TRIES && e == E_AGAIN; i++) {
		struct span bytes = {NULL, 1};
		buf_clear(&whole);
		e = fstat(fd, &info) || lseek(fd, 0, SEEK_SET) ? refuse(j, "read", path) : OK;
		while (!e && bytes.n && whole.n <= SMALL_BYTES) {
			e = read_some(j, fd, path, READ_BYTES, &bytes);
			if (!e)
				buf_span(&whole, bytes);
		}
		if (!e && (whole.n != (size_t)info.st_size || !is_unchanged(fd, &info)))
			e = changed_meanwhile(j, path);
	}
	const struct tar_entry entry = entry_of(path, &info);
	if (!e)
		e = tar_writer_entry(j->tar, &entry, j->why);
	if (!e)
		e = write_bytes(j, buf_view(&whole));
	buf_finish(&whole);
	return e;
}

static enum err write_large(struct job *j, int fd, const char *path, const struct stat *info)
{
	const struct tar_entry entry = entry_of(path, info);
	enum err e = tar_writer_entry(j->tar, &entry, j->why);
	for (uint64_t left = entry.n_bytes; left && !e;) {
		struct span bytes;
		e = read_some(j, fd, path, left < READ_BYTES ? (size_t)left : READ_BYTES, &bytes);
		if (!e && !bytes.n)
			return changed_meanwhile(j, path);
		if (!e)
			e = write_bytes(j, bytes);
		left -= e ? 0 : bytes.n;
		show_progress(j, path);
	}
	return !e && !is_unchanged(fd, info) ? changed_meanwhile(j, path) : e;
}

static enum err write_open(struct job *j, int fd, const char *path)
{
	struct stat info;
	if (fstat(fd, &info))
		return refuse(j, "read", path);
	if (!S_ISREG(info.st_mode))
		return changed_meanwhile(j, path);
	enum err e = info.st_size <= SMALL_BYTES ? write_small(j, fd, path) : write_large(j, fd, path, &info);
	if (!e)
		end_file(j, path);
	return e;
}

static enum err write_folder(struct job *j, const struct backup_file *f)
{
	struct stat info;
	if (stat(f->full, &info) || !S_ISDIR(info.st_mode))
		return OK; /* gone meanwhile */
	const struct tar_entry entry = entry_of(f->path, &info);
	return tar_writer_entry(j->tar, &entry, j->why);
}

/* A copy as of one moment, beside the backup; its name is gone as soon as it is open. */
static enum err write_database(struct job *j, const struct backup_file *f)
{
	struct buf copy = {0};
	buf_format(&copy, "%s-%s", j->path_new.p, strrchr(f->path, '/') + 1);
	unlink(copy.p);
	enum err e = db_copy(f->full, copy.p, j->why);
	int fd = e ? -1 : open(copy.p, O_RDONLY | O_CLOEXEC);
	if (!e && fd < 0)
		e = refuse(j, "read", copy.p);
	unlink(copy.p);
	if (!e)
		e = write_open(j, fd, f->path);
	if (fd >= 0)
		close(fd);
	buf_finish(&copy);
	return e;
}

static enum err write_file(struct job *j, const struct backup_file *f)
{
	if (f->is_folder)
		return write_folder(j, f);
	if (f->is_database)
		return write_database(j, f);
	/* A pipe that has taken the file's place must not hold us up. */
	int fd = open(f->full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return OK; /* gone meanwhile: as it would be a moment later */
	if (fd < 0) {
		j->counts->faults++;
		if (j->report->fault)
			j->report->fault(j->report->data, f->path, errno == EACCES ? "it may not be read; it is left out" :
				"it can't be read; it is left out");
		return OK;
	}
	enum err e = write_open(j, fd, f->path);
	close(fd);
	return e;
}

static enum err write_all(struct job *j)
{
	struct buf text = {0};
	enum err e = tar_writer_open(j->fd, tar_packing_of(j->file), &j->tar, j->why);
	if (!e)
		e = write_head(j);
	for (size_t i = 0; i < j->list.n && !e; i++) {
		show_progress(j, j->list.files[i].path);
		e = write_file(j, &j->list.files[i]);
	}
	manifest_write(&j->manifest, &text);
	if (!e)
		e = write_text(j, MANIFEST_PATH, buf_view(&text));
	if (!e)
		e = tar_writer_finish(j->tar, j->why);
	buf_finish(&text);
	return e;
}

/* ---- its name ---- */

static enum err sync_folder(struct job *j)
{
	char *folder = folder_of(j->file);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = fd >= 0 && fsync(fd) == 0 ? OK : refuse(j, "sync", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return e;
}

static enum err take_name(struct job *j, bool replaces)
{
	struct stat info;
	if (fsync(j->fd) || fstat(j->fd, &info))
		return refuse(j, "write", j->path_new.p);
	j->counts->file_size = (uint64_t)info.st_size;
	/* Who made such a file meanwhile keeps it. Some file systems can't promise that: there the look before must do. */
	enum { NOREPLACE = 1 };
	long failed = replaces ? -1 : syscall(SYS_renameat2, AT_FDCWD, j->path_new.p, AT_FDCWD, j->file, NOREPLACE);
	if (failed && !replaces && errno == EEXIST)
		return why_set(j->why, E_DENIED, "%s has been made meanwhile; name another file, or say --force", j->file);
	if (failed && (replaces || errno == EINVAL || errno == ENOSYS))
		failed = rename(j->path_new.p, j->file);
	return failed ? refuse(j, "make", j->file) : sync_folder(j);
}

enum err backup_make(const char *site, const char *file, const struct backup_options *options,
	const struct backup_report *report, struct backup_counts *counts, struct why *why)
{
	struct job j = {.site = site, .file = file, .report = report, .counts = counts, .why = why, .fd = -1};
	*counts = (struct backup_counts){0};
	if (file_is_folder(file))
		return why_set(why, E_DENIED, "%s is a folder; name a file", file);
	if (!options->replaces && file_exists(file))
		return why_set(why, E_DENIED, "%s is there already; name another file, or say --force to replace it", file);
	j.hash = manifest_hash_create();
	j.room = mem_new(1, READ_BYTES);
	enum err e = refuse_inside(&j);
	if (!e)
		e = open_new(&j);
	if (!e)
		e = backup_list_make(&j.list, site, options->without_media, report, &counts->faults, why);
	for (size_t i = 0; i < j.list.n; i++)
		j.total += j.list.files[i].n_bytes;
	if (!e)
		e = refuse_reached(&j);
	if (!e)
		e = write_all(&j);
	if (!e)
		e = take_name(&j, options->replaces);
	tar_writer_close(j.tar);
	if (e && j.fd >= 0)
		unlink(j.path_new.p);
	if (j.fd >= 0)
		close(j.fd);
	backup_list_finish(&j.list);
	manifest_finish(&j.manifest);
	manifest_hash_destroy(j.hash);
	buf_finish(&j.path_new);
	free(j.room);
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/archive_build.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"

/* A file that is read once from one end to the other needs no cache: its pages are the system's, or recycled. (A disk that can't
 * give a mapped page ends the process: a command's, which can be run again.) */
#define ONCE "PRAGMA cache_size=-4096; PRAGMA mmap_size=1073741824"

static const char prefix[] = ARCHIVE_FILE ".";

/* What those left who died. Of another machine's processes, on a shared disk, nothing is known: should one go on, its archive is
 * lost, and made again. */
static void remove_left(const char *folder)
{
	char **names;
	size_t n;
	if (file_list(folder, &names, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++) {
		char *end = names[i];
		if (!span_starts(span_of(names[i]), prefix))
			continue;
		long pid = strtol(names[i] + strlen(prefix), &end, 10);
		char *path = file_join(folder, names[i]);
		if ((!*end || strcmp(end, "-journal") == 0) && pid > 0 && (pid == getpid() || (kill((pid_t)pid, 0) && errno == ESRCH)))
			(void)unlink(path);
		free(path);
	}
	file_list_free(names, n);
}

/* A journal without its database is somebody's accident, which SQLite settles. */
static bool is_first(const char *place)
{
	struct buf journal = {0};
	buf_format(&journal, "%s-wal", place);
	bool is = !file_exists(place) && !file_exists(journal.p);
	buf_finish(&journal);
	return is;
}

static enum err create_beside(const char *folder, const char *place, struct archive **archive, struct why *why)
{
	struct buf path = {0};
	enum err e = file_make_folder(folder, why);
	if (e)
		return e;
	buf_format(&path, "%s.%ld", place, (long)getpid());
	e = archive_create_at(path.p, archive, why);
	if (e) {
		(void)unlink(path.p);
		buf_finish(&path);
		return e;
	}
	(*archive)->built_at = buf_take(&path);
	(*archive)->place = mem_strdup(place);
	return OK;
}

static enum err for_once(enum err e, struct archive **a, struct why *why)
{
	if (!e)
		e = db_run((*a)->db, ONCE, why);
	if (e) {
		archive_close(*a);
		*a = NULL;
	}
	return e;
}

enum err archive_build_open(const char *folder, struct archive **archive, struct why *why)
{
	*archive = NULL;
	char *place = file_join(folder, ARCHIVE_FILE);
	remove_left(folder);
	enum err e = is_first(place) ? create_beside(folder, place, archive, why) : archive_open(folder, archive, why);
	free(place);
	return for_once(e, archive, why);
}

enum err archive_build_reader(const struct archive *a, const char *folder, struct archive **reader, struct why *why)
{
	char *path = a->built_at ? mem_strdup(a->built_at) : file_join(folder, ARCHIVE_FILE);
	enum err e = archive_open_reader_at(path, reader, why);
	free(path);
	return for_once(e, reader, why);
}

/* ---- to its place ---- */

struct archive_saving {
	struct archive *archive;
	pthread_t thread;
};

static void *save(void *data)
{
	struct archive *a = data;
	struct why why;
	if (!a->built_at) {
		/* What fails now is tried again by whoever closes the archive, or opens it next. */
		(void)sqlite3_wal_checkpoint_v2(a->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	} else if (db_sync(a->db, &why)) {
		DIAG(DIAG_WARN, "archive", "%s; the next run reads all files again", why.text);
	} else {
		a->is_whole = true;
		/* Its old name stays for who opens readers. Where a file has one name alone it is renamed when all are closed. */
		(void)!link(a->built_at, a->place);
	}
	return NULL;
}

static bool rename_to_place(const struct archive *a)
{
	if (renameat2(AT_FDCWD, a->built_at, AT_FDCWD, a->place, RENAME_NOREPLACE) == 0 || errno == EEXIST)
		return true;
	/* Disks of other machines know no such condition. */
	return (errno == EINVAL || errno == ENOSYS) && (file_exists(a->place) || rename(a->built_at, a->place) == 0);
}

void archive_build_close(struct archive *a)
{
	if (a->is_whole && !rename_to_place(a))
		DIAG(DIAG_WARN, "archive", "can't rename %s: %s; the next run reads all files again", a->built_at, strerror(errno));
	(void)unlink(a->built_at);
	free(a->built_at);
	free(a->place);
}

struct archive_saving *archive_save_begin(struct archive *a)
{
	struct archive_saving *s = mem_new(1, sizeof *s);
	s->archive = a;
	if (pthread_create(&s->thread, NULL, save, a)) {
		save(a);
		free(s);
		return NULL;
	}
	return s;
}

void archive_save_end(struct archive_saving *s)
{
	if (!s)
		return;
	pthread_join(s->thread, NULL);
	free(s);
}

/* SPDX-License-Identifier: MIT */
#include "server/log_admin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/db.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/control_frame.h"
#include "server/log_store.h"

enum { LOOK_US = 2000, READ_ROOM = 4096 };

/* --- purge --- */

struct purging {
	bool is_done;
	enum err error;
	uint64_t n_events;
	struct why why;
};

static void on_purged(void *data, enum err e, uint64_t n_events, const struct why *why)
{
	struct purging *p = data;
	*p = (struct purging){true, e, n_events, *why};
}

static void no_batches(void *data, struct log_commit *commit)
{
	(void)data, (void)commit;
}

static void nobody_sleeps(void *data)
{
	(void)data;
}

static enum err purge_here(struct log *log, enum log_name what, const char *name, const char *source, struct purging *p)
{
	enum err e = log_purge(log, what, span_of(name), source, on_purged, p);
	while (!e && !p->is_done) {
		usleep(LOOK_US);
		log_collect(log, no_batches, NULL);
	}
	return e;
}

static int connect_to(const char *var)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[CONTROL_PATH_MAX];
	int folder = control_path(var, path), fd = folder < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address)) {
		int code = errno;
		close(fd);
		errno = code;
		fd = -1;
	}
	if (folder >= 0)
		close(folder);
	return fd;
}

static enum err read_answer(int fd, struct buf *in, struct purging *p, struct why *why)
{
	char room[READ_ROOM];
	enum control_kind kind;
	struct span payload, text;
	size_t n_frame;
	enum err e;
	while ((e = control_frame_read(buf_view(in), &kind, &payload, &n_frame)) == E_AGAIN) {
		ssize_t n = read(fd, room, sizeof room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return why_set(why, E_IO, "the server went away before it was done; do it again");
		buf_add(in, room, (size_t)n);
	}
	if (!e && kind == CONTROL_PURGED && control_purged_read(payload, &p->n_events, &text))
		return text.n ? why_set(why, E_AGAIN, "%.*s", SPAN_ARG(text)) : OK;
	if (e)
		payload = (struct span){NULL, 0};
	return why_set(why, E_DENIED, "the server refuses: %.*s", SPAN_ARG(payload));
}

static enum err purge_there(const char *var, enum log_name what, const char *name, const char *source, struct purging *p,
	struct why *why)
{
	struct buf payload = {0}, out = {0}, in = {0};
	int fd = connect_to(var);
	if (fd < 0)
		return why_set(why, E_IO, "another carillon writes %s/events.db, and it can't be reached: %s", var, strerror(errno));
	control_purge_add(&payload, what, span_of(name), span_of(source));
	control_frame_add(&out, CONTROL_PURGE, buf_view(&payload));
	enum err e = send(fd, out.p, out.n, MSG_NOSIGNAL) == (ssize_t)out.n ? OK :
		why_set(why, E_IO, "the server doesn't listen: %s", strerror(errno));
	if (!e)
		e = read_answer(fd, &in, p, why);
	close(fd);
	buf_finish(&payload);
	buf_finish(&out);
	buf_finish(&in);
	return e;
}

enum err log_admin_purge(const char *var, enum log_name what, const char *name, const char *source, uint64_t *n_events,
	struct why *why)
{
	struct purging p = {0};
	struct log *log;
	enum err e = log_open(var, nobody_sleeps, NULL, &log, why);
	if (e == E_DENIED) {
		e = purge_there(var, what, name, source, &p, why);
	} else if (!e) {
		e = purge_here(log, what, name, source, &p);
		if (!e && p.error)
			e = why_set(why, p.error, "%s", p.why.text);
		log_close(log);
	}
	*n_events = p.n_events;
	return e;
}

/* --- backup --- */

static enum err sync_folder(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	enum err e = good ? OK : why_set(why, E_IO, "can't sync %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return e;
}

static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	return slash == file ? mem_strdup("/") : slash ? span_dup(span_make(file, (size_t)(slash - file))) : mem_strdup(".");
}

enum err log_admin_backup(const char *var, const char *file, struct why *why)
{
	sqlite3 *db;
	struct buf temporary = {0};
	char *path = log_store_path(var), *folder = folder_of(file);
	enum err e = file_exists(file) ? why_set(why, E_DENIED, "%s is there already; name a new file", file) : OK;
	if (!e)
		e = db_open_reader(path, LOG_STORE_VERSION, &db, why);
	if (!e) {
		buf_format(&temporary, "%s.part", file);
		unlink(temporary.p); /* of one that was broken off */
		db_close(db);
		e = db_copy(path, temporary.p, why);
	}
	/* link, not rename: who made such a file meanwhile keeps it. */
	if (!e && link(temporary.p, file))
		e = why_set(why, errno == EEXIST ? E_DENIED : E_IO, "can't make %s: %s", file, strerror(errno));
	if (temporary.n)
		unlink(temporary.p);
	if (!e)
		e = sync_folder(folder, why);
	buf_finish(&temporary);
	free(path);
	free(folder);
	return e;
}

/* --- check --- */

static enum err check_integrity(sqlite3 *db, void (*fault)(void *, const char *), void *data, struct why *why)
{
	sqlite3_stmt *s = db_prepare(db, "PRAGMA integrity_check");
	int step;
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		if (!span_is(db_column_span(s, 0), "ok"))
			fault(data, db_column_span(s, 0).p);
	enum err e = step == SQLITE_DONE ? OK : db_error(db, why);
	sqlite3_finalize(s);
	return e;
}

static enum err check_numbers(sqlite3 *db, void (*fault)(void *, const char *), void *data, uint64_t *n_events, struct why *why)
{
	sqlite3_stmt *s = db_prepare(db, "SELECT count(*), coalesce(max(seq) - min(seq) + 1, 0) FROM events");
	enum err e = sqlite3_step(s) == SQLITE_ROW ? OK : db_error(db, why);
	uint64_t span = (uint64_t)sqlite3_column_int64(s, 1);
	*n_events = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	if (e || span == *n_events)
		return e;
	struct buf text = {0};
	buf_format(&text, "%llu numbers are missing between the oldest event and the newest", (unsigned long long)(span - *n_events));
	fault(data, text.p);
	buf_finish(&text);
	return OK;
}

enum err log_admin_check(const char *var, void (*fault)(void *data, const char *text), void *data, uint64_t *n_events,
	struct why *why)
{
	sqlite3 *db;
	char *path = log_store_path(var);
	enum err e = db_open_reader(path, LOG_STORE_VERSION, &db, why);
	free(path);
	*n_events = 0;
	if (e)
		return e;
	e = check_integrity(db, fault, data, why);
	if (!e)
		e = check_numbers(db, fault, data, n_events, why);
	db_close(db);
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "base/db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum err db_error(sqlite3 *db, struct why *why)
{
	enum err e;
	switch (sqlite3_errcode(db) & 0xFF) {
	case SQLITE_FULL: e = E_FULL; break;
	case SQLITE_NOTADB: case SQLITE_CORRUPT: e = E_FORMAT; break;
	case SQLITE_TOOBIG: e = E_LIMIT; break;
	case SQLITE_READONLY: case SQLITE_PERM: case SQLITE_AUTH: e = E_DENIED; break;
	case SQLITE_BUSY: case SQLITE_LOCKED: e = E_AGAIN; break;
	case SQLITE_INTERRUPT: e = E_TIMEOUT; break;
	default: e = E_IO;
	}
	return why_set(why, e, "%s", sqlite3_errmsg(db));
}

enum err db_run(sqlite3 *db, const char *sql, struct why *why)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : db_error(db, why);
}

enum err db_set_version(sqlite3 *db, int version, struct why *why)
{
	char sql[64];
	snprintf(sql, sizeof sql, "PRAGMA user_version=%d", version);
	return db_run(db, sql, why);
}

static enum err read_version(sqlite3 *db, int *version, struct why *why)
{
	sqlite3_stmt *s;
	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK)
		return db_error(db, why);
	enum err e = sqlite3_step(s) == SQLITE_ROW ? OK : db_error(db, why);
	*version = e ? 0 : sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return e;
}

/* SQLite counts its memory under a lock that all connections of all threads share; nobody reads the count. */
static void set_up(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static pthread_once_t is_set_up = PTHREAD_ONCE_INIT;

static enum err connect(const char *path, int flags, sqlite3 **db, struct why *why)
{
	*db = NULL;
	pthread_once(&is_set_up, set_up);
	int code = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK) {
		why_set(why, E_IO, "can't open %s: %s", path, *db ? sqlite3_errmsg(*db) : sqlite3_errstr(code));
		sqlite3_close(*db);
		*db = NULL;
		return E_IO;
	}
	sqlite3_busy_timeout(*db, 5000);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_extended_result_codes(*db, 1);
	return OK;
}

/* SQLite's own messages don't say which file. */
static enum err with_path(const char *path, enum err e, struct why *why)
{
	struct why inner;
	if (!why)
		return e;
	inner = *why;
	return why_set(why, e, "%s: %s", path, inner.text);
}

static enum err too_new(const char *path, int found, int known, struct why *why)
{
	return why_set(why, E_FORMAT, "%s has version %d, this program knows up to %d; use a newer carillon", path, found,
		known);
}

static enum err make_schema(sqlite3 *db, int version, const char *schema, int *found, struct why *why)
{
	enum err e = db_run(db, "BEGIN IMMEDIATE", why);
	/* Another process may have made it between our look and our lock. */
	if (!e)
		e = read_version(db, found, why);
	if (!e && *found == 0)
		e = db_run(db, schema, why);
	if (!e && *found == 0)
		e = db_set_version(db, version, why);
	if (!e)
		e = db_run(db, "COMMIT", why);
	if (!e && *found == 0)
		*found = version;
	return e;
}

/* 16,384 pages of 4 KiB: what is written again and again in one run is copied into the database once. */
#define DERIVED "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=16384"

static enum err open_writer(const char *path, int version, const char *schema, bool is_derived, sqlite3 **db, struct why *why)
{
	int found = 0;
	enum err e = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, db, why);
	if (e)
		return e;
	e = read_version(*db, &found, why);
	if (!e && found > version) {
		db_close(*db);
		*db = NULL;
		return too_new(path, found, version, why);
	}
	/* Only an empty file takes it, and only before it has a journal mode: deleted rows' room can be given back then. */
	if (!e && found == 0)
		e = db_run(*db, is_derived ? "PRAGMA synchronous=OFF; PRAGMA auto_vacuum=INCREMENTAL" : "PRAGMA auto_vacuum=INCREMENTAL", why);
	if (!e)
		e = db_run(*db, "PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON", why);
	if (!e)
		e = db_run(*db, is_derived ? DERIVED : "PRAGMA synchronous=FULL", why);
	if (!e && found == 0)
		e = make_schema(*db, version, schema, &found, why);
	if (!e && found < version)
		return why_set(why, E_AGAIN, "%s has the older version %d", path, found);
	if (e) {
		db_close(*db);
		*db = NULL;
		return with_path(path, e, why);
	}
	return OK;
}

enum err db_open(const char *path, int version, const char *schema, sqlite3 **db, struct why *why)
{
	return open_writer(path, version, schema, false, db, why);
}

enum err db_open_derived(const char *path, int version, const char *schema, sqlite3 **db, struct why *why)
{
	return open_writer(path, version, schema, true, db, why);
}

enum err db_create_unshared(const char *path, int version, const char *schema, sqlite3 **db, struct why *why)
{
	int found = 0;
	enum err e = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, db, why);
	if (e)
		return e;
	e = db_run(*db, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA secure_delete=ON;"
		" PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON", why);
	if (!e)
		e = make_schema(*db, version, schema, &found, why);
	if (e) {
		db_close(*db);
		*db = NULL;
		return with_path(path, e, why);
	}
	return OK;
}

/* By its own descriptor: to close another one of the file would let go of SQLite's locks. */
enum err db_sync(sqlite3 *db, struct why *why)
{
	sqlite3_file *file = NULL;
	int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (code == SQLITE_OK)
		code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
	return code == SQLITE_OK ? OK : why_set(why, E_IO, "can't sync %s: %s", sqlite3_db_filename(db, "main"), sqlite3_errstr(code));
}

/* A database in WAL mode can't be read where its -shm can't be made, as on a read-only disk; unless it is told that nobody
 * writes, which is so where it was closed in order and left no -wal. */
static enum err connect_unwritten(const char *path, sqlite3 **db, struct why *why)
{
	struct buf uri = {0};
	buf_format(&uri, "%s-wal", path);
	enum err e = file_exists(uri.p) ? E_DENIED : OK;
	buf_clear(&uri);
	if (!e) {
		buf_text(&uri, "file:");
		for (const char *p = path; *p; p++)
			buf_format(&uri, *p == '?' || *p == '#' || *p == '%' ? "%%%02X" : "%c", *p);
		buf_text(&uri, "?immutable=1");
		e = connect(uri.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, db, why);
	}
	buf_finish(&uri);
	return e;
}

enum err db_open_reader(const char *path, int version, sqlite3 **db, struct why *why)
{
	*db = NULL;
	if (!file_exists(path))
		return why_set(why, E_GONE, "%s isn't there yet", path);
	int found = 0;
	enum err e = connect(path, SQLITE_OPEN_READONLY, db, why);
	if (e)
		return e;
	e = read_version(*db, &found, why);
	if (e == E_DENIED || e == E_IO) {
		db_close(*db);
		*db = NULL;
		if (connect_unwritten(path, db, why))
			return with_path(path, e, why);
		e = read_version(*db, &found, why);
	}
	if (!e && found == version)
		return OK;
	db_close(*db);
	*db = NULL;
	if (e)
		return with_path(path, e, why);
	if (found > version)
		return too_new(path, found, version, why);
	return why_set(why, E_AGAIN, "%s has the older version %d", path, found);
}

static enum err sync_file(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	enum err e = good ? OK : why_set(why, errno == ENOSPC ? E_FULL : E_IO, "can't sync %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return e;
}

enum err db_copy(const char *path, const char *to, struct why *why)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int version;
	enum err e = connect(path, SQLITE_OPEN_READONLY, &db, why);
	if (e)
		return e;
	e = read_version(db, &version, why);
	if (e == E_DENIED || e == E_IO) {
		db_close(db);
		if (connect_unwritten(path, &db, why))
			return with_path(path, e, why);
		e = OK;
	}
	if (!e && sqlite3_prepare_v2(db, "VACUUM INTO ?", -1, &s, NULL) != SQLITE_OK)
		e = db_error(db, why);
	if (!e) {
		db_bind_span(s, 1, span_of(to));
		e = sqlite3_step(s) == SQLITE_DONE ? OK : db_error(db, why);
		sqlite3_finalize(s);
	}
	db_close(db);
	return e ? with_path(path, e, why) : sync_file(to, why);
}

void db_close(sqlite3 *db)
{
	ASSERT(sqlite3_close(db) == SQLITE_OK);
}

sqlite3_stmt *db_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK) {
		fprintf(stderr, "carillon: bug: %s in: %s\n", sqlite3_errmsg(db), sql);
		abort();
	}
	return s;
}

void db_bind_span(sqlite3_stmt *s, int index, struct span text)
{
	if (text.p)
		sqlite3_bind_text(s, index, text.p, (int)text.n, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, index);
}

struct span db_column_span(sqlite3_stmt *s, int column)
{
	const char *p = (const char *)sqlite3_column_text(s, column);
	return span_make(p, p ? (size_t)sqlite3_column_bytes(s, column) : 0);
}

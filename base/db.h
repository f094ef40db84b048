/* db.h - opening SQLite the way this program always does: WAL, synchronous=FULL, defensive, a version in user_version.
 * One connection belongs to one thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_DB_H
#define BASE_DB_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/span.h"

/* Opens for writing, creating it when missing; runs `schema` when the file is new, so that user_version = version.
 * E_FORMAT: not a database, or one of a newer version (why says which); E_IO: the machine refused (read-only, no such
 * folder). An older version is E_AGAIN with *db open: the caller migrates or rebuilds, then calls db_set_version. */
enum err db_open(const char *path, int version, const char *schema, sqlite3 **db, struct why *why) NODISCARD;
/* The same for what can be made anew at any time: waits for the disk only when a checkpoint empties its journal, which it does
 * seldom and when it is closed. After a loss of power the last commits may be missing. */
enum err db_open_derived(const char *path, int version, const char *schema, sqlite3 **db, struct why *why) NODISCARD;
/* A new one at a path where nothing is, for one connection until it is finished: its journal is in memory alone and nothing waits
 * for the disk, so each page is written once. Who dies meanwhile leaves damage. */
enum err db_create_unshared(const char *path, int version, const char *schema, sqlite3 **db, struct why *why) NODISCARD;
/* What such a one's file has is on the disk then. */
enum err db_sync(sqlite3 *db, struct why *why) NODISCARD;
/* Opens an existing one for reading only. E_GONE when there is none yet. */
enum err db_open_reader(const char *path, int version, sqlite3 **db, struct why *why) NODISCARD;
/* A copy of a database of any version as it is at one moment, while others write on. to: a file that isn't there yet; it is
 * synced, its name isn't. */
enum err db_copy(const char *path, const char *to, struct why *why) NODISCARD;
void db_close(sqlite3 *db); /* accepts NULL; ASSERTs that every statement was finalised */

enum err db_run(sqlite3 *db, const char *sql, struct why *why) NODISCARD; /* statements without results */
enum err db_set_version(sqlite3 *db, int version, struct why *why) NODISCARD;
/* Ends the program on a statement that doesn't compile: our SQL is a constant. */
sqlite3_stmt *db_prepare(sqlite3 *db, const char *sql);
void db_bind_span(sqlite3_stmt *s, int index, struct span text); /* NULL when p is NULL; bytes must outlive the step */
struct span db_column_span(sqlite3_stmt *s, int column);         /* borrowed until the next step; p NULL for NULL */
/* E_FULL, E_IO, E_FORMAT ... for a result code, with SQLite's text in why. */
enum err db_error(sqlite3 *db, struct why *why);

#endif

/* search_fts5 - SQLite's FTS5 with a row a caption line, as yt-fts and others use it: the text in a table, an index over
 * it by reference, bm25, snippet().
 * SPDX-License-Identifier: MIT */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/search_peer.h"

static sqlite3 *db;
static sqlite3_stmt *found;

static void must(int code, const char *what)
{
	if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
		peer_fail(what, sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *s;
	must(sqlite3_prepare_v2(db, sql, -1, &s, NULL), sql);
	return s;
}

static void open_db(const char *folder)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/fts5.db", folder);
	must(sqlite3_open(path, &db), "open");
}

void peer_build(const char *folder)
{
	open_db(folder);
	must(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA cache_size=-65536; BEGIN;"
		"CREATE TABLE lines(id INTEGER PRIMARY KEY, recording TEXT, ms INTEGER, text TEXT);"
		"CREATE VIRTUAL TABLE f USING fts5(text, content='lines', content_rowid='id')", NULL, NULL, NULL), "schema");
	sqlite3_stmt *text = prepare("INSERT INTO lines VALUES(?1,?2,?3,?4)");
	sqlite3_stmt *index = prepare("INSERT INTO f(rowid,text) VALUES(?1,?2)");
	struct peer_line line;
	while (peer_next_line(folder, &line)) {
		sqlite3_bind_int64(text, 1, line.id);
		sqlite3_bind_text(text, 2, line.recording, -1, SQLITE_STATIC);
		sqlite3_bind_text(text, 3, line.ms, -1, SQLITE_STATIC);
		sqlite3_bind_text(text, 4, line.text, -1, SQLITE_STATIC);
		must(sqlite3_step(text), "insert");
		sqlite3_reset(text);
		sqlite3_bind_int64(index, 1, line.id);
		sqlite3_bind_text(index, 2, line.text, -1, SQLITE_STATIC);
		must(sqlite3_step(index), "index");
		sqlite3_reset(index);
	}
	sqlite3_finalize(text);
	sqlite3_finalize(index);
	must(sqlite3_exec(db, "COMMIT; INSERT INTO f(f) VALUES('optimize'); PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
		"commit");
	sqlite3_close(db);
}

void peer_open(const char *folder)
{
	open_db(folder);
	must(sqlite3_exec(db, "PRAGMA cache_size=-65536", NULL, NULL, NULL), "cache");
	found = prepare("SELECT l.recording, l.ms, snippet(f,0,'<mark>','</mark>','…',16) FROM f JOIN lines l ON l.id=f.rowid"
		" WHERE f MATCH ?1 ORDER BY f.rank LIMIT 20");
}

size_t peer_query(const struct peer_query *q, size_t *n_bytes)
{
	char text[300];
	if (q->kind == PEER_TWO)
		snprintf(text, sizeof text, "\"%s\" AND \"%s\"", q->words[0], q->words[1]);
	else
		snprintf(text, sizeof text, "\"%s\"", q->text);
	sqlite3_bind_text(found, 1, text, -1, SQLITE_STATIC);
	size_t n = 0;
	int code;
	for (; (code = sqlite3_step(found)) == SQLITE_ROW; n++)
		*n_bytes += (size_t)sqlite3_column_bytes(found, 2);
	must(code, text);
	sqlite3_reset(found);
	return n;
}

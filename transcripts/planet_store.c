/* planet_store.c - opening; which feeds are wanted, and how they are.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/planet_store_parts.h"
#include "transcripts/planet_url.h"

enum { PLANET_VERSION = 1 };

static const char schema[] =
	"CREATE TABLE feeds(id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, at TEXT NOT NULL, slug TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL DEFAULT '', via TEXT NOT NULL DEFAULT '', file TEXT, wanted INTEGER NOT NULL DEFAULT 1,"
	" is_list INTEGER NOT NULL DEFAULT 0, kind TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '',"
	" subtitle TEXT NOT NULL DEFAULT '', page TEXT NOT NULL DEFAULT '', feed_id TEXT NOT NULL DEFAULT '',"
	" author TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT '', image TEXT NOT NULL DEFAULT '',"
	" rights TEXT NOT NULL DEFAULT '', etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',"
	" error TEXT NOT NULL DEFAULT '', state INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 0,"
	" n_failures INTEGER NOT NULL DEFAULT 0, body_hash INTEGER NOT NULL DEFAULT 0, checked_ms INTEGER, succeeded_ms"
	" INTEGER, changed_ms INTEGER, next_ms INTEGER);CREATE INDEX feeds_by_file ON feeds(file) WHERE file IS NOT NULL;"
	"CREATE TABLE entries(id INTEGER PRIMARY KEY, feed INTEGER NOT NULL REFERENCES feeds(id), guid TEXT NOT NULL,"
	" hash INTEGER NOT NULL, shown_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, published_ms INTEGER, updated_ms"
	" INTEGER,"
	" url TEXT NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL, author_email TEXT NOT NULL, author_url TEXT NOT NULL,"
	" language TEXT NOT NULL, image TEXT NOT NULL, content TEXT NOT NULL, summary TEXT NOT NULL, source_title TEXT NOT"
	" NULL,"
	" source_url TEXT NOT NULL, source_id TEXT NOT NULL, rights TEXT NOT NULL, tags TEXT NOT NULL, enclosures TEXT NOT"
	" NULL, UNIQUE(feed, guid));CREATE INDEX entries_by_time ON entries(shown_ms, id);"
	"CREATE INDEX entries_by_feed ON entries(feed, shown_ms, id);";

/* Apart from the schema, since it needs the tokenizer. */
static const char index_schema[] =
	"CREATE INDEX IF NOT EXISTS entries_by_guid ON entries(guid);"
	"CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(title, author, text, tokenize='carillon')";

static enum err conclude(struct planet_store *s, enum err e, struct planet_store **out, struct why *why)
{
	if (!e)
		e = tokens_create(s->db, &s->tokens, why);
	*out = s;
	if (e) {
		planet_store_close(s);
		*out = NULL;
	}
	return e;
}

enum err planet_store_open(const char *folder, struct planet_store **store, struct why *why)
{
	struct planet_store *s = mem_new(1, sizeof *s);
	char *path = file_join(folder, "planet.db");
	enum err e = file_make_folder(folder, why);
	if (!e)
		e = db_open(path, PLANET_VERSION, schema, &s->db, why);
	free(path);
	e = conclude(s, e, store, why);
	if (!e && (e = db_run((*store)->db, index_schema, why))) {
		planet_store_close(*store);
		*store = NULL;
	}
	return e;
}

enum err planet_store_open_reader(const char *folder, struct planet_store **store, struct why *why)
{
	struct planet_store *s = mem_new(1, sizeof *s);
	char *path = file_join(folder, "planet.db");
	enum err e = db_open_reader(path, PLANET_VERSION, &s->db, why);
	free(path);
	return conclude(s, e, store, why);
}

void planet_store_close(struct planet_store *s)
{
	if (!s)
		return;
	tokens_destroy(s->tokens);
	if (s->db)
		db_close(s->db);
	free(s);
}

const char *planet_state_name(enum planet_state state)
{
	static const char *const names[] = {[PLANET_WAITING] = "waiting", [PLANET_WELL] = "well", [PLANET_FAILING] = "failing",
		[PLANET_GONE] = "gone", [PLANET_FILE] = "file"};
	return names[state];
}

enum err planet_run(struct planet_store *s, sqlite3_stmt *statement, struct why *why)
{
	int code = sqlite3_step(statement);
	enum err e = code == SQLITE_DONE || code == SQLITE_ROW ? OK : db_error(s->db, why);
	sqlite3_finalize(statement);
	return e;
}

enum err planet_end(struct planet_store *s, enum err e, struct why *why)
{
	if (!e)
		e = db_run(s->db, "COMMIT", why);
	if (e && !sqlite3_get_autocommit(s->db))
		(void)!db_run(s->db, "ROLLBACK", NULL);
	return e;
}

void planet_bind_ms(sqlite3_stmt *statement, int index, int64_t ms)
{
	if (ms == INT64_MIN)
		sqlite3_bind_null(statement, index);
	else
		sqlite3_bind_int64(statement, index, ms);
}

int64_t planet_column_ms(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(statement, column);
}

void planet_bind(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

char *planet_free_slug(struct planet_store *s, struct span wanted)
{
	struct buf base = {0}, slug = {0};
	escape_slug(&base, wanted);
	if (!base.n)
		buf_text(&base, "feed");
	sqlite3_stmt *held = db_prepare(s->db, "SELECT 1 FROM feeds WHERE slug=?1");
	for (int n = 1;; n++) {
		buf_clear(&slug);
		buf_span(&slug, buf_view(&base));
		if (n > 1)
			buf_format(&slug, "-%d", n);
		sqlite3_reset(held);
		db_bind_span(held, 1, buf_view(&slug));
		if (sqlite3_step(held) != SQLITE_ROW)
			break;
	}
	sqlite3_finalize(held);
	buf_finish(&base);
	return buf_take(&slug);
}

/* ---- wanted ---- */

/* via: the list that names it, "" for the configuration. */
static enum err want_one(struct planet_store *s, const char *url, const char *name, const char *via, struct why *why)
{
	sqlite3_stmt *known = db_prepare(s->db, "UPDATE feeds SET via=CASE WHEN wanted AND via='' THEN via ELSE ?3 END,"
		" name=CASE WHEN wanted AND via='' AND ?3<>'' THEN name ELSE ?2 END, wanted=1 WHERE url=?1");
	planet_bind(known, 1, url);
	planet_bind(known, 2, name);
	planet_bind(known, 3, via);
	enum err e = planet_run(s, known, why);
	if (e || sqlite3_changes(s->db) > 0)
		return e;
	struct span host = planet_url_host(span_of(url));
	char *slug = planet_free_slug(s, *name ? span_of(name) : host.n ? host : span_of(url));
	sqlite3_stmt *put = db_prepare(s->db, "INSERT INTO feeds(url, at, slug, name, via) VALUES(?1,?1,?2,?3,?4)");
	planet_bind(put, 1, url);
	planet_bind(put, 2, slug);
	planet_bind(put, 3, name);
	planet_bind(put, 4, via);
	e = planet_run(s, put, why);
	free(slug);
	return e;
}

static const char forget_gone[] = "UPDATE feeds SET state=0, next_ms=NULL, at=url WHERE NOT wanted AND state=3";

enum err planet_want(struct planet_store *s, const struct planet_wanted *wanted, size_t n, struct why *why)
{
	enum err e = db_run(s->db, "BEGIN IMMEDIATE; UPDATE feeds SET wanted=0 WHERE file IS NULL AND via=''", why);
	for (size_t i = 0; i < n && !e; i++)
		e = want_one(s, wanted[i].url, wanted[i].name ? wanted[i].name : "", "", why);
	if (!e)
		e = db_run(s->db, "UPDATE feeds SET wanted=EXISTS(SELECT 1 FROM feeds AS list WHERE list.url=feeds.via AND"
			" list.wanted) WHERE via<>''", why);
	if (!e)
		e = db_run(s->db, forget_gone, why);
	return planet_end(s, e, why);
}

enum err planet_want_list(struct planet_store *s, const char *list_url, const struct planet_subscription *subscriptions,
	size_t n, struct why *why)
{
	enum err e = db_run(s->db, "BEGIN IMMEDIATE", why);
	sqlite3_stmt *drop = e ? NULL : db_prepare(s->db, "UPDATE feeds SET wanted=0 WHERE via=?1");
	if (drop) {
		planet_bind(drop, 1, list_url);
		e = planet_run(s, drop, why);
	}
	for (size_t i = 0; i < n && !e; i++)
		e = want_one(s, subscriptions[i].url, subscriptions[i].title, list_url, why);
	if (!e)
		e = db_run(s->db, forget_gone, why);
	return planet_end(s, e, why);
}

static char *column_text(sqlite3_stmt *statement, int column)
{
	return span_dup(db_column_span(statement, column));
}

static void read_source(sqlite3_stmt *q, struct planet_source *out)
{
	char **const texts[] = {&out->url, &out->at, &out->slug, &out->name, &out->page, &out->feed_id, &out->author,
		&out->language, &out->rights, &out->kind, &out->subtitle, &out->etag, &out->last_modified, &out->error, &out->via};
	int column = 0;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = column_text(q, column++);
	out->id = sqlite3_column_int64(q, column++);
	out->state = (enum planet_state)sqlite3_column_int(q, column++);
	out->status = sqlite3_column_int(q, column++);
	out->n_failures = sqlite3_column_int(q, column++);
	out->body_hash = (uint64_t)sqlite3_column_int64(q, column++);
	int64_t *const times[] = {&out->checked_ms, &out->succeeded_ms, &out->changed_ms, &out->next_ms, &out->newest_ms};
	for (size_t i = 0; i < COUNT_OF(times); i++)
		*times[i] = planet_column_ms(q, column++);
	out->n_entries = (size_t)sqlite3_column_int64(q, column++);
	out->is_list = sqlite3_column_int(q, column++);
	out->wanted = true;
	/* One that was never read is called by where it is. */
	struct span host = planet_url_host(span_of(out->url));
	if (strcmp(out->name, out->slug) == 0 && host.n && out->state != PLANET_FILE) {
		free(out->name);
		out->name = span_dup(host);
	}
}

enum err planet_sources(struct planet_store *s, struct planet_source **sources, size_t *n, struct why *why)
{
	sqlite3_stmt *q = db_prepare(s->db, "SELECT url, at, slug, CASE WHEN name<>'' THEN name WHEN title<>'' THEN title ELSE"
		" slug END AS shown, page, feed_id, author, language, rights, kind, subtitle, etag, last_modified, error, via, id,"
		" state,"
		" status, n_failures, body_hash, checked_ms, succeeded_ms, changed_ms, next_ms, (SELECT max(shown_ms) FROM entries"
		" WHERE feed=feeds.id), (SELECT count(*) FROM entries WHERE feed=feeds.id), is_list FROM feeds WHERE wanted ORDER BY"
		" shown COLLATE NOCASE, id");
	int code;
	*sources = NULL;
	*n = 0;
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		*sources = mem_grow(*sources, *n + 1, sizeof **sources);
		read_source(q, &(*sources)[(*n)++]);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(s->db, why);
	sqlite3_finalize(q);
	if (e) {
		planet_sources_free(*sources, *n);
		*sources = NULL;
		*n = 0;
	}
	return e;
}

void planet_sources_free(struct planet_source *sources, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct planet_source *s = &sources[i];
		char *const texts[] = {s->url, s->at, s->slug, s->name, s->page, s->feed_id, s->author, s->language, s->rights,
			s->kind, s->subtitle, s->etag, s->last_modified, s->error, s->via};
		for (size_t k = 0; k < COUNT_OF(texts); k++)
			free(texts[k]);
	}
	free(sources);
}

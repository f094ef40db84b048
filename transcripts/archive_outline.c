/* SPDX-License-Identifier: MIT */
#include "transcripts/archive_outline.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_store.h"

enum { TEXTS = 6 };

static void read_row(sqlite3_stmt *s, struct archive_outline *o)
{
	struct span texts[TEXTS];
	size_t room = 0;
	for (int i = 0; i < TEXTS; i++) {
		texts[i] = db_column_span(s, 2 + i);
		room += texts[i].n + 1;
	}
	char *p = o->_block = mem_new(room, 1);
	const char **const fields[] = {&o->show, &o->conference, &o->slug, &o->media_file, &o->youtube, &o->track};
	for (int i = 0; i < TEXTS; i++) {
		if (texts[i].n)
			memcpy(p, texts[i].p, texts[i].n);
		*fields[i] = p;
		p += texts[i].n + 1;
	}
	o->id = sqlite3_column_int64(s, 0);
	o->kind = (enum archive_kind)sqlite3_column_int(s, 1);
	int at = 2 + TEXTS;
	o->published_ms = sqlite3_column_type(s, at) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(s, at);
	o->published = sqlite3_column_int(s, ++at);
	o->n_cues = (size_t)sqlite3_column_int64(s, ++at);
	o->has_chapters = sqlite3_column_int(s, ++at);
	o->season = sqlite3_column_int64(s, ++at);
	struct buf path = {0};
	const struct archive_item item = {.kind = o->kind, .show = o->show, .conference = o->conference, .slug = o->slug};
	archive_item_path(&path, &item);
	o->path = buf_take(&path);
}

enum err archive_outline(struct archive *a, struct archive_outline **list, size_t *n, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT id, kind, show, conference, slug, media_file, youtube, track, published_ms,"
		" published, n_cues, EXISTS(SELECT 1 FROM chapters WHERE item=id), season FROM items ORDER BY published_ms NULLS FIRST, path, part");
	*list = NULL;
	*n = 0;
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*list = mem_grow(*list, *n ? *n * 2 : 1, sizeof **list);
		read_row(s, &(*list)[(*n)++]);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_finalize(s);
	if (e) {
		archive_outline_free(*list, *n);
		*list = NULL;
		*n = 0;
	}
	return e;
}

size_t archive_outline_published(struct archive *a)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT COUNT(*) FROM items WHERE published");
	size_t n = sqlite3_step(s) == SQLITE_ROW ? (size_t)sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return n;
}

void archive_outline_free(struct archive_outline *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].path);
		free(list[i]._block);
	}
	free(list);
}

enum err archive_seasons(struct archive *a, const char *show, int64_t **seasons, size_t *n, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db,
		"SELECT DISTINCT season FROM items WHERE kind=? AND show=? AND published AND season > 0 ORDER BY season");
	sqlite3_bind_int(s, 1, ARCHIVE_EPISODE);
	db_bind_span(s, 2, span_of(show));
	*seasons = NULL;
	*n = 0;
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*seasons = mem_grow(*seasons, *n ? *n * 2 : 1, sizeof **seasons);
		(*seasons)[(*n)++] = sqlite3_column_int64(s, 0);
	}
	sqlite3_finalize(s);
	if (code == SQLITE_DONE)
		return OK;
	free(*seasons);
	*seasons = NULL;
	*n = 0;
	return db_error(a->db, why);
}

/* Rows' columns in their order; numbers too, as text. */
static enum err hash_rows(struct archive *a, const char *sql, uint64_t *hash, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, sql);
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(s); i++)
			*hash = (*hash ^ span_hash(db_column_span(s, i))) * 0x100000001B3u;
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_finalize(s);
	return e;
}

enum err archive_fingerprint(struct archive *a, uint64_t *fingerprint, struct why *why)
{
	/* A joined transcript, a show that was renamed, an owner's rule: each changes a page though its own file didn't. */
	static const char *const tables[] = {
		"SELECT path, part, hash, transcript_path, transcript_hash, show, conference, slug FROM items ORDER BY path, part",
		"SELECT path, hash FROM collections ORDER BY path",
		"SELECT name, value FROM state ORDER BY name",
		"SELECT COUNT(*), SUM(struck) FROM refs",
		"SELECT COUNT(*), SUM(struck) FROM mentions",
	};
	*fingerprint = ARCHIVE_VERSION;
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(tables) && !e; i++)
		e = hash_rows(a, tables[i], fingerprint, why);
	return e;
}

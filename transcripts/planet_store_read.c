/* planet_store_read.c - entries as they are shown.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/planet_store_parts.h"

#define POST_TEXTS(p) {&(p)->guid, &(p)->url, &(p)->title, &(p)->author, &(p)->author_email, &(p)->author_url, \
	&(p)->language, &(p)->image, &(p)->content, &(p)->summary, &(p)->source_title, &(p)->source_url, &(p)->source_id, &(p)->rights, \
	&(p)->tags, &(p)->enclosures, &(p)->feed_slug, &(p)->feed_name, &(p)->feed_page, &(p)->feed_url, &(p)->feed_id, \
	&(p)->feed_author, &(p)->feed_rights, &(p)->feed_language}

static void read_post(sqlite3_stmt *q, struct planet_post *p)
{
	const char **const texts[] = POST_TEXTS(p);
	size_t room = 0, at = 0;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		room += db_column_span(q, (int)i).n + 1;
	*p = (struct planet_post){._block = mem_new(room, 1)};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct span text = db_column_span(q, (int)i);
		*texts[i] = p->_block + at;
		if (text.n)
			memcpy(p->_block + at, text.p, text.n);
		at += text.n + 1;
	}
	int column = (int)COUNT_OF(texts);
	p->id = sqlite3_column_int64(q, column);
	p->source = sqlite3_column_int64(q, column + 1);
	p->shown_ms = sqlite3_column_int64(q, column + 2);
	p->updated_ms = planet_column_ms(q, column + 3);
	p->published_ms = planet_column_ms(q, column + 4);
}

/* Planets gather planets: among all feeds a post that came by several is shown once, as the first brought it. ?1: the one
 * feed that is asked for, or NULL. */
#define IS_SHOWN "wanted AND (?1 IS NULL OR slug=?1) AND (?1 IS NOT NULL OR entries.url='' OR NOT EXISTS(SELECT 1 FROM entries" \
	" AS other JOIN feeds AS its ON its.id=other.feed WHERE its.wanted AND other.guid=entries.guid AND other.url=entries.url AND" \
	" other.id<entries.id))"

static enum err count(struct planet_store *s, const char *slug, size_t *total, struct why *why)
{
	sqlite3_stmt *q = db_prepare(s->db, "SELECT (SELECT count(*) FROM feeds WHERE wanted AND (?1 IS NULL OR slug=?1)),"
		" (SELECT count(*) FROM entries JOIN feeds ON feeds.id=feed WHERE " IS_SHOWN ")");
	planet_bind(q, 1, slug);
	enum err e = sqlite3_step(q) == SQLITE_ROW ? OK : db_error(s->db, why);
	if (!e && slug && sqlite3_column_int64(q, 0) == 0)
		e = why_set(why, E_GONE, "there is no such source");
	*total = e ? 0 : (size_t)sqlite3_column_int64(q, 1);
	sqlite3_finalize(q);
	return e;
}

enum err planet_posts(struct planet_store *s, const char *slug, size_t limit, size_t offset, struct planet_post **posts,
	size_t *n, size_t *total, struct why *why)
{
	*posts = NULL;
	*n = 0;
	enum err e = count(s, slug, total, why);
	if (e)
		return e;
	sqlite3_stmt *q = db_prepare(s->db, "SELECT guid, entries.url, entries.title, entries.author, author_email,"
		" author_url,"
		" entries.language, entries.image, content, summary, source_title, source_url, source_id, entries.rights, tags,"
		" enclosures,"
		" slug, CASE WHEN name<>'' THEN name WHEN feeds.title<>'' THEN feeds.title ELSE slug END, page, feeds.url, feed_id,"
		" feeds.author, feeds.rights, feeds.language, entries.id, feed, shown_ms, updated_ms, published_ms FROM entries"
		" JOIN feeds"
		" ON feeds.id=feed WHERE " IS_SHOWN " ORDER BY shown_ms DESC, entries.id LIMIT ?2 OFFSET ?3");
	planet_bind(q, 1, slug);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)limit);
	sqlite3_bind_int64(q, 3, (sqlite3_int64)offset);
	int code;
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		*posts = mem_grow(*posts, *n + 1, sizeof **posts);
		read_post(q, &(*posts)[(*n)++]);
	}
	e = code == SQLITE_DONE ? OK : db_error(s->db, why);
	sqlite3_finalize(q);
	if (e) {
		planet_posts_free(*posts, *n);
		*posts = NULL;
		*n = 0;
	}
	return e;
}

size_t planet_post_place(struct planet_store *s, const char *slug, int64_t id)
{
	sqlite3_stmt *q = db_prepare(s->db, "SELECT count(*) FROM entries AS one JOIN feeds ON feeds.id=one.feed JOIN"
		" entries AS other ON other.feed=one.feed WHERE one.id=?2 AND slug=?1 AND (other.shown_ms>one.shown_ms OR"
		" (other.shown_ms=one.shown_ms AND other.id<one.id))");
	planet_bind(q, 1, slug);
	sqlite3_bind_int64(q, 2, id);
	size_t n = sqlite3_step(q) == SQLITE_ROW ? (size_t)sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return n;
}

void planet_posts_free(struct planet_post *posts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(posts[i]._block);
	free(posts);
}

int64_t planet_changed_ms(struct planet_store *s)
{
	sqlite3_stmt *q = db_prepare(s->db, "SELECT max(changed_ms) FROM feeds WHERE wanted");
	int64_t ms = sqlite3_step(q) == SQLITE_ROW ? planet_column_ms(q, 0) : INT64_MIN;
	sqlite3_finalize(q);
	return ms;
}

enum err planet_fingerprint(struct planet_store *s, uint64_t *fingerprint, struct why *why)
{
	static const char *const tables[] = {
		"SELECT url, slug, name, wanted, is_list, title, subtitle, page, author, image, error, state FROM feeds ORDER BY id",
		"SELECT feed, guid, hash, shown_ms FROM entries ORDER BY id"};
	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		sqlite3_stmt *q = db_prepare(s->db, tables[i]);
		int code;
		while ((code = sqlite3_step(q)) == SQLITE_ROW)
			for (int k = 0; k < sqlite3_column_count(q); k++)
				*fingerprint = (*fingerprint ^ span_hash(db_column_span(q, k))) * 0x100000001B3u;
		sqlite3_finalize(q);
		if (code != SQLITE_DONE)
			return db_error(s->db, why);
	}
	return OK;
}

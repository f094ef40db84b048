/* planet_store_put.c - what a fetch or a file brought, into the store.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_store_parts.h"

static void write_tags(const struct planet_entry *e, struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '[');
	for (size_t i = 0; i < e->n_tags; i++)
		json_text(&w, span_of(e->tags[i]));
	json_close(&w, ']');
}

static void write_enclosures(const struct planet_entry *e, struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '[');
	for (size_t i = 0; i < e->n_enclosures; i++) {
		const struct planet_enclosure *one = &e->enclosures[i];
		json_open(&w, '{');
		json_key(&w, "url");
		json_text(&w, span_of(one->url));
		json_key(&w, "type");
		json_text(&w, span_of(one->type));
		json_key(&w, "bytes");
		json_int(&w, one->bytes);
		json_close(&w, '}');
	}
	json_close(&w, ']');
}

/* Of all that is shown: the same means nothing is to be written. */
static uint64_t hash_of(const struct planet_entry *e, struct span tags, struct span enclosures)
{
	const char *const texts[] = {e->url, e->title, e->author, e->author_email, e->author_url, e->language, e->image,
		e->content, e->summary, e->source_title, e->source_url, e->source_id, e->rights};
	uint64_t hash = span_hash(tags) * 31 ^ span_hash(enclosures);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		hash = hash * 1099511628211u ^ span_hash(span_of(texts[i]));
	return hash ^ (uint64_t)e->updated_ms * 3 ^ (uint64_t)e->published_ms;
}

/* Never later than when it was first seen; without a date that moment, in the feed's order. */
static int64_t shown_by(const struct planet_entry *e, int64_t now_ms, size_t position)
{
	int64_t said = e->published_ms != INT64_MIN ? e->published_ms : e->updated_ms;
	if (said == INT64_MIN || said > now_ms)
		return now_ms - (int64_t)position;
	return said;
}

static enum err index_entry(struct planet_store *s, int64_t id, const struct planet_entry *e, bool is_new,
	struct why *why)
{
	struct buf text = {0};
	enum err err = OK;
	if (!is_new) {
		sqlite3_stmt *drop = db_prepare(s->db, "DELETE FROM words WHERE rowid=?1");
		sqlite3_bind_int64(drop, 1, id);
		err = planet_run(s, drop, why);
	}
	planet_html_to_text(&text, span_of(e->content));
	if (*e->summary) {
		buf_char(&text, '\n');
		planet_html_to_text(&text, span_of(e->summary));
	}
	buf_text(&text, "");
	if (!err) {
		sqlite3_stmt *put = db_prepare(s->db, "INSERT INTO words(rowid, title, author, text) VALUES(?1,?2,?3,?4)");
		sqlite3_bind_int64(put, 1, id);
		planet_bind(put, 2, e->title);
		planet_bind(put, 3, e->author);
		db_bind_span(put, 4, buf_view(&text));
		err = planet_run(s, put, why);
	}
	buf_finish(&text);
	return err;
}

static enum err write_entry(struct planet_store *s, int64_t source, const struct planet_entry *e, size_t position,
	int64_t now_ms, bool *is_new, struct why *why)
{
	struct buf tags = {0}, enclosures = {0};
	write_tags(e, &tags);
	write_enclosures(e, &enclosures);
	uint64_t hash = hash_of(e, buf_view(&tags), buf_view(&enclosures));
	sqlite3_stmt *known = db_prepare(s->db, "SELECT id, hash FROM entries WHERE feed=?1 AND guid=?2");
	sqlite3_bind_int64(known, 1, source);
	planet_bind(known, 2, e->guid);
	*is_new = sqlite3_step(known) != SQLITE_ROW;
	int64_t id = *is_new ? 0 : sqlite3_column_int64(known, 0);
	bool is_same = !*is_new && (uint64_t)sqlite3_column_int64(known, 1) == hash;
	sqlite3_finalize(known);
	enum err err = OK;
	if (!is_same) {
		sqlite3_stmt *put = db_prepare(s->db, *is_new ?
			"INSERT INTO entries(feed, guid, hash, published_ms, updated_ms, url, title, author, author_email, author_url,"
			" language,"
			" image, content, summary, source_title, source_url, source_id, rights, tags, enclosures, shown_ms, seen_ms)"
			" VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22)" :
			"UPDATE entries SET hash=?3, published_ms=?4, updated_ms=?5, url=?6, title=?7, author=?8, author_email=?9,"
			" author_url=?10, language=?11, image=?12, content=?13, summary=?14, source_title=?15, source_url=?16,"
			" source_id=?17, rights=?18, tags=?19, enclosures=?20 WHERE feed=?1 AND guid=?2");
		const char *const texts[] = {e->url, e->title, e->author, e->author_email, e->author_url, e->language, e->image,
			e->content, e->summary, e->source_title, e->source_url, e->source_id, e->rights, tags.p, enclosures.p};
		sqlite3_bind_int64(put, 1, source);
		planet_bind(put, 2, e->guid);
		sqlite3_bind_int64(put, 3, (sqlite3_int64)hash);
		planet_bind_ms(put, 4, e->published_ms);
		planet_bind_ms(put, 5, e->updated_ms);
		for (size_t i = 0; i < COUNT_OF(texts); i++)
			planet_bind(put, 6 + (int)i, texts[i]);
		if (*is_new) {
			sqlite3_bind_int64(put, 21, shown_by(e, now_ms, position));
			sqlite3_bind_int64(put, 22, now_ms);
		}
		err = planet_run(s, put, why);
		if (!err && *is_new)
			id = sqlite3_last_insert_rowid(s->db);
		if (!err)
			err = index_entry(s, id, e, *is_new, why);
	}
	buf_finish(&tags);
	buf_finish(&enclosures);
	return err;
}

/* A feed that gives new ids each time must not fill the disk: its oldest go. */
static enum err prune(struct planet_store *s, int64_t source, struct why *why)
{
	static const char *const statements[] = {
		"DELETE FROM words WHERE rowid IN (SELECT id FROM entries WHERE feed=?1 ORDER BY shown_ms DESC, id DESC LIMIT -1"
		" OFFSET ?2)",
		"DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE feed=?1 ORDER BY shown_ms DESC, id DESC LIMIT -1"
		" OFFSET ?2)"};
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(statements) && !e; i++) {
		sqlite3_stmt *drop = db_prepare(s->db, statements[i]);
		sqlite3_bind_int64(drop, 1, source);
		sqlite3_bind_int64(drop, 2, PLANET_KEPT);
		e = planet_run(s, drop, why);
	}
	return e;
}

enum err planet_put_entries(struct planet_store *s, int64_t source, const struct planet_feed *f, int64_t now_ms,
	size_t *n_new, struct why *why)
{
	enum err e = OK;
	*n_new = 0;
	for (size_t i = 0; i < f->n_entries && !e; i++) {
		bool is_new;
		e = write_entry(s, source, &f->entries[i], i, now_ms, &is_new, why);
		*n_new += is_new;
	}
	return e ? e : prune(s, source, why);
}

static enum err put_head(struct planet_store *s, int64_t source, const struct planet_feed *f, struct why *why)
{
	sqlite3_stmt *put = db_prepare(s->db, "UPDATE feeds SET kind=?2, title=?3, subtitle=?4, page=?5, feed_id=?6,"
		" author=?7, language=?8, image=?9, rights=?10, is_list=?11 WHERE id=?1");
	const char *const texts[] = {f->kind, f->title, f->subtitle, f->url, f->id, f->author, f->language, f->image,
		f->rights};
	sqlite3_bind_int64(put, 1, source);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		planet_bind(put, 2 + (int)i, texts[i]);
	sqlite3_bind_int(put, 11, strcmp(f->kind, "OPML") == 0);
	return planet_run(s, put, why);
}

static enum err put_state(struct planet_store *s, int64_t source, const struct planet_update *u, bool changed,
	struct why *why)
{
	sqlite3_stmt *put = db_prepare(s->db, "UPDATE feeds SET state=?2, status=?3, n_failures=?4, error=ifnull(?5,error),"
		" etag=ifnull(?6,etag), last_modified=ifnull(?7,last_modified), at=ifnull(?8,at), body_hash=?9, checked_ms=?10,"
		" next_ms=?11, succeeded_ms=CASE WHEN ?2=1 THEN ?10 ELSE succeeded_ms END, changed_ms=CASE WHEN ?12 THEN ?10 ELSE"
		" changed_ms END WHERE id=?1");
	sqlite3_bind_int64(put, 1, source);
	sqlite3_bind_int(put, 2, (int)u->state);
	sqlite3_bind_int(put, 3, u->status);
	sqlite3_bind_int(put, 4, u->n_failures);
	planet_bind(put, 5, u->error);
	planet_bind(put, 6, u->etag);
	planet_bind(put, 7, u->last_modified);
	planet_bind(put, 8, u->at);
	sqlite3_bind_int64(put, 9, (sqlite3_int64)u->body_hash);
	sqlite3_bind_int64(put, 10, u->now_ms);
	sqlite3_bind_int64(put, 11, u->next_ms);
	sqlite3_bind_int(put, 12, changed);
	enum err e = planet_run(s, put, why);
	if (!e && sqlite3_changes(s->db) == 0)
		e = why_set(why, E_GONE, "the feed is no longer in the planet");
	return e;
}

enum err planet_update(struct planet_store *s, int64_t source, const struct planet_update *u, size_t *n_new,
	struct why *why)
{
	*n_new = 0;
	enum err e = db_run(s->db, "BEGIN IMMEDIATE", why);
	if (!e)
		e = put_state(s, source, u, u->feed != NULL, why);
	if (!e && u->feed)
		e = put_head(s, source, u->feed, why);
	if (!e && u->feed)
		e = planet_put_entries(s, source, u->feed, u->now_ms, n_new, why);
	return planet_end(s, e, why);
}

/* ---- files ---- */

static enum err drop_file(struct planet_store *s, const char *path, struct why *why)
{
	static const char *const statements[] = {
		"DELETE FROM words WHERE rowid IN (SELECT entries.id FROM entries JOIN feeds ON feeds.id=feed WHERE file=?1)",
		"DELETE FROM entries WHERE feed IN (SELECT id FROM feeds WHERE file=?1)", "DELETE FROM feeds WHERE file=?1"};
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(statements) && !e; i++) {
		sqlite3_stmt *drop = db_prepare(s->db, statements[i]);
		planet_bind(drop, 1, path);
		e = planet_run(s, drop, why);
	}
	return e;
}

enum err planet_remove_file(struct planet_store *s, const char *path, struct why *why)
{
	enum err e = db_run(s->db, "BEGIN IMMEDIATE", why);
	if (!e)
		e = drop_file(s, path, why);
	return planet_end(s, e, why);
}

static enum err put_file_feed(struct planet_store *s, const char *path, uint64_t hash, const struct planet_feed *f,
	int64_t now_ms, struct why *why)
{
	struct buf url = {0};
	size_t n_new;
	buf_format(&url, "file:%s#%s", path, f->title);
	char *slug = planet_free_slug(s, span_of(f->title));
	sqlite3_stmt *put = db_prepare(s->db, "INSERT INTO feeds(url, at, slug, file, state, body_hash, checked_ms,"
		" succeeded_ms, changed_ms) VALUES(?1,?1,?2,?3,?4,?5,?6,?6,?6)");
	planet_bind(put, 1, url.p);
	planet_bind(put, 2, slug);
	planet_bind(put, 3, path);
	sqlite3_bind_int(put, 4, PLANET_FILE);
	sqlite3_bind_int64(put, 5, (sqlite3_int64)hash);
	sqlite3_bind_int64(put, 6, now_ms);
	enum err e = planet_run(s, put, why);
	int64_t id = sqlite3_last_insert_rowid(s->db);
	if (!e)
		e = put_head(s, id, f, why);
	if (!e)
		e = planet_put_entries(s, id, f, now_ms, &n_new, why);
	free(slug);
	buf_finish(&url);
	return e;
}

enum err planet_put_file(struct planet_store *s, const char *path, uint64_t hash, struct planet_feed *const *feeds,
	size_t n, int64_t now_ms, struct why *why)
{
	enum err e = db_run(s->db, "BEGIN IMMEDIATE", why);
	if (!e)
		e = drop_file(s, path, why);
	for (size_t i = 0; i < n && !e; i++)
		e = put_file_feed(s, path, hash, feeds[i], now_ms, why);
	return planet_end(s, e, why);
}

bool planet_has_file(struct planet_store *s, const char *path, uint64_t hash, size_t *n_entries, size_t *n_feeds)
{
	sqlite3_stmt *q = db_prepare(s->db, "SELECT count(*), (SELECT count(*) FROM entries JOIN feeds ON feeds.id=feed WHERE"
		" file=?1) FROM feeds WHERE file=?1 AND body_hash=?2");
	planet_bind(q, 1, path);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)hash);
	*n_feeds = *n_entries = 0;
	if (sqlite3_step(q) == SQLITE_ROW) {
		*n_feeds = (size_t)sqlite3_column_int64(q, 0);
		*n_entries = (size_t)sqlite3_column_int64(q, 1);
	}
	sqlite3_finalize(q);
	return *n_feeds > 0;
}

enum err planet_each_file(struct planet_store *s, void (*each)(void *data, const char *path), void *data,
	struct why *why)
{
	sqlite3_stmt *q = db_prepare(s->db, "SELECT DISTINCT file FROM feeds WHERE file IS NOT NULL ORDER BY 1");
	int code;
	while ((code = sqlite3_step(q)) == SQLITE_ROW)
		each(data, (const char *)sqlite3_column_text(q, 0));
	enum err e = code == SQLITE_DONE ? OK : db_error(s->db, why);
	sqlite3_finalize(q);
	return e;
}

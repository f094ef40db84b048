/* archive.c - opening and writing; reading is in archive_read.c.
 * SPDX-License-Identifier: MIT */
#include "transcripts/archive.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/catalogue.h"
#include "transcripts/notes.h"
#include "transcripts/search.h"

static const char schema[] =
	"CREATE TABLE items(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, hash INTEGER NOT NULL, transcript_path TEXT,"
	" transcript_hash INTEGER NOT NULL, show TEXT NOT NULL, slug TEXT NOT NULL, is_episode INTEGER NOT NULL,"
	" title TEXT NOT NULL, author TEXT NOT NULL, description TEXT NOT NULL, image TEXT NOT NULL, guid TEXT NOT NULL,"
	" media_file TEXT NOT NULL, youtube TEXT NOT NULL, transcript_file TEXT NOT NULL, tags TEXT NOT NULL,"
	" media_bytes INTEGER NOT NULL, duration_ms INTEGER NOT NULL, published_ms INTEGER, season INTEGER NOT NULL,"
	" episode INTEGER NOT NULL, published INTEGER NOT NULL, explicit INTEGER NOT NULL, n_turns INTEGER NOT NULL,"
	" n_cues INTEGER NOT NULL, says_show INTEGER NOT NULL, n_notes_tokens INTEGER NOT NULL,"
	" n_speech_tokens INTEGER NOT NULL,"
	" notes TEXT NOT NULL, UNIQUE(show, slug));"
	"CREATE INDEX items_by_transcript ON items(transcript_path) WHERE transcript_path IS NOT NULL;"
	"CREATE TABLE texts(item INTEGER PRIMARY KEY, title TEXT NOT NULL, people TEXT NOT NULL, notes TEXT NOT NULL,"
	" speech TEXT NOT NULL);"
	"CREATE TABLE cues(item INTEGER PRIMARY KEY, cues BLOB NOT NULL, turns BLOB NOT NULL);"
	"CREATE TABLE voices(item INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(item, number))"
	" WITHOUT ROWID;"
	"CREATE TABLE words(n_bytes INTEGER NOT NULL, word TEXT NOT NULL, n_items INTEGER NOT NULL,"
	" n_times INTEGER NOT NULL, PRIMARY KEY(n_bytes, word)) WITHOUT ROWID;";

/* Apart from the schema, since it needs the tokenizer. Without columnsize: items knows the lengths. The hash is what
 * one transaction gathers before it writes: large enough that an import leaves few segments. */
static const char index_schema[] =
	"CREATE VIRTUAL TABLE IF NOT EXISTS spoken USING fts5(title, people, notes, speech, tokenize='carillon',"
	" content='texts', content_rowid='item', columnsize=0);"
	"INSERT INTO spoken(spoken, rank) VALUES('hashsize', 33554432);";

#define ITEM_COLUMNS \
	"id, path, show, slug, title, author, description, image, guid, media_file, youtube, notes, tags, is_episode," \
	" media_bytes, duration_ms, published_ms, season, episode, published, explicit, n_turns, n_cues"

static const char *const sql_of[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ITEM_ID_BY_PATH] = "SELECT id FROM items WHERE path=?1",
	[SQL_PATH_BY_SLUG] = "SELECT path FROM items WHERE show=?1 AND slug=?2",
	[SQL_PATH_JOINED] = "SELECT path FROM items WHERE transcript_path=?1",
	[SQL_HAS] = "SELECT 1 FROM items WHERE path=?1 AND hash=?2"
		" UNION ALL SELECT 1 FROM items WHERE transcript_path=?1 AND transcript_hash=?2",
	[SQL_KNOWN] = "SELECT hash, transcript_hash, is_episode, n_turns, n_cues, show, slug, transcript_path,"
		" transcript_file, says_show FROM items WHERE path=?1",
	[SQL_PUT_ITEM] = "INSERT INTO items(id, path, hash, transcript_path, transcript_hash, show, slug, is_episode,"
		" title, author, description, image, guid, media_file, youtube, transcript_file, tags, media_bytes, duration_ms,"
		" published_ms, season, episode, published, explicit, n_turns, n_cues, n_notes_tokens, n_speech_tokens, notes,"
		" says_show)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,"
		"?28,?29,?30)",
	[SQL_PUT_TEXTS] = "INSERT INTO texts(item, title, people, notes, speech) VALUES(?1,?2,?3,?4,?5)",
	[SQL_PUT_SPOKEN] = "INSERT INTO spoken(rowid, title, people, notes, speech) VALUES(?1,?2,?3,?4,?5)",
	[SQL_PUT_CUES] = "INSERT INTO cues(item, cues, turns) VALUES(?1,?2,?3)",
	[SQL_PUT_VOICE] = "INSERT INTO voices(item, number, name) VALUES(?1,?2,?3)",
	/* FTS5 must be told what it had indexed, word by word, to take it out again. */
	[SQL_DELETE_SPOKEN] = "INSERT INTO spoken(spoken, rowid, title, people, notes, speech)"
		" SELECT 'delete', item, title, people, notes, speech FROM texts WHERE item=?1",
	[SQL_DELETE_TEXTS] = "DELETE FROM texts WHERE item=?1",
	[SQL_DELETE_CUES] = "DELETE FROM cues WHERE item=?1",
	[SQL_DELETE_VOICES] = "DELETE FROM voices WHERE item=?1",
	[SQL_DELETE_ITEM] = "DELETE FROM items WHERE id=?1",
	[SQL_PATHS] = "SELECT path FROM items UNION SELECT transcript_path FROM items WHERE transcript_path IS NOT NULL"
		" ORDER BY 1",
	[SQL_FIND_ITEM] = "SELECT " ITEM_COLUMNS " FROM items WHERE show=?1 AND slug=?2",
	[SQL_FIND_ITEM_ANY_SHOW] = "SELECT " ITEM_COLUMNS " FROM items WHERE slug=?2 ORDER BY show LIMIT 1",
	[SQL_ITEM_BY_ID] = "SELECT " ITEM_COLUMNS " FROM items WHERE id=?1",
	[SQL_LIST] = "SELECT " ITEM_COLUMNS " FROM items WHERE (?1 IS NULL OR show=?1) AND is_episode>=?2"
		" ORDER BY published_ms DESC NULLS LAST, show, slug LIMIT ?3 OFFSET ?4",
	[SQL_SPEECH] = "SELECT speech FROM texts WHERE item=?1",
	[SQL_CUES] = "SELECT cues, turns FROM cues WHERE item=?1",
	[SQL_VOICES] = "SELECT name FROM voices WHERE item=?1 ORDER BY number",
	[SQL_DATA_VERSION] = "PRAGMA data_version",
	[SQL_CATALOGUE] = "SELECT id, show, is_episode, published, published_ms, n_notes_tokens, n_speech_tokens FROM items"
		" ORDER BY id",
	[SQL_CATALOGUE_VOICES] = "SELECT item, name FROM voices ORDER BY item, number",
	[SQL_WORD] = "SELECT n_items, n_times FROM words WHERE n_bytes=?1 AND word=?2",
	[SQL_WORDS] = "SELECT word, n_times FROM words ORDER BY n_bytes, word",
	[SQL_SCAN] = "SELECT carillon_scan(spoken, ?2) FROM spoken WHERE spoken MATCH ?1",
};

sqlite3_stmt *archive_statement(struct archive *a, enum archive_statement which)
{
	if (!a->statements[which])
		a->statements[which] = db_prepare(a->db, sql_of[which]);
	sqlite3_reset(a->statements[which]);
	sqlite3_clear_bindings(a->statements[which]);
	return a->statements[which];
}

enum err archive_step(struct archive *a, sqlite3_stmt *s, struct why *why)
{
	int code = sqlite3_step(s);
	enum err e = code == SQLITE_DONE || code == SQLITE_ROW ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	return e;
}

/* SQLite's own way to empty a database of any state; other processes see either the old or the new. */
static enum err empty(sqlite3 *db, struct why *why)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
	enum err e = db_run(db, "VACUUM", why);
	sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
	return e;
}

static enum err set_up(struct archive *a, bool writable, struct why *why)
{
	enum err e = tokens_create(a->db, &a->tokens, why);
	if (!e)
		e = search_register(a->db, why);
	if (!e && writable)
		e = db_run(a->db, index_schema, why);
	/* The words that people look for are read again and again. */
	if (!e)
		e = db_run(a->db, "PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY", why);
	return e;
}

static enum err finish_open(enum err e, sqlite3 *db, bool writable, struct archive **archive, struct why *why)
{
	struct archive *a = mem_new(1, sizeof *a);
	a->db = db;
	if (!e)
		e = set_up(a, writable, why);
	if (e) {
		archive_close(a);
		return e;
	}
	*archive = a;
	return OK;
}

enum err archive_open(const char *folder, struct archive **archive, struct why *why)
{
	*archive = NULL;
	sqlite3 *db = NULL;
	enum err e = file_make_folder(folder, why);
	if (e)
		return e;
	char *path = file_join(folder, "archive.db");
	e = db_open(path, ARCHIVE_VERSION, schema, &db, why);
	if (e == E_AGAIN && db) {
		e = empty(db, why);
		db_close(db);
		db = NULL;
		if (!e)
			e = db_open(path, ARCHIVE_VERSION, schema, &db, why);
	}
	free(path);
	return finish_open(e, db, true, archive, why);
}

enum err archive_open_reader(const char *folder, struct archive **archive, struct why *why)
{
	*archive = NULL;
	sqlite3 *db = NULL;
	char *path = file_join(folder, "archive.db");
	enum err e = db_open_reader(path, ARCHIVE_VERSION, &db, why);
	free(path);
	/* What an older program left can't be read; it is as if nothing was imported. */
	if (e == E_AGAIN)
		e = E_GONE;
	return finish_open(e, db, false, archive, why);
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < COUNT_OF(a->statements); i++)
		sqlite3_finalize(a->statements[i]);
	catalogue_destroy(a->catalogue);
	if (a->db)
		db_close(a->db);
	tokens_destroy(a->tokens);
	free(a);
}

enum err archive_begin(struct archive *a, struct why *why)
{
	ASSERT(!a->in_transaction);
	enum err e = archive_step(a, archive_statement(a, SQL_BEGIN), why);
	a->in_transaction = !e;
	return e;
}

enum err archive_commit(struct archive *a, struct why *why)
{
	ASSERT(a->in_transaction);
	enum err e = archive_step(a, archive_statement(a, SQL_COMMIT), why);
	if (e)
		archive_rollback(a);
	a->in_transaction = false;
	return e;
}

void archive_rollback(struct archive *a)
{
	/* A full disk may have rolled back already: then there is nothing to do, and nothing else can fail. */
	if (!sqlite3_get_autocommit(a->db))
		sqlite3_exec(a->db, "ROLLBACK", NULL, NULL, NULL);
	a->in_transaction = false;
	a->generation++;
}

/* What is packed and indexed of one transcript. */
struct speech {
	struct buf text, cues, turns, people;
	struct span *voices;
	size_t n_voices, n_tokens;
};

static void speech_finish(struct speech *s)
{
	buf_finish(&s->text);
	buf_finish(&s->cues);
	buf_finish(&s->turns);
	buf_finish(&s->people);
	free(s->voices);
}

static void pack_u32(struct buf *out, uint64_t value)
{
	uint32_t v = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	for (int shift = 0; shift < 32; shift += 8)
		buf_char(out, (char)(v >> shift & 0xFF));
}

static uint32_t number_of_voice(struct speech *s, struct span name)
{
	if (!name.n)
		return 0;
	for (size_t i = 0; i < s->n_voices; i++)
		if (span_equal(s->voices[i], name))
			return (uint32_t)i + 1;
	s->voices = mem_grow(s->voices, s->n_voices + 1, sizeof *s->voices);
	s->voices[s->n_voices++] = name;
	buf_span(&s->people, name);
	buf_char(&s->people, '\n');
	return (uint32_t)s->n_voices;
}

static uint64_t not_negative(int64_t value)
{
	return value < 0 ? 0 : (uint64_t)value;
}

static enum err pack_speech(struct archive *a, const struct transcript *t, struct speech *s, struct why *why)
{
	for (size_t i = 0; t && i < t->n_cues; i++) {
		const struct cue *cue = &t->cues[i];
		if (i)
			buf_char(&s->text, '\n');
		pack_u32(&s->cues, s->n_tokens);
		pack_u32(&s->cues, s->text.n);
		pack_u32(&s->cues, not_negative(cue->start_ms));
		pack_u32(&s->cues, not_negative(cue->end_ms));
		pack_u32(&s->cues, not_negative(cue->line));
		buf_span(&s->text, cue->text);
		s->n_tokens += tokens_count(a->tokens, cue->text);
		if (s->text.n > 256u << 20)
			return why_set(why, E_LIMIT, "the transcript is over 256 MiB; split it");
	}
	for (size_t i = 0; t && i < t->n_turns; i++) {
		pack_u32(&s->turns, t->turns[i].first_cue);
		pack_u32(&s->turns, number_of_voice(s, t->turns[i].speaker));
	}
	buf_text(&s->text, "");
	buf_text(&s->cues, "");
	buf_text(&s->turns, "");
	return OK;
}

static void bind_text(sqlite3_stmt *s, int index, const char *text)
{
	sqlite3_bind_text(s, index, text ? text : "", -1, SQLITE_STATIC);
}

static void bind_blob(sqlite3_stmt *s, int index, const struct buf *b)
{
	sqlite3_bind_blob(s, index, b->p ? b->p : "", (int)b->n, SQLITE_STATIC);
}

static enum err put_item(struct archive *a, int64_t id, const struct archive_file *file, const struct transcript *t,
	size_t n_notes_tokens, size_t n_speech_tokens, struct why *why)
{
	const struct document *d = file->document;
	struct buf tags = {0};
	for (size_t i = 0; i < d->n_tags; i++) {
		buf_text(&tags, i ? "\n" : "");
		buf_text(&tags, d->tags[i]);
	}
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_ITEM);
	if (id)
		sqlite3_bind_int64(s, 1, id);
	bind_text(s, 2, file->path);
	sqlite3_bind_int64(s, 3, (int64_t)file->content_hash);
	db_bind_span(s, 4, span_of(file->transcript_path));
	sqlite3_bind_int64(s, 5, (int64_t)file->transcript_hash);
	bind_text(s, 6, file->show);
	bind_text(s, 7, file->slug);
	sqlite3_bind_int(s, 8, d->kind == DOCUMENT_EPISODE);
	const char *const texts[] = {d->title, d->author, d->description, d->image, d->guid, d->media_file, d->youtube,
		d->transcript_file, tags.p};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		bind_text(s, 9 + (int)i, texts[i]);
	sqlite3_bind_int64(s, 18, d->media_bytes);
	sqlite3_bind_int64(s, 19, d->duration_ms);
	if (d->published_ms != INT64_MIN)
		sqlite3_bind_int64(s, 20, d->published_ms);
	sqlite3_bind_int64(s, 21, d->season);
	sqlite3_bind_int64(s, 22, d->episode);
	/* A transcript alone has no head that could hold it back. */
	sqlite3_bind_int(s, 23, d->published || d->kind != DOCUMENT_EPISODE);
	sqlite3_bind_int(s, 24, d->explicit_);
	sqlite3_bind_int64(s, 25, t ? (int64_t)t->n_turns : 0);
	sqlite3_bind_int64(s, 26, t ? (int64_t)t->n_cues : 0);
	sqlite3_bind_int64(s, 27, (int64_t)n_notes_tokens);
	sqlite3_bind_int64(s, 28, (int64_t)n_speech_tokens);
	bind_text(s, 29, d->notes);
	sqlite3_bind_int(s, 30, d->show && d->show[0]);
	enum err e = archive_step(a, s, why);
	buf_finish(&tags);
	return e;
}

static enum err put_speech(struct archive *a, int64_t id, const struct document *d, struct speech *speech,
	const struct buf *notes, struct why *why)
{
	if (d->author && d->author[0])
		buf_text(&speech->people, d->author);
	const enum archive_statement twice[] = {SQL_PUT_TEXTS, SQL_PUT_SPOKEN};
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(twice) && !e; i++) {
		sqlite3_stmt *s = archive_statement(a, twice[i]);
		sqlite3_bind_int64(s, 1, id);
		bind_text(s, 2, d->title);
		bind_text(s, 3, speech->people.p);
		bind_text(s, 4, notes->p);
		sqlite3_bind_text(s, 5, speech->text.p, (int)speech->text.n, SQLITE_STATIC);
		e = archive_step(a, s, why);
	}
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_CUES);
	sqlite3_bind_int64(s, 1, id);
	bind_blob(s, 2, &speech->cues);
	bind_blob(s, 3, &speech->turns);
	if (!e)
		e = archive_step(a, s, why);
	for (size_t i = 0; i < speech->n_voices && !e; i++) {
		s = archive_statement(a, SQL_PUT_VOICE);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, (int64_t)i + 1);
		db_bind_span(s, 3, speech->voices[i]);
		e = archive_step(a, s, why);
	}
	return e;
}

static enum err remove_item(struct archive *a, int64_t id, struct why *why)
{
	enum err e = OK;
	for (int which = SQL_DELETE_SPOKEN; which <= SQL_DELETE_ITEM && !e; which++) {
		sqlite3_stmt *s = archive_statement(a, (enum archive_statement)which);
		sqlite3_bind_int64(s, 1, id);
		e = archive_step(a, s, why);
	}
	return e;
}

static int64_t id_by_path(struct archive *a, const char *path)
{
	sqlite3_stmt *s = archive_statement(a, SQL_ITEM_ID_BY_PATH);
	bind_text(s, 1, path);
	int64_t id = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return id;
}

static enum err slug_is_free(struct archive *a, const struct archive_file *file, struct why *why)
{
	char *holder = archive_path_of(a, file->show, file->slug);
	enum err e = OK;
	if (holder && strcmp(holder, file->path) != 0)
		e = why_set(why, E_DENIED, "the slug %s belongs to %s already; give one of them a slug of its own", file->slug,
			holder);
	free(holder);
	return e;
}

/* Begins a transaction unless the caller has one open; *own says so. */
static enum err enter(struct archive *a, bool *own, struct why *why)
{
	*own = !a->in_transaction;
	return *own ? archive_begin(a, why) : OK;
}

static enum err leave(struct archive *a, bool own, enum err e, struct why *why)
{
	if (!e) {
		a->n_changes++;
		a->generation++;
	}
	if (!own)
		return e;
	if (!e)
		return archive_commit(a, why);
	archive_rollback(a);
	return e;
}

static void searchable_notes(const struct document *d, struct buf *out)
{
	for (size_t i = 0; i < d->n_tags; i++) {
		buf_text(out, d->tags[i]);
		buf_char(out, '\n');
	}
	buf_text(out, d->description ? d->description : "");
	buf_char(out, '\n');
	if (d->notes)
		notes_to_text(span_of(d->notes), out);
}

enum err archive_put(struct archive *a, const struct archive_file *file, struct why *why)
{
	bool own;
	enum err e = enter(a, &own, why);
	if (e)
		return e;
	const struct transcript *t = file->transcript ? file->transcript : file->document->transcript;
	struct speech speech = {0};
	struct buf notes = {0};
	searchable_notes(file->document, &notes);
	e = slug_is_free(a, file, why);
	if (!e)
		e = pack_speech(a, t, &speech, why);
	int64_t id = id_by_path(a, file->path);
	if (!e && id)
		e = remove_item(a, id, why);
	if (!e)
		e = put_item(a, id, file, t, tokens_count(a->tokens, buf_view(&notes)), speech.n_tokens, why);
	if (!e)
		e = put_speech(a, id ? id : sqlite3_last_insert_rowid(a->db), file->document, &speech, &notes, why);
	e = leave(a, own, e, why);
	speech_finish(&speech);
	buf_finish(&notes);
	return e;
}

enum err archive_remove(struct archive *a, const char *path, struct why *why)
{
	bool own;
	enum err e = enter(a, &own, why);
	if (e)
		return e;
	int64_t id = id_by_path(a, path);
	if (id)
		e = remove_item(a, id, why);
	return leave(a, own, e, why);
}

static enum err count_words(struct archive *a, struct why *why)
{
	return db_run(a->db,
		"CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'spoken', 'row');"
		"DELETE FROM words;"
		"INSERT INTO words SELECT length(CAST(term AS BLOB)), term, doc, cnt FROM temp.vocabulary ORDER BY 1, 2;", why);
}

enum err archive_settle(struct archive *a, struct why *why)
{
	if (!a->n_changes)
		return OK;
	enum err e = archive_begin(a, why);
	if (e)
		return e;
	/* Merging all costs as much as the import of many files: only after many. */
	sqlite3_int64 n_items = 0;
	sqlite3_stmt *s = db_prepare(a->db, "SELECT count(*) FROM items");
	if (sqlite3_step(s) == SQLITE_ROW)
		n_items = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	if ((sqlite3_int64)a->n_changes * 8 > n_items)
		e = db_run(a->db, "INSERT INTO spoken(spoken) VALUES('optimize')", why);
	if (!e)
		e = count_words(a, why);
	if (e) {
		archive_rollback(a);
		return e;
	}
	e = archive_commit(a, why);
	if (!e)
		a->n_changes = 0;
	a->generation++;
	return e;
}

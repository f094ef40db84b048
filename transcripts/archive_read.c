/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"

bool archive_has(struct archive *a, const char *path, uint64_t content_hash)
{
	sqlite3_stmt *s = archive_statement(a, SQL_HAS);
	db_bind_span(s, 1, span_of(path));
	sqlite3_bind_int64(s, 2, (int64_t)content_hash);
	bool has = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	return has;
}

bool archive_known(struct archive *a, const char *path, struct archive_known *known)
{
	sqlite3_stmt *s = archive_statement(a, SQL_KNOWN);
	db_bind_span(s, 1, span_of(path));
	bool found = sqlite3_step(s) == SQLITE_ROW;
	*known = (struct archive_known){0};
	if (found) {
		known->content_hash = (uint64_t)sqlite3_column_int64(s, 0);
		known->transcript_hash = (uint64_t)sqlite3_column_int64(s, 1);
		known->kind = (enum archive_kind)sqlite3_column_int(s, 2);
		known->n_turns = (size_t)sqlite3_column_int64(s, 3);
		known->n_cues = (size_t)sqlite3_column_int64(s, 4);
		known->has_transcript = known->n_cues > 0;
		known->show = archive_dup_column(s, 5);
		known->slug = archive_dup_column(s, 6);
		known->transcript_path = archive_dup_column(s, 7);
		known->transcript_file = archive_dup_column(s, 8);
		known->says_show = sqlite3_column_int(s, 9);
		known->chapters_hash = (uint64_t)sqlite3_column_int64(s, 10);
		known->chapters_path = archive_dup_column(s, 11);
		known->chapters_file = archive_dup_column(s, 12);
		known->says_chapters = sqlite3_column_int(s, 13);
	}
	sqlite3_reset(s);
	return found;
}

void archive_known_finish(struct archive_known *known)
{
	free(known->show);
	free(known->slug);
	free(known->transcript_path);
	free(known->transcript_file);
	free(known->chapters_path);
	free(known->chapters_file);
	*known = (struct archive_known){0};
}

static char *one_text(sqlite3_stmt *s)
{
	char *text = sqlite3_step(s) == SQLITE_ROW ? archive_dup_column(s, 0) : NULL;
	sqlite3_reset(s);
	return text;
}

char *archive_path_of(struct archive *a, const char *show, const char *slug)
{
	sqlite3_stmt *s = archive_statement(a, SQL_PATH_BY_SLUG);
	db_bind_span(s, 1, span_of(show));
	db_bind_span(s, 2, span_of(slug));
	return one_text(s);
}

char *archive_path_joined_to(struct archive *a, const char *path)
{
	sqlite3_stmt *s = archive_statement(a, SQL_PATH_JOINED);
	db_bind_span(s, 1, span_of(path));
	return one_text(s);
}

/* One of SQL_JOINED's. */
static char *joined_path(struct archive *a, int64_t item_id, int column)
{
	sqlite3_stmt *s = archive_statement(a, SQL_JOINED);
	sqlite3_bind_int64(s, 1, item_id);
	char *path = sqlite3_step(s) == SQLITE_ROW ? archive_dup_column(s, column) : NULL;
	sqlite3_reset(s);
	return path;
}

static bool take_text(sqlite3_stmt *s, int64_t item_id, struct buf *out)
{
	sqlite3_bind_int64(s, 1, item_id);
	bool found = sqlite3_step(s) == SQLITE_ROW;
	if (found)
		buf_span(out, db_column_span(s, 0));
	sqlite3_reset(s);
	return found;
}

bool archive_notes(struct archive *a, int64_t item_id, struct buf *markdown)
{
	return take_text(archive_statement(a, SQL_NOTES), item_id, markdown);
}

bool archive_page_notes(struct archive *a, int64_t item_id, struct buf *html)
{
	return take_text(archive_statement(a, SQL_PAGE_NOTES), item_id, html);
}

bool archive_feed_notes(struct archive *a, int64_t item_id, struct buf *html)
{
	return take_text(archive_statement(a, SQL_FEED_NOTES), item_id, html);
}

char *archive_transcript_path(struct archive *a, int64_t item_id)
{
	return joined_path(a, item_id, 0);
}

char *archive_chapters_path(struct archive *a, int64_t item_id)
{
	return joined_path(a, item_id, 2);
}

enum err archive_each_path(struct archive *a, void (*each)(void *data, const char *path), void *data, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_PATHS);
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		each(data, (const char *)sqlite3_column_text(s, 0));
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	return e;
}

enum { ITEM_TEXTS = 19, ITEM_TAGS = ITEM_TEXTS + 1 };

/* The row's texts, one after the other in one block that the item owns. */
static struct archive_item *read_item(sqlite3_stmt *s)
{
	struct archive_item *item = mem_new(1, sizeof *item);
	const char **const fields[ITEM_TEXTS] = {&item->path, &item->part, &item->show, &item->conference, &item->slug,
		&item->title, &item->author, &item->description, &item->image, &item->guid, &item->media_file, &item->youtube,
		&item->language, &item->license, &item->page_url, &item->room, &item->track, &item->session,
		&item->summary};
	size_t room = 0;
	for (int i = 1; i <= ITEM_TAGS; i++)
		room += db_column_span(s, i).n + 1;
	char *p = item->_block = mem_new(room, 1);
	for (int i = 1; i <= ITEM_TAGS; i++) {
		struct span text = db_column_span(s, i);
		if (text.n)
			memcpy(p, text.p, text.n);
		if (i <= ITEM_TEXTS)
			*fields[i - 1] = p;
		else if (text.n)
			item->n_tags = 1;
		p += text.n + 1;
	}
	char *tags = p - 1 - db_column_span(s, ITEM_TAGS).n;
	for (char *c = tags; item->n_tags && *c; c++)
		item->n_tags += *c == '\n';
	item->tags = mem_new(item->n_tags + 1, sizeof *item->tags);
	for (size_t i = 0; i < item->n_tags; i++) {
		item->tags[i] = tags;
		tags += strcspn(tags, "\n");
		*tags++ = '\0';
	}
	item->id = sqlite3_column_int64(s, 0);
	int at = ITEM_TAGS + 1;
	item->kind = (enum archive_kind)sqlite3_column_int(s, at++);
	item->media_bytes = sqlite3_column_int64(s, at++);
	item->duration_ms = sqlite3_column_int64(s, at++);
	item->published_ms = sqlite3_column_type(s, at) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(s, at);
	item->season = sqlite3_column_int64(s, ++at);
	item->episode = sqlite3_column_int64(s, ++at);
	item->published = sqlite3_column_int(s, ++at);
	item->explicit_ = sqlite3_column_int(s, ++at);
	item->is_opted_out = sqlite3_column_int(s, ++at);
	item->n_turns = (size_t)sqlite3_column_int64(s, ++at);
	item->n_cues = (size_t)sqlite3_column_int64(s, ++at);
	item->n_untimed = (size_t)sqlite3_column_int64(s, ++at);
	item->content_hash = (uint64_t)sqlite3_column_int64(s, ++at);
	item->has_notes = sqlite3_column_int(s, ++at);
	return item;
}

static struct archive_item *one_item(sqlite3_stmt *s)
{
	struct archive_item *item = sqlite3_step(s) == SQLITE_ROW ? read_item(s) : NULL;
	sqlite3_reset(s);
	return item;
}

struct archive_item *archive_find(struct archive *a, const char *show, const char *slug)
{
	sqlite3_stmt *s = archive_statement(a, show ? SQL_FIND_ITEM : SQL_FIND_ITEM_ANY_SHOW);
	if (show)
		db_bind_span(s, 1, span_of(show));
	db_bind_span(s, 2, span_of(slug));
	return one_item(s);
}

struct archive_item *archive_find_talk(struct archive *a, const char *conference, const char *slug)
{
	sqlite3_stmt *s = archive_statement(a, SQL_FIND_TALK);
	archive_bind_text(s, 1, conference);
	archive_bind_text(s, 2, slug);
	return one_item(s);
}

struct archive_item *archive_item_by_id(struct archive *a, int64_t id)
{
	sqlite3_stmt *s = archive_statement(a, SQL_ITEM_BY_ID);
	sqlite3_bind_int64(s, 1, id);
	return one_item(s);
}

/* The statement gives ids in order, which are many fewer bytes to sort than items. */
static enum err list_items(struct archive *a, sqlite3_stmt *s, size_t limit, size_t offset, struct archive_item ***items,
	size_t *n, struct why *why)
{
	sqlite3_bind_int64(s, 3, limit > INT64_MAX ? -1 : (int64_t)limit);
	sqlite3_bind_int64(s, 4, offset > INT64_MAX ? INT64_MAX : (int64_t)offset);
	*items = NULL;
	*n = 0;
	int64_t *ids = NULL;
	size_t n_ids = 0;
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((n_ids & (n_ids - 1)) == 0)
			ids = mem_grow(ids, n_ids ? n_ids * 2 : 1, sizeof *ids);
		ids[n_ids++] = sqlite3_column_int64(s, 0);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	if (!e && n_ids)
		*items = mem_new(n_ids, sizeof **items);
	for (size_t i = 0; !e && i < n_ids; i++) {
		struct archive_item *item = archive_item_by_id(a, ids[i]);
		if (item) /* it was there a moment ago */
			(*items)[(*n)++] = item;
	}
	free(ids);
	return e;
}

enum err archive_list(struct archive *a, const char *show, bool episodes_only, size_t limit, size_t offset,
	struct archive_item ***items, size_t *n, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_LIST);
	db_bind_span(s, 1, span_of(show));
	sqlite3_bind_int(s, 2, episodes_only ? ARCHIVE_EPISODE : ARCHIVE_TRANSCRIPT);
	return list_items(a, s, limit, offset, items, n, why);
}

enum err archive_list_talks(struct archive *a, const char *conference, size_t limit, size_t offset,
	struct archive_item ***items, size_t *n, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, conference ? SQL_LIST_TALKS : SQL_LIST_NEWEST_TALKS);
	if (conference)
		archive_bind_text(s, 1, conference);
	return list_items(a, s, limit, offset, items, n, why);
}

void archive_item_path(struct buf *out, const struct archive_item *item)
{
	const char *place = item->kind == ARCHIVE_TALK ? item->conference : item->show;
	buf_text(out, item->kind == ARCHIVE_TALK ? "/conferences/" : place[0] ? "/shows/" : "/transcripts");
	escape_url(out, span_of(place));
	buf_char(out, '/');
	escape_url(out, span_of(item->slug));
}

void archive_item_free(struct archive_item *item)
{
	if (!item)
		return;
	free(item->tags);
	free(item->_block);
	free(item);
}

static struct transcript *build_transcript(struct span speech, struct span cues, struct span turns, char **voices,
	size_t n_voices)
{
	struct transcript *t = transcript_create();
	size_t n_cues = cues.n / CUE_BYTES, n_turns = turns.n / TURN_BYTES, turn = 0;
	for (size_t i = 0; i < n_cues; i++) {
		while (turn < n_turns && unpack_turn(turns.p, turn).first_cue <= i) {
			uint32_t voice = unpack_turn(turns.p, turn++).voice;
			transcript_add_turn(t, voice && voice <= n_voices ? span_of(voices[voice - 1]) : (struct span){"", 0});
		}
		struct packed_cue cue = unpack_cue(cues.p, i);
		size_t end = i + 1 < n_cues ? unpack_cue(cues.p, i + 1).offset - 1 : speech.n;
		if (cue.offset > end || end > speech.n)
			break; /* a damaged row */
		transcript_add_cue(t, cue.start_ms, cue.end_ms, span_make(speech.p + cue.offset, end - cue.offset),
			(int)cue.line);
		if (cue.untimed && t->n_cues)
			t->cues[t->n_cues - 1].untimed = true;
	}
	transcript_finish_build(t);
	return t;
}

struct transcript *archive_transcript(struct archive *a, int64_t item_id)
{
	sqlite3_stmt *voices = archive_statement(a, SQL_VOICES), *speech = archive_statement(a, SQL_SPEECH);
	sqlite3_stmt *cues = archive_statement(a, SQL_CUES);
	char **names = NULL;
	size_t n_names = 0;
	sqlite3_bind_int64(voices, 1, item_id);
	while (sqlite3_step(voices) == SQLITE_ROW) {
		names = mem_grow(names, n_names + 1, sizeof *names);
		names[n_names++] = archive_dup_column(voices, 0);
	}
	sqlite3_bind_int64(speech, 1, item_id);
	sqlite3_bind_int64(cues, 1, item_id);
	struct transcript *t = NULL;
	if (sqlite3_step(speech) == SQLITE_ROW && sqlite3_step(cues) == SQLITE_ROW && sqlite3_column_bytes(cues, 0)) {
		struct span packed_cues = span_make(sqlite3_column_blob(cues, 0), (size_t)sqlite3_column_bytes(cues, 0));
		struct span packed_turns = span_make(sqlite3_column_blob(cues, 1), (size_t)sqlite3_column_bytes(cues, 1));
		t = build_transcript(db_column_span(speech, 0), packed_cues, packed_turns, names, n_names);
	}
	sqlite3_reset(voices);
	sqlite3_reset(speech);
	sqlite3_reset(cues);
	for (size_t i = 0; i < n_names; i++)
		free(names[i]);
	free(names);
	return t;
}

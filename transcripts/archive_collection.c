/* archive_collection.c - what a file of many records gives, into the archive and out of it again.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/archive_put.h"

/* ---- what other files had joined before ---- */

struct joined {
	char *part;
	int64_t id;
	struct archive_joined files;
};

struct joined_list {
	struct joined *items;
	size_t n;
};

static void joined_finish(struct joined_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].part);
		archive_joined_finish(&list->items[i].files);
	}
	free(list->items);
}

static void joined_read(struct archive *a, const char *path, struct joined_list *list)
{
	sqlite3_stmt *s = archive_statement(a, SQL_ITEMS_OF_PATH);
	archive_bind_text(s, 1, path);
	while (sqlite3_step(s) == SQLITE_ROW) {
		if ((list->n & (list->n - 1)) == 0)
			list->items = mem_grow(list->items, list->n ? list->n * 2 : 1, sizeof *list->items);
		list->items[list->n++] = (struct joined){.part = archive_dup_column(s, 1), .id = sqlite3_column_int64(s, 0)};
	}
	sqlite3_reset(s);
	for (size_t i = 0; i < list->n; i++)
		archive_joined_read(a, list->items[i].id, &list->items[i].files);
}

static const struct joined *joined_to(const struct joined_list *list, const char *part)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].part, part) == 0)
			return &list->items[i];
	return NULL;
}

/* ---- keys and slugs ---- */

/* The record's key in its file: what its source calls it, else its slug; a second one of the same key is numbered. */
static char *part_of(const struct document *d, char *const *before, size_t n)
{
	struct buf key = {0};
	buf_text(&key, d->guid[0] ? d->guid : d->page_url[0] ? d->page_url : d->slug);
	if (!key.n)
		buf_text(&key, "untitled");
	size_t length = key.n;
	for (unsigned twin = 2;; twin++) {
		bool is_taken = false;
		for (size_t i = 0; i < n && !is_taken; i++)
			is_taken = strcmp(before[i], key.p) == 0;
		if (!is_taken)
			return buf_take(&key);
		key.n = length;
		buf_format(&key, "#%u", twin);
	}
}

static void set_slug(struct document *d)
{
	if (d->slug[0])
		return;
	struct buf slug = {0};
	escape_slug(&slug, span_of(d->title));
	document_set(&d->slug, slug.n ? buf_view(&slug) : SPAN_LITERAL("untitled"));
	buf_finish(&slug);
}

/* One that is free: the wish, or with an ending. Who gets it in the end is archive_settle_slugs' to say. */
static void choose_slug(struct archive *a, const struct archive_file *file, int64_t id, struct buf *slug)
{
	struct archive_holder holder;
	bool is_held = archive_holder(a, file, file->slug, &holder);
	if (is_held && holder.id != id)
		archive_free_slug(a, &(struct archive_slug){id, file->show, file->conference, file->slug, file->path, file->part},
			slug);
	else
		buf_text(slug, file->slug);
	if (is_held)
		archive_holder_finish(&holder);
}

/* ---- what isn't an item ---- */

static enum err clear(struct archive *a, const char *path, struct why *why)
{
	enum err e = OK;
	for (int which = SQL_DELETE_COLLECTION; which <= SQL_DELETE_SUBSCRIPTIONS && !e; which++) {
		sqlite3_stmt *s = archive_statement(a, (enum archive_statement)which);
		archive_bind_text(s, 1, path);
		e = archive_step(a, s, why);
		if (!e && which == SQL_DELETE_PERSON_RECORDS && sqlite3_changes(a->db))
			e = archive_set_state(a, ARCHIVE_NAMES, 1, why);
	}
	return e;
}

static enum err put_texts(struct archive *a, enum archive_statement which, const char *const *texts, size_t n,
	struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, which);
	for (size_t i = 0; i < n; i++)
		archive_bind_text(s, (int)i + 1, texts[i]);
	return archive_step(a, s, why);
}

static enum err put_conference(struct archive *a, const char *path, const struct conference *c, struct why *why)
{
	const char *const texts[] = {path, c->name, c->title, c->series, c->description, c->url, c->place, c->language,
		c->image};
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_CONFERENCE);
	int at = 1;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		archive_bind_text(s, at++, texts[i]);
	if (c->start_ms != INT64_MIN)
		sqlite3_bind_int64(s, at, c->start_ms);
	if (c->end_ms != INT64_MIN)
		sqlite3_bind_int64(s, at + 1, c->end_ms);
	return archive_step(a, s, why);
}

static enum err put_show(struct archive *a, const char *path, const struct show_record *r, struct why *why)
{
	const char *const texts[] = {path, r->title, r->description, r->author, r->language, r->image, r->url, r->feed_url,
		r->category, r->guid, r->type, r->copyright};
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_SHOW_RECORD);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		archive_bind_text(s, (int)i + 1, texts[i]);
	sqlite3_bind_int(s, (int)COUNT_OF(texts) + 1, r->explicit_);
	return archive_step(a, s, why);
}

static enum err put_subscription(struct archive *a, const char *path, size_t n, const struct subscription *sub,
	struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_SUBSCRIPTION);
	archive_bind_text(s, 1, path);
	sqlite3_bind_int64(s, 2, (int64_t)n);
	archive_bind_text(s, 3, sub->title);
	archive_bind_text(s, 4, sub->feed_url);
	archive_bind_text(s, 5, sub->page_url);
	archive_bind_text(s, 6, sub->category);
	return archive_step(a, s, why);
}

static enum err put_records(struct archive *a, const char *path, const struct collection *c, struct why *why)
{
	enum err e = c->n_persons ? archive_set_state(a, ARCHIVE_NAMES, 1, why) : OK;
	for (size_t i = 0; i < c->n_conferences && !e; i++)
		e = put_conference(a, path, &c->conferences[i], why);
	for (size_t i = 0; i < c->n_persons && !e; i++) {
		const struct person_record *p = &c->persons[i];
		const char *const texts[] = {path, p->ref, p->name, p->about, p->url, p->image, p->place};
		e = put_texts(a, SQL_PUT_PERSON_RECORD, texts, COUNT_OF(texts), why);
	}
	for (size_t i = 0; i < c->n_subscriptions && !e; i++)
		e = put_subscription(a, path, i, &c->subscriptions[i], why);
	return !e && c->show ? put_show(a, path, c->show, why) : e;
}

/* ---- the whole ---- */

static enum err put_document(struct archive *a, struct archive_file *file, const struct joined_list *joined,
	struct why *why)
{
	const struct joined *j = joined_to(joined, file->part);
	if (j && !file->document->is_opted_out)
		archive_joined_give(&j->files, file);
	struct buf slug = {0};
	int64_t id = archive_item_id(a, file->path, file->part);
	choose_slug(a, file, id, &slug);
	file->slug = slug.p;
	enum err e = archive_put_item(a, file, id, why);
	buf_finish(&slug);
	return e;
}

static enum err put_documents(struct archive *a, const char *path, uint64_t hash, const struct collection *c,
	const struct archive_place *places, const struct joined_list *joined, struct why *why)
{
	char **parts = mem_new(c->n_documents + 1, sizeof *parts);
	enum err e = OK;
	size_t n = 0;
	while (n < c->n_documents && !e) {
		struct document *d = c->documents[n];
		set_slug(d);
		parts[n] = part_of(d, parts, n);
		struct archive_file file = {.path = path, .part = parts[n], .content_hash = hash, .show = places[n].show,
			.conference = places[n].conference, .slug = d->slug, .document = d};
		n++;
		e = put_document(a, &file, joined, why);
	}
	for (size_t i = 0; i < n; i++)
		free(parts[i]);
	free(parts);
	return e;
}

/* hash 0 matches nothing: all go. */
static enum err remove_others(struct archive *a, const char *path, uint64_t hash, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_OTHER_ITEMS_OF_PATH);
	int64_t *ids = NULL;
	size_t n = 0;
	archive_bind_text(s, 1, path);
	sqlite3_bind_int64(s, 2, (int64_t)hash);
	while (sqlite3_step(s) == SQLITE_ROW) {
		ids = mem_grow(ids, n + 1, sizeof *ids);
		ids[n++] = sqlite3_column_int64(s, 0);
	}
	sqlite3_reset(s);
	enum err e = OK;
	for (size_t i = 0; i < n && !e; i++)
		e = archive_remove_item(a, ids[i], why);
	free(ids);
	return e;
}

enum err archive_put_collection(struct archive *a, const char *path, uint64_t content_hash, const struct collection *c,
	const struct archive_place *places, struct why *why)
{
	bool own;
	enum err e = archive_enter(a, &own, why);
	if (e)
		return e;
	struct joined_list joined = {0};
	joined_read(a, path, &joined);
	e = clear(a, path, why);
	if (!e)
		e = put_records(a, path, c, why);
	if (!e)
		e = put_documents(a, path, content_hash, c, places, &joined, why);
	if (!e)
		e = remove_others(a, path, content_hash, why);
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_COLLECTION);
	archive_bind_text(s, 1, path);
	sqlite3_bind_int64(s, 2, (int64_t)content_hash);
	archive_bind_text(s, 3, c->dialect->label);
	if (!e)
		e = archive_step(a, s, why);
	joined_finish(&joined);
	return archive_leave(a, own, e, why);
}

static int64_t joined_talk(struct archive *a, enum archive_statement which, const char *path)
{
	sqlite3_stmt *s = archive_statement(a, which);
	archive_bind_text(s, 1, path);
	int64_t id = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return id;
}

int64_t archive_joined_talk(struct archive *a, const char *transcript_path)
{
	return joined_talk(a, SQL_JOINED_TALK, transcript_path);
}

int64_t archive_chaptered_talk(struct archive *a, const char *chapters_path)
{
	return joined_talk(a, SQL_CHAPTERED_TALK, chapters_path);
}

bool archive_gave(struct archive *a, const char *path)
{
	sqlite3_stmt *s = archive_statement(a, SQL_GAVE);
	archive_bind_text(s, 1, path);
	bool gave = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	return gave;
}

/* Takes the transcript, the chapters away from the talk that they were joined to. A page's go with its page, which is
 * put again. */
static enum err leave_talks(struct archive *a, const char *path, struct why *why)
{
	int64_t id = archive_joined_talk(a, path);
	enum err e = id ? archive_join_transcript(a, id, NULL, 0, NULL, why) : OK;
	id = e ? 0 : archive_chaptered_talk(a, path);
	return id ? archive_join_chapters(a, id, NULL, 0, NULL, why) : e;
}

enum err archive_remove(struct archive *a, const char *path, struct why *why)
{
	bool own;
	enum err e = archive_enter(a, &own, why);
	if (e)
		return e;
	sqlite3_stmt *s = archive_statement(a, SQL_ITEMS_OF_PATH);
	int64_t *ids = NULL;
	size_t n = 0;
	archive_bind_text(s, 1, path);
	while (sqlite3_step(s) == SQLITE_ROW) {
		ids = mem_grow(ids, n + 1, sizeof *ids);
		ids[n++] = sqlite3_column_int64(s, 0);
	}
	sqlite3_reset(s);
	for (size_t i = 0; i < n && !e; i++)
		e = archive_remove_item(a, ids[i], why);
	free(ids);
	if (!e)
		e = clear(a, path, why);
	if (!e)
		e = leave_talks(a, path, why);
	return archive_leave(a, own, e, why);
}

bool archive_is_collection(struct archive *a, const char *path)
{
	sqlite3_stmt *s = archive_statement(a, SQL_IS_COLLECTION);
	archive_bind_text(s, 1, path);
	bool is = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	return is;
}

bool archive_collection_known(struct archive *a, const char *path, uint64_t content_hash,
	struct archive_collection_known *known)
{
	sqlite3_stmt *s = archive_statement(a, SQL_COLLECTION);
	archive_bind_text(s, 1, path);
	sqlite3_bind_int64(s, 2, (int64_t)content_hash);
	bool is_known = sqlite3_step(s) == SQLITE_ROW;
	if (is_known)
		*known = (struct archive_collection_known){(size_t)sqlite3_column_int64(s, 0), (size_t)sqlite3_column_int64(s, 1),
			(size_t)sqlite3_column_int64(s, 2), (size_t)sqlite3_column_int64(s, 3), (size_t)sqlite3_column_int64(s, 4),
			(size_t)sqlite3_column_int64(s, 5)};
	sqlite3_reset(s);
	return is_known;
}

/* ---- transcripts of talks ---- */

int64_t archive_talk_for(struct archive *a, const char *conference, const char *key)
{
	struct buf slug = {0};
	escape_slug(&slug, span_of(key));
	sqlite3_stmt *s = archive_statement(a, SQL_TALK_FOR);
	db_bind_span(s, 1, span_of(conference));
	db_bind_span(s, 2, buf_view(&slug));
	archive_bind_text(s, 3, key);
	int64_t id = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	/* Of two that fit, neither is meant for sure. */
	if (id && !conference && sqlite3_step(s) == SQLITE_ROW)
		id = 0;
	sqlite3_reset(s);
	buf_finish(&slug);
	return id;
}

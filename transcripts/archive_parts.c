/* archive_parts.c - reading what surrounds the items, and giving a talk the transcript of another file.
 * SPDX-License-Identifier: MIT */
#include "transcripts/archive_parts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_put.h"

static sqlite3_stmt *parts_of(struct archive *a, enum archive_statement which, int64_t item)
{
	sqlite3_stmt *s = archive_statement(a, which);
	sqlite3_bind_int64(s, 1, item);
	return s;
}

static void set_text(char **to, sqlite3_stmt *s, int column)
{
	document_set(to, db_column_span(s, column));
}

/* Which of its chapters. */
enum whose { CHAPTERS_OWN, CHAPTERS_JOINED, CHAPTERS_THAT_COUNT };

static void read_chapters(struct archive *a, int64_t item, enum whose whose, struct document *d)
{
	sqlite3_stmt *s = parts_of(a, SQL_CHAPTERS, item);
	if (whose != CHAPTERS_THAT_COUNT)
		sqlite3_bind_int(s, 2, whose == CHAPTERS_JOINED);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = sqlite3_column_int64(s, 0);
		c->end_ms = sqlite3_column_int64(s, 1);
		set_text(&c->title, s, 2);
		set_text(&c->url, s, 3);
		set_text(&c->image, s, 4);
		c->is_hidden = sqlite3_column_int(s, 5);
		c->line = sqlite3_column_int(s, 6);
	}
	sqlite3_reset(s);
}

static void read_links_and_media(struct archive *a, int64_t item, struct document *d)
{
	sqlite3_stmt *s = parts_of(a, SQL_LINKS, item);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct document_link *l = document_add_link(d);
		set_text(&l->url, s, 0);
		set_text(&l->label, s, 1);
	}
	sqlite3_reset(s);
	s = parts_of(a, SQL_MEDIA, item);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct document_media *m = document_add_media(d);
		set_text(&m->url, s, 0);
		set_text(&m->type, s, 1);
		set_text(&m->language, s, 2);
		m->bytes = sqlite3_column_int64(s, 3);
		m->duration_ms = sqlite3_column_int64(s, 4);
		m->height = sqlite3_column_int(s, 5);
	}
	sqlite3_reset(s);
}

static void read_credits(struct archive *a, int64_t item, struct document *d)
{
	sqlite3_stmt *s = parts_of(a, SQL_CREDITS, item);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct document_credit *c = document_add_credit(d);
		set_text(&c->name, s, 0);
		set_text(&c->role, s, 1);
		set_text(&c->ref, s, 2);
		c->line = sqlite3_column_int(s, 3);
	}
	sqlite3_reset(s);
}

static void read_publishing(struct archive *a, int64_t item, struct document *d)
{
	char **const texts[] = {&d->episode_type, &d->episode_decimal, &d->short_title, &d->place, &d->place_geo, &d->place_osm,
		&d->place_country, &d->comments, &d->comments_protocol, &d->comments_account, &d->comments_account_url};
	sqlite3_stmt *s = parts_of(a, SQL_PUBLISHING, item);
	if (sqlite3_step(s) == SQLITE_ROW) {
		for (size_t i = 0; i < COUNT_OF(texts); i++)
			set_text(texts[i], s, (int)i);
		d->is_blocked = sqlite3_column_int(s, COUNT_OF(texts));
	}
	sqlite3_reset(s);
	s = parts_of(a, SQL_SOUNDBITES, item);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct document_soundbite *b = document_add_soundbite(d);
		b->start_ms = sqlite3_column_int64(s, 0);
		b->duration_ms = sqlite3_column_int64(s, 1);
		set_text(&b->title, s, 2);
	}
	sqlite3_reset(s);
}

static struct document *raw_parts(struct archive *a, int64_t item, enum whose whose)
{
	struct document *d = document_create(DOCUMENT_EPISODE);
	read_chapters(a, item, whose, d);
	read_links_and_media(a, item, d);
	read_credits(a, item, d);
	read_publishing(a, item, d);
	return d;
}

static void read_spoken_links(struct archive *a, int64_t item, struct document *d)
{
	sqlite3_stmt *s = parts_of(a, SQL_SPOKEN_LINKS, item);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct document_link *l = document_add_link(d);
		l->is_spoken = true;
		l->start_ms = sqlite3_column_int64(s, 0);
		set_text(&l->url, s, 1);
		set_text(&l->label, s, 2);
	}
	sqlite3_reset(s);
}

struct document *archive_parts(struct archive *a, int64_t item)
{
	struct document *d = raw_parts(a, item, CHAPTERS_THAT_COUNT);
	read_spoken_links(a, item, d);
	for (size_t i = 0; i < d->n_credits; i++) {
		struct document_credit *c = &d->credits[i];
		if (c->name[0])
			continue;
		sqlite3_stmt *s = archive_statement(a, SQL_REF_NAME);
		archive_bind_text(s, 1, c->ref);
		if (sqlite3_step(s) == SQLITE_ROW)
			set_text(&c->name, s, 0);
		else
			document_set(&c->name, span_of(c->ref));
		sqlite3_reset(s);
	}
	return d;
}

char *archive_episode_type(struct archive *a, int64_t item)
{
	sqlite3_stmt *s = parts_of(a, SQL_PUBLISHING, item);
	char *type = sqlite3_step(s) == SQLITE_ROW ? span_dup(db_column_span(s, 0)) : mem_strdup("");
	sqlite3_reset(s);
	return type;
}

struct document *archive_joined_chapters(struct archive *a, int64_t item)
{
	struct document *d = document_create(DOCUMENT_DECLINED);
	read_chapters(a, item, CHAPTERS_JOINED, d);
	if (d->n_chapters)
		return d;
	document_destroy(d);
	return NULL;
}

/* ---- what other files give a talk ---- */

void archive_joined_read(struct archive *a, int64_t id, struct archive_joined *j)
{
	*j = (struct archive_joined){0};
	sqlite3_stmt *s = parts_of(a, SQL_JOINED, id);
	if (sqlite3_step(s) == SQLITE_ROW)
		*j = (struct archive_joined){.transcript_path = archive_dup_column(s, 0),
			.transcript_hash = (uint64_t)sqlite3_column_int64(s, 1), .chapters_path = archive_dup_column(s, 2),
			.chapters_hash = (uint64_t)sqlite3_column_int64(s, 3)};
	sqlite3_reset(s);
	if (j->transcript_path)
		j->transcript = archive_transcript(a, id);
	s = parts_of(a, SQL_SPOKEN_LINKS, id);
	while (j->transcript && sqlite3_step(s) == SQLITE_ROW)
		transcript_add_timed_link(j->transcript, sqlite3_column_int64(s, 0), db_column_span(s, 1), db_column_span(s, 2));
	sqlite3_reset(s);
	if (j->chapters_path)
		j->chapters = archive_joined_chapters(a, id);
}

void archive_joined_finish(struct archive_joined *j)
{
	free(j->transcript_path);
	free(j->chapters_path);
	transcript_destroy(j->transcript);
	document_destroy(j->chapters);
	*j = (struct archive_joined){0};
}

void archive_joined_give(const struct archive_joined *j, struct archive_file *file)
{
	if (j->transcript) {
		file->transcript_path = j->transcript_path;
		file->transcript_hash = j->transcript_hash;
		file->transcript = j->transcript;
	}
	if (j->chapters) {
		file->chapters_path = j->chapters_path;
		file->chapters_hash = j->chapters_hash;
		file->chapters = j->chapters;
	}
}

/* What the item says of itself, into a document that has its parts. */
static struct document *complete(struct archive *a, const struct archive_item *item, struct document *d)
{
	struct { char **to; const char *text; } texts[] = {{&d->title, item->title}, {&d->author, item->author},
		{&d->description, item->description}, {&d->image, item->image}, {&d->guid, item->guid},
		{&d->media_file, item->media_file}, {&d->youtube, item->youtube}, {&d->language, item->language}, {&d->license, item->license}, {&d->page_url, item->page_url},
		{&d->room, item->room}, {&d->track, item->track}, {&d->session, item->session}};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		document_set(texts[i].to, span_of(texts[i].text));
	struct buf notes = {0};
	(void)archive_notes(a, item->id, &notes);
	document_set(&d->notes, notes.p ? buf_view(&notes) : span_of(""));
	buf_finish(&notes);
	for (size_t i = 0; i < item->n_tags; i++)
		document_add_tag(d, span_of(item->tags[i]));
	sqlite3_stmt *s = parts_of(a, SQL_WISH, item->id);
	if (sqlite3_step(s) == SQLITE_ROW)
		set_text(&d->slug, s, 0);
	sqlite3_reset(s);
	d->kind = item->kind == ARCHIVE_TALK ? DOCUMENT_TALK : DOCUMENT_EPISODE;
	d->media_bytes = item->media_bytes;
	d->duration_ms = item->duration_ms;
	d->published_ms = item->published_ms;
	d->season = item->season;
	d->episode = item->episode;
	d->published = item->published;
	d->explicit_ = item->explicit_;
	d->is_opted_out = item->is_opted_out;
	return d;
}

struct document *archive_document(struct archive *a, const struct archive_item *item)
{
	return complete(a, item, archive_parts(a, item->id));
}

/* The talk again, with what other files give it now. */
static enum err put_again(struct archive *a, int64_t id, void (*change)(struct archive_file *file, const void *data),
	const void *data, struct why *why)
{
	struct archive_item *item = archive_item_by_id(a, id);
	if (!item)
		return why_set(why, E_GONE, "there is no such talk any more");
	struct document *d = complete(a, item, raw_parts(a, item->id, CHAPTERS_OWN)); /* as its file told it */
	struct archive_joined joined;
	archive_joined_read(a, id, &joined);
	struct archive_file file = {.path = item->path, .part = item->part, .content_hash = item->content_hash,
		.show = item->show, .conference = item->conference, .slug = item->slug, .document = d, .is_again = true};
	archive_joined_give(&joined, &file);
	change(&file, data);
	enum err e = archive_put_item(a, &file, id, why);
	archive_joined_finish(&joined);
	document_destroy(d);
	archive_item_free(item);
	return e;
}

static enum err join(struct archive *a, int64_t id, void (*change)(struct archive_file *file, const void *data),
	const void *data, struct why *why)
{
	bool own;
	enum err e = archive_enter(a, &own, why);
	return e ? e : archive_leave(a, own, put_again(a, id, change, data, why), why);
}

/* data: a struct archive_file with the transcript's, or the chapters', members alone. */
static void change_transcript(struct archive_file *file, const void *data)
{
	const struct archive_file *given = data;
	file->transcript_path = given->transcript_path;
	file->transcript_hash = given->transcript_hash;
	file->transcript = given->transcript;
}

static void change_chapters(struct archive_file *file, const void *data)
{
	const struct archive_file *given = data;
	file->chapters_path = given->chapters_path;
	file->chapters_hash = given->chapters_hash;
	file->chapters = given->chapters;
}

enum err archive_join_transcript(struct archive *a, int64_t id, const char *transcript_path, uint64_t transcript_hash,
	const struct transcript *t, struct why *why)
{
	const struct archive_file given = {.transcript_path = transcript_path, .transcript_hash = transcript_hash,
		.transcript = t};
	return join(a, id, change_transcript, &given, why);
}

enum err archive_join_chapters(struct archive *a, int64_t id, const char *chapters_path, uint64_t chapters_hash,
	const struct document *chapters, struct why *why)
{
	const struct archive_file given = {.chapters_path = chapters_path, .chapters_hash = chapters_hash,
		.chapters = chapters};
	return join(a, id, change_chapters, &given, why);
}

static bool has_row(struct archive *a, enum archive_statement which)
{
	sqlite3_stmt *s = archive_statement(a, which);
	bool has = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	return has;
}

bool archive_has_talks(struct archive *a)
{
	return has_row(a, SQL_ANY_TALK);
}

bool archive_has_people(struct archive *a)
{
	return has_row(a, SQL_ANY_PERSON);
}

/* ---- conferences ---- */

enum { CONFERENCE_TEXTS = 8, AT_START = 9 };

/* Columns: the name, then what files tell (CONFERENCE_COLUMNS, all NULL where none does), then what its talks tell. */
static struct archive_conference *read_conference(sqlite3_stmt *s)
{
	struct archive_conference *found = mem_new(1, sizeof *found);
	struct conference *c = &found->c;
	char **const texts[CONFERENCE_TEXTS] = {&c->name, &c->title, &c->series, &c->description, &c->url, &c->place,
		&c->language, &c->image};
	for (int i = 0; i < CONFERENCE_TEXTS; i++)
		*texts[i] = span_dup(db_column_span(s, i + 1));
	document_set(&c->name, db_column_span(s, 0));
	if (!c->title[0])
		document_set(&c->title, span_of(c->name));
	found->n_talks = (size_t)sqlite3_column_int64(s, AT_START + 2);
	found->n_transcripts = (size_t)sqlite3_column_int64(s, AT_START + 3);
	/* Without days of its own it has its talks'. */
	for (int i = 0; i < 2; i++) {
		int column = sqlite3_column_type(s, AT_START + i) != SQLITE_NULL ? AT_START + i : AT_START + 4 + i;
		int64_t at = sqlite3_column_type(s, column) != SQLITE_NULL ? sqlite3_column_int64(s, column) : INT64_MIN;
		*(i ? &c->end_ms : &c->start_ms) = at;
	}
	return found;
}

static int newest_first(const void *left, const void *right)
{
	const struct archive_conference *a = *(struct archive_conference *const *)left;
	const struct archive_conference *b = *(struct archive_conference *const *)right;
	if (a->c.start_ms != b->c.start_ms)
		return a->c.start_ms > b->c.start_ms ? -1 : 1;
	return strcmp(a->c.name, b->c.name);
}

enum err archive_conferences(struct archive *a, struct archive_conference ***conferences, size_t *n, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_CONFERENCES);
	int code;
	*conferences = NULL;
	*n = 0;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*conferences = mem_grow(*conferences, *n ? *n * 2 : 1, sizeof **conferences);
		(*conferences)[(*n)++] = read_conference(s);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	if (*n)
		qsort(*conferences, *n, sizeof **conferences, newest_first);
	if (!e)
		return OK;
	for (size_t i = 0; i < *n; i++)
		archive_conference_free((*conferences)[i]);
	free(*conferences);
	*conferences = NULL;
	*n = 0;
	return e;
}

struct archive_conference *archive_conference_find(struct archive *a, const char *name)
{
	sqlite3_stmt *s = archive_statement(a, SQL_CONFERENCE);
	archive_bind_text(s, 1, name);
	struct archive_conference *found = sqlite3_step(s) == SQLITE_ROW ? read_conference(s) : NULL;
	sqlite3_reset(s);
	return found;
}

void archive_conference_free(struct archive_conference *found)
{
	if (!found)
		return;
	struct conference *c = &found->c;
	char *const texts[CONFERENCE_TEXTS] = {c->name, c->title, c->series, c->description, c->url, c->place, c->language,
		c->image};
	for (size_t i = 0; i < CONFERENCE_TEXTS; i++)
		free(texts[i]);
	free(found);
}

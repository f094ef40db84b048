/* archive_put.c - an item into the archive: its row, its words packed and indexed, its parts.
 * SPDX-License-Identifier: MIT */
#include "transcripts/archive_put.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_prepare.h"
#include "transcripts/heard.h"

/* ---- what was said ---- */

struct voice {
	struct span name;
	int64_t n_turns, spoken_ms;
};

/* What is packed and indexed of one transcript. */
struct speech {
	struct buf text, cues, turns;
	struct voice *voices;
	size_t n_voices, n_tokens;
};

static void speech_finish(struct speech *s)
{
	buf_finish(&s->text);
	buf_finish(&s->cues);
	buf_finish(&s->turns);
	free(s->voices);
}

static void pack_u32(struct buf *out, uint64_t value)
{
	uint32_t v = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	for (int shift = 0; shift < 32; shift += 8)
		buf_char(out, (char)(v >> shift & 0xFF));
}

/* From 1; 0 for nobody. */
static uint32_t number_of_voice(struct speech *s, struct span name)
{
	if (!name.n)
		return 0;
	for (size_t i = 0; i < s->n_voices; i++)
		if (span_equal(s->voices[i].name, name))
			return (uint32_t)i + 1;
	s->voices = mem_grow(s->voices, s->n_voices + 1, sizeof *s->voices);
	s->voices[s->n_voices++] = (struct voice){.name = name};
	return (uint32_t)s->n_voices;
}

static uint64_t not_negative(int64_t value)
{
	return value < 0 ? 0 : (uint64_t)value;
}

static void pack_turn(struct speech *s, const struct transcript *t, const struct turn *turn)
{
	uint32_t number = number_of_voice(s, turn->speaker);
	pack_u32(&s->turns, turn->first_cue);
	pack_u32(&s->turns, number);
	if (!number)
		return;
	struct voice *voice = &s->voices[number - 1];
	voice->n_turns++;
	for (size_t i = turn->first_cue; i < turn->first_cue + turn->n_cues; i++)
		voice->spoken_ms += t->cues[i].end_ms - t->cues[i].start_ms;
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
		pack_u32(&s->cues, not_negative(cue->line) | (cue->untimed ? CUE_UNTIMED : 0));
		buf_span(&s->text, cue->text);
		s->n_tokens += tokens_count(a->tokens, cue->text);
		if (s->text.n > 256u << 20)
			return why_set(why, E_LIMIT, "the transcript is over 256 MiB; split it");
	}
	for (size_t i = 0; t && i < t->n_turns; i++)
		pack_turn(s, t, &t->turns[i]);
	buf_text(&s->text, "");
	buf_text(&s->cues, "");
	buf_text(&s->turns, "");
	return OK;
}

static enum err put_voices(struct archive *a, int64_t id, const struct speech *speech, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < speech->n_voices && !e; i++) {
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_VOICE);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, (int64_t)i + 1);
		db_bind_span(s, 3, speech->voices[i].name);
		sqlite3_bind_int64(s, 4, speech->voices[i].n_turns);
		sqlite3_bind_int64(s, 5, speech->voices[i].spoken_ms);
		e = archive_step(a, s, why);
	}
	return e;
}

static void bind_blob(sqlite3_stmt *s, int index, const struct buf *b)
{
	sqlite3_bind_blob(s, index, b->p ? b->p : "", (int)b->n, SQLITE_STATIC);
}

static enum err put_cues(struct archive *a, int64_t id, const struct speech *speech, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_CUES);
	sqlite3_bind_int64(s, 1, id);
	bind_blob(s, 2, &speech->cues);
	bind_blob(s, 3, &speech->turns);
	enum err e = archive_step(a, s, why);
	return e ? e : put_voices(a, id, speech, why);
}

/* ---- what is searched ---- */

struct texts {
	struct buf people, chapters;
};

static void texts_finish(struct texts *t)
{
	buf_finish(&t->people);
	buf_finish(&t->chapters);
}

static void add_line(struct buf *out, struct span line)
{
	buf_span(out, line);
	if (line.n)
		buf_char(out, '\n');
}

static void add_ref_name(struct archive *a, const char *ref, struct buf *out)
{
	sqlite3_stmt *s = archive_statement(a, SQL_REF_NAME);
	archive_bind_text(s, 1, ref);
	if (sqlite3_step(s) == SQLITE_ROW)
		add_line(out, db_column_span(s, 0));
	else
		add_line(out, span_of(ref));
	sqlite3_reset(s);
}

static void make_texts(struct archive *a, const struct document *d, const struct document *chapters,
	const struct speech *speech, struct texts *t)
{
	for (size_t i = 0; i < speech->n_voices; i++)
		add_line(&t->people, speech->voices[i].name);
	for (size_t i = 0; i < d->n_credits; i++) {
		if (d->credits[i].name[0])
			add_line(&t->people, span_of(d->credits[i].name));
		else
			add_ref_name(a, d->credits[i].ref, &t->people);
	}
	add_line(&t->people, span_of(d->author));
	for (size_t i = 0; i < chapters->n_chapters; i++)
		add_line(&t->chapters, span_of(chapters->chapters[i].title));
	buf_text(&t->people, "");
	buf_text(&t->chapters, "");
}

static enum err put_html(struct archive *a, enum archive_statement put, int64_t id, const struct buf *html, struct why *why)
{
	if (!html->n)
		return OK;
	sqlite3_stmt *s = archive_statement(a, put);
	sqlite3_bind_int64(s, 1, id);
	db_bind_span(s, 2, buf_view(html));
	return archive_step(a, s, why);
}

static enum err put_texts(struct archive *a, int64_t id, const struct document *d, const struct speech *speech,
	const struct texts *t, const struct archive_prepared *p, struct why *why)
{
	const enum archive_statement twice[] = {SQL_PUT_TEXTS, SQL_PUT_SPOKEN};
	enum err e = OK;
	if (a->defers_index) {
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_UNINDEXED);
		sqlite3_bind_int64(s, 1, id);
		e = archive_step(a, s, why);
	}
	for (size_t i = 0; i < (a->defers_index ? 1 : COUNT_OF(twice)) && !e; i++) {
		sqlite3_stmt *s = archive_statement(a, twice[i]);
		sqlite3_bind_int64(s, 1, id);
		archive_bind_text(s, 2, d->title);
		archive_bind_text(s, 3, t->people.p);
		archive_bind_text(s, 4, p->searched.p);
		archive_bind_text(s, 5, t->chapters.p);
		sqlite3_bind_text(s, 6, speech->text.p, (int)speech->text.n, SQLITE_STATIC);
		e = archive_step(a, s, why);
	}
	return e;
}

/* ---- the row ---- */

static void join_tags(const struct document *d, struct buf *tags)
{
	for (size_t i = 0; i < d->n_tags; i++) {
		buf_text(tags, i ? "\n" : "");
		buf_text(tags, d->tags[i]);
	}
	buf_text(tags, "");
}

static enum archive_kind kind_of(const struct document *d)
{
	switch (d->kind) {
	case DOCUMENT_EPISODE:
		return ARCHIVE_EPISODE;
	case DOCUMENT_TALK:
		return ARCHIVE_TALK;
	default:
		return ARCHIVE_TRANSCRIPT;
	}
}

static enum err put_item(struct archive *a, int64_t id, const struct archive_file *file, const struct transcript *t,
	const struct archive_prepared *p, size_t n_speech_tokens, struct why *why)
{
	const struct document *d = file->document;
	enum archive_kind kind = kind_of(d);
	struct buf tags = {0};
	join_tags(d, &tags);
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_ITEM);
	if (id)
		sqlite3_bind_int64(s, 1, id);
	archive_bind_text(s, 2, file->path);
	archive_bind_text(s, 3, file->part);
	sqlite3_bind_int64(s, 4, (int64_t)file->content_hash);
	db_bind_span(s, 5, span_of(file->transcript_path));
	sqlite3_bind_int64(s, 6, (int64_t)file->transcript_hash);
	sqlite3_bind_int(s, 7, (int)kind);
	const char *const texts[] = {file->show, file->conference, file->slug, d->title, d->author, d->description, d->image,
		d->guid, d->media_file, d->youtube, d->transcript_file, d->language, d->license, d->page_url, d->room, d->track,
		d->session, tags.p, d->notes};
	int at = 8;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		archive_bind_text(s, at++, texts[i]);
	/* A transcript alone has no head that could hold it back. */
	const int64_t numbers[] = {d->media_bytes, d->duration_ms, d->published_ms, d->season, d->episode,
		d->published || kind == ARCHIVE_TRANSCRIPT, d->explicit_, d->is_opted_out, d->show && d->show[0],
		t ? (int64_t)t->n_turns : 0, t ? (int64_t)t->n_cues : 0, (int64_t)p->n_searched_tokens, (int64_t)n_speech_tokens,
		t ? (int64_t)t->n_untimed : 0, (int64_t)file->chapters_hash, d->n_chapters && !d->are_chapters_noted};
	for (size_t i = 0; i < COUNT_OF(numbers); i++, at++)
		if (numbers[i] != INT64_MIN) /* not said: NULL */
			sqlite3_bind_int64(s, at, numbers[i]);
	archive_bind_text(s, at++, d->chapters_file);
	archive_bind_text(s, at++, d->slug && d->slug[0] ? d->slug : file->slug);
	db_bind_span(s, at++, span_of(file->chapters_path));
	db_bind_span(s, at++, p->summary.n ? p->summary : span_of(""));
	sqlite3_bind_int(s, at, d->notes && d->notes[0]);
	enum err e = archive_step(a, s, why);
	buf_finish(&tags);
	return e;
}

/* ---- the parts ---- */

static enum err put_chapters(struct archive *a, int64_t id, const struct document *d, bool are_joined, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < d->n_chapters && !e; i++) {
		const struct document_chapter *c = &d->chapters[i];
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_CHAPTER);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int(s, 2, are_joined);
		sqlite3_bind_int64(s, 3, (int64_t)i);
		sqlite3_bind_int64(s, 4, c->start_ms);
		sqlite3_bind_int64(s, 5, c->end_ms);
		archive_bind_text(s, 6, c->title);
		archive_bind_text(s, 7, c->url);
		archive_bind_text(s, 8, c->image);
		sqlite3_bind_int(s, 9, c->is_hidden);
		sqlite3_bind_int(s, 10, c->line);
		e = archive_step(a, s, why);
	}
	return e;
}

static enum err put_links(struct archive *a, int64_t id, const struct document *d, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < d->n_links && !e; i++) {
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_LINK);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, (int64_t)i);
		archive_bind_text(s, 3, d->links[i].url);
		archive_bind_text(s, 4, d->links[i].label);
		e = archive_step(a, s, why);
	}
	return e;
}

static enum err put_spoken_links(struct archive *a, int64_t id, const struct transcript *t, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; t && i < t->n_links && !e; i++) {
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_SPOKEN_LINK);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, (int64_t)i);
		sqlite3_bind_int64(s, 3, t->links[i].start_ms);
		db_bind_span(s, 4, t->links[i].url);
		db_bind_span(s, 5, t->links[i].label);
		e = archive_step(a, s, why);
	}
	return e;
}

static enum err put_media(struct archive *a, int64_t id, const struct document *d, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < d->n_media && !e; i++) {
		const struct document_media *m = &d->media[i];
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_MEDIA);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, (int64_t)i);
		archive_bind_text(s, 3, m->url);
		archive_bind_text(s, 4, m->type);
		archive_bind_text(s, 5, m->language);
		sqlite3_bind_int64(s, 6, m->bytes);
		sqlite3_bind_int64(s, 7, m->duration_ms);
		sqlite3_bind_int(s, 8, m->height);
		e = archive_step(a, s, why);
	}
	return e;
}

static enum err put_credits(struct archive *a, int64_t id, const struct document *d, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < d->n_credits && !e; i++) {
		const struct document_credit *c = &d->credits[i];
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_CREDIT);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, (int64_t)i);
		archive_bind_text(s, 3, c->name);
		archive_bind_text(s, 4, c->role);
		archive_bind_text(s, 5, c->ref);
		sqlite3_bind_int(s, 6, c->line);
		e = archive_step(a, s, why);
	}
	return e;
}

static enum err put_soundbites(struct archive *a, int64_t id, const struct document *d, struct why *why)
{
	enum err e = OK;
	for (size_t i = 0; i < d->n_soundbites && !e; i++) {
		sqlite3_stmt *s = archive_statement(a, SQL_PUT_SOUNDBITE);
		sqlite3_bind_int64(s, 1, id);
		sqlite3_bind_int64(s, 2, (int64_t)i);
		sqlite3_bind_int64(s, 3, d->soundbites[i].start_ms);
		sqlite3_bind_int64(s, 4, d->soundbites[i].duration_ms);
		archive_bind_text(s, 5, d->soundbites[i].title);
		e = archive_step(a, s, why);
	}
	return e;
}

/* Few files say any of it. */
static enum err put_publishing(struct archive *a, int64_t id, const struct document *d, struct why *why)
{
	const char *const texts[] = {d->episode_type, d->episode_decimal, d->short_title, d->place, d->place_geo, d->place_osm,
		d->place_country, d->comments, d->comments_protocol, d->comments_account, d->comments_account_url};
	bool says_any = d->is_blocked;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		says_any |= texts[i] && texts[i][0];
	if (!says_any)
		return OK;
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_PUBLISHING);
	sqlite3_bind_int64(s, 1, id);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		archive_bind_text(s, (int)i + 2, texts[i]);
	sqlite3_bind_int(s, COUNT_OF(texts) + 2, d->is_blocked);
	return archive_step(a, s, why);
}

static enum err put_parts(struct archive *a, int64_t id, const struct archive_file *file, struct why *why)
{
	const struct document *d = file->document;
	enum err e = put_chapters(a, id, d, false, why);
	if (!e && file->chapters)
		e = put_chapters(a, id, file->chapters, true, why);
	if (!e)
		e = put_links(a, id, d, why);
	if (!e)
		e = put_media(a, id, d, why);
	if (!e)
		e = put_credits(a, id, d, why);
	if (!e)
		e = put_soundbites(a, id, d, why);
	return e ? e : put_publishing(a, id, d, why);
}

static enum err put_prepared(struct archive *a, const struct archive_file *file, int64_t id, const struct archive_prepared *p,
	struct why *why)
{
	const struct document *d = file->document;
	const struct transcript *t = file->transcript ? file->transcript : d->transcript;
	struct speech speech = {0};
	struct texts texts = {0};
	enum err e = pack_speech(a, t, &speech, why);
	make_texts(a, d, file->chapters ? file->chapters : d, &speech, &texts);
	if (!e && id)
		e = archive_remove_item(a, id, why);
	if (!e)
		e = put_item(a, id, file, t, p, speech.n_tokens, why);
	if (!e && !id)
		id = sqlite3_last_insert_rowid(a->db);
	if (!e)
		e = put_texts(a, id, d, &speech, &texts, p, why);
	if (!e)
		e = put_html(a, SQL_PUT_PAGE_NOTES, id, &p->page, why);
	if (!e)
		e = put_html(a, SQL_PUT_FEED_NOTES, id, &p->feed, why);
	if (!e)
		e = put_cues(a, id, &speech, why);
	if (!e)
		e = put_parts(a, id, file, why);
	if (!e)
		e = put_spoken_links(a, id, t, why);
	const struct heard_item heard = {.transcript = t, .packed_cues = buf_view(&speech.cues),
		.language = span_of(d->language), .speech = buf_view(&speech.text), .notes_language = p->language};
	if (!e)
		e = heard_put(a, id, &heard, why);
	if (!e)
		e = archive_take_down(a, id, file->is_again, why);
	speech_finish(&speech);
	texts_finish(&texts);
	return e;
}

enum err archive_put_item(struct archive *a, const struct archive_file *file, int64_t id, struct why *why)
{
	if (file->prepared)
		return put_prepared(a, file, id, file->prepared, why);
	struct archive_prepared p;
	archive_prepare(&p, file->document, a->tokens);
	enum err e = put_prepared(a, file, id, &p, why);
	archive_prepared_finish(&p);
	return e;
}

enum err archive_remove_item(struct archive *a, int64_t id, struct why *why)
{
	enum err e = OK;
	for (int which = SQL_DELETE_SPOKEN; which <= SQL_DELETE_ITEM && !e; which++) {
		sqlite3_stmt *s = archive_statement(a, (enum archive_statement)which);
		sqlite3_bind_int64(s, 1, id);
		e = archive_step(a, s, why);
	}
	return e;
}

/* ---- places ---- */

int64_t archive_item_id(struct archive *a, const char *path, const char *part)
{
	sqlite3_stmt *s = archive_statement(a, SQL_ITEM_ID);
	archive_bind_text(s, 1, path);
	archive_bind_text(s, 2, part);
	int64_t id = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return id;
}

bool archive_holder(struct archive *a, const struct archive_file *file, const char *slug, struct archive_holder *holder)
{
	sqlite3_stmt *s = archive_statement(a, SQL_HOLDER);
	archive_bind_text(s, 1, file->show);
	archive_bind_text(s, 2, file->conference);
	archive_bind_text(s, 3, slug);
	bool found = sqlite3_step(s) == SQLITE_ROW;
	*holder = (struct archive_holder){0};
	if (found)
		*holder = (struct archive_holder){sqlite3_column_int64(s, 0), archive_dup_column(s, 1), archive_dup_column(s, 2)};
	sqlite3_reset(s);
	return found;
}

void archive_holder_finish(struct archive_holder *holder)
{
	free(holder->path);
	free(holder->part);
	*holder = (struct archive_holder){0};
}

enum err archive_set_slug(struct archive *a, int64_t id, const char *slug, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_SET_SLUG);
	sqlite3_bind_int64(s, 1, id);
	archive_bind_text(s, 2, slug);
	return archive_step(a, s, why);
}

/* A page's slug is its owner's word: records make room for it, another page doesn't. */
static enum err make_room(struct archive *a, const struct archive_file *file, struct why *why)
{
	struct archive_holder holder;
	if (!archive_holder(a, file, file->slug, &holder))
		return OK;
	enum err e = OK;
	if (holder.part[0]) {
		struct buf other = {0};
		archive_free_slug(a, &(struct archive_slug){holder.id, file->show, file->conference ? file->conference : "",
			file->slug, holder.path, holder.part}, &other);
		e = archive_set_slug(a, holder.id, other.p, why);
		buf_finish(&other);
	} else if (strcmp(holder.path, file->path) != 0) {
		e = why_set(why, E_DENIED, "the slug %s belongs to %s already; give one of them a slug of its own", file->slug,
			holder.path);
	}
	archive_holder_finish(&holder);
	return e;
}

enum err archive_put(struct archive *a, const struct archive_file *file, struct why *why)
{
	bool own;
	enum err e = archive_enter(a, &own, why);
	if (e)
		return e;
	e = make_room(a, file, why);
	if (!e)
		e = archive_put_item(a, file, archive_item_id(a, file->path, file->part), why);
	return archive_leave(a, own, e, why);
}

/* search.c - a request into a result: reads the query, lets search_scan.c find the best items, and gives them their
 * moments, snippets and addresses. All reads of one search see the same state of the archive.
 * SPDX-License-Identifier: MIT */
#include "transcripts/search.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/search_scan.h"
#include "transcripts/search_texts.h"
#include "transcripts/suggest.h"

enum {
	TIME_LIMIT_US = 100 * 1000, /* so that nearly all answers are there within 200 ms */
	WAIT_LIMIT_US = 2 * 1000 * 1000, /* on a machine or a disk that is busy */
	STEPS_BETWEEN_LOOKS = 1000, /* of SQLite's machine, at the clock */
	OFFSET_MAX = 10000,
	CHAPTER_WORDS = 40,         /* of a title */
	SUMMARY_WORDS = 40,
	FEW = 2,                    /* so few hits may be of a misspelt word */
};

enum err search_register(struct sqlite3 *db, struct why *why)
{
	return scan_register(db, why);
}

static int is_late(void *data)
{
	return scan_is_late(data);
}

static const char *kind_name(enum archive_kind kind)
{
	static const char *const names[] = {[ARCHIVE_TRANSCRIPT] = "transcript", [ARCHIVE_EPISODE] = "episode",
		[ARCHIVE_TALK] = "talk"};
	return names[kind];
}

static void free_moment(struct search_moment *m)
{
	free((char *)m->speaker);
	free((char *)m->html);
	free(m->url);
}

static enum err fill_moment(struct search_moment *out, struct speech_view *view, const struct catalogue_item *item,
	const struct moment *m, const char *page, struct why *why)
{
	size_t first = speech_view_cue_of(view, m->first);
	struct packed_cue from = unpack_cue(view->cues.p, first);
	struct packed_cue to = unpack_cue(view->cues.p, speech_view_cue_of(view, m->last));
	struct buf html = {0}, url = {0};
	buf_reserve(&html, 250);
	enum err e = snippet_write(view, m, &html, why);
	out->start = from.start_ms / 1000.0;
	out->end = (to.end_ms > from.start_ms ? to.end_ms : from.start_ms) / 1000.0;
	out->speaker = mem_strdup(view->n_turns ? speech_view_speaker(view, speech_view_turn_of(view, first)) : "");
	buf_text(&html, "");
	out->html = buf_take(&html);
	buf_reserve(&url, strlen(page) + 24);
	buf_text(&url, page);
	buf_text(&url, "#t=");
	stamp_fragment(&url, from.start_ms);
	out->url = buf_take(&url);
	size_t read = 0;
	out->is_sponsored = catalogue_is_sponsored(item, m->first, &read) || catalogue_is_sponsored(item, m->last, &read);
	return e;
}

/* One block: the texts stand behind the struct. */
static struct search_item *copy_head(const struct speech_view *view)
{
	const struct span texts[] = {view->show, view->conference, view->slug, view->title};
	size_t room = sizeof(struct search_item);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		room += texts[i].n + 1;
	struct search_item *item = mem_new(room, 1);
	const char **const fields[] = {&item->show, &item->conference, &item->slug, &item->title};
	char *p = (char *)(item + 1);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		*fields[i] = p;
		if (texts[i].n)
			memcpy(p, texts[i].p, texts[i].n);
		p += texts[i].n + 1;
	}
	item->id = view->item;
	item->kind = view->kind;
	item->published_ms = view->published_ms;
	return item;
}

/* ---- what isn't spoken ---- */

/* Chapters whose titles have all words; where nothing was said, those that have the most of them. They come before what was
 * said, which keeps one place. */
static void add_chapters(struct search_hit *out, struct search_scan *scan, const struct scan_hit *hit, size_t most)
{
	struct document *d = archive_parts(scan->archive, hit->item->id);
	struct text_words *words = mem_new(d->n_chapters + 1, sizeof *words);
	int best = 0;
	for (size_t i = 0; i < d->n_chapters; i++) {
		text_words_find(&words[i], scan->archive->tokens, scan->query, hit->item->language, span_of(d->chapters[i].title));
		int n = __builtin_popcount(words[i].units);
		best = n > best ? n : best;
	}
	if (best < (int)scan->query->n_units && out->n_moments)
		best = 0;
	size_t room = most > 1 && out->n_moments ? most - 1 : out->n_moments ? 0 : most, n = 0;
	struct search_moment *all = mem_new(most + out->n_moments + 1, sizeof *all);
	for (size_t i = 0; i < d->n_chapters && n < room && best; i++) {
		const struct document_chapter *c = &d->chapters[i];
		if (__builtin_popcount(words[i].units) < best)
			continue;
		struct buf html = {0}, url = {0};
		int64_t end = c->end_ms >= 0 ? c->end_ms : i + 1 < d->n_chapters ? d->chapters[i + 1].start_ms : c->start_ms;
		text_words_write(&words[i], span_of(c->title), CHAPTER_WORDS, &html);
		buf_format(&url, "%s#t=", out->url);
		stamp_fragment(&url, c->start_ms);
		all[n++] = (struct search_moment){.start = (double)c->start_ms / 1000, .end = (double)end / 1000,
			.speaker = mem_strdup(""), .html = buf_take(&html), .url = buf_take(&url), .is_chapter = true};
	}
	for (size_t i = 0; i < out->n_moments; i++) {
		if (n < most)
			all[n++] = out->moments[i];
		else
			free_moment(&out->moments[i]);
	}
	free(out->moments);
	out->moments = all;
	out->n_moments = n;
	for (size_t i = 0; i < d->n_chapters; i++)
		text_words_finish(&words[i]);
	free(words);
	document_destroy(d);
}

/* What the notes say, around what matched; the tags in front of them only where they matched and the notes didn't. */
static void add_summary(struct search_hit *out, struct search_scan *scan, const struct scan_hit *hit)
{
	sqlite3_stmt *s = archive_statement(scan->archive, SQL_SUMMARY);
	sqlite3_bind_int64(s, 1, hit->item->id);
	if (sqlite3_step(s) == SQLITE_ROW) {
		struct span notes = db_column_span(s, 0), tags = db_column_span(s, 1);
		struct span text = tags.n && tags.n < notes.n ? span_from(notes, tags.n + 1) : notes;
		struct text_words words;
		struct buf html = {0};
		text_words_find(&words, scan->archive->tokens, scan->query, hit->item->language, text);
		text_words_write(&words, text, SUMMARY_WORDS, &html);
		text_words_finish(&words);
		if (html.n)
			out->summary = buf_take(&html);
		buf_finish(&html);
	}
	sqlite3_reset(s);
}

static void add_conference_title(struct search_hit *out, struct archive *a)
{
	sqlite3_stmt *s = archive_statement(a, SQL_CONFERENCE_TITLE);
	archive_bind_text(s, 1, out->item->conference);
	struct span title = {0};
	if (sqlite3_step(s) == SQLITE_ROW)
		title = db_column_span(s, 0);
	out->conference_title = title.n ? span_dup(title) : mem_strdup(out->item->conference);
	sqlite3_reset(s);
}

/* ---- hits ---- */

static enum err fill_hit(struct search_hit *out, struct search_scan *scan, const struct scan_hit *hit, struct why *why)
{
	struct archive *a = scan->archive;
	struct speech_view *view = &scan->view;
	struct buf url = {0};
	enum err e = speech_view_load(view, a, hit->item->id, hit->item->n_speech_tokens, why);
	if (e)
		return e;
	out->item = copy_head(view);
	out->kind = kind_name(view->kind);
	const struct archive_item place = {.kind = view->kind, .show = out->item->show, .conference = out->item->conference,
		.slug = out->item->slug};
	archive_item_path(&url, &place);
	out->url = buf_take(&url);
	out->score = hit->score;
	if (out->item->conference[0])
		add_conference_title(out, a);
	if (hit->n_moments)
		out->moments = mem_new(hit->n_moments, sizeof *out->moments);
	for (size_t i = 0; i < hit->n_moments && !e && view->n_cues; i++)
		e = fill_moment(&out->moments[out->n_moments++], view, hit->item, &hit->moments[i], out->url, why);
	if (!e && hit->in_chapters)
		add_chapters(out, scan, hit, scan->n_moments);
	if (!e && !out->n_moments)
		add_summary(out, scan, hit);
	return e;
}

static enum err find(struct search_scan *scan, struct why *why)
{
	if (query_is_empty(scan->query))
		return OK;
	/* What all queries share is read whole: whoever comes after an import waits for it. */
	enum err e = catalogue_get(scan->archive, &scan->catalogue, why);
	if (e)
		return e;
	scan->work_until_us = clock_thread_us() + TIME_LIMIT_US;
	int64_t now = clock_mono_us();
	scan->work_asked_us = now + TIME_LIMIT_US;
	scan->wait_until_us = now + WAIT_LIMIT_US;
	sqlite3_progress_handler(scan->archive->db, STEPS_BETWEEN_LOOKS, is_late, scan);
	e = scan->query->n_words ? scan_words(scan, why) : scan_catalogue(scan, why);
	/* What was found is shown whole, even when looking for it was cut short. */
	sqlite3_progress_handler(scan->archive->db, 0, NULL, NULL);
	if (!e || sqlite3_errcode(scan->archive->db) != SQLITE_INTERRUPT)
		return e;
	scan->timed_out = true;
	return OK;
}

static void read_query(struct query *query, struct archive *a, const struct search_request *request)
{
	query_parse(query, a->tokens, request->query);
	query_add_name(query, &query->speakers, a->tokens, request->speaker);
	query->whole_names = request->whole_speaker;
	query_add_name(query, &query->shows, a->tokens, request->show);
	query_add_name(query, &query->conferences, a->tokens, request->conference);
	query_add_name(query, &query->items, a->tokens, request->item);
	query_add_name(query, &query->kinds, a->tokens, request->kind);
	query_add_year(query, request->year);
}

static size_t moments_wanted(const struct query *query, const struct search_request *request)
{
	size_t n = request->moments ? request->moments
		: query->speakers.n || query->items.n ? SEARCH_HIGHLIGHTS : SEARCH_MOMENTS_DEFAULT;
	return n > SEARCH_MOMENTS_MAX ? SEARCH_MOMENTS_MAX : n;
}

static enum err fill_result(struct search_result *r, struct search_scan *scan, size_t offset, size_t limit,
	struct why *why)
{
	enum err e = OK;
	scan_finish_order(scan);
	r->total = scan->total;
	r->timed_out = scan->timed_out;
	size_t n = scan->n_best > offset ? scan->n_best - offset : 0;
	n = n > limit ? limit : n;
	r->hits = mem_new(n + 1, sizeof *r->hits);
	while (r->n_hits < n && !e) {
		size_t i = r->n_hits++;
		e = fill_hit(&r->hits[i], scan, scan->best[offset + i], why);
	}
	return e;
}

enum err search_run(struct archive *a, const struct search_request *request, struct search_result **result,
	struct why *why)
{
	int64_t start = clock_mono_us();
	size_t limit = request->limit ? request->limit : SEARCH_LIMIT_DEFAULT;
	limit = limit > SEARCH_LIMIT_MAX ? SEARCH_LIMIT_MAX : limit;
	size_t offset = request->offset > OFFSET_MAX ? OFFSET_MAX : request->offset;
	struct query query;
	read_query(&query, a, request);
	struct search_scan scan = {.archive = a, .query = &query, .keep = offset + limit,
		.n_moments = moments_wanted(&query, request), .skips_sponsors = !request->with_sponsors && !query.with_sponsors};
	struct search_result *r = mem_new(1, sizeof *r);
	*result = NULL;

	enum err e = OK;
	bool own = sqlite3_get_autocommit(a->db);
	if (own)
		e = archive_step(a, archive_statement(a, SQL_BEGIN_READING), why);
	if (!e)
		e = find(&scan, why);
	if (!e)
		e = fill_result(r, &scan, offset, limit, why);
	if (!e && r->total <= FEW && query.n_words && scan.catalogue && !r->timed_out)
		r->did_you_mean = suggest(a, &query, request->query);
	scan_finish(&scan);
	if (own && !sqlite3_get_autocommit(a->db))
		(void)!archive_step(a, archive_statement(a, SQL_COMMIT), NULL);
	r->n_ignored = query.n_ignored;
	r->n_forms_left_out = scan.n_forms_left_out;
	query_finish(&query);
	r->took_ms = (double)(clock_mono_us() - start) / 1000;
	if (e) {
		search_result_free(r);
		return e;
	}
	*result = r;
	return OK;
}

void search_result_free(struct search_result *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_hits; i++) {
		struct search_hit *hit = &r->hits[i];
		for (size_t k = 0; k < hit->n_moments; k++)
			free_moment(&hit->moments[k]);
		free(hit->moments);
		free(hit->summary);
		free(hit->conference_title);
		free(hit->author);
		free(hit->url);
		free(hit->item);
	}
	free(r->hits);
	free(r->did_you_mean);
	free(r);
}

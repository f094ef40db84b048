/* SPDX-License-Identifier: MIT */
#include "transcripts/search_scan.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/search_walk.h"
#include "transcripts/stems.h"

/* bm25 has had nearly all of its say by then: 12 are worth 2.0 where any number is at most 2.2. */
enum {
	COUNTED = 12,
	KEPT_MAX = 4 << 20,  /* bytes of lists */
	REPEATING_MAX = 12,  /* words of a quote that is looked for as such because a word comes twice */
};

static const char pointer_type[] = "carillon-scan";

/* bm25 after Robertson and Zaragoza 2009 with each column saturating for itself: one word in the title says more than
 * any number in the speech. */
static const double weights[COLUMN_COUNT] = {[COLUMN_TITLE] = 4, [COLUMN_PEOPLE] = 2.5, [COLUMN_NOTES] = 1.5,
	[COLUMN_CHAPTERS] = 2, [COLUMN_SPEECH] = 1};
static const double K1 = 1.2, B = 0.4;
/* What words in another form count in all: any number of them less than one as it was typed. */
static const double INFLECTED = 0.35;
/* Words side by side and in order count as much as two more of each kind of match in the speech. */
static const double NEARNESS = 2;
/* All words side by side, in order and as they were typed: somebody quotes. Counts for each word but the first, however
 * common they are: who quotes "for you. And like" means the one place where that was said. */
static const double QUOTED = 1.5;

struct counts {
	double columns[COLUMN_COUNT];
};

/* Whether a place of the current item counts: what is said for a sponsor doesn't. read: as catalogue_is_sponsored's. */
static bool counts(const struct search_scan *scan, const struct catalogue_item *item, int column, int offset,
	size_t *read)
{
	return column != COLUMN_SPEECH || !scan->skips_sponsors || !item->n_sponsors ||
		!catalogue_is_sponsored(item, (uint32_t)offset, read);
}

/* How often one form of a single word is in each column, added up; in the speech estimated after COUNTED of them. False
 * when it isn't there at all. */
static bool count_form(const struct search_scan *scan, const struct row *row, const struct catalogue_item *item,
	size_t phrase, struct counts *n)
{
	struct walk w;
	size_t in_speech = 0, read = 0;
	bool found = false;
	walk_start(row, &w, phrase);
	for (; w.column >= 0 && in_speech < COUNTED; walk_next(&w)) {
		if (!counts(scan, item, w.column, w.offset, &read))
			continue;
		in_speech += w.column == COLUMN_SPEECH;
		n->columns[w.column < COLUMN_COUNT ? w.column : COLUMN_SPEECH]++;
		found = true;
	}
	if (in_speech == COUNTED && w.column >= 0)
		n->columns[COLUMN_SPEECH] += COUNTED * walk_ahead(&w, &row->lists[phrase]);
	return found;
}

static bool count_phrase(const struct search_scan *scan, const struct row *row, const struct catalogue_item *item,
	size_t unit, struct counts *n)
{
	struct unit_walk u;
	size_t in_speech = 0, read = 0;
	bool found = false, more = unit_start(row, scan->query, unit, item->language, &u);
	for (; more && in_speech < COUNTED; more = unit_next(&u)) {
		if (!counts(scan, item, u.column, u.offset, &read))
			continue;
		in_speech += u.column == COLUMN_SPEECH;
		n->columns[u.column < COLUMN_COUNT ? u.column : COLUMN_SPEECH]++;
		found = true;
	}
	if (in_speech == COUNTED && more)
		n->columns[COLUMN_SPEECH] += COUNTED * walk_ahead(&u.words[0],
			&row->lists[scan->query->words[scan->query->run[scan->query->units[unit].first]].phrase]);
	return found;
}

/* n[0]: as typed, n[1]: in other forms. */
static bool count_unit(const struct search_scan *scan, const struct row *row, const struct catalogue_item *item,
	size_t unit, struct counts n[2])
{
	const struct query *q = scan->query;
	bool found = false;
	n[0] = n[1] = (struct counts){{0}};
	if (q->units[unit].n > 1)
		return count_phrase(scan, row, item, unit, n);
	size_t phrase = q->words[q->run[q->units[unit].first]].phrase;
	for (size_t form = 0; form < unit_forms(q, unit); form++)
		if (unit_has_form(q, unit, form, item->language) && count_form(scan, row, item, phrase + form, &n[form > 0]))
			found = true;
	return found;
}

static void collect_word(struct search_scan *scan, const struct row *row, const struct catalogue_item *item,
	size_t phrase, struct places *p)
{
	struct walk w;
	size_t read = 0;
	for (walk_start(row, &w, phrase); w.column >= 0; walk_next(&w))
		if (w.column == COLUMN_SPEECH && counts(scan, item, w.column, w.offset, &read))
			places_add(p, (uint32_t)w.offset, 0);
}

/* All places of all units in the speech. */
static void collect_places(struct search_scan *scan, const struct row *row, const struct catalogue_item *item)
{
	const struct query *q = scan->query;
	for (size_t i = 0; i < q->n_units; i++) {
		struct unit_walk u;
		struct places *p = &scan->places[i];
		size_t read = 0;
		p->n = 0;
		p->length = (uint32_t)q->units[i].n;
		if (p->length == 1 && unit_forms(q, i) == 1) {
			collect_word(scan, row, item, q->words[q->run[q->units[i].first]].phrase, p);
			continue;
		}
		for (bool more = unit_start(row, q, i, item->language, &u); more; more = unit_next(&u))
			if (u.column == COLUMN_SPEECH && counts(scan, item, u.column, u.offset, &read))
				places_add(p, (uint32_t)u.offset, u.current > 0 ? PLACE_INFLECTED : 0);
	}
}

static double saturated(double n, double length, double mean)
{
	return n * (K1 + 1) / (n + K1 * (1 - B + B * length / mean));
}

static double weigh(const struct search_scan *scan, const struct catalogue_item *item, const struct counts *n)
{
	double notes = item->n_notes_tokens / scan->catalogue->mean_notes_tokens;
	double speech = item->n_speech_tokens / scan->catalogue->mean_speech_tokens;
	double score = 0;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		double length = i == COLUMN_NOTES ? notes : i == COLUMN_SPEECH ? speech : 1;
		if (n->columns[i] > 0)
			score += weights[i] * saturated(n->columns[i], length, 1);
	}
	return score;
}

static double score_unit(const struct search_scan *scan, const struct catalogue_item *item, size_t unit,
	const struct counts n[2])
{
	return scan->idf[unit] * (weigh(scan, item, &n[0]) + INFLECTED * weigh(scan, item, &n[1]));
}

/* The heap: the worst of the best at [0]. Newer wins among equals, so that the order never depends on chance. */
static bool is_worse(const struct scan_hit *a, const struct scan_hit *b)
{
	if (a->score != b->score)
		return a->score < b->score;
	if (a->item->published_ms != b->item->published_ms)
		return a->item->published_ms < b->item->published_ms;
	/* By place, not by number: a rebuild numbers otherwise. */
	int order = strcmp(a->item->show, b->item->show);
	if (!order)
		order = strcmp(a->item->conference, b->item->conference);
	return (order ? order : strcmp(a->item->slug, b->item->slug)) > 0;
}

static void sink(struct scan_hit **heap, size_t n, size_t i)
{
	for (;;) {
		size_t worst = i, left = 2 * i + 1;
		if (left < n && is_worse(heap[left], heap[worst]))
			worst = left;
		if (left + 1 < n && is_worse(heap[left + 1], heap[worst]))
			worst = left + 1;
		if (worst == i)
			return;
		struct scan_hit *hit = heap[i];
		heap[i] = heap[worst];
		heap[worst] = hit;
		i = worst;
	}
}

static bool could_enter(const struct search_scan *scan, double score)
{
	return scan->keep > 0 && (scan->n_best < scan->keep || score >= scan->best[0]->score);
}

/* Takes scan->spare if it is good enough. */
static void enter(struct search_scan *scan)
{
	if (scan->n_best == scan->keep) {
		if (scan->keep == 0 || is_worse(scan->spare, scan->best[0]))
			return;
		struct scan_hit *out = scan->best[0];
		scan->best[0] = scan->spare;
		scan->spare = out;
		sink(scan->best, scan->n_best, 0);
		return;
	}
	if ((scan->n_best & (scan->n_best - 1)) == 0)
		scan->best = mem_grow(scan->best, scan->n_best ? scan->n_best * 2 : 1, sizeof *scan->best);
	size_t i = scan->n_best++;
	scan->best[i] = scan->spare;
	scan->spare = mem_new(1, sizeof *scan->spare);
	for (; i > 0 && is_worse(scan->best[i], scan->best[(i - 1) / 2]); i = (i - 1) / 2) {
		struct scan_hit *parent = scan->best[(i - 1) / 2];
		scan->best[(i - 1) / 2] = scan->best[i];
		scan->best[i] = parent;
	}
}

void scan_finish_order(struct search_scan *scan)
{
	for (size_t n = scan->n_best; n > 1; n--) {
		struct scan_hit *worst = scan->best[0];
		scan->best[0] = scan->best[n - 1];
		scan->best[n - 1] = worst;
		sink(scan->best, n - 1, 0);
	}
}

void scan_finish(struct search_scan *scan)
{
	for (size_t i = 0; i < scan->n_best; i++) {
		free(scan->best[i]->moments);
		free(scan->best[i]);
	}
	free(scan->best);
	if (scan->spare)
		free(scan->spare->moments);
	free(scan->spare);
	free(scan->moments);
	free(scan->candidates);
	buf_finish(&scan->kept);
	for (size_t i = 0; i < QUERY_WORDS_MAX; i++)
		places_finish(&scan->places[i]);
	speech_view_finish(&scan->view);
}

/* Which of the item's voices were asked for; voices are numbered from 1. */
static bool *wanted_voices(const struct search_scan *scan, const struct catalogue_item *item)
{
	const struct speech_view *v = &scan->view;
	bool *wanted = mem_new(v->n_voices + 1, sizeof *wanted);
	struct span lines = span_of(item->voices), line;
	for (size_t i = 1; i <= v->n_voices && span_next_line(&lines, &line); i++)
		wanted[i] = catalogue_voice_fits(scan->query, line);
	return wanted;
}

/* Leaves only places inside the wanted speakers' turns. */
static void keep_spoken_by(struct search_scan *scan, const bool *wanted)
{
	const struct speech_view *v = &scan->view;
	for (size_t i = 0; i < scan->query->n_units; i++) {
		struct places *p = &scan->places[i];
		size_t turn = 0, kept = 0, last_turn = 0;
		uint32_t first = 0, end = 0;
		for (size_t k = 0; k < p->n; k++) {
			while (p->at[k] >= end && turn < v->n_turns)
				speech_view_turn_tokens(v, turn++, &first, &end);
			uint32_t voice = turn ? unpack_turn(v->turns.p, turn - 1).voice : 0;
			bool inside = p->at[k] >= first && p->at[k] < end;
			if (inside && voice <= v->n_voices && wanted[voice]) {
				p->flags[kept] = p->flags[k] | (turn != last_turn ? PLACE_APART : 0);
				last_turn = turn;
				p->at[kept++] = p->at[k];
			}
		}
		p->n = kept;
	}
}

/* An empty hit in the spare one's memory. */
static struct scan_hit *fresh(struct search_scan *scan, const struct catalogue_item *item)
{
	struct scan_hit *hit = scan->spare;
	*hit = (struct scan_hit){.item = item, .moments = hit->moments, ._room = hit->_room};
	return hit;
}

/* The moments of a quote in which a word comes twice: each of its places would do for both, so that nearness says nothing.
 * 0 where it isn't said as it was typed. */
static size_t find_repeating(struct search_scan *scan, const struct catalogue_item *item)
{
	struct places quotes = {.length = (uint32_t)scan->query->n_run};
	struct unit_walk u;
	size_t read = 0, n = 0;
	double closeness;
	for (bool more = run_start(&scan->row, scan->query, &u); more; more = unit_next(&u))
		if (u.column == COLUMN_SPEECH && counts(scan, item, u.column, u.offset, &read))
			places_add(&quotes, (uint32_t)u.offset, 0);
	if (quotes.n)
		n = moments_find(&quotes, 1, scan->moments, scan->n_moments, &closeness);
	places_finish(&quotes);
	return n;
}

/* Finds the item's moments, adds to its score how close the words come to each other in the best, and takes it where it
 * is one of the best. */
static void take_item(struct search_scan *scan, const struct catalogue_item *item, double score, bool in_chapters)
{
	const struct query *q = scan->query;
	double closeness;
	if (!scan->moments)
		scan->moments = mem_new(scan->n_moments, sizeof *scan->moments);
	size_t n = moments_find(scan->places, q->n_units, scan->moments, scan->n_moments, &closeness);
	bool may_repeat = q->has_repeats && q->n_run <= REPEATING_MAX && !q->speakers.n;
	size_t n_quoted = may_repeat ? find_repeating(scan, item) : 0;
	if (n_quoted) {
		n = n_quoted;
		closeness = 1;
	} else if (q->has_repeats && closeness >= 1) {
		closeness = 0.99; /* one place for two words is no quote */
	}
	score += NEARNESS * scan->idf_sum * closeness;
	if (closeness >= 1)
		score += QUOTED * (double)(q->n_run - 1);
	if (!could_enter(scan, score))
		return;
	moments_mark(scan->places, q->n_units, scan->moments, n);
	struct scan_hit *hit = fresh(scan, item);
	hit->score = score;
	hit->in_chapters = in_chapters;
	hit->n_moments = n;
	if (n > hit->_room) {
		free(hit->moments);
		hit->_room = n;
		hit->moments = mem_new(n, sizeof *hit->moments);
	}
	if (n)
		memcpy(hit->moments, scan->moments, n * sizeof *hit->moments);
	enter(scan);
}

/* With speaker: everything is counted, in that speaker's turns alone. */
static enum err score_spoken_by(struct search_scan *scan, const struct row *row, const struct catalogue_item *item,
	struct why *why)
{
	enum err e = speech_view_load(&scan->view, scan->archive, item->id, item->n_speech_tokens, why);
	if (e)
		return e;
	bool *wanted = wanted_voices(scan, item);
	collect_places(scan, row, item);
	keep_spoken_by(scan, wanted);
	free(wanted);
	double score = 0;
	for (size_t i = 0; i < scan->query->n_units; i++) {
		struct counts n[2] = {{{0}}, {{0}}};
		for (size_t k = 0; k < scan->places[i].n; k++)
			n[scan->places[i].flags[k] & PLACE_INFLECTED].columns[COLUMN_SPEECH]++;
		if (!scan->places[i].n)
			return OK;
		score += score_unit(scan, item, i, n);
	}
	scan->total++;
	take_item(scan, item, score, false);
	return OK;
}

/* The best by what their words count come first: those behind them need not be looked at when the words' nearness could
 * not bring them among the best any more. */
static int by_score(const void *a, const void *b)
{
	double x = ((const struct scan_candidate *)a)->score, y = ((const struct scan_candidate *)b)->score;
	return (x < y) - (x > y);
}

static double most_for_nearness(const struct search_scan *scan)
{
	return scan->query->n_units > 1 || scan->query->has_repeats ? NEARNESS * scan->idf_sum + QUOTED * (double)(scan->query->n_run - 1) : 0;
}

bool scan_is_late(const struct search_scan *scan)
{
	/* Asking for the thread's time is a system call: not before so much can have been done. */
	int64_t now = clock_mono_us();
	return now > scan->work_asked_us && (clock_thread_us() > scan->work_until_us || now > scan->wait_until_us);
}

static void look_at_candidates(struct search_scan *scan)
{
	if (scan->n_candidates)
		qsort(scan->candidates, scan->n_candidates, sizeof *scan->candidates, by_score);
	for (size_t i = 0; i < scan->n_candidates; i++) {
		const struct scan_candidate *c = &scan->candidates[i];
		if (scan_is_late(scan)) {
			scan->timed_out = true;
			break;
		}
		if (!could_enter(scan, c->score + most_for_nearness(scan)))
			break;
		row_take(&scan->row, scan->query->n_phrases, &scan->kept, c->lists);
		collect_places(scan, &scan->row, c->item);
		take_item(scan, c->item, c->score, c->in_chapters);
	}
	scan->n_candidates = 0;
	buf_clear(&scan->kept);
}

static void score_item(struct search_scan *scan, const struct catalogue_item *item)
{
	const struct query *q = scan->query;
	double score = 0;
	struct counts n[2];
	bool in_chapters = false;
	for (size_t i = 0; i < q->n_units; i++) {
		if (!count_unit(scan, &scan->row, item, i, n))
			return;
		in_chapters = in_chapters || n[0].columns[COLUMN_CHAPTERS] > 0 || n[1].columns[COLUMN_CHAPTERS] > 0;
		score += score_unit(scan, item, i, n);
	}
	scan->total++;
	if (!could_enter(scan, score + most_for_nearness(scan)))
		return;
	if (scan->n_candidates == scan->candidates_room) {
		scan->candidates_room = scan->candidates_room ? scan->candidates_room * 2 : 256;
		scan->candidates = mem_grow(scan->candidates, scan->candidates_room, sizeof *scan->candidates);
	}
	scan->candidates[scan->n_candidates++] = (struct scan_candidate){item, in_chapters, score, scan->kept.n};
	row_keep(&scan->row, q->n_phrases, &scan->kept);
	if (scan->kept.n > KEPT_MAX)
		look_at_candidates(scan);
}

/* Rows come in the order of their numbers, as the catalogue has them: mostly it is the next one. */
static const struct catalogue_item *next_item(struct search_scan *scan, int64_t id)
{
	const struct catalogue *c = scan->catalogue;
	for (int i = 0; i < 4 && scan->next < c->n && c->items[scan->next].id <= id; i++)
		if (c->items[scan->next++].id == id)
			return &c->items[scan->next - 1];
	const struct catalogue_item *item = catalogue_find(c, id);
	if (item)
		scan->next = (size_t)(item - c->items) + 1;
	return item;
}

static void on_row(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context, int n, sqlite3_value **args)
{
	struct search_scan *scan = n == 1 ? sqlite3_value_pointer(args[0], pointer_type) : NULL;
	if (!scan)
		return; /* somebody else's SQL */
	if (scan_is_late(scan)) {
		scan->timed_out = true;
		sqlite3_result_error_code(context, SQLITE_INTERRUPT);
		return;
	}
	if (api->xPhraseCount(fts) < (int)scan->query->n_phrases)
		return;
	const struct catalogue_item *item = next_item(scan, api->xRowid(fts));
	if (!item || !catalogue_passes(item, scan->query))
		return;
	if (!row_read(&scan->row, api, fts, scan->query->n_phrases))
		sqlite3_result_error(context, "its lists of places are in a form that is not known; use SQLite 3.40", -1);
	else if (!scan->query->speakers.n || !item->voices)
		score_item(scan, item);
	else if (score_spoken_by(scan, &scan->row, item, NULL))
		sqlite3_result_error_code(context, SQLITE_IOERR);
}

enum err scan_register(sqlite3 *db, struct why *why)
{
	fts5_api *api = NULL;
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_pointer(s, 1, &api, "fts5_api_ptr", NULL);
		sqlite3_step(s);
	}
	sqlite3_finalize(s);
	if (!api || api->xCreateFunction(api, "carillon_scan", NULL, on_row, NULL) != SQLITE_OK)
		return why_set(why, E_IO, "this SQLite has no FTS5; install one that has");
	return OK;
}

/* In how many items the word is, in its commonest form; beginnings of words count as common. */
static double items_with(struct search_scan *scan, const struct query_word *word)
{
	double n_items = (double)scan->catalogue->n, most = 0;
	if (word->prefix)
		return n_items / 4;
	for (size_t i = 0; i <= word->n_forms; i++) {
		const char *text = i ? word->forms[i - 1] : word->text;
		sqlite3_stmt *s = archive_statement(scan->archive, SQL_WORD);
		sqlite3_bind_int64(s, 1, (sqlite3_int64)strlen(text));
		db_bind_span(s, 2, span_of(text));
		double n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_double(s, 0) : 0;
		sqlite3_reset(s);
		most = n > most ? n : most;
	}
	return most < n_items ? most : n_items;
}

static void weigh_units(struct search_scan *scan)
{
	const struct query *q = scan->query;
	scan->idf_sum = 0;
	for (size_t i = 0; i < q->n_units; i++) {
		scan->idf[i] = 0;
		for (size_t k = 0; k < q->units[i].n; k++) {
			double n = items_with(scan, &q->words[q->run[q->units[i].first + k]]);
			scan->idf[i] += log(1 + ((double)scan->catalogue->n - n + 0.5) / (n + 0.5));
		}
		scan->idf_sum += scan->idf[i];
	}
}

enum err scan_words(struct search_scan *scan, struct why *why)
{
	struct archive *a = scan->archive;
	struct buf expression = {0};
	enum err e = stems_expand(a, scan->query, &scan->n_forms_left_out, why);
	if (e)
		return e;
	query_expression(scan->query, &expression);
	weigh_units(scan);
	scan->spare = mem_new(1, sizeof *scan->spare);
	sqlite3_stmt *s = archive_statement(a, SQL_SCAN);
	db_bind_span(s, 1, buf_view(&expression));
	sqlite3_bind_pointer(s, 2, scan, pointer_type, NULL);
	int code;
	do
		code = sqlite3_step(s);
	while (code == SQLITE_ROW);
	if ((code & 0xFF) == SQLITE_INTERRUPT)
		scan->timed_out = true;
	else if (code != SQLITE_DONE)
		e = db_error(a->db, why);
	look_at_candidates(scan);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	buf_finish(&expression);
	return e;
}

static enum err add_first_turns(struct search_scan *scan, struct scan_hit *hit, struct why *why)
{
	struct speech_view *v = &scan->view;
	enum err e = speech_view_load(v, scan->archive, hit->item->id, hit->item->n_speech_tokens, why);
	if (e)
		return e;
	bool *wanted = wanted_voices(scan, hit->item);
	free(hit->moments);
	hit->moments = mem_new(scan->n_moments, sizeof *hit->moments);
	for (size_t i = 0; i < v->n_turns && hit->n_moments < scan->n_moments; i++) {
		uint32_t voice = unpack_turn(v->turns.p, i).voice, first, end;
		speech_view_turn_tokens(v, i, &first, &end);
		if (voice <= v->n_voices && wanted[voice] && end > first)
			hit->moments[hit->n_moments++] = (struct moment){.first = first, .last = first};
	}
	free(wanted);
	return OK;
}

/* Items that have one of the unwanted words, as a sorted list of ids. */
static enum err list_unwanted(struct search_scan *scan, int64_t **ids, size_t *n, struct why *why)
{
	*ids = NULL;
	*n = 0;
	if (!scan->query->without.n)
		return OK;
	sqlite3_stmt *s = db_prepare(scan->archive->db, "SELECT rowid FROM spoken WHERE spoken MATCH ?1 ORDER BY rowid");
	db_bind_span(s, 1, buf_view(&scan->query->without));
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((*n & (*n - 1)) == 0)
			*ids = mem_grow(*ids, *n ? *n * 2 : 1, sizeof **ids);
		(*ids)[(*n)++] = sqlite3_column_int64(s, 0);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(scan->archive->db, why);
	sqlite3_finalize(s);
	return e;
}

enum err scan_catalogue(struct search_scan *scan, struct why *why)
{
	int64_t *unwanted;
	size_t n, k = 0;
	enum err e = list_unwanted(scan, &unwanted, &n, why);
	scan->spare = mem_new(1, sizeof *scan->spare);
	for (size_t i = 0; i < scan->catalogue->n && !e; i++) {
		const struct catalogue_item *item = &scan->catalogue->items[i];
		while (k < n && unwanted[k] < item->id)
			k++;
		if ((k < n && unwanted[k] == item->id) ||
				!catalogue_passes(item, scan->query))
			continue;
		scan->total++;
		fresh(scan, item);
		enter(scan);
	}
	free(unwanted);
	for (size_t i = 0; i < scan->n_best && scan->query->speakers.n && !e; i++)
		e = add_first_turns(scan, scan->best[i], why);
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/moments.h"

#include <stdlib.h>

#include "base/mem.h"

enum {
	UNITS_MAX = 32,
	CLUSTER_WORDS = 24,  /* a snippet's length or so: what one look takes in */
	FAR_APART = 60,      /* windows wider than this are no moment, but the tightest is always kept */
};

/* What a word counts that isn't as it was typed. */
static const double INFLECTED = 0.6;
static const double OUT_OF_ORDER = 0.8;

void places_add(struct places *p, uint32_t at, unsigned char flags)
{
	if (p->n == p->room) {
		p->room = p->room ? p->room * 2 : 64;
		p->at = mem_grow(p->at, p->room, sizeof *p->at);
		p->flags = mem_grow(p->flags, p->room, sizeof *p->flags);
	}
	p->flags[p->n] = flags;
	p->at[p->n++] = at;
}

void places_finish(struct places *p)
{
	free(p->at);
	free(p->flags);
	*p = (struct places){0};
}

struct window {
	uint32_t first, last;
	double quality;
};

/* The best so far, and the candidate that later overlapping ones may still replace. */
struct best {
	struct window *out;
	size_t n, most;
	struct window pending;
	bool has_pending;
};

static void settle(struct best *b)
{
	if (!b->has_pending)
		return;
	b->has_pending = false;
	size_t i = b->n;
	/* Earlier ones come first among equals. */
	while (i > 0 && b->out[i - 1].quality < b->pending.quality)
		i--;
	if (i == b->most)
		return;
	size_t n = b->n < b->most ? b->n++ : b->most - 1;
	for (; n > i; n--)
		b->out[n] = b->out[n - 1];
	b->out[i] = b->pending;
}

/* Candidates come roughly by their first word. */
static void offer(struct best *b, uint32_t first, uint32_t last, double quality)
{
	if (b->has_pending && first <= b->pending.last && last >= b->pending.first) {
		if (quality <= b->pending.quality)
			return;
	} else {
		settle(b);
	}
	b->pending = (struct window){first, last, quality};
	b->has_pending = true;
}

static void find_clusters(struct best *b, const struct places *p)
{
	for (size_t i = 0; i < p->n;) {
		size_t end = i;
		double quality = 0;
		for (; end < p->n && p->at[end] < p->at[i] + CLUSTER_WORDS; end++) {
			if (end > i && p->flags[end] & PLACE_APART)
				break;
			quality += p->flags[end] & PLACE_INFLECTED ? INFLECTED : 1;
		}
		offer(b, p->at[i], p->at[end - 1] + p->length - 1, quality);
		i = end;
	}
	settle(b);
}

/* One word on either side of the place that is looked at. */
struct neighbour {
	const struct places *places;
	size_t next;            /* the first at or after it */
	uint32_t before, after; /* NOWHERE where there is none */
	bool before_is_inflected, after_is_inflected;
};
static const uint32_t NOWHERE = UINT32_MAX;

static uint32_t end_of(const struct places *p, uint32_t at)
{
	return at + p->length - 1;
}

/* Moves on to the place; false when the word is nowhere near it on both sides. */
static void move_to(struct neighbour *n, uint32_t at)
{
	const struct places *p = n->places;
	while (n->next < p->n && p->at[n->next] < at)
		n->next++;
	bool has_before = n->next > 0, has_after = n->next < p->n;
	n->before = has_before ? p->at[n->next - 1] : NOWHERE;
	n->after = has_after ? p->at[n->next] : NOWHERE;
	n->before_is_inflected = has_before && p->flags[n->next - 1] & PLACE_INFLECTED;
	n->after_is_inflected = has_after && p->flags[n->next] & PLACE_INFLECTED;
}

/* The last word of the window that begins at `first` and has all neighbours, NOWHERE when there is none. *likeness: 1
 * when they stand as they were typed. */
static uint32_t window_end(const struct neighbour *all, size_t n, uint32_t first, uint32_t last, double *likeness)
{
	uint32_t previous = 0;
	bool in_order = true;
	*likeness = 1;
	for (size_t i = 0; i < n; i++) {
		const struct neighbour *u = &all[i];
		bool is_before = u->before != NOWHERE && u->before >= first;
		/* Where both sides are in the window the one that keeps the order counts. */
		bool takes_before =
			is_before && (u->before >= previous || u->after == NOWHERE || end_of(u->places, u->after) > last);
		uint32_t at = takes_before ? u->before : u->after;
		if (at == NOWHERE)
			return NOWHERE;
		if (takes_before ? u->before_is_inflected : u->after_is_inflected)
			*likeness -= (1 - INFLECTED) / (double)n;
		uint32_t end = end_of(u->places, at);
		last = end > last ? end : last;
		if (at < previous)
			in_order = false;
		previous = at;
	}
	*likeness *= in_order ? 1 : OUT_OF_ORDER;
	return last;
}

/* The tightest window around one place of the rarest word: it begins there or at a neighbour before it. */
static void offer_windows(struct best *b, const struct neighbour *all, size_t n, uint32_t at, uint32_t n_words)
{
	uint32_t best_first = 0, best_last = 0;
	double best_quality = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t first = all[i].before == NOWHERE ? at : all[i].before;
		/* Words before that make the window worse than what was found can't help. */
		if (best_quality > 0 && at > first && (double)n_words / (at - first + 1) <= best_quality)
			continue;
		double likeness;
		uint32_t last = window_end(all, n, first, at, &likeness);
		if (last == NOWHERE)
			continue;
		uint32_t span = last - first + 1;
		double quality = (span <= n_words ? 1 : (double)n_words / span) * likeness;
		if (quality > best_quality) {
			best_quality = quality;
			best_first = first;
			best_last = last;
		}
	}
	if (best_quality > 0)
		offer(b, best_first, best_last, best_quality);
}

/* Every window with all words has a place of the rarest; only around those it is looked. */
static void find_windows(struct best *b, const struct places *const *units, size_t n)
{
	struct neighbour all[UNITS_MAX];
	const struct places *rarest = units[0];
	uint32_t n_words = 0;
	for (size_t i = 0; i < n; i++) {
		all[i] = (struct neighbour){.places = units[i]};
		n_words += units[i]->length;
		if (units[i]->n < rarest->n)
			rarest = units[i];
	}
	for (size_t k = 0; k < rarest->n; k++) {
		for (size_t i = 0; i < n; i++) {
			move_to(&all[i], rarest->at[k]);
			if (units[i] == rarest) {
				all[i].before = all[i].after = rarest->at[k];
				all[i].before_is_inflected = all[i].after_is_inflected;
			}
		}
		offer_windows(b, all, n, rarest->at[k], n_words);
	}
	settle(b);
}

static void add_marks(struct moment *m, const struct places *p)
{
	uint32_t from = m->first > MOMENT_CONTEXT ? m->first - MOMENT_CONTEXT : 0, to = m->last + MOMENT_CONTEXT;
	size_t low = 0, high = p->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->at[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < p->n && p->at[low] <= to && m->n_marks < MOMENT_MARKS_MAX; low++) {
		m->marks[m->n_marks].at = p->at[low];
		m->marks[m->n_marks++].n = p->length;
	}
}

size_t moments_find(const struct places *units, size_t n_units, struct moment *out, size_t most, double *closeness)
{
	const struct places *spoken[UNITS_MAX];
	size_t n = 0;
	*closeness = 0;
	for (size_t i = 0; i < n_units && n < UNITS_MAX; i++)
		if (units[i].n)
			spoken[n++] = &units[i];
	struct window windows[MOMENTS_MAX];
	struct best b = {.out = windows, .most = most < MOMENTS_MAX ? most : MOMENTS_MAX};
	if (n == 0 || most == 0)
		return 0;
	if (n == 1) {
		find_clusters(&b, spoken[0]);
	} else {
		find_windows(&b, spoken, n);
		/* A word of the query that isn't spoken here at all makes the rest count less. */
		*closeness = windows[0].quality * (double)n / (double)n_units;
		while (b.n > 1 && windows[b.n - 1].last - windows[b.n - 1].first >= FAR_APART)
			b.n--;
	}
	for (size_t i = 0; i < b.n; i++) {
		out[i].first = windows[i].first;
		out[i].last = windows[i].last;
		out[i].n_marks = 0;
	}
	return b.n;
}

void moments_mark(const struct places *units, size_t n_units, struct moment *moments, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_units; k++)
			add_marks(&moments[i], &units[k]);
}

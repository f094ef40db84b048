/* SPDX-License-Identifier: MIT */
#include "transcripts/moments.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

enum {
	UNITS_MAX = 32,
	CLUSTER_WORDS = 24,  /* a snippet's length or so: what one look takes in */
	FAR_APART = 60,      /* windows wider than this are no moment, but the tightest is always kept */
};

void places_add(struct places *p, uint32_t at)
{
	if (p->n == p->room) {
		p->room = p->room ? p->room * 2 : 64;
		p->at = mem_grow(p->at, p->room, sizeof *p->at);
	}
	p->at[p->n++] = at;
}

void places_finish(struct places *p)
{
	free(p->at);
	*p = (struct places){0};
}

/* The best so far, and the candidate that later overlapping ones may still replace. */
struct best {
	struct moment *out;
	size_t n, most;
	struct moment pending;
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

/* Candidates come by their first word. */
static void offer(struct best *b, uint32_t first, uint32_t last, double quality)
{
	if (b->has_pending && first <= b->pending.last) {
		if (quality <= b->pending.quality)
			return;
	} else {
		settle(b);
	}
	b->pending = (struct moment){.first = first, .last = last, .quality = quality};
	b->has_pending = true;
}

static void find_clusters(struct best *b, const struct places *p)
{
	for (size_t i = 0; i < p->n;) {
		size_t end = i + 1;
		while (end < p->n && p->at[end] < p->at[i] + CLUSTER_WORDS)
			end++;
		offer(b, p->at[i], p->at[end - 1] + p->length - 1, (double)(end - i));
		i = end;
	}
	settle(b);
}

static bool in_order(const struct places *const *units, const size_t *next, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (units[i]->at[next[i]] < units[i - 1]->at[next[i - 1]])
			return false;
	return true;
}

/* All minimal windows, by moving on whichever word stands first. */
static void find_windows(struct best *b, const struct places *const *units, size_t n)
{
	size_t next[UNITS_MAX] = {0};
	uint32_t n_words = 0;
	for (size_t i = 0; i < n; i++)
		n_words += units[i]->length;
	for (;;) {
		size_t lowest = 0;
		uint32_t last = 0;
		for (size_t i = 0; i < n; i++) {
			uint32_t at = units[i]->at[next[i]], end = at + units[i]->length - 1;
			if (at < units[lowest]->at[next[lowest]])
				lowest = i;
			last = end > last ? end : last;
		}
		uint32_t first = units[lowest]->at[next[lowest]], span = last - first + 1;
		double quality = span <= n_words ? 1 : (double)n_words / span;
		if (quality > 0.8 * (b->has_pending ? b->pending.quality : 0) && !in_order(units, next, n))
			quality *= 0.8;
		offer(b, first, last, quality);
		if (++next[lowest] == units[lowest]->n)
			break;
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
	struct best b = {.out = out, .most = most};
	if (n == 0 || most == 0)
		return 0;
	if (n == 1) {
		find_clusters(&b, spoken[0]);
	} else {
		find_windows(&b, spoken, n);
		/* A word of the query that isn't spoken here at all makes the rest count less. */
		*closeness = out[0].quality * (double)n / (double)n_units;
		while (b.n > 1 && out[b.n - 1].last - out[b.n - 1].first >= FAR_APART)
			b.n--;
	}
	for (size_t i = 0; i < b.n; i++)
		for (size_t k = 0; k < n; k++)
			add_marks(&out[i], spoken[k]);
	return b.n;
}

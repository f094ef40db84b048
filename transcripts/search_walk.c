/* SPDX-License-Identifier: MIT */
#include "transcripts/search_walk.h"

bool walk_is_known(const struct row *row, size_t phrase)
{
	enum { LOOKED_AT = 32 };
	const struct row ours = {row->api, row->fts, true}, theirs = {row->api, row->fts, false};
	struct walk a, b;
	walk_start(&ours, &a, phrase);
	walk_start(&theirs, &b, phrase);
	for (int i = 0; i < LOOKED_AT && a.column >= 0 && b.column >= 0; i++) {
		if (a.column != b.column || a.offset != b.offset)
			return false;
		walk_next(&ours, &a);
		walk_next(&theirs, &b);
	}
	return (a.column < 0) == (b.column < 0);
}

static int64_t place(const struct walk *w)
{
	return (int64_t)w->column << 32 | w->offset;
}

/* Moves all words on until they stand side by side; false at the end. */
static bool align(const struct row *row, struct unit_walk *u)
{
	if (u->words[0].column < 0)
		return false;
	for (size_t i = 1; i < u->n;) {
		struct walk *w = &u->words[i];
		int64_t wanted = place(&u->words[0]) + (int64_t)i;
		while (w->column >= 0 && place(w) < wanted)
			walk_next(row, w);
		if (w->column < 0)
			return false;
		if (place(w) == wanted) {
			i++;
			continue;
		}
		/* The first word must catch up, and all are looked at again. */
		wanted = place(w) - (int64_t)i;
		while (u->words[0].column >= 0 && place(&u->words[0]) < wanted)
			walk_next(row, &u->words[0]);
		if (u->words[0].column < 0)
			return false;
		i = 1;
	}
	return true;
}

/* The form that stands first; false at the end of all. */
static bool choose(struct unit_walk *u)
{
	bool found = false;
	for (size_t i = 0; i < u->n; i++) {
		if (u->words[i].column < 0 || (found && place(&u->words[i]) >= place(&u->words[u->current])))
			continue;
		u->current = i;
		found = true;
	}
	return found;
}

static bool arrive(const struct row *row, struct unit_walk *u)
{
	if (u->is_phrase ? !align(row, u) : u->n == 1 ? u->words[0].column < 0 : !choose(u))
		return false;
	u->column = u->words[u->current].column;
	u->offset = u->words[u->current].offset;
	return true;
}

size_t unit_forms(const struct query *q, size_t unit)
{
	return q->units[unit].n == 1 ? 1 + q->words[q->run[q->units[unit].first]].n_forms : 1;
}

bool unit_start(const struct row *row, const struct query *q, size_t unit, struct unit_walk *u)
{
	const struct query_unit *wanted = &q->units[unit];
	u->is_phrase = wanted->n > 1;
	u->n = u->is_phrase ? wanted->n : unit_forms(q, unit);
	u->current = 0;
	for (size_t i = 0; i < u->n; i++)
		walk_start(row, &u->words[i], u->is_phrase ? q->words[q->run[wanted->first + i]].phrase
			: q->words[q->run[wanted->first]].phrase + i);
	return arrive(row, u);
}

bool unit_next(const struct row *row, struct unit_walk *u)
{
	walk_next(row, &u->words[u->current]);
	return arrive(row, u);
}

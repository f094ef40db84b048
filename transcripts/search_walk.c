/* SPDX-License-Identifier: MIT */
#include "transcripts/search_walk.h"

static void walk_start(const struct row *row, struct walk *w, size_t phrase)
{
	if (row->api->xPhraseFirst(row->fts, (int)phrase, &w->it, &w->column, &w->offset) != SQLITE_OK)
		w->column = -1;
}

static void walk_next(const struct row *row, struct walk *w)
{
	row->api->xPhraseNext(row->fts, &w->it, &w->column, &w->offset);
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
	u->_start = u->words[0].it.a;
	return arrive(row, u);
}

bool form_start(const struct row *row, const struct query *q, size_t unit, size_t form, struct unit_walk *u)
{
	if (q->units[unit].n > 1)
		return unit_start(row, q, unit, u);
	u->is_phrase = false;
	u->n = 1;
	u->current = 0;
	walk_start(row, &u->words[0], q->words[q->run[q->units[unit].first]].phrase + form);
	u->_start = u->words[0].it.a;
	return arrive(row, u);
}

bool unit_next(const struct row *row, struct unit_walk *u)
{
	walk_next(row, &u->words[u->current]);
	return arrive(row, u);
}

double unit_ahead(const struct unit_walk *u)
{
	const Fts5PhraseIter *it = &u->words[0].it;
	return it->a > u->_start ? (double)(it->b - it->a) / (double)(it->a - u->_start) : 0;
}

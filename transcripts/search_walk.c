/* SPDX-License-Identifier: MIT */
#include "transcripts/search_walk.h"

/* True when the first places of the list, read here, are what FTS5 says they are. */
static bool is_known(const struct row *row, const Fts5ExtensionApi *api, Fts5Context *fts)
{
	enum { LOOKED_AT = 8 };
	Fts5PhraseIter it;
	struct walk w;
	int column, offset;
	walk_start(row, &w, 0);
	api->xPhraseFirst(fts, 0, &it, &column, &offset);
	for (int i = 0; i < LOOKED_AT && w.column >= 0 && column >= 0; i++) {
		if (w.column != column || w.offset != offset)
			return false;
		walk_next(&w);
		api->xPhraseNext(fts, &it, &column, &offset);
	}
	return (w.column < 0) == (column < 0);
}

bool row_read(struct row *row, const Fts5ExtensionApi *api, Fts5Context *fts, size_t n_phrases)
{
	for (size_t i = 0; i < n_phrases; i++) {
		struct list *list = &row->lists[i];
		Fts5PhraseIter it = {NULL, NULL};
		if (api->xPhraseFirst(fts, (int)i, &it, &list->column, &list->offset) != SQLITE_OK)
			list->column = -1;
		list->a = it.a;
		list->b = it.b;
	}
	return is_known(row, api, fts);
}

void row_keep(const struct row *row, size_t n_phrases, struct buf *kept)
{
	for (size_t i = 0; i < n_phrases; i++) {
		const struct list *list = &row->lists[i];
		const int head[] = {list->column, list->offset, (int)(list->b - list->a)};
		buf_add(kept, head, sizeof head);
		buf_add(kept, list->a, (size_t)head[2]);
	}
}

void row_take(struct row *row, size_t n_phrases, const struct buf *kept, size_t at)
{
	for (size_t i = 0; i < n_phrases; i++) {
		int head[3];
		memcpy(head, kept->p + at, sizeof head);
		at += sizeof head;
		const unsigned char *places = (const unsigned char *)kept->p + at;
		row->lists[i] = (struct list){places, places + head[2], head[0], head[1]};
		at += (size_t)head[2];
	}
}

static int64_t place(const struct walk *w)
{
	return (int64_t)w->column << 32 | w->offset;
}

/* Moves all words on until they stand side by side; false at the end. */
static bool align(struct unit_walk *u)
{
	if (u->words[0].column < 0)
		return false;
	for (size_t i = 1; i < u->n;) {
		struct walk *w = &u->words[i];
		int64_t wanted = place(&u->words[0]) + (int64_t)i;
		while (w->column >= 0 && place(w) < wanted)
			walk_next(w);
		if (w->column < 0)
			return false;
		if (place(w) == wanted) {
			i++;
			continue;
		}
		/* The first word must catch up, and all are looked at again. */
		wanted = place(w) - (int64_t)i;
		while (u->words[0].column >= 0 && place(&u->words[0]) < wanted)
			walk_next(&u->words[0]);
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

static bool arrive(struct unit_walk *u)
{
	if (u->is_phrase ? !align(u) : u->n == 1 ? u->words[0].column < 0 : !choose(u))
		return false;
	u->column = u->words[u->current].column;
	u->offset = u->words[u->current].offset;
	return true;
}

size_t unit_forms(const struct query *q, size_t unit)
{
	return q->units[unit].n == 1 ? 1 + q->words[q->run[q->units[unit].first]].n_forms : 1;
}

bool unit_has_form(const struct query *q, size_t unit, size_t form, uint32_t language)
{
	return form == 0 || language == 0 || q->words[q->run[q->units[unit].first]].form_languages[form - 1] & language;
}

bool unit_start(const struct row *row, const struct query *q, size_t unit, uint32_t language, struct unit_walk *u)
{
	const struct query_unit *wanted = &q->units[unit];
	u->is_phrase = wanted->n > 1;
	u->n = u->is_phrase ? wanted->n : unit_forms(q, unit);
	u->current = 0;
	for (size_t i = 0; i < u->n; i++) {
		size_t word = q->run[wanted->first + (u->is_phrase ? i : 0)];
		walk_start(row, &u->words[i], q->words[word].phrase + (u->is_phrase ? 0 : i));
		if (!u->is_phrase && !unit_has_form(q, unit, i, language))
			u->words[i].column = -1;
	}
	return arrive(u);
}

bool unit_next(struct unit_walk *u)
{
	walk_next(&u->words[u->current]);
	return arrive(u);
}

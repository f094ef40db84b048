/* search_walk.h - FTS5's lists of places in the row where it stands, walked in order: of a word, of words side by side (a
 * phrase), of a word in any of its forms. For search_scan.c alone; inside one call of the auxiliary function.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SEARCH_WALK_H
#define TRANSCRIPTS_SEARCH_WALK_H

#include <sqlite3.h>

#include "transcripts/query.h"

struct row {
	const Fts5ExtensionApi *api;
	Fts5Context *fts;
	bool decodes; /* lists are read here, not by calls to FTS5; see walk_is_known */
};

/* A walk over one of FTS5's phrases, which are single words here. column -1: at the end. */
struct walk {
	Fts5PhraseIter it;
	int column, offset;
};

/* A unit's walk; where it stands is column and offset, of its first word. */
struct unit_walk {
	struct walk words[QUERY_WORDS_MAX];
	size_t n;
	bool is_phrase;      /* words stand side by side; else they are forms, the first as it was typed */
	size_t current;      /* the form that stands here; 0 in a phrase */
	int column, offset;
};

/* False when the unit isn't in this row. */
bool unit_start(const struct row *row, const struct query *q, size_t unit, struct unit_walk *u);
bool unit_next(const struct row *row, struct unit_walk *u);
size_t unit_forms(const struct query *q, size_t unit);

/* The walk of most units, made quick: one form of a single word. */
static inline void walk_start(const struct row *row, struct walk *w, size_t phrase)
{
	if (row->api->xPhraseFirst(row->fts, (int)phrase, &w->it, &w->column, &w->offset) != SQLITE_OK)
		w->column = -1;
}
/* SQLite's varint: seven bits a byte, the most significant first. */
static inline uint32_t walk_number(struct walk *w)
{
	uint32_t v = 0;
	while (w->it.a < w->it.b) {
		unsigned char c = *w->it.a++;
		v = v << 7 | (c & 0x7F);
		if (c < 0x80)
			break;
	}
	return v;
}
/* A list of places is as on disk (SQLite's fts5_index.c): each place the distance from the one before and 2; 1 and a
 * number begin another column. */
static inline void walk_next(const struct row *row, struct walk *w)
{
	if (!row->decodes) {
		row->api->xPhraseNext(row->fts, &w->it, &w->column, &w->offset);
	} else if (w->it.a >= w->it.b) {
		w->column = w->offset = -1;
	} else {
		uint32_t v = walk_number(w);
		if (v == 1) {
			w->column = (int)walk_number(w);
			w->offset = 0;
			v = walk_number(w);
		}
		w->offset += (int)v - 2;
	}
}
/* True when the first places of a phrase's list, read here, are what FTS5 says they are. */
bool walk_is_known(const struct row *row, size_t phrase);
/* What part of a list is still ahead, in times of what lies behind, by its bytes; start: the iterator's a at first. */
static inline double walk_ahead(const struct walk *w, const unsigned char *start)
{
	return w->it.a > start ? (double)(w->it.b - w->it.a) / (double)(w->it.a - start) : 0;
}

#endif

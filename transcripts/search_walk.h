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
	const unsigned char *_start;
};

/* False when the unit isn't in this row. */
bool unit_start(const struct row *row, const struct query *q, size_t unit, struct unit_walk *u);
bool unit_next(const struct row *row, struct unit_walk *u);
/* One form of a unit that isn't a phrase, alone. False when it isn't in this row. */
bool form_start(const struct row *row, const struct query *q, size_t unit, size_t form, struct unit_walk *u);
size_t unit_forms(const struct query *q, size_t unit);
/* What part of the first word's list is still ahead, in times of what lies behind: by its bytes. */
double unit_ahead(const struct unit_walk *u);

#endif

/* search_walk.h - a row's lists of places as FTS5 has them, walked in order: of a word, of words side by side (a phrase),
 * of a word in any of its forms. The lists are read here, and can be kept for when FTS5 is elsewhere: they are as on disk
 * (SQLite's fts5_index.c), each place the distance from the one before and 2, and 1 and a number begin another column.
 * For search_scan.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SEARCH_WALK_H
#define TRANSCRIPTS_SEARCH_WALK_H

#include "base/db.h"

#include "transcripts/query.h"

enum { QUERY_PHRASES_MAX = QUERY_WORDS_MAX + QUERY_FORMS_IN_ALL };

/* Places of one of FTS5's phrases, which are single words here; column -1: there are none. */
struct list {
	const unsigned char *a, *b; /* behind the first place */
	int column, offset;         /* the first place */
};

struct row {
	struct list lists[QUERY_PHRASES_MAX];
};

/* Inside a call of the auxiliary function; borrowed until it returns. False when SQLite keeps its lists in another way. */
bool row_read(struct row *row, const Fts5ExtensionApi *api, Fts5Context *fts, size_t n_phrases);
/* Appends the lists to kept, and takes them from there again, borrowed. */
void row_keep(const struct row *row, size_t n_phrases, struct buf *kept);
void row_take(struct row *row, size_t n_phrases, const struct buf *kept, size_t at);

/* A walk over a list. column -1: at the end. */
struct walk {
	const unsigned char *a, *b;
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

/* False when the unit isn't in this row. language: the row's, as in struct catalogue_item. */
bool unit_start(const struct row *row, const struct query *q, size_t unit, uint32_t language, struct unit_walk *u);
bool unit_next(struct unit_walk *u);
/* All words of the query as one phrase, as they were typed. */
bool run_start(const struct row *row, const struct query *q, struct unit_walk *u);
size_t unit_forms(const struct query *q, size_t unit);
/* Whether a unit's form is one in this language; form 0 is what was typed. Of an unknown language all are. */
bool unit_has_form(const struct query *q, size_t unit, size_t form, uint32_t language);

/* The walk of most units, made quick: one form of a single word. */
static inline void walk_start(const struct row *row, struct walk *w, size_t phrase)
{
	const struct list *list = &row->lists[phrase];
	*w = (struct walk){list->a, list->b, list->column, list->offset};
}
/* SQLite's varint: seven bits a byte, the most significant first. */
static inline uint32_t walk_number(struct walk *w)
{
	uint32_t v = 0;
	while (w->a < w->b) {
		unsigned char c = *w->a++;
		v = v << 7 | (c & 0x7F);
		if (c < 0x80)
			break;
	}
	return v;
}
static inline void walk_next(struct walk *w)
{
	if (w->a >= w->b) {
		w->column = w->offset = -1;
		return;
	}
	uint32_t v = walk_number(w);
	if (v == 1) {
		w->column = (int)walk_number(w);
		w->offset = 0;
		v = walk_number(w);
	}
	w->offset += (int)v - 2;
}
/* What part of a list is still ahead, in times of what lies behind, by its bytes. */
static inline double walk_ahead(const struct walk *w, const struct list *list)
{
	return w->a > list->a ? (double)(w->b - w->a) / (double)(w->a - list->a) : 0;
}

#endif

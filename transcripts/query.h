/* query.h - what somebody typed into the search box, taken apart: words (all must occur), "a phrase", word*, -word,
 * speaker:name, show:name, before:2020, after:2017 (also 2017-03, 2017-03-31; a date stands for its whole year, month
 * or day: before is before it begins, after is after it ended). Nothing is an error: what can't be parsed is words.
 * FTS5 never sees what was typed, only words that the tokenizer made, each in quotes. One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_QUERY_H
#define TRANSCRIPTS_QUERY_H

#include "base/buf.h"
#include "transcripts/tokens.h"

enum { QUERY_WORDS_MAX = 32, QUERY_NAMES_MAX = 4 };

struct query_word {     /* each differs from all others */
	char *text;         /* folded, owned */
	bool prefix;
	size_t at, n_bytes; /* where it was typed first */
};

struct query_unit {     /* a word, or words that follow each other */
	size_t first, n;    /* into query.run */
};

struct query {
	struct query_word words[QUERY_WORDS_MAX];
	size_t n_words;
	size_t run[QUERY_WORDS_MAX]; /* the units' words one after the other: indices into words */
	size_t n_run;
	struct query_unit units[QUERY_WORDS_MAX];
	size_t n_units;
	struct buf without;     /* FTS5 expression of what mustn't occur; empty when nothing was said */
	char *speakers[QUERY_NAMES_MAX], *shows[QUERY_NAMES_MAX]; /* folded by query_fold_name */
	size_t n_speakers, n_shows;
	int64_t from_ms, before_ms; /* from_ms <= published < before_ms */
	size_t n_ignored;       /* words over QUERY_WORDS_MAX */
};

void query_parse(struct query *q, struct tokens *tokens, struct span text);
void query_finish(struct query *q);
/* Narrow further by a request's own fields; empty text does nothing. A year that isn't one matches nothing. */
void query_add_speaker(struct query *q, struct tokens *tokens, struct span name);
void query_add_show(struct query *q, struct tokens *tokens, struct span name);
void query_add_year(struct query *q, struct span year);
/* True when neither words nor a filter were given: nothing is to be found. */
bool query_is_empty(const struct query *q);
/* The FTS5 expression for items that have all words; FTS5's phrase i is words[i]. Empty without words. */
void query_expression(const struct query *q, struct buf *out);
/* Words of a name in folded form with one blank between: "Michael KENNEDY" -> "michael kennedy". */
void query_fold_name(struct tokens *tokens, struct span name, struct buf *out);

#endif

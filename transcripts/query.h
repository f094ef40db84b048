/* query.h - what somebody typed into the search box, taken apart: words (all must occur), "a phrase", word*, -word,
 * speaker:name, show:name, conference:name, kind:talk, item:slug, before:2020, after:2017 (also 2017-03, 2017-03-31; a
 * date stands for its whole year, month or day: before is before it begins, after is after it ended), year:2018,
 * with:sponsors. Nothing is an error: what can't be parsed is words. FTS5 never sees what was typed, only words that
 * the tokenizer made, each in quotes. One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_QUERY_H
#define TRANSCRIPTS_QUERY_H

#include "base/buf.h"
#include "transcripts/tokens.h"

enum { QUERY_WORDS_MAX = 32, QUERY_NAMES_MAX = 4, QUERY_FORMS_MAX = 16, QUERY_FORMS_IN_ALL = 64,
	QUERY_BYTES_MAX = 4096 };

struct query_word {     /* each differs from all others */
	char *text;         /* folded, owned */
	bool prefix;
	bool inflects;      /* it stands alone, unquoted, all letters: its other forms are looked for too (stems.h) */
	char *forms[QUERY_FORMS_MAX]; /* others that count as it in recordings of some languages; owned */
	uint32_t form_languages[QUERY_FORMS_MAX]; /* a bit for each of language_codes */
	size_t n_forms;
	size_t phrase;      /* FTS5's number of its first phrase; its forms follow; set by query_expression */
	size_t at, n_bytes; /* where it was typed first */
};

struct query_names {
	char *names[QUERY_NAMES_MAX]; /* folded by query_fold_name, owned */
	size_t n;
};

struct query_unit {     /* a word, or words that follow each other */
	size_t first, n;    /* into query.run */
};

struct query {
	struct query_word words[QUERY_WORDS_MAX];
	size_t n_words;
	size_t run[QUERY_WORDS_MAX]; /* the units' words one after the other: indices into words */
	size_t n_run;
	bool has_repeats;            /* a word stands in the run more than once */
	struct query_unit units[QUERY_WORDS_MAX];
	size_t n_units;
	struct buf without;     /* FTS5 expression of what mustn't occur; empty when nothing was said */
	struct query_names speakers, shows, conferences, kinds, items; /* all of each must fit */
	bool whole_names;       /* speakers are people's whole names */
	bool with_sponsors;     /* what is said for a sponsor counts too */
	int64_t from_ms, before_ms; /* from_ms <= published < before_ms */
	size_t n_phrases;       /* set by query_expression */
	size_t n_ignored;       /* words and names over the limits */
};

/* text: what is over QUERY_BYTES_MAX isn't looked at, but counted as one word ignored. */
void query_parse(struct query *q, struct tokens *tokens, struct span text);
void query_finish(struct query *q);
/* Narrow further by a request's own fields; empty text does nothing. A year that isn't one matches nothing. */
void query_add_name(struct query *q, struct query_names *names, struct tokens *tokens, struct span name);
void query_add_year(struct query *q, struct span year);
/* True when neither words nor a filter were given: nothing is to be found. */
bool query_is_empty(const struct query *q);
/* The FTS5 expression for items that have all words, each in one of its forms. Empty without words. */
void query_expression(struct query *q, struct buf *out);
/* Words of a name in folded form with one blank between: "Michael KENNEDY" -> "michael kennedy". */
void query_fold_name(struct tokens *tokens, struct span name, struct buf *out);

#endif

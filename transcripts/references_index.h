/* references_index.h - what reference_index_create makes for references_find: sorted rows of hashes. For references*.c
 * alone.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_REFERENCES_INDEX_H
#define TRANSCRIPTS_REFERENCES_INDEX_H

#include "transcripts/references.h"
#include "transcripts/references_words.h"

enum {
	TITLE_KEY_WORDS = 3, /* by which a title is looked up */
	NAME_KEY_WORDS = 2,
};

/* A run of words that means a target: a title, its main part, or a speaker's name. */
struct phrase {
	uint64_t key;    /* of its first words */
	const uint64_t *words;
	size_t n_words, n_telling;
	const struct reference_target *target; /* NULL: it could mean several */
};
struct phrases {
	struct phrase *list; /* by key, then the longest first */
	size_t n, _room;
	uint32_t *slots;     /* a hash table: number of the first with a key, plus 1 */
	size_t mask;
};

struct numbered {
	const char *show;
	int64_t number;
	const struct reference_target *target; /* NULL: two have it */
};

struct show_title {
	const char *show;
	const uint64_t *words;
	size_t n_words;
};

struct reference_index {
	struct tokens *tokens;
	struct words text;         /* all titles, names and show titles, one behind the other */
	struct phrases titles, names;
	struct numbered *numbers;  /* by show and number */
	size_t n_numbers;
	struct show_title *shows;
	size_t n_shows;
	uint64_t *telling;         /* the words that tell what a title is about, singular, sorted */
	size_t n_telling;
	uint64_t *conferences;     /* the first word of each name, sorted */
	size_t n_conferences;
};

uint64_t phrase_key(const uint64_t *words, size_t n);
/* The first of those with this key, or the list's end; the others follow it. */
size_t phrases_find(const struct phrases *p, uint64_t key);
/* True for a title's word that says what it is about: long and rare. */
bool reference_is_telling(const struct reference_index *x, uint64_t singular);
/* The conference's first word and its year, from its name: "pycon", 2017. False when it has no year. */
bool reference_edition(const char *conference, uint64_t *word, int *year);
int reference_number_order(const void *left, const void *right);
int reference_hash_order(const void *left, const void *right);

#endif

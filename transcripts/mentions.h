/* mentions.h - where people whom the archive knows are spoken of. Only whole names of two to five words count, written with
 * capitals as a name is (a transcript without any has no mentions), one after the other without a comma; not what is
 * part of a longer name ("Ada Bell Foundation"), not names that a team or a kind of session has ("Lightning Talks"), not a
 * name that two people have, and nobody who speaks there: who is introduced ("I'm Ada Bell", "Ada Bell, welcome") does.
 * Candidates as in references.h; pure; one thread (the tokens').
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MENTIONS_H
#define TRANSCRIPTS_MENTIONS_H

#include "transcripts/references_words.h"

struct mention_person {
	int64_t id;
	const char *name; /* a person may have several names: one row each */
};

struct mention_index;
struct mention_index *mention_index_create(struct tokens *tokens, const struct mention_person *people, size_t n);
bool mention_index_has_names(const struct mention_index *x); /* any that can be found */
void mention_index_destroy(struct mention_index *x); /* accepts NULL */

struct mention {
	int64_t person;
	size_t word, n_words; /* the first of the name's, and how many */
};
/* Each person once, where first spoken of, in that order. *list owned (free). */
void mentions_find(const struct mention_index *x, const struct spoken_words *spoken, struct mention **list, size_t *n);

#endif

/* references.h - where an episode or talk speaks of another: by its number in a show ("episode 25", "show number
 * twenty-five"), by its title, or of a talk by its speaker and what it is about ("Ada Bell's talk on ropes"). Candidates
 * with their evidence, never more: what is wrong the owner strikes (references_rules.h). Pure; one thread (the tokens').
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_REFERENCES_H
#define TRANSCRIPTS_REFERENCES_H

#include "transcripts/references_words.h"
#include "transcripts/tokens.h"

/* What can be spoken of. Texts are borrowed for the index's life. */
struct reference_target {
	int64_t id;
	const char *show;       /* "" for a talk */
	const char *conference; /* "" for an episode; its name, with the year where it has one: "pycon-us-2017" */
	const char *title;
	int64_t number;         /* in the show; 0: none */
	const char *const *speakers; /* of a talk: names as written */
	size_t n_speakers;
};
/* A show by the title by which other shows name it: "episode 25 of Small Bells". */
struct reference_show {
	const char *name, *title;
};

enum reference_kind { REFERENCE_NUMBER, REFERENCE_TITLE, REFERENCE_SPEAKER };

struct reference {
	int64_t target;
	enum reference_kind kind;
	size_t cue;        /* where the words begin */
	char *words;       /* as spoken, what else speaks for it behind: "episode 25", "Ada Bell … ropes, hemp"; owned */
};

/* How often words are said in the archive; is_frequent NULL: unknown. word: in lower case. */
struct reference_vocabulary {
	bool (*is_frequent)(void *data, struct span word);
	void *data;
};

struct reference_index;
/* A title of three words and more may be found, and so the part before its colon. How much it must tell: a word is telling
 * when it is long and rare, in titles and by `vocabulary`. Four telling words do by themselves; two for the same show's
 * episodes, and for a talk where "her talk", "the keynote" is said near or its conference's edition is named; none
 * in a title of five words where its speaker is. Of two targets with one title in one show or one conference, or of one
 * number in a show, neither is meant for sure, so neither is found by it. */
struct reference_index *reference_index_create(struct tokens *tokens, const struct reference_target *targets, size_t n,
	const struct reference_show *shows, size_t n_shows, const struct reference_vocabulary *vocabulary);
void reference_index_destroy(struct reference_index *x); /* accepts NULL */

/* In the order in which they are spoken, each target once: where it is first spoken of. from: the item itself, which isn't
 * found; show: its show. *list owned, freed by references_free. */
void references_find(const struct reference_index *x, int64_t from, const char *show, const struct spoken_words *spoken,
	struct reference **list, size_t *n);
void references_free(struct reference *list, size_t n);

#endif

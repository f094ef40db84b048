/* references.h - where an episode or talk speaks of another: by its number in a show ("episode 25", "show number
 * twenty-five"), by its title, or of a talk by its speaker and what it is about ("Ada Bell's talk on ropes"). Candidates
 * with their evidence, never more: what is wrong the owner strikes (references_rules.h). Pure; one thread (the tokens').
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_REFERENCES_H
#define TRANSCRIPTS_REFERENCES_H

#include "transcripts/tokens.h"
#include "transcripts/transcript.h"

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

struct reference_index;
/* A title says enough by itself with four words and more of them, not all frequent in titles, or with three of which none
 * is; the part before its colon may stand for it. Of two targets with one title in one show or one conference, or of one
 * number in a show, neither is meant for sure, so neither is found by it. */
struct reference_index *reference_index_create(struct tokens *tokens, const struct reference_target *targets, size_t n,
	const struct reference_show *shows, size_t n_shows);
void reference_index_destroy(struct reference_index *x); /* accepts NULL */

/* In the order in which they are spoken, each target once: where it is first spoken of. from: the item itself, which isn't
 * found; show: its show, for numbers. *list owned, freed by references_free. */
void references_find(const struct reference_index *x, int64_t from, const char *show, const struct transcript *t,
	struct reference **list, size_t *n);
void references_free(struct reference *list, size_t n);

#endif

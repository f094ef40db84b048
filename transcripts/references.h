/* references.h - where an episode speaks of another one, or of a talk: by its number in the same show ("episode 25",
 * "show number twenty-five"), or by its title. Candidates with their evidence, never more: what is wrong the owner strikes
 * in SITE/references.yaml. Pure; one thread (the tokens').
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_REFERENCES_H
#define TRANSCRIPTS_REFERENCES_H

#include "transcripts/tokens.h"
#include "transcripts/transcript.h"

/* What can be spoken of. */
struct reference_target {
	int64_t id;
	const char *show;  /* "" for a talk */
	const char *title;
	int64_t number;    /* 0: none */
};

enum reference_kind { REFERENCE_NUMBER, REFERENCE_TITLE };

struct reference {
	int64_t target;
	enum reference_kind kind;
	size_t cue;        /* where the words begin */
	char *words;       /* as spoken: "episode 25"; owned */
};

struct reference_index;
/* Texts are borrowed for the index's life. A title says enough with three words or more, not all of them short; of two
 * targets with one title in one show or of one number in it neither is meant for sure, so neither is found by it. */
struct reference_index *reference_index_create(struct tokens *tokens, const struct reference_target *targets, size_t n);
void reference_index_destroy(struct reference_index *x); /* accepts NULL */

/* In the order in which they are spoken, each target once: where it is first spoken of. from: the item itself, which isn't
 * found; show: its show, for numbers. *list owned, freed by references_free. */
void references_find(const struct reference_index *x, int64_t from, const char *show, const struct transcript *t,
	struct reference **list, size_t *n);
void references_free(struct reference *list, size_t n);

#endif

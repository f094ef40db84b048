/* moments.h - from the places where a query's words stand in one item's speech to the moments worth showing, best
 * first. Words that stand alone: where they come thickest. Several words: the tightest windows that have them all, in
 * the order in which they were typed if there is a choice; cue borders don't count. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MOMENTS_H
#define TRANSCRIPTS_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOMENT_MARKS_MAX = 24, MOMENT_CONTEXT = 20, MOMENTS_MAX = 200 };

/* Where one word or phrase begins: numbers of words in the speech, ascending. */
enum {
	PLACE_INFLECTED = 1, /* not as it was typed: such moments come after those that are */
	PLACE_APART = 2,     /* another turn than the place before: no cluster has both */
};
struct places {
	uint32_t *at;
	unsigned char *flags; /* of each: PLACE_... */
	size_t n, room;
	uint32_t length; /* words in the phrase */
};
void places_add(struct places *p, uint32_t at, unsigned char flags);
void places_finish(struct places *p);

struct moment {
	uint32_t first, last; /* words of the speech, inclusive */
	size_t n_marks;
	struct { uint32_t at, n; } marks[MOMENT_MARKS_MAX]; /* all that matched in it and MOMENT_CONTEXT words around */
};

/* Fills first and last of at most `most` moments (MOMENTS_MAX at most) that don't overlap; returns how many. closeness:
 * of the best window with all of several words, 1 = side by side in order, towards 0 = far apart; 0 where only one of
 * them has places. */
size_t moments_find(const struct places *units, size_t n_units, struct moment *out, size_t most, double *closeness);
/* Fills the marks of what moments_find gave. */
void moments_mark(const struct places *units, size_t n_units, struct moment *moments, size_t n);

#endif

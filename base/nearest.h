/* nearest.h - what somebody may have meant: edit distance between short words. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/span.h"

/* Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment), counted in bytes; words over 63
 * bytes are unlike everything: 64. */
unsigned edit_distance(struct span a, struct span b);
/* The known word (list ends with NULL) that is nearest, or NULL when none is near enough to suggest: at most a third of
 * the word, at least 2. */
const char *nearest_word(struct span word, const char *const *known);

#endif

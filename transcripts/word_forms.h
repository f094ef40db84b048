/* word_forms.h - which words of a vocabulary are forms of each other by Snowball: those of one stem, and the stem where it
 * is a word itself; as stems.h has it for a query, but for all words at once, and not told apart by language. Pure; one
 * thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_WORD_FORMS_H
#define TRANSCRIPTS_WORD_FORMS_H

#include "transcripts/vocabulary.h"

struct word_forms;
/* sorted: vocabulary_sorted's; a word's rank is its place there. languages: a bit for each of language_codes. */
struct word_forms *word_forms_create(const struct vocabulary *v, const uint32_t *sorted, uint32_t languages);
/* The ranks of a word's other forms, ascending; borrowed until the next call. */
size_t word_forms_of(struct word_forms *f, uint32_t rank, const uint32_t **ranks);
void word_forms_destroy(struct word_forms *f); /* accepts NULL */

#endif

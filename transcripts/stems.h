/* stems.h - words in their other forms: which words of the archive's vocabulary have the same stem as one that is
 * looked for, by Snowball, in each language that the archive's recordings are in. The index itself holds every word as
 * it was said: a query is widened instead, so that phrases and names of code stay exact and the index small.
 * One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_STEMS_H
#define TRANSCRIPTS_STEMS_H

#include "transcripts/archive_store.h"
#include "transcripts/query.h"

struct sb_stemmer;

/* Adds to the table stems what words has now; archive_settle does it. Words that are gone stay: nobody finds them. */
enum err stems_count(struct archive *a, struct why *why) NODISCARD;
/* Gives each word of the query that inflects its forms, the most often said first, each with the languages in which it is
 * one: in a German recording English's rules join nothing. At most QUERY_FORMS_MAX a word and
 * QUERY_FORMS_IN_ALL a query: *n_left_out counts what was over them. Call it after catalogue_get. */
enum err stems_expand(struct archive *a, struct query *q, size_t *n_left_out, struct why *why) NODISCARD;

/* A stemmer for one of language_codes: owned, stems_close; Snowball's, which none but stems.c knows. */
struct sb_stemmer *stems_open(const char *language);
void stems_close(struct sb_stemmer *stemmer);
/* The stem of a folded word, borrowed from the stemmer until its next; false when such a word has no forms. */
bool stems_stem(struct sb_stemmer *stemmer, struct span word, struct span *its);
/* The same once, appended. */
bool stems_of(const char *language, struct span word, struct buf *out);

#endif

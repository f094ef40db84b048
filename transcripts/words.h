/* words.h - how often a word is said in the archive: by its vocabulary, which archive_settle counts, or, where that waits
 * for the index (archive_awaits_index), by reading all texts; the numbers are the same. One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_WORDS_H
#define TRANSCRIPTS_WORDS_H

#include "transcripts/archive_store.h"

struct word_counts;

/* As the archive is now; close it before the archive. */
enum err word_counts_open(struct archive *a, struct word_counts **counts, struct why *why) NODISCARD;
int64_t word_counts_times(struct word_counts *c, struct span word); /* folded, as tokens.h gives it; 0: nowhere */
int64_t word_counts_all(const struct word_counts *c); /* words that are said, each as often as it is */
void word_counts_close(struct word_counts *c); /* accepts NULL */

#endif

/* words.h - the archive's vocabulary counted from its texts, where there is no index that knows it: the same numbers as
 * FTS5's fts5vocab has of `spoken`. One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_WORDS_H
#define TRANSCRIPTS_WORDS_H

#include "transcripts/archive_store.h"

/* Makes the temporary table counted_words(term, doc, cnt): each word, the items that have it, the times it occurs. */
enum err words_count(struct archive *a, struct why *why) NODISCARD;

#endif

/* suggest.h - did you mean: the words of a query that the archive has never or hardly heard, replaced by the nearest
 * that it has. One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SUGGEST_H
#define TRANSCRIPTS_SUGGEST_H

#include "transcripts/archive_store.h"
#include "transcripts/query.h"

/* The query as it was typed with its unknown words replaced; owned by the caller, NULL when there is nothing better.
 * A word is replaced by one at most two edits away, that was said much more often. Call it
 * after catalogue_get. */
char *suggest(struct archive *a, const struct query *q, struct span typed);

#endif

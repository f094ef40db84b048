/* heard.h - what an import finds out about an item by reading it: its language, and its sponsor reads. Kept in the table
 * heard, an item a row: language is one of language_codes or '', sponsors packed pairs of words' numbers in the speech,
 * from the first up to, not including, the second. One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_HEARD_H
#define TRANSCRIPTS_HEARD_H

#include "transcripts/archive_store.h"

struct heard_item {
	const struct transcript *transcript; /* may be NULL */
	struct span packed_cues;             /* of it */
	struct span language;                /* as the file says it; empty: it is guessed from the text */
	struct span speech;
	const char *notes_language;          /* guessed from the notes, for an item without speech; or NULL */
};
/* Inside the transaction that writes the item; replaces what was heard before. */
enum err heard_put(struct archive *a, int64_t item, const struct heard_item *heard, struct why *why) NODISCARD;

#endif

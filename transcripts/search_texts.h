/* search_texts.h - a query's words in an item's short texts: chapters' titles, notes. One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SEARCH_TEXTS_H
#define TRANSCRIPTS_SEARCH_TEXTS_H

#include "transcripts/query.h"

/* A text's words, and which of them are a query's. language: the item's bit (catalogue.h), 0 = unknown. */
struct text_words {
	struct text_word { size_t start, end; bool is_marked; } *all;
	size_t n;
	uint32_t units; /* of the query that are in it: a bit each */
};
void text_words_find(struct text_words *w, struct tokens *tokens, const struct query *q, uint32_t language,
	struct span text);
void text_words_finish(struct text_words *w);
/* At most so many words of the text as escaped HTML, whole words, <mark> around each run that matched, "…" where it was cut:
 * from its first word, or from a little before the first match where that would be left out. */
void text_words_write(const struct text_words *w, struct span text, size_t most, struct buf *html);

#endif

/* references_words.h - texts as rows of word hashes, for finding where one text speaks of another: lower case, without
 * diacritics, small numbers in letters the same as in digits ("three" is "3"). Coarser and several times quicker than the
 * search's words (tokens.h), since the whole archive is read whenever a title is new. Pure; one thread (the tokens').
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_REFERENCES_WORDS_H
#define TRANSCRIPTS_REFERENCES_WORDS_H

#include "base/span.h"
#include "transcripts/tokens.h"

struct words {
	uint64_t *hashes;   /* one a word */
	struct span *texts; /* as written; borrowed from the text */
	size_t n;
	size_t _room;
};

/* Appends the text's words. */
void words_add(struct words *w, struct tokens *tokens, struct span text);
void words_clear(struct words *w); /* keeps the memory */
void words_finish(struct words *w);
/* What is said in an item: the words of its cues, one behind the other, and the cue of each. */
struct spoken_words {
	struct words words;
	uint32_t *cues;
};
/* cues: their texts, which stay borrowed; an empty one where nothing is to be looked for. */
void spoken_words_read(struct spoken_words *s, struct tokens *tokens, const struct span *cues, size_t n_cues);
void spoken_words_finish(struct spoken_words *s);
/* Of a word in lower case, as words_add gives it. */
uint64_t word_hash(struct span word);
enum { WORD_MAX = 64 };
/* The first WORD_MAX bytes in lower case, ASCII letters only; and "rope" of "ropes", "story" of "stories". */
struct span word_lowered(struct span word, char room[WORD_MAX]);
struct span word_singular(struct span word, char room[WORD_MAX]);
uint64_t word_hash_singular(struct span word);
/* A number in digits up to 9999; -1 for anything else. */
int word_digits(struct span word);

#endif

/* vocabulary.h - words, each once, by number from 0 in the order in which they first came. For whoever reads all words of an
 * archive: finding one again costs one look into a table. Words of any bytes but NUL. Pure; one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_VOCABULARY_H
#define TRANSCRIPTS_VOCABULARY_H

#include "base/buf.h"

/* `struct vocabulary v = {0};` is a valid empty one. */
struct vocabulary {
	size_t n;
	struct buf _letters;            /* all words, one behind the other */
	size_t *_ends;                  /* of each in _letters */
	struct vocabulary_slot *_slots; /* by hash; a power of two */
	size_t _n_slots;
};

/* The word's number, which is v->n - 1 when it is new. At most 4 billion words. */
size_t vocabulary_add(struct vocabulary *v, struct span word);
#define VOCABULARY_NONE SIZE_MAX
size_t vocabulary_find(const struct vocabulary *v, struct span word); /* VOCABULARY_NONE when it isn't there */
struct span vocabulary_word(const struct vocabulary *v, size_t number); /* borrowed until a word is added */
/* All numbers, sorted bytewise by their words. Owned. */
uint32_t *vocabulary_sorted(const struct vocabulary *v) NODISCARD;
void vocabulary_finish(struct vocabulary *v);

#endif

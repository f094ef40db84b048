/* SPDX-License-Identifier: MIT */
#include "transcripts/vocabulary.h"

#include <stdlib.h>

#include "base/mem.h"

enum { FIRST_SLOTS = 1 << 12 };

/* A word of up to KEY_BYTES is its key; of longer ones the key is a hash, and the letters are compared. */
enum { KEY_BYTES = 8 };

struct vocabulary_slot {
	uint64_t key;
	uint32_t n;      /* bytes */
	uint32_t number; /* and 1; 0: free */
};

static uint64_t load(const char *p)
{
	uint64_t bytes;
	memcpy(&bytes, p, sizeof bytes);
	return bytes;
}

static uint64_t load_half(const char *p)
{
	uint32_t bytes;
	memcpy(&bytes, p, sizeof bytes);
	return bytes;
}

static uint64_t mix(uint64_t bits)
{
	bits *= 0x9e3779b97f4a7c15u;
	return bits ^ bits >> 32;
}

/* Two loads that overlap cost a fraction of a copy of n bytes. */
static inline uint64_t key_of(struct span word)
{
	if (!word.n)
		return 0;
	if (word.n < 4)
		return (uint64_t)(unsigned char)word.p[0] | (uint64_t)(unsigned char)word.p[word.n / 2] << 8 |
			(uint64_t)(unsigned char)word.p[word.n - 1] << 16;
	if (word.n <= KEY_BYTES)
		return load_half(word.p) | load_half(word.p + word.n - 4) << 32;
	uint64_t hash = 0;
	for (size_t at = 0; at + KEY_BYTES < word.n; at += KEY_BYTES)
		hash = mix(hash ^ load(word.p + at));
	return mix(hash ^ load(word.p + word.n - KEY_BYTES));
}

static size_t first_slot(const struct vocabulary *v, uint64_t key, uint32_t n)
{
	return (size_t)mix(key + n) & (v->_n_slots - 1);
}

static void grow(struct vocabulary *v)
{
	struct vocabulary_slot *old = v->_slots;
	size_t n_old = v->_n_slots;
	v->_n_slots = n_old ? n_old * 2 : FIRST_SLOTS;
	v->_slots = mem_new(v->_n_slots, sizeof *v->_slots);
	v->_ends = mem_grow(v->_ends, v->_n_slots, sizeof *v->_ends);
	for (size_t i = 0; i < n_old; i++) {
		if (!old[i].number)
			continue;
		size_t slot = first_slot(v, old[i].key, old[i].n);
		while (v->_slots[slot].number)
			slot = (slot + 1) & (v->_n_slots - 1);
		v->_slots[slot] = old[i];
	}
	free(old);
}

struct span vocabulary_word(const struct vocabulary *v, size_t number)
{
	size_t begin = number ? v->_ends[number - 1] : 0;
	return span_make(v->_letters.p + begin, v->_ends[number] - begin);
}

/* The word's slot, or the free one where it belongs. */
static inline struct vocabulary_slot *slot_of(const struct vocabulary *v, struct span word, uint64_t key)
{
	size_t slot = first_slot(v, key, (uint32_t)word.n);
	for (;; slot = (slot + 1) & (v->_n_slots - 1)) {
		struct vocabulary_slot *s = &v->_slots[slot];
		if (!s->number || (s->key == key && s->n == word.n &&
				(word.n <= KEY_BYTES || span_equal(vocabulary_word(v, s->number - 1), word))))
			return s;
	}
}

size_t vocabulary_add(struct vocabulary *v, struct span word)
{
	if (v->n * 4 >= v->_n_slots * 3)
		grow(v);
	uint64_t key = key_of(word);
	struct vocabulary_slot *slot = slot_of(v, word, key);
	if (!slot->number) {
		ASSERT(v->n < UINT32_MAX && word.n <= UINT32_MAX);
		buf_span(&v->_letters, word);
		v->_ends[v->n++] = v->_letters.n;
		*slot = (struct vocabulary_slot){key, (uint32_t)word.n, (uint32_t)v->n};
	}
	return slot->number - 1;
}

size_t vocabulary_find(const struct vocabulary *v, struct span word)
{
	const struct vocabulary_slot *slot = v->n ? slot_of(v, word, key_of(word)) : NULL;
	return slot && slot->number ? slot->number - 1 : VOCABULARY_NONE;
}

/* ---- in order ---- */

struct sorting {
	uint64_t begin;   /* the first bytes as a number: most words differ there */
	uint32_t number;
};

static int by_begin(const void *left, const void *right)
{
	const struct sorting *a = left, *b = right;
	return (a->begin > b->begin) - (a->begin < b->begin);
}

struct sorting_alike {
	struct span word;
	uint32_t number;
};

static int by_bytes(const void *left, const void *right)
{
	const struct sorting_alike *a = left, *b = right;
	int order = memcmp(a->word.p, b->word.p, a->word.n < b->word.n ? a->word.n : b->word.n);
	return order ? order : (a->word.n > b->word.n) - (a->word.n < b->word.n);
}

static void sort_alike(const struct vocabulary *v, struct sorting *list, size_t n)
{
	struct sorting_alike *alike = mem_new(n, sizeof *alike);
	for (size_t i = 0; i < n; i++)
		alike[i] = (struct sorting_alike){vocabulary_word(v, list[i].number), list[i].number};
	qsort(alike, n, sizeof *alike, by_bytes);
	for (size_t i = 0; i < n; i++)
		list[i].number = alike[i].number;
	free(alike);
}

static uint64_t begin_of(struct span word)
{
	uint64_t begin = 0;
	for (size_t i = 0; i < KEY_BYTES; i++)
		begin = begin << 8 | (i < word.n ? (unsigned char)word.p[i] : 0);
	return begin;
}

uint32_t *vocabulary_sorted(const struct vocabulary *v)
{
	struct sorting *list = mem_new(v->n + 1, sizeof *list);
	uint32_t *numbers = mem_new(v->n + 1, sizeof *numbers);
	for (size_t i = 0; i < v->n; i++)
		list[i] = (struct sorting){begin_of(vocabulary_word(v, i)), (uint32_t)i};
	qsort(list, v->n, sizeof *list, by_begin);
	for (size_t i = 0, end; i < v->n; i = end) {
		for (end = i + 1; end < v->n && list[end].begin == list[i].begin; end++)
			;
		if (end - i > 1)
			sort_alike(v, list + i, end - i);
	}
	for (size_t i = 0; i < v->n; i++)
		numbers[i] = list[i].number;
	free(list);
	return numbers;
}

void vocabulary_finish(struct vocabulary *v)
{
	buf_finish(&v->_letters);
	free(v->_ends);
	free(v->_slots);
	*v = (struct vocabulary){0};
}

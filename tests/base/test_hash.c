/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"

enum { WORDS = 100000, BITS = 64 };

/* As words, slugs and paths come: alike but for a few letters. */
static void write_word(struct buf *out, unsigned i)
{
	unsigned number = i / 5;
	buf_clear(out);
	switch (i % 5) {
	case 0: buf_format(out, "%u", number); break;
	case 1: buf_format(out, "episode-%u", number); break;
	case 2: buf_format(out, "/shows/bells/a-longer-address-of-an-item-%u/", number); break;
	case 3: buf_format(out, "%08x", number); break;
	default: buf_format(out, "    %-100u", number); break;
	}
}

static uint64_t *word_hashes(void)
{
	uint64_t *hashes = mem_new(WORDS, sizeof *hashes);
	struct buf word = {0};
	for (unsigned i = 0; i < WORDS; i++) {
		write_word(&word, i);
		hashes[i] = span_hash(buf_view(&word));
	}
	buf_finish(&word);
	return hashes;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void no_two_of_100000_words_have_the_same_hash(void **state)
{
	(void)state;
	uint64_t *hashes = word_hashes();
	qsort(hashes, WORDS, sizeof *hashes, by_value);
	for (unsigned i = 1; i < WORDS; i++)
		assert_true(hashes[i] != hashes[i - 1]);
	free(hashes);
}

static void every_bit_is_set_in_half_of_the_hashes(void **state)
{
	(void)state;
	uint64_t *hashes = word_hashes();
	for (int bit = 0; bit < BITS; bit++) {
		unsigned n = 0;
		for (unsigned i = 0; i < WORDS; i++)
			n += hashes[i] >> bit & 1;
		assert_in_range(n, WORDS / 2 - 1000, WORDS / 2 + 1000); /* more than six deviations */
	}
	free(hashes);
}

/* By their low bits, and by their high ones. */
static void words_spread_over_a_table(void **state)
{
	(void)state;
	enum { SLOTS = 1 << 15, MOST = 18 }; /* 3 a slot; 19 in any would be one in a million tables */
	uint64_t *hashes = word_hashes();
	for (int shift = 0; shift <= 49; shift += 49) {
		unsigned *slots = mem_new(SLOTS, sizeof *slots), n_free = 0;
		for (unsigned i = 0; i < WORDS; i++)
			assert_true(++slots[hashes[i] >> shift & (SLOTS - 1)] <= MOST);
		for (unsigned i = 0; i < SLOTS; i++)
			n_free += !slots[i];
		assert_in_range(n_free, 1350, 1750); /* 1,549 by chance */
		free(slots);
	}
	free(hashes);
}

/* At every length; whatever is beside them, and wherever they stand in memory. */
static void every_bit_of_the_bytes_turns_about_half_of_the_hash(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 200; n++) {
		char *bytes = mem_new(n, 1);
		size_t turned = 0;
		uint64_t before = span_hash(span_make(bytes, n));
		for (size_t bit = 0; bit < n * 8; bit++) {
			bytes[bit / 8] ^= (char)(1 << bit % 8);
			uint64_t changed = span_hash(span_make(bytes, n)) ^ before;
			bytes[bit / 8] ^= (char)(1 << bit % 8);
			int count = __builtin_popcountll(changed);
			assert_in_range(count, 8, 56);
			turned += (size_t)count;
		}
		assert_in_range(turned, n * 8 * 29, n * 8 * 35);
		free(bytes);
	}
}

static void zeros_of_different_lengths_have_different_hashes(void **state)
{
	(void)state;
	static const char zeros[1000];
	uint64_t hashes[COUNT_OF(zeros)];
	for (size_t n = 0; n < COUNT_OF(zeros); n++)
		hashes[n] = span_hash(span_make(zeros, n));
	qsort(hashes, COUNT_OF(zeros), sizeof *hashes, by_value);
	for (size_t n = 1; n < COUNT_OF(zeros); n++)
		assert_true(hashes[n] != hashes[n - 1]);
}

static void the_hash_does_not_depend_on_where_the_bytes_stand(void **state)
{
	(void)state;
	const struct span text = SPAN_LITERAL("What is told in sixty-four bits and a few more stays the same wherever it is told.");
	char room[200];
	for (size_t n = 0; n <= text.n; n++)
		for (size_t at = 0; at < 16; at++) {
			memcpy(room + at, text.p, n);
			assert_true(span_hash(span_make(room + at, n)) == span_hash(span_make(text.p, n)));
		}
	assert_true(span_hash((struct span){NULL, 0}) == span_hash(SPAN_LITERAL("")));
}

/* Addresses and ids that have been published are made from it. */
static void fnv_gives_its_authors_values(void **state)
{
	(void)state;
	assert_true(span_fnv(SPAN_LITERAL("")) == 0xcbf29ce484222325u);
	assert_true(span_fnv(SPAN_LITERAL("a")) == 0xaf63dc4c8601ec8cu);
	assert_true(span_fnv(SPAN_LITERAL("foobar")) == 0x85944171f73967e8u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_two_of_100000_words_have_the_same_hash),
		cmocka_unit_test(every_bit_is_set_in_half_of_the_hashes),
		cmocka_unit_test(words_spread_over_a_table),
		cmocka_unit_test(every_bit_of_the_bytes_turns_about_half_of_the_hash),
		cmocka_unit_test(zeros_of_different_lengths_have_different_hashes),
		cmocka_unit_test(the_hash_does_not_depend_on_where_the_bytes_stand),
		cmocka_unit_test(fnv_gives_its_authors_values),
	};
	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}

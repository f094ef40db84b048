/* The running distribution: ranks are right whatever the unit, and follow a stream that changes.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audio/ranking.h"
#include "base/mem.h"

static double random_unit(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (double)(*state >> 8) / 16777216.0;
}

/* A log-normal stream, as bytes of edits and values of payments are; middle is its median. */
static double random_magnitude(uint32_t *state, double middle)
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		sum += random_unit(state);
	return middle * exp(2.5 * (sum - 6));
}

static void ranks_of_a_stream_are_even_from_0_to_1_whatever_its_unit(void **state)
{
	(void)state;
	static const double middles[] = {1e-6, 0.05, 300, 1e9, 1e16};
	for (size_t m = 0; m < COUNT_OF(middles); m++) {
		struct ranking r;
		uint32_t random = 7;
		int tenths[10] = {0};
		ranking_init(&r);
		for (int i = 0; i < 1000; i++)
			ranking_add(&r, random_magnitude(&random, middles[m]));
		for (int i = 0; i < 5000; i++) {
			double x = random_magnitude(&random, middles[m]), rank = ranking_of(&r, x, 0.5);
			assert_true(rank >= 0 && rank <= 1);
			tenths[rank >= 1 ? 9 : (int)(rank * 10)]++;
			ranking_add(&r, x);
		}
		for (int i = 0; i < 10; i++)
			assert_in_range(tenths[i], 350, 650);
	}
}

static void an_empty_ranking_puts_the_first_into_the_middle(void **state)
{
	(void)state;
	struct ranking r;
	ranking_init(&r);
	assert_true(ranking_of(&r, 5, 0.5) == 0.5);
	assert_true(ranking_of(&r, 0, 0.5) == 0.5);
}

static void those_that_are_alike_share_what_is_theirs(void **state)
{
	(void)state;
	struct ranking r;
	ranking_init(&r);
	for (int i = 0; i < 300; i++)
		ranking_add(&r, 42);
	assert_true(ranking_of(&r, 42, 0) == 0);
	assert_true(fabs(ranking_of(&r, 42, 0.5) - 0.5) < 1e-9);
	assert_true(ranking_of(&r, 42, 1) == 1);
	assert_true(ranking_of(&r, 41, 1) < 0.01 || ranking_of(&r, 41, 1) == 1); /* in the same bin, or below it */
	assert_true(ranking_of(&r, 1, 0.5) < 0.01);
	assert_true(ranking_of(&r, 1000, 0.5) > 0.99);
}

static void a_stream_that_changes_is_followed(void **state)
{
	(void)state;
	struct ranking r;
	uint32_t random = 1;
	ranking_init(&r);
	for (int i = 0; i < 20000; i++)
		ranking_add(&r, random_magnitude(&random, 10));
	assert_true(ranking_of(&r, 1e6, 0.5) > 0.99);
	for (int i = 0; i < 4 * RANKING_HALF_LIFE; i++)
		ranking_add(&r, random_magnitude(&random, 1e6));
	double rank = ranking_of(&r, 1e6, 0.5);
	assert_true(rank > 0.4 && rank < 0.65);
}

static void what_is_no_magnitude_has_a_rank_all_the_same(void **state)
{
	(void)state;
	static const double odd[] = {0, -0.0, -5, NAN, INFINITY, -INFINITY, 1e300, 1e-300, 4.9e-324};
	struct ranking r;
	ranking_init(&r);
	for (int round = 0; round < 100000; round++)
		for (size_t i = 0; i < COUNT_OF(odd); i++)
			ranking_add(&r, odd[i]); /* so often that the weights are scaled down on the way */
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		double rank = ranking_of(&r, odd[i], 0.5);
		assert_true(rank >= 0 && rank <= 1);
	}
	assert_true(ranking_of(&r, 0, 0.5) < ranking_of(&r, 1e-300, 0.5));
	assert_true(ranking_of(&r, 1e-300, 0.5) < ranking_of(&r, 1e300, 0.5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_of_a_stream_are_even_from_0_to_1_whatever_its_unit),
		cmocka_unit_test(an_empty_ranking_puts_the_first_into_the_middle),
		cmocka_unit_test(those_that_are_alike_share_what_is_theirs),
		cmocka_unit_test(a_stream_that_changes_is_followed),
		cmocka_unit_test(what_is_no_magnitude_has_a_rank_all_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

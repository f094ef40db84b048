/* What happens when more asks than may sound: the cap, its priority to the large and the accented, smoothed bursts.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/audio/score_helper.h"

static const char plain[] = "{cap: {notes: 15, window: 300ms}, drone: false, instrument: celesta}";

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void of_500_events_a_second_the_large_ones_sound(void **state)
{
	(void)state;
	enum { EVENTS = 30000 };
	struct own_score own = own_score(plain);
	struct note notes[SCORE_NOTES_MAX];
	double *all = mem_new(EVENTS, sizeof *all), played_sum = 0;
	uint32_t random = 3;
	int n_played = 0, of_the_largest = 0;
	for (int i = 0; i < EVENTS; i++)
		all[i] = random_magnitude(&random, 200);
	double *sorted = mem_new(EVENTS, sizeof *sorted);
	memcpy(sorted, all, EVENTS * sizeof *all);
	qsort(sorted, EVENTS, sizeof *sorted, compare);
	double top_percent = sorted[EVENTS - EVENTS / 100];
	for (int i = 0; i < EVENTS; i++) {
		struct event ev = numbered_event(i, all[i]);
		if (!score_play(own.score, &ev, i * 2, notes))
			continue;
		n_played++;
		played_sum += all[i] > sorted[EVENTS / 2];
		of_the_largest += all[i] >= top_percent;
	}
	assert_in_range(n_played, 50 * 60 * 80 / 100, 50 * 60); /* 60 s with 50 places each; a fifth may stay empty, so that the largest find one */
	assert_true(played_sum / n_played > 0.97);
	assert_in_range(of_the_largest, EVENTS / 100 * 90 / 100, EVENTS / 100);
	struct score_counts counts = score_counts(own.score);
	assert_int_equal(counts.played, n_played);
	assert_int_equal(counts.played + counts.capped, EVENTS);
	free(all);
	free(sorted);
	own_score_end(&own);
}

static void a_flood_of_events_that_are_all_alike_still_sounds(void **state)
{
	(void)state;
	static const double alike[] = {0, 1, 1e300, NAN};
	for (size_t m = 0; m < COUNT_OF(alike); m++) {
		struct own_score own = own_score(plain);
		struct note notes[SCORE_NOTES_MAX];
		int n_played = 0;
		for (int i = 0; i < 15000; i++) {
			struct event ev = numbered_event(i, alike[m]);
			n_played += score_play(own.score, &ev, i * 2, notes) > 0;
		}
		assert_in_range(n_played, 50 * 30 * 80 / 100, 50 * 30);
		own_score_end(&own);
	}
}

static void never_do_more_sound_in_a_window_than_the_cap_says(void **state)
{
	(void)state;
	struct own_score own = own_score("{cap: {notes: 7, window: 200ms}, drone: false, instrument: celesta}");
	struct note notes[SCORE_NOTES_MAX];
	uint32_t random = 9;
	int64_t at_ms = 0, sounded[20000];
	size_t n = 0;
	for (int i = 0; i < 20000; i++) {
		at_ms += (int64_t)(random_unit(&random) * random_unit(&random) * 40);
		struct event ev = numbered_event(i, random_magnitude(&random, 1));
		if (score_play(own.score, &ev, at_ms, notes))
			sounded[n++] = notes[0].at_ms;
	}
	assert_true(n > 1000);
	for (size_t i = 7; i < n; i++)
		assert_true(sounded[i] - sounded[i - 7] >= 200);
	own_score_end(&own);
}

static void below_the_cap_everything_sounds_at_once(void **state)
{
	(void)state;
	struct own_score own = own_score(plain);
	struct note notes[SCORE_NOTES_MAX];
	uint32_t random = 5;
	for (int i = 0; i < 2000; i++) {
		struct event ev = numbered_event(i, random_magnitude(&random, 1));
		assert_int_equal(score_play(own.score, &ev, i * 25, notes), 1);
		assert_int_equal(notes[0].at_ms, i * 25);
	}
	own_score_end(&own);
}

static void ten_thousand_events_in_one_moment_are_capped_and_counted(void **state)
{
	(void)state;
	for (size_t i = 0; score_name_at(i); i++) {
		struct score *score = score_create(score_named(span_of(score_name_at(i))));
		struct note notes[SCORE_NOTES_MAX];
		for (int k = 0; k < 10000; k++) {
			struct event ev = numbered_event(k, k);
			ev.accent = k % 3 == 0;
			size_t n = score_play(score, &ev, 1000, notes);
			assert_true(n <= SCORE_NOTES_MAX);
			for (size_t j = 0; j < n; j++)
				assert_in_range(notes[j].at_ms, 1000, 1000 + SCORE_SMOOTH_MAX_MS + 8000);
		}
		struct score_counts c = score_counts(score);
		assert_int_equal(c.played + c.capped, 10000);
		assert_in_range(c.played, 6, 200);
		score_destroy(score);
	}
}

static void a_burst_is_spread_out_in_order_and_no_note_comes_too_late(void **state)
{
	(void)state;
	struct own_score own =
		own_score("{cap: {notes: 5, window: 500ms}, smooth: 4s, drone: false, instrument: celesta}");
	struct note notes[SCORE_NOTES_MAX];
	int64_t last_ms = 0;
	int n_played = 0;
	for (int burst = 0; burst < 10; burst++)
		for (int i = 0; i < 30; i++) { /* 30 in one millisecond every five seconds; 50 may sound in them */
			struct event ev = numbered_event(burst * 100 + i, i);
			if (!score_play(own.score, &ev, burst * 5000, notes))
				continue;
			n_played++;
			assert_in_range(notes[0].at_ms, burst * 5000, burst * 5000 + 4000);
			assert_true(notes[0].at_ms >= last_ms);
			assert_true(i == 0 || notes[0].at_ms - last_ms >= 40); /* half of the mean distance, at least */
			last_ms = notes[0].at_ms;
		}
	assert_in_range(n_played, 250, 300);
	own_score_end(&own);
}

static void a_clock_that_jumps_in_either_direction_silences_nothing(void **state)
{
	(void)state;
	static const int64_t jumps[] = {0, 3600000, -3600000, 86400000, 50, -1, INT64_MAX / 4, 10};
	for (size_t i = 0; score_name_at(i); i++) {
		struct score *score = score_create(score_named(span_of(score_name_at(i))));
		struct note notes[SCORE_NOTES_MAX];
		int k = 0;
		for (size_t j = 0; j < COUNT_OF(jumps); j++)
			for (int n = 0; n < 20; n++, k++) {
				struct event ev = numbered_event(k, k);
				int64_t at_ms = jumps[j] + n * 1000;
				size_t n_notes = score_play(score, &ev, at_ms, notes);
				assert_true(n_notes > 0 || n == 0);
				for (size_t m = 0; m < n_notes; m++)
					assert_in_range(notes[m].at_ms - at_ms, 0, SCORE_SMOOTH_MAX_MS + 8000);
			}
		score_destroy(score);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_500_events_a_second_the_large_ones_sound),
		cmocka_unit_test(a_flood_of_events_that_are_all_alike_still_sounds),
		cmocka_unit_test(never_do_more_sound_in_a_window_than_the_cap_says),
		cmocka_unit_test(below_the_cap_everything_sounds_at_once),
		cmocka_unit_test(ten_thousand_events_in_one_moment_are_capped_and_counted),
		cmocka_unit_test(a_burst_is_spread_out_in_order_and_no_note_comes_too_late),
		cmocka_unit_test(a_clock_that_jumps_in_either_direction_silences_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The score's law against Listen to Wikipedia's, row by row, and what the cap and the swells promise.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "audio/score.h"
#include "audio/score_rules.h"
#include "audio/synth/synth.h"
#include "base/mem.h"

/* bytes, radius and pitch to a tenth, index before fuzz, lowest and highest key of celesta and of clav */
static const struct {
	double n_bytes, radius, pitch;
	int index, celesta_low, celesta_high, clav_low, clav_high;
} golden[] = {
	{0, 3.0, 79.7, 19, 90, 97, 66, 73},      {1, 5.0, 73.9, 17, 85, 92, 61, 68},
	{2, 7.1, 69.6, 16, 82, 90, 58, 66},      {5, 11.2, 63.7, 15, 80, 87, 56, 63},
	{10, 15.8, 59.1, 14, 78, 85, 54, 61},    {20, 22.4, 54.3, 13, 75, 82, 51, 58},
	{50, 35.4, 48.0, 11, 70, 78, 46, 54},    {100, 50.0, 43.1, 10, 68, 75, 44, 51},
	{250, 79.1, 36.6, 8, 63, 70, 39, 46},    {500, 111.8, 31.6, 7, 61, 68, 37, 44},
	{1000, 158.1, 26.6, 6, 58, 66, 34, 42},  {2500, 250.0, 20.0, 4, 54, 61, 30, 37},
	{5000, 353.6, 15.0, 3, 51, 58, 27, 34},  {10000, 500.0, 10.0, 2, 51, 56, 27, 32},
	{20000, 707.1, 5.0, 1, 51, 54, 27, 30},  {40000, 1000.0, 0.0, 0, 51, 51, 27, 27},
	{1e7, 15811.4, 0.0, 0, 51, 51, 27, 27},
};

static struct score *hatnote(void)
{
	return score_create(score_named(SPAN_LITERAL("hatnote")));
}

static struct event edit_of(const char *entity, double n_bytes, int polarity)
{
	return (struct event){.kind = SPAN_LITERAL("edit"), .entity = span_of(entity), .magnitude = n_bytes,
		.polarity = (int8_t)polarity};
}

static void radius_pitch_and_index_are_those_of_the_golden_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(golden); i++) {
		struct hatnote h = hatnote_law(golden[i].n_bytes);
		assert_true(fabs(h.radius - golden[i].radius) < 0.0501);
		assert_true(fabs(h.pitch - golden[i].pitch) < 0.0501);
		assert_int_equal((int)floor(h.pitch / 100 * 24), golden[i].index);
	}
}

static void every_key_between_the_ends_of_a_row_is_played_and_none_beyond(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(golden); i++)
		for (int grows = 0; grows < 2; grows++) {
			struct score *score = hatnote();
			int low = grows ? golden[i].celesta_low : golden[i].clav_low, lowest = 999;
			int high = grows ? golden[i].celesta_high : golden[i].clav_high, highest = 0;
			for (int title = 0; title < 200; title++) {
				char entity[32];
				snprintf(entity, sizeof entity, "Page %d", title);
				struct event ev = edit_of(entity, golden[i].n_bytes, grows);
				struct note notes[SCORE_NOTES_MAX];
				assert_int_equal(score_play(score, &ev, title * 300, notes), 1);
				assert_int_equal(notes[0].instrument, grows ? SYNTH_CELESTA : SYNTH_CLAV);
				int key = (int)notes[0].key;
				lowest = key < lowest ? key : lowest;
				highest = key > highest ? key : highest;
				assert_non_null(strchr("\001\003\006\010\012", key % 12)); /* C# D# F# G# A# */
			}
			assert_int_equal(lowest, low);
			assert_int_equal(highest, high);
			score_destroy(score);
		}
}

static void what_loses_bytes_or_none_is_plucked(void **state)
{
	(void)state;
	struct score *score = hatnote();
	struct note notes[SCORE_NOTES_MAX];
	for (int polarity = -1; polarity <= 1; polarity++) {
		struct event ev = edit_of("Page", 100, polarity);
		assert_int_equal(score_play(score, &ev, 0, notes), 1);
		assert_int_equal(notes[0].instrument, polarity > 0 ? SYNTH_CELESTA : SYNTH_CLAV);
	}
	score_destroy(score);
}

static void the_same_page_and_size_always_give_the_same_note(void **state)
{
	(void)state;
	struct score *one = hatnote(), *other = hatnote();
	struct event ev = edit_of("Carillon", 321, 1), unrelated = edit_of("Bell", 9, -1);
	struct note a[SCORE_NOTES_MAX], b[SCORE_NOTES_MAX];
	score_play(other, &unrelated, 0, b);
	assert_int_equal(score_play(one, &ev, 1000, a), 1);
	assert_int_equal(score_play(other, &ev, 1000, b), 1);
	assert_true(a[0].key == b[0].key && a[0].pan == b[0].pan && a[0].level == b[0].level && a[0].at_ms == b[0].at_ms);
	score_destroy(one);
	score_destroy(other);
}

static void fuzz_takes_its_four_values_equally_often_and_pans_spread_from_side_to_side(void **state)
{
	(void)state;
	struct score *score = hatnote();
	int counts[128] = {0}, left = 0;
	float least = 1.0f, most = -1.0f;
	for (int title = 0; title < 4000; title++) {
		char entity[32];
		snprintf(entity, sizeof entity, "%d", title);
		struct event ev = edit_of(entity, 100, 1);
		struct note notes[SCORE_NOTES_MAX];
		score_play(score, &ev, title * 300, notes);
		counts[(int)notes[0].key]++;
		left += notes[0].pan < 0.0f;
		least = fminf(least, notes[0].pan);
		most = fmaxf(most, notes[0].pan);
		assert_true(notes[0].level > 0.0f && notes[0].level <= 1.0f);
	}
	assert_in_range(counts[68], 880, 1120);
	assert_in_range(counts[70], 880, 1120);
	assert_in_range(counts[73], 880, 1120);
	assert_in_range(counts[75], 880, 1120);
	assert_in_range(left, 1850, 2150);
	assert_true(least >= -0.8f && least < -0.79f && most <= 0.8f && most > 0.79f);
	score_destroy(score);
}

static void the_sixteenth_note_within_300_ms_is_left_out_and_counted(void **state)
{
	(void)state;
	struct score *score = hatnote();
	struct event ev = edit_of("Page", 10, 1);
	struct note notes[SCORE_NOTES_MAX];
	for (int i = 0; i < 15; i++)
		assert_int_equal(score_play(score, &ev, 1000 + i, notes), 1);
	assert_int_equal(score_play(score, &ev, 1015, notes), 0);
	assert_int_equal(score_play(score, &ev, 1299, notes), 0);
	assert_int_equal(score_play(score, &ev, 1300, notes), 1); /* the first has given its place back */
	assert_int_equal(score_play(score, &ev, 1300, notes), 0);
	assert_int_equal(score_play(score, &ev, 1301, notes), 1);
	assert_int_equal(score_counts(score).played, 17);
	assert_int_equal(score_counts(score).capped, 3);
	score_destroy(score);
}

static void a_clock_set_back_by_hours_does_not_silence_the_score(void **state)
{
	(void)state;
	struct score *score = hatnote();
	struct event ev = edit_of("Page", 10, 1);
	struct note notes[SCORE_NOTES_MAX];
	for (int i = 0; i < 15; i++)
		score_play(score, &ev, 7200000, notes);
	assert_int_equal(score_play(score, &ev, 7199950, notes), 0);
	assert_int_equal(score_play(score, &ev, 1000, notes), 1);
	score_destroy(score);
}

static void swells_sound_outside_the_cap_as_chords_chosen_25_50_25(void **state)
{
	(void)state;
	struct score *score = hatnote();
	struct event ev = edit_of("Page", 10, 1);
	struct note notes[SCORE_NOTES_MAX];
	for (int i = 0; i < 20; i++)
		score_play(score, &ev, 0, notes); /* the cap is full */
	int lowest[128] = {0};
	for (int i = 0; i < 2000; i++) {
		char entity[32];
		snprintf(entity, sizeof entity, "Account %d", i);
		struct event join = {.kind = SPAN_LITERAL("join"), .entity = span_of(entity), .accent = true};
		size_t n = score_play(score, &join, i * 60, notes);
		assert_int_equal(n, 5);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(notes[k].instrument, SYNTH_SWELL);
			assert_true(notes[k].pan >= -0.8f && notes[k].pan <= 0.8f);
		}
		lowest[(int)notes[0].key]++;
	}
	assert_in_range(lowest[30], 440, 560); /* F#1 */
	assert_in_range(lowest[37], 930, 1070); /* C#2 */
	assert_in_range(lowest[39], 440, 560); /* D#2 */
	assert_int_equal(score_counts(score).played, 15 + 2000);
	assert_int_equal(score_counts(score).capped, 5);
	score_destroy(score);
}

static void a_flood_of_swells_is_held_back_and_counted(void **state)
{
	(void)state;
	struct score *score = hatnote();
	struct note notes[SCORE_NOTES_MAX];
	for (int i = 0; i < 10000; i++) {
		struct event join = {.kind = SPAN_LITERAL("join"), .entity = SPAN_LITERAL("Account"), .accent = true};
		score_play(score, &join, 0, notes);
	}
	assert_int_equal(score_counts(score).played, 5);
	assert_int_equal(score_counts(score).capped, 9995);
	score_destroy(score);
}

static void what_a_wiki_tells_besides_edits_stays_silent_and_is_counted(void **state)
{
	(void)state;
	struct score *score = hatnote();
	struct note notes[SCORE_NOTES_MAX];
	const struct span bytes = SPAN_LITERAL("bytes");
	struct event log = {.kind = SPAN_LITERAL("log"), .entity = SPAN_LITERAL("Page"), .unit = bytes};
	struct event plain_join = {.kind = SPAN_LITERAL("join"), .entity = SPAN_LITERAL("Account"), .unit = bytes};
	struct event new = {.kind = SPAN_LITERAL("new"), .entity = SPAN_LITERAL("Page"), .magnitude = 10, .polarity = 1};
	assert_int_equal(score_play(score, &log, 0, notes), 0);
	assert_int_equal(score_play(score, &plain_join, 0, notes), 0);
	assert_int_equal(score_play(score, &new, 0, notes), 1);
	assert_int_equal(score_counts(score).unplayed, 2);
	assert_int_equal(score_counts(score).played, 1);
	score_destroy(score);
}

static void every_kind_of_any_other_stream_sounds(void **state)
{
	(void)state;
	struct score *score = hatnote();
	struct note notes[SCORE_NOTES_MAX];
	struct event payment = {.kind = SPAN_LITERAL("payment"), .entity = SPAN_LITERAL("a hash"), .unit = SPAN_LITERAL("BTC"),
		.magnitude = 0.25, .polarity = 1};
	struct event log = {.kind = SPAN_LITERAL("log"), .entity = SPAN_LITERAL("another"), .unit = SPAN_LITERAL("ETH")};
	struct event block = {.kind = SPAN_LITERAL("block"), .entity = SPAN_LITERAL("702861"), .accent = true};
	assert_int_equal(score_play(score, &payment, 0, notes), 1);
	assert_int_equal(score_play(score, &log, 0, notes), 1);
	assert_true(score_play(score, &block, 0, notes) > 1);
	assert_int_equal(notes[0].instrument, SYNTH_SWELL);
	assert_int_equal(score_counts(score).played, 3);
	score_destroy(score);
}

static void sizes_that_are_no_numbers_still_give_a_note_of_the_scale(void **state)
{
	(void)state;
	struct score *score = hatnote();
	const double sizes[] = {NAN, INFINITY, -INFINITY, -100.0, 1e300};
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct event ev = edit_of("", sizes[i], 1);
		struct note notes[SCORE_NOTES_MAX];
		assert_int_equal(score_play(score, &ev, 0, notes), 1);
		assert_true(notes[0].key >= 51.0f && notes[0].key <= 102.0f);
		assert_true(notes[0].level > 0.0f && notes[0].level <= 1.0f);
	}
	score_destroy(score);
}

static void an_unknown_score_is_refused_with_the_known_ones_named(void **state)
{
	(void)state;
	const struct score_rules *rules;
	struct why why = {0};
	assert_int_equal(score_find(SPAN_LITERAL("polka"), &rules, &why), E_GONE);
	assert_non_null(strstr(why.text, "hatnote"));
	assert_null(rules);
}

static void instruments_have_the_names_that_they_are_read_by(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < SYNTH_INSTRUMENTS; i++) {
		uint32_t read = 99;
		assert_true(instrument_parse(span_of(instrument_name(i)), &read));
		assert_int_equal(read, i);
	}
	uint32_t read = 99;
	assert_false(instrument_parse(SPAN_LITERAL("kazoo"), &read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(radius_pitch_and_index_are_those_of_the_golden_table),
		cmocka_unit_test(every_key_between_the_ends_of_a_row_is_played_and_none_beyond),
		cmocka_unit_test(what_loses_bytes_or_none_is_plucked),
		cmocka_unit_test(the_same_page_and_size_always_give_the_same_note),
		cmocka_unit_test(fuzz_takes_its_four_values_equally_often_and_pans_spread_from_side_to_side),
		cmocka_unit_test(the_sixteenth_note_within_300_ms_is_left_out_and_counted),
		cmocka_unit_test(a_clock_set_back_by_hours_does_not_silence_the_score),
		cmocka_unit_test(swells_sound_outside_the_cap_as_chords_chosen_25_50_25),
		cmocka_unit_test(a_flood_of_swells_is_held_back_and_counted),
		cmocka_unit_test(what_a_wiki_tells_besides_edits_stays_silent_and_is_counted),
		cmocka_unit_test(every_kind_of_any_other_stream_sounds),
		cmocka_unit_test(sizes_that_are_no_numbers_still_give_a_note_of_the_scale),
		cmocka_unit_test(an_unknown_score_is_refused_with_the_known_ones_named),
		cmocka_unit_test(instruments_have_the_names_that_they_are_read_by),
	};
	return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}

/* Names of notes, and the tones between two of them.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audio/scale.h"
#include "base/mem.h"

static void notes_have_their_midi_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double key;
	} known[] = {{"C4", 60}, {"A4", 69}, {"C#3", 49}, {"Db3", 49}, {"Cb4", 59}, {"B#3", 60}, {"C-1", 0}, {"G9", 127},
		{"f#2", 42}, {"60", 60}, {"61.5", 61.5}};
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		double key = -1;
		assert_true(scale_key_parse(span_of(known[i].name), &key));
		assert_true(key == known[i].key);
	}
	static const char *const wrong[] = {"", "H3", "C", "C#", "C10", "G#9", "Cb-1", "128", "-1", "C##########3", "nan", "4C"};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		double key;
		assert_false(scale_key_parse(span_of(wrong[i]), &key));
	}
}

static void tonics_are_letters(void **state)
{
	(void)state;
	double t;
	assert_true(scale_tonic_parse(SPAN_LITERAL("F#"), &t) && t == 6);
	assert_true(scale_tonic_parse(SPAN_LITERAL("Gb"), &t) && t == 6);
	assert_true(scale_tonic_parse(SPAN_LITERAL("Cb"), &t) && t == 11);
	assert_true(scale_tonic_parse(SPAN_LITERAL("b"), &t) && t == 11);
	assert_false(scale_tonic_parse(SPAN_LITERAL("F#3"), &t));
	assert_false(scale_tonic_parse(SPAN_LITERAL(""), &t));
}

static void the_tones_of_f_sharp_major_pentatonic_are_listen_to_wikipedias(void **state)
{
	(void)state;
	struct scale s;
	float tones[SCALE_TONES_MAX];
	assert_true(scale_named(SPAN_LITERAL("major pentatonic"), &s));
	size_t n = scale_tones(&s, 6, 49, 104, tones);
	assert_int_equal(n, 24);
	for (size_t i = 0; i < n; i++) {
		static const int steps[] = {0, 2, 5, 7, 9};
		assert_true(tones[i] == (float)(49 + 12 * (i / 5) + steps[i % 5]));
	}
}

static void every_named_scale_rises_through_its_octave(void **state)
{
	(void)state;
	struct scale s;
	for (size_t i = 0; scale_name_at(i); i++) {
		float tones[SCALE_TONES_MAX];
		assert_true(scale_named(span_of(scale_name_at(i)), &s));
		assert_in_range(s.n, 5, 12);
		assert_true(s.cents[0] == 0);
		for (size_t k = 1; k < s.n; k++)
			assert_true(s.cents[k] > s.cents[k - 1] && s.cents[k] < 1200);
		size_t n = scale_tones(&s, 0, 0, 127, tones);
		for (size_t k = 1; k < n; k++)
			assert_true(tones[k] > tones[k - 1]);
		assert_true(n >= 10 * s.n);
	}
	assert_false(scale_named(SPAN_LITERAL("polka"), &s));
}

static void cents_need_not_be_semitones(void **state)
{
	(void)state;
	const struct scale just = {3, {0, 386.3, 701.96}};
	float tones[SCALE_TONES_MAX];
	size_t n = scale_tones(&just, 9, 57, 69, tones);
	assert_int_equal(n, 4); /* A3, its just third and fifth, A4 */
	assert_true(tones[0] == 57 && fabsf(tones[1] - 60.863f) < 1e-4f && fabsf(tones[2] - 64.0196f) < 1e-4f && tones[3] == 69);
	assert_int_equal(scale_tones(&just, 9, 58, 60, tones), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_have_their_midi_numbers),
		cmocka_unit_test(tonics_are_letters),
		cmocka_unit_test(the_tones_of_f_sharp_major_pentatonic_are_listen_to_wikipedias),
		cmocka_unit_test(every_named_scale_rises_through_its_octave),
		cmocka_unit_test(cents_need_not_be_semitones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

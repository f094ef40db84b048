/* What the synthesizer promises, measured on the samples that leave it.
 * SPDX-License-Identifier: MIT */
#include "tests/audio/synth_test.h"

/* A repeatable crowd of notes of all instruments, in order. */
enum { CROWD = 3000 };
static struct synth_note *crowd(uint32_t n_frames)
{
	struct synth_note *notes = mem_new(CROWD, sizeof *notes);
	uint64_t random = 12345;
	for (uint32_t i = 0; i < CROWD; i++)
		notes[i] = (struct synth_note){.frame = (uint64_t)n_frames * i / CROWD,
			.instrument = (uint32_t)(random_next(&random) * SYNTH_INSTRUMENTS), .key = (float)(27.0 + 70.0 * random_next(&random)),
			.level = (float)(0.2 + 0.6 * random_next(&random)), .pan = (float)(2.0 * random_next(&random) - 1.0)};
	return notes;
}

static void blocks_of_any_size_give_the_same_bytes(void **state)
{
	(void)state;
	enum { FRAMES = 72000 };
	static const size_t blocks[] = {512, 480, 128, 63, 7};
	struct synth_note *notes = crowd(FRAMES);
	float *first = NULL;
	for (size_t i = 0; i < COUNT_OF(blocks); i++) {
		struct synth *s = synth_create();
		float *out = render_notes(s, notes, CROWD, FRAMES, blocks[i]);
		assert_true(synth_stolen(s) > 100); /* stealing must not depend on the blocks either */
		if (first)
			assert_memory_equal(out, first, FRAMES * 2 * sizeof *out);
		else
			first = out;
		if (out != first)
			free(out);
		free(s);
	}
	free(first);
	free(notes);
}

static void notes_given_out_of_order_sound_as_if_given_in_order(void **state)
{
	(void)state;
	struct synth *forward = synth_create(), *backward = synth_create();
	for (int i = 0; i < 40; i++) {
		struct synth_note a = {.frame = (uint64_t)(i * 501), .key = 50.0f + (float)i, .level = 0.5f};
		struct synth_note b = {.frame = (uint64_t)((39 - i) * 501), .key = 50.0f + (float)(39 - i), .level = 0.5f};
		assert_true(synth_note(forward, &a) && synth_note(backward, &b));
	}
	float *one = render(forward, 24000, 480), *other = render(backward, 24000, 480);
	assert_memory_equal(one, other, 24000 * 2 * sizeof *one);
	free(one);
	free(other);
	free(forward);
	free(backward);
}

static void a_note_for_the_past_begins_at_once(void **state)
{
	(void)state;
	struct synth *s = synth_create();
	free(render(s, 1000, 480));
	assert_int_equal(synth_frame(s), 1000);
	struct synth_note note = {.frame = 3, .key = 70, .level = 0.7f};
	assert_true(synth_note(s, &note));
	float *out = render(s, 480, 480);
	assert_true(out[2 * (SYNTH_LATENCY - 1)] == 0.0f && out[2 * SYNTH_LATENCY] != 0.0f);
	free(out);
	free(s);
}

static void true_silence_returns_within_15_seconds_of_any_note(void **state)
{
	(void)state;
	static const float zeros[2 * SYNTH_RATE];
	for (uint32_t instrument = 0; instrument < SYNTH_INSTRUMENTS; instrument++) {
		struct synth *s = synth_create();
		for (int i = 0; i < 12; i++) {
			struct synth_note note = {.instrument = instrument, .key = (float)(i * 11), .level = 1.0f,
				.pan = (float)i / 6.0f - 1.0f};
			assert_true(synth_note(s, &note));
		}
		float *out = render(s, 16 * SYNTH_RATE, 480);
		assert_true(peak_of(out, SYNTH_RATE) > 0.01f);
		assert_memory_equal(out + 2 * 15 * SYNTH_RATE, zeros, sizeof zeros);
		assert_int_equal(synth_voices(s), 0);
		for (size_t i = 0; i < 2 * 16 * SYNTH_RATE; i++)
			assert_true(out[i] == 0.0f || fabsf(out[i]) > 1e-30f); /* no denormals on the way */
		free(out);
		free(s);
	}
}

static void hostile_notes_give_finite_samples(void **state)
{
	(void)state;
	static const float values[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e-40f, -0.0f, 1.0f, 127.0f};
	static const uint32_t instruments[] = {SYNTH_CELESTA, SYNTH_BELL, SYNTH_HARP, SYNTH_PAD, SYNTH_NOISE, SYNTH_INSTRUMENTS,
		UINT32_MAX};
	struct synth *s = synth_create();
	for (size_t i = 0; i < COUNT_OF(instruments); i++)
		for (size_t a = 0; a < COUNT_OF(values); a++)
			for (size_t b = 0; b < COUNT_OF(values); b++) {
				struct synth_note note = {.frame = a * 100, .instrument = instruments[i], .key = values[a],
					.level = values[b], .pan = values[(a + b) % COUNT_OF(values)]};
				assert_true(synth_note(s, &note));
			}
	struct synth_note never = {.frame = UINT64_MAX, .key = 60, .level = 1};
	assert_true(synth_note(s, &never));
	float *out = render(s, 96000, 480);
	assert_true(peak_of(out, 96000) <= minus_1_db);
	free(out);
	free(s);
}

static void two_thousand_notes_at_once_stay_below_minus_1_db_and_the_stolen_are_counted(void **state)
{
	(void)state;
	enum { NOTES = 2000 };
	static struct synth_note notes[NOTES];
	for (uint32_t instrument = 0; instrument < SYNTH_INSTRUMENTS; instrument++) {
		struct synth *s = synth_create();
		for (int i = 0; i < NOTES; i++)
			notes[i] = (struct synth_note){.frame = (uint64_t)i / 1000, .instrument = instrument, .key = (float)(40 + i % 50),
				.level = 1.0f};
		float *out = render_notes(s, notes, NOTES, SYNTH_RATE, 480);
		float peak = peak_of(out, SYNTH_RATE);
		assert_true(peak <= minus_1_db && peak > 0.1f);
		assert_int_equal(synth_stolen(s), NOTES - SYNTH_VOICES_MAX);
		free(out);
		free(s);
	}
}

/* The steepest step between neighbouring samples, left channel, from a frame on. */
static float steepest(const float *out, size_t from, size_t to)
{
	float most = 0.0f;
	for (size_t i = from + 1; i < to; i++)
		most = fmaxf(most, fabsf(out[2 * i] - out[2 * i - 2]));
	return most;
}

static void stealing_voices_makes_no_click(void **state)
{
	(void)state;
	/* Low swells begin softly, so any steep step is a cut: as many as there are voices sound, then 200 more take their
	 * places. */
	enum { FIRST = SYNTH_VOICES_MAX, MORE = 200 };
	static struct synth_note notes[FIRST + MORE];
	for (int i = 0; i < FIRST + MORE; i++)
		notes[i] = (struct synth_note){.frame = i < FIRST ? 0 : 96000 + (uint64_t)(i - FIRST) * 100,
			.instrument = SYNTH_SWELL, .key = (float)(30 + i % 8), .level = 0.2f};
	struct synth *s = synth_create();
	float *out = render_notes(s, notes, FIRST + MORE, 3 * SYNTH_RATE, 480);
	assert_int_equal(synth_stolen(s), MORE);
	float before = steepest(out, 48000, 96000), during = steepest(out, 96000, 120000);
	assert_true(during < 1.3f * before);
	free(out);
	free(s);
}

static void the_softest_voice_makes_room(void **state)
{
	(void)state;
	/* One loud bell among soft ones: after as many more notes as there are soft voices, it still rings. */
	enum { SOFT = SYNTH_VOICES_MAX - 1 };
	static struct synth_note notes[1 + 2 * SOFT];
	notes[0] = (struct synth_note){.instrument = SYNTH_BELL, .key = 60, .level = 1.0f, .pan = -1.0f};
	for (int i = 0; i < 2 * SOFT; i++)
		notes[1 + i] = (struct synth_note){.frame = 24000 + (uint64_t)(i / SOFT), .instrument = SYNTH_CELESTA, .key = 72,
			.level = 0.001f, .pan = 1.0f};
	struct synth *s = synth_create();
	float *out = render_notes(s, notes, 1 + 2 * SOFT, 48000, 480);
	assert_int_equal(synth_stolen(s), SOFT);
	double left = 0.0;
	for (size_t i = 36000; i < 48000; i++)
		left += (double)out[2 * i] * out[2 * i];
	assert_true(sqrt(left / 12000) > 0.02);
	free(out);
	free(s);
}

static void a_full_queue_refuses_and_ten_thousand_notes_are_played(void **state)
{
	(void)state;
	struct synth *s = synth_create();
	int taken = 0;
	for (int i = 0; i < 10000; i++) {
		/* Falling frames are the queue's worst order. */
		struct synth_note note = {.frame = (uint64_t)(10000 - i) % 512, .key = 60, .level = 0.5f};
		taken += synth_note(s, &note);
	}
	assert_int_equal(taken, SYNTH_PENDING_MAX);
	free(render(s, 512, 512));
	for (int block = 0; block < 9; block++) {
		for (int i = 0; i < 1000; i++) {
			struct synth_note note = {.frame = 0, .key = 60, .level = 0.5f};
			taken += synth_note(s, &note);
		}
		free(render(s, 512, 512));
	}
	assert_int_equal(taken, SYNTH_PENDING_MAX + 9000);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_any_size_give_the_same_bytes),
		cmocka_unit_test(notes_given_out_of_order_sound_as_if_given_in_order),
		cmocka_unit_test(a_note_for_the_past_begins_at_once),
		cmocka_unit_test(true_silence_returns_within_15_seconds_of_any_note),
		cmocka_unit_test(hostile_notes_give_finite_samples),
		cmocka_unit_test(two_thousand_notes_at_once_stay_below_minus_1_db_and_the_stolen_are_counted),
		cmocka_unit_test(stealing_voices_makes_no_click),
		cmocka_unit_test(the_softest_voice_makes_room),
		cmocka_unit_test(a_full_queue_refuses_and_ten_thousand_notes_are_played),
	};
	return cmocka_run_group_tests_name("synth", tests, NULL, NULL);
}

/* What the synthesizer promises, measured on the samples that leave it.
 * SPDX-License-Identifier: MIT */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "audio/synth/synth.h"
#include "base/mem.h"
#include "base/span.h"

static const float minus_1_db = 0.8912509f;

static struct synth *synth_create(void)
{
	struct synth *s = mem_new(1, synth_size());
	synth_init(s, 1);
	return s;
}

/* n_frames of stereo, owned by the caller. */
static float *render(struct synth *s, size_t n_frames, size_t block)
{
	float *out = mem_new(n_frames, 2 * sizeof *out);
	for (size_t done = 0; done < n_frames;) {
		size_t n = n_frames - done < block ? n_frames - done : block;
		synth_render(s, out + 2 * done, n);
		done += n;
	}
	return out;
}

static float *render_one(struct synth_note note, size_t n_frames)
{
	struct synth *s = synth_create();
	assert_true(synth_note(s, &note));
	float *out = render(s, n_frames, SYNTH_BLOCK_MAX);
	free(s);
	return out;
}

static float peak_of(const float *samples, size_t n_frames)
{
	float peak = 0.0f;
	for (size_t i = 0; i < 2 * n_frames; i++) {
		assert_true(isfinite(samples[i]));
		peak = fmaxf(peak, fabsf(samples[i]));
	}
	return peak;
}

/* A repeatable crowd of notes of all instruments over n_frames. */
static void add_crowd(struct synth *s, uint32_t n_notes, uint32_t n_frames)
{
	uint32_t random = 12345;
	for (uint32_t i = 0; i < n_notes; i++) {
		struct synth_note note;
		random = random * 1664525u + 1013904223u;
		note.frame = (random >> 8) % n_frames;
		random = random * 1664525u + 1013904223u;
		note.instrument = (random >> 16) % 8 == 7 ? SYNTH_SWELL : (random >> 16) % 2;
		note.key = 27.0f + (float)((random >> 20) % 70);
		note.level = 0.2f + (float)(random >> 8 & 0xff) / 400.0f;
		note.pan = (float)(random >> 9 & 0xff) / 128.0f - 1.0f;
		assert_true(synth_note(s, &note));
	}
}

static void blocks_of_any_size_give_the_same_bytes(void **state)
{
	(void)state;
	enum { FRAMES = 48000 };
	static const size_t blocks[] = {512, 480, 128, 64, 7, 1};
	float *first = NULL;
	for (size_t i = 0; i < COUNT_OF(blocks); i++) {
		struct synth *s = synth_create();
		add_crowd(s, 600, FRAMES);
		float *out = render(s, FRAMES, blocks[i]);
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

/* How far the partial near hz is from it, in cents: the phase of that frequency in two windows a little apart, after
 * the room has answered the stroke with tones of its own. */
static double cents_off(const float *samples, double hz)
{
	enum { WINDOW = 32768, HOP = 2048, START = 28800 };
	double complex bins[2] = {0, 0};
	for (int b = 0; b < 2; b++)
		for (int i = 0; i < WINDOW; i++) {
			int at = START + b * HOP + i;
			double window = 0.5 - 0.5 * cos(2.0 * M_PI * i / WINDOW);
			double both = (double)(samples[2 * at] + samples[2 * at + 1]);
			bins[b] += window * both * cexp(-I * 2.0 * M_PI * hz / SYNTH_RATE * at);
		}
	double off_hz = carg(bins[1] * conj(bins[0])) / (2.0 * M_PI * HOP) * SYNTH_RATE;
	return 1200.0 * log2((hz + off_hz) / hz);
}

static void every_key_is_in_tune(uint32_t instrument, const float *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct synth_note note = {.instrument = instrument, .key = keys[i], .level = 0.6f};
		float *out = render_one(note, 72000);
		double cents = cents_off(out, 440.0 * exp2((keys[i] - 69.0) / 12.0));
		if (fabs(cents) > 2.0)
			fail_msg("key %g is off by %.2f cents", keys[i], cents);
		free(out);
	}
}

static void the_celesta_is_in_tune_within_2_cents_in_every_register(void **state)
{
	(void)state;
	static const float keys[] = {49, 51, 54, 61, 66, 69, 73, 78, 82.5f, 85, 92, 97, 102, 104};
	every_key_is_in_tune(SYNTH_CELESTA, keys, COUNT_OF(keys));
}

static void the_clav_is_in_tune_within_2_cents_in_every_register(void **state)
{
	(void)state;
	static const float keys[] = {25, 27, 30, 32, 37, 42, 49, 54, 57.5f, 61, 66, 73, 78, 80};
	every_key_is_in_tune(SYNTH_CLAV, keys, COUNT_OF(keys));
}

static void a_note_begins_exactly_on_its_frame(void **state)
{
	(void)state;
	static const uint64_t frames[] = {0, 1, 31, 32, 511, 512, 777, 5003};
	for (uint32_t instrument = 0; instrument < SYNTH_INSTRUMENTS; instrument++)
		for (size_t i = 0; i < COUNT_OF(frames); i++) {
			struct synth_note note = {.frame = frames[i], .instrument = instrument, .key = 70, .level = 0.7f};
			float *out = render_one(note, 6000);
			size_t first = 0;
			while (first < 6000 && out[2 * first] == 0.0f)
				first++;
			assert_int_equal(first, frames[i] + SYNTH_LATENCY);
			free(out);
		}
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
	static const uint32_t instruments[] = {SYNTH_CELESTA, SYNTH_CLAV, SYNTH_SWELL, SYNTH_INSTRUMENTS, UINT32_MAX};
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

static void a_thousand_notes_at_once_stay_below_minus_1_db_and_the_stolen_are_counted(void **state)
{
	(void)state;
	for (uint32_t instrument = 0; instrument < SYNTH_INSTRUMENTS; instrument++) {
		struct synth *s = synth_create();
		for (int i = 0; i < 1000; i++) {
			struct synth_note note = {.frame = 100, .instrument = instrument, .key = (float)(40 + i % 50),
				.level = 1.0f};
			assert_true(synth_note(s, &note));
		}
		float *out = render(s, 3 * SYNTH_RATE, 480);
		float peak = peak_of(out, 3 * SYNTH_RATE);
		assert_true(peak <= minus_1_db && peak > 0.3f);
		assert_int_equal(synth_stolen(s), 1000 - 256);
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
	/* Low swells begin softly, so any steep step is a cut: 256 of them sound, then 200 more take their places. */
	struct synth *s = synth_create();
	for (int i = 0; i < 456; i++) {
		struct synth_note note = {.frame = i < 256 ? 0 : 96000 + (uint64_t)(i - 256) * 100, .instrument = SYNTH_SWELL,
			.key = (float)(30 + i % 8), .level = 0.2f};
		assert_true(synth_note(s, &note));
	}
	float *out = render(s, 3 * SYNTH_RATE, 480);
	assert_int_equal(synth_stolen(s), 200);
	float before = steepest(out, 48000, 96000), during = steepest(out, 96000, 120000);
	assert_true(during < 1.5f * before);
	free(out);
	free(s);
}

static void the_limiter_bends_the_sound_but_makes_no_click(void **state)
{
	(void)state;
	/* A deep tone is pressed by sudden loud ones: nothing may step faster than the tones themselves do. */
	struct synth *s = synth_create();
	for (int burst = 0; burst < 10; burst++)
		for (int i = 0; i < 40; i++) {
			struct synth_note note = {.frame = (uint64_t)burst * 9600, .instrument = SYNTH_CELESTA, .key = 57,
				.level = 1.0f};
			assert_true(synth_note(s, &note));
		}
	float *out = render(s, 2 * SYNTH_RATE, 480);
	assert_true(peak_of(out, 2 * SYNTH_RATE) > 0.8f); /* the limiter works */
	/* At -1.5 dBFS a sine of 220 Hz rises by 0.024 a frame; its overtones and the hammer may multiply that. */
	assert_true(steepest(out, 0, 2 * SYNTH_RATE) < 0.3f);
	free(out);
	free(s);
}

static void a_full_queue_refuses_and_ten_thousand_notes_do_not_stall(void **state)
{
	(void)state;
	struct synth *s = synth_create();
	clock_t started = clock();
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
	/* Milliseconds in an optimised build; the bound holds for a sanitized one on a busy machine. */
	assert_true((double)(clock() - started) / CLOCKS_PER_SEC < 5.0);
	free(s);
}

/* Energy of the differences over energy: more when the sound is brighter. */
static double brightness(const float *out, size_t n)
{
	double steps = 0.0, all = 0.0;
	for (size_t i = 1; i < n; i++) {
		double step = out[2 * i] - out[2 * i - 2];
		steps += step * step;
		all += (double)out[2 * i] * out[2 * i];
	}
	return steps / all;
}

static void a_harder_stroke_is_louder_and_brighter(void **state)
{
	(void)state;
	for (uint32_t instrument = 0; instrument < SYNTH_INSTRUMENTS; instrument++) {
		struct synth_note soft = {.instrument = instrument, .key = 61, .level = 0.15f}, hard = soft;
		hard.level = 0.9f;
		float *a = render_one(soft, 96000), *b = render_one(hard, 96000);
		assert_true(peak_of(b, 96000) > 2.0f * peak_of(a, 96000));
		assert_true(brightness(b, 96000) > 1.1 * brightness(a, 96000));
		free(a);
		free(b);
	}
}

static void pan_moves_the_sound_at_constant_power(void **state)
{
	(void)state;
	double power[3];
	for (int side = 0; side < 3; side++) {
		struct synth_note note = {.key = 73, .level = 0.3f, .pan = (float)(side - 1)};
		float *out = render_one(note, 24000);
		double left = 0.0, right = 0.0;
		for (int i = 0; i < 24000; i++) {
			left += (double)out[2 * i] * out[2 * i];
			right += (double)out[2 * i + 1] * out[2 * i + 1];
		}
		if (side == 0)
			assert_true(left > 20.0 * right);
		else if (side == 1)
			assert_true(left < 1.2 * right && right < 1.2 * left);
		else
			assert_true(right > 20.0 * left);
		power[side] = left + right;
		free(out);
	}
	assert_true(fabs(power[0] / power[1] - 1.0) < 0.2 && fabs(power[2] / power[1] - 1.0) < 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_any_size_give_the_same_bytes),
		cmocka_unit_test(notes_given_out_of_order_sound_as_if_given_in_order),
		cmocka_unit_test(the_celesta_is_in_tune_within_2_cents_in_every_register),
		cmocka_unit_test(the_clav_is_in_tune_within_2_cents_in_every_register),
		cmocka_unit_test(a_note_begins_exactly_on_its_frame),
		cmocka_unit_test(a_note_for_the_past_begins_at_once),
		cmocka_unit_test(true_silence_returns_within_15_seconds_of_any_note),
		cmocka_unit_test(hostile_notes_give_finite_samples),
		cmocka_unit_test(a_thousand_notes_at_once_stay_below_minus_1_db_and_the_stolen_are_counted),
		cmocka_unit_test(stealing_voices_makes_no_click),
		cmocka_unit_test(the_limiter_bends_the_sound_but_makes_no_click),
		cmocka_unit_test(a_full_queue_refuses_and_ten_thousand_notes_do_not_stall),
		cmocka_unit_test(a_harder_stroke_is_louder_and_brighter),
		cmocka_unit_test(pan_moves_the_sound_at_constant_power),
	};
	return cmocka_run_group_tests_name("synth", tests, NULL, NULL);
}

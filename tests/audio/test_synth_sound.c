/* How the instruments sound: in tune, on their frame, as loud as each other, brighter when struck harder.
 * SPDX-License-Identifier: MIT */
#include <complex.h>

#include "audio/synth/voice.h"
#include "tests/audio/loudness_meter.h"
#include "tests/audio/synth_test.h"

/* What may be heard of a period by autocorrelation: the samples around `hz` alone (a Hann window, turned down to 0 Hz),
 * at two moments `hop` apart; the phase of their product is how far the tone is from hz. The room answers the stroke with
 * tones of its own at first, so a tone that lasts is asked later. */
static double complex narrow_band(const float *samples, size_t from, size_t n, double hz)
{
	double complex sum = 0, turn = cexp(-I * 2.0 * M_PI * hz / SYNTH_RATE), phasor = cexp(-I * 2.0 * M_PI * hz / SYNTH_RATE * (double)from);
	for (size_t i = 0; i < n; i++) {
		double window = 0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)n);
		sum += window * (double)(samples[2 * (from + i)] + samples[2 * (from + i) + 1]) * phasor;
		phasor *= turn;
	}
	return sum;
}

struct listening {
	size_t from, window, hop, n_hops;
};

/* Cents, by the autocorrelation summed over the hops; *strength is its size. */
static double cents_off(const float *samples, const struct listening *l, double hz, double *strength)
{
	double complex last = narrow_band(samples, l->from, l->window, hz), sum = 0;
	for (size_t i = 1; i <= l->n_hops; i++) {
		double complex next = narrow_band(samples, l->from + i * l->hop, l->window, hz);
		sum += next * conj(last);
		last = next;
	}
	*strength = cabs(sum);
	return 1200.0 * log2((hz + carg(sum) / (2.0 * M_PI * (double)l->hop) * SYNTH_RATE) / hz);
}

static double hz_of(double key)
{
	return 440.0 * exp2((key - 69.0) / 12.0);
}

/* Which pitch is asked for: of the first harmonics, each weighing what it sounds, in several notes. */
struct tone {
	uint32_t instrument;
	double partial; /* asked instead of the fundamental */
	int harmonics, notes;
	void (*dry)(struct plan *, const struct strike *); /* the voice without the room, where that is set */
};

/* A voice alone, on both sides. */
static float *render_dry(const struct tone *tone, float key, uint32_t random, size_t n_frames)
{
	struct plan plan = {0};
	struct strike strike = {.cycles = hz_of((double)key) / SYNTH_RATE, .key = (double)key, .level = 0.6, .random = random};
	tone->dry(&plan, &strike);
	struct voice *v = mem_new(1, sizeof *v);
	voice_start(v, &plan, 0.7f, 0.7f);
	float *left = mem_new(n_frames, sizeof *left), *right = mem_new(n_frames, sizeof *right);
	voice_mix(v, bank_choose(), left, right, n_frames);
	float *out = mem_new(n_frames, 2 * sizeof *out);
	for (size_t i = 0; i < n_frames; i++)
		out[2 * i] = left[i], out[2 * i + 1] = right[i];
	free(left);
	free(right);
	free(v);
	return out;
}

static double pitch_off(const struct tone *tone, const struct listening *l, float key)
{
	double sum = 0.0, all = 0.0;
	size_t n_frames = l->from + l->window + l->n_hops * l->hop;
	for (int i = 0; i < tone->notes; i++) {
		struct synth_note note = {.instrument = tone->instrument, .key = key, .level = 0.6f};
		float *out = tone->dry ? render_dry(tone, key, (uint32_t)i * 2654435761u, n_frames) : render_one(note, n_frames);
		for (int k = 1; k <= tone->harmonics; k++) {
			double strength, cents = cents_off(out, l, hz_of((double)key) * tone->partial * k, &strength);
			sum += strength * cents;
			all += strength;
		}
		free(out);
	}
	return sum / all;
}

static void check_pitch(const struct tone *tone, const struct listening *l, float from, float to)
{
	for (float key = from; key <= to; key += 7.37f) {
		double cents = pitch_off(tone, l, key);
		if (getenv("SHOW"))
			printf("# %s key %.2f x %.1f: %+.2f cents\n", instrument_name(tone->instrument), (double)key, tone->partial, cents);
		if (!(fabs(cents) <= 2.0))
			fail_msg("%s, key %.2f, partial %.1f: off by %.2f cents", instrument_name(tone->instrument), (double)key,
				tone->partial, cents);
	}
}

static const struct listening ringing = {.from = 28800, .window = 32768, .hop = 2048, .n_hops = 3};

static void bars_are_in_tune_within_2_cents_in_every_register(void **state)
{
	(void)state;
	check_pitch(&(struct tone){SYNTH_CELESTA, 1.0, 1, 1, NULL}, &ringing, 24, 108);
	check_pitch(&(struct tone){SYNTH_GLOCKENSPIEL, 1.0, 1, 1, NULL}, &ringing, 24, 108);
	/* The marimba's have gone before the room has calmed down: they are asked at once, and without it. */
	static const struct listening at_once = {.from = 2400, .window = 16384, .hop = 1024, .n_hops = 2};
	check_pitch(&(struct tone){SYNTH_MARIMBA, 1.0, 1, 1, marimba_plan}, &at_once, 24, 108);
}

static void strings_are_in_tune_within_2_cents_in_every_register(void **state)
{
	(void)state;
	check_pitch(&(struct tone){SYNTH_CLAV, 1.0, 1, 1, NULL}, &ringing, 24, 108);
	check_pitch(&(struct tone){SYNTH_HARP, 1.0, 1, 1, NULL}, &ringing, 24, 108);
}

/* A bell has no common period: its hum, its prime and its nominal are asked each by itself. */
static void the_bell_is_tuned_an_octave_below_and_above_its_strike_note(void **state)
{
	(void)state;
	check_pitch(&(struct tone){SYNTH_BELL, 0.5, 1, 1, NULL}, &ringing, 36, 108);
	check_pitch(&(struct tone){SYNTH_BELL, 1.0, 1, 1, NULL}, &ringing, 24, 108);
	static const struct listening early = {.from = 9600, .window = 16384, .hop = 2048, .n_hops = 3};
	check_pitch(&(struct tone){SYNTH_BELL, 2.0, 1, 1, NULL}, &early, 30, 96);
}

static void swell_and_pad_are_in_tune_within_2_cents_in_every_register(void **state)
{
	(void)state;
	/* Several players a few cents apart, who meet where chance has them: the mean over seconds, harmonics and notes; without
	 * the room, which likes some of the players better than others. */
	static const struct listening slow = {.from = 72000, .window = 16384, .hop = 8192, .n_hops = 36};
	check_pitch(&(struct tone){SYNTH_SWELL, 1.0, 6, 6, swell_plan}, &slow, 28, 88);
	check_pitch(&(struct tone){SYNTH_PAD, 1.0, 4, 2, pad_plan}, &slow, 28, 88);
}

/* Noise has a place, not a pitch: half of its power lies on each side of the key, within a whole tone. */
static void noise_lies_around_its_key(void **state)
{
	(void)state;
	for (float key = 40.0f; key <= 100.0f; key += 12.0f) {
		double below = 0.0, above = 0.0;
		for (int i = 0; i < 8; i++) {
			struct synth_note note = {.frame = (uint64_t)i, .instrument = SYNTH_NOISE, .key = key, .level = 0.6f};
			float *out = render_one(note, 48000);
			for (double step = 0.0; step < 12.0; step += 0.25) {
				double up = cabs(narrow_band(out, 2400, 32768, hz_of((double)key + 1.0 + step)));
				double down = cabs(narrow_band(out, 2400, 32768, hz_of((double)key - 1.0 - step)));
				above += up * up * exp2(step / 12.0);
				below += down * down * exp2(-step / 12.0);
			}
			free(out);
		}
		if (!(above < 3.0 * below && below < 3.0 * above))
			fail_msg("key %g: %g above, %g below", (double)key, above, below);
	}
}

static void every_instrument_begins_exactly_on_its_frame(void **state)
{
	(void)state;
	static const uint64_t frames[] = {0, 1, 31, 64, 511, 512, 777, 5003};
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

/* Behind a note that tells the leveller what to expect, and long enough after it. */
static double loudness_of(uint32_t instrument, float key)
{
	enum { APART = 14 * SYNTH_RATE, LENGTH = 9 * SYNTH_RATE };
	struct synth *s = synth_create();
	struct synth_note first = {.instrument = SYNTH_CELESTA, .key = 69, .level = 0.6f};
	struct synth_note note = {.frame = APART, .instrument = instrument, .key = key, .level = 0.6f};
	assert_true(synth_note(s, &first) && synth_note(s, &note));
	free(render(s, APART, 480));
	bool swells = instrument == SYNTH_SWELL || instrument == SYNTH_PAD;
	size_t n = swells ? LENGTH : SYNTH_RATE;
	float *out = render(s, n, 480);
	double *hops = meter_hops(out, n), lufs = meter_loudest(hops, 0, n / METER_HOP, 4);
	free(hops);
	free(out);
	free(s);
	return lufs;
}

static void a_level_is_as_loud_on_every_instrument_in_every_register(void **state)
{
	(void)state;
	/* The room favours single keys by a dB or two, wherever the tone comes from: a register is four keys of it. */
	enum { LOWEST = 36, REGISTERS = 6, KEYS = 4 };
	double least = 100.0, most = -100.0;
	for (uint32_t instrument = 0; instrument < SYNTH_INSTRUMENTS; instrument++) {
		printf("# %-13s", instrument_name(instrument));
		for (int r = 0; r < REGISTERS; r++) {
			double power = 0.0;
			for (int k = 0; k < KEYS; k++)
				power += pow(10.0, loudness_of(instrument, (float)(LOWEST + 12 * r + 3 * k)) / 10.0) / KEYS;
			double lufs = 10.0 * log10(power);
			printf(" %6.1f", lufs);
			least = fmin(least, lufs);
			most = fmax(most, lufs);
		}
		printf("\n");
	}
	printf("# LUFS at level 0.6, keys 36, 48 ... 96 and up; apart by %.1f LU\n", most - least);
	if (most - least > 3.0)
		fail_msg("apart by %.2f LU", most - least);
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
		cmocka_unit_test(bars_are_in_tune_within_2_cents_in_every_register),
		cmocka_unit_test(strings_are_in_tune_within_2_cents_in_every_register),
		cmocka_unit_test(the_bell_is_tuned_an_octave_below_and_above_its_strike_note),
		cmocka_unit_test(swell_and_pad_are_in_tune_within_2_cents_in_every_register),
		cmocka_unit_test(noise_lies_around_its_key),
		cmocka_unit_test(every_instrument_begins_exactly_on_its_frame),
		cmocka_unit_test(a_level_is_as_loud_on_every_instrument_in_every_register),
		cmocka_unit_test(a_harder_stroke_is_louder_and_brighter),
		cmocka_unit_test(pan_moves_the_sound_at_constant_power),
	};
	return cmocka_run_group_tests_name("synth sound", tests, NULL, NULL);
}

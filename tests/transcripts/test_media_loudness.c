/* test_media_loudness.c - loudness as EBU Tech 3341 and 3342 want their test signals measured, here made by formula;
 * and the limiter that holds a true peak.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "transcripts/media_limiter.h"
#include "transcripts/media_loudness.h"

enum { CHANNELS = 5 };

struct part {
	double seconds, db[CHANNELS]; /* of a sine of 1 kHz; below -200 silence */
};

/* Adds the parts as n channels, in pieces of that many frames. */
static void add_parts(struct loudness *l, int rate, int n, const struct part *parts, size_t n_parts, size_t piece)
{
	float *planes[CHANNELS];
	double t = 0;
	for (int c = 0; c < n; c++)
		planes[c] = mem_new(piece, sizeof(float));
	for (size_t p = 0; p < n_parts; p++) {
		size_t left = (size_t)(parts[p].seconds * rate + 0.5);
		while (left) {
			size_t now = left < piece ? left : piece;
			for (size_t i = 0; i < now; i++, t += 1.0 / rate)
				for (int c = 0; c < n; c++)
					planes[c][i] = parts[p].db[c] < -200 ? 0.0f :
						(float)(pow(10.0, parts[p].db[c] / 20) * sin(2 * M_PI * 1000 * t));
			loudness_add(l, (const float *const *)planes, now);
			left -= now;
		}
	}
	for (int c = 0; c < n; c++)
		free(planes[c]);
}

static struct loudness_result measure(int rate, int n, const float *weights, const struct part *parts, size_t n_parts, size_t piece)
{
	struct loudness *l = loudness_create(rate, n, weights);
	struct loudness_result r;
	struct buf peaks = {0};
	assert_non_null(l);
	add_parts(l, rate, n, parts, n_parts, piece);
	loudness_result(l, &r, &peaks);
	loudness_destroy(l);
	buf_finish(&peaks);
	return r;
}

static const float even[CHANNELS] = {1, 1, 1, 1, 1};

static void assert_near(double value, double wanted, double most_off)
{
	if (!(fabs(value - wanted) <= most_off))
		fail_msg("%g instead of %g", value, wanted);
}

#define STEREO(seconds, level) {seconds, {level, level}}

static void steady_tones_have_their_level_at_every_rate(void **state)
{
	(void)state;
	static const int rates[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000};
	const struct part loud[] = {STEREO(20, -23)}, soft[] = {STEREO(20, -33)};
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		/* Below 32 kHz the bilinear transform bends the shelf a little, as in every meter. */
		double off = rates[i] < 16000 ? 0.4 : 0.1;
		assert_near(measure(rates[i], 2, even, loud, 1, 1152).lufs, -23.0, off);
		assert_near(measure(rates[i], 2, even, soft, 1, 4096).lufs, -33.0, off);
	}
}

static void quiet_stretches_are_gated(void **state)
{
	(void)state;
	const struct part third[] = {STEREO(10, -36), STEREO(60, -23), STEREO(10, -36)};
	const struct part fourth[] = {STEREO(10, -72), STEREO(10, -36), STEREO(60, -23), STEREO(10, -36), STEREO(10, -72)};
	const struct part fifth[] = {STEREO(20, -26), STEREO(20.1, -20), STEREO(20, -26)};
	assert_near(measure(48000, 2, even, third, COUNT_OF(third), 1024).lufs, -23.0, 0.1);
	assert_near(measure(48000, 2, even, fourth, COUNT_OF(fourth), 1024).lufs, -23.0, 0.1);
	assert_near(measure(44100, 2, even, fifth, COUNT_OF(fifth), 1024).lufs, -23.0, 0.1);
}

static void surround_channels_count_more(void **state)
{
	(void)state;
	const float weights[CHANNELS] = {1, 1, 1, 1.41f, 1.41f};
	const struct part sixth[] = {{20, {-28, -28, -24, -30, -30}}};
	assert_near(measure(48000, 5, weights, sixth, 1, 1024).lufs, -23.0, 0.1);
	/* One channel alone is half of two. */
	const struct part mono[] = {{20, {-20}}};
	assert_near(measure(48000, 1, even, mono, 1, 1024).lufs, -23.0, 0.1);
}

static void the_range_is_that_between_soft_and_loud(void **state)
{
	(void)state;
	const struct part first[] = {STEREO(20, -20), STEREO(20, -30)}, second[] = {STEREO(20, -20), STEREO(20, -15)};
	const struct part third[] = {STEREO(20, -40), STEREO(20, -20)};
	const struct part fourth[] = {STEREO(20, -50), STEREO(20, -35), STEREO(20, -20), STEREO(20, -35), STEREO(20, -50)};
	assert_near(measure(48000, 2, even, first, 2, 1024).range_lu, 10, 1);
	assert_near(measure(48000, 2, even, second, 2, 1024).range_lu, 5, 1);
	assert_near(measure(48000, 2, even, third, 2, 1024).range_lu, 20, 1);
	assert_near(measure(48000, 2, even, fourth, 5, 1024).range_lu, 15, 1);
}

static double true_peak_of(double cycles, double phase, double level, size_t piece)
{
	enum { N = 48000 };
	struct loudness *l = loudness_create(48000, 1, even);
	struct loudness_result r;
	struct buf peaks = {0};
	float *x = mem_new(N, sizeof(float));
	for (size_t i = 0; i < N; i++) {
		/* It comes and goes slowly: a sine that begins at once has higher peaks than its own. */
		double fade = fmin(1.0, fmin((double)i, (double)(N - 1 - i)) / 4800);
		x[i] = (float)(level * fade * sin(2 * M_PI * cycles * (double)i + phase));
	}
	for (size_t at = 0; at < N; at += piece) {
		const float *planes[] = {x + at};
		loudness_add(l, planes, N - at < piece ? N - at : piece);
	}
	loudness_result(l, &r, &peaks);
	loudness_destroy(l);
	buf_finish(&peaks);
	free(x);
	return r.true_peak_db;
}

static void peaks_between_samples_are_found(void **state)
{
	(void)state;
	/* Tech 3341, 15 to 18: at most 0.2 above and 0.4 below. The samples themselves are up to 3 dB lower. */
	static const struct {
		double cycles, degrees;
	} tones[] = {{1.0 / 4, 0}, {1.0 / 4, 45}, {1.0 / 6, 60}, {1.0 / 8, 67.5}, {1.0 / 5, 10}, {0.4, 20}};
	for (size_t i = 0; i < COUNT_OF(tones); i++)
		for (size_t piece = 100; piece < 50000; piece *= 7) {
			double db = true_peak_of(tones[i].cycles, tones[i].degrees / 180 * M_PI, 0.5, piece);
			if (db < -6.4 || db > -5.8)
				fail_msg("%g cycles at %g degrees: %g dBTP", tones[i].cycles, tones[i].degrees, db);
		}
}

static void pieces_do_not_matter(void **state)
{
	(void)state;
	const struct part parts[] = {STEREO(3.7, -30), STEREO(9.31, -18), STEREO(2, -40)};
	struct loudness_result whole = measure(44100, 2, even, parts, 3, 1 << 20);
	static const size_t pieces[] = {1, 64, 1152, 70560, 70561};
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct loudness_result r = measure(44100, 2, even, parts, 3, pieces[i]);
		assert_true(r.lufs == whole.lufs && r.true_peak_db == whole.true_peak_db && r.range_lu == whole.range_lu);
		assert_int_equal(r.n_frames, whole.n_frames);
	}
}

static void silence_and_nonsense_are_silence(void **state)
{
	(void)state;
	const struct part silence[] = {STEREO(5, -300)}, too_short[] = {STEREO(0.2, -20)};
	struct loudness_result r = measure(48000, 2, even, silence, 1, 1024);
	assert_true(isinf(r.lufs) && r.lufs < 0 && isinf(r.true_peak_db) && r.true_peak_db < 0);
	r = measure(48000, 2, even, too_short, 1, 1024);
	assert_true(isinf(r.lufs) && r.true_peak_db > -21);
	struct loudness *l = loudness_create(48000, 1, even);
	struct buf peaks = {0};
	float bad[48000];
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		bad[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : 1e30f;
	const float *planes[] = {bad};
	loudness_add(l, planes, COUNT_OF(bad));
	loudness_result(l, &r, &peaks);
	assert_true(isinf(r.lufs) && isinf(r.true_peak_db));
	assert_int_equal(peaks.n, 10);
	assert_int_equal(peaks.p[0], 0);
	loudness_destroy(l);
	buf_finish(&peaks);
	assert_null(loudness_create(48000, 9, even));
	assert_null(loudness_create(48000, 0, even));
	assert_null(loudness_create(0, 2, even));
}

static void the_waveform_has_ten_peaks_a_second(void **state)
{
	(void)state;
	const struct part parts[] = {STEREO(1, -6.0), STEREO(1, -300), STEREO(1, -20.0), STEREO(0.05, 0.0)};
	struct loudness *l = loudness_create(44100, 2, even);
	struct loudness_result r;
	struct buf peaks = {0};
	add_parts(l, 44100, 2, parts, COUNT_OF(parts), 1000);
	loudness_result(l, &r, &peaks);
	assert_int_equal(peaks.n, 31);
	assert_int_equal((unsigned char)peaks.p[3], 255 - 6 * 4);
	assert_int_equal((unsigned char)peaks.p[13], 0);
	assert_int_equal((unsigned char)peaks.p[24], 255 - 20 * 4);
	assert_in_range((unsigned char)peaks.p[30], 254, 255);
	loudness_destroy(l);
	buf_finish(&peaks);
}

/* ---- the limiter ---- */

/* Puts n frames through it; out gets as many. Returns the true peak of out. */
static double limit(float gain, float ceiling, const float *x, float *out, size_t n, size_t piece)
{
	struct limiter *l = limiter_create(48000, 1, gain, ceiling);
	float *room = mem_new(piece, sizeof(float));
	float *planes[] = {room};
	size_t done = 0, got;
	for (size_t at = 0; at < n; at += piece) {
		size_t now = n - at < piece ? n - at : piece;
		memcpy(room, x + at, now * sizeof(float));
		got = limiter_add(l, planes, now);
		memcpy(out + done, room, got * sizeof(float));
		done += got;
	}
	while ((got = limiter_drain(l, planes, piece)) > 0) {
		memcpy(out + done, room, got * sizeof(float));
		done += got;
	}
	assert_int_equal(done, n);
	limiter_destroy(l);
	free(room);
	struct loudness *meter = loudness_create(48000, 1, even);
	struct loudness_result r;
	struct buf peaks = {0};
	const float *result[] = {out};
	loudness_add(meter, result, n);
	loudness_result(meter, &r, &peaks);
	loudness_destroy(meter);
	buf_finish(&peaks);
	return r.true_peak_db;
}

static void the_limiter_holds_its_ceiling(void **state)
{
	(void)state;
	enum { N = 96000 };
	float *x = mem_new(N, sizeof(float)), *out = mem_new(N, sizeof(float));
	uint32_t seed = 7;
	for (size_t i = 0; i < N; i++) {
		seed = seed * 1664525 + 1013904223;
		/* Noise with bursts, and single clicks, from the first frame to the last. */
		double level = i % 9000 < 300 ? 1.0 : 0.05;
		x[i] = (float)(level * ((double)(seed >> 8) / 8388608.0 - 1.0));
		if (i % 17001 == 0 || i == N - 1)
			x[i] = 0.9f;
	}
	for (float gain = 1; gain < 20; gain *= 3)
		for (size_t piece = 33; piece < 3000; piece *= 8) {
			double peak = limit(gain, 0.8f, x, out, N, piece);
			if (peak > 20 * log10(0.8) + 0.15)
				fail_msg("gain %g in pieces of %zu: %g dBTP", (double)gain, piece, peak);
		}
	free(x);
	free(out);
}

static void what_is_below_the_ceiling_only_gets_its_gain(void **state)
{
	(void)state;
	enum { N = 20000 };
	float *x = mem_new(N, sizeof(float)), *out = mem_new(N, sizeof(float));
	for (size_t i = 0; i < N; i++)
		x[i] = (float)(0.2 * sin(0.05 * (double)i));
	limit(2.0f, 0.8f, x, out, N, 777);
	for (size_t i = 0; i < N; i++)
		assert_true(out[i] == x[i] * 2.0f);
	free(x);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_tones_have_their_level_at_every_rate),
		cmocka_unit_test(quiet_stretches_are_gated),
		cmocka_unit_test(surround_channels_count_more),
		cmocka_unit_test(the_range_is_that_between_soft_and_loud),
		cmocka_unit_test(peaks_between_samples_are_found),
		cmocka_unit_test(pieces_do_not_matter),
		cmocka_unit_test(silence_and_nonsense_are_silence),
		cmocka_unit_test(the_waveform_has_ten_peaks_a_second),
		cmocka_unit_test(the_limiter_holds_its_ceiling),
		cmocka_unit_test(what_is_below_the_ceiling_only_gets_its_gain),
	};
	return cmocka_run_group_tests_name("media_loudness", tests, NULL, NULL);
}

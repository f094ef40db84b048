/* SPDX-License-Identifier: MIT */
#include "audio/synth/limiter.h"

#include "audio/synth/fmath.h"

/* The leveller leaves alone what is softer than this (the square of both channels, about -18 LUFS) and lets what is
 * louder grow with the fourth root: ten times the notes are 2.5 dB. */
static const float calm_power = 0.018f;
static const float rise = 1.0f / (0.25f * SYNTH_RATE), fall = 1.0f / (1.2f * SYNTH_RATE);

/* -1.5 dBFS: half a dB of room for the peaks between the samples. */
static const float ceiling = 0.84f;
static const float release = 1.0f / (0.12f * SYNTH_RATE);
static const float one = 16777216.0f; /* a gain of 1 in 2^-24 */

void leveller_init(struct leveller *l)
{
	*l = (struct leveller){.gain = 1.0f, .target = 1.0f};
}

static float leveller_gain(float power)
{
	if (power <= calm_power)
		return 1.0f;
	float ratio = calm_power / power; /* of squares: its root is the ratio of amplitudes */
	float amplitude = __builtin_sqrtf(ratio);
	return __builtin_sqrtf(amplitude) * __builtin_sqrtf(__builtin_sqrtf(amplitude)); /* to the 3/4 */
}

void leveller_process(struct leveller *l, float *left, float *right, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (l->at++ % LEVELLER_PERIOD == 0) {
			l->gain = l->target;
			l->target = leveller_gain(l->power);
			l->slope = (l->target - l->gain) * (1.0f / LEVELLER_PERIOD);
		}
		float power = left[i] * left[i] + right[i] * right[i];
		l->power = fmath_flush(l->power + (power - l->power) * (power > l->power ? rise : fall));
		left[i] *= l->gain;
		right[i] *= l->gain;
		l->gain += l->slope;
	}
}

void limiter_init(struct limiter *l)
{
	*l = (struct limiter){.gain = 1.0f, .sum = SYNTH_LATENCY * (uint32_t)one};
	for (int i = 0; i < LIMITER_RING; i++)
		l->gains[i] = (uint32_t)one;
}

static uint32_t ring(uint32_t i)
{
	return i & (LIMITER_RING - 1);
}

/* The lowest gain that any of the last SYNTH_LATENCY + 1 frames needs. The queue holds those below 1 only: mostly
 * none. */
static float limiter_lowest(struct limiter *l, float peak)
{
	if (peak > ceiling) {
		float needed = ceiling / peak;
		while (l->head != l->tail && l->lowest[ring(l->tail - 1)] >= needed)
			l->tail--;
		l->lowest[ring(l->tail)] = needed;
		l->lowest_at[ring(l->tail)] = l->at;
		l->tail++;
	}
	while (l->head != l->tail && l->at - l->lowest_at[ring(l->head)] > SYNTH_LATENCY)
		l->head++;
	return l->head == l->tail ? 1.0f : l->lowest[ring(l->head)];
}

static float clip(float x)
{
	return x > ceiling ? ceiling : x < -ceiling ? -ceiling : x;
}

void limiter_process(struct limiter *l, const float *left, const float *right, float *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float a = __builtin_fabsf(left[i]), b = __builtin_fabsf(right[i]);
		float peak = a > b ? a : b;
		float lowest = limiter_lowest(l, peak);
		float released = l->gain + (1.0f - l->gain) * release;
		if (released > 0.99999f)
			released = 1.0f;
		l->gain = lowest < released ? lowest : released;
		/* The mean of the last SYNTH_LATENCY gains: each of them already serves the frame that leaves now, so their
		 * mean does too, and it moves in a straight line instead of a step. */
		uint32_t gain = (uint32_t)(l->gain * one);
		l->sum += gain - l->gains[ring(l->at - SYNTH_LATENCY)];
		l->gains[ring(l->at)] = gain;
		l->left[ring(l->at)] = left[i];
		l->right[ring(l->at)] = right[i];
		float mean = (float)l->sum * (1.0f / (SYNTH_LATENCY * 16777216.0f));
		uint32_t then = ring(l->at - SYNTH_LATENCY);
		/* The clip only takes away what rounding may have added. */
		out[2 * i] = clip(l->left[then] * mean);
		out[2 * i + 1] = clip(l->right[then] * mean);
		l->at++;
	}
}

/* SPDX-License-Identifier: MIT */
#include "audio/synth/limiter.h"

#include "audio/synth/fmath.h"

/* -1.2 dBTP: other meters' filters see a little more between the samples than this one. */
static const float ceiling = 0.871f;
static const float release = 1.0f / (0.12f * SYNTH_RATE);
static const float one = 16777216.0f; /* a gain of 1 in 2^-24 */

/* The four phases of the interpolation filter (BS.1770-4, Annex 2, table 1), side by side for each tap. */
static const lanes taps[LIMITER_TAPS] = {
	{0.0017089843750f, -0.0291748046875f, -0.0189208984375f, -0.0083007812500f},
	{0.0109863281250f, 0.0292968750000f, 0.0330810546875f, 0.0148925781250f},
	{-0.0196533203125f, -0.0517578125000f, -0.0582275390625f, -0.0266113281250f},
	{0.0332031250000f, 0.0891113281250f, 0.1015625000000f, 0.0476074218750f},
	{-0.0594482421875f, -0.1665039062500f, -0.2003173828125f, -0.1022949218750f},
	{0.1373291015625f, 0.4650878906250f, 0.7797851562500f, 0.9721679687500f},
	{0.9721679687500f, 0.7797851562500f, 0.4650878906250f, 0.1373291015625f},
	{-0.1022949218750f, -0.2003173828125f, -0.1665039062500f, -0.0594482421875f},
	{0.0476074218750f, 0.1015625000000f, 0.0891113281250f, 0.0332031250000f},
	{-0.0266113281250f, -0.0582275390625f, -0.0517578125000f, -0.0196533203125f},
	{0.0148925781250f, 0.0330810546875f, 0.0292968750000f, 0.0109863281250f},
	{-0.0083007812500f, -0.0189208984375f, -0.0291748046875f, 0.0017089843750f},
};
/* No input whose samples stay below this can reach the ceiling: the taps of a phase add up to at most 2.03. */
static const float harmless = 0.871f / 2.03f;

void limiter_init(struct limiter *l)
{
	*l = (struct limiter){.gain = 1.0f, .sum = LIMITER_MEAN * (uint32_t)one};
	for (int i = 0; i < LIMITER_RING; i++)
		l->gains[i] = (uint32_t)one;
}

static uint32_t ring(uint32_t i)
{
	return i & (LIMITER_RING - 1);
}

static float largest(lanes x)
{
	float most = 0.0f;
	for (int i = 0; i < LANES; i++) {
		float size = __builtin_fabsf(x[i]);
		most = size > most ? size : most;
	}
	return most;
}

/* The highest point of the curve through the last samples of a side, in the frame that lies half the filter back. */
static float limiter_peak(const float *samples, uint32_t at)
{
	lanes sum = {0};
	for (uint32_t i = 0; i < LIMITER_TAPS; i++)
		sum += lanes_of(samples[ring(at - i)]) * taps[i];
	return largest(sum);
}

/* What the frames that have just come in may reach, between the samples too. */
static float limiter_hear(struct limiter *l)
{
	uint32_t now = ring(l->at), then = ring(l->at - LIMITER_TAPS / 2);
	float left = __builtin_fabsf(l->left[now]), right = __builtin_fabsf(l->right[now]);
	float sample = left > right ? left : right;
	if (sample > harmless)
		l->loud_until = l->at + LIMITER_TAPS;
	if ((int32_t)(l->loud_until - l->at) <= 0)
		return 0.0f;
	float peak = limiter_peak(l->left, l->at), other = limiter_peak(l->right, l->at);
	/* The filter falls short of its own input by a quarter of a dB: samples count as they are. */
	float old_left = __builtin_fabsf(l->left[then]), old_right = __builtin_fabsf(l->right[then]);
	peak = other > peak ? other : peak;
	peak = old_left > peak ? old_left : peak;
	return old_right > peak ? old_right : peak;
}

/* The lowest gain that any peak still on its way needs. A peak is heard half the filter late, touches the frames on both
 * sides of it, and its gain must hold while each of them leaves. The queue holds those below 1 only: mostly none. */
enum { HOLD = SYNTH_LATENCY - LIMITER_TAPS / 2 + 1 };
_Static_assert(HOLD >= LIMITER_MEAN + 1, "the mean must have reached a gain when its peak leaves");

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
	while (l->head != l->tail && l->at - l->lowest_at[ring(l->head)] > HOLD)
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
		l->left[ring(l->at)] = left[i];
		l->right[ring(l->at)] = right[i];
		float lowest = limiter_lowest(l, limiter_hear(l));
		float released = l->gain + (1.0f - l->gain) * release;
		if (released > 0.99999f)
			released = 1.0f;
		l->gain = lowest < released ? lowest : released;
		/* The mean of the last gains: each of them already serves the frame that leaves now, so their
		 * mean does too, and it moves in a straight line instead of a step. */
		uint32_t gain = (uint32_t)(l->gain * one);
		l->sum += gain - l->gains[ring(l->at - LIMITER_MEAN)];
		l->gains[ring(l->at)] = gain;
		float mean = (float)l->sum * (1.0f / (LIMITER_MEAN * 16777216.0f));
		uint32_t then = ring(l->at - SYNTH_LATENCY);
		/* The clip only takes away what rounding may have added. */
		out[2 * i] = clip(l->left[then] * mean);
		out[2 * i + 1] = clip(l->right[then] * mean);
		l->at++;
	}
}

/* limiter.h - the two gains behind the instrument. The leveller is slow: it holds a busy stream back to about the
 * loudness of a calm one. The limiter is fast and looks ahead: no sample leaves above the ceiling, and no step is
 * heard. For audio/synth.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_LIMITER_H
#define AUDIO_SYNTH_LIMITER_H

#include <stddef.h>
#include <stdint.h>

#include "audio/synth/synth.h"

enum {
	LEVELLER_PERIOD = 64, /* frames between new gains; a power of two */
	LIMITER_RING = 128,   /* a power of two above SYNTH_LATENCY + 1 */
};

struct leveller {
	float power;       /* smoothed square of both channels */
	float gain, slope; /* slope per frame, to the next gain */
	float target;
	uint32_t at;
};

void leveller_init(struct leveller *l);
void leveller_process(struct leveller *l, float *left, float *right, size_t n);

struct limiter {
	float left[LIMITER_RING], right[LIMITER_RING]; /* the look-ahead */
	/* The lowest of the last needed gains: a queue that only rises from its head. */
	float lowest[LIMITER_RING];
	uint32_t lowest_at[LIMITER_RING];
	uint32_t head, tail;
	float gain;                   /* after the release */
	uint32_t gains[LIMITER_RING]; /* in 2^-24, whole so that their sum never drifts */
	uint32_t sum;
	uint32_t at;                  /* frame counter, wraps */
};

void limiter_init(struct limiter *l);
/* out: interleaved [n][2], SYNTH_LATENCY frames later. */
void limiter_process(struct limiter *l, const float *left, const float *right, float *out, size_t n);

#endif

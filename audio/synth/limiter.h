/* limiter.h - the last gain of the instrument: no peak leaves above -1 dBTP, between the samples neither, and no step is
 * heard. Peaks are found four times oversampled (ITU-R BS.1770-4, Annex 2) and looked ahead for. For audio/synth.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_LIMITER_H
#define AUDIO_SYNTH_LIMITER_H

#include <stddef.h>
#include <stdint.h>

#include "audio/synth/lanes.h"
#include "audio/synth/synth.h"

enum {
	LIMITER_TAPS = 12,  /* a phase of the oversampling filter */
	LIMITER_MEAN = 88,  /* frames that the gain takes to move; what is left of SYNTH_LATENCY the filter needs */
	LIMITER_RING = 128,   /* a power of two above SYNTH_LATENCY + 1 */
};

struct limiter {
	float left[LIMITER_RING], right[LIMITER_RING]; /* the look-ahead */
	/* The lowest of the last needed gains: a queue that only rises from its head. */
	float lowest[LIMITER_RING];
	uint32_t lowest_at[LIMITER_RING];
	uint32_t head, tail;
	float gain;                   /* after the release */
	uint32_t gains[LIMITER_RING]; /* in 2^-24, whole so that their sum never drifts */
	uint32_t sum;
	uint32_t loud_until;          /* while the filter remembers a sample that could make a peak */
	uint32_t at;                  /* frame counter, wraps */
};

void limiter_init(struct limiter *l);
/* out: interleaved [n][2], SYNTH_LATENCY frames later. */
void limiter_process(struct limiter *l, const float *left, const float *right, float *out, size_t n);

#endif

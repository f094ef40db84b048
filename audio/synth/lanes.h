/* lanes.h - four floats side by side, as gcc and clang know them on every target: SSE, NEON, wasm's simd128, or
 * plain code. Each lane is an ordinary IEEE float operation, so the width changes the speed and never the bits. For
 * audio/synth.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_LANES_H
#define AUDIO_SYNTH_LANES_H

enum { LANES = 4 };

typedef float lanes __attribute__((vector_size(16)));
typedef float lanes_anywhere __attribute__((vector_size(16), aligned(4), may_alias)); /* for unaligned float arrays */

/* Two doubles: left and right where a float is too coarse. */
typedef double pair __attribute__((vector_size(16)));

static inline pair pair_of(double x)
{
	return (pair){x, x};
}

static inline lanes lanes_of(float x)
{
	return (lanes){x, x, x, x};
}

static inline lanes lanes_load(const float *p)
{
	return *(const lanes_anywhere *)p;
}

static inline void lanes_store(float *p, lanes x)
{
	*(lanes_anywhere *)p = x;
}

/* The order of the additions is part of the promise. */
static inline float lanes_sum(lanes x)
{
	return (x[0] + x[1]) + (x[2] + x[3]);
}

#endif

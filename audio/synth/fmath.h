/* fmath.h - the little mathematics that setting up a voice needs, without libm: a libm differs from machine to
 * machine, and these give the same bits everywhere. In double and only at a note's start; the sample loops are
 * float. For audio/synth.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_FMATH_H
#define AUDIO_SYNTH_FMATH_H

#include <stdint.h>

/* Also turns NaN into low: the comparison is written so that it fails. */
static inline double fmath_clamp(double x, double low, double high)
{
	if (!(x > low))
		return low;
	return x < high ? x : high;
}

/* Below this a signal is nothing (-300 dBFS); far above the denormals, which are slow and which some hosts flush. */
static inline float fmath_flush(float x)
{
	return __builtin_fabsf(x) < 1e-15f ? 0.0f : x;
}

static inline double fmath_floor(double x)
{
	double whole = (double)(int64_t)x;
	return whole > x ? whole - 1.0 : whole;
}

struct phasor {
	double re, im;
};

/* cos and sin of 2 pi x, for |x| < 2^40: Taylor series on an eighth of the circle, error below 1e-15. */
static inline struct phasor fmath_phasor(double x)
{
	double quarter = fmath_floor(4.0 * x + 0.5);
	double t = (x - 0.25 * quarter) * 6.283185307179586477;
	double u = t * t;
	double sine = t * (1.0 + u * (-1.0 / 6 + u * (1.0 / 120 + u * (-1.0 / 5040 + u * (1.0 / 362880 +
		u * (-1.0 / 39916800 + u * (1.0 / 6227020800)))))));
	double cosine = 1.0 + u * (-1.0 / 2 + u * (1.0 / 24 + u * (-1.0 / 720 + u * (1.0 / 40320 +
		u * (-1.0 / 3628800 + u * (1.0 / 479001600))))));
	switch ((int64_t)quarter & 3) {
	case 0: return (struct phasor){cosine, sine};
	case 1: return (struct phasor){-sine, cosine};
	case 2: return (struct phasor){-cosine, -sine};
	default: return (struct phasor){sine, -cosine};
	}
}

static inline struct phasor phasor_times(struct phasor a, struct phasor b)
{
	return (struct phasor){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* 2^x; x is clamped to +-1000. */
static inline double fmath_exp2(double x)
{
	x = fmath_clamp(x, -1000.0, 1000.0);
	double whole = fmath_floor(x + 0.5);
	double t = (x - whole) * 0.693147180559945309;
	double sum = 1.0;
	for (int i = 13; i > 0; i--)
		sum = 1.0 + sum * t / i;
	union {
		uint64_t bits;
		double value;
	} scale = {.bits = (uint64_t)((int64_t)whole + 1023) << 52};
	return sum * scale.value;
}

/* log2 of a normal x > 0. */
static inline double fmath_log2(double x)
{
	union {
		double value;
		uint64_t bits;
	} parts = {.value = x};
	int64_t exponent = (int64_t)(parts.bits >> 52 & 0x7ff) - 1023;
	parts.bits = (parts.bits & 0xfffffffffffffu) | (uint64_t)1023 << 52;
	if (parts.value > 1.41421356237309505) {
		parts.value *= 0.5;
		exponent++;
	}
	/* ln m = 2 artanh((m - 1) / (m + 1)) */
	double t = (parts.value - 1.0) / (parts.value + 1.0), u = t * t, sum = 0.0;
	for (int i = 19; i > 0; i -= 2)
		sum = sum * u + 1.0 / i;
	return (double)exponent + 2.0 * 1.44269504088896341 * t * sum;
}

/* x^y for x > 0. */
static inline double fmath_pow(double x, double y)
{
	return fmath_exp2(y * fmath_log2(x));
}

#endif

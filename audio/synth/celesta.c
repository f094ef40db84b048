/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/synth.h"
#include "audio/synth/voice.h"

/* A steel bar, free at both ends, struck by a felt hammer over a tuned box. The bar's overtones stand at the ratios
 * of the Euler-Bernoulli beam, 2.756, 5.404, 8.933 (Fletcher & Rossing, The Physics of Musical Instruments, 2.15);
 * they ring far shorter than the fundamental, which the box carries. The box adds its octave and twelfth, softly. */
static const struct {
	double ratio, amplitude, t60; /* t60 relative to the fundamental's */
	double felt;                  /* how much faster than the level it grows: a harder stroke is brighter */
} modes[] = {
	{1.0, 1.00, 1.00, 0.0},
	{2.0, 0.10, 0.55, 0.3},
	{2.756, 0.27, 0.36, 0.5},
	{3.0, 0.035, 0.40, 0.4},
	{5.404, 0.16, 0.18, 0.9},
	{8.933, 0.06, 0.07, 1.2},
};

/* The hammer's knock on wood: modes so strongly damped that they are heard as a noise; in Hz, below and between the
 * notes. */
static const struct {
	double hz, amplitude, t60;
} knock[] = {
	{287.0, 0.10, 0.060}, {713.0, 0.09, 0.045}, {1361.0, 0.07, 0.035},
	{2239.0, 0.05, 0.028}, {3467.0, 0.035, 0.020},
};

void celesta_plan(struct plan *plan, const struct strike *strike)
{
	double hz = strike->cycles * SYNTH_RATE;
	double octaves = fmath_log2(hz / 440.0);
	double t60 = fmath_clamp(3.7 * fmath_exp2(-0.33 * octaves), 0.8, 6.0);
	/* The ear is duller below and sharper towards 3 kHz: level is meant to be loudness. */
	double loudness = 0.53 * strike->level * fmath_clamp(fmath_exp2(-0.30 * octaves), 0.40, 1.45);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		double mode_hz = hz * modes[i].ratio;
		double mellow = 1.0 / (1.0 + mode_hz * mode_hz * (1.0 / (6500.0 * 6500.0)));
		double stroke = fmath_pow(strike->level, modes[i].felt);
		plan_add(plan, strike->cycles * modes[i].ratio, loudness * modes[i].amplitude * stroke * mellow,
			t60 * modes[i].t60, 0.0);
	}
	/* No bar is quite even: its other bending plane, a third of a hertz away, lets the tone breathe. */
	plan_add(plan, strike->cycles + 0.35 / SYNTH_RATE, 0.16 * loudness, 0.85 * t60, 0.0);
	double random = (double)(strike->random & 0xffff) / 65536.0;
	for (size_t i = 0; i < sizeof knock / sizeof knock[0]; i++)
		plan_add(plan, knock[i].hz * (0.94 + 0.12 * random) / SYNTH_RATE,
			0.45 * strike->level * strike->level * knock[i].amplitude, knock[i].t60, 0.0);
}

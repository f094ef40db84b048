/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/plan.h"
#include "audio/synth/synth.h"

/* A carillon's bell, tuned as its founders do since the Hemony brothers: hum, prime, a minor third, quint and nominal at
 * 1/2, 1, 6/5, 3/2 and 2 times the strike note, above them the stretched partials that a bell keeps whatever the founder
 * does (Rossing & Perrin, Vibration of Bells, 1987; Fletcher & Rossing 21.3-21.6). The hum lasts longest, the nominal
 * and what is above it make the stroke. A bell isn't quite round: each mode is two, a little apart, and they beat. */
static const struct {
	double ratio, amplitude, t60; /* t60 of the hum's */
	double warble;                /* the twin's distance, of the frequency; at most a cent */
} modes[] = {
	{0.5, 0.42, 1.00, 0.0003}, {1.0, 0.50, 0.60, 0.0004}, {1.2, 0.62, 0.52, 0.0005}, {1.5, 0.22, 0.30, 0.0},
	{2.0, 0.90, 0.34, 0.0005}, {2.5, 0.26, 0.20, 0.0}, {2.66, 0.22, 0.18, 0.0}, {3.0, 0.46, 0.20, 0.0006},
	{4.16, 0.36, 0.13, 0.0}, {5.43, 0.26, 0.09, 0.0}, {6.79, 0.18, 0.065, 0.0}, {8.21, 0.12, 0.05, 0.0},
};
static const double twin = 0.38;

void bell_plan(struct plan *plan, const struct strike *strike)
{
	double octaves = (strike->key - 69.0) / 12.0;
	double t60 = fmath_clamp(7.0 * fmath_exp2(-0.45 * octaves), 1.2, 8.6);
	/* The clapper: iron, heavier for lower bells. */
	double clapper = 3600.0 * fmath_exp2(0.55 * octaves) * fmath_pow(strike->level, 0.55);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		double cycles = strike->cycles * modes[i].ratio, over = cycles * SYNTH_RATE / clapper;
		double amplitude = modes[i].amplitude / (1.0 + over * over);
		plan_add(plan, cycles, modes[i].warble > 0.0 ? amplitude * (1.0 - twin) : amplitude, t60 * modes[i].t60, 0.0);
		if (modes[i].warble > 0.0)
			plan_add(plan, cycles * (1.0 + modes[i].warble), amplitude * twin, 0.95 * t60 * modes[i].t60, 0.0);
	}
	plan_set_loudness(plan, strike->level);
}

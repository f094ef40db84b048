/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/plan.h"
#include "audio/synth/synth.h"

/* Plucked strings by their modes. Where one is plucked decides their strengths (sin(pi k p) / k for the force at the
 * bridge), the finger's width takes the high ones away, stiffness stretches them (f_k = k f sqrt(1 + B k^2)), and
 * air and bending damp them the more the higher they are (Fletcher & Rossing, chapters 2 and 9). */
enum { PARTIALS_ACROSS = 2, RESONANCES = 3 };
static const double ln_1000 = 6.90775528;

struct string {
	double pluck, stiffness;              /* p and B */
	double t60, t60_octave;               /* of the fundamental at 220 Hz, and its factor (log2) an octave up */
	double t60_least, t60_most;
	double damping, bending;              /* nepers per second, for each kHz above the fundamental and for its square */
	double finger_hz, finger_level;       /* where the finger takes 6 dB: softest, and what full level adds */
	double highest_khz;
	double across;                        /* how much swings across, where the bridge gives less: it dies slower */
	struct {
		double hz, amplitude, t60;
	} body[RESONANCES];                   /* the wood answers the finger's release, briefly */
};

static const struct string clav = {
	.pluck = 0.171, .stiffness = 4e-5, .t60 = 3.5, .t60_octave = -0.28, .t60_least = 0.9, .t60_most = 6.0,
	.damping = 3.2, .bending = 1.2, .finger_hz = 1200.0, .finger_level = 2800.0, .highest_khz = 7.0, .across = 0.30,
	.body = {{118.0, 0.05, 0.11}, {241.0, 0.045, 0.07}, {397.0, 0.03, 0.05}},
};

/* Gut and nylon, plucked near the middle by the flesh of the finger: rounder and longer than the clav. */
static const struct string harp = {
	.pluck = 0.31, .stiffness = 1.5e-5, .t60 = 4.8, .t60_octave = -0.55, .t60_least = 0.7, .t60_most = 7.5,
	.damping = 2.6, .bending = 2.4, .finger_hz = 700.0, .finger_level = 1500.0, .highest_khz = 6.0, .across = 0.22,
	.body = {{165.0, 0.07, 0.13}, {292.0, 0.05, 0.09}, {470.0, 0.03, 0.06}},
};

static void string_plan(struct plan *plan, const struct strike *strike, const struct string *s)
{
	double hz = strike->cycles * SYNTH_RATE;
	double octaves = fmath_log2(hz / 220.0);
	double t60 = fmath_clamp(s->t60 * fmath_exp2(s->t60_octave * octaves), s->t60_least, s->t60_most);
	double slowest = ln_1000 / t60;
	/* Never by more than a cent. */
	double apart = fmath_clamp(strike->cycles * 0.0005, 0.0, 0.21 / SYNTH_RATE);
	double finger_hz = s->finger_hz + s->finger_level * strike->level;
	for (uint32_t k = 1; plan->n < PLAN_PARTIALS - RESONANCES; k++) {
		double stiff = (double)__builtin_sqrtf((float)((1.0 + s->stiffness * k * k) / (1.0 + s->stiffness)));
		double cycles = strike->cycles * k * stiff, khz = cycles * (SYNTH_RATE / 1000.0);
		if (khz > s->highest_khz && k > 1)
			break;
		double finger = khz * 1000.0 / finger_hz;
		double amplitude = fmath_phasor(0.5 * k * s->pluck).im / k / (1.0 + finger * finger);
		double over = khz - hz / 1000.0;
		double rate = slowest + s->damping * over + s->bending * over * over;
		if (k > PARTIALS_ACROSS) {
			plan_add(plan, cycles, amplitude, ln_1000 / rate, 0.0);
			continue;
		}
		plan_add(plan, cycles, amplitude * (1.0 - s->across), ln_1000 / rate, 0.0);
		plan_add(plan, cycles + apart * k, amplitude * s->across, 1.2 * ln_1000 / rate, 0.0);
	}
	plan_set_loudness(plan, 1.0);
	for (size_t i = 0; i < RESONANCES; i++)
		plan_add(plan, s->body[i].hz / SYNTH_RATE, 3.0 * strike->level * s->body[i].amplitude, s->body[i].t60, 0.0);
	plan_set_loudness(plan, strike->level);
}

void clav_plan(struct plan *plan, const struct strike *strike)
{
	string_plan(plan, strike, &clav);
}

void harp_plan(struct plan *plan, const struct strike *strike)
{
	string_plan(plan, strike, &harp);
}

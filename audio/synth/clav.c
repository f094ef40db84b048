/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/synth.h"
#include "audio/synth/voice.h"

/* A plucked string by its modes. Where it is plucked decides their strengths (sin(pi k p) / k for the force at the
 * bridge), the finger's width takes the high ones away, stiffness stretches them (f_k = k f sqrt(1 + B k^2)), and
 * air and bending damp them the more the higher they are (Fletcher & Rossing, chapters 2 and 9). */
static const double pluck_position = 0.171;
static const double stiffness = 4e-5;
static const double ln_1000 = 6.90775528;

/* The string also swings across, where the bridge gives less: a shade apart (never by more than a cent), slower to
 * die. */
static const double across = 0.30;
enum { PARTIALS_ACROSS = 2 };

/* The wood under the string answers the release of the finger, briefly; in Hz. */
static const struct {
	double hz, amplitude, t60;
} body[] = {
	{118.0, 0.05, 0.11}, {241.0, 0.045, 0.07}, {397.0, 0.03, 0.05},
};
enum { BODY = sizeof body / sizeof body[0] };

void clav_plan(struct plan *plan, const struct strike *strike)
{
	double hz = strike->cycles * SYNTH_RATE;
	double octaves = fmath_log2(hz / 220.0);
	double t60 = fmath_clamp(3.5 * fmath_exp2(-0.28 * octaves), 0.9, 6.0);
	double slowest = ln_1000 / t60; /* 1/s */
	double apart = fmath_clamp(strike->cycles * 0.0005, 0.0, 0.21 / SYNTH_RATE);
	double finger_hz = 1200.0 + 2800.0 * strike->level;
	double loudness = 0.32 * strike->level * fmath_clamp(fmath_exp2(-0.16 * octaves), 0.6, 1.5);
	for (uint32_t k = 1; plan->n < VOICE_PARTIALS - BODY; k++) {
		double stiff = (double)__builtin_sqrtf((float)((1.0 + stiffness * k * k) / (1.0 + stiffness)));
		double cycles = strike->cycles * k * stiff, khz = cycles * (SYNTH_RATE / 1000.0);
		if (khz > 7.0 && k > 1)
			break;
		double finger = khz * 1000.0 / finger_hz;
		double amplitude = fmath_phasor(0.5 * k * pluck_position).im / k / (1.0 + finger * finger);
		double over = khz - hz / 1000.0;
		double rate = slowest + 3.2 * over + 1.2 * over * over;
		if (k > PARTIALS_ACROSS) {
			plan_add(plan, cycles, amplitude, ln_1000 / rate, 0.0);
			continue;
		}
		plan_add(plan, cycles, amplitude * (1.0 - across), ln_1000 / rate, 0.0);
		plan_add(plan, cycles + apart * k, amplitude * across, 1.2 * ln_1000 / rate, 0.0);
	}
	plan_set_power(plan, loudness * loudness);
	for (size_t i = 0; i < BODY; i++)
		plan_add(plan, body[i].hz / SYNTH_RATE, strike->level * strike->level * body[i].amplitude, body[i].t60, 0.0);
}

/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/synth.h"
#include "audio/synth/voice.h"

/* A plucked string by its modes. Where it is plucked decides their strengths (sin(pi k p) / k for the force at the bridge),
 * the finger's width takes the high ones away, stiffness stretches them (f_k = k f sqrt(1 + B k^2)), and air and bending damp
 * them the more the higher they are (Fletcher & Rossing, chapters 2 and 9). */
static const double pluck_position = 0.171;
static const double stiffness = 4e-5;

static double part_of_second_plane(uint32_t k)
{
	return k <= 4 ? 0.30 : 0.0;
}

void clav_plan(struct plan *plan, const struct strike *strike)
{
	double hz = strike->cycles * SYNTH_RATE;
	double octaves = fmath_log2(hz / 220.0);
	double t60 = fmath_clamp(3.9 * fmath_exp2(-0.28 * octaves), 0.9, 6.0);
	double slowest = 6.90775528 / t60; /* 1/s */
	double finger_hz = 900.0 + 2300.0 * strike->level;
	double loudness = 0.21 * strike->level * fmath_clamp(fmath_exp2(-0.16 * octaves), 0.6, 1.5);
	double stretch = fmath_clamp(1.0 + stiffness, 1.0, 2.0);
	for (uint32_t k = 1; plan->n < VOICE_PARTIALS && k <= VOICE_PARTIALS; k++) {
		double stiff = (double)__builtin_sqrtf((float)((1.0 + stiffness * k * k) / stretch));
		double cycles = strike->cycles * k * stiff, khz = cycles * (SYNTH_RATE / 1000.0);
		if (khz > 7.0 && k > 1)
			break;
		double finger = khz * 1000.0 / finger_hz;
		double amplitude = fmath_phasor(0.5 * k * pluck_position).im / k / (1.0 + finger * finger);
		double over = khz - hz / 1000.0;
		double rate = slowest + 3.2 * over + 1.2 * over * over;
		double second = part_of_second_plane(k);
		plan_add(plan, cycles, amplitude * (1.0 - second), 6.90775528 / rate, 0.0);
		/* The string also swings across, where the bridge gives less: slower to die, a shade apart. */
		if (second > 0.0)
			plan_add(plan, cycles + 0.21 * k / SYNTH_RATE, amplitude * second, 1.35 * 6.90775528 / rate, 0.0);
	}
	plan_set_power(plan, loudness * loudness);
}

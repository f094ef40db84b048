/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/plan.h"
#include "audio/synth/synth.h"

/* Air: a pad, which is a tone with a little breath around it, and noise, which is breath with hardly a tone. White noise
 * through a resonance at the key (voice.c) makes the breath; the pad's tone is an open pipe's even fall of harmonics, a
 * softer second voice of it a shade apart, so that it drifts instead of standing. */
enum { HARMONICS = 12 };
static const double drift_cents = 1.2, second = 0.35;

void pad_plan(struct plan *plan, const struct strike *strike)
{
	const double mellow_hz = 300.0 + 1500.0 * strike->level;
	uint32_t random = strike->random;
	for (uint32_t k = 1; k <= HARMONICS; k++)
		for (int voice = 0; voice < 2; voice++) {
			double cycles = strike->cycles * k * fmath_exp2(voice * drift_cents / 1200.0);
			double over = cycles * SYNTH_RATE / mellow_hz;
			random = random * 1664525u + 1013904223u; /* Numerical Recipes' generator; its high bits serve */
			plan_add(plan, cycles, (voice ? second : 1.0) * 0.5 / k / (1.0 + over * over), 0.0,
				(double)(random >> 8) / 16777216.0);
		}
	plan->noise = (struct band){.cycles = strike->cycles, .width = 0.30 * strike->cycles, .amplitude = 0.035,
		.random = random};
	plan_set_envelope(plan, 2000, 3000, 4000);
	plan_set_loudness(plan, 0.9 * strike->level);
}

void noise_plan(struct plan *plan, const struct strike *strike)
{
	/* Wider when it is blown harder. */
	double width = strike->cycles * (0.10 + 0.45 * strike->level);
	plan->noise = (struct band){.cycles = strike->cycles, .width = width, .amplitude = 0.3, .random = strike->random};
	plan_set_envelope(plan, 60, 160, 900);
	plan_set_loudness(plan, 1.05 * strike->level);
}

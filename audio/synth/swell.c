/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/plan.h"
#include "audio/synth/synth.h"

/* A bowed ensemble: three players a few cents apart, each with the bow's sawtooth spectrum (1/k; Fletcher & Rossing,
 * chapter 10) through a dark body. All the partials of a note share one slow envelope; the higher ones fade earlier, so
 * that the tone opens and closes. */
enum { PLAYERS = 3, HARMONICS = PLAN_PARTIALS / PLAYERS };
static const double player_cents[PLAYERS] = {0.0, 4.3, -3.7};

void swell_plan(struct plan *plan, const struct strike *strike)
{
	const double body_hz = 900.0 + 1100.0 * strike->level;
	uint32_t random = strike->random;
	for (uint32_t k = 1; k <= HARMONICS; k++)
		for (int player = 0; player < PLAYERS; player++) {
			double cycles = strike->cycles * k * fmath_exp2(player_cents[player] / 1200.0);
			double over = cycles * SYNTH_RATE / body_hz;
			random = random * 1664525u + 1013904223u; /* Numerical Recipes' generator; its high bits serve */
			double phase = (double)(random >> 8) / 16777216.0;
			double t60 = k == 1 ? 0.0 : 60.0 / (double)(k - 1);
			plan_add(plan, cycles, 0.2 / k / (1.0 + over * over), t60, phase);
		}
	plan_set_envelope(plan, 1500, 3500, 6000);
	/* Three players together now and then: their mean is not their loudest. */
	plan_set_loudness(plan, 0.88 * strike->level);
}

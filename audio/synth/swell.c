/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/synth.h"
#include "audio/synth/voice.h"

/* A bowed ensemble: three players a few cents apart, each with the bow's sawtooth spectrum (1/k) through a dark
 * body. All the partials of a note share one slow envelope; the higher ones fade earlier, so that the tone opens and
 * closes. */
enum {
	PLAYERS = 3,
	HARMONICS = VOICE_PARTIALS / PLAYERS,
	ATTACK_MS = 1500,
	HOLD_MS = 3500,
	RELEASE_MS = 6000,
};
static const double player_cents[PLAYERS] = {0.0, 4.3, -3.7};

static uint32_t quanta(uint32_t ms)
{
	return ms * (SYNTH_RATE / 1000) / VOICE_QUANTUM;
}

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
	double octaves = fmath_log2(strike->cycles * SYNTH_RATE / 130.0);
	double loudness = 0.30 * strike->level * fmath_clamp(fmath_exp2(-0.2 * octaves), 0.6, 1.5);
	plan_set_power(plan, loudness * loudness);
	plan->attack = quanta(ATTACK_MS);
	plan->hold = quanta(HOLD_MS);
	plan->release = quanta(RELEASE_MS);
}

/* SPDX-License-Identifier: MIT */
#include "audio/synth/plan.h"

#include "audio/synth/fmath.h"
#include "audio/synth/loudness.h"
#include "audio/synth/synth.h"
#include "audio/synth/voice.h"

static const double highest = 0.40; /* 19.2 kHz */

/* The ear sums up over about this long: a short stroke of the same energy sounds nearly as loud as a long tone. */
static const double window_frames = 0.2 * SYNTH_RATE;
/* Partials closer than this don't beat within the window: they add as amplitudes, not as powers. */
static const double beatless = 2.0 / SYNTH_RATE;

void plan_add(struct plan *plan, double cycles, double amplitude, double t60, double phase)
{
	double size = amplitude < 0.0 ? -amplitude : amplitude;
	if (plan->n == PLAN_PARTIALS || cycles > highest || size <= voice_inaudible)
		return;
	struct partial p = {.cycles = cycles, .amplitude = amplitude, .phase = phase};
	if (t60 > 0.0)
		p.log2_decay = -9.96578428466208705 / (t60 * SYNTH_RATE); /* log2(1000) */
	plan->partials[plan->n++] = p;
}

static uint32_t quanta(uint32_t ms)
{
	return ms * (SYNTH_RATE / 1000) / VOICE_QUANTUM;
}

void plan_set_envelope(struct plan *plan, uint32_t attack_ms, uint32_t hold_ms, uint32_t release_ms)
{
	plan->attack = quanta(attack_ms);
	plan->hold = quanta(hold_ms);
	plan->release = quanta(release_ms);
}

/* The mean of e^(-2 rate t) over the window. */
static double mean_decay(double log2_decay)
{
	double nepers = -2.0 * 0.693147180559945309 * log2_decay * window_frames;
	return nepers < 1e-3 ? 1.0 : (1.0 - fmath_exp2(2.0 * log2_decay * window_frames)) / nepers;
}

static double weighted_power(const struct plan *plan)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < plan->n; i++) {
		const struct partial *p = &plan->partials[i];
		double amplitude = p->amplitude;
		for (uint32_t j = 0; j < plan->n && plan->attack == 0; j++) {
			double apart = p->cycles - plan->partials[j].cycles;
			if (j != i && apart < beatless && apart > -beatless)
				amplitude += plan->partials[j].amplitude;
		}
		sum += 0.5 * p->amplitude * amplitude * k_weight(p->cycles) * mean_decay(p->log2_decay);
	}
	if (plan->noise.width > 0.0)
		sum += plan->noise.amplitude * plan->noise.amplitude * k_weight(plan->noise.cycles);
	return sum;
}

void plan_set_loudness(struct plan *plan, double level)
{
	double power = weighted_power(plan);
	if (power <= 0.0)
		return;
	double wanted = level * level * power_of_db(plan_full_lufs - k_offset_db);
	double gain = (double)__builtin_sqrtf((float)(wanted / power));
	for (uint32_t i = 0; i < plan->n; i++)
		plan->partials[i].amplitude *= gain;
	plan->noise.amplitude *= gain;
}

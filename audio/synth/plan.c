/* SPDX-License-Identifier: MIT */
#include "audio/synth/plan.h"

#include "audio/synth/fmath.h"
#include "audio/synth/loudness.h"
#include "audio/synth/synth.h"

static const double highest = 0.40; /* 19.2 kHz */

/* The ear sums up over about this long: a short stroke of the same energy sounds nearly as loud as a long tone. */
static const double window_frames = 0.2 * SYNTH_RATE;
static const double beatless = 2.0 / SYNTH_RATE;

void plan_add(struct plan *plan, double cycles, double amplitude, double t60, double phase)
{
	double size = amplitude < 0.0 ? -amplitude : amplitude;
	if (plan->n == PLAN_PARTIALS || cycles > highest || size <= plan_inaudible)
		return;
	struct partial p = {.cycles = cycles, .amplitude = amplitude, .phase = phase};
	if (t60 > 0.0)
		p.log2_decay = -9.96578428466208705 / (t60 * SYNTH_RATE); /* log2(1000) */
	plan->partials[plan->n++] = p;
}

static uint32_t quanta(uint32_t ms)
{
	return ms * (SYNTH_RATE / 1000) / PLAN_QUANTUM;
}

void plan_set_envelope(struct plan *plan, uint32_t attack_ms, uint32_t hold_ms, uint32_t release_ms)
{
	plan->attack = quanta(attack_ms);
	plan->hold = quanta(hold_ms);
	plan->release = quanta(release_ms);
}

/* The mean of e^(-2 rate t) over a window from its beginning. */
static double mean_decay(double log2_decay, double n_frames)
{
	double nepers = -2.0 * 0.693147180559945309 * log2_decay * n_frames;
	return nepers < 1e-3 ? 1.0 : (1.0 - fmath_exp2(2.0 * log2_decay * n_frames)) / nepers;
}

static double partial_power(const struct partial *p, double from, double n_frames)
{
	double fallen = fmath_exp2(2.0 * p->log2_decay * from);
	return 0.5 * p->amplitude * k_weight(p->cycles) * fallen * mean_decay(p->log2_decay, n_frames);
}

static double noise_power(const struct plan *plan)
{
	const struct band *noise = &plan->noise;
	return noise->width > 0.0 ? noise->amplitude * noise->amplitude * k_weight(noise->cycles) : 0.0;
}

/* From 0 to 1 and back, as the square of the envelope does, roughly. */
static double swell(const struct plan *plan, double frame)
{
	double rising = frame / (plan->attack * (double)PLAN_QUANTUM);
	double end = (plan->attack + plan->hold + plan->release) * (double)PLAN_QUANTUM;
	double falling = (end - frame) / (plan->release * (double)PLAN_QUANTUM);
	double height = fmath_clamp(rising < falling ? rising : falling, 0.0, 1.0);
	return height * height;
}

/* The amplitude that the partial has together with those so near that they hardly beat, at a moment when all began alike:
 * two that are a little apart are one at first. */
static double joint_amplitude(const struct plan *plan, uint32_t i, double at)
{
	const struct partial *p = &plan->partials[i];
	double amplitude = p->amplitude;
	for (uint32_t j = 0; j < plan->n && plan->attack == 0; j++) {
		double apart = p->cycles - plan->partials[j].cycles;
		if (j != i && apart < beatless && apart > -beatless)
			amplitude += plan->partials[j].amplitude * fmath_phasor(apart * at).re;
	}
	return amplitude;
}

static double tone_power(const struct plan *plan, double from, double n_frames)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < plan->n; i++)
		sum += joint_amplitude(plan, i, from + 0.5 * n_frames) * partial_power(&plan->partials[i], from, n_frames);
	return sum;
}

double plan_power(const struct plan *plan, double from, double n_frames)
{
	double sum = noise_power(plan) + tone_power(plan, from, n_frames);
	return plan->attack > 0 ? sum * swell(plan, from + 0.5 * n_frames) : sum;
}

/* What swells is at its loudest for seconds, and beats within itself; a stroke only touches it, and is gone. */
static const double sustained = 0.45;

void plan_set_loudness(struct plan *plan, double level)
{
	double power = noise_power(plan) + tone_power(plan, 0.0, window_frames);
	if (power <= 0.0)
		return;
	double wanted = level * level * power_of_db(plan_full_lufs - k_offset_db);
	if (plan->attack > 0)
		wanted *= sustained;
	double gain = (double)__builtin_sqrtf((float)(wanted / power));
	for (uint32_t i = 0; i < plan->n; i++)
		plan->partials[i].amplitude *= gain;
	plan->noise.amplitude *= gain;
}

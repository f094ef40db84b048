/* SPDX-License-Identifier: MIT */
#include "tests/bench/synth_job.h"

#include "audio/synth/fmath.h"
#include "audio/synth/lanes.h"
#include "audio/synth/synth_plan.h"
#include "audio/synth/voice.h"

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(name)))
EXPORT("job_start") void job_start(uint32_t n_voices);
EXPORT("job_chain") float job_chain(void);
EXPORT("job_voices") float job_voices(void);
EXPORT("job_bare") float job_bare(void);
EXPORT("job_ringing") uint32_t job_ringing(void);
#endif

enum { PARTIALS = 6, MEMORY_BYTES = 9 << 20 };

/* A carillon bell's first six, with long rings: at the end of the job all of them still sound. */
static const double ratios[PARTIALS] = {0.5, 1.0, 1.2, 1.5, 2.0, 3.0};
static const double rings[PARTIALS] = {6000.0, 5000.0, 4500.0, 4000.0, 3500.0, 3000.0}; /* t60 in s */

static _Alignas(64) unsigned char memory[MEMORY_BYTES];
static struct voice voices[JOB_VOICES_MAX];
static bank_sum *sum;
static struct {
	lanes y1[PARTIALS], y2[PARTIALS], twice[PARTIALS], decay[PARTIALS];
} bare[JOB_VOICES_MAX];
static uint32_t n;

static struct synth *instrument(void)
{
	return (struct synth *)(void *)memory;
}

static void plan_bell(struct plan *plan, uint32_t i)
{
	*plan = (struct plan){0};
	double cycles = 440.0 / SYNTH_RATE * fmath_exp2((double)(i % 48) / 12.0 - 2.0) * (1.0 + 1e-5 * i);
	for (int p = 0; p < PARTIALS; p++)
		plan_add(plan, cycles * ratios[p], 0.01 / (p + 1), rings[p], 0.0);
}

static void bare_start(uint32_t i, const struct plan *plan)
{
	for (int p = 0; p < PARTIALS; p++) {
		struct phasor turn = fmath_phasor(plan->partials[p].cycles), now = {0.01 / (p + 1), 0.0};
		double shrink = fmath_exp2(plan->partials[p].log2_decay);
		turn.re *= shrink, turn.im *= shrink;
		struct phasor step = phasor_times(phasor_times(turn, turn), phasor_times(turn, turn));
		bare[i].twice[p] = lanes_of((float)(2.0 * step.re));
		bare[i].decay[p] = lanes_of((float)(step.re * step.re + step.im * step.im));
		for (int frame = 0; frame < 2 * LANES; frame++) {
			now = phasor_times(now, turn);
			if (frame < LANES)
				bare[i].y2[p][frame] = (float)now.im;
			else
				bare[i].y1[p][frame - LANES] = (float)now.im;
		}
	}
}

void job_start(uint32_t n_voices)
{
	if (synth_size() > MEMORY_BYTES || n_voices > JOB_VOICES_MAX)
		__builtin_trap();
	n = n_voices;
	sum = bank_choose();
	synth_init(instrument(), 1);
	for (uint32_t i = 0; i < n; i++) {
		struct plan plan;
		plan_bell(&plan, i);
		bare_start(i, &plan);
		voice_start(&voices[i], &plan, 0.7f, 0.7f);
		plan_bell(&plan, i);
		synth_start_plan(instrument(), &plan, 0.1f, (float)(i % 9) / 4.0f - 1.0f);
	}
}

float job_chain(void)
{
	static float out[2 * JOB_BLOCK];
	synth_render(instrument(), out, JOB_BLOCK);
	return out[0] + out[2 * JOB_BLOCK - 1];
}

float job_voices(void)
{
	static float left[JOB_BLOCK], right[JOB_BLOCK];
	for (int i = 0; i < JOB_BLOCK; i++)
		left[i] = right[i] = 0.0f;
	for (uint32_t i = 0; i < n; i++)
		voice_mix(&voices[i], sum, left, right, JOB_BLOCK);
	return left[0] + right[JOB_BLOCK - 1];
}

float job_bare(void)
{
	static lanes out[JOB_BLOCK / LANES];
	for (int k = 0; k < JOB_BLOCK / LANES; k++)
		out[k] = lanes_of(0.0f);
	for (uint32_t i = 0; i < n; i++)
		for (int p = 0; p < PARTIALS; p += 3) {
			/* Three at a time, so that none waits for its own last step. */
			lanes a1 = bare[i].y1[p], a2 = bare[i].y2[p], at = bare[i].twice[p], ad = bare[i].decay[p];
			lanes b1 = bare[i].y1[p + 1], b2 = bare[i].y2[p + 1], bt = bare[i].twice[p + 1], bd = bare[i].decay[p + 1];
			lanes c1 = bare[i].y1[p + 2], c2 = bare[i].y2[p + 2], ct = bare[i].twice[p + 2], cd = bare[i].decay[p + 2];
			for (int k = 0; k < JOB_BLOCK / LANES; k++) {
				out[k] += a2 + b2 + c2;
				lanes a = at * a1 - ad * a2, b = bt * b1 - bd * b2, c = ct * c1 - cd * c2;
				a2 = a1, b2 = b1, c2 = c1;
				a1 = a, b1 = b, c1 = c;
			}
			bare[i].y1[p] = a1, bare[i].y1[p + 1] = b1, bare[i].y1[p + 2] = c1;
			bare[i].y2[p] = a2, bare[i].y2[p + 1] = b2, bare[i].y2[p + 2] = c2;
		}
	return lanes_sum(out[0]);
}

uint32_t job_ringing(void)
{
	return synth_voices(instrument());
}

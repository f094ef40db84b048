/* SPDX-License-Identifier: MIT */
#include "audio/synth/bank.h"

#include "audio/synth/fmath.h"
#include "audio/synth/lanes.h"

#define BANK_SUM sum_by_4
#define BANK_LANES 4
#define BANK_TARGET
#include "audio/synth/bank_kernel.h"

/* BANK_NARROW leaves the wide one out, for comparison. */
#if defined(__x86_64__) && !defined(BANK_NARROW)
#define BANK_WIDE
#define BANK_SUM sum_by_8
#define BANK_LANES 8
#define BANK_TARGET __attribute__((target("avx2")))
#include "audio/synth/bank_kernel.h"
#endif

bank_sum *bank_choose(void)
{
#ifdef BANK_WIDE
	if (__builtin_cpu_supports("avx2"))
		return sum_by_8;
#endif
	return sum_by_4;
}

static uint32_t audible_quanta(const struct partial *p)
{
	double size = p->amplitude < 0.0 ? -p->amplitude : p->amplitude;
	if (size <= plan_inaudible)
		return 0;
	if (p->log2_decay >= 0.0)
		return UINT32_MAX;
	double frames = (fmath_log2(plan_inaudible) - fmath_log2(size)) / p->log2_decay;
	return (uint32_t)fmath_clamp(frames / BANK_QUANTUM + 1.0, 1.0, 1e9);
}

/* Longest-lived first. Plans come nearly sorted, so insertion is the right kind. */
static void sort_by_life(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->n; i++)
		plan->partials[i].n_quanta = audible_quanta(&plan->partials[i]);
	for (uint32_t i = 1; i < plan->n; i++) {
		struct partial p = plan->partials[i];
		uint32_t to = i;
		for (; to > 0 && plan->partials[to - 1].n_quanta < p.n_quanta; to--)
			plan->partials[to] = plan->partials[to - 1];
		plan->partials[to] = p;
	}
}

static struct phasor phasor_scale(struct phasor a, double factor)
{
	return (struct phasor){a.re * factor, a.im * factor};
}

static void bank_set_partial(struct bank *b, uint32_t i, const struct partial *p)
{
	struct phasor turn = phasor_scale(fmath_phasor(p->cycles), fmath_exp2(p->log2_decay));
	struct phasor now = phasor_scale(fmath_phasor(p->phase), p->amplitude);
	struct phasor step = {1.0, 0.0};
	struct bank_four *four = &b->fours[i / LANES];
	uint32_t in = i % LANES;
	struct bank_start *s = &four->start[in];
	for (int column = 0; column < BANK_COLUMNS; column++) {
		/* Turned before the first use: a sine's sample at its start is 0, and the note is to begin on its frame. */
		step = phasor_times(step, turn);
		s->re[column] = (float)step.re;
		s->im[column] = (float)step.im;
	}
	struct phasor next = step;
	for (int column = 0; column < BANK_COLUMNS; column++) {
		next = phasor_times(next, turn);
		s->next_re[column] = (float)next.re;
		s->next_im[column] = (float)next.im;
	}
	struct phasor leap = phasor_times(step, step);
	leap = phasor_times(leap, leap);
	leap = phasor_times(leap, leap);
	four->re[in] = (float)now.re;
	four->im[in] = (float)now.im;
	four->leap_re[in] = (float)leap.re;
	four->leap_im[in] = (float)leap.im;
	four->twice[in] = (float)(2.0 * step.re);
	four->decay[in] = (float)(step.re * step.re + step.im * step.im);
	b->n_quanta[i] = p->n_quanta;
}
_Static_assert(BANK_STEPS == 8, "a leap is a step squared three times");

void bank_set(struct bank *b, struct plan *plan)
{
	sort_by_life(plan);
	while (plan->n > 0 && plan->partials[plan->n - 1].n_quanta == 0)
		plan->n--;
	b->n = plan->n;
	for (uint32_t i = 0; i < plan->n; i++)
		bank_set_partial(b, i, &plan->partials[i]);
	/* The leap takes four at a time. */
	for (uint32_t i = plan->n; i % LANES != 0; i++) {
		struct bank_four *four = &b->fours[i / LANES];
		four->re[i % LANES] = four->im[i % LANES] = four->leap_re[i % LANES] = four->leap_im[i % LANES] = 0.0f;
	}
}
_Static_assert(PLAN_PARTIALS % LANES == 0, "the leap takes four at a time");

bool bank_trim(struct bank *b, uint32_t age)
{
	while (b->n > 0 && b->n_quanta[b->n - 1] <= age)
		b->n--;
	return b->n > 0;
}

void bank_leap(struct bank *b)
{
	for (uint32_t i = 0; i * LANES < b->n; i++) {
		struct bank_four *four = &b->fours[i];
		lanes re = lanes_load(four->re), im = lanes_load(four->im);
		lanes leap_re = lanes_load(four->leap_re), leap_im = lanes_load(four->leap_im);
		lanes_store(four->re, re * leap_re - im * leap_im);
		lanes_store(four->im, re * leap_im + im * leap_re);
	}
}

float bank_power(const struct bank *b)
{
	if (b->n == 0)
		return 0.0f;
	lanes re = lanes_load(b->fours[0].re), im = lanes_load(b->fours[0].im);
	return 0.5f * lanes_sum(re * re + im * im);
}

/* SPDX-License-Identifier: MIT */
#include "audio/synth/fmath.h"
#include "audio/synth/plan.h"
#include "audio/synth/synth.h"

/* Bars, free at both ends, struck by a hammer. Their bending modes follow the Euler-Bernoulli beam: shapes
 * cosh(bx) + cos(bx) - s (sinh(bx) + sin(bx)) and ratios 1, 2.756, 5.404, 8.933 (Fletcher & Rossing, The Physics of
 * Musical Instruments, 2.15); thick bars lie a little lower, and a marimba's arch is cut so that they become 1, 4, about
 * 10 (19.2-19.5). Where the hammer falls decides which modes it moves; how long it stays on the bar takes the high ones
 * away, and a harder blow stays shorter. */
enum { MODES = 6 };

struct mode {
	double ratio, radiates; /* times the fundamental; 0 ends the list */
	double t60;             /* of the fundamental's */
	int shape;              /* the beam's mode, from 1; 0 = the box or tube, which the fundamental drives wherever it is struck */
};

struct bar {
	struct mode modes[MODES];
	double strike;            /* place, 0 an end ... 0.5 the middle */
	double t60, t60_octave;   /* of the fundamental at 440 Hz, and its factor (log2) an octave up */
	double t60_least, t60_most;
	double hammer_hz;         /* where the contact takes 6 dB, at 440 Hz and level 1 */
	double hammer_octave;     /* its factor (log2) an octave up: high hammers are small and hard */
	double hardness;          /* its exponent of the level */
	double twin, twin_hz;     /* no bar is quite even: its other plane, a little apart, lets the tone breathe */
	double knock, knock_shift; /* the hammer on the wood */
};

static const struct bar celesta = {
	.modes = {{1.0, 1.0, 1.0, 1}, {2.0, 0.13, 0.55, 0}, {2.756, 0.42, 0.36, 2}, {3.0, 0.05, 0.40, 0}, {5.404, 0.36, 0.18, 3},
		{8.933, 0.20, 0.07, 4}},
	.strike = 0.42, .t60 = 3.7, .t60_octave = -0.33, .t60_least = 0.8, .t60_most = 6.0,
	.hammer_hz = 3400.0, .hammer_octave = 0.35, .hardness = 0.7, .twin = 0.16, .twin_hz = 0.35, .knock = 0.22, .knock_shift = 1.0,
};

/* Steel and brass: rings long, no tube to carry the fundamental, so that the upper modes stay. */
static const struct bar glockenspiel = {
	.modes = {{1.0, 1.0, 1.0, 1}, {2.71, 0.75, 0.60, 2}, {5.15, 0.60, 0.32, 3}, {8.43, 0.40, 0.18, 4}, {12.21, 0.25, 0.10, 5}},
	.strike = 0.30, .t60 = 5.5, .t60_octave = -0.42, .t60_least = 0.9, .t60_most = 6.5,
	.hammer_hz = 5200.0, .hammer_octave = 0.5, .hardness = 0.5, .twin = 0.10, .twin_hz = 0.8, .knock = 0.05, .knock_shift = 2.3,
};

/* Rosewood over tuned tubes, yarn mallets: the tube takes the fundamental's energy quickly and makes it sing. */
static const struct bar marimba = {
	.modes = {{1.0, 1.0, 1.0, 1}, {3.0, 0.012, 0.5, 0}, {4.0, 0.42, 0.30, 2}, {9.9, 0.22, 0.11, 3}, {17.6, 0.08, 0.06, 4}},
	.strike = 0.40, .t60 = 1.25, .t60_octave = -0.62, .t60_least = 0.32, .t60_most = 3.6,
	.hammer_hz = 1500.0, .hammer_octave = 0.45, .hardness = 0.8, .twin = 0.0, .twin_hz = 0.0, .knock = 0.16, .knock_shift = 0.8,
};

static double mode_shape(int n, double x)
{
	static const double roots[MODES] = {0.0, 4.73004074, 7.85320462, 10.99560784, 14.13716549, 17.27875966};
	double b = roots[n], up = fmath_exp2(b * 1.44269504088896341), down = 1.0 / up;
	struct phasor end = fmath_phasor(b / 6.28318530717958648), here = fmath_phasor(b * x / 6.28318530717958648);
	double sigma = (0.5 * (up + down) - end.re) / (0.5 * (up - down) - end.im);
	double grow = fmath_exp2(b * x * 1.44269504088896341), fade = 1.0 / grow;
	/* 2 at the ends. */
	return 0.5 * (0.5 * (grow + fade) + here.re - sigma * (0.5 * (grow - fade) + here.im));
}

/* The hammer's knock on wood: modes so strongly damped that they are heard as a noise; in Hz. */
static const struct {
	double hz, amplitude, t60;
} knocks[] = {
	{287.0, 0.10, 0.060}, {713.0, 0.09, 0.045}, {1361.0, 0.07, 0.035}, {2239.0, 0.05, 0.028}, {3467.0, 0.035, 0.020},
};

static void bar_plan(struct plan *plan, const struct strike *strike, const struct bar *bar)
{
	double octaves = (strike->key - 69.0) / 12.0;
	double t60 = fmath_clamp(bar->t60 * fmath_exp2(bar->t60_octave * octaves), bar->t60_least, bar->t60_most);
	double hammer = bar->hammer_hz * fmath_exp2(bar->hammer_octave * octaves) * fmath_pow(strike->level, bar->hardness);
	double driven = mode_shape(1, bar->strike);
	for (int i = 0; i < MODES && bar->modes[i].ratio > 0.0; i++) {
		const struct mode *m = &bar->modes[i];
		double cycles = strike->cycles * m->ratio, over = cycles * SYNTH_RATE / hammer;
		double moved = m->shape ? mode_shape(m->shape, bar->strike) : driven;
		plan_add(plan, cycles, m->radiates * moved / driven / (1.0 + over * over), t60 * m->t60, 0.0);
	}
	double over = strike->cycles * SYNTH_RATE / hammer, fundamental = 1.0 / (1.0 + over * over);
	plan_add(plan, strike->cycles + bar->twin_hz / SYNTH_RATE, bar->twin * fundamental, 0.85 * t60, 0.0);
	double random = (double)(strike->random & 0xffff) / 65536.0;
	for (size_t i = 0; i < sizeof knocks / sizeof knocks[0]; i++)
		plan_add(plan, knocks[i].hz * bar->knock_shift * (0.94 + 0.12 * random) / SYNTH_RATE,
			bar->knock * strike->level * knocks[i].amplitude * 10.0 * fundamental, knocks[i].t60, 0.0);
	plan_set_loudness(plan, strike->level);
}

void celesta_plan(struct plan *plan, const struct strike *strike)
{
	bar_plan(plan, strike, &celesta);
}

void glockenspiel_plan(struct plan *plan, const struct strike *strike)
{
	bar_plan(plan, strike, &glockenspiel);
}

void marimba_plan(struct plan *plan, const struct strike *strike)
{
	bar_plan(plan, strike, &marimba);
}

/* bank.h - a bank of decaying sine partials, rendered a quantum at a time. Each partial is a rotating, shrinking phasor at
 * the quantum's start, and the turns that lead from there to its first frames. For audio/synth.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_BANK_H
#define AUDIO_SYNTH_BANK_H

#include <stdbool.h>
#include <stdint.h>

#include "audio/synth/lanes.h"
#include "audio/synth/plan.h"

enum {
	BANK_QUANTUM = PLAN_QUANTUM,
	BANK_COLUMNS = 8, /* frames side by side */
	BANK_STEPS = BANK_QUANTUM / BANK_COLUMNS,
};

/* Turns from the phasor to the first frames and to those a step later; the imaginary part of the result is heard. */
struct bank_start {
	float re[BANK_COLUMNS], im[BANK_COLUMNS], next_re[BANK_COLUMNS], next_im[BANK_COLUMNS];
};

/* Four partials, together so that a bell of six lies on few cache lines and one page. */
struct bank_four {
	_Alignas(16) float re[LANES], im[LANES];  /* the phasors */
	float leap_re[LANES], leap_im[LANES];     /* turn and decay of a quantum */
	float twice[LANES], decay[LANES];         /* 2 Re(step), |step|^2 */
	struct bank_start start[LANES];
};

struct bank {
	uint32_t n;
	uint32_t n_quanta[PLAN_PARTIALS]; /* until it can't be heard; falling, so that the partials that live are the first */
	struct bank_four fours[PLAN_PARTIALS / LANES];
};

typedef void bank_sum(const struct bank *b, float *frames);

/* The fastest that this machine has; all give the same bits. */
bank_sum *bank_choose(void);
/* Takes the plan's partials, which it sorts. */
void bank_set(struct bank *b, struct plan *plan);
/* Drops what isn't heard any more at this age; false when nothing is left. */
bool bank_trim(struct bank *b, uint32_t age);
/* To the next quantum. */
void bank_leap(struct bank *b);
/* Mean square, about: of the partials that last. */
float bank_power(const struct bank *b);

#endif

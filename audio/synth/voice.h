/* voice.h - one sounding note: a bank of decaying sine partials as its plan lists them, a band of noise where it has one,
 * and an envelope over both. One loop for all instruments. For audio/synth.
 *
 * A voice renders in quanta of its own, counted from its onset, and keeps what was not yet asked for: so its samples
 * don't depend on where the caller's blocks begin and end.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_VOICE_H
#define AUDIO_SYNTH_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/synth/lanes.h"
#include "audio/synth/plan.h"

enum {
	VOICE_QUANTUM = 32, /* frames */
	VOICE_STEPS = VOICE_QUANTUM / LANES,
};

/* A partial ends here (-90 dBFS): the step of 16-bit audio, so that its end can't be heard either. */
static const double voice_inaudible = 3e-5;

/* White noise through a resonance whose gain is 1 at its peak (Smith & Angell, A Constant-Gain Digital Resonator, 1982). */
struct resonance {
	double a1, a2, gain;
	double x1, x2, y1, y2;
	uint32_t random;
};

struct voice {
	lanes re[PLAN_PARTIALS], im[PLAN_PARTIALS]; /* four successive frames of each rotating phasor; im is heard */
	float step_re[PLAN_PARTIALS], step_im[PLAN_PARTIALS]; /* turn and decay of 4 frames */
	float leap_re[PLAN_PARTIALS], leap_im[PLAN_PARTIALS]; /* the same of a quantum */
	uint32_t n_quanta[PLAN_PARTIALS]; /* falling, so that the partials that live are the first ones */
	struct resonance noise;            /* gain 0 = none */
	float frames[VOICE_QUANTUM];
	uint32_t at;                       /* next of frames to be mixed; VOICE_QUANTUM = all were */
	uint32_t n_partials;
	bool is_sounding;                  /* false = the voice is free */
	uint32_t age;                      /* quanta rendered */
	uint32_t attack, hold, release;
	float left, right;                 /* gains */
};

/* Starts the voice; without anything audible it stays free. */
void voice_start(struct voice *v, struct plan *plan, float left, float right);
/* Adds the next n frames to left and right. */
void voice_mix(struct voice *v, float *left, float *right, size_t n);
static inline bool voice_is_free(const struct voice *v) { return !v->is_sounding; }
/* Something to compare voices by: the energy of the partials that last. */
float voice_loudness(const struct voice *v);

#endif

/* voice.h - one sounding note: a bank of partials as its plan lists them, a band of noise where it has one, and an envelope
 * over both. For audio/synth.
 *
 * A voice renders in quanta of its own, counted from its onset, and keeps what was not yet asked for: so its samples
 * don't depend on where the caller's blocks begin and end.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_VOICE_H
#define AUDIO_SYNTH_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/synth/bank.h"

enum { VOICE_QUANTUM = BANK_QUANTUM };

/* White noise through a resonance whose gain is 1 at its peak (Smith & Angell, A Constant-Gain Digital Resonator, 1982). */
struct resonance {
	double a1, a2, gain; /* gain 0 = no noise */
	double x1, x2, y1, y2;
	uint32_t random;
};

struct voice {
	struct bank bank;
	struct resonance noise;
	_Alignas(16) float frames[VOICE_QUANTUM];
	uint32_t at;       /* next of frames to be mixed; VOICE_QUANTUM = all were */
	uint32_t age;      /* quanta rendered */
	uint32_t attack, hold, release;
	float left, right; /* gains */
	float power;       /* something to compare voices by: their mean square, about, a moment ago */
	bool is_sounding;
};

/* Starts the voice; without anything audible it doesn't sound. */
void voice_start(struct voice *v, struct plan *plan, float left, float right);
/* Adds the next n frames to left and right. */
void voice_mix(struct voice *v, bank_sum *sum, float *left, float *right, size_t n);

#endif

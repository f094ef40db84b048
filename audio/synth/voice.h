/* voice.h - one sounding note: a bank of decaying sine partials ("modes"), which is what a struck bar, a plucked
 * string and, with an envelope over it, a bowed ensemble come down to. Each instrument plans its partials once, at
 * the note's start; after that there is one loop for all of them. For audio/synth.
 *
 * A voice renders in quanta of its own, counted from its onset, and keeps what was not yet asked for: so its samples
 * don't depend on where the caller's blocks begin and end. Frequencies are in cycles per frame.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_VOICE_H
#define AUDIO_SYNTH_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/synth/lanes.h"

enum {
	VOICE_PARTIALS = 48,
	VOICE_QUANTUM = 32, /* frames */
	VOICE_STEPS = VOICE_QUANTUM / LANES,
};

/* What the instruments are asked for; all values are already clamped to their ranges. */
struct strike {
	double cycles;  /* fundamental, per frame */
	double key;     /* the same as a MIDI note */
	double level;   /* > 0 ... 1 */
	uint32_t random; /* for what may differ from note to note */
};

struct partial {
	double cycles, amplitude, phase; /* phase in cycles, 0 starts as a sine does */
	double log2_decay;               /* log2 of the amplitude's factor per frame; 0 = it stays */
	uint32_t n_quanta;               /* until it can't be heard any more */
};

struct plan {
	uint32_t n;
	uint32_t attack, hold, release; /* envelope in quanta; all 0 = none: the partials' own decay is all */
	struct partial partials[VOICE_PARTIALS];
};

/* Adds a partial that falls by 60 dB in t60 seconds (0 = never). Leaves out what is too high or too soft to be
 * heard, and what finds no room. */
void plan_add(struct plan *plan, double cycles, double amplitude, double t60, double phase);
/* Scales all amplitudes so that the sum of their squares is power. */
void plan_set_power(struct plan *plan, double power);

void celesta_plan(struct plan *plan, const struct strike *strike);
void clav_plan(struct plan *plan, const struct strike *strike);
void swell_plan(struct plan *plan, const struct strike *strike);

struct voice {
	lanes re[VOICE_PARTIALS], im[VOICE_PARTIALS]; /* four successive frames of each rotating phasor; im is heard */
	float step_re[VOICE_PARTIALS], step_im[VOICE_PARTIALS]; /* turn and decay of 4 frames */
	float leap_re[VOICE_PARTIALS], leap_im[VOICE_PARTIALS]; /* the same of a quantum */
	uint32_t n_quanta[VOICE_PARTIALS]; /* falling, so that the partials that live are the first ones */
	float frames[VOICE_QUANTUM];
	uint32_t at;                       /* next of frames to be mixed; VOICE_QUANTUM = all were */
	uint32_t n_partials;               /* 0 = the voice is free */
	uint32_t age;                      /* quanta rendered */
	uint32_t attack, hold, release;
	float left, right;                 /* gains */
};

/* Starts the voice; without any audible partial it stays free. */
void voice_start(struct voice *v, struct plan *plan, float left, float right);
/* Adds the next n frames to left and right. */
void voice_mix(struct voice *v, float *left, float *right, size_t n);
static inline bool voice_is_free(const struct voice *v) { return v->n_partials == 0; }
/* Something to compare voices by: the energy of the partials that last. */
float voice_loudness(const struct voice *v);

#endif

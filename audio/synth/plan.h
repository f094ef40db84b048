/* plan.h - what a note will sound like, decided once at its start: a list of decaying sine partials ("modes"), which is
 * what a struck bar, a bell, a plucked string and, with an envelope over it, a bowed ensemble come down to; and a band of
 * noise, which is what breath is. Each instrument is a function from a strike to a plan. For audio/synth.
 *
 * Frequencies are in cycles per frame, amplitudes of full scale, times in seconds where not said otherwise.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_PLAN_H
#define AUDIO_SYNTH_PLAN_H

#include <stdint.h>

enum { PLAN_PARTIALS = 48 };

/* What the instruments are asked for; all values are already clamped to their ranges. */
struct strike {
	double cycles;   /* fundamental, per frame */
	double key;      /* the same as a MIDI note */
	double level;    /* > 0 ... 1 */
	uint32_t random; /* for what may differ from note to note */
};

struct partial {
	double cycles, amplitude, phase; /* phase in cycles, 0 starts as a sine does */
	double log2_decay;               /* log2 of the amplitude's factor per frame; 0 = it stays */
	uint32_t n_quanta;               /* until it can't be heard any more; filled by voice_start */
};

struct band {
	double cycles, width; /* centre and -3 dB width; width 0 = no noise */
	double amplitude;     /* root mean square */
	uint32_t random;
};

struct plan {
	uint32_t n;
	uint32_t attack, hold, release; /* envelope in quanta; all 0 = none: the partials' own decay is all */
	struct band noise;              /* only under an envelope */
	struct partial partials[PLAN_PARTIALS];
};

/* Adds a partial that falls by 60 dB in t60 seconds (0 = never). Leaves out what is too high or too soft to be
 * heard, and what finds no room. */
void plan_add(struct plan *plan, double cycles, double amplitude, double t60, double phase);
void plan_set_envelope(struct plan *plan, uint32_t attack_ms, uint32_t hold_ms, uint32_t release_ms);
/* Scales everything so that the note is as loud as any other instrument's of this level in any register: K-weighted,
 * over its loudest fifth of a second; level 1 comes to plan_full_lufs. To be called last. */
void plan_set_loudness(struct plan *plan, double level);
static const double plan_full_lufs = -6.0;

void celesta_plan(struct plan *plan, const struct strike *strike);
void clav_plan(struct plan *plan, const struct strike *strike);
void swell_plan(struct plan *plan, const struct strike *strike);
void glockenspiel_plan(struct plan *plan, const struct strike *strike);
void marimba_plan(struct plan *plan, const struct strike *strike);
void bell_plan(struct plan *plan, const struct strike *strike);
void harp_plan(struct plan *plan, const struct strike *strike);
void pad_plan(struct plan *plan, const struct strike *strike);
void noise_plan(struct plan *plan, const struct strike *strike);

#endif

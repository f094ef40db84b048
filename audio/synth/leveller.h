/* leveller.h - the slow gain behind the instrument: holds a stream at -16 LUFS whatever comes, from a note a minute to five
 * hundred a second. It keeps the programme's loudness as ITU-R BS.1770-4 defines it (K-weighted blocks of 400 ms every
 * 100 ms, two gates), but over what it heard lately: it begins with what a typical note would measure, so that the first
 * note is right already; trusts its own ears more with each block, up to a minute of sounding blocks; forgets quickly when
 * everything is suddenly louder, or when notes come and all of them lie below the gate. Silence and tails teach it
 * nothing, and the gain is bounded, so what is meant to be soft stays soft. For audio/synth.
 *
 * Nothing depends on the caller's blocks: hops are counted in frames from the start.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_LEVELLER_H
#define AUDIO_SYNTH_LEVELLER_H

#include <stddef.h>
#include <stdint.h>

#include "audio/synth/lanes.h"

enum {
	LEVELLER_HOP = 4800,   /* frames: 100 ms */
	LEVELLER_BLOCK = 4,    /* hops a block of BS.1770 */
	LEVELLER_SHORT = 30,   /* hops: its short-term loudness, 3 s */
	LEVELLER_LOWEST = -100, /* LUFS of the first bin */
	LEVELLER_BINS = 160,   /* of 1 LU each */
};

struct leveller {
	pair shelf[2], highpass[2];   /* the K filter's memory, left and right */
	pair square;                  /* of this hop, weighted */
	uint32_t n_frames;            /* of this hop */
	double hops[LEVELLER_SHORT];  /* mean squares, both channels added; a ring */
	uint32_t at;                  /* hops so far */
	double weight[LEVELLER_BINS]; /* blocks heard of this loudness, older ones less */
	double power[LEVELLER_BINS];  /* sum of weight times mean square */
	uint32_t notes_below, hops_below; /* since a block was above the gate */
	double gain_db;
	float gain, slope;            /* slope per frame, to the next hop's end */
};

void leveller_init(struct leveller *l);
/* A note begins. */
void leveller_note(struct leveller *l);
void leveller_process(struct leveller *l, float *left, float *right, size_t n);

#endif

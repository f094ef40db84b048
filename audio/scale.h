/* scale.h - the tones that a score may use: a scale's steps over a tonic, between two keys. Keys are MIDI notes with
 * fractions, 60 = middle C, 69 = A of 440 Hz; steps are cents, a hundredth of an equally tempered semitone (Ellis 1885).
 * Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SCALE_H
#define AUDIO_SCALE_H

#include "base/span.h"

enum {
	SCALE_STEPS_MAX = 64,
	SCALE_TONES_MAX = 704, /* eleven octaves of 64 steps */
};

struct scale {
	size_t n;
	double cents[SCALE_STEPS_MAX]; /* from 0 up, below the 1200 of the octave in which they repeat */
};

/* "major pentatonic", "dorian" ... */
bool scale_named(struct span name, struct scale *out);
const char *scale_name_at(size_t i); /* NULL past the last */

/* "C#3", "Bb-1", "G4", "60", "61.5": 0...127, C4 = 60. */
bool scale_key_parse(struct span text, double *key);
/* "F#", "Bb", "C": semitones above C, 0...11. */
bool scale_tonic_parse(struct span text, double *semitones);

/* All tones from low to high, ascending; returns how many. */
size_t scale_tones(const struct scale *s, double tonic, double low, double high, float out[SCALE_TONES_MAX]);

#endif

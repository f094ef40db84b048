/* SPDX-License-Identifier: MIT */
#include "audio/scale.h"

#include <math.h>

#include "base/mem.h"

static const struct {
	const char *name;
	struct scale scale;
} scales[] = {
	{"major pentatonic", {5, {0, 200, 400, 700, 900}}},
	{"minor pentatonic", {5, {0, 300, 500, 700, 1000}}},
	{"blues", {6, {0, 300, 500, 600, 700, 1000}}},
	{"major", {7, {0, 200, 400, 500, 700, 900, 1100}}},
	{"minor", {7, {0, 200, 300, 500, 700, 800, 1000}}},
	{"harmonic minor", {7, {0, 200, 300, 500, 700, 800, 1100}}},
	{"ionian", {7, {0, 200, 400, 500, 700, 900, 1100}}},
	{"dorian", {7, {0, 200, 300, 500, 700, 900, 1000}}},
	{"phrygian", {7, {0, 100, 300, 500, 700, 800, 1000}}},
	{"lydian", {7, {0, 200, 400, 600, 700, 900, 1100}}},
	{"mixolydian", {7, {0, 200, 400, 500, 700, 900, 1000}}},
	{"aeolian", {7, {0, 200, 300, 500, 700, 800, 1000}}},
	{"locrian", {7, {0, 100, 300, 500, 600, 800, 1000}}},
	{"whole tone", {6, {0, 200, 400, 600, 800, 1000}}},
	{"chromatic", {12, {0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100}}},
};

bool scale_named(struct span name, struct scale *out)
{
	for (size_t i = 0; i < COUNT_OF(scales); i++)
		if (span_is(name, scales[i].name)) {
			*out = scales[i].scale;
			return true;
		}
	return false;
}

const char *scale_name_at(size_t i)
{
	return i < COUNT_OF(scales) ? scales[i].name : NULL;
}

/* A letter and its sharps or flats; the rest is what is left. Not within 0...11: Cb is 11 below the next C. */
static bool read_letter(struct span *text, double *semitones)
{
	static const int above_c[] = {9, 11, 0, 2, 4, 5, 7}; /* A to G */
	if (!text->n)
		return false;
	char letter = (char)(text->p[0] & ~0x20);
	if (letter < 'A' || letter > 'G')
		return false;
	*semitones = above_c[letter - 'A'];
	size_t i = 1;
	for (; i < text->n && (text->p[i] == '#' || text->p[i] == 'b'); i++)
		*semitones += text->p[i] == '#' ? 1 : -1;
	*text = span_make(text->p + i, text->n - i);
	return i <= 3;
}

bool scale_key_parse(struct span text, double *key)
{
	int64_t octave;
	if (span_to_double(text, key))
		return *key >= 0 && *key <= 127;
	if (!read_letter(&text, key) || !span_to_i64(text, &octave) || octave < -1 || octave > 9)
		return false;
	*key += 12 * (double)(octave + 1);
	return *key >= 0 && *key <= 127;
}

bool scale_tonic_parse(struct span text, double *semitones)
{
	if (!read_letter(&text, semitones) || text.n)
		return false;
	*semitones = fmod(*semitones + 12, 12);
	return true;
}

size_t scale_tones(const struct scale *s, double tonic, double low, double high, float out[SCALE_TONES_MAX])
{
	size_t n = 0;
	for (int octave = -1; octave <= 10; octave++)
		for (size_t i = 0; i < s->n; i++) {
			double key = tonic + 12 * octave + s->cents[i] / 100;
			if (key >= low && key <= high && n < SCALE_TONES_MAX)
				out[n++] = (float)key;
		}
	return n;
}

/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "audio/score_law.h"
#include "audio/synth/synth.h"

/* Listen to Wikipedia's law. An edit is a circle of sqrt(bytes) * 5 px, at least 3; its note falls with the
 * logarithm of that radius, from 100 for nothing to 0 at 1000 px, and picks one of 24 samples. The base b solves
 * b^100 = 1000 + b.
 *
 * Levels are ours (there every note is as loud as its recording). They are set so that one or two notes a second
 * come to about -20 LUFS: larger edits weigh a little more, and a swell's chord lies under the notes, not over them. */
static const double px_per_root_byte = 5.0;
static const double least_radius = 3.0;
static const double base = 1.0715307808111486871978099;
static const int samples = 24;

static const float note_level_small = 0.52f, note_level_large = 0.78f;
static const float swell_level = 0.42f;
static const float widest_pan = 0.8f;

/* Sample 1 of each instrument; both climb the F sharp major pentatonic. */
static const int celesta_lowest = 49, clav_lowest = 25;
static const int pentatonic[] = {0, 2, 5, 7, 9};

/* The three swells: F sharp major, C sharp major, and an open fifth on D sharp and G sharp. 0 ends a chord. */
static const uint8_t chords[3][SCORE_NOTES_MAX] = {
	{30, 42, 46, 49, 54},
	{37, 44, 49, 53, 56},
	{39, 44, 51, 56, 63},
};

struct hatnote hatnote_law(double n_bytes)
{
	struct hatnote h = {.radius = sqrt(fabs(n_bytes)) * px_per_root_byte};
	if (!(h.radius > least_radius)) /* NaN too */
		h.radius = least_radius;
	h.pitch = 100.0 - fmin(100.0, log(h.radius + base) / log(base));
	h.index = (int)floor(h.pitch / 100.0 * samples);
	return h;
}

static float hatnote_pan(uint64_t bits)
{
	return ((float)(bits & 0xffff) / 65535.0f * 2.0f - 1.0f) * widest_pan;
}

static int sample_key(int lowest, int sample)
{
	return lowest + 12 * ((sample - 1) / 5) + pentatonic[(sample - 1) % 5];
}

static struct note hatnote_note(const struct event *ev, int64_t at_ms)
{
	uint64_t bits = score_bits(ev);
	struct hatnote h = hatnote_law(ev->magnitude);
	int fuzz = (int)(bits & 3) - 2;
	int index = h.index + fuzz;
	index = index < 1 ? 1 : index > 23 ? 23 : index;
	bool grows = ev->polarity > 0;
	float weight = 1.0f - (float)(h.pitch / 100.0);
	return (struct note){
		.at_ms = at_ms,
		.instrument = grows ? SYNTH_CELESTA : SYNTH_CLAV,
		.key = (float)sample_key(grows ? celesta_lowest : clav_lowest, index + 1),
		.level = note_level_small + (note_level_large - note_level_small) * weight,
		.pan = hatnote_pan(bits >> 16),
	};
}

/* The chord's notes stand side by side around its place, as a section of players does. */
static size_t hatnote_swell(const struct event *ev, int64_t at_ms, struct note out[SCORE_NOTES_MAX])
{
	uint64_t bits = score_bits(ev);
	unsigned quarter = bits >> 8 & 3;
	const uint8_t *chord = chords[quarter == 0 ? 0 : quarter == 3 ? 2 : 1];
	float middle = hatnote_pan(bits >> 16) * 0.5f;
	size_t n = 0;
	for (; n < SCORE_NOTES_MAX && chord[n]; n++) {
		float side = n % 2 ? 1.0f : -1.0f;
		out[n] = (struct note){.at_ms = at_ms, .instrument = SYNTH_SWELL, .key = chord[n], .level = swell_level,
			.pan = middle + side * 0.09f * (float)n};
	}
	return n;
}

/* What a wiki (its events count in bytes) tells besides edits: entries of its logs, categories, visitors' accounts. */
static bool is_silent(const struct event *ev)
{
	return span_is(ev->unit, "bytes") && !span_is(ev->kind, "edit") && !span_is(ev->kind, "new");
}

static size_t hatnote_play(struct score *s, const struct event *ev, int64_t at_ms, struct note out[SCORE_NOTES_MAX])
{
	if (ev->accent) {
		s->counts.played++;
		return hatnote_swell(ev, at_ms, out);
	}
	if (is_silent(ev)) {
		s->counts.unplayed++;
		return 0;
	}
	if (!score_take_place(s, at_ms)) {
		s->counts.capped++;
		return 0;
	}
	s->counts.played++;
	out[0] = hatnote_note(ev, at_ms);
	return 1;
}

const struct score_law score_law_hatnote = {.name = "hatnote", .play = hatnote_play};

/* score.h - events to notes: pitch law, instrument, note cap, pan, level. One score a station; it keeps the little state
 * that a cap needs. Pure: no clock, no I/O; time comes with each call. One thread at a time.
 * `hatnote` is Listen to Wikipedia's law (radius, pitch, index, F sharp pentatonic; 15 notes per 300 ms, swells outside
 * the cap); where that draws random numbers, this takes bits of a hash of the entity, so that it can be repeated.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SCORE_H
#define AUDIO_SCORE_H

#include "base/err.h"
#include "base/event.h"

enum { SCORE_NOTES_MAX = 8 }; /* an event asks for at most this many: a swell's chord */

/* What the score asks for. instrument is an enum synth_instrument. */
struct note {
	int64_t at_ms; /* on the clock that the caller of score_play used */
	uint32_t instrument;
	float key;     /* MIDI note, fractions allowed */
	float level;   /* 0...1 */
	float pan;     /* -1...1 */
};

struct score_counts {
	uint64_t played;   /* events that got notes */
	uint64_t capped;   /* would have, but the cap was reached */
	uint64_t unplayed; /* kinds that this score leaves silent */
};

struct score;

/* name: "hatnote". E_GONE with why naming the known ones. */
enum err score_create(struct span name, struct score **score, struct why *why) NODISCARD;
void score_destroy(struct score *s);
/* Fills out and returns how many notes the event gets, 0 for none. at_ms must not go back by more than the cap's window. */
size_t score_play(struct score *s, const struct event *ev, int64_t at_ms, struct note out[SCORE_NOTES_MAX]);
struct score_counts score_counts(const struct score *s);

const char *instrument_name(uint32_t instrument); /* "celesta" "clav" "swell" "glockenspiel" "marimba" ... */
bool instrument_parse(struct span name, uint32_t *out);

/* The hatnote law by itself, for its golden table (reference: Listen to Wikipedia, app.js 34-44 and 248-268).
 * radius in px, pitch 0...100, index 0...23 before fuzz and clamp. */
struct hatnote {
	double radius, pitch;
	int index;
};
struct hatnote hatnote_law(double n_bytes);

#endif

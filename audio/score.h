/* score.h - events to notes: pitch law, scale, instrument, note cap, pan, level. What a score is, is data (score_rules,
 * written in YAML, the built-in ones too); a score playing keeps the state that this needs: the cap's places, the
 * distribution of magnitudes, the drone's clock. Pure: no clock, no I/O; time comes with each call. One thread at a time.
 * Where Listen to Wikipedia draws random numbers, this takes bits of a hash of the entity, so that it can be repeated.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SCORE_H
#define AUDIO_SCORE_H

#include "base/err.h"
#include "base/event.h"
#include "base/yaml_tree.h"

enum {
	SCORE_NOTES_MAX = 16,      /* an event asks for at most this many: a chord, and the drone's */
	SCORE_SMOOTH_MAX_MS = 9000, /* a note is at most so much later than its event, a strum comes on top */
};

/* What the score asks for. instrument is an enum synth_instrument. */
struct note {
	int64_t at_ms; /* on the clock that the caller of score_play used; later than the call where bursts are smoothed */
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

struct score_rules; /* immutable; any thread */
struct score;

/* A built-in score (audio/scores/), or NULL. */
const struct score_rules *score_named(struct span name);
const char *score_name_at(size_t i); /* NULL past the last */
/* The name's rules, or what is wrong with it and what could have been meant. */
enum err score_find(struct span name, const struct score_rules **rules, struct why *why) NODISCARD;

/* Rules out of their description (score_rules.h has the language). node must outlive them. Each thing wrong with it is
 * told by fault (text: "what is wrong; what to do"), and NULL given if there was any. Owned by the caller. */
struct score_rules *score_compile(const struct yaml *node, void (*fault)(void *data, int line, const char *text),
	void *data) NODISCARD;
void score_rules_destroy(struct score_rules *r); /* accepts NULL */

/* rules must outlive the score. */
struct score *score_create(const struct score_rules *rules) NODISCARD;
void score_destroy(struct score *s); /* accepts NULL */
/* Fills out and returns how many notes the event gets, 0 for none. at_ms must not go back by more than the cap's window:
 * then the cap begins anew. */
size_t score_play(struct score *s, const struct event *ev, int64_t at_ms, struct note out[SCORE_NOTES_MAX]);
struct score_counts score_counts(const struct score *s);

const char *instrument_name(uint32_t instrument); /* "celesta" "clav" ... */
bool instrument_parse(struct span name, uint32_t *out);

#endif

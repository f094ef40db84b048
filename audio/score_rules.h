/* score_rules.h - a score's rules as data, and the language in which they are written. Private to audio/; immutable once
 * compiled, any thread.
 *
 *   like: NAME              begin with a built-in score's rules; without it with those of `any`
 *   law: log                the rank of a magnitude among those that came lately: the smallest sounds highest
 *        hatnote, bitlisten the formulas of Listen to Wikipedia and of BitListen
 *   magnitudes: [LOW, HIGH] law log only: these are the ends, with the logarithm between them, whatever the stream brings
 *   scale: NAME | [0, CENTS, ...]    and   key: TONIC, as F#
 *   range: [KEY, KEY]       the lowest and the highest, as C#3 or MIDI numbers
 *   fuzz: N                 an entity's tone is one of N neighbours
 *   velocity: [LEVEL, LEVEL]  of the smallest and of the largest
 *   pan: entity | channel | actor | kind | source | middle     what has one place between left and right;   width: 0...1
 *   cap: {notes: N, window: TIME}      more than N at a time are left out, the smallest first
 *   smooth: TIME            what comes in bursts is played up to so late
 *   drone: {instrument, level, every: TIME} | false            a chord that grows with the rate
 *   instruments: the first of the list whose conditions all fit:
 *     kind, source, channel, unit, tag: TEXT or [TEXT, ...]
 *     polarity: -1 | 0 | 1, actor_kind: member | anon | bot (or lists), accent: true | false, from, below: MAGNITUDE
 *     use: INSTRUMENT | silence
 *     octave: N             up or down
 *     level: LEVEL or velocity: [LEVEL, LEVEL]
 *     chord: [STEP, ...]    of the scale, over its tone; keys: [KEY, ...] in its tone's stead; or a list of such lists, of
 *                           which an entity has one;    strum: TIME between a chord's notes
 *     capped: false         it is played whatever the cap says
 *
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SCORE_RULES_H
#define AUDIO_SCORE_RULES_H

#include "audio/scale.h"
#include "audio/score.h"

enum {
	CHORDS_MAX = 8,
	CHORD_NOTES_MAX = 8,
	DRONE_NOTES = 4,
	CAP_MAX = 200,
};
_Static_assert(CHORD_NOTES_MAX + DRONE_NOTES <= SCORE_NOTES_MAX, "an event's notes have room");

enum score_law { LAW_LOG, LAW_HATNOTE, LAW_BITLISTEN };
enum score_pan { PAN_ENTITY, PAN_CHANNEL, PAN_ACTOR, PAN_KIND, PAN_SOURCE, PAN_MIDDLE };

struct texts { /* empty: any */
	struct span *items;
	size_t n;
};

struct levels {
	float small, large; /* of the smallest and of the largest */
};

enum chord_kind { CHORD_NONE, CHORD_STEPS, CHORD_KEYS };
struct chord {
	size_t n;
	double notes[CHORD_NOTES_MAX];
};

/* One entry of `instruments`: for whom, and what they get. */
struct score_part {
	struct texts kind, source, channel, unit, tag;
	unsigned polarities;  /* bits 0, 1, 2 for -1, 0, 1; 0 = any */
	unsigned actor_kinds; /* bits by enum actor_kind; 0 = any */
	enum { ACCENT_ANY, ACCENT_YES, ACCENT_NO } accent;
	double from, below;   /* magnitude */
	bool is_silent, is_uncapped, has_levels;
	uint32_t instrument;
	int octave;
	struct levels levels;
	enum chord_kind chord_kind;
	struct chord chords[CHORDS_MAX];
	size_t n_chords;
	int64_t strum_ms;
};

struct score_drone {
	bool is_on;
	uint32_t instrument;
	float level;
	int64_t every_ms;
	float keys[DRONE_NOTES]; /* the tonic first */
};

struct score_rules {
	enum score_law law;
	bool has_magnitudes;
	double least, most; /* magnitudes, where the file gives them */
	struct scale scale;
	double tonic, low, high; /* keys */
	float *tones;            /* ascending, at least one */
	size_t n_tones;
	unsigned fuzz;
	struct levels levels;
	enum score_pan pan;
	float width;
	unsigned cap;
	int64_t window_ms, smooth_ms;
	struct score_drone drone;
	struct score_part *parts;
	size_t n_parts;
};

/* The pitch laws. place: 0 the lowest tone ... 1 the highest; weight: 0 small ... 1 large. rank: ranking_of. */
struct pitch {
	double place, weight;
};
struct pitch score_pitch(const struct score_rules *r, double magnitude, double rank);

/* Listen to Wikipedia's formula by itself (app.js 34-44 and 248-251): radius in px, pitch 0...100. */
struct hatnote {
	double radius, pitch;
};
struct hatnote hatnote_law(double n_bytes);
/* BitListen's (transaction.js 43-59): pitch 0...100, volume 0.3...0.7. */
struct bitlisten {
	double pitch, volume;
};
struct bitlisten bitlisten_law(double bitcoins);

#endif

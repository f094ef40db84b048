/* timed_json.h - what the dialects in JSON share: a text parsed though it says NaN, the file's lines at which a list's
 * items stand, times in seconds or milliseconds, words gathered to sentences. For dialect_*.c only. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_TIMED_JSON_H
#define TRANSCRIPTS_TIMED_JSON_H

#include "base/json.h"
#include "transcripts/document.h"
#include "transcripts/lines.h"

/* Owned; NULL when it isn't JSON. Bare NaN and Infinity, which speech recognisers write, are read as null. */
cJSON *timed_json_parse(struct span text, struct why *why) NODISCARD;
/* True when it may be an object in JSON with this member: a quick look before it is parsed. name: in its quotes. */
bool timed_json_has(struct span text, const char *quoted_name);

/* The items of the list that the top-level object has under key (NULL: the top-level list itself) one after the other,
 * with the line of each. */
struct timed_json_items {
	const cJSON *item;  /* the current one */
	int line;
	/* private */
	const cJSON *_next;
	struct span _rest;  /* of the text, at the list's next item; empty where its place isn't known */
	int _line;
};
void timed_json_begin(struct timed_json_items *i, const cJSON *root, const char *key, struct span text, int first_line);
bool timed_json_next(struct timed_json_items *i);

/* A number (or a text that is one) times unit, in ms; 0 to a century. */
bool timed_json_time(const cJSON *item, double unit_ms, int64_t *ms);

/* A cue whose start the file has or hasn't: without one it is reported and kept untimed. */
void timed_json_add(struct transcript *t, int64_t start_ms, int64_t end_ms, struct span text, int line,
	const struct dialect_faults *faults);
/* Starts a turn where the speaker isn't the open turn's. */
void timed_json_turn(struct transcript *t, struct span speaker);

/* Sets the document's language (a code, or a name in English as Whisper's service writes it) and duration, where they
 * are said. */
void timed_json_describe(struct document *d, struct span language, const cJSON *duration, double unit_ms);

/* Words {text|word, start, end, speaker?} as cues: one a sentence, at most 30 words; a new one where the speaker
 * changes. */
void timed_json_add_words(struct transcript *t, struct timed_json_items *words, double unit_ms,
	const struct dialect_faults *faults);

#endif

/* render.h - a window of events to a sound file, faster than real time: the same score and synthesizer as live, driven
 * by the events' own times. Blocking; a command's thread or a worker's.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_RENDER_H
#define AUDIO_RENDER_H

#include <stdatomic.h>

#include "audio/encoder.h"
#include "audio/score.h"

struct render_job {
	int64_t from_ms, to_ms; /* [from, to) of the events' time */
	double speed;           /* > 0; 1 = as it was */
	uint32_t seed;
	struct score *score;
	/* The next event by (time, seq), borrowed until the next call; E_GONE at the end. */
	enum err (*next)(void *data, const struct event **ev, struct why *why);
	void *data;
	/* Called about ten times a second of work with frames done and in all; may be NULL. */
	void (*progress)(void *data, uint64_t done, uint64_t total);
	const atomic_bool *stop; /* true: it ends within a block's time, with E_GONE; may be NULL */
};

struct render_result {
	uint64_t frames, events, notes;
	uint64_t notes_dropped; /* more at once than the synthesizer takes */
	float peak; /* highest absolute sample */
};

/* Renders the window and then until the sound has died away (at most 15 s more). */
enum err render_to(struct encoder *encoder, const struct render_job *job, struct render_result *result,
	struct why *why) NODISCARD;

#endif

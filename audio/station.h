/* station.h - a running station's sound: notes in, encoded pages out to any number of audio listeners.
 * The loop thread owns the station, its notes and its listeners; one audio thread a station renders in 10 ms blocks by
 * the monotonic clock and encodes once per format. They share two lock-free rings, nothing else. The thread is started
 * by the first listener and stopped after the last (with a few seconds' grace).
 * Policies: notes ring full -> the note is dropped and counted; a listener who falls more than the window behind skips
 * ahead to the newest burst and it is counted.
 * All functions: loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_STATION_H
#define AUDIO_STATION_H

#include "audio/encoder.h"
#include "audio/score.h"
#include "base/msg.h"

struct station;
struct station_listener;

struct station_counts {
	uint64_t listeners;     /* now */
	uint64_t notes_dropped;
	uint64_t skips;         /* listeners moved ahead */
	uint64_t late_blocks;   /* rendered after their time */
	uint64_t pages_dropped; /* packs of 100 ms, because the loop didn't collect them */
	bool running;
};

/* wake: called from the audio thread when there are new pages; it must only wake the loop, which then calls
 * station_collect. title: for the stream's tags. seed: for the synthesizer. */
struct station *station_create(const char *title, uint32_t seed, void (*wake)(void *data), void *data);
void station_destroy(struct station *s);

/* Plays a note; at_ms is clock_wall_ms time and gets the station's fixed lead of 250 ms, so that notes of one batch
 * keep their distances. Does nothing while nobody listens. */
void station_note(struct station *s, const struct note *note);

/* Starts the thread when it doesn't run. available: called on the loop thread (from station_collect) when there is
 * something to take. The listener starts with the format's header and a burst of the last seconds. */
enum err station_listen(struct station *s, enum encoder_format format, void (*available)(void *data), void *data,
	struct station_listener **listener, struct why *why) NODISCARD;
/* The next page, with a reference for the caller, or NULL when there is none yet. */
struct msg *station_take(struct station_listener *l);
void station_leave(struct station_listener *l);

/* Moves what the audio thread made into the formats' windows and tells listeners. */
void station_collect(struct station *s);
struct station_counts station_counts(const struct station *s);

#endif

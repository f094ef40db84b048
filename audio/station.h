/* station.h - a running station's sound: notes in, encoded pages out to any number of audio listeners.
 * The loop thread owns the station, its notes and its listeners; a rendering and an encoding thread a running station
 * (station_thread.h). They share lock-free rings, nothing else. The threads are started by the first listener and
 * stopped after the last (with a few seconds' grace). A station that doesn't run costs a few KiB, one that runs about
 * 4 MiB, so that many may come and go.
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
	uint64_t listeners;     /* now; of HLS, requests that wait for the first segment */
	uint64_t notes_dropped;
	uint64_t skips;         /* listeners moved ahead */
	uint64_t late_blocks;   /* rendered after their time */
	uint64_t blocks_dropped; /* of 10 ms, because the encoder didn't get to them */
	uint64_t pages_dropped; /* packs of 200 ms, because the loop didn't collect them */
	bool running;
	bool hls;               /* segments are being made */
};

/* wake: called from an audio thread when there are new pages; it must only wake the loop, which then calls
 * station_collect. title: for the stream's tags. seed: for the synthesizer. */
struct station *station_create(const char *title, uint32_t seed, void (*wake)(void *data), void *data);
/* Waits for the threads where the station still runs, some 20 ms: let it stop by itself first where there is time. */
void station_destroy(struct station *s); /* accepts NULL */

/* Plays a note; at_ms is clock_wall_ms time and gets the station's fixed lead of 250 ms, so that notes of one batch
 * keep their distances. While nobody listens it is only remembered for the few seconds that a first listener gets. */
void station_note(struct station *s, const struct note *note);
/* What sounds now, for players that show a title. Of several that come closely together the one with the greatest
 * weight is shown, each for some seconds. text: UTF-8, copied; it may come from anywhere. */
void station_title(struct station *s, struct span text, float weight);

/* Starts the threads when they don't run. available: called on the loop thread (from station_collect) when there is
 * something to take, every two seconds. The listener starts with the format's header and a burst of the last
 * seconds. format: ENCODER_OPUS, ENCODER_MP3; ENCODER_HLS waits for segments (station_hls.h). */
enum err station_listen(struct station *s, enum encoder_format format, void (*available)(void *data), void *data,
	struct station_listener **listener, struct why *why) NODISCARD;
/* The next page, with a reference for the caller, or NULL when there is none yet. title (may be NULL): an ICY metadata
 * block of what sounds in it, borrowed until the next call; NULL where there is none. */
struct msg *station_take(struct station_listener *l, struct msg **title);
void station_leave(struct station_listener *l); /* accepts NULL */

/* Moves what the audio threads made into the formats' windows and tells listeners. */
void station_collect(struct station *s);
struct station_counts station_counts(const struct station *s);

#endif

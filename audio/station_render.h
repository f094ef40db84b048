/* station_render.h - a station's sound in blocks of 10 ms, for whoever has a clock: the station's own thread, or a sound
 * device's callback. Real-time safe where it says so: no allocation, no lock, no system call.
 * out: float32 [STATION_BLOCK][2] interleaved, 48 kHz, full scale 1.0. Times are clock_mono_us.
 * Policy of its one queue: full -> the note isn't taken; the caller counts it.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_STATION_RENDER_H
#define AUDIO_STATION_RENDER_H

#include "audio/synth/synth.h"
#include "base/err.h"

enum {
	STATION_BLOCK = 480, /* frames */
	STATION_BLOCK_US = 10000,
};

/* A note by the monotonic clock; its frame is reckoned by the renderer, which alone knows where it stands. */
struct timed_note {
	int64_t mono_us;
	struct synth_note note;
};

struct station_render;

/* start_us: the time of frame 0; may lie in the past, to be caught up with. Any thread. */
struct station_render *station_render_create(uint32_t seed, int64_t start_us);
void station_render_destroy(struct station_render *r); /* accepts NULL; no other call may run */

/* One thread gives notes. E_FULL: not taken. Real-time safe. */
enum err station_render_note(struct station_render *r, const struct timed_note *note) NODISCARD;

/* The others: one thread, the audio's. All real-time safe. */
void station_render_block(struct station_render *r, float *out);
/* When the next block is due to begin sounding. */
int64_t station_render_due_us(const struct station_render *r);
/* So much time has passed unplayed (a machine that slept, a device that vanished): the next block is due so much later. */
void station_render_postpone(struct station_render *r, int64_t us);
/* Notes that the synthesizer had no room for. */
uint64_t station_render_refused(const struct station_render *r);

#endif

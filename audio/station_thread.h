/* station_thread.h - the audio thread of a running station, for station.c: renders 10 ms blocks by the monotonic clock
 * and feeds the formats that were asked for. The two sides share three lock-free rings and nothing else:
 *   commands and notes go in, what was made comes out.
 * Everything here is called on the loop thread.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_STATION_THREAD_H
#define AUDIO_STATION_THREAD_H

#include "audio/encoder.h"
#include "audio/synth/synth.h"
#include "base/msg.h"

enum {
	STATION_BLOCK = 480,            /* frames: 10 ms */
	STATION_MADE_BLOCKS = 10,       /* pages leave together every 100 ms: fewer wake-ups, whole pages all the same */
	STATION_BURST = 20,             /* such packs in the burst that a new listener gets: 2 s */
	STATION_FORMATS = ENCODER_MP3 + 1,
};

enum made_kind {
	MADE_START,  /* a format begins: msg is what each listener needs first, NULL where that is nothing */
	MADE_PAGES,  /* msg: whole pages or frames */
	MADE_FAILED, /* the format has ended: why */
	MADE_EXIT,   /* the thread's last word: station_thread_join won't wait */
};

struct made {
	enum made_kind kind;
	enum encoder_format format;
	uint32_t run;      /* as given to station_thread_encode */
	struct msg *msg;   /* the receiver's reference */
	struct why why;
};

/* A note by the monotonic clock; its time is turned into a frame by the thread, which alone knows where it stands. */
struct timed_note {
	int64_t mono_us;
	struct synth_note note;
};

/* Cumulative since the thread started; as of its last pack. */
struct thread_counts {
	uint64_t late_blocks, notes_refused, pages_dropped;
};

struct station_thread;

/* wake: called on the audio thread every 100 ms. */
enum err station_thread_start(const char *title, uint32_t seed, void (*wake)(void *data), void *data,
	struct station_thread **thread, struct why *why) NODISCARD;
/* Starts a format; run marks what it makes, so that a format that was stopped and started again isn't mixed up. It
 * begins with the last 2 s (silence, where there are none yet). E_FULL: the thread is stuck. */
enum err station_thread_encode(struct station_thread *t, enum encoder_format format, uint32_t run) NODISCARD;
enum err station_thread_drop(struct station_thread *t, enum encoder_format format) NODISCARD;
/* Asks it to end; it answers with MADE_EXIT. */
enum err station_thread_exit(struct station_thread *t) NODISCARD;
/* E_FULL: not taken. */
enum err station_thread_note(struct station_thread *t, const struct timed_note *note) NODISCARD;
/* The next thing made; false when there is none. */
bool station_thread_take(struct station_thread *t, struct made *out, struct thread_counts *counts);
/* After MADE_EXIT; frees it. */
void station_thread_join(struct station_thread *t);

#endif

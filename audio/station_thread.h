/* station_thread.h - the two threads of a running station, for station.c. One renders 10 ms blocks by the monotonic
 * clock and does nothing else: no allocation, no lock, no system call but the sleep between blocks. The other encodes
 * what it made, once for each format that was asked for. They and the loop share lock-free rings and a semaphore:
 *
 *   loop -- notes --> render -- blocks --> encode -- made --> loop
 *   loop -- commands ------------------------^
 *
 * A thread starts with PREROLL seconds in the past, which it catches up with at once: who comes first hears what rang
 * just before.
 * Everything here is called on the loop thread.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_STATION_THREAD_H
#define AUDIO_STATION_THREAD_H

#include "audio/encoder.h"
#include "audio/station_render.h"
#include "base/msg.h"

enum {
	STATION_PACK_BLOCKS = 20,       /* endless formats leave in packs of 200 ms, whole pages all the same */
	STATION_BURST = 20,             /* such packs in the burst that a new listener gets: 4 s */
	STATION_HISTORY_BLOCKS = STATION_PACK_BLOCKS * STATION_BURST,
	STATION_HISTORY_US = STATION_HISTORY_BLOCKS * STATION_BLOCK_US,
	STATION_FORMATS = ENCODER_HLS + 1,
};

enum made_kind {
	MADE_START,  /* a format begins: msg is what each listener needs first, NULL where that is nothing */
	MADE_PAGES,  /* msg: whole pages or frames; of HLS one segment */
	MADE_FAILED, /* the format has ended: why */
	MADE_EXIT,   /* the last word: station_thread_join won't wait */
};

struct made {
	enum made_kind kind;
	enum encoder_format format;
	uint32_t run;      /* as given to station_thread_encode */
	struct msg *msg;   /* the receiver's reference */
	int64_t mono_us;   /* of MADE_PAGES: when its sound begins; of Opus and MP3 within a codec's delay */
	struct why why;
};

/* Cumulative since the thread started; as of the last thing made. */
struct thread_counts {
	uint64_t late_blocks, notes_refused, blocks_dropped, pages_dropped;
};

struct station_thread;

/* wake: called on the encoding thread every 200 ms. */
enum err station_thread_start(const char *title, uint32_t seed, void (*wake)(void *data), void *data,
	struct station_thread **thread, struct why *why) NODISCARD;
/* Starts a format; run marks what it makes, so that a format that was stopped and started again isn't mixed up. It
 * begins with the last 4 s. E_FULL: the thread is stuck. */
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

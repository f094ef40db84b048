/* station_impl.h - what station.c and station_hls.c share. Each format has a feed: a window of the last packs of pages (of
 * HLS: segments), numbered without end; a listener is a number in it.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_STATION_IMPL_H
#define AUDIO_STATION_IMPL_H

#include "audio/station.h"
#include "audio/station_thread.h"
#include "audio/station_title.h"

enum {
	STATION_WINDOW = 64, /* packs of 200 ms */
	/* A listener is told of every tenth pack, because a write's cost is hardly its bytes: its burst of 4 s is never used up
	 * by more than half. Which tenth is spread over the listeners, so that the loop never has all their writes at once. */
	STATION_PHASES = 10,
	STATION_NOTES_KEPT = 256,
};

struct pack {
	struct msg *msg;
	struct msg *title; /* of the sound at its end; NULL in HLS */
	int64_t mono_us;   /* when it begins */
};

struct feed {
	bool on;              /* the thread was asked for it */
	bool started;         /* and it came; header is valid */
	uint32_t run;
	struct msg *header;   /* NULL: this format has none */
	size_t window;        /* packs kept at most */
	struct pack packs[STATION_WINDOW];
	uint64_t first, next; /* numbers of the oldest kept and of the one to come */
	uint64_t begun;       /* number of the run's first pack */
	int64_t idle_since_ms; /* when the last listener left, somebody last asked, or it failed */
	bool has_failed;
	size_t n_listeners;
	struct station_listener *listeners[STATION_PHASES];
	unsigned due;         /* bits: phases to be told */
	struct msg *joined;   /* the last STATION_PHASES packs in one buffer, for those who take them so */
	uint64_t joined_end;  /* the number after them */
};

struct station {
	char *name;
	uint32_t seed;
	void (*wake)(void *data);
	void *wake_data;
	struct station_thread *thread;
	bool is_ending; /* the thread was asked to exit */
	bool is_telling, any_has_left;
	struct feed feeds[STATION_FORMATS];
	struct station_title title;
	uint32_t runs;
	unsigned last_phase;
	int64_t wall_to_mono_us;
	struct timed_note notes[STATION_NOTES_KEPT]; /* the last ones: what a first listener missed just before */
	uint64_t n_notes;                            /* so many were put in */
	uint64_t notes_dropped, skips;
	struct thread_counts past, now; /* of the threads before, of this one */
};

/* Sees to it that the format is being made, or will be. */
enum err station_ensure(struct station *s, enum encoder_format format, struct why *why) NODISCARD;
/* What the wall's clock says at a monotonic time; of one run of sound they keep their distances. */
int64_t station_wall_ms(struct station *s, int64_t mono_us);

#endif

/* player.h - plays a recorded file on the loop: message after message at the recorded times, at a given rate, or as
 * fast as the receiver takes them. For playback.c and verb_replay.c. Loop thread only; libuv's workers read the file.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PLAYER_H
#define SERVER_PLAYER_H

#include <uv.h>

#include "server/recording.h"

struct player;

struct player_ops {
	/* One message. E_FULL: it was not taken and comes again after player_resume; nothing else comes meanwhile. */
	enum err (*message)(void *data, const struct recorded *message);
	/* The end: OK, or why the file can't be read on. Comes once, always from the loop. player_destroy is allowed. */
	void (*ended)(void *data, enum err e, const struct why *why);
};

struct player_options {
	const char *path;
	double rate;    /* messages a second; 0 = as fast as they are taken, < 0 = by the recorded times */
	uint64_t start; /* offset in the file, as from struct recorded's end */
	bool pipes;     /* "-", the standard input, and named pipes may be played too; what a nameless one holds is seen from
	                 * its first bytes */
};

/* Opens the file and starts at the loop's next turn. E_FORMAT: not a recording; E_GONE, E_IO: can't be read. */
enum err player_create(uv_loop_t *loop, const struct player_options *options, const struct player_ops *ops, void *data,
	struct player **player, struct why *why) NODISCARD;
void player_resume(struct player *p);
/* Stops it; nothing is called any more. Its memory goes when the loop has closed its handles. Accepts NULL. */
void player_destroy(struct player *p);

#endif

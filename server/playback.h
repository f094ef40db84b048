/* playback.h - a recorded file played into ingest, once or again and again; for the sources that play one
 * (source_file.c, and source_sse.c while its upstream can't be reached). Loop thread only.
 * Played once, it is a record: ids and times are the recording's, and the resume position is the offset in the file, so
 * that a restart goes on where the log ends. Repeated, it is a performance (ingest_perform): each round's ids are its
 * own, times are those of playing, and there is no resume position. A round starts one second after the one before at
 * the earliest.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PLAYBACK_H
#define SERVER_PLAYBACK_H

#include "server/ingest.h"
#include "server/player.h"

struct playback;

struct playback_options {
	const char *path;
	double rate; /* as struct player_options */
	bool repeat;
	uint64_t start;
	/* It was played to its end (OK; never when repeating), or can't be read on. From the loop; playback_destroy is
	 * allowed. */
	void (*ended)(void *data, enum err e, const struct why *why);
	void (*played)(void *data); /* a message was handed to ingest; may be NULL */
	void *data;
};

enum err playback_create(uv_loop_t *loop, struct ingest_source *in, const struct playback_options *options,
	struct playback **playback, struct why *why) NODISCARD;
/* The log has room again; the owner has asked ingest to tell it. */
void playback_resume(struct playback *p);
/* Stops it and ends the performance; its memory goes with its handles. Accepts NULL. */
void playback_destroy(struct playback *p);

#endif

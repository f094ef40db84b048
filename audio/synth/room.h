/* room.h - the small hall around the instrument: two diffusers a side, then a feedback delay network of eight lines
 * mixed by a Householder reflection (Jot & Chaigne 1991), about 1.5 s long and darker as it fades. For audio/synth.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SYNTH_ROOM_H
#define AUDIO_SYNTH_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/synth/lanes.h"

enum {
	ROOM_LINES = 8,
	ROOM_FRAMES = 4096,   /* of memory a line; a power of two above the longest */
	ROOM_DIFFUSERS = 4,   /* two a side */
	ROOM_DIFFUSION = 512, /* frames of memory; a power of two above the longest */
};

struct room {
	float lines[ROOM_FRAMES][ROOM_LINES];
	float diffusers[ROOM_DIFFUSERS][ROOM_DIFFUSION];
	float bass[2];      /* what is kept out of the room, a side */
	lanes damped[2];    /* the lines' low passes */
	lanes gain[2];      /* so that all lines fade equally fast */
	uint32_t at;        /* frame counter, wraps */
	uint32_t quiet;     /* frames since anything was heard or went in */
	bool is_silent;     /* all memory is zero */
};

void room_init(struct room *r);
/* Adds the room's answer to n frames of left and right, in place. */
void room_process(struct room *r, float *left, float *right, size_t n);

#endif

/* chapters.h - marks in a rendered window: at its accents, as one looks for them in a night of three minutes. Blocking; a
 * command's thread or a worker's.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_CHAPTERS_H
#define AUDIO_CHAPTERS_H

#include "audio/render.h"

enum {
	CHAPTERS_MAX = 255,        /* of an ID3 table of contents */
	CHAPTERS_APART_MS = 5000,  /* of sound, at least */
};

struct chapters {
	struct encoder_chapter *items; /* they cover the window without a gap, the first from 0 on */
	size_t n;                      /* 0: there is no accent */
};

/* Reads the job's events to their end (job->next; whoever owns them begins anew before the rendering). title: of what comes
 * before the first accent. Accents that follow too closely share a chapter, of the first one's name. */
enum err chapters_find(const struct render_job *job, const char *title, struct chapters *out, struct why *why) NODISCARD;
void chapters_finish(struct chapters *c);

#endif

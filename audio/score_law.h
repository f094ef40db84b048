/* score_law.h - between score.c, which keeps what every score needs, and the laws, one file each. Private to audio/.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_SCORE_LAW_H
#define AUDIO_SCORE_LAW_H

#include "audio/score.h"

struct score_law {
	const char *name;
	/* Fills out for one event, and counts it in exactly one of the score's counts. */
	size_t (*play)(struct score *s, const struct event *ev, int64_t at_ms, struct note out[SCORE_NOTES_MAX]);
};

enum { SCORE_CAP = 15, SCORE_CAP_WINDOW_MS = 300 };

struct score {
	const struct score_law *law;
	struct score_counts counts;
	int64_t taken_ms[SCORE_CAP]; /* when each place was taken */
	unsigned n_taken;            /* places ever taken, at most SCORE_CAP */
};

/* Takes one of the cap's places for 300 ms. False, and nothing taken, when all are. */
bool score_take_place(struct score *s, int64_t at_ms);
/* Well-mixed bits that depend on what the event is about and nothing else. */
uint64_t score_bits(const struct event *ev);

extern const struct score_law score_law_hatnote;

#endif

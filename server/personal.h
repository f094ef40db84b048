/* personal.h - a listener's own stations: the sound of a station narrowed by ?channel= and ?actor_kind=, with a score and
 * a synthesizer of its own, so that the station's cap is all for what the listener wants to hear. Listeners who want the
 * same share one; it ends with its last listener. For hub.c; loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PERSONAL_H
#define SERVER_PERSONAL_H

#include "audio/station.h"
#include "server/filter.h"

struct personal;

struct personals { /* of one station; all zeros: there are none */
	struct personal *first;
	struct station_counts past; /* of those that have ended */
};

/* The one that wants the same, or NULL. */
struct station *personal_find(const struct personals *list, const struct filter *filter);
/* Begins one, which doesn't run before somebody listens. */
struct station *personal_add(struct personals *list, const struct config_station *config, const struct filter *filter,
	void (*audio_wake)(void *), void *data);
/* Plays an event of the station in those that want it. The score's cap goes by mono_ms, which never jumps. */
void personal_play(struct personals *list, const struct event *ev, int64_t mono_ms, int64_t wall_ms);
/* The same for one score and its sound; returns how many notes it gave, with their times on the wall's clock. */
size_t personal_perform(struct score *score, struct station *audio, const struct event *ev, int64_t mono_ms, int64_t wall_ms,
	struct note notes[SCORE_NOTES_MAX]);
/* As station_collect, and ends those that have stopped. Returns how many are left. */
size_t personal_collect(struct personals *list);
void personal_end_all(struct personals *list);

/* Adds what they have counted, also those that have ended. */
void personal_count(const struct personals *list, struct station_counts *counts);

#endif

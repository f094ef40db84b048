/* hub.h - one way in for committed events, and a feed for each station out of it: match, score, one shared frame for all
 * its listeners every 50 ms, notes for its sound. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_HUB_H
#define SERVER_HUB_H

#include "audio/station.h"
#include "base/event.h"
#include "base/msg.h"
#include "server/config.h"

struct hub;
struct hub_station;

/* A listener's filter, from the query: empty lists let everything through. Owned by whoever made it. */
struct hub_filter {
	struct config_list channel, actor_kind;
};

struct hub_listener; /* live.c's side of a tail */
struct hub_listener_ops {
	/* One frame for everyone: a JSON array of the events of the last 50 ms. seqs in m->first_seq and last_seq. */
	void (*frame)(void *data, struct msg *m);
};

/* start_audio: whether station audio may be started (false in commands). */
enum err hub_create(const struct config *config, void (*audio_wake)(void *), void *data, struct hub **hub,
	struct why *why) NODISCARD;
void hub_destroy(struct hub *h);
/* Events that were committed, in order of seq; copies what it needs. Frames go out at the next flush. */
void hub_publish(struct hub *h, struct event *const *events, size_t n);
/* Called by the loop's 50 ms timer: sends what has gathered. */
void hub_flush(struct hub *h);

struct hub_station *hub_station(struct hub *h, struct span name); /* NULL: no such station */
struct hub_station *hub_station_at(struct hub *h, size_t i);      /* NULL past the last */
const struct config_station *hub_station_config(const struct hub_station *s);
struct station *hub_station_audio(struct hub_station *s);
/* Events a minute as Listen to Wikipedia counts them (reference 1.11). */
double hub_station_rate(const struct hub_station *s);

/* Frames from now on; filter may be NULL and must outlive the listener. */
struct hub_listener *hub_listen(struct hub_station *s, const struct hub_filter *filter,
	const struct hub_listener_ops *ops, void *data);
void hub_leave(struct hub_listener *l);
uint64_t hub_last_seq(const struct hub *h);
/* Writes one event as a client sees it, with the notes of this score (or none: score NULL), into w. at_ms: for the notes. */
void hub_write_event(struct json_writer *w, const struct event *ev, const struct note *notes, size_t n_notes);

struct hub_counts {
	uint64_t events, frames, listeners;
};
struct hub_counts hub_counts(const struct hub *h);

#endif

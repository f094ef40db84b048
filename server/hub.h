/* hub.h - one way in for committed events, and a feed for each station out of it: match, score, one shared frame for
 * all its listeners of what the last 50 ms brought at most, notes for its sound. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_HUB_H
#define SERVER_HUB_H

#include "audio/station.h"
#include "base/event.h"
#include "base/msg.h"
#include "server/filter.h"
#include "server/log.h"

struct hub;
struct hub_station;

enum {
	HUB_FRAME_MAX = 32 << 10, /* a frame that has grown beyond goes out before its time */
	HUB_RECENT = 200,         /* events that a station remembers */
	HUB_GATHER_MIN_MS = 2,    /* from one flush to the next, at least */
	HUB_GATHER_MAX_MS = 40,   /* and at most */
	HUB_GATHER_TIMES = 2,     /* so many times as long as the last flush took: half of the loop's time is for others */
};

enum hub_form {
	HUB_ARRAY,  /* a JSON array of events: a WebSocket's text frame */
	HUB_STREAM, /* the same events as Server-Sent Events, each with its seq as id */
};

struct hub_listener; /* one tail of a feed */
struct hub_listener_ops {
	/* One frame for everyone with this filter; its events' numbers are in m->first_seq and last_seq. The listener may
	 * leave from here. */
	void (*frame)(void *data, struct msg *m);
};

/* audio_wake, data: for the stations' sound (station_create). */
struct hub *hub_create(const struct config *config, void (*audio_wake)(void *), void *data) NODISCARD;
void hub_destroy(struct hub *h); /* accepts NULL; no listener may be left */
/* Events that were committed, in order of seq; copies what it needs. Frames go out at the next flush. */
void hub_publish(struct hub *h, struct event *const *events, size_t n);
/* Sends what has gathered. */
void hub_flush(struct hub *h);
/* In how many ms hub_flush wants to be called; -1: nothing has gathered. After a quiet moment it is 0: an event leaves at
 * once, and only those that follow closely share a frame. */
int64_t hub_wait_ms(const struct hub *h);

struct hub_station *hub_station(struct hub *h, struct span name); /* NULL: no such station */
struct hub_station *hub_station_at(struct hub *h, size_t i);      /* NULL past the last */
const struct config_station *hub_station_config(const struct hub_station *s);
struct station *hub_station_audio(struct hub_station *s);
/* The sound of the station as narrowed by the filter: its own for an empty one, else a personal one (personal.h), begun
 * where it isn't there yet. To be listened to before the loop goes on: one that nobody listens to ends.
 * E_FULL: no more are allowed; why tells a listener. */
enum err hub_station_tune(struct hub_station *s, const struct filter *filter, struct station **audio, struct why *why)
	NODISCARD;
struct station *hub_station_find(struct hub_station *s, const struct filter *filter); /* NULL: it isn't there */
struct station_counts hub_station_counts(const struct hub_station *s); /* of its sound, and of personal ones */
/* Notes as they are played, with their times on the wall's clock. Its owner's memory; not to be let go from within. */
struct hub_ear {
	void (*note)(void *data, const struct note *note);
	void *data;
	struct hub_ear *_next;
};
void hub_hear(struct hub_station *s, struct hub_ear *ear);
void hub_unhear(struct hub_station *s, struct hub_ear *ear); /* also when it wasn't there */
/* As station_collect, of all stations: to be called when audio_wake was. */
void hub_collect(struct hub *h);
/* Events a minute as Listen to Wikipedia counts them (rate.h); joins and entries of logs don't count. */
double hub_station_rate(const struct hub_station *s);
/* The i-th newest of what the station remembers, borrowed until the next hub_publish; NULL past the oldest. */
const struct event *hub_station_recent(const struct hub_station *s, size_t i);
/* Takes a name out of what stations remember, as log_purge takes it out of the log. source empty: of any. */
void hub_forget(struct hub *h, enum log_name what, struct span name, struct span source);
struct score_counts hub_station_score(const struct hub_station *s);

/* Frames with the events that are published from now on, and no others. filter may be NULL; it is copied. */
struct hub_listener *hub_listen(struct hub_station *s, const struct filter *filter, enum hub_form form,
	const struct hub_listener_ops *ops, void *data);
void hub_leave(struct hub_listener *l); /* accepts NULL */
/* The newest event that was published; 0 before the first. */
uint64_t hub_last_seq(const struct hub *h);

/* Writes one event as a client sees it, with its notes, into w. */
void hub_write_event(struct json_writer *w, const struct event *ev, const struct note *notes, size_t n_notes);
/* A frame in the making: begin with an empty buf and add events (hub_write_event's JSON) in order; end gives one owned
 * message and empties the buf. */
void hub_frame_add(struct buf *frame, enum hub_form form, uint64_t seq, struct span event_json);
struct msg *hub_frame_end(struct buf *frame, enum hub_form form, uint64_t first_seq, uint64_t last_seq);

/* For event streams, whose queues nobody else knows: bytes more that wait (or fewer), a listener hung up on for its
 * slowness and the frames dropped with it. */
void hub_count_waiting(struct hub *h, int64_t bytes);
void hub_count_slow(struct hub *h, uint64_t frames);

struct hub_counts {
	uint64_t events, frames, listeners;
	uint64_t streams; /* of the listeners, those of event streams */
	uint64_t streams_slow, streams_dropped; /* hub_count_slow */
	int64_t streams_waiting;                /* bytes */
	uint64_t personal; /* stations of listeners' own, now */
};
struct hub_counts hub_counts(const struct hub *h);

#endif

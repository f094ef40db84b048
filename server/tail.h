/* tail.h - what one listener gets: the events it missed, out of the log, then the live ones, without a gap or a double.
 * Behind live.c (WebSocket) and route_events.c (Server-Sent Events). Loop thread only; the log is read on the loop's
 * workers. Events out of the log carry no notes: their moment has passed.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TAIL_H
#define SERVER_TAIL_H

#include "server/hub.h"

struct server;
struct tail;

struct tail_ops {
	/* The next frame. The tail may be destroyed from here and from failed. */
	void (*frame)(void *data, struct msg *m);
	/* Bytes that the listener hasn't taken yet: what was missed is sent no faster than it is taken. */
	size_t (*unsent)(void *data);
	/* The log can't be read: nothing more will come. */
	void (*failed)(void *data);
};

/* after: the last number that the listener has; NULL: only what is live from now on. filter: may be NULL; copied. */
struct tail *tail_create(struct server *server, struct hub_station *station, const struct filter *filter, enum hub_form form,
	const uint64_t *after, const struct tail_ops *ops, void *data);
void tail_destroy(struct tail *t); /* accepts NULL */

#endif

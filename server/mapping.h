/* mapping.h - one message (JSON) to the events that are in it, or reasons why there are none. A mapping is data (mapping_data.h
 * tells its language); the built-in ones are written in it too. A mapper applies one: it has scratch, and remembers what
 * spans messages (the heads of a chain). Pure: time comes in.
 * A mapping is read-only, any thread; a mapper is one thread's.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MAPPING_H
#define SERVER_MAPPING_H

#include "base/event.h"
#include "base/json.h"

struct mapping;
struct mapper;

/* Why a message became no event. Each is counted by its name in /metrics and by `replay`. */
enum skip {
	SKIP_NOTHING = 0, /* it did become one */
	SKIP_CANARY,      /* the upstream's own heartbeat */
	SKIP_CONTROL,     /* the protocol's own: answers, pongs, a subscription's confirmation */
	SKIP_BROKEN,      /* not JSON, not UTF-8, too deep */
	SKIP_CUT,         /* a datagram that the network or the sender cut */
	SKIP_OVERSIZE,
	SKIP_INCOMPLETE,  /* a field that an event needs is missing */
	SKIP_TYPE,        /* not a kind of message that this mapping knows */
	SKIP_SENDER,      /* of somebody who may not send */
	SKIP_REASONS,
};
const char *skip_name(enum skip s); /* "canary" ... */
bool skip_is_fault(enum skip s);    /* something is wrong with the message; else it just isn't meant for us */

/* The built-in ones: mediawiki (EventStreams' recentchange 1.0.0 and 1.0.1, MediaWiki's RCFeed), blockchain.info, mempool
 * (mempool.space and its like), ethereum (eth_subscription). NULL: unknown. */
const struct mapping *mapping_named(struct span name);
const char *mapping_name(const struct mapping *m);
const char *mapping_name_at(size_t i); /* of the i-th built-in one; NULL past the last */

/* What a WebSocket source says to such an upstream when the configuration doesn't; NULL where there is none. */
struct mapping_talk {
	const char *const *subscribe;  /* messages to send first, in order; ends with NULL */
	const char *keep_alive;        /* a message to send while nothing is heard */
	int keep_alive_s;
	const char *sequence;          /* JSON pointer to a number that goes up by one from message to message */
};
struct mapping_talk mapping_talk(const struct mapping *m);

/* Each part of a message that could be an event ends in one of the two. ev (all but seq, source, received_ms) and why are
 * borrowed during the call. A message that has nothing in it for the mapping is skipped once. */
struct mapper_sink {
	void (*event)(void *data, const struct event *ev);
	void (*skipped)(void *data, enum skip reason, const struct why *why);
};
struct mapper *mapper_create(const struct mapping *m);
void mapper_destroy(struct mapper *m); /* accepts NULL */
/* Tags that didn't fit into an event (EVENT_TAGS_MAX) so far. */
uint64_t mapper_dropped_tags(const struct mapper *m);
/* received_ms: the time of an event whose mapping names none. */
void mapper_map(struct mapper *m, const cJSON *message, int64_t received_ms, const struct mapper_sink *sink, void *data);

#endif

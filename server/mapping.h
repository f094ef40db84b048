/* mapping.h - one message (JSON) to one event, or a reason why it is none. Pure: time comes in. The event borrows from
 * the tree and from `text`, so both must outlive it; event_copy packs it.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MAPPING_H
#define SERVER_MAPPING_H

#include "base/event.h"
#include "base/json.h"

/* Why a message became no event. Each is counted by its name in /metrics and by `replay`. */
enum skip {
	SKIP_NOTHING = 0, /* it did become one */
	SKIP_CANARY,      /* the upstream's own heartbeat */
	SKIP_BROKEN,      /* not JSON, not UTF-8, too deep */
	SKIP_OVERSIZE,
	SKIP_INCOMPLETE,  /* a field that an event needs is missing */
	SKIP_TYPE,        /* not a kind of message that this mapping knows */
	SKIP_REASONS,
};
const char *skip_name(enum skip s); /* "canary" ... */

struct mapping {
	const char *name;
	/* Fills ev (all but seq, source, received_ms). text: scratch that outlives ev's use, emptied by the caller. why
	 * tells which field, for --explain and the log. */
	enum skip (*map)(const cJSON *message, struct event *ev, struct buf *text, struct why *why);
};

const struct mapping *mapping_named(struct span name); /* NULL: unknown */
extern const struct mapping mapping_mediawiki; /* EventStreams' recentchange 1.0.0/1.0.1 and MediaWiki's RCFeed JSON */

#endif

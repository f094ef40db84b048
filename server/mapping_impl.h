/* mapping_impl.h - a built-in mapping; for mapping*.c alone. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MAPPING_IMPL_H
#define SERVER_MAPPING_IMPL_H

#include "server/mapping.h"

struct mapping {
	const char *name;
	/* Fills ev (all but seq, source, received_ms). text: scratch that outlives ev's use, emptied by the caller. why
	 * tells which field, for --explain and the log. */
	enum skip (*map)(const cJSON *message, struct event *ev, struct buf *text, struct why *why);
};

extern const struct mapping mapping_mediawiki; /* EventStreams' recentchange 1.0.0/1.0.1 and MediaWiki's RCFeed JSON */

#endif

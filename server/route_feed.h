/* route_feed.h - a configured show's feed; for its route, and for serve, which writes each once at its start: what is wrong
 * with a feed is said before a subscriber sees it. Blocking; a worker's thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ROUTE_FEED_H
#define SERVER_ROUTE_FEED_H

#include "base/buf.h"
#include "server/server.h"
#include "transcripts/archive.h"

/* As feed_write_rss; server->feed_lock must be there. */
enum err route_feed_write(const struct server *server, const struct config_show *show, struct archive *archive,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out, struct why *why)
	NODISCARD;

#endif

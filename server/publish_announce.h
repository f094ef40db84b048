/* publish_announce.h - tells the hub (WebSub) which of the published feeds have changed since it was last told: when their owner has
 * put the files where they are read, which nobody else knows. What it was told is kept in var/announced, a line a feed:
 * hash, blank, file. Blocking; a command's thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_ANNOUNCE_H
#define SERVER_PUBLISH_ANNOUNCE_H

#include "server/config.h"
#include "server/publish_output.h"

/* Shows' and conferences' feeds, all of their forms, which name the hub, that it doesn't know as they are. */
size_t announce_count(const struct config *config, const char *var, const struct output *output);
/* *n: how many it was told of. E_IO: it wasn't, and the next time tells of all of them. */
enum err announce_changed(const struct config *config, const char *var, const struct output *output, size_t *n,
	struct why *why) NODISCARD;

#endif

/* websub.h - tells a hub which feeds have changed (W3C WebSub 6: hub.mode=publish), which then tells those who have
 * subscribed there. Blocking: a worker's thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WEBSUB_H
#define SERVER_WEBSUB_H

#include <stddef.h>

#include "base/err.h"

struct websub;

/* hub NULL: whatever is added, nothing is sent. */
struct websub *websub_create(const char *hub);
void websub_destroy(struct websub *w);
void websub_add(struct websub *w, const char *feed_url);
size_t websub_count(const struct websub *w); /* feeds that will be told of */
/* One request, within ten seconds. E_IO: the hub doesn't know of any. */
enum err websub_send(const struct websub *w, struct why *why) NODISCARD;

#endif

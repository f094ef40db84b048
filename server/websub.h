/* websub.h - tells a hub which feeds have changed (W3C WebSub 6: hub.mode=publish), which then tells those who have
 * subscribed there. Blocking: a worker's thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WEBSUB_H
#define SERVER_WEBSUB_H

#include <stddef.h>

struct websub;

struct websub_counts {
	size_t told, failed; /* feeds */
};

/* hub NULL: whatever is added, nothing is sent. */
struct websub *websub_create(const char *hub);
void websub_destroy(struct websub *w);
void websub_add(struct websub *w, const char *feed_url);
/* One request, within ten seconds; what fails is logged, and the next change tells again. */
struct websub_counts websub_send(struct websub *w);

#endif

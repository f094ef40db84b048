/* source_push.h - a source whose url is `push`: it waits for those who push into it. For route_push.c and push.c, by way
 * of push_access.c. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_SOURCE_PUSH_H
#define SERVER_SOURCE_PUSH_H

#include "server/source.h"

/* Where its messages go; NULL when it is a source of another transport. */
struct ingest_source *source_push_ingest(const struct source *s);
/* So many events of a push were stored (or were there already). */
void source_push_took(struct source *s, size_t n_events);
/* Called when the log has room again after an E_FULL; one at a time. */
void source_push_on_room(struct source *s, void (*room)(void *data), void *data);

#endif

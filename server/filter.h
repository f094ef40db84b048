/* filter.h - how one listener narrows a station: ?channel=enwiki,dewiki&actor_kind=anon. Owned by whoever made it; plain
 * memory, any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_FILTER_H
#define SERVER_FILTER_H

#include "base/buf.h"
#include "server/config.h"

struct filter { /* empty lists let everything through; all zeros is the filter that wants everything */
	struct config_list channel, actor_kind; /* sorted, each value once: filters that want the same are equal */
};

/* Comma-separated values, either may be empty. E_FORMAT: no such actor kind; nothing is owned then. */
enum err filter_parse(struct span channels, struct span actor_kinds, struct filter *f, struct why *why) NODISCARD;
void filter_copy(struct filter *to, const struct filter *from); /* from NULL: wants everything */
void filter_finish(struct filter *f);

bool filter_wants(const struct filter *f, const struct event *ev); /* NULL wants everything */
bool filter_equal(const struct filter *a, const struct filter *b);
/* "?channel=dewiki&actor_kind=anon", nothing for an empty one. */
void filter_write_query(const struct filter *f, struct buf *out);
bool filter_is_empty(const struct filter *f);

#endif

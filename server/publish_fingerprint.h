/* publish_fingerprint.h - has anything changed since the site was published?
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_FINGERPRINT_H
#define SERVER_PUBLISH_FINGERPRINT_H

#include "server/publish.h"

/* Of all that the files are made from but feeds.lock, which a run itself adds to. What else changes meanwhile isn't in the
 * files: the next run has to find it new. Blocking. */
enum err publish_hash_sources(struct server *server, const struct publish_options *options, uint64_t *all, struct why *why)
	NODISCARD;
/* Of all of it, with feeds.lock as it is now. Blocking. */
uint64_t publish_fingerprint(const struct server *server, uint64_t sources);

#endif

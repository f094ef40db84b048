/* publish_fingerprint.h - has anything changed since the site was published?
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_FINGERPRINT_H
#define SERVER_PUBLISH_FINGERPRINT_H

#include "server/publish.h"

/* Of all that the files are made from. Blocking. */
enum err publish_fingerprint(struct server *server, const struct publish_options *options, uint64_t *all, struct why *why)
	NODISCARD;

#endif

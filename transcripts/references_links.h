/* references_links.h - addresses in an item's notes, and what makes two of them the same. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_REFERENCES_LINKS_H
#define TRANSCRIPTS_REFERENCES_LINKS_H

#include "base/buf.h"

/* Each address in a text of Markdown, HTML or neither: what begins with http:// or https://, and paths within the site
 * where a link's target stands ("](/shows/…", "href=\"/shows/…"). */
void references_each_address(struct span text, void (*each)(void *data, struct span address), void *data);
/* What two addresses of one thing have in common, without scheme, "www.", query, fragment and final slash; YouTube's
 * are "youtube:ID" in all their forms; an address below base_url is its path. */
void references_address_key(struct span address, const char *base_url, struct buf *out);

#endif

/* item_embed.h - an item in other sites' pages: the player alone, and what oEmbed tells of it. On a worker.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ITEM_EMBED_H
#define SERVER_ITEM_EMBED_H

#include "server/item_page.h"

/* A page with nothing but the player, which any site may frame. */
void item_embed_build(struct page *page, item_finder find, const char *place, const char *slug);
/* oEmbed 1.0's JSON, open to other sites. */
void item_oembed_build(struct page *page, item_finder find, const char *place, const char *slug);

#endif

/* item_media.h - the player of an item's page: its file in media/, with what media.db knows of it.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ITEM_MEDIA_H
#define SERVER_ITEM_MEDIA_H

#include "server/page.h"

/* Adds "media" for player.html; nothing where the file isn't in the site's folder. */
void item_media_add(cJSON *data, const struct page *page, const struct archive_item *item);

#endif

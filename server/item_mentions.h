/* item_mentions.h - the people whom an item speaks of, on its page; where a person is spoken of, on his.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ITEM_MENTIONS_H
#define SERVER_ITEM_MENTIONS_H

#include "server/page.h"

/* Adds "people_mentioned" ({name, person, time, anchor}) and "has_people_mentioned". */
void item_mentions_add(cJSON *data, struct page *page, const struct archive_item *item);
/* Adds "spoken_of": the items, with the second where one is known, and "is_spoken_of". */
void item_mentions_add_of(cJSON *data, struct page *page, const char *person);

#endif

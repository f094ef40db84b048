/* item_references.h - on an item's page: what it speaks of, and who speaks of it.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ITEM_REFERENCES_H
#define SERVER_ITEM_REFERENCES_H

#include "server/page.h"

/* Adds "mentions" (what this item speaks of) and "mentioned_in", each a list of title, url, place, words and, where it is
 * spoken, time and anchor; with has_mentions and has_mentioned_in. */
void item_references_add(cJSON *data, struct page *page, const struct archive_item *item);
/* Gives a cue that begins at start_ms the mentions that begin there; *next: how many of data's were given before. */
void item_references_add_to_cue(cJSON *cue, const cJSON *data, int64_t start_ms, int *next);

#endif

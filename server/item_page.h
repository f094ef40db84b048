/* item_page.h - the page of an episode, a talk, or a transcript that stands alone: player, people, chapters, notes, links,
 * every cue at its #t= anchor; and transcript and chapters in other formats by the address's ending. On a worker.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ITEM_PAGE_H
#define SERVER_ITEM_PAGE_H

#include "server/page.h"

/* archive_find or archive_find_talk. */
typedef struct archive_item *(*item_finder)(struct archive *a, const char *place, const char *slug);

/* NULL where there is none, or it isn't published; owned by the caller. */
struct archive_item *item_find(const struct page *page, item_finder find, const char *place, const char *slug);

/* slug may end with .vtt .srt .json .html .txt, or .chapters.json .psc .chapters.txt. Not found, what isn't published, and
 * a transcript without any time in a format that is all times, is a 404. */
void item_page_build(struct page *page, item_finder find, const char *place, const char *slug);

#endif

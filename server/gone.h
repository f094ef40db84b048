/* gone.h - what answers where something was taken down (transcripts/takedown.h): 410, and why. On a worker.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_GONE_H
#define SERVER_GONE_H

#include "server/page.h"

/* Where the page at this path (as decoded) wasn't found because it, or what it would have been made of, was taken down, it
 * becomes that answer. */
void gone_page(struct page *page, struct span path);
/* The same for a recording in the media folder; part: TAKEDOWN_.... False: it may be sent. */
bool gone_media(struct page *page, const char *name, unsigned part);

#endif

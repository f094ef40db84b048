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

/* What was taken down, for `publish`. */
struct gone_places;
/* archive: borrowed until it is freed; NULL: nothing was imported. */
struct gone_places *gone_places_read(struct archive *archive);
void gone_places_free(struct gone_places *g); /* accepts NULL */
/* Calls each for the address of every page that was taken down whole. */
void gone_places_each(const struct gone_places *g, void (*each)(void *data, const char *address), void *data);
/* This file of the media folder isn't to be published. */
bool gone_places_take_media(const struct gone_places *g, const char *name);
/* May what was published as this file of the folder, and isn't any more, tell of what was taken down? */
bool gone_places_reach(const struct gone_places *g, const char *folder, const char *file);

#endif

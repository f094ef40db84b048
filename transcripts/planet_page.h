/* planet_page.h - a planet's page saved as text (date headings, blogs' names, posts that end in `by NAME at DATE` or in
 * the date alone) as what it gathers: a feed for each blog, an entry for each post. Pure; any thread.
 * Source: the seed's Planet page; the templates of python/planet and rubys/venus, which make such pages.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_PAGE_H
#define TRANSCRIPTS_PLANET_PAGE_H

#include "transcripts/planet_feed.h"

/* Any encoding. *feeds owned by the caller: planet_page_free. Entries' ids are made of blog, time and title, so that
 * reading the page again gives the same. Text behind the last footer is reported. E_FORMAT: no post is in it. */
enum err planet_page_read(struct span bytes, const struct dialect_faults *faults, struct planet_feed ***feeds,
	size_t *n, struct why *why) NODISCARD;
void planet_page_free(struct planet_feed **feeds, size_t n);

#endif

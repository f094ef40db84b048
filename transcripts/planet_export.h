/* planet_export.h - the planet for other programs: an Atom feed with the entries' original ids and their sources, and
 * the list of feeds as OPML. The same entries give the same bytes. Pure; any thread.
 * Source: RFC 4287; opml.org/spec2.opml.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_EXPORT_H
#define TRANSCRIPTS_PLANET_EXPORT_H

#include "transcripts/planet_store.h"

struct planet_place {
	const char *title;    /* the planet's */
	const char *page_url; /* absolute */
	const char *feed_url;
};

/* An id that is no IRI, as RSS allows ("17"), becomes its feed's address, "#" and the id, percent-encoded. Of entries
 * of one id the first stands. */
void planet_write_atom(struct buf *out, const struct planet_place *place, const struct planet_post *posts, size_t n);
/* Feeds alone: no lists, no imported files. */
void planet_write_opml(struct buf *out, const struct planet_place *place, const struct planet_source *sources,
	size_t n);
/* A post without a title is called by its first words: appended as plain text. */
void planet_post_heading(struct buf *out, const struct planet_post *post);

#endif

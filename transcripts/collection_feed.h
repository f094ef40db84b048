/* collection_feed.h - somebody's existing show as its feed tells it: RSS 0.9 to 2.0, RSS 1.0 and 1.1 (RDF), Atom 0.3
 * and 1.0, CDF, JSON Feed. For collection_feed*.c only. An episode's GUID is the feed's, letter for letter; one that
 * has none goes by its enclosure's address, then its own. Notes are the fullest text there is, as the feed has it
 * (HTML mostly); the description is the next shorter one. Transcripts and chapters that lie elsewhere are links
 * ("Transcript (text/vtt)", "Chapters"); a soundbite is a link to its seconds.
 * Source: publishing.md 2; RSS Advisory Board's and Apple's pages, podcastindex.org/namespace/1.0, RFC 4287.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_COLLECTION_FEED_H
#define TRANSCRIPTS_COLLECTION_FEED_H

#include "transcripts/collection_xml.h"

struct feed_reading {
	struct xml_reading x;
	const xmlNode *channel; /* whose podcast:person stand in for an item that has none */
	struct slug_set *guids;
	size_t n_without_guid, first_without_line;
};

/* One item, of whatever vocabulary. */
void feed_read_item(struct feed_reading *r, const xmlNode *item);
void feed_read_show(struct feed_reading *r, const xmlNode *channel);

/* A date; what can't be read, or had to be guessed, is reported at `at`. */
void feed_set_date(struct feed_reading *r, int64_t *ms, const xmlNode *at, const char *text);
/* An element's text as a reader sees it: references that were written twice are decoded, markup where Atom says so. */
void feed_set_title(char **field, const xmlNode *node);
/* An element's text or markup, by Atom's type and mode; owned by the caller. */
char *feed_text(const xmlNode *node);
/* "yes", "true", "explicit": true; anything else false. */
bool feed_is_explicit(const char *text);

/* An address of a recording, once each; bytes 0 and type "" where the feed doesn't say. NULL for one that is there. */
struct document_media *feed_add_media(struct document *d, const char *url, const char *type, int64_t bytes);
/* An item's element that tells of media, chapters, people, transcripts; false when it is another one. */
bool feed_read_part(struct feed_reading *r, struct document *d, const xmlNode *node, const char *name);
void feed_add_persons(struct feed_reading *r, struct document *d, const xmlNode *parent);

/* Shared with JSON Feed. */
void feed_conclude_item(struct document *d, struct slug_set **slugs);

#endif

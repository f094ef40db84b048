/* feed_address.h - where feeds are: paths to requests and back. Pure; any thread.
 *   SHOW.xml  SHOW/season/N.xml  conference/NAME.xml  conference/NAME/track/TRACK.xml  person/SLUG.xml  search.xml?q=...
 * and .atom .json for each; an archive page of any but a search is PATH/page/N.xml.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_ADDRESS_H
#define TRANSCRIPTS_FEED_ADDRESS_H

#include "transcripts/feed.h"

struct feed_address {
	struct feed_request request; /* its texts point into _room */
	char *_room;
};

/* path: decoded, what follows /feeds/. False: no feed is there. The caller finishes it in either case. */
bool feed_address_read(struct feed_address *address, struct span path);
void feed_address_finish(struct feed_address *address);
/* Appends "/feeds/...", percent-encoded, with the search's query. */
void feed_address_write(struct buf *out, const struct feed_request *request);
/* A track's name as it stands in an address. */
void feed_track_slug(struct buf *out, const char *track);

/* Names that a show can't have, for their addresses are taken. */
bool feed_address_is_taken(struct span show);

#endif

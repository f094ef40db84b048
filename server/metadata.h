/* metadata.h - what machines read of a page: Open Graph, Twitter's card, schema.org's JSON-LD, oEmbed. Added to the page's
 * data for web/templates/meta.html. Addresses are whole ones: without base_url those that need it are left out.
 * On a worker.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_METADATA_H
#define SERVER_METADATA_H

#include "server/page.h"
#include "transcripts/archive_parts.h"

/* An item's media file in SITE/media, where it is there: its address within the site, and its type. */
struct metadata_media {
	char *path;          /* "/media/x.mp3"; NULL: none; owned */
	const char *mime;
	bool is_video;
};
void metadata_media(const struct page *page, const struct archive_item *item, struct metadata_media *media);
void metadata_media_finish(struct metadata_media *media);

enum { METADATA_WIDTH = 640, METADATA_AUDIO_HEIGHT = 170, METADATA_VIDEO_HEIGHT = 400 };

/* d: the item's parts. */
void metadata_add_item(cJSON *data, const struct page *page, const struct archive_item *item, const struct document *d,
	const struct metadata_media *media);
void metadata_add_show(cJSON *data, const struct page *page, const struct config_show *show);
void metadata_add_conference(cJSON *data, const struct page *page, const struct conference *c);
void metadata_add_person(cJSON *data, const struct page *page, const struct archive_person *p);

/* A picture's or file's whole address: as it is when it has one, else below base_url. Appends nothing where that can't be. */
void metadata_address(const struct page *page, const char *path, struct buf *out);

#endif

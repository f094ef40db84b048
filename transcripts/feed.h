/* feed.h - a show's RSS 2.0 feed with the itunes, content, atom and podcast namespaces (Apple 823, PSP-1, Podcasting 2.0),
 * written from the archive by libxml2's writer. Blocking; a worker's thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_H
#define TRANSCRIPTS_FEED_H

#include "base/buf.h"
#include "transcripts/archive.h"
#include "transcripts/feed_lock.h"

struct feed_show {
	const char *name, *title, *description, *language, *author, *category, *subcategory, *image, *type, *copyright,
		*email, *link; /* any but name and title may be NULL */
	bool explicit_;
};

struct feed_request {
	const struct feed_show *show;
	const char *base_url;    /* without final '/' */
	const char *site;        /* folder: media are looked up in site/media */
	struct feed_lock *lock;  /* GUIDs and dates once published */
};

/* Episodes without a media file that exists, or not published, are left out; `left_out` (may be NULL) hears each with its
 * reason. */
enum err feed_write_rss(struct archive *a, const struct feed_request *request,
	void (*left_out)(void *data, const char *path, const char *reason), void *data, struct buf *out, struct why *why)
	NODISCARD;
/* UUIDv5 of the feed's URL without scheme and trailing slashes, in podcast:guid's namespace. 36 characters and NUL. */
void feed_podcast_guid(const char *feed_url, char out[37]);

#endif

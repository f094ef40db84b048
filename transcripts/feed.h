/* feed.h - a show's RSS 2.0 feed with the itunes, content, atom and podcast namespaces (Apple 823, PSP-1, Podcasting
 * 2.0), written from the archive. The same archive, media and feeds.lock give the same bytes. Blocking; a worker's
 * thread.
 * Where the show's configuration lacks something, description and author fall back to the title, language to en, image
 * and category to nothing; all but the author are reported, since Apple refuses such a feed. It is valid all the same.
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
	const char *site;        /* folder: media are looked up in site/media, by their file names */
	struct feed_lock *lock;  /* GUIDs and dates once published; saved here before the feed is handed out */
};

/* Episodes without a media file (one of the site, or an address or a path elsewhere whose size the front matter says), or
 * not published, are left out. An episode without a date has that of its
 * first publication. `fault` (may be NULL) hears, in one sentence each, what was left out and what Apple or PSP-1 would
 * miss: path is the episode's file, "carillon.yaml" or "feeds.lock". E_IO ...: the archive can't be read. */
enum err feed_write_rss(struct archive *a, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out, struct why *why)
	NODISCARD;
/* UUIDv5 of the feed's URL without scheme and trailing slashes, in podcast:guid's namespace. 36 characters and NUL. */
void feed_podcast_guid(const char *feed_url, char out[37]);
/* The GUID of an item that brings none: UUIDv5 of its slug within its feed's. Not random, so that even a site that
 * can't keep its feeds.lock gives the same one again. */
void feed_item_guid(const char *feed_url, const char *slug, char out[37]);

#endif

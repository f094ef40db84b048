/* feed_pieces.h - what goes into a feed: the half of feed.c that decides (feed_pieces.c), for the half that writes.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_PIECES_H
#define TRANSCRIPTS_FEED_PIECES_H

#include "transcripts/feed.h"

/* An episode that goes into the feed. */
struct feed_piece {
	struct archive_item *item; /* owned */
	int64_t date_ms;
	char *guid, *media_url;    /* owned */
	const char *mime;
	int64_t media_bytes, duration_ms;
	bool is_locked;            /* was published before */
};

struct feed {
	const struct feed_request *request;
	void (*fault)(void *data, const char *path, const char *text);
	void *data;
	const char *url;           /* the feed's own */
	struct feed_piece *pieces; /* newest first, each GUID and each media file once */
	size_t n, _room;
	struct buf *out;
};

enum err feed_collect(struct feed *f, struct archive *a, struct why *why) NODISCARD;
void feed_finish(struct feed *f);

/* Helpers of both halves. */
void feed_report(const struct feed *f, const char *path, const char *format, ...) PRINTF(3, 4);
bool feed_says(const char *text); /* neither NULL nor blank */
bool feed_is_web_url(const char *text);
/* The last part of a path or URL: /media/ is flat, and so are its names. */
const char *feed_base_name(const char *path);
/* Owned by the caller. */
char *feed_media_path(const struct feed *f, const char *name);
char *feed_media_url(const struct feed *f, const char *name);

#endif

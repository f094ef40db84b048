/* publish_targets.h - what `publish` writes: each address that the site has without a running server, and the file that
 * answers it. Made before the first page is, so that every page's links can be turned into files' names.
 * /shows/bells/one is the file shows/bells/one/index.html: any web server finds it at the address that feeds and old links
 * have, without a rule for it.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_TARGETS_H
#define SERVER_PUBLISH_TARGETS_H

#include <stdatomic.h>

#include "server/server.h"
#include "transcripts/archive_outline.h"

enum target_kind {
	TARGET_PAGE,       /* HTML: its links are rewritten */
	TARGET_TEXT,       /* as its builder makes it */
	TARGET_FEED,       /* the same, of a show or conference: its items are seen before all else, lest something is lost */
	TARGET_OPEN_FEED,  /* a feed that nothing can be lost from: a person's */
	TARGET_OPTIONAL,   /* the same, where there is any: a transcript without times has no captions */
	TARGET_MISSING,    /* 404.html, which is shown at any address */
	TARGET_ASSET,      /* written when a page wants it */
	TARGET_MEDIA,
	TARGET_MOMENTS,    /* an item's words for the search (static_index.h) */
	TARGET_WORDS,      /* the search's index: many files, made by one thread */
};

struct target {
	char *path;        /* decoded */
	char *file;        /* below the output's folder */
	enum target_kind kind;
	size_t item;       /* TARGET_MOMENTS: its number in the outline of what is published */
	char *source;      /* TARGET_MEDIA: the site's file */
	const struct asset *asset;
	atomic_bool is_wanted; /* an asset that a page links to */
};

struct targets {
	struct target *list; /* by path */
	size_t n;
	struct archive_outline *items; /* published ones only; its order numbers the search's items */
	size_t n_items;
	struct archive_outline *_all;
	size_t _n_all;
};

/* archive may be NULL: nothing was imported. media: false leaves the site's media out. */
enum err targets_list(struct targets *t, struct server *server, struct archive *archive, bool media, struct why *why)
	NODISCARD;
void targets_finish(struct targets *t);
/* The one with this address, with or without a '/' at its end; NULL: none. */
struct target *targets_find(const struct targets *t, struct span path);

#endif

/* feed_lint.h - what Apple, PSP-1 and the podcast namespace ask of an RSS feed, and the W3C's validator doesn't look at:
 * languages that don't exist, recordings twice, names of files, lengths of texts, titles with numbers, artwork, every
 * podcast: and psc: element. Reads the finished document, which must be one of ours (feed_rss.c). Pure but for the
 * pictures of the site; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_LINT_H
#define TRANSCRIPTS_FEED_LINT_H

#include "base/buf.h"

struct feed_lint {
	const char *media_folder; /* of the site, and the address that it has: pictures there are looked into; NULL: none are */
	const char *media_url;
	bool is_local;            /* http:// is no fault: the site is only tried out on this machine */
	/* item: its place in the document, SIZE_MAX for the feed as a whole. */
	void (*fault)(void *data, size_t item, const char *text);
	void *data;
};

/* Returns how many faults there are. */
size_t feed_lint(struct span rss, const struct feed_lint *lint);

#endif

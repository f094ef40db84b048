/* feed_lint_parts.h - between feed_lint*.c.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_LINT_PARTS_H
#define TRANSCRIPTS_FEED_LINT_PARTS_H

#include "base/err.h"
#include "transcripts/feed_lint.h"
#include "transcripts/feed_lint_tree.h"

struct linting {
	const struct feed_lint *lint;
	size_t item, n_faults;
};

void lint_fault(struct linting *l, const char *format, ...) PRINTF(2, 3);
/* feed_lint_podcast.c: an element of the podcast namespace or of psc, and those in it. */
void lint_podcast(struct linting *l, const struct lint_node *node, const char *parent);
void lint_chapters(struct linting *l, const struct lint_node *chapters);
/* feed_lint_artwork.c: a picture's address. */
void lint_artwork(struct linting *l, const char *url);

#endif

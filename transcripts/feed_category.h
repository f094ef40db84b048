/* feed_category.h - which itunes:category Apple knows; for feed.c. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_CATEGORY_H
#define TRANSCRIPTS_FEED_CATEGORY_H

#include "base/span.h"

/* Case counts. subcategory NULL: the category alone. A category never begins with a tab. */
bool feed_category_known(const char *category, const char *subcategory);

#endif

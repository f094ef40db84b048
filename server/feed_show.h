/* feed_show.h - a configured show as transcripts/feed.h wants it; texts stay the configuration's.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_FEED_SHOW_H
#define SERVER_FEED_SHOW_H

#include "server/config.h"
#include "transcripts/feed.h"

static inline struct feed_show feed_show_of(const struct config_show *s)
{
	return s->feed;
}

#endif

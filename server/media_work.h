/* media_work.h - studies the site's media in the background, one at a time, on a thread of its own: nobody waits for
 * it. What pages say wrongly of their recordings is told after each look that found a new one.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_MEDIA_WORK_H
#define SERVER_MEDIA_WORK_H

#include "base/err.h"
#include "transcripts/media_store.h"

struct media_work;

/* site and var: folders, borrowed as long as it lives; store too. Loop thread, all of it. */
struct media_work *media_work_create(struct media_store *store, const char *site, const char *var);
/* There may be something new in media/. */
void media_work_wake(struct media_work *w);
/* Ends the pass that runs, within a second. Accepts NULL. */
void media_work_destroy(struct media_work *w);

struct media_work_counts {
	size_t files, done;          /* of the round that runs, or the last one */
	uint64_t studied, unreadable; /* since the start */
};
struct media_work_counts media_work_counts(struct media_work *w);

#endif

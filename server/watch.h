/* watch.h - tells when the site's files have changed: folders, and those in them, watched by inotify (through libuv),
 * changes gathered for half a second, so that a copy of a hundred files is one change. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include "server/loop.h"

struct watch;

enum watch_change {
	WATCH_CONTENT = 1, /* episodes/, transcripts/, talks/, media/, and the files of rules */
	WATCH_CONFIG = 2,  /* carillon.yaml */
	WATCH_TEMPLATES = 4, /* templates/ */
};

/* changed gets a set of enum watch_change. Folders that don't exist yet are picked up when they appear. */
struct watch *watch_create(struct loop *loop, const char *site, void (*changed)(void *data, unsigned changes), void *data);
void watch_destroy(struct watch *w); /* accepts NULL */

#endif

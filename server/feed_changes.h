/* feed_changes.h - when each feed last changed: by its address, the hash of its bytes and the time at which they were first
 * seen, kept in var/feeds/changes, so that Last-Modified survives a restart. At most FEED_CHANGES_MAX, searches give way
 * first. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_FEED_CHANGES_H
#define SERVER_FEED_CHANGES_H

#include "base/buf.h"

enum { FEED_CHANGES_MAX = 20000 };

struct feed_changes;

/* What can't be read is forgotten: it only makes feeds look newer. */
struct feed_changes *feed_changes_open(const char *folder);
void feed_changes_close(struct feed_changes *c); /* saves; accepts NULL */
/* The document has these bytes now. True when they are others than before. */
bool feed_changes_note(struct feed_changes *c, const char *address, uint64_t hash, int64_t *changed_ms);
uint64_t feed_changes_hash(struct feed_changes *c, const char *address); /* 0: never seen */
/* Calls each for a copy of the list of addresses. */
void feed_changes_each(struct feed_changes *c, void (*each)(void *data, const char *address), void *data);
void feed_changes_save(struct feed_changes *c);

/* An address' path as a request's would be: percent-decoded. False when it is broken. */
bool feed_path_decode(struct buf *out, struct span path);

#endif

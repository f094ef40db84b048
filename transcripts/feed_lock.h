/* feed_lock.h - feeds.lock: what was published under which GUID and date; a small text file of the site, one line an
 * item, kept by its owner in version control. A GUID, once in it, never changes (DESIGN.md law 7).
 * Lines: `show<TAB>slug<TAB>guid<TAB>date<TAB>media-path`, sorted; '#' starts a comment, which stays above its line.
 * Thread: entries and saving are safe from any thread; opening and closing belong to the owner.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_LOCK_H
#define TRANSCRIPTS_FEED_LOCK_H

#include "base/err.h"
#include "base/span.h"

struct feed_lock;

/* path: SITE/feeds.lock; missing is empty. E_FORMAT: a damaged line, which is why's: nothing is opened then, since to
 * go on without it would forget a GUID. */
enum err feed_lock_open(const char *path, struct feed_lock **lock, struct why *why) NODISCARD;
void feed_lock_close(struct feed_lock *lock); /* accepts NULL */

struct feed_lock_entry {
	const char *guid;     /* lives as long as the lock */
	int64_t published_ms; /* when it was first published */
};
/* False when the item was never published. */
bool feed_lock_find(struct feed_lock *lock, const char *show, const char *slug, struct feed_lock_entry *entry);
/* The item's entry, made when it is new: guid is wanted_guid or, when that is empty, a random UUID. Thread-safe. */
struct feed_lock_entry feed_lock_entry(struct feed_lock *lock, const char *show, const char *slug,
	const char *wanted_guid, int64_t published_ms, const char *media_path);
/* Writes the file when something is new. A read-only site: E_DENIED/E_IO, the feed is served all the same. */
enum err feed_lock_save(struct feed_lock *lock, struct why *why) NODISCARD;

#endif

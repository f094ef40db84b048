/* feed_lock.h - feeds.lock: what was published under which GUID and date, with which recording and picture; a small text
 * file of the site, one line an item, kept by its owner in version control. A GUID, once in it, never changes (DESIGN.md
 * law 7).
 * Lines: `show<TAB>slug<TAB>guid<TAB>date<TAB>media-path[<TAB>bytes<TAB>address[<TAB>withdrawn]]`, sorted; '#' starts a
 * comment, which stays above its line. A conference's talks have "conference/NAME" for their show. A slug that begins
 * with '*' is a picture's file name, and its GUID the picture's hash.
 * Thread: everything but opening and closing is safe from any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_LOCK_H
#define TRANSCRIPTS_FEED_LOCK_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

struct feed_lock;

/* path: SITE/feeds.lock; missing is empty. E_FORMAT: a damaged line, which is why's: nothing is opened then, since to
 * go on without it would forget a GUID. */
enum err feed_lock_open(const char *path, struct feed_lock **lock, struct why *why) NODISCARD;
void feed_lock_close(struct feed_lock *lock); /* accepts NULL */
/* Reads the file again where somebody else has changed it (a command, version control). E_FORMAT as above: what was
 * known stays. */
enum err feed_lock_refresh(struct feed_lock *lock, struct why *why) NODISCARD;

/* Texts live as long as the lock. */
struct feed_lock_entry {
	const char *slug, *guid;
	int64_t published_ms;  /* when it was first published */
	const char *media_path, *media_url; /* "" where there is none, or it isn't known */
	int64_t media_bytes;   /* 0 = not known */
	bool is_withdrawn;     /* taken out of its feed, as its owner allowed */
};
/* False when the item was never published. */
bool feed_lock_find(struct feed_lock *lock, const char *show, const char *slug, struct feed_lock_entry *entry);
/* All of a show's, by slug, pictures too. Owned by the caller (free). */
struct feed_lock_entry *feed_lock_list(struct feed_lock *lock, const char *show, size_t *n);
/* The shows and "conference/NAME"s that have items which aren't withdrawn. Owned by the caller (free); the names live as
 * long as the lock. */
const char **feed_lock_shows(struct feed_lock *lock, size_t *n);
/* The item's entry, made when it is new: guid is wanted_guid or, when that is empty, a random UUID. */
struct feed_lock_entry feed_lock_entry(struct feed_lock *lock, const char *show, const char *slug,
	const char *wanted_guid, int64_t published_ms, const char *media_path);
/* Makes or replaces an entry whole. */
void feed_lock_put(struct feed_lock *lock, const char *show, const struct feed_lock_entry *entry);
/* The entry of one slug becomes another's, which has none. */
void feed_lock_move(struct feed_lock *lock, const char *show, const char *from, const char *to);
/* Writes the file when something is new. A read-only site: E_DENIED/E_IO, the feed is served all the same. */
enum err feed_lock_save(struct feed_lock *lock, struct why *why) NODISCARD;

#endif

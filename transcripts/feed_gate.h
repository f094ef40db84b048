/* feed_gate.h - nothing leaves a feed unnoticed. What a feed would have now is compared with what was published: what
 * is gone, and what has another GUID, is a loss, and is refused until its owner allows it; another length of a recording
 * and other artwork under the same name are told. What was published stands in feeds.lock, and a second time in what this
 * machine served last, so that a line taken out of feeds.lock is noticed too.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_GATE_H
#define TRANSCRIPTS_FEED_GATE_H

#include "base/buf.h"
#include "transcripts/feed_lock.h"

struct feed_diff {
	size_t n_new, n_removed, n_guids, n_lengths, n_artworks, n_moved;
	struct buf lines;  /* "removed: SLUG (GUID); ..." a line each */
};

/* What a feed has of one item now. One without a GUID is the feed itself, with its picture. */
struct feed_now {
	const char *slug, *guid, *media_path, *media_url;
	int64_t media_bytes, published_ms;
	const char *artwork, *artwork_hash; /* its picture's name and SHA-256, or NULL */
};

/* Adds to diff. space: the show's name or "conference/NAME". */
void feed_gate_compare(struct feed_lock *lock, struct feed_lock *served, const char *space, const struct feed_now *now,
	size_t n, struct feed_diff *diff);
/* Items gone or GUIDs changed. */
bool feed_diff_is_loss(const struct feed_diff *diff);
bool feed_diff_is_empty(const struct feed_diff *diff);
/* Appends "0 new, 2 removed, 1 GUID changed". */
void feed_diff_write(struct buf *out, const struct feed_diff *diff);
void feed_diff_finish(struct feed_diff *diff);
/* Writes into lock what is published from now on; what is gone is marked as withdrawn. only_known: what isn't in it yet
 * stays out. */
void feed_gate_publish(struct feed_lock *lock, const char *space, const struct feed_now *now, size_t n, bool only_known);

#endif

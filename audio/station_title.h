/* station_title.h - what sounds now, for players that show it: which of the many titles, for how long, and as the metadata
 * block of an ICY stream. For station.c. Pure: time comes with each call.
 * A block is one byte with its length in units of 16, then "StreamTitle='...';" padded with NUL (SHOUTcast's protocol,
 * as icecast and its players speak it). Players look for the closing "';": quotes and semicolons inside a title
 * are replaced by others that look the same.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIO_STATION_TITLE_H
#define AUDIO_STATION_TITLE_H

#include "base/buf.h"
#include "base/msg.h"

enum {
	TITLE_SHOWN_MS = 4000,  /* each for so long at least */
	TITLE_CHOICE_MS = 1000, /* the next is chosen from what came in the last of them */
	TITLE_BLOCK_MAX = 1 + 255 * 16,
};

struct station_title {
	char *station;
	struct buf candidate; /* the weightiest of those to choose from */
	float weight;
	int64_t since_ms;
	struct msg *block;    /* what is shown now */
};

void station_title_init(struct station_title *t, const char *station);
void station_title_finish(struct station_title *t);
void station_title_offer(struct station_title *t, struct span text, float weight, int64_t now_ms);
/* The block for the sound that was made until now; borrowed, the same msg as long as it doesn't change. */
struct msg *station_title_now(struct station_title *t, int64_t now_ms);
/* Appends a whole block. station: may be NULL. */
void icy_block(struct buf *out, struct span text, const char *station);

#endif

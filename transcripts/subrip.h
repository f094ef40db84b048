/* subrip.h - what SubRip's importer and its export agree on. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SUBRIP_H
#define TRANSCRIPTS_SUBRIP_H

#include "base/buf.h"
#include "transcripts/webvtt_cue.h"

/* Appends a cue's raw text as its viewer reads it: without tags and {\an8}, entities decoded. */
void subrip_decode(struct buf *out, struct span raw);
/* HH:MM:SS,mmm --> HH:MM:SS,mmm with hours or without, up to three digits behind a comma or a point, or none. What
 * follows is left alone, but must be apart from it. */
bool subrip_timing_read(struct span line, struct webvtt_timing *out);

#endif

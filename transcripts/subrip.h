/* subrip.h - what SubRip's importer and its export agree on. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SUBRIP_H
#define TRANSCRIPTS_SUBRIP_H

#include "base/buf.h"

/* Appends a cue's raw text as its viewer reads it: without tags and {\an8}, entities decoded. */
void subrip_decode(struct buf *out, struct span raw);

#endif

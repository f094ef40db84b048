/* export.h - a transcript in the formats that players and other programs read. Pure: appended to out; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_EXPORT_H
#define TRANSCRIPTS_EXPORT_H

#include "base/buf.h"
#include "transcripts/transcript.h"

/* WebVTT with voices (<v Name>). Importing it again gives the same turns and cues, as far as the format allows: it
 * wants cues in order of their starts, so those that go back are put in their place, and lengths above zero, so those
 * of no length get a millisecond. A turn that its voice doesn't show (nobody named, or the same as before) follows a
 * comment `NOTE turn`. */
void export_vtt(const struct transcript *t, struct buf *out);
/* SubRip; a turn's first cue begins with `Name: `. Order and lengths as in WebVTT. */
void export_srt(const struct transcript *t, struct buf *out);
/* Podcasting 2.0's JSON (version 1.0.0; segments of speaker, startTime, endTime, body), in the transcript's order. */
void export_json(const struct transcript *t, struct buf *out);
/* For a reader: a paragraph a turn, `[1:02:03] Name: text`. */
void export_text(const struct transcript *t, struct buf *out);

#endif

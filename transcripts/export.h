/* export.h - a transcript in the formats that players and other programs read. Pure: appended to out; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_EXPORT_H
#define TRANSCRIPTS_EXPORT_H

#include "base/buf.h"
#include "transcripts/document.h"

/* Importing what was written gives the same turns, speakers, cues, starts and ends, as far as the format holds them,
 * and writing that again gives the same bytes. What each can't hold stands with it. Only HTML and text hold which cues
 * are untimed; a transcript without any time is for those two alone, the others would have to make times up. The invisible word joiner U+2060 protects text that a reader would take for markup; the importers drop
 * it. */

/* False: no cue has a time of its own. */
bool export_has_times(const struct transcript *t);

/* WebVTT with voices (<v Name>). It wants cues in order of their starts, so those that go back are put in their place,
 * and lengths above zero, so those of no length get a millisecond. A turn that its voice doesn't show (nobody named, or
 * the same as before) follows a comment `NOTE turn`. */
void export_vtt(const struct transcript *t, struct buf *out);
/* SubRip; a turn's first cue begins with `Name: `. Order and lengths as in WebVTT. It doesn't hold turns without a
 * speaker, nor a speaker whose name doesn't look like one ("v2", more than five words), nor the speakers where no more
 * than one turn has any. */
void export_srt(const struct transcript *t, struct buf *out);
/* Podcasting 2.0's JSON (version 1.0.0; segments of speaker, startTime, endTime, body), in the transcript's order. Two
 * turns of one speaker that follow each other become one. */
void export_json(const struct transcript *t, struct buf *out);
/* Podcasting 2.0's HTML: <cite>, <time>, <p>. It doesn't hold ends. A second <p> under one <time> has no time of its
 * own; neither has what follows an empty <time>. */
void export_html(const struct transcript *t, struct buf *out);
/* For a reader: a paragraph a turn, `[1:02:03] Name: text`, or `[--:--] Name: text` where the turn's first cue is
 * untimed. A turn is one cue then, at its first one's whole second, and names are held as in SubRip. */
void export_text(const struct transcript *t, struct buf *out);

/* Chapters, in order of their starts. JSON chapters 1.2: all that is known of them. */
void export_chapters_json(const struct document_chapter *chapters, size_t n, struct buf *out);
/* Podlove's simple chapters 1.2. They don't hold ends, nor chapters that are hidden: those are left out. */
void export_chapters_psc(const struct document_chapter *chapters, size_t n, struct buf *out);
/* For a description, as Apple reads it: "00:12:34 Title" lines. They hold whole seconds and titles; hidden chapters and
 * those without a title are left out. Apple wants the first one at the start: without one "Intro" is put there. False:
 * Apple would ignore them, for they are fewer than three. */
bool export_chapters_description(const struct document_chapter *chapters, size_t n, struct buf *out);

#endif

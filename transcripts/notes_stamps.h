/* notes_stamps.h - which times in show notes are moments of the recording; for notes_tree.c. Pure; any thread.
 *
 * Anywhere in the text: a time alone in brackets, [12:34], (1:02:03), also a stretch, [12:34 - 15:00], of which the
 * start counts; not where a word ends at the bracket (list[1:20]).
 * Bare, 12:34 or 1:02:03.5, only where it begins: an item of a list, a heading, a paragraph, also in emphasis or behind
 * a bullet; and any line of a paragraph two of whose lines begin so (one alone may be prose that was wrapped there).
 * Never: a time of day by what follows ("10:30 am"), a number that goes on (12:34:56:78, 12:34%), a single digit (16:9),
 * in code, in addresses, within a link; nothing after the recording's end where its length is known.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_NOTES_STAMPS_H
#define TRANSCRIPTS_NOTES_STAMPS_H

#include "base/buf.h"

/* Length of "[12:34]" at the start of s, with its brackets, or 0. */
size_t notes_stamp_bracketed(struct span s, int64_t *ms);
/* A bare one that begins s, which begins a line: its length without what stands before it (*lead bytes), or 0. */
size_t notes_stamp_leading(struct span s, size_t *lead, int64_t *ms);
/* What "#t=12:34" means: "12:34", "754", "754.25", "1h2m3s"; of a stretch ("10,20") the start. */
bool notes_stamp_target(struct span s, int64_t *ms);
/* A whole text that is one time, bare or in brackets: a link's label. */
bool notes_stamp_label(struct span s, int64_t *ms);
/* CommonMark takes "[12:34]: Title" for the definition of a link, and shows nothing of it: appends text to out with a
 * backslash before such. False: there is none, out is untouched. */
bool notes_stamps_protect(struct span text, struct buf *out);

#endif

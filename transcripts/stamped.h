/* stamped.h - what the two dialects whose lines start with a stamp share: the parser, and whether the lines name
 * speakers. For dialect_*.c only. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_STAMPED_H
#define TRANSCRIPTS_STAMPED_H

#include "base/buf.h"
#include "transcripts/lines.h"

/* A fifth of the lines: some transcribers name a speaker only where he begins. */
static inline bool stamped_has_speakers(const struct line_census *c)
{
	return c->n_labelled * 5 >= c->n_stamped && c->n_labelled > 0;
}

/* A cue a stamp; lines without one continue the cue before them. With labels, a label starts a turn, and a stamped line
 * without one continues it. Without labels all is one turn, broken where a line starts with `>>` or `- `, which is how
 * captioners mark another voice. */
struct transcript *stamped_parse(struct span text, int first_line, bool labels, const struct dialect_faults *faults);

/* What came before the first stamp. */
struct stamped_head {
	struct buf text; /* lines joined by blanks */
	int line;
};
void stamped_head_add(struct stamped_head *head, struct span line, int number);
/* Makes it a cue from 0 to first_ms where there is time for it (an introduction that nobody stamped); else it is a
 * page's head and left out. Frees the head. */
void stamped_head_finish(struct stamped_head *head, struct transcript *t, int64_t first_ms);

/* Cuts `>>` or `- ` off; true when it was there. */
bool stamped_cut_voice_mark(struct span *text);

#endif

/* chapters.h - chapters in the forms that they are written in: Podcasting 2.0's JSON, Podlove's XML (psc), lines of a
 * description ("00:12:34 Title", as Apple reads them), time-stamped lines in Markdown notes. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_CHAPTERS_H
#define TRANSCRIPTS_CHAPTERS_H

#include "transcripts/document.h"

/* What a file of nothing but chapters is; CHAPTERS_NONE when it is no such file. */
enum chapters_form { CHAPTERS_NONE, CHAPTERS_JSON, CHAPTERS_PSC, CHAPTERS_LINES };
enum chapters_form chapters_detect(struct span text, char *reason, size_t room);
/* "00:12:34 Title" lines read like a transcript's: only a name such as one.chapters.txt tells them apart. True for a name
 * whose stem ends in ".chapters"; *stem is what stands before (the whole stem for other names). */
bool chapters_is_named(const char *name, struct span *stem);
/* CHAPTERS_LINES when most lines are such. */
enum chapters_form chapters_detect_lines(struct span text, char *reason, size_t room);
/* Each form's label and what it is called ("Podlove's chapters"); CHAPTERS_NONE for a label that is none. */
enum chapters_form chapters_named(struct span label);
const char *chapters_label(enum chapters_form form);
const char *chapters_name(enum chapters_form form);
/* Adds its chapters to d, in order of their starts; what has no start is reported and left out. */
void chapters_read(enum chapters_form form, struct document *d, struct span text, const struct dialect_faults *faults);
/* The lines of a description that begin with a time, as many as there are. */
void chapters_read_description(struct document *d, struct span text, int first_line,
	const struct dialect_faults *faults);

/* Chapters that Markdown notes tell, lines such as
 *     **[12:34](#t=12:34)** Title    * 12:34 - Title    ## [12:34] Title    12:34-15:00 Title
 * and a time alone on its line, whose title is the next line's. Where a label and its link differ, the label is taken
 * and the difference reported. With is_list (a page whose notes are known to be such a list) all are taken, and times
 * that go back or repeat are reported; else only three and more whose times rise. Code is left alone. */
void chapters_read_notes(struct document *d, struct span text, int first_line, bool is_list,
	const struct dialect_faults *faults);

/* Chapters that a talk's or a feed's description tells among other things: three and more lines with rising times, the first
 * at 0:00 or all within the recording, which aren't times of day. line: what is kept as theirs. */
void chapters_draw(struct document *d, struct span text, int line);

/* A line that begins with a time, bare or in such marks: what follows is its title. *end_ms: of "12:34 - 15:00", else
 * -1. False: no time, or no title. */
bool chapters_read_line(struct span line, int64_t *start_ms, int64_t *end_ms, struct span *title);
/* The title as it is kept: without the marks that stand between a time and it. */
struct span chapters_trim_title(struct span title);
/* By start, those of one start in their order; where they had to be moved, it is reported once. */
void chapters_sort(struct document *d, const struct dialect_faults *faults);

#endif

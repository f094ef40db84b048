/* lines.h - how the dialects read text: line by line, a stamp and a speaker at a line's start. For dialect_*.c only.
 * Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_LINES_H
#define TRANSCRIPTS_LINES_H

#include "transcripts/dialect.h"

/* Lines end with LF, CRLF, a lone CR (old Macs), or U+2028/U+2029 (word processors); the last two don't count as lines
 * of the file. */
struct lines {
	struct span _rest;
	int _next;
	struct span line; /* the current one, without blanks at its ends (U+00A0 and zero-width ones too) */
	int number;
};
void lines_init(struct lines *l, struct span text, int first_line);
bool lines_next(struct lines *l);

/* Without blanks at both ends, Unicode's included. */
struct span lines_trim(struct span s);
size_t lines_count_words(struct span s);
/* True when the text after a stamp makes it a clock's time: "pm", "a.m.", "o'clock". */
bool lines_is_clock_time(struct span after);
/* True for a heading such as `#165: On bells Transcript` or `# On bells`; *title is what it names. */
bool lines_read_title(struct span line, struct span *title);

struct stamped_line {
	int64_t ms;
	bool has_hours;    /* the stamp has three parts */
	struct span label; /* "Michael Kennedy" of "MM:SS Michael Kennedy: text"; empty where there is none */
	struct span text;  /* after stamp and label */
	struct span whole; /* after the stamp: label and text */
};
/* Reads `MM:SS text`, `[MM:SS] Name: text`, `Name: MM:SS text` and their like. False when the line has no stamp. */
bool stamped_line_read(struct span line, struct stamped_line *out);

/* Length of a speaker's label with its colon at the start of s: up to five words that look like a name; 0 when there is
 * none. The name alone goes to *name. */
size_t label_read(struct span s, struct span *name);

/* How a text's lines read; what the detectors weigh. */
struct line_census {
	size_t n_lines;    /* that aren't empty */
	size_t n_stamped, n_labelled;
	size_t n_backward; /* stamps earlier than the one before */
	bool has_hours;    /* most stamps have three parts */
};
void line_census_take(struct line_census *c, struct span text);
/* True when enough lines start with a stamp for a transcript. */
bool line_census_is_stamped(const struct line_census *c);

/* Reports a fault and counts it in t. */
void dialect_report(const struct dialect_faults *faults, struct transcript *t, int line, const char *format, ...)
	PRINTF(4, 5);

#endif

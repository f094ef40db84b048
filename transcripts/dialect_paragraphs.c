/* `[1:02:03] Speaker: text`, a paragraph a turn with blank lines between: the plain text that export_text writes, and
 * that many hosts offer for download. A paragraph is one line and one cue; `[--:--]` is a time that nobody knows.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/lines.h"

/* "[1:02:03] " at the line's start. A name is one only in the form that export_text gives it, so that what is written
 * again is the same: a colon right behind it, then one blank. */
static bool read_line(struct span line, struct stamped_line *out, bool *untimed)
{
	static const char unknown[] = "[--:--] ";
	*untimed = span_starts(line, unknown);
	if (!*untimed)
		return line.n && line.p[0] == '[' && stamped_line_read(line, out) && out->whole.n;
	*out = (struct stamped_line){.whole = lines_trim(span_from(line, sizeof unknown - 1)), .label = span_of("")};
	size_t n = label_read(out->whole, &out->label);
	if (n == 0)
		out->label = span_of("");
	out->text = lines_trim(span_from(out->whole, n));
	return out->whole.n > 0;
}

static int detect(struct span text, char *reason, size_t room)
{
	struct lines lines;
	struct stamped_line s;
	size_t n_turns = 0;
	bool blank = true, untimed;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		if (lines.line.n == 0) {
			blank = true;
			continue;
		}
		if (!blank || !read_line(lines.line, &s, &untimed))
			return 0;
		n_turns++;
		blank = false;
	}
	if (n_turns == 0)
		return 0;
	snprintf(reason, room, "%zu paragraphs of one line, all of which read '[MM:SS] Speaker: text'", n_turns);
	return 96;
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct lines lines;
	struct stamped_line s;
	bool untimed;
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		if (lines.line.n == 0)
			continue;
		if (!read_line(lines.line, &s, &untimed)) {
			if (t->n_cues)
				transcript_extend_cue(t, lines.line);
			else
				dialect_report(faults, t, lines.number, "text without a time; it was left out");
			continue;
		}
		bool named = s.label.n && s.text.n && s.text.p == s.label.p + s.label.n + 2;
		transcript_add_turn(t, named ? s.label : span_of(""));
		if (untimed)
			transcript_add_untimed_cue(t, -1, named ? s.text : s.whole, lines.number);
		else
			transcript_add_cue(t, s.ms, -1, named ? s.text : s.whole, lines.number);
	}
	transcript_finish_build(t);
	return t;
}

const struct dialect dialect_paragraphs = {
	.name = "paragraphs ([MM:SS] Speaker: text)",
	.label = "paragraphs",
	.detect = detect,
	.parse = parse,
};

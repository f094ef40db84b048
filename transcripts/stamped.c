/* SPDX-License-Identifier: MIT */
#include "transcripts/stamped.h"

/* Below it nobody says a sentence: what stands before such a stamp is a heading. */
enum { INTRODUCTION_MS = 5000 };

void stamped_head_add(struct stamped_head *head, struct span line, int number)
{
	struct span title;
	if (lines_read_title(line, &title))
		return;
	if (head->text.n)
		buf_char(&head->text, ' ');
	else
		head->line = number;
	buf_span(&head->text, line);
}

void stamped_head_finish(struct stamped_head *head, struct transcript *t, int64_t first_ms)
{
	if (first_ms >= INTRODUCTION_MS && head->text.n)
		transcript_add_cue(t, 0, first_ms, buf_view(&head->text), head->line);
	buf_finish(&head->text);
}

bool stamped_cut_voice_mark(struct span *text)
{
	struct span s = *text;
	if (span_starts(s, ">>")) {
		while (s.n && s.p[0] == '>')
			s = span_from(s, 1);
	} else if (span_starts(s, "- ")) {
		s = span_from(s, 2);
	} else {
		return false;
	}
	*text = lines_trim(s);
	return true;
}

struct transcript *stamped_parse(struct span text, int first_line, bool labels, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct stamped_head head = {0};
	struct lines lines;
	struct stamped_line s;
	/* A stamp that waits for its text: alone on its line. */
	int64_t waiting_ms = -1;
	int waiting_line = 0;
	bool any = false;

	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		if (lines.line.n == 0)
			continue;
		if (!stamped_line_read(lines.line, &s)) {
			if (!any)
				stamped_head_add(&head, lines.line, lines.number);
			else if (waiting_ms >= 0)
				transcript_add_cue(t, waiting_ms, -1, lines.line, waiting_line);
			else
				transcript_extend_cue(t, lines.line);
			waiting_ms = -1;
			continue;
		}
		if (waiting_ms >= 0)
			dialect_report(faults, t, waiting_line, "a time without words; it was left out");
		if (!any)
			stamped_head_finish(&head, t, s.ms);
		any = true;
		struct span words = labels ? s.text : s.whole;
		bool new_voice = !labels && stamped_cut_voice_mark(&words);
		if (labels && s.label.n)
			transcript_add_turn(t, s.label);
		else if (new_voice)
			transcript_add_turn(t, span_of(""));
		waiting_ms = words.n ? -1 : s.ms;
		waiting_line = lines.number;
		transcript_add_cue(t, s.ms, -1, words, lines.number);
	}
	if (waiting_ms >= 0)
		dialect_report(faults, t, waiting_line, "a time without words; it was left out");
	buf_finish(&head.text);
	transcript_finish_build(t);
	return t;
}

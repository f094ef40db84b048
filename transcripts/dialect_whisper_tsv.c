/* Whisper's table: a head `start<TAB>end<TAB>text`, then a line a cue, times in ms.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/lines.h"

static bool read_head(struct lines *lines)
{
	while (lines_next(lines))
		if (lines->line.n)
			return span_starts(lines->line, "start\tend\ttext");
	return false;
}

static bool read_row(struct span line, int64_t *start_ms, int64_t *end_ms, struct span *text)
{
	const int64_t century_ms = 3200000000000;
	struct span start, end;
	return span_next_piece(&line, '\t', &start) && span_next_piece(&line, '\t', &end) &&
		span_to_i64(span_trim(start), start_ms) && span_to_i64(span_trim(end), end_ms) && *start_ms >= 0 &&
		*start_ms < century_ms && *end_ms < century_ms && (*text = lines_trim(line), true);
}

static int detect(struct span text, char *reason, size_t room)
{
	struct lines lines;
	lines_init(&lines, text, 1);
	if (!read_head(&lines))
		return 0;
	snprintf(reason, room, "its head reads 'start end text', with tabs between");
	return 98;
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct lines lines;
	lines_init(&lines, text, first_line);
	if (!read_head(&lines))
		lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		int64_t start_ms, end_ms;
		struct span said;
		if (lines.line.n == 0)
			continue;
		if (!read_row(lines.line, &start_ms, &end_ms, &said)) {
			dialect_report(faults, t, lines.number,
				"this isn't 'start end text' with times in ms and tabs between; the line "
				"was left out");
			continue;
		}
		if (end_ms < start_ms)
			dialect_report(faults, NULL, lines.number, "the words end before they start; they were given no length");
		transcript_add_cue(t, start_ms, end_ms < start_ms ? start_ms : end_ms, said, lines.number);
	}
	transcript_finish_build(t);
	return t;
}

const struct dialect dialect_whisper_tsv = {
	.name = "Whisper's table (start, end, text)",
	.label = "whisper-tsv",
	.detect = detect,
	.parse = parse,
};

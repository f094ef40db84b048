/* Caption formats that are recognised, so that they aren't taken for something else, and declined: TTML, SubStation
 * Alpha, MicroDVD. (EBU's STL is no text: encoding.c.)
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "transcripts/lines.h"

static const char advice[] = "it isn't read; save it as WebVTT or SubRip";

static int detect_ttml(struct span text, char *reason, size_t room)
{
	struct span head = lines_trim(span_make(text.p, text.n < 4096 ? text.n : 4096));
	if (head.n == 0 || head.p[0] != '<')
		return 0;
	size_t at = span_search(head, SPAN_LITERAL("<tt"), 0);
	struct span after = span_from(head, at + 3);
	bool is_root = at < head.n && after.n && (after.p[0] == '>' || after.p[0] == ' ' || after.p[0] == '\n' ||
		after.p[0] == '\r' || after.p[0] == '\t' || span_starts(after, ":tt"));
	if (!is_root && span_search(head, SPAN_LITERAL("http://www.w3.org/ns/ttml"), 0) == head.n)
		return 0;
	snprintf(reason, room, "XML whose root is <tt>");
	return 99;
}

static int detect_substation(struct span text, char *reason, size_t room)
{
	struct lines lines;
	lines_init(&lines, text, 1);
	while (lines_next(&lines) && lines.line.n == 0)
		;
	if (!span_equal_nocase(lines.line, SPAN_LITERAL("[script info]")))
		return 0;
	snprintf(reason, room, "it begins with [Script Info]");
	return 99;
}

/* "{25}{100}text": frames, which say nothing without the film's rate. */
static bool is_frames(struct span line)
{
	for (int i = 0; i < 2; i++) {
		size_t n = 1;
		if (line.n < 3 || line.p[0] != '{')
			return false;
		while (n < line.n && line.p[n] >= '0' && line.p[n] <= '9')
			n++;
		if (n == 1 || n == line.n || line.p[n] != '}')
			return false;
		line = span_from(line, n + 1);
	}
	return true;
}

static int detect_microdvd(struct span text, char *reason, size_t room)
{
	struct lines lines;
	size_t n_lines = 0, n_own = 0;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		n_lines += lines.line.n > 0;
		n_own += is_frames(lines.line);
	}
	if (n_own == 0)
		return 0;
	snprintf(reason, room, "%zu of %zu lines read '{frame}{frame}text'", n_own, n_lines);
	return n_own * 2 >= n_lines ? 95 : 10;
}

const struct dialect dialect_ttml = {
	.name = "TTML captions",
	.label = "ttml",
	.detect = detect_ttml,
	.decline = advice,
};

const struct dialect dialect_substation = {
	.name = "SubStation Alpha captions (.ssa, .ass)",
	.label = "substation",
	.detect = detect_substation,
	.decline = advice,
};

const struct dialect dialect_microdvd = {
	.name = "MicroDVD captions (.sub)",
	.label = "microdvd",
	.detect = detect_microdvd,
	.decline = advice,
};

/* SubRip captions: a number, `00:00:01,000 --> 00:00:02,000`, lines of text, a blank line. What is missing or loose in
 * real files (numbers, thousandths, blank lines, points for commas) isn't asked for: a timing starts a cue, and all up
 * to the next one is its text. `Name: ` at a cue's start is its speaker where a tenth of the cues have one,
 * or the first one and another.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "transcripts/lines.h"
#include "transcripts/markup.h"
#include "transcripts/subrip.h"
#include "transcripts/webvtt_cue.h"

/* HH:MM:SS and up to three digits behind a comma or a point; returns the length. */
static size_t read_stamp(struct span s, int64_t *ms)
{
	size_t n = stamp_read(s, ms);
	if (n == 0 || n + 1 >= s.n || (s.p[n] != ',' && s.p[n] != '.') || *ms % 1000)
		return n;
	int64_t unit = 100;
	size_t i = n + 1;
	while (i < s.n && unit && s.p[i] >= '0' && s.p[i] <= '9') {
		*ms += (s.p[i++] - '0') * unit;
		unit /= 10;
	}
	return i > n + 1 ? i : n;
}

bool subrip_timing_read(struct span line, struct webvtt_timing *out)
{
	size_t n = read_stamp(line, &out->start_ms);
	struct span rest = lines_trim(span_from(line, n));
	if (n == 0 || !span_starts(rest, "-->"))
		return false;
	rest = lines_trim(span_from(rest, 3));
	n = read_stamp(rest, &out->end_ms);
	return n > 0 && (n == rest.n || rest.p[n] == ' ' || rest.p[n] == '\t');
}

static bool is_number(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < '0' || line.p[i] > '9')
			return false;
	return line.n > 0;
}

/* "Name: text", or "NAME:" alone on the first line. Words must follow: a caption of nothing but "Note:" is one. */
static size_t speaker_at(struct span text, struct span *name)
{
	size_t n = label_read(text, name);
	return n && n < text.n && (text.p[n] == ' ' || text.p[n] == '\n') && text.p[n - 1] == ':' && text.p[n - 2] != ' '
		? n : 0;
}

static int detect(struct span text, char *reason, size_t room)
{
	struct lines lines;
	struct webvtt_timing timing;
	size_t n_own = 0, n_vtt = 0;
	if (span_starts(text, "WEBVTT"))
		return 0;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		if (webvtt_timing_read(lines.line, &timing))
			n_vtt++;
		else
			n_own += subrip_timing_read(lines.line, &timing);
	}
	if (n_own == 0)
		return 0;
	snprintf(reason, room, "%zu lines read '00:00:00,000 --> 00:00:00,000'", n_own + n_vtt);
	return n_own > n_vtt ? 97 : 40;
}

struct reading {
	struct transcript *t;
	const struct dialect_faults *faults;
	bool speakers;        /* enough cues name one */
	size_t n_cues, n_named;
	bool first_named;
	bool open;
	struct webvtt_timing timing;
	int line;
	struct buf raw, plain;
};

void subrip_decode(struct buf *out, struct span raw)
{
	while (raw.n) {
		/* {\an8} and its like say where on the screen. */
		size_t close = span_starts(raw, "{\\") ? span_find(span_make(raw.p, raw.n < 200 ? raw.n : 200), '}') : 200;
		if (close < 200 && close < raw.n) {
			raw = span_from(raw, close + 1);
			continue;
		}
		size_t n = 1;
		while (n < raw.n && raw.p[n] != '{')
			n++;
		markup_html_to_text(out, span_make(raw.p, n));
		raw = span_from(raw, n);
	}
}

static void close_cue(struct reading *r, bool count_only)
{
	struct span name, text;
	if (!r->open)
		return;
	r->open = false;
	buf_clear(&r->plain);
	subrip_decode(&r->plain, buf_view(&r->raw));
	buf_clear(&r->raw);
	text = lines_trim(buf_view(&r->plain));
	size_t n = speaker_at(text, &name);
	r->n_cues++;
	r->first_named |= r->n_cues == 1 && n > 0;
	r->n_named += n > 0;
	if (count_only)
		return;
	if (r->speakers && n) {
		transcript_add_turn(r->t, name);
		text = span_from(text, n);
	}
	transcript_add_cue(r->t, r->timing.start_ms, r->timing.end_ms, text, r->line);
}

static void add_line(struct reading *r, struct span line, int number)
{
	if (r->open) {
		if (r->raw.n)
			buf_char(&r->raw, '\n');
		buf_span(&r->raw, line);
	} else if (r->t) {
		dialect_report(r->faults, r->t, number, "text without a time; it was left out");
	}
}

/* Reads all; without a transcript only counts. */
static void read_all(struct reading *r, struct span text, int first_line)
{
	struct lines lines;
	struct webvtt_timing timing;
	struct span held = {0}; /* a number: the next cue's where a timing follows, else text */
	int held_line = 0;
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		if (lines.line.n == 0)
			continue;
		if (subrip_timing_read(lines.line, &timing)) {
			held.n = 0;
			close_cue(r, !r->t);
			r->open = true;
			r->timing = timing;
			r->line = lines.number;
			continue;
		}
		if (held.n)
			add_line(r, held, held_line);
		held.n = 0;
		if (is_number(lines.line)) {
			held = lines.line;
			held_line = lines.number;
		} else if (span_search(lines.line, SPAN_LITERAL("-->"), 0) < lines.line.n && r->t) {
			dialect_report(r->faults, r->t, lines.number, "this isn't a cue's timing (00:00:00,000 --> 00:00:00,000); "
				"it was left out");
		} else {
			add_line(r, lines.line, lines.number);
		}
	}
	if (held.n)
		add_line(r, held, held_line);
	close_cue(r, !r->t);
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct reading survey = {0}, r = {.faults = faults};
	read_all(&survey, text, first_line);
	r.speakers = survey.n_named >= 2 && (survey.first_named || survey.n_named * 10 >= survey.n_cues);
	r.t = transcript_create();
	read_all(&r, text, first_line);
	buf_finish(&survey.raw);
	buf_finish(&survey.plain);
	buf_finish(&r.raw);
	buf_finish(&r.plain);
	transcript_finish_build(r.t);
	return r.t;
}

const struct dialect dialect_subrip = {
	.name = "SubRip",
	.label = "subrip",
	.detect = detect,
	.parse = parse,
};

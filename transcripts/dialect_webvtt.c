/* WebVTT, by the parsing rules of https://www.w3.org/TR/webvtt1/ section 6. Beyond them: a body without its WEBVTT line
 * is read, and so are times with another number of digits behind the point where no cue has the right one and most can
 * be read so; captions that scroll (each cue repeats the last one's line, as YouTube's do) lose the repetition. A voice
 * is a turn's speaker; a leading `>>` or `- ` is a new voice that nobody named, and a comment `NOTE turn` a new turn.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/mem.h"
#include "transcripts/document.h"
#include "transcripts/stamped.h"
#include "transcripts/subrip.h"
#include "transcripts/webvtt_cue.h"

struct block {
	struct span timing; /* the line with -->; p NULL without one */
	int timing_line, first_line;
	struct span first;  /* the block's first line */
	struct span text;   /* the lines after the timing */
	size_t n_lines;
};

static bool has_arrow(struct span line)
{
	return span_search(line, SPAN_LITERAL("-->"), 0) < line.n;
}

struct reader {
	struct span rest;
	int line; /* of rest */
};

static bool next_line(struct reader *r, struct span *line)
{
	if (!span_next_line(&r->rest, line))
		return false;
	r->line++;
	return true;
}

/* Section 6.1, "collect a WebVTT block": up to an empty line, or to the timing of a next cue. */
static bool next_block(struct reader *r, struct block *b)
{
	struct reader before = *r;
	struct span line;
	*b = (struct block){0};
	const char *text_end = NULL;
	while (next_line(r, &line)) {
		if (line.n == 0) {
			if (b->n_lines)
				break;
			before = *r;
			continue;
		}
		if (has_arrow(line) && !(b->n_lines <= 1 && !b->timing.p)) {
			*r = before;
			break;
		}
		if (b->n_lines++ == 0) {
			b->first = line;
			b->first_line = r->line - 1;
		}
		if (has_arrow(line)) {
			b->timing = line;
			b->timing_line = r->line - 1;
			b->text = span_make(r->rest.p, 0);
		}
		text_end = line.p + line.n;
		before = *r;
	}
	if (b->timing.p && text_end > b->text.p)
		b->text.n = (size_t)(text_end - b->text.p);
	return b->n_lines > 0;
}

static bool has_signature(struct span text, struct span *rest)
{
	if (span_starts(text, "\xEF\xBB\xBF"))
		text = span_from(text, 3);
	*rest = text;
	if (!span_starts(text, "WEBVTT"))
		return false;
	return text.n == 6 || strchr(" \t\r\n", text.p[6]);
}

/* Steps over the header: the signature's line and all up to an empty line or the first timing. */
static void skip_header(struct reader *r)
{
	struct span line;
	next_line(r, &line);
	struct reader before = *r;
	while (next_line(r, &line)) {
		if (line.n == 0)
			return;
		if (has_arrow(line)) {
			*r = before;
			return;
		}
		before = *r;
	}
}

/* A timing with commas is SubRip's, with other rules. */
static void count_timings(struct span text, size_t *n_vtt, size_t *n_srt)
{
	struct span line;
	struct webvtt_timing timing;
	*n_vtt = *n_srt = 0;
	while (span_next_line(&text, &line)) {
		size_t arrow = span_search(line, SPAN_LITERAL("-->"), 0);
		if (arrow == line.n)
			continue;
		if (webvtt_timing_read(line, &timing))
			++*n_vtt;
		else if (memchr(line.p, ',', arrow))
			++*n_srt;
	}
}

static int detect(struct span text, char *reason, size_t room)
{
	struct span rest;
	size_t n_vtt, n_srt;
	bool signature = has_signature(text, &rest);
	count_timings(text, &n_vtt, &n_srt);
	if (signature) {
		snprintf(reason, room, "it begins with WEBVTT and has %zu cue timings", n_vtt);
		return 100;
	}
	if (n_srt > n_vtt)
		return 0;
	if (n_vtt == 0)
		return 0;
	snprintf(reason, room, "%zu lines read '00:00.000 --> 00:00.000', though the WEBVTT line is missing", n_vtt);
	return 97;
}

static bool is_ignored_block(const struct block *b)
{
	struct span first = span_trim(b->first);
	static const char *const kinds[] = {"NOTE", "STYLE", "REGION"};
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		size_t n = strlen(kinds[i]);
		if (span_starts(first, kinds[i]) && (first.n == n || first.p[n] == ' ' || first.p[n] == '\t'))
			return true;
	}
	return span_starts(first, "Region:"); /* the form of the drafts */
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct reader r = {.line = first_line};
	struct webvtt_speech speech = {.t = t};
	struct block b;
	if (has_signature(text, &r.rest))
		skip_header(&r);
	struct reader body = r;
	struct webvtt_timing timing;
	size_t n_cues = 0, n_strict = 0, n_loose = 0; /* whose timing is right, or can at least be read */
	while (next_block(&r, &b)) {
		if (!b.timing.p)
			continue;
		webvtt_speech_survey(&speech, b.text);
		n_cues++;
		n_strict += webvtt_timing_read(b.timing, &timing);
		n_loose += subrip_timing_read(lines_trim(b.timing), &timing);
	}
	bool loosely = n_strict == 0 && n_loose * 2 > n_cues;
	if (loosely)
		dialect_report(faults, NULL, body.line, "no time here has the three digits behind its point that WebVTT wants "
			"(00:00:01.500); they were read as they are");
	for (r = body; next_block(&r, &b);) {
		if (!b.timing.p) {
			if (span_is(span_trim(b.first), "NOTE turn"))
				speech.new_turn = true;
			else if (!is_ignored_block(&b))
				dialect_report(faults, t, b.first_line, "text without a time; it was left out");
			continue;
		}
		if (!webvtt_timing_read(b.timing, &timing) && !(loosely && subrip_timing_read(lines_trim(b.timing), &timing))) {
			dialect_report(faults, t, b.timing_line, "'%.60s' isn't a cue's timing (00:00:00.000 --> 00:00:00.000); "
				"the cue was left out", webvtt_line_text(b.timing).text);
			continue;
		}
		if (timing.end_ms < timing.start_ms)
			dialect_report(faults, NULL, b.timing_line, "the cue ends before it starts; it was given no length");
		webvtt_speech_add(&speech, &timing, b.text, b.timing_line);
	}
	webvtt_speech_finish(&speech);
	transcript_finish_build(t);
	return t;
}

/* YouTube's head says `Language: en`. */
static void describe(struct document *d, struct span text, const struct dialect_faults *faults)
{
	struct span rest, line;
	(void)faults;
	if (!has_signature(text, &rest) || !span_next_line(&rest, &line))
		return;
	while (span_next_line(&rest, &line) && line.n && !has_arrow(line)) {
		struct span value = span_trim(span_from(line, 9));
		if (span_starts(line, "Language:") && value.n >= 2 && value.n <= 16)
			document_set(&d->language, value);
	}
}

const struct dialect dialect_webvtt = {
	.name = "WebVTT",
	.label = "webvtt",
	.detect = detect,
	.parse = parse,
	.describe = describe,
};

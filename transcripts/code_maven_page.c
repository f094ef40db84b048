/* SPDX-License-Identifier: MIT */
#include "transcripts/code_maven_page.h"

#include "base/clock.h"
#include "transcripts/front_matter.h"
#include "transcripts/html_notes.h"
#include "transcripts/lines.h"

/* `=key value` at the line's start. */
static bool read_pair(struct span line, struct span *key, struct span *value)
{
	size_t n = 1;
	if (!span_starts(line, "="))
		return false;
	while (n < line.n && ((line.p[n] >= 'a' && line.p[n] <= 'z') || (line.p[n] >= '0' && line.p[n] <= '9') ||
		line.p[n] == '_'))
		n++;
	if (n == 1 || (n < line.n && line.p[n] != ' ' && line.p[n] != '\t'))
		return false;
	*key = span_make(line.p + 1, n - 1);
	*value = lines_trim(span_from(line, n));
	return true;
}

bool code_maven_page_detect(struct span text)
{
	struct lines lines;
	struct span key, value;
	size_t n_pairs = 0;
	bool known = false;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		if (lines.line.n == 0)
			continue;
		if (!read_pair(lines.line, &key, &value))
			break;
		n_pairs++;
		known |= span_is(key, "title") || span_is(key, "timestamp") || span_is(key, "mp3");
	}
	return known && n_pairs >= 2;
}

static void add_tags(struct document *d, struct span list)
{
	struct span piece;
	while (span_next_piece(&list, ',', &piece)) {
		bool is_new = true;
		piece = lines_trim(piece);
		for (size_t i = 0; i < d->n_tags; i++)
			is_new &= !span_is(piece, d->tags[i]);
		if (piece.n && is_new && d->n_tags < 1000)
			document_add_tag(d, piece);
	}
}

/* "/media/a.mp3, 17224989, 19:24" */
static void read_mp3(struct document *d, struct span value, int line, const struct dialect_faults *faults)
{
	struct span file = {0}, size = {0}, time = {0};
	(void)(span_next_piece(&value, ',', &file) && span_next_piece(&value, ',', &size) &&
		span_next_piece(&value, ',', &time));
	document_set(&d->media_file, lines_trim(file));
	size = lines_trim(size);
	time = lines_trim(time);
	if (size.n && (!span_to_i64(size, &d->media_bytes) || d->media_bytes < 0)) {
		d->media_bytes = 0;
		dialect_report(faults, NULL, line, "the size of =mp3 should be a whole number; it was left out");
	}
	if (time.n && front_matter_dotted_time(time, &d->duration_ms))
		dialect_report(faults, NULL, line, "the time of =mp3 '%.*s' has a dot; it was read as %d:%02d, write it so",
			SPAN_ARG(time), (int)(d->duration_ms / 60000), (int)(d->duration_ms / 1000 % 60));
	else if (time.n && !front_matter_duration(time, &d->duration_ms))
		dialect_report(faults, NULL, line, "the time of =mp3 should be a time such as 25:01; it was left out");
}

static void take_pair(struct document *d, struct span key, struct span value, int line,
	const struct dialect_faults *faults)
{
	if (span_is(key, "title")) {
		document_set(&d->title, value);
	} else if (span_is(key, "description")) {
		document_set(&d->description, value);
	} else if (span_is(key, "author")) {
		document_set(&d->author, value);
	} else if (span_is(key, "img")) {
		document_set(&d->image, value);
	} else if (span_is(key, "status")) {
		d->published = span_is(value, "show");
	} else if (span_is(key, "indexes") || span_is(key, "tags")) {
		add_tags(d, value);
	} else if (span_is(key, "mp3")) {
		read_mp3(d, value, line, faults);
	} else if (span_is(key, "timestamp") && time_parse(value, &d->published_ms) != OK) {
		d->published_ms = INT64_MIN;
		dialect_report(faults, NULL, line, "timestamp should be a date such as 2026-11-20T09:30:00; it was left out");
	}
}

void code_maven_page_read(struct document *d, struct span text, struct buf *body, const struct dialect_faults *faults)
{
	struct html_notes notes = {0};
	struct span rest = text, line, key, value;
	bool in_block = false, in_head = true;
	for (int number = 1; span_next_line(&rest, &line); number++) {
		struct span bare = lines_trim(line);
		bool opens = span_is(bare, "[transcript]") || span_is(bare, "<transcript>");
		bool closes = span_is(bare, "[/transcript]") || span_is(bare, "</transcript>");
		if (opens || closes || in_block) {
			in_block = opens || (in_block && !closes);
			in_head = false;
			buf_span(body, line);
			buf_char(body, '\n');
		} else if (read_pair(line, &key, &value) && (in_head || span_is(key, "abstract"))) {
			/* What stands between =abstract start and end is the page's beginning. */
			if (span_is(key, "abstract"))
				in_head = in_head && !span_is(value, "start");
			else
				take_pair(d, key, value, number, faults);
			buf_char(body, '\n');
		} else {
			in_head &= bare.n == 0;
			html_notes_line(&notes, line, body);
		}
	}
	html_notes_finish(&notes);
}

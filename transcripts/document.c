/* SPDX-License-Identifier: MIT */
#include "transcripts/document.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/front_matter.h"
#include "transcripts/lines.h"
#include "transcripts/page_body.h"

enum {
	REASON_BYTES = 240,
	TITLE_LINES = 20,
	/* One broken byte in 50 is a text with slips; more is another encoding or no text. */
	BROKEN_ONE_IN = 50,
};

static void PRINTF(4, 5) conclude(struct document *d, enum document_kind kind, int line, const char *format, ...)
{
	struct buf reason = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&reason, format, args);
	va_end(args);
	free(d->reason);
	d->kind = kind;
	d->reason = buf_take(&reason);
	d->reason_line = line;
}

/* What a file's first bytes say, for files that somebody put beside the transcripts. */
static const char *foreign_format(struct span bytes)
{
	static const struct { const char *magic; size_t n, at; const char *what; } formats[] = {
		{"\x89PNG", 4, 0, "a PNG image"},
		{"\xFF\xD8\xFF", 3, 0, "a JPEG image"},
		{"GIF8", 4, 0, "a GIF image"},
		{"ID3", 3, 0, "MP3 audio"},
		{"\xFF\xFB", 2, 0, "MP3 audio"},
		{"\xFF\xF3", 2, 0, "MP3 audio"},
		{"OggS", 4, 0, "Ogg audio"},
		{"fLaC", 4, 0, "FLAC audio"},
		{"WAVE", 4, 8, "WAV audio"},
		{"WEBP", 4, 8, "a WebP image"},
		{"ftyp", 4, 4, "MP4 audio or video"},
		{"\x1A\x45\xDF\xA3", 4, 0, "Matroska or WebM video"},
		{"%PDF-", 5, 0, "a PDF"},
		{"PK\x03\x04", 4, 0, "a ZIP archive or an office document"},
		{"\x1F\x8B", 2, 0, "a gzip archive"},
		{"SQLite format 3", 15, 0, "an SQLite database"},
		{"\xFF\xFE", 2, 0, "text in UTF-16 (save it as UTF-8)"},
		{"\xFE\xFF", 2, 0, "text in UTF-16 (save it as UTF-8)"},
	};
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (bytes.n >= formats[i].at + formats[i].n &&
			memcmp(bytes.p + formats[i].at, formats[i].magic, formats[i].n) == 0)
			return formats[i].what;
	return NULL;
}

static int line_of(struct span text, size_t offset)
{
	int line = 1;
	for (size_t i = 0; i < offset && i < text.n; i++)
		line += text.p[i] == '\n';
	return line;
}

static size_t count_broken(struct span s, size_t *first)
{
	size_t n = 0;
	*first = s.n;
	for (size_t at = 0; (at += utf8_valid_prefix(span_from(s, at))) < s.n; at++)
		if (n++ == 0)
			*first = at;
	return n;
}

/* A line each while they are few; a text that is in another encoding as a whole is one fault. */
static void report_broken_lines(struct span text, const struct dialect_faults *faults)
{
	enum { FEW = 20 };
	struct span rest = text, line;
	int first = 0, n = 0;
	for (int number = 1; span_next_line(&rest, &line); number++)
		if (!utf8_is_valid(line) && n++ == 0)
			first = number;
	if (n > FEW) {
		dialect_report(faults, NULL, first, "from here on %d lines hold bytes that aren't UTF-8, which became U+FFFD; "
			"save the file as UTF-8", n);
		return;
	}
	rest = text;
	for (int number = 1; span_next_line(&rest, &line); number++)
		if (!utf8_is_valid(line))
			dialect_report(faults, NULL, number, "bytes that aren't UTF-8 became U+FFFD; save the file as UTF-8");
}

/* Text that can be worked on: UTF-8, repaired into `repaired` where a few bytes are broken. False: concluded. */
static bool make_text(struct document *d, struct span *text, struct buf *repaired, const struct dialect_faults *faults)
{
	struct span after;
	size_t first;
	const char *foreign = foreign_format(*text);
	if (text->n == 0) {
		conclude(d, DOCUMENT_UNKNOWN, 0, "the file is empty");
		return false;
	}
	if (foreign) {
		conclude(d, DOCUMENT_UNKNOWN, 0, "it is %s, not a transcript or a page", foreign);
		return false;
	}
	after = span_starts(*text, "\xEF\xBB\xBF") ? span_from(*text, 3) : *text;
	size_t nul = span_find(*text, '\0');
	/* WebVTT says what a NUL in it means; elsewhere it means that this is no text. */
	if (nul < text->n && !span_starts(after, "WEBVTT")) {
		conclude(d, DOCUMENT_UNKNOWN, line_of(*text, nul), "it holds NUL bytes, so it isn't text");
		return false;
	}
	size_t n_broken = count_broken(*text, &first);
	if (n_broken > text->n / BROKEN_ONE_IN) {
		conclude(d, DOCUMENT_UNKNOWN, line_of(*text, first), "%zu bytes aren't UTF-8; save it as UTF-8", n_broken);
		return false;
	}
	if (n_broken) {
		report_broken_lines(*text, faults);
		utf8_append_repaired(repaired, *text);
		*text = buf_view(repaired);
	} else {
		*text = after;
	}
	return true;
}

static void set_slug(struct document *d, const char *name)
{
	if (*d->slug)
		return;
	struct buf slug = {0};
	escape_slug(&slug, file_stem(name));
	document_set(&d->slug, slug.n ? buf_view(&slug) : span_of("untitled"));
	buf_finish(&slug);
}

/* What the head of a transcript calls it: the first line before its first stamp that looks like a title. */
static void find_title(struct document *d, struct span text)
{
	struct lines lines;
	struct stamped_line stamped;
	struct span title;
	lines_init(&lines, text, 1);
	for (int n = 0; n < TITLE_LINES && lines_next(&lines) && !stamped_line_read(lines.line, &stamped); n++) {
		if (lines_read_title(lines.line, &title)) {
			document_set(&d->title, title);
			return;
		}
	}
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void read_transcript(struct document *d, const char *name, struct span text, const struct dialect_faults *faults)
{
	char reason[REASON_BYTES];
	const struct dialect *dialect = dialect_detect(text, reason, sizeof reason);
	struct span first = lines_trim(span_make(text.p, text.n < 64 ? text.n : 64));
	if (!dialect) {
		if (span_equal_nocase(file_ending(name), span_of("md")))
			conclude(d, DOCUMENT_UNKNOWN, 0, "it is Markdown without front matter, and %s; begin an episode's page with a "
				"block of 'key: value' lines between two ---", reason);
		else if (first.n == 0)
			conclude(d, DOCUMENT_UNKNOWN, 0, "nothing but blanks is in it");
		else if (first.p[0] == '{' || first.p[0] == '<')
			conclude(d, DOCUMENT_UNKNOWN, 0, "it looks like %s, which isn't read as a transcript",
				first.p[0] == '{' ? "JSON" : "XML or HTML");
		else
			conclude(d, DOCUMENT_UNKNOWN, 0, "%s", reason);
		return;
	}
	d->dialect = dialect;
	if (!dialect->parse) {
		conclude(d, DOCUMENT_DECLINED, 0, "%s: %s; %s", dialect->name, reason, dialect->decline);
		return;
	}
	d->transcript = dialect->parse(text, 1, faults);
	if (d->transcript->n_cues == 0) {
		transcript_destroy(d->transcript);
		d->transcript = NULL;
		d->dialect = NULL;
		conclude(d, DOCUMENT_UNKNOWN, 0, "%s, but there is no cue in it that can be read", reason);
		return;
	}
	if (dialect != &dialect_webvtt)
		find_title(d, text);
	conclude(d, DOCUMENT_TRANSCRIPT, 0, "%s", reason);
}

static bool is_episode(const struct document *d, const struct page_body *body)
{
	return *d->youtube || *d->media_file || *d->transcript_file || *d->guid || *d->show || d->season || d->episode ||
		d->duration_ms || body->transcript.p || body->has_player;
}

static void read_block(struct document *d, const struct page_body *body, const struct dialect_faults *faults)
{
	char reason[REASON_BYTES];
	if (!body->transcript.p)
		return;
	const struct dialect *dialect = dialect_detect(body->transcript, reason, sizeof reason);
	if (!dialect || !dialect->parse)
		dialect = &dialect_code_maven;
	d->transcript = dialect->parse(body->transcript, body->transcript_line, faults);
	if (d->transcript->n_cues == 0) {
		dialect_report(faults, NULL, body->transcript_line, "the transcript holds no turn that can be read; write each as "
			"'[M:SS] nick: text'");
		transcript_destroy(d->transcript);
		d->transcript = NULL;
		return;
	}
	d->dialect = dialect;
}

/* A page without a title takes its first heading, else the file's stem. */
static void set_title(struct document *d, const char *name, const struct dialect_faults *faults)
{
	if (*d->title)
		return;
	struct span rest = span_of(d->notes), line, title;
	dialect_report(faults, NULL, 1, "the page has no title; its first heading or its file's name stands in, add 'title:'");
	while (!*d->title && span_next_line(&rest, &line))
		if (span_starts(line, "#") && lines_read_title(lines_trim(line), &title))
			document_set(&d->title, title);
	if (!*d->title)
		document_set(&d->title, file_stem(name));
}

static void read_page(struct document *d, const char *name, struct span yaml, struct span text, int line,
	const struct dialect_faults *faults)
{
	struct why why = {0};
	struct page_body body;
	if (!front_matter_read(yaml, d, faults, &why)) {
		conclude(d, DOCUMENT_UNKNOWN, why.line, "its front matter can't be read: %s", why.text);
		return;
	}
	page_body_read(&body, text, line, faults);
	if (!*d->youtube)
		document_set(&d->youtube, buf_view(&body.youtube));
	d->is_page = true;
	document_set(&d->notes, buf_view(&body.notes));
	d->notes_line = body.notes_line;
	set_title(d, name, faults);
	read_block(d, &body, faults);
	if (!is_episode(d, &body))
		conclude(d, DOCUMENT_DECLINED, 0, "it is a page with front matter but no episode: it names no recording (mp3, media, "
			"youtube) and no transcript, and none has its name");
	else if (d->transcript)
		conclude(d, DOCUMENT_EPISODE, 0, "front matter, and a transcript of %zu turn%s in it: %s", d->transcript->n_turns,
			plural(d->transcript->n_turns), d->dialect->name);
	else
		conclude(d, DOCUMENT_EPISODE, 0, "front matter of an episode, no transcript in it");
	page_body_finish(&body);
}

struct document *document_read(const char *name, struct span bytes, const struct dialect_faults *faults)
{
	struct document *d = document_create(DOCUMENT_UNKNOWN);
	struct buf repaired = {0};
	struct span yaml, body;
	int body_line;
	if (make_text(d, &bytes, &repaired, faults)) {
		switch (front_matter_split(bytes, &yaml, &body, &body_line)) {
		case FRONT_MATTER_WHOLE:
			read_page(d, name, yaml, body, body_line, faults);
			break;
		case FRONT_MATTER_OPEN:
			conclude(d, DOCUMENT_UNKNOWN, 1, "its front matter begins with --- and never ends; close it with a line of ---");
			break;
		case FRONT_MATTER_NONE:
			read_transcript(d, name, bytes, faults);
			break;
		}
	}
	set_slug(d, name);
	buf_finish(&repaired);
	return d;
}

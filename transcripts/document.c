/* SPDX-License-Identifier: MIT */
#include "transcripts/document.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "transcripts/chapters.h"
#include "transcripts/code_maven_page.h"
#include "transcripts/encoding.h"
#include "transcripts/front_matter.h"
#include "transcripts/lines.h"
#include "transcripts/page_body.h"

enum {
	REASON_BYTES = 240,
	TITLE_LINES = 20,
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

/* Text that can be worked on: UTF-8, in `room` where it had to be converted or repaired. False: concluded. */
static bool make_text(struct document *d, struct span *text, struct buf *room, const struct dialect_faults *faults)
{
	struct why why = {0};
	const char *foreign = encoding_foreign_format(*text);
	if (text->n == 0)
		conclude(d, DOCUMENT_UNKNOWN, 0, "the file is empty");
	else if (foreign)
		conclude(d, DOCUMENT_UNKNOWN, 0, "it is %s, not a transcript or a page", foreign);
	else if (!encoding_to_utf8(*text, text, room, faults, &why))
		conclude(d, DOCUMENT_UNKNOWN, why.line, "%s", why.text);
	else
		return true;
	return false;
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

static void refuse_unknown(struct document *d, const char *name, struct span text, const char *looked_for)
{
	struct span first = lines_trim(span_make(text.p, text.n < 64 ? text.n : 64));
	struct why why;
	if (span_equal_nocase(file_ending(name), span_of("md"))) {
		conclude(d, DOCUMENT_UNKNOWN, 0, "it is Markdown without front matter, and %s; begin an episode's page with a "
			"block of 'key: value' lines between two ---", looked_for);
	} else if (first.n == 0) {
		conclude(d, DOCUMENT_UNKNOWN, 0, "nothing but blanks is in it");
	} else if (first.p[0] == '{' || (first.p[0] == '[' && span_equal_nocase(file_ending(name), span_of("json")))) {
		cJSON *json = json_parse(text, &why);
		conclude(d, DOCUMENT_UNKNOWN, 0, json ? "it is JSON, but none of a transcript that is known%s"
			: "it looks like JSON, but is broken: %s", json ? "" : why.text);
		cJSON_Delete(json);
	} else if (first.p[0] == '<') {
		conclude(d, DOCUMENT_UNKNOWN, 0,
			"it looks like XML or HTML, which isn't read as a transcript (that would hold <cite>, "
			"<time> and <p>)");
	} else {
		conclude(d, DOCUMENT_UNKNOWN, 0, "%s", looked_for);
	}
}

/* reason: why it was taken for this dialect. */
static void read_in_dialect(struct document *d, const struct dialect *dialect, struct span text, const char *reason,
	const struct dialect_faults *faults)
{
	if (!dialect->parse) {
		d->dialect = dialect;
		conclude(d, DOCUMENT_DECLINED, 0, "%s: %s; %s", dialect->name, reason, dialect->decline);
		return;
	}
	d->transcript = dialect->parse(text, 1, faults);
	if (d->transcript->n_cues == 0) {
		transcript_destroy(d->transcript);
		d->transcript = NULL;
		conclude(d, DOCUMENT_UNKNOWN, 0, "%s, but there is no cue in it that can be read", reason);
		return;
	}
	d->dialect = dialect;
	if (dialect->describe)
		dialect->describe(d, text, faults);
	else
		find_title(d, text);
	conclude(d, DOCUMENT_TRANSCRIPT, 0, "%s", reason);
}

static void read_chapters(struct document *d, enum chapters_form form, struct span text, const char *reason,
	const struct dialect_faults *faults)
{
	chapters_read(form, d, text, faults);
	d->is_chapters = d->n_chapters > 0;
	if (d->is_chapters)
		conclude(d, DOCUMENT_DECLINED, 0, "%s: %s", chapters_name(form), reason);
	else
		conclude(d, DOCUMENT_UNKNOWN, 0, "%s, but there is no chapter in it that can be read", reason);
}

static void read_file_without_page(struct document *d, const char *name, struct span text,
	const struct dialect_faults *faults)
{
	char reason[REASON_BYTES];
	struct span stem;
	enum chapters_form form = chapters_is_named(name, &stem) ? chapters_detect_lines(text, reason, sizeof reason)
		: CHAPTERS_NONE;
	const struct dialect *dialect = form ? NULL : dialect_detect(text, reason, sizeof reason);
	if (!dialect && !form)
		form = chapters_detect(text, reason, sizeof reason);
	if (dialect)
		read_in_dialect(d, dialect, text, reason, faults);
	else if (form)
		read_chapters(d, form, text, reason, faults);
	else
		refuse_unknown(d, name, text, reason);
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
		dialect_report(faults, NULL, body->transcript_line,
			"the transcript holds no turn that can be read; write each as "
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
	dialect_report(faults, NULL, 1,
		"the page has no title; its first heading or its file's name stands in, add 'title:'");
	while (!*d->title && span_next_line(&rest, &line))
		if (span_starts(line, "#") && lines_read_title(lines_trim(line), &title))
			document_set(&d->title, title);
	if (!*d->title)
		document_set(&d->title, file_stem(name));
}

/* What stands in a page's body, behind its head. */
static void read_body(struct document *d, const char *name, const char *head, struct span text, int line,
	bool is_show_notes, const struct dialect_faults *faults)
{
	struct page_body body;
	page_body_read(&body, text, line, faults);
	if (!*d->youtube)
		document_set(&d->youtube, buf_view(&body.youtube));
	d->is_page = true;
	document_set(&d->notes, buf_view(&body.notes));
	d->notes_line = body.notes_line;
	set_title(d, name, faults);
	if (!d->transcript)
		read_block(d, &body, faults);
	else if (body.transcript.p)
		dialect_report(faults, NULL, body.transcript_line,
			"a second transcript beside the one in the front matter; it was "
			"left out");
	/* First-hand chapters win. The block is no list of chapters. */
	const char *end = body.transcript.p ? body.transcript.p : text.p + text.n;
	size_t n_before = d->n_chapters;
	if (n_before == 0)
		chapters_read_notes(d, span_make(text.p, (size_t)(end - text.p)), line, is_show_notes, faults);
	size_t n_noted = d->n_chapters - n_before;
	d->are_chapters_noted = n_noted > 0;
	if (!is_episode(d, &body))
		conclude(d, DOCUMENT_DECLINED, 0, "it is a page with %s but no episode: it names no recording (mp3, media, "
			"youtube) and no transcript, and none has its name", head);
	else if (d->transcript)
		conclude(d, DOCUMENT_EPISODE, 0, "%s, and a transcript of %zu turn%s in it: %s", head, d->transcript->n_turns,
			plural(d->transcript->n_turns), d->dialect->name);
	else if (n_noted)
		conclude(d, DOCUMENT_EPISODE, 0, "%s of an episode, no transcript in it; %zu chapter%s in its notes", head,
			n_noted,
			plural(n_noted));
	else
		conclude(d, DOCUMENT_EPISODE, 0, "%s of an episode, no transcript in it", head);
	page_body_finish(&body);
}

static void read_page(struct document *d, const char *name, struct span yaml, struct span text, int line,
	const struct dialect_faults *faults)
{
	struct why why = {0};
	bool is_show_notes;
	if (front_matter_read(yaml, d, &is_show_notes, faults, &why))
		read_body(d, name, "front matter", text, line, is_show_notes, faults);
	else
		conclude(d, DOCUMENT_UNKNOWN, why.line, "its front matter can't be read: %s", why.text);
}

static void read_code_maven_page(struct document *d, const char *name, struct span text,
	const struct dialect_faults *faults)
{
	struct buf body = {0};
	code_maven_page_read(d, text, &body, faults);
	read_body(d, name, "a head of =key lines", buf_view(&body), 1, false, faults);
	buf_finish(&body);
}

static void read_text(struct document *d, const char *name, struct span text, const struct dialect_faults *faults)
{
	struct span yaml, body;
	int body_line;
	switch (front_matter_split(text, &yaml, &body, &body_line)) {
	case FRONT_MATTER_WHOLE:
		read_page(d, name, yaml, body, body_line, faults);
		break;
	case FRONT_MATTER_OPEN:
		conclude(d, DOCUMENT_UNKNOWN, 1,
			"its front matter begins with --- and never ends; close it with a line of ---");
		break;
	case FRONT_MATTER_NONE:
		if (code_maven_page_detect(text))
			read_code_maven_page(d, name, text, faults);
		else
			read_file_without_page(d, name, text, faults);
		break;
	}
}

struct document *document_read(const char *name, struct span bytes, const struct dialect_faults *faults)
{
	struct document *d = document_create(DOCUMENT_UNKNOWN);
	struct buf room = {0};
	if (make_text(d, &bytes, &room, faults))
		read_text(d, name, bytes, faults);
	set_slug(d, name);
	buf_finish(&room);
	return d;
}

/* A page as it was told to be one. */
static void read_as_page(struct document *d, const char *name, struct span text, const char *said,
	const struct dialect_faults *faults)
{
	struct span yaml, body;
	int body_line;
	if (front_matter_split(text, &yaml, &body, &body_line) == FRONT_MATTER_WHOLE)
		read_page(d, name, yaml, body, body_line, faults);
	else if (code_maven_page_detect(text))
		read_code_maven_page(d, name, text, faults);
	else
		conclude(d, DOCUMENT_UNKNOWN, 1, "%s, but it begins with no front matter; begin it with a block of "
			"'key: value' lines between two ---", said);
	if (d->kind == DOCUMENT_EPISODE) {
		char *seen = mem_strdup(d->reason);
		conclude(d, d->kind, 0, "%s; %s", said, seen);
		free(seen);
	}
}

struct document *document_read_as(const char *name, struct span bytes, struct span label, const char *said,
	const struct dialect_faults *faults)
{
	struct document *d = document_create(DOCUMENT_UNKNOWN);
	const struct dialect *dialect = dialect_named(label);
	enum chapters_form form = chapters_named(label);
	bool is_page = span_is(label, "page");
	struct buf room = {0};
	if (!dialect && !form && !is_page) {
		const char *nearest = dialect_nearest_label(label);
		conclude(d, DOCUMENT_UNKNOWN, 0, "'%.*s' isn't a dialect%s%s%s", (int)(label.n < 60 ? label.n : 60),
			label.p ? label.p : "", nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "");
	} else if (!make_text(d, &bytes, &room, faults)) {
		/* concluded */
	} else if (dialect) {
		read_in_dialect(d, dialect, bytes, said, faults);
	} else if (form) {
		read_chapters(d, form, bytes, said, faults);
	} else {
		read_as_page(d, name, bytes, said, faults);
	}
	set_slug(d, name);
	buf_finish(&room);
	return d;
}

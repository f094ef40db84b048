/* The Changelog's transcripts, Markdown without front matter: a paragraph `**Speaker:** text` a turn (also
 * `**Speaker**:`, and `Speaker:` where the name is one of the file's), further paragraphs belong to it. Stamps stand
 * inside the text, escaped: `\[04:01\]`, `\[00:04:01.06\]`; what else stands in such brackets (`\[laughter\]`,
 * `\[unintelligible 00:12:34.10\]`) was heard, and stays. `**Break:** \[29:03\]` is a pause, not a voice.
 *
 * A paragraph is a cue, and a stamp inside it begins another. Only every tenth paragraph or so has a stamp, and many
 * files have none at all: a cue without one is untimed (transcript.h) and carries the last stamp before it. Nothing is
 * spread evenly between two stamps, for nobody knows how fast which part was spoken.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/lines.h"
#include "transcripts/markup.h"

enum { NAME_BYTES = 100, NAMES = 64, OFTEN = 3 };

/* `**Name:** ` or `**Name**: ` at the start of a line; its length, 0 when there is none. */
static size_t bold_label(struct span line, struct span *name)
{
	struct span window = span_make(line.p, line.n < NAME_BYTES ? line.n : NAME_BYTES);
	if (!span_starts(line, "**"))
		return 0;
	size_t end = span_search(window, SPAN_LITERAL("**"), 2), n = end + 2;
	if (end == window.n)
		return 0;
	*name = lines_trim(span_make(line.p + 2, end - 2));
	if (span_ends(*name, ":")) {
		*name = lines_trim(span_make(name->p, name->n - 1));
	} else {
		while (n < line.n && line.p[n] == ' ')
			n++;
		if (n == line.n || line.p[n++] != ':')
			return 0;
	}
	return name->n ? n : 0;
}

/* The names of a file, with how often each is written without its asterisks. */
struct names {
	struct { struct span name; size_t n_bold, n_plain; } items[NAMES];
	size_t n;
	size_t n_paragraphs, n_bold, n_plain;
};

static size_t names_find(struct names *names, struct span name)
{
	size_t i = 0;
	while (i < names->n && !span_equal_nocase(names->items[i].name, name))
		i++;
	if (i == names->n && i < NAMES)
		names->items[names->n++].name = name;
	return i;
}

static void take_names(struct names *names, struct span text)
{
	struct lines lines;
	struct span name;
	*names = (struct names){0};
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		if (lines.line.n == 0)
			continue;
		names->n_paragraphs++;
		bool bold = bold_label(lines.line, &name) > 0;
		if (!bold && label_read(lines.line, &name) == 0)
			continue;
		names->n_bold += bold;
		size_t i = names_find(names, name);
		if (i == NAMES)
			continue;
		names->items[i].n_bold += bold;
		names->items[i].n_plain += !bold;
	}
	for (size_t i = 0; i < names->n; i++)
		if (names->items[i].n_bold || names->items[i].n_plain >= OFTEN)
			names->n_plain += names->items[i].n_plain;
}

/* A label without asterisks counts where its name does elsewhere too: "Note:" starts a paragraph of anybody's. */
static size_t label_at(struct names *names, struct span line, struct span *name)
{
	size_t n = bold_label(line, name);
	if (n)
		return n;
	n = label_read(line, name);
	for (size_t i = 0; n && i < names->n; i++)
		if (span_equal_nocase(names->items[i].name, *name))
			return names->items[i].n_bold || names->items[i].n_plain >= OFTEN ? n : 0;
	return 0;
}

/* `\[04:01\]` or `[00:04:01.06]` at the start of s; its length, 0 when there is none. */
static size_t stamp_at(struct span s, int64_t *ms)
{
	size_t n = s.n && s.p[0] == '\\';
	if (n >= s.n || s.p[n] != '[')
		return 0;
	size_t length = stamp_read(span_from(s, ++n), ms);
	if (length == 0)
		return 0;
	n += length;
	/* Hundredths; thousandths were read. */
	if (n < s.n && s.p[n] == '.') {
		int64_t unit = 100;
		for (n++; n < s.n && s.p[n] >= '0' && s.p[n] <= '9' && unit; n++, unit /= 10)
			*ms += (s.p[n] - '0') * unit;
	}
	n += n < s.n && s.p[n] == '\\';
	return n < s.n && s.p[n] == ']' ? n + 1 : 0;
}

static int detect(struct span text, char *reason, size_t room)
{
	struct names *names = mem_new(1, sizeof *names);
	take_names(names, text);
	size_t n = names->n_bold + names->n_plain;
	int score = 0;
	if (n) {
		snprintf(reason, room, "%zu of %zu paragraphs begin with '%s'", n, names->n_paragraphs,
			names->n_bold ? "**Speaker:**" : "Speaker:");
		/* Bold names are rare elsewhere; plain ones are any text's, so nearly all paragraphs must have them. */
		bool is_own = names->n_bold >= 3 && (n * 4 >= names->n_paragraphs || n >= 50);
		bool is_plain = names->n_plain >= 6 && n * 10 >= names->n_paragraphs * 8;
		score = is_own ? 88 : is_plain ? 56 : 10;
	}
	free(names);
	return score;
}

struct reading {
	struct transcript *t;
	struct buf paragraph, plain;
	int line;         /* of the paragraph */
	int64_t last_ms;  /* the last stamp; 0 before the first */
	int64_t stamp_ms; /* one that waits for its words, -1 = none */
};

static void keep_link(void *data, struct span url, struct span label)
{
	struct reading *r = data;
	buf_clear(&r->plain);
	markup_paragraph_to_text(&r->plain, label);
	transcript_add_link(r->t, url, buf_view(&r->plain));
}

static void add_piece(struct reading *r, struct span piece)
{
	buf_clear(&r->plain);
	markup_paragraph_to_text(&r->plain, piece);
	if (lines_trim(buf_view(&r->plain)).n == 0)
		return;
	if (r->stamp_ms >= 0)
		transcript_add_cue(r->t, r->stamp_ms, -1, buf_view(&r->plain), r->line);
	else
		transcript_add_untimed_cue(r->t, r->last_ms, buf_view(&r->plain), r->line);
	markup_each_link(piece, keep_link, r);
	r->stamp_ms = -1;
}

static void close_paragraph(struct reading *r)
{
	struct span rest = buf_view(&r->paragraph);
	size_t from = 0;
	for (size_t i = 0; i < rest.n;) {
		int64_t ms;
		size_t n = rest.p[i] == '\\' || rest.p[i] == '[' ? stamp_at(span_from(rest, i), &ms) : 0;
		if (n == 0) {
			i++;
			continue;
		}
		add_piece(r, span_make(rest.p + from, i - from));
		r->stamp_ms = r->last_ms = ms;
		i += n;
		from = i;
	}
	add_piece(r, span_from(rest, from));
	buf_clear(&r->paragraph);
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct names *names = mem_new(1, sizeof *names);
	struct reading r = {.t = transcript_create(), .stamp_ms = -1};
	struct lines lines;
	struct span name;
	bool in_break = false;
	int stamp_line = 0;
	take_names(names, text);
	lines_init(&lines, text, first_line);
	while (lines_next(&lines)) {
		struct span line = lines.line;
		size_t n = label_at(names, line, &name);
		if (line.n == 0 || n) {
			close_paragraph(&r);
			/* A break's stamp says when it began: not when the next words were said. */
			if (in_break)
				r.stamp_ms = -1;
			in_break = false;
		}
		if (n) {
			in_break = span_equal_nocase(name, SPAN_LITERAL("break"));
			buf_clear(&r.plain);
			markup_paragraph_to_text(&r.plain, in_break ? span_of("") : name);
			transcript_add_turn(r.t, buf_view(&r.plain));
			line = lines_trim(span_from(line, n));
		}
		if (line.n == 0)
			continue;
		if (r.paragraph.n == 0)
			r.line = lines.number;
		else
			buf_char(&r.paragraph, '\n');
		stamp_line = lines.number;
		buf_span(&r.paragraph, line);
	}
	close_paragraph(&r);
	if (r.stamp_ms >= 0 && !in_break)
		dialect_report(faults, r.t, stamp_line, "a time without words; it was left out");
	free(names);
	buf_finish(&r.paragraph);
	buf_finish(&r.plain);
	transcript_finish_build(r.t);
	return r.t;
}

const struct dialect dialect_changelog = {
	.name = "speakers in bold (**Speaker:** text)",
	.label = "changelog",
	.detect = detect,
	.parse = parse,
};

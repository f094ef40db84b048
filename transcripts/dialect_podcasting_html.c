/* Podcasting 2.0's transcript in HTML: <cite>Speaker:</cite> <time>0:00</time> <p>words</p>, with or without a page
 * around. A <cite> starts a turn (an empty one is a voice that nobody named), a <p> is a cue at the last <time>; a
 * second <p> under one <time> has no time of its own, nor has what follows an empty <time>.
 * https://github.com/Podcastindex-org/podcast-namespace/blob/main/transcripts/transcripts.md
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/mem.h"
#include "transcripts/lines.h"
#include "transcripts/markup.h"

enum element { TAG_OTHER, TAG_CITE, TAG_TIME, TAG_P, TAG_SKIPPED };

struct tag {
	enum element element;
	bool closing;
	struct span name;
};

static const struct { const char *name; enum element element; } elements[] = {
	{"cite", TAG_CITE}, {"time", TAG_TIME}, {"p", TAG_P}, {"script", TAG_SKIPPED}, {"style", TAG_SKIPPED},
	{"head", TAG_SKIPPED}, {"title", TAG_SKIPPED},
};

/* A tag or comment at the start of s ('<'); its length, 0 when it is none. */
static size_t read_tag(struct span s, struct tag *out)
{
	enum { TAG_BYTES = 4096 };
	struct span window = span_make(s.p, s.n < TAG_BYTES ? s.n : TAG_BYTES);
	*out = (struct tag){0};
	if (span_starts(s, "<!--")) {
		size_t end = span_search(s, SPAN_LITERAL("-->"), 4);
		return end < s.n ? end + 3 : s.n;
	}
	size_t end = span_find(window, '>'), n = 1;
	if (end == window.n || s.n < 2)
		return 0;
	out->closing = s.p[1] == '/';
	n += out->closing;
	size_t name_at = n;
	while (n < end && ((s.p[n] >= 'a' && s.p[n] <= 'z') || (s.p[n] >= 'A' && s.p[n] <= 'Z') ||
		(s.p[n] >= '0' && s.p[n] <= '9')))
		n++;
	out->name = span_make(s.p + name_at, n - name_at);
	if (out->name.n == 0 && s.p[1] != '!' && s.p[1] != '?')
		return 0;
	for (size_t i = 0; i < COUNT_OF(elements); i++)
		if (span_equal_nocase(out->name, span_of(elements[i].name)))
			out->element = elements[i].element;
	return end + 1;
}

struct reader {
	struct span rest;
	int line;
	size_t n_loose; /* passages outside of all three, since the first <time> */
	int loose_line;
	bool timed;
};

static void step(struct reader *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r->line += r->rest.p[i] == '\n';
	r->rest = span_from(r->rest, n);
}

/* The next of cite, time and p, with its raw inside, which ends where it is closed or another of the three (or the
 * like) begins. */
static bool next_element(struct reader *r, enum element *element, struct span *inside, int *line)
{
	struct tag tag;
	while (r->rest.n) {
		size_t n = r->rest.p[0] == '<' ? read_tag(r->rest, &tag) : 0;
		if (n == 0) {
			n = 1 + span_find(span_from(r->rest, 1), '<');
			n = n < r->rest.n ? n : r->rest.n;
			if (r->timed && lines_trim(span_make(r->rest.p, n)).n && r->n_loose++ == 0)
				r->loose_line = r->line;
			step(r, n);
			continue;
		}
		step(r, n);
		if (tag.element == TAG_OTHER || tag.closing)
			continue;
		r->timed |= tag.element == TAG_TIME;
		*element = tag.element;
		*line = r->line;
		const char *start = r->rest.p;
		while (r->rest.n) {
			size_t at = span_find(r->rest, '<');
			step(r, at);
			struct tag next;
			n = r->rest.n ? read_tag(r->rest, &next) : 0;
			if (n == 0) {
				step(r, r->rest.n ? 1 : 0);
				continue;
			}
			bool ends = tag.element == TAG_SKIPPED ? next.closing && span_equal_nocase(next.name, tag.name)
				: next.element != TAG_OTHER;
			if (ends)
				break;
			step(r, n);
		}
		if (tag.element == TAG_SKIPPED)
			continue;
		*inside = span_make(start, (size_t)(r->rest.p - start));
		return true;
	}
	return false;
}

static int detect(struct span text, char *reason, size_t room)
{
	struct reader r = {.rest = text, .line = 1};
	struct span inside;
	enum element element;
	size_t n[TAG_SKIPPED + 1] = {0};
	int line;
	struct span first = lines_trim(span_make(text.p, text.n < 256 ? text.n : 256));
	if (first.n == 0 || first.p[0] != '<')
		return 0;
	while (next_element(&r, &element, &inside, &line))
		n[element]++;
	if (n[TAG_TIME] == 0 || n[TAG_P] == 0)
		return 0;
	snprintf(reason, room, "HTML with %zu <cite>, %zu <time> and %zu <p>", n[TAG_CITE], n[TAG_TIME], n[TAG_P]);
	/* No page begins so; where hardly anything has a time, such as export_html writes it. */
	if (span_starts(first, "<cite>") || span_starts(first, "<time>"))
		return 97;
	return (n[TAG_CITE] && n[TAG_TIME] * 2 >= n[TAG_CITE]) || n[TAG_TIME] * 2 >= n[TAG_P] ? 97 : 20;
}

/* "0:12", "1:02:03.250", or seconds. */
static bool read_time(struct span s, int64_t *ms)
{
	double seconds;
	if (s.n && stamp_read(s, ms) == s.n)
		return true;
	if (!span_to_double(s, &seconds) || !(seconds >= 0 && seconds < 3.2e9))
		return false;
	*ms = (int64_t)(seconds * 1000 + 0.5);
	return true;
}

static struct transcript *parse(struct span text, int first_line, const struct dialect_faults *faults)
{
	struct transcript *t = transcript_create();
	struct reader r = {.rest = text, .line = first_line};
	struct buf plain = {0};
	struct span inside;
	enum element element;
	int64_t ms = 0;
	bool fresh = false; /* a time was given, and no <p> has had it yet */
	int line, time_line = 0;
	while (next_element(&r, &element, &inside, &line)) {
		buf_clear(&plain);
		markup_html_to_text(&plain, inside);
		struct span said = lines_trim(buf_view(&plain));
		if (element == TAG_CITE) {
			if (span_ends(said, ":"))
				said = lines_trim(span_make(said.p, said.n - 1));
			transcript_add_turn(t, said);
		} else if (element == TAG_TIME && said.n == 0) {
			fresh = false;
		} else if (element == TAG_TIME) {
			if (fresh)
				dialect_report(faults, t, time_line, "a time without words; it was left out");
			time_line = line;
			fresh = read_time(said, &ms);
			if (!fresh)
				dialect_report(faults, t, line,
					"'%.*s' isn't a time; what follows was given the one before, write it as M:SS",
					(int)(said.n < 40 ? said.n : 40), said.p ? said.p : "");
		} else {
			size_t n_before = t->n_cues;
			if (fresh)
				transcript_add_cue(t, ms, -1, said, line);
			else
				transcript_add_untimed_cue(t, ms, said, line);
			fresh &= t->n_cues == n_before;
		}
	}
	if (fresh)
		dialect_report(faults, t, time_line, "a time without words; it was left out");
	if (r.n_loose)
		dialect_report(faults, t, r.loose_line,
			"words outside <cite>, <time> and <p>, %zu passage%s from here on; left out, "
			"put what was said into <p>", r.n_loose, r.n_loose == 1 ? "" : "s");
	buf_finish(&plain);
	transcript_finish_build(t);
	return t;
}

const struct dialect dialect_podcasting_html = {
	.name = "Podcasting 2.0 HTML (cite, time, p)",
	.label = "podcasting-html",
	.detect = detect,
	.parse = parse,
};

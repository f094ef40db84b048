/* SPDX-License-Identifier: MIT */
#include "transcripts/page_body.h"

#include "transcripts/lines.h"

struct reading {
	struct page_body *p;
	const struct dialect_faults *faults;
	bool in_fence;           /* code: nothing in it is a placeholder */
	char fence_char;
	/* A heading that directly precedes what was taken out is dropped when no text follows it. */
	size_t heading_at;       /* offset in notes, SIZE_MAX = none pending */
	int heading_level;
	bool emptied;            /* something was taken out below the pending heading */
};

static int heading_level(struct span line)
{
	int level = 0;
	while ((size_t)level < line.n && line.p[level] == '#')
		level++;
	return level >= 1 && level <= 6 && ((size_t)level == line.n || line.p[level] == ' ') ? level : 0;
}

/* What follows decides: another heading of the same rank or a higher one, or the end, leaves the last one empty. */
static void settle_heading(struct reading *r, int next_level)
{
	if (r->heading_at != SIZE_MAX && r->emptied && next_level > 0 && next_level <= r->heading_level) {
		r->p->notes.n = r->heading_at;
		r->p->notes.p[r->heading_at] = '\0';
	}
	r->heading_at = SIZE_MAX;
	r->emptied = false;
}

static void keep_line(struct reading *r, struct span line, int number)
{
	struct span text = lines_trim(line);
	if (text.n) {
		int level = r->in_fence ? 0 : heading_level(text);
		settle_heading(r, level);
		if (r->p->notes_line == 0)
			r->p->notes_line = number;
		if (level) {
			r->heading_at = r->p->notes.n;
			r->heading_level = level;
		}
	} else if (r->p->notes_line == 0) {
		return; /* notes start with their first words */
	}
	buf_span(&r->p->notes, line);
	buf_char(&r->p->notes, '\n');
}

/* The value of NAME="..." within a {% ... %}. */
static struct span attribute(struct span inside, const char *name)
{
	size_t at = span_search(inside, span_of(name), 0);
	struct span rest = span_from(inside, at + strlen(name));
	if (at == inside.n || rest.n < 2 || (rest.p[0] != '"' && rest.p[0] != '\''))
		return span_of("");
	char quote = rest.p[0];
	rest = span_from(rest, 1);
	return span_trim(span_make(rest.p, span_find(rest, quote)));
}

static void read_placeholder(struct reading *r, struct span inside)
{
	struct span words = span_trim(inside);
	if (!span_starts(words, "youtube ") || r->p->youtube.n)
		return;
	/* An id is letters, digits, - and _ (YouTube's own alphabet): nothing else may reach a page's address. */
	struct span id = attribute(words, " id=");
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'))
			return;
	}
	buf_span(&r->p->youtube, id);
}

/* A placeholder at the start of s: its length, 0 when there is none. */
static size_t placeholder_at(struct reading *r, struct span s)
{
	if (span_starts(s, "{%")) {
		size_t end = span_search(s, SPAN_LITERAL("%}"), 2);
		if (end == s.n)
			return 0;
		read_placeholder(r, span_make(s.p + 2, end - 2));
		return end + 2;
	}
	static const char *const players[] = {"<podcast>", "<podcast/>", "<podcast />", "</podcast>"};
	for (size_t i = 0; i < sizeof players / sizeof *players; i++)
		if (span_starts(s, players[i])) {
			r->p->has_player = true;
			return strlen(players[i]);
		}
	return 0;
}

static void take_line(struct reading *r, struct span line, int number)
{
	struct span text = lines_trim(line);
	if (span_starts(text, "```") || span_starts(text, "~~~")) {
		if (!r->in_fence)
			r->fence_char = text.p[0];
		if (!r->in_fence || text.p[0] == r->fence_char)
			r->in_fence = !r->in_fence;
		keep_line(r, line, number);
		return;
	}
	if (r->in_fence || (span_find(line, '{') == line.n && span_find(line, '<') == line.n)) {
		keep_line(r, line, number);
		return;
	}
	struct buf kept = {0};
	bool took = false, hopeless = false; /* hopeless: no %} comes any more on this line */
	for (struct span rest = line; rest.n;) {
		size_t n = (rest.p[0] == '{' && !hopeless) || rest.p[0] == '<' ? placeholder_at(r, rest) : 0;
		hopeless |= n == 0 && span_starts(rest, "{%");
		if (n == 0)
			buf_char(&kept, rest.p[0]);
		took |= n > 0;
		rest = span_from(rest, n ? n : 1);
	}
	if (!took || lines_trim(buf_view(&kept)).n)
		keep_line(r, buf_view(&kept), number);
	r->emptied |= took;
	buf_finish(&kept);
}

static const char *const block_open[] = {"[transcript]", "<transcript>"};
static const char *const block_close[] = {"[/transcript]", "</transcript>"};

/* Steps over the block that `line` opened; the spelling of its end has to be that of its start. */
static void take_block(struct reading *r, int spelling, struct span *rest, int *number)
{
	struct span line, first_try = *rest;
	int start_line = *number + 1;
	while (span_next_line(rest, &line)) {
		++*number;
		struct span text = lines_trim(line);
		if (span_is(text, block_close[0]) || span_is(text, block_close[1])) {
			r->p->transcript = span_make(first_try.p, (size_t)(line.p - first_try.p));
			r->p->transcript_line = start_line;
			r->emptied = true;
			return;
		}
	}
	dialect_report(r->faults, NULL, start_line - 1, "%s is never closed; the rest of the file was taken for it, "
		"close it with %s", block_open[spelling], block_close[spelling]);
	r->p->transcript = first_try;
	r->p->transcript_line = start_line;
	r->emptied = true;
}

void page_body_read(struct page_body *p, struct span body, int first_line, const struct dialect_faults *faults)
{
	*p = (struct page_body){0};
	struct reading r = {.p = p, .faults = faults, .heading_at = SIZE_MAX};
	struct span line;
	int number = first_line - 1;
	while (span_next_line(&body, &line)) {
		number++;
		struct span text = lines_trim(line);
		int spelling = span_is(text, block_open[0]) ? 0 : span_is(text, block_open[1]) ? 1 : -1;
		if (spelling >= 0 && !r.in_fence && !p->transcript.p) {
			take_block(&r, spelling, &body, &number);
			continue;
		}
		if (spelling >= 0 && !r.in_fence)
			dialect_report(faults, NULL, number, "a second transcript; it was left among the notes, join it with the first");
		take_line(&r, line, number);
	}
	settle_heading(&r, 1);
	struct span whole = lines_trim(buf_view(&p->notes));
	p->notes.n = whole.n ? (size_t)(whole.p + whole.n - p->notes.p) : 0;
	if (p->notes.n)
		buf_char(&p->notes, '\n');
	if (p->notes_line == 0)
		p->notes_line = first_line;
}

void page_body_finish(struct page_body *p)
{
	buf_finish(&p->youtube);
	buf_finish(&p->notes);
}

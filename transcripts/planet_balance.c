/* SPDX-License-Identifier: MIT */
#include "transcripts/planet_balance.h"

#include <stdlib.h>

#include "base/mem.h"

enum { DEEPEST = 200 };

struct balancing {
	struct buf *out;
	struct span open[DEEPEST]; /* names */
	size_t n;
};

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (unsigned char)c >= 0x80;
}

static size_t name_length(struct span s)
{
	size_t n = 0;
	while (n < s.n && !strchr(" \t\r\n/>", s.p[n]) && s.p[n] != '<')
		n++;
	return n;
}

/* Length of what stands between `open` and `close`, both included; to the end where it isn't closed. */
static size_t until(struct span s, const char *close, size_t from)
{
	size_t at = span_search(s, span_of(close), from);
	return at < s.n ? at + strlen(close) : s.n;
}

/* Length of a tag, with its '>'; an attribute's value may have one inside. 0: it never ends, or another begins
 * first. */
static size_t tag_length(struct span s)
{
	enum { LONGEST_VALUE = 4096 };
	for (size_t i = 1; i < s.n; i++) {
		char c = s.p[i];
		if (c == '>')
			return i + 1;
		if (c == '<')
			return 0;
		if ((c == '"' || c == '\'') && s.p[i - 1] == '=') {
			struct span value = span_make(s.p + i + 1, s.n - i - 1);
			value.n = value.n < LONGEST_VALUE ? value.n : LONGEST_VALUE;
			size_t end = span_find(value, c);
			if (end < value.n)
				i += end + 1;
		}
	}
	return 0;
}

static void close_down_to(struct balancing *b, size_t n)
{
	while (b->n > n) {
		struct span name = b->open[--b->n];
		buf_format(b->out, "</%.*s>", SPAN_ARG(name));
	}
}

static void end_tag(struct balancing *b, struct span name)
{
	for (size_t i = b->n; i > 0; i--)
		if (span_equal_nocase(b->open[i - 1], name)) {
			close_down_to(b, i - 1);
			return;
		}
}

static void start_tag(struct balancing *b, struct span tag, struct span name)
{
	bool is_closed = tag.n > 2 && tag.p[tag.n - 2] == '/';
	if (b->n == DEEPEST)
		return;
	buf_span(b->out, tag);
	if (!is_closed)
		b->open[b->n++] = name;
}

/* At a '<': its length. */
static size_t take(struct balancing *b, struct span s)
{
	size_t n = 0;
	if (span_starts(s, "<!--"))
		n = until(s, "-->", 4);
	else if (span_starts(s, "<![CDATA["))
		n = until(s, "]]>", 9);
	else if (span_starts(s, "<?"))
		n = until(s, "?>", 2);
	if (n && !span_starts(s, "<?xml ")) {
		buf_add(b->out, s.p, n);
		/* One that is cut off would swallow the end tags. */
		if (span_starts(s, "<![CDATA[") && !span_ends(span_make(s.p, n), "]]>"))
			buf_text(b->out, "]]>");
	}
	if (n)
		return n;
	bool ends = s.n > 1 && s.p[1] == '/';
	struct span inside = span_from(s, 1 + ends);
	if (inside.n && is_name_start(inside.p[0]))
		n = tag_length(s);
	struct span name = span_make(inside.p, n ? name_length(inside) : 0);
	if (name.n && ends)
		end_tag(b, name);
	else if (name.n)
		start_tag(b, span_make(s.p, n), name);
	if (name.n)
		return n;
	/* Document types pass as they are; anything else that only looks like a tag is text. */
	buf_text(b->out, span_starts(s, "<!") ? "<" : "&lt;");
	return 1;
}

void planet_balance(struct span text, struct buf *out)
{
	struct balancing *b = mem_new(1, sizeof *b);
	b->out = out;
	while (text.n) {
		size_t n = span_find(text, '<');
		buf_add(out, text.p, n);
		text = span_from(text, n);
		if (text.n)
			text = span_from(text, take(b, text));
	}
	close_down_to(b, 0);
	free(b);
}

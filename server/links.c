/* SPDX-License-Identifier: MIT */
#include "server/links.h"

#include "base/escape.h"
#include "base/mem.h"

struct rewriting {
	struct span html;
	size_t at;      /* what is before has been written */
	links_map *map;
	void *data;
	struct buf *out;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool holds_address(struct span name)
{
	static const struct span names[] = {{"href", 4}, {"src", 3}, {"action", 6}, {"poster", 6}};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (span_equal_nocase(name, names[i]))
			return true;
	return name.n > 5 && span_equal_nocase(span_make(name.p, 5), SPAN_LITERAL("data-"));
}

static void take_value(struct rewriting *r, struct span name, size_t start, size_t end)
{
	struct span value = span_make(r->html.p + start, end - start);
	/* The name last: few values begin with a slash. */
	if (!value.n || value.p[0] != '/' || (value.n > 1 && value.p[1] == '/') || !holds_address(name))
		return;
	buf_span(r->out, span_make(r->html.p + r->at, start - r->at));
	r->map(r->data, value, r->out);
	r->at = end;
}

/* One attribute from i on; where the next one may begin. */
static size_t attribute(struct rewriting *r, size_t i)
{
	struct span html = r->html;
	size_t start = i;
	while (i < html.n && !is_blank(html.p[i]) && html.p[i] != '=' && html.p[i] != '>' && html.p[i] != '/')
		i++;
	struct span name = span_make(html.p + start, i - start);
	while (i < html.n && is_blank(html.p[i]))
		i++;
	if (i >= html.n || html.p[i] != '=')
		return i > start ? i : i + 1;
	for (i++; i < html.n && is_blank(html.p[i]);)
		i++;
	if (i < html.n && (html.p[i] == '"' || html.p[i] == '\'')) {
		size_t end = i + 1 + span_find(span_from(html, i + 1), html.p[i]);
		take_value(r, name, i + 1, end);
		return end < html.n ? end + 1 : end;
	}
	size_t end = i;
	while (end < html.n && !is_blank(html.p[end]) && html.p[end] != '>')
		end++;
	take_value(r, name, i, end);
	return end;
}

/* Past the end of an element whose content is no markup. */
static size_t after_raw(struct span html, size_t i, struct span name)
{
	while (i < html.n) {
		i = span_search(html, SPAN_LITERAL("</"), i);
		if (i + 2 + name.n <= html.n && span_equal_nocase(span_make(html.p + i + 2, name.n), name))
			return i;
		i += i < html.n ? 2 : 0;
	}
	return html.n;
}

/* The tag whose name begins at i; where text goes on. */
static size_t tag(struct rewriting *r, size_t i)
{
	static const struct span raw[] = {{"script", 6}, {"style", 5}, {"textarea", 8}, {"title", 5}};
	size_t start = i;
	while (i < r->html.n && !is_blank(r->html.p[i]) && r->html.p[i] != '>' && r->html.p[i] != '/')
		i++;
	struct span name = span_make(r->html.p + start, i - start);
	while (i < r->html.n && r->html.p[i] != '>')
		i = is_blank(r->html.p[i]) || r->html.p[i] == '/' ? i + 1 : attribute(r, i);
	for (size_t k = 0; k < COUNT_OF(raw); k++)
		if (span_equal_nocase(name, raw[k]))
			return after_raw(r->html, i, raw[k]);
	return i;
}

void links_rewrite(struct span html, links_map *map, void *data, struct buf *out)
{
	struct rewriting r = {.html = html, .map = map, .data = data, .out = out};
	buf_reserve(out, html.n + html.n / 16);
	for (size_t i = 0; i < html.n;) {
		size_t open = i + span_find(span_from(html, i), '<');
		if (open + 1 >= html.n)
			break;
		if (html.p[open + 1] == '!' && span_starts(span_from(html, open), "<!--"))
			i = span_search(html, SPAN_LITERAL("-->"), open + 4);
		else
			i = is_letter(html.p[open + 1]) ? tag(&r, open + 1) : open + 1;
	}
	buf_span(out, span_from(html, r.at));
}

void links_relative(struct span from, struct span to, struct buf *out)
{
	/* What both have in common, whole folders only. */
	size_t common = 0;
	for (size_t i = 0; i < from.n && i < to.n && from.p[i] == to.p[i]; i++)
		if (from.p[i] == '/')
			common = i + 1;
	for (size_t i = common; i < from.n; i++)
		if (from.p[i] == '/')
			buf_text(out, "../");
	struct span rest = span_from(to, common), piece;
	for (bool first = true; span_next_piece(&rest, '/', &piece); first = false) {
		if (!first)
			buf_char(out, '/');
		escape_url(out, piece);
	}
}

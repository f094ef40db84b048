/* SPDX-License-Identifier: MIT */
#include "transcripts/html_notes.h"

#include "base/mem.h"
#include "transcripts/lines.h"

enum { TAG_BYTES = 4096, DEPTH = 8 };

struct tag {
	struct span name, attributes;
	bool closing;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A tag at the start of s ('<'); its length, 0 when it is none. */
static size_t read_tag(struct span s, struct tag *out)
{
	size_t end = span_find(span_make(s.p, s.n < TAG_BYTES ? s.n : TAG_BYTES), '>'), n = 1;
	if (end >= s.n || end == TAG_BYTES)
		return 0;
	out->closing = s.p[1] == '/';
	n += out->closing;
	size_t start = n;
	while (n < end && is_letter(s.p[n]))
		n++;
	out->name = span_make(s.p + start, n - start);
	out->attributes = span_make(s.p + n, end - n);
	return out->name.n ? end + 1 : 0;
}

/* The value of name="..." among a tag's attributes; empty where there is none. */
static struct span attribute(const struct tag *tag, const char *name)
{
	size_t n = strlen(name);
	for (size_t at = 0; (at = span_search(tag->attributes, span_of(name), at)) < tag->attributes.n; at += n) {
		struct span rest = span_trim(span_from(tag->attributes, at + n));
		if (at == 0 || is_letter(tag->attributes.p[at - 1]) || !span_starts(rest, "="))
			continue;
		rest = span_trim(span_from(rest, 1));
		if (rest.n == 0 || (rest.p[0] != '"' && rest.p[0] != '\''))
			continue;
		struct span value = span_from(rest, 1);
		return span_make(value.p, span_find(value, rest.p[0]));
	}
	return span_of("");
}

static bool is(const struct tag *tag, const char *name)
{
	return span_equal_nocase(tag->name, span_of(name));
}

static bool is_one_of(const struct tag *tag, const char *const *names)
{
	for (; *names; names++)
		if (is(tag, *names))
			return true;
	return false;
}

/* The address of a link or image; in angle brackets where a blank or parenthesis would end it. */
static void add_address(struct buf *out, struct span url)
{
	bool plain = url.n > 0;
	for (size_t i = 0; i < url.n; i++)
		plain &= !strchr(" \t()<>", url.p[i]);
	if (!plain)
		buf_char(out, '<');
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] != '<' && url.p[i] != '>')
			buf_char(out, url.p[i]);
	if (!plain)
		buf_char(out, '>');
}

static void add_item(struct html_notes *h, struct buf *out)
{
	for (int i = 1; i < h->_list_depth && i < DEPTH; i++)
		buf_text(out, h->_ordered ? "   " : "  ");
	buf_text(out, h->_ordered ? "1. " : "* ");
}

static void add_link(struct html_notes *h, const struct tag *tag, struct buf *out)
{
	if (!tag->closing) {
		struct span href = attribute(tag, "href");
		buf_clear(&h->_href);
		buf_span(&h->_href, href);
		if (href.n)
			buf_char(out, '[');
	} else if (h->_href.n) {
		buf_text(out, "](");
		add_address(out, buf_view(&h->_href));
		buf_char(out, ')');
		buf_clear(&h->_href);
	}
}

static void take_tag(struct html_notes *h, const struct tag *tag, struct buf *out)
{
	static const char *const skipped[] = {"script", "style", NULL};
	if (is_one_of(tag, skipped))
		h->_is_skipped = !tag->closing;
	if (h->_is_skipped)
		return;
	if (tag->name.n == 2 && (tag->name.p[0] == 'h' || tag->name.p[0] == 'H') && tag->name.p[1] >= '1' &&
		tag->name.p[1] <= '6') {
		for (int i = tag->closing ? 0 : tag->name.p[1] - '0'; i > 0; i--)
			buf_char(out, '#');
		if (!tag->closing)
			buf_char(out, ' ');
	} else if (is(tag, "ul") || is(tag, "ol")) {
		h->_list_depth += tag->closing ? -1 : 1;
		h->_list_depth = h->_list_depth < 0 ? 0 : h->_list_depth;
		h->_ordered = !tag->closing && is(tag, "ol");
	} else if (is(tag, "li") && !tag->closing) {
		add_item(h, out);
	} else if (is(tag, "a")) {
		add_link(h, tag, out);
	} else if (is(tag, "b") || is(tag, "strong")) {
		buf_text(out, "**");
	} else if (is(tag, "i") || is(tag, "em")) {
		buf_char(out, '*');
	} else if (is(tag, "code") || is(tag, "tt")) {
		buf_char(out, '`');
	} else if (is(tag, "q")) {
		buf_text(out, tag->closing ? "\xE2\x80\x9D" : "\xE2\x80\x9C");
	} else if (is(tag, "hr")) {
		buf_text(out, "***");
	} else if (is(tag, "img")) {
		struct span alt = attribute(tag, "alt");
		buf_format(out, "![%.*s](", SPAN_ARG(alt));
		add_address(out, attribute(tag, "src"));
		buf_char(out, ')');
	} else if (is(tag, "screencast")) {
		struct span youtube = attribute(tag, "youtube"), file = attribute(tag, "file");
		if (youtube.n)
			buf_format(out, "{%% youtube id=\"%.*s\" file=\"%.*s\" %%}", SPAN_ARG(youtube), SPAN_ARG(file));
	} else if (is(tag, "podcast")) {
		buf_text(out, "<podcast>");
	}
}

static bool is_known(const struct tag *tag)
{
	static const char *const known[] = {"a", "abbr", "b", "blockquote", "br", "center", "cite", "code", "dd", "del",
		"div",
		"dl", "dt", "em", "font", "form", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "iframe", "img", "input",
		"kbd",
		"li", "ol", "p", "podcast", "pre", "q", "s", "screencast", "script", "slidecast", "small", "span", "strong",
		"style", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "tt", "u", "ul", "video", "source", NULL};
	return is_one_of(tag, known);
}

/* Up to the comment's end, or all that is left. */
static struct span skip_comment(struct html_notes *h, struct span rest)
{
	size_t end = span_search(rest, SPAN_LITERAL("-->"), 0);
	h->_in_comment = end == rest.n;
	return span_from(rest, end + 3);
}

void html_notes_line(struct html_notes *h, struct span line, struct buf *out)
{
	struct span rest = h->_in_pre ? line : lines_trim(line);
	struct tag tag;
	/* Only where it stands alone on its line does <pre> become a fence. */
	if (!h->_in_comment && (span_is(lines_trim(line), "<pre>") || span_is(lines_trim(line), "</pre>"))) {
		h->_in_pre = span_is(lines_trim(line), "<pre>");
		buf_text(out, "```\n");
		return;
	}
	if (h->_in_comment)
		rest = skip_comment(h, rest);
	while (rest.n) {
		size_t n = rest.p[0] == '<' ? read_tag(rest, &tag) : 0;
		if (!h->_in_pre && span_starts(rest, "<!--")) {
			rest = skip_comment(h, span_from(rest, 4));
			continue;
		}
		if (n && is_known(&tag)) {
			take_tag(h, &tag, out);
		} else {
			n = 1;
			while (n < rest.n && rest.p[n] != '<')
				n++;
			/* A '<' that opens nothing known would be taken for HTML, and vanish. */
			if (!h->_is_skipped && rest.p[0] == '<' && !h->_in_pre)
				buf_char(out, '\\');
			if (!h->_is_skipped)
				buf_add(out, rest.p, n);
		}
		rest = span_from(rest, n);
	}
	buf_char(out, '\n');
}

void html_notes_finish(struct html_notes *h)
{
	buf_finish(&h->_href);
}

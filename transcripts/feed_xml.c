/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_xml.h"

#include "base/clock.h"
#include "base/escape.h"

static bool says(const char *text)
{
	return text && span_trim(span_of(text)).n > 0;
}

/* Text that is no HTML. Some readers take every title for HTML and decode it twice: numbered references for the two
 * characters that would matter are what they understand best (RSS Advisory Board, "character data"). */
static void add_text(struct buf *out, const char *text)
{
	struct span rest = span_trim(span_of(text));
	while (rest.n) {
		size_t plain = 0;
		while (plain < rest.n && rest.p[plain] != '&' && rest.p[plain] != '<')
			plain++;
		escape_xml(out, span_make(rest.p, plain));
		if (plain < rest.n)
			buf_text(out, rest.p[plain] == '&' ? "&#x26;" : "&#x3C;");
		rest = span_from(rest, plain + 1);
	}
}

static void open_tag(struct buf *out, const char *indent, const char *name)
{
	feed_xml_open(out, indent, name);
	buf_char(out, '>');
}

/* The name alone ends it: what follows a blank are attributes. */
static void end_tag(struct buf *out, const char *name)
{
	buf_text(out, "</");
	buf_add(out, name, strcspn(name, " "));
	buf_text(out, ">\n");
}

void feed_xml_element(struct buf *out, const char *indent, const char *name, const char *text)
{
	if (!says(text))
		return;
	open_tag(out, indent, name);
	add_text(out, text);
	end_tag(out, name);
}

void feed_xml_attribute(struct buf *out, const char *name, const char *value)
{
	if (!says(value))
		return;
	buf_char(out, ' ');
	buf_text(out, name);
	buf_text(out, "=\"");
	escape_xml(out, span_trim(span_of(value)));
	buf_char(out, '"');
}

void feed_xml_open(struct buf *out, const char *indent, const char *name)
{
	buf_text(out, indent);
	buf_char(out, '<');
	buf_text(out, name);
}

void feed_xml_close(struct buf *out, const char *name, const char *text)
{
	if (!says(text)) {
		buf_text(out, "/>\n");
		return;
	}
	buf_char(out, '>');
	add_text(out, text);
	end_tag(out, name);
}

void feed_xml_date(struct buf *out, const char *indent, const char *name, int64_t ms)
{
	open_tag(out, indent, name);
	time_format_http(out, ms);
	end_tag(out, name);
}

void feed_xml_iso_date(struct buf *out, const char *indent, const char *name, int64_t ms)
{
	open_tag(out, indent, name);
	time_format_iso(out, ms);
	end_tag(out, name);
}

void feed_xml_number(struct buf *out, const char *indent, const char *name, int64_t value)
{
	if (value > 0)
		buf_format(out, "%s<%s>%lld</%s>\n", indent, name, (long long)value, name);
}

size_t feed_xml_cdata_end(struct span text)
{
	/* HTML has few brackets: they are found faster than any three bytes are. */
	for (size_t at = 0; at < text.n; at++) {
		at += span_find(span_from(text, at), ']');
		if (at + 2 < text.n && text.p[at + 1] == ']' && text.p[at + 2] == '>')
			return at;
	}
	return text.n;
}

/* "]]>" can't stand in CDATA and is split over two. Our HTML has no character that XML forbids. */
void feed_xml_html(struct buf *out, const char *indent, const char *name, struct span html)
{
	open_tag(out, indent, name);
	buf_text(out, "<![CDATA[");
	size_t at;
	while ((at = feed_xml_cdata_end(html)) < html.n) {
		buf_add(out, html.p, at);
		buf_text(out, "]]]]><![CDATA[>");
		html = span_from(html, at + strlen("]]>"));
	}
	buf_span(out, html);
	buf_text(out, "]]>");
	end_tag(out, name);
}

/* SPDX-License-Identifier: MIT */
#include "base/escape.h"

#include "base/eight.h"
#include "base/utf8.h"

/* What stands as it is: in text, in JSON's strings, in what is markup already. Most bytes of most texts do: their runs are
 * copied whole. */
enum { T = 1, J = 2, M = 4, ALL = T | J | M };
static const unsigned char plain[256] = {
	['\n'] = M,
	[' '] = ALL, ALL, M /* " */, ALL, ALL, ALL, J | M /* & */, J | M /* ' */,
	['('] = ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL,
	['<'] = M, ALL, J | M /* > */, ALL,
	['@'] = ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL,
		ALL, ALL, ALL, ALL,
	['['] = ALL, T | M /* \ */, ALL, ALL, ALL, ALL,
	['a'] = ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL,
		ALL, ALL, ALL,
	['{'] = ALL, ALL, ALL, ALL,
};

/* Whether eight bytes stand as they are: surely where this says so. */
static bool are_plain(const char *p, unsigned char kind)
{
	uint64_t x = eight_of(p), found = eight_below(x, 0x20) | eight_equal(x, 0x7F) | eight_beyond_ascii(x);
	if (kind != M)
		found |= eight_equal(x, '&') | eight_equal(x, '<') | eight_equal(x, '>') | eight_equal(x, '"') | eight_equal(x, '\'') |
			eight_equal(x, '\\');
	return !found;
}

/* Copies what stands as it is; the rest begins with a byte that doesn't, or is empty. */
static struct span copy_plain(struct buf *out, struct span s, unsigned char kind)
{
	size_t n = 0;
	while (n < s.n) {
		if (s.n - n >= 8 && are_plain(s.p + n, kind)) {
			n += 8;
			continue;
		}
		size_t end = s.n - n < 8 ? s.n : n + 8;
		while (n < end && plain[(unsigned char)s.p[n]] & kind)
			n++;
		if (n < end)
			break;
	}
	buf_add(out, s.p, n);
	return span_from(s, n);
}

/* Controls but for blanks and line ends, and Unicode's noncharacters. HTML forbids all of them; XML 1.0 forbids some and
 * discourages the rest, and the text of a feed may be HTML in turn. */
static bool is_forbidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

static void markup(struct buf *out, struct span s, bool keep_forbidden)
{
	while ((s = copy_plain(out, s, T)).n) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		switch (c) {
		case '&': buf_text(out, "&amp;"); break;
		case '<': buf_text(out, "&lt;"); break;
		case '>': buf_text(out, "&gt;"); break;
		case '"': buf_text(out, "&quot;"); break;
		case '\'': buf_text(out, "&#39;"); break;
		case '\t': case '\n': buf_char(out, (char)c); break;
		case '\r': buf_text(out, "&#13;"); break;
		default:
			if (!is_forbidden(c))
				utf8_append(out, c);
			else if (keep_forbidden)
				utf8_append(out, 0xFFFD);
		}
		s = span_from(s, n);
	}
}

void escape_html(struct buf *out, struct span text)
{
	markup(out, text, true);
}

void escape_html_markup(struct buf *out, struct span html)
{
	while ((html = copy_plain(out, html, M)).n) {
		uint32_t c;
		size_t n = utf8_decode(html, &c);
		utf8_append(out, is_forbidden(c) && c != '\t' && c != '\r' ? 0xFFFD : c);
		html = span_from(html, n);
	}
}

void escape_xml(struct buf *out, struct span text)
{
	markup(out, text, false);
}

void escape_json(struct buf *out, struct span s)
{
	while ((s = copy_plain(out, s, J)).n) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		switch (c) {
		case '"': buf_text(out, "\\\""); break;
		case '\\': buf_text(out, "\\\\"); break;
		case '\n': buf_text(out, "\\n"); break;
		case '\r': buf_text(out, "\\r"); break;
		case '\t': buf_text(out, "\\t"); break;
		case '<': buf_text(out, "\\u003c"); break;
		default:
			if (!is_forbidden(c) && c != 0x2028 && c != 0x2029)
				utf8_append(out, c);
			else if (c < 0x10000)
				buf_format(out, "\\u%04x", c);
			else
				buf_format(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
		}
		s = span_from(s, n);
	}
}

void escape_url(struct buf *out, struct span s)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		    c == '_' || c == '~')
			buf_char(out, (char)c);
		else
			buf_add(out, (const char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err unescape_url(struct buf *out, struct span s, bool plus_is_space)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '+' && plus_is_space) {
			buf_char(out, ' ');
			continue;
		}
		if (s.p[i] != '%') {
			if (s.p[i] == '\0')
				return E_FORMAT;
			buf_char(out, s.p[i]);
			continue;
		}
		if (i + 2 >= s.n)
			return E_FORMAT;
		int high = hex_digit(s.p[i + 1]), low = hex_digit(s.p[i + 2]);
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return E_FORMAT;
		buf_char(out, (char)(high << 4 | low));
		i += 2;
	}
	return OK;
}

bool query_value(struct span query, const char *name, struct buf *out)
{
	struct span pair;
	struct buf key = {0}, value = {0};
	bool found = false, good = false;
	while (!found && span_next_piece(&query, '&', &pair)) {
		size_t equals = span_find(pair, '=');
		buf_clear(&key);
		found = unescape_url(&key, span_make(pair.p, equals), true) == OK && span_is(buf_view(&key), name);
		if (found)
			good = unescape_url(&value, span_from(pair, equals + 1), true) == OK && utf8_is_valid(buf_view(&value));
	}
	if (good)
		buf_span(out, buf_view(&value));
	buf_finish(&key);
	buf_finish(&value);
	return good;
}

void escape_yaml(struct buf *out, struct span s)
{
	while (s.n) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		if (c == '"' || c == '\\')
			buf_format(out, "\\%c", (char)c);
		else if (c == '\n')
			buf_text(out, "\\n");
		else if (c == '\t')
			buf_text(out, "\\t");
		else if (c < 0x20 || (c >= 0x7F && c < 0xA0))
			buf_format(out, "\\x%02X", (unsigned)c);
		/* Line ends of their own, a byte order mark, and what YAML forbids. */
		else if (c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF)
			buf_format(out, "\\u%04X", (unsigned)c);
		else
			utf8_append(out, c);
		s = span_from(s, n);
	}
}

/* Letters and digits of ASCII, and every character beyond it outside the blocks of signs: Latin-1's signs, general
 * punctuation to miscellaneous symbols (U+2000..2BFF), CJK punctuation, and everything from the private and
 * compatibility area on. Good enough to keep names of any script, without a table of Unicode's categories. */
static bool is_slug_letter(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
	return c >= 0xC0 && c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x303F) &&
		!(c >= 0xE000 && c <= 0xFFFF) && c < 0x1F000;
}

void escape_slug(struct buf *out, struct span s)
{
	size_t start = out->n;
	bool gap = false;
	while (s.n) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		if (c >= 'A' && c <= 'Z')
			c += 32;
		if (is_slug_letter(c)) {
			if (gap && out->n > start)
				buf_char(out, '-');
			utf8_append(out, c);
			gap = false;
		} else {
			gap = true;
		}
		s = span_from(s, n);
	}
}

struct span url_path(struct span address)
{
	size_t scheme = span_search(address, SPAN_LITERAL("://"), 0);
	if (scheme < address.n) {
		address = span_from(address, scheme + 3);
		address = span_from(address, span_find(address, '/'));
	}
	address = span_make(address.p, span_find(address, '#'));
	address = span_make(address.p, span_find(address, '?'));
	while (address.n && address.p[0] == '/')
		address = span_from(address, 1);
	while (address.n && address.p[address.n - 1] == '/')
		address.n--;
	return address;
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/markup.h"

#include <pthread.h>
#include <stdlib.h>

#include <libxml/HTMLparser.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { ENTITY_BYTES = 12, TAG_BYTES = 2048, LINK_BYTES = 4096 };

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The number between "&#" and ";", or 0 when it is none that text may hold. */
static uint32_t numeric(struct span digits)
{
	uint32_t base = 10, value = 0;
	if (digits.n && (digits.p[0] == 'x' || digits.p[0] == 'X')) {
		base = 16;
		digits = span_from(digits, 1);
	}
	if (digits.n == 0 || digits.n > 8)
		return 0;
	for (size_t i = 0; i < digits.n; i++) {
		char c = digits.p[i];
		uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
			: c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
			: c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 99;
		if (digit >= base || value > 0x10FFFF)
			return 0;
		value = value * base + digit;
	}
	return value > 0x10FFFF || (value >= 0xD800 && value < 0xE000) ? 0 : value;
}

/* ---- names of characters: libxml2's, which it looks through one by one at each question, in order ---- */

struct named_char {
	const char *name;
	uint32_t c;
};

static struct named_char named_chars[300];
static size_t n_named_chars;
static pthread_once_t names_once = PTHREAD_ONCE_INIT;

static int by_name(const void *a, const void *b)
{
	const struct named_char *p = a, *q = b;
	return strcmp(p->name, q->name);
}

static void sort_names(void)
{
	/* Where HTML 4 has any. */
	static const unsigned ranges[][2] = {{'"', 402}, {710, 982}, {8194, 9830}};
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		for (unsigned c = ranges[i][0]; c <= ranges[i][1]; c++) {
			const htmlEntityDesc *known = htmlEntityValueLookup(c);
			if (known && n_named_chars < COUNT_OF(named_chars))
				named_chars[n_named_chars++] = (struct named_char){known->name, c};
		}
	qsort(named_chars, n_named_chars, sizeof *named_chars, by_name);
}

/* 0: nothing is called so. */
static uint32_t char_named(const char *name)
{
	const struct named_char wanted = {name, 0};
	pthread_once(&names_once, sort_names);
	const struct named_char *found = bsearch(&wanted, named_chars, n_named_chars, sizeof *named_chars, by_name);
	return found ? found->c : 0;
}

/* Decodes the reference at the start of s into *c; returns its length, 0 when it is none. */
static size_t entity_at(struct span s, uint32_t *c)
{
	size_t n = 1;
	char name[ENTITY_BYTES];
	if (n < s.n && s.p[n] == '#')
		n++;
	while (n < s.n && n < ENTITY_BYTES && is_alnum(s.p[n]))
		n++;
	if (n >= s.n || s.p[n] != ';')
		return 0;
	if (s.p[1] == '#') {
		*c = numeric(span_make(s.p + 2, n - 2));
		return *c ? n + 1 : 0;
	}
	memcpy(name, s.p + 1, n - 1);
	name[n - 1] = '\0';
	*c = char_named(name);
	return *c ? n + 1 : 0;
}

void markup_decode_entities(struct buf *out, struct span text)
{
	while (text.n) {
		size_t n = span_find(text, '&');
		buf_add(out, text.p, n);
		text = span_from(text, n);
		uint32_t c;
		n = text.n ? entity_at(text, &c) : 0;
		if (n)
			utf8_append(out, c);
		else if (text.n)
			buf_char(out, '&');
		text = span_from(text, n ? n : 1);
	}
}

/* HTML's oldest names, those of Latin-1, hold without a semicolon, and some in capitals: the longest that fits. */
static size_t legacy_entity_at(struct span s, uint32_t *c)
{
	static const struct { const char *name; uint32_t c; } capitals[] = {{"AMP", '&'}, {"LT", '<'}, {"GT", '>'},
		{"QUOT", '"'},
		{"COPY", 0xA9}, {"REG", 0xAE}};
	struct span letters = span_from(s, 1);
	size_t n = 0;
	while (n < letters.n && n < ENTITY_BYTES - 1 && is_alnum(letters.p[n]))
		n++;
	for (; n >= 2; n--) {
		char name[ENTITY_BYTES];
		memcpy(name, letters.p, n);
		name[n] = '\0';
		uint32_t known = char_named(name);
		*c = known < 256 && strcmp(name, "apos") != 0 ? known : 0;
		for (size_t i = 0; i < COUNT_OF(capitals) && *c == 0; i++)
			if (strcmp(name, capitals[i].name) == 0)
				*c = capitals[i].c;
		if (*c)
			return 1 + n + (n < letters.n && letters.p[n] == ';');
	}
	return 0;
}

void markup_decode_references(struct buf *out, struct span text)
{
	while (text.n) {
		size_t n = span_find(text, '&');
		buf_add(out, text.p, n);
		text = span_from(text, n);
		uint32_t c;
		n = text.n ? entity_at(text, &c) : 0;
		if (n == 0 && text.n)
			n = legacy_entity_at(text, &c);
		if (n)
			utf8_append(out, c);
		else if (text.n)
			buf_char(out, '&');
		text = span_from(text, n ? n : 1);
	}
}

static bool is_known_tag(struct span name)
{
	static const char *const known[] = {"a", "abbr", "b", "big", "blockquote", "br", "cite", "code", "dd", "del", "div",
		"dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark",
		"ol",
		"p", "pre", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "ul", "var"};
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (span_equal_nocase(name, span_of(known[i])))
			return true;
	return false;
}

/* A tag or comment at the start of s ('<'); appends what it stands for. 0: none, the '<' is text. */
static size_t reduce_tag(struct buf *out, struct span s)
{
	struct span window = span_make(s.p, s.n < TAG_BYTES ? s.n : TAG_BYTES);
	if (span_starts(s, "<!--")) {
		size_t end = span_search(window, SPAN_LITERAL("-->"), 4);
		return end < window.n ? end + 3 : 0;
	}
	size_t i = 1;
	bool closing = i < s.n && s.p[i] == '/';
	i += closing;
	size_t name_at = i;
	while (i < s.n && is_alnum(s.p[i]))
		i++;
	struct span name = span_make(s.p + name_at, i - name_at);
	bool quote = span_equal_nocase(name, span_of("q"));
	if (!quote && !is_known_tag(name))
		return 0;
	size_t end = span_find(window, '>');
	if (end == window.n || (i < end && s.p[i] != ' ' && s.p[i] != '/' && s.p[i] != '\n' && s.p[i] != '\t'))
		return 0;
	if (quote)
		buf_text(out, closing ? "\xE2\x80\x9D" : "\xE2\x80\x9C");
	else if (span_equal_nocase(name, span_of("br")) || span_equal_nocase(name, span_of("p")) ||
		span_equal_nocase(name, span_of("li")))
		buf_char(out, ' ');
	return end + 1;
}

/* `[text](target)` at the start of s: its length, and the text; 0 when it is none, and then *cost grows. */
static size_t link_at(struct span s, struct span *text, size_t *cost)
{
	struct span window = span_make(s.p, s.n < LINK_BYTES ? s.n : LINK_BYTES);
	int depth = 0;
	size_t i = 0;
	for (; i < window.n; i++) {
		depth += (window.p[i] == '[') - (window.p[i] == ']');
		if (depth == 0)
			break;
	}
	if (i + 1 >= window.n || window.p[i + 1] != '(') {
		*cost += i;
		return 0;
	}
	*text = span_make(s.p + 1, i - 1);
	/* Targets may hold balanced parentheses: .../Ruby_(programming_language). */
	for (i++; i < window.n; i++) {
		if (window.p[i] == '\n')
			break;
		depth += (window.p[i] == '(') - (window.p[i] == ')');
		if (depth == 0)
			return i + 1;
	}
	*cost += i;
	return 0;
}

/* `<a href="url">label</a>` at the start of s: its length, or 0. */
static size_t anchor_at(struct span s, struct span *url, struct span *label)
{
	struct span window = span_make(s.p, s.n < LINK_BYTES ? s.n : LINK_BYTES);
	size_t href = span_search(window, SPAN_LITERAL("href=\""), 0), end = span_find(window, '>'),
		close = span_search(window, SPAN_LITERAL("</a"), 0);
	if (!(span_starts(s, "<a ") || span_starts(s, "<A ")) || href >= end || close == window.n || close < end)
		return 0;
	struct span rest = span_make(s.p + href + 6, end - href - 6);
	*url = span_make(rest.p, span_find(rest, '"'));
	*label = span_make(s.p + end + 1, close - end - 1);
	return close;
}

void markup_each_link(struct span text, void (*each)(void *data, struct span url, struct span label), void *data)
{
	size_t cost = 0, budget = 8 * text.n + LINK_BYTES;
	while (text.n) {
		struct span url, label;
		size_t n = 0;
		bool is_anchor = text.p[0] == '<' && cost < budget;
		if (is_anchor) {
			n = anchor_at(text, &url, &label);
			cost += n ? 0 : LINK_BYTES < text.n ? LINK_BYTES : text.n;
		} else if (text.p[0] == '[' && cost < budget) {
			n = link_at(text, &label, &cost);
		}
		if (n && !is_anchor) {
			struct span target = span_trim(span_make(label.p + label.n + 2, n - label.n - 4));
			url = span_make(target.p, span_find(target, ' '));
		}
		if (n)
			each(data, url, span_trim(label));
		text = span_from(text, n ? n : 1);
	}
}

void markup_to_text(struct buf *out, struct span text)
{
	/* Links may hold tags and images: the inside is read in place, and where it ends the target is stepped over. */
	enum { NESTING = 4 };
	struct span inside_end[NESTING]; /* p: where a link's text ends; n: what to skip there */
	int depth = 0;
	/* Brackets that open no link are read more than once; a text of nothing else must not cost its square. */
	size_t cost = 0, budget = 8 * text.n + LINK_BYTES;
	while (text.n) {
		if (depth && text.p == inside_end[depth - 1].p) {
			text = span_from(text, inside_end[--depth].n);
			continue;
		}
		char c = text.p[0];
		struct span inside;
		size_t n = 0;
		uint32_t decoded;
		if (c == '&' && (n = entity_at(text, &decoded)) > 0) {
			utf8_append(out, decoded);
		} else if (c == '<') {
			n = reduce_tag(out, text);
		} else if (c == '`') {
			n = 1;
		} else if (c == '[' || (c == '!' && text.n > 1 && text.p[1] == '[')) {
			size_t mark = c == '!';
			size_t length = depth < NESTING && cost < budget ? link_at(span_from(text, mark), &inside, &cost) : 0;
			if (length) {
				inside_end[depth++] = span_make(inside.p + inside.n, length - 1 - inside.n);
				n = mark + 1;
			}
		}
		if (n == 0) {
			buf_char(out, c);
			n = 1;
		}
		text = span_from(text, n);
	}
}

void markup_html_to_text(struct buf *out, struct span text)
{
	while (text.n) {
		uint32_t decoded;
		size_t n = 0;
		if (text.p[0] == '&' && (n = entity_at(text, &decoded)) > 0)
			utf8_append(out, decoded);
		else if (text.p[0] == '<')
			n = reduce_tag(out, text);
		if (n == 0) {
			buf_char(out, text.p[0]);
			n = 1;
		}
		text = span_from(text, n);
	}
}

static bool is_word_byte(struct span s, size_t i)
{
	return i < s.n && (is_alnum(s.p[i]) || (unsigned char)s.p[i] >= 0x80);
}

static bool is_gap(struct span s, size_t i)
{
	return i >= s.n || s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\n';
}

/* The run of * or _ at i: true when it marks emphasis. One between two blanks is a sign, one inside a word a letter. */
static bool is_emphasis(struct span s, size_t i, size_t n)
{
	bool gap_before = i == 0 || is_gap(s, i - 1), gap_after = is_gap(s, i + n);
	bool inside = i > 0 && is_word_byte(s, i - 1) && is_word_byte(s, i + n);
	return !(gap_before && gap_after) && !inside && n <= 3;
}

void markup_paragraph_to_text(struct buf *out, struct span text)
{
	/* Escaped characters become references, so that what follows takes none of them for markup. */
	struct buf plain = {0};
	bool in_code = false;
	for (size_t i = 0; i < text.n;) {
		char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : '\0';
		if (c == '\\' && !in_code && next > ' ' && next < 0x7F && !is_alnum(next)) {
			buf_format(&plain, "&#%d;", next);
			i += 2;
			continue;
		}
		in_code ^= c == '`';
		size_t n = 1;
		if ((c == '*' || c == '_') && !in_code) {
			while (i + n < text.n && text.p[i + n] == c)
				n++;
			if (is_emphasis(text, i, n)) {
				i += n;
				continue;
			}
		}
		buf_add(&plain, text.p + i, n);
		i += n;
	}
	markup_to_text(out, buf_view(&plain));
	buf_finish(&plain);
}

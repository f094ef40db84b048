/* SPDX-License-Identifier: MIT */
#include "transcripts/markdown_text.h"

#include "base/mem.h"
#include "transcripts/html_markdown.h"

static bool is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "[12:34]": shown as it is, and known for a time. */
static bool is_bracketed_time(struct span s)
{
	size_t n = 1;
	while (n < s.n && (is_digit(s.p[n]) || s.p[n] == ':' || s.p[n] == '.'))
		n++;
	return n > 1 && n < s.n && s.p[n] == ']' && (n + 1 == s.n || !strchr("([:", s.p[n + 1]));
}

/* "&amp;", "&#39;": would be decoded once more. */
static bool is_reference(struct span s)
{
	size_t n = 1;
	while (n < s.n && n < 40 && (is_word_char(s.p[n]) || s.p[n] == '#'))
		n++;
	return n > 1 && n < s.n && s.p[n] == ';';
}

static bool needs_escape(struct span word, size_t i, bool *in_time)
{
	struct span rest = span_from(word, i);
	char c = word.p[i];
	if (c == '[' && is_bracketed_time(rest)) {
		*in_time = true;
		return false;
	}
	if (c == ']' && *in_time) {
		*in_time = false;
		return false;
	}
	if (c == '_')
		return !(i > 0 && is_word_char(word.p[i - 1]) && i + 1 < word.n && is_word_char(word.p[i + 1]));
	if (c == '&')
		return is_reference(rest);
	if (c == '{')
		return span_starts(rest, "{%");
	return strchr("\\`*[]<", c) != NULL;
}

/* What a line must not begin with. A lone hyphen may: it begins a list, as it reads. */
static void add_line_start(struct buf *out, struct span word)
{
	size_t digits = 0;
	while (digits < word.n && is_digit(word.p[digits]))
		digits++;
	bool is_number = digits > 0 && digits + 1 == word.n && (word.p[digits] == '.' || word.p[digits] == ')');
	if (is_number) {
		buf_add(out, word.p, digits);
		buf_format(out, "\\%c", word.p[digits]);
		return;
	}
	if (strchr("#>=~+", word.p[0]) || (word.p[0] == '-' && word.n > 1))
		buf_char(out, '\\');
	markdown_add_word(out, word, false, true);
}

/* The address in a word: without signs that end a sentence. */
static size_t address_end(struct span s)
{
	size_t n = 0;
	while (n < s.n && !strchr("<>\"`{}|\\^", s.p[n]) && (unsigned char)s.p[n] > 0x20)
		n++;
	bool has_parenthesis = span_find(span_make(s.p, n), '(') < n;
	while (n && (strchr(".,;:!?'*_]", s.p[n - 1]) || (s.p[n - 1] == ')' && !has_parenthesis)))
		n--;
	return n;
}

static size_t find_address(struct span word)
{
	size_t a = span_search(word, SPAN_LITERAL("https://"), 0), b = span_search(word, SPAN_LITERAL("http://"), 0);
	return a < b ? a : b;
}

void markdown_add_target(struct buf *out, struct span url)
{
	bool plain = true;
	for (size_t i = 0; i < url.n; i++)
		plain &= !strchr("() \\", url.p[i]);
	buf_text(out, plain ? "" : "<");
	for (size_t i = 0; i < url.n; i++) {
		if (strchr("<>\\ ", url.p[i]))
			buf_format(out, "%%%02X", (unsigned)url.p[i]);
		else if (url.p[i] != '\n')
			buf_char(out, url.p[i]);
	}
	buf_text(out, plain ? "" : ">");
}

void markdown_add_address(struct buf *out, struct span url)
{
	bool fits = span_find(url, ':') < url.n || span_find(url, '@') < url.n;
	for (size_t i = 0; i < url.n; i++)
		fits &= (unsigned char)url.p[i] > 0x20 && url.p[i] != '<' && url.p[i] != '>';
	if (fits)
		buf_format(out, "<%.*s>", SPAN_ARG(url));
	else
		markdown_add_text(out, url);
}

void markdown_add_word(struct buf *out, struct span word, bool begins, bool is_label)
{
	size_t at = is_label ? word.n : find_address(word), end = at + address_end(span_from(word, at));
	bool in_time = false;
	/* More than the scheme; in brackets of a link's label it would be a link in a link. */
	if (at < word.n && end > at + strlen("https://")) {
		markdown_add_word(out, span_make(word.p, at), begins && at, true);
		markdown_add_address(out, span_make(word.p + at, end - at));
		markdown_add_word(out, span_from(word, end), false, false);
		return;
	}
	if (begins && word.n) {
		add_line_start(out, word);
		return;
	}
	for (size_t i = 0; i < word.n; i++) {
		if (needs_escape(word, i, &in_time))
			buf_char(out, '\\');
		buf_char(out, word.p[i]);
	}
}

static void add_words(struct buf *out, struct span text, bool begins)
{
	struct span word;
	bool is_first = true;
	while (span_next_piece(&text, ' ', &word)) {
		word = span_trim(word);
		if (!word.n)
			continue;
		if (!is_first)
			buf_char(out, ' ');
		markdown_add_word(out, word, begins && is_first, false);
		is_first = false;
	}
}

void markdown_add_text(struct buf *out, struct span text)
{
	for (size_t i = 0, n; i < text.n; i += n + 1) {
		struct span rest = span_from(text, i);
		n = 0;
		while (n < rest.n && rest.p[n] != '\n' && rest.p[n] != '\t')
			n++;
		if (i)
			buf_char(out, ' ');
		add_words(out, span_make(rest.p, n), false);
	}
}

void text_to_markdown(struct buf *out, struct span text)
{
	struct span line;
	size_t start = out->n;
	int n_empty = 0;
	text = span_trim(text);
	while (span_next_line(&text, &line)) {
		line = span_trim(line);
		if (!line.n) {
			n_empty++;
			continue;
		}
		if (out->n > start)
			buf_text(out, n_empty ? "\n\n" : "  \n");
		n_empty = 0;
		/* "1. One", "* Two": a list, as its writer meant it. */
		size_t mark = 0;
		while (mark < line.n && is_digit(line.p[mark]))
			mark++;
		bool is_numbered = mark > 0 && mark + 1 < line.n && (line.p[mark] == '.' || line.p[mark] == ')');
		bool is_item = (is_numbered || (mark == 0 && line.n > 1 && strchr("*-+", line.p[0]))) && line.p[mark + 1] == ' ';
		if (is_item) {
			buf_add(out, line.p, mark + 2);
			line = span_from(line, mark + 2);
		}
		add_words(out, line, !is_item);
	}
	if (out->n > start)
		buf_char(out, '\n');
}

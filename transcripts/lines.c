/* SPDX-License-Identifier: MIT */
#include "transcripts/lines.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/eight.h"
#include "base/utf8.h"

enum { LABEL_WORDS = 5, LABEL_BYTES = 80, TIMING_BYTES = 40 };

/* Length of the blank character at the start of s: ASCII's, U+00A0, U+200B, U+2028, U+2029, U+202F, U+3000, U+FEFF. */
static size_t blank_at(struct span s)
{
	if (s.n == 0)
		return 0;
	unsigned char c = (unsigned char)s.p[0];
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	if (span_starts(s, "\xC2\xA0"))
		return 2;
	static const char *const wide[] = {"\xE2\x80\x8B", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE3\x80\x80",
		"\xEF\xBB\xBF"};
	for (size_t i = 0; c >= 0xE2 && i < sizeof wide / sizeof *wide; i++)
		if (span_starts(s, wide[i]))
			return 3;
	return 0;
}

static struct span skip_blanks(struct span s)
{
	size_t n;
	while ((n = blank_at(s)) > 0)
		s = span_from(s, n);
	return s;
}

struct span lines_trim(struct span s)
{
	s = skip_blanks(s);
	for (;;) {
		if (s.n >= 1 && blank_at(span_make(s.p + s.n - 1, 1)) == 1)
			s.n--;
		else if (s.n >= 2 && blank_at(span_make(s.p + s.n - 2, 2)) == 2)
			s.n -= 2;
		else if (s.n >= 3 && blank_at(span_make(s.p + s.n - 3, 3)) == 3)
			s.n -= 3;
		else
			return s;
	}
}

void lines_init(struct lines *l, struct span text, int first_line)
{
	*l = (struct lines){._rest = text, ._next = first_line};
}

/* Bytes before the line's end, and those of it: a line feed, a carriage return, both, U+2028 or U+2029. */
static size_t line_length(struct span s, size_t *end_length)
{
	*end_length = 0;
	for (size_t i = 0; i < s.n; i++) {
		while (s.n - i >= 8) {
			uint64_t x = eight_of(s.p + i);
			if (eight_equal(x, '\n') | eight_equal(x, '\r') | eight_equal(x, '\xE2'))
				break;
			i += 8;
		}
		char c = i < s.n ? s.p[i] : ' ';
		if (c == '\n' || c == '\r')
			*end_length = c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n' ? 2 : 1;
		else if (c == '\xE2' && i + 2 < s.n && s.p[i + 1] == '\x80' && (s.p[i + 2] == '\xA8' || s.p[i + 2] == '\xA9'))
			*end_length = 3;
		if (*end_length)
			return i;
	}
	return s.n;
}

bool lines_next(struct lines *l)
{
	struct span rest = l->_rest;
	if (rest.n == 0)
		return false;
	size_t end_length, i = line_length(rest, &end_length);
	l->line = lines_trim(span_make(rest.p, i));
	l->number = l->_next;
	l->_next += end_length == 1 || end_length == 2; /* as an editor counts */
	l->_rest = span_from(rest, i + end_length);
	return true;
}

static bool is_letter(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xC0 && c != 0xD7 && c != 0xF7 &&
		!(c >= 0x2000 && c < 0x2C00) && !(c >= 0x3000 && c < 0x3005) && c < 0xE000);
}

/* Words of names that start small. */
static bool is_particle(struct span word)
{
	static const char *const particles[] = {"van", "von", "der", "den", "de", "da", "do", "dos", "di", "del", "la", "le",
		"el", "al", "bin", "ibn", "ben", "ter", "ten", "zu", "of", "and", "&", "y", "e", "+", "|"};
	for (size_t i = 0; i < sizeof particles / sizeof *particles; i++)
		if (span_is(word, particles[i]))
			return true;
	return false;
}

/* A capital, a letter beyond ASCII, or (after the first word) a number: Speaker 2, (guest). */
static bool is_name_word(struct span word, bool first)
{
	struct span s = word;
	bool opened = s.n > 1 && (s.p[0] == '(' || s.p[0] == '#');
	if (opened)
		s = span_from(s, 1);
	uint32_t c;
	utf8_decode(s, &c);
	bool is_capital = (c >= 'A' && c <= 'Z') || (c >= 0x80 && is_letter(c));
	bool is_number = c >= '0' && c <= '9';
	if (!is_capital && !(is_number && !first) && !opened)
		return !first && is_particle(word);
	while (s.n) {
		size_t n = utf8_decode(s, &c);
		if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '\'' && c != 0x2019 && c != '-' && c != '.' && c != '_' &&
			c != ')' && c != '/' && c != '&' && c != ',')
			return false;
		s = span_from(s, n);
	}
	return true;
}

size_t label_read(struct span s, struct span *name)
{
	struct span window = span_make(s.p, s.n < LABEL_BYTES ? s.n : LABEL_BYTES);
	size_t colon = span_find(window, ':');
	if (colon == window.n || colon == 0)
		return 0;
	/* "https://" and "10:30" are no labels. */
	struct span after = span_from(s, colon + 1);
	if (after.n && (after.p[0] == '/' || after.p[0] == ':' || (after.p[0] >= '0' && after.p[0] <= '9' &&
		s.p[colon - 1] >= '0' && s.p[colon - 1] <= '9')))
		return 0;
	struct span rest = span_make(s.p, colon);
	*name = lines_trim(rest);
	int n_words = 0;
	bool complete = false; /* no name ends in a particle: "At ten:" is none */
	for (rest = skip_blanks(rest); rest.n; rest = skip_blanks(rest)) {
		size_t n = 0;
		while (n < rest.n && blank_at(span_from(rest, n)) == 0)
			n++;
		if (++n_words > LABEL_WORDS || !is_name_word(span_make(rest.p, n), n_words == 1))
			return 0;
		complete = !is_particle(span_make(rest.p, n));
		rest = span_from(rest, n);
	}
	return complete ? colon + 1 : 0;
}

/* "am", "pm", "a.m.", "o'clock": a clock's time, not a recording's. */
bool lines_is_clock_time(struct span after)
{
	struct span s = skip_blanks(after);
	if (s.n >= 2 && (s.p[0] == 'a' || s.p[0] == 'p' || s.p[0] == 'A' || s.p[0] == 'P')) {
		size_t n = s.p[1] == '.' ? 2 : 1;
		if (n < s.n && (s.p[n] == 'm' || s.p[n] == 'M')) {
			uint32_t next = ' ';
			if (n + 1 < s.n)
				utf8_decode(span_from(s, n + 1), &next);
			return !is_letter(next);
		}
	}
	return span_starts(s, "o'clock") || span_starts(s, "Uhr");
}

/* A stamp, bare or in brackets; returns what it takes up, 0 when there is none. */
static size_t read_bracketed(struct span s, int64_t *ms, bool *has_hours)
{
	size_t open = s.n && (s.p[0] == '[' || s.p[0] == '(');
	size_t n = stamp_read(span_from(s, open), ms);
	if (n == 0)
		return 0;
	struct span second = span_from(s, open + span_find(span_from(s, open), ':') + 1);
	*has_hours = span_find(second, ':') == 2 && second.p + 2 < s.p + open + n;
	n += open;
	if (open) {
		char close = s.p[0] == '[' ? ']' : ')';
		return n < s.n && s.p[n] == close ? n + 1 : 0;
	}
	struct span after = span_from(s, n), word = skip_blanks(after);
	/* At a line's start "10:15 am I right" is speech, and with hours nothing is a clock's time. */
	bool may_be_clock = !*has_hours && !(word.p != after.p && (span_starts(word, "am ") || span_starts(word, "Am ")));
	/* 0:42:1:2, 9:30 pm, 3:50%: no stamps in front of speech. */
	if ((may_be_clock && lines_is_clock_time(after)) || (after.n && after.p[0] == ':' &&
		after.n > 1 && after.p[1] >= '0' && after.p[1] <= '9') || (after.n && after.p[0] == '%'))
		return 0;
	return n;
}

bool stamped_line_read(struct span line, struct stamped_line *out)
{
	*out = (struct stamped_line){0};
	line = skip_blanks(line);
	/* Two times with an arrow between are a caption's timing. */
	struct span head = span_make(line.p, line.n < TIMING_BYTES ? line.n : TIMING_BYTES);
	if (line.n == 0 || span_search(head, SPAN_LITERAL("-->"), 0) < head.n)
		return false;
	size_t n = read_bracketed(line, &out->ms, &out->has_hours);
	if (n) {
		out->whole = skip_blanks(span_from(line, n));
		out->text = out->whole;
		n = label_read(out->whole, &out->label);
		if (n)
			out->text = skip_blanks(span_from(out->whole, n));
		else
			out->label = span_of("");
		return true;
	}
	/* `Name: HH:MM:SS text`, often with tabs. */
	n = label_read(line, &out->label);
	if (n == 0)
		return false;
	struct span after = skip_blanks(span_from(line, n));
	n = read_bracketed(after, &out->ms, &out->has_hours);
	if (n == 0)
		return false;
	out->text = skip_blanks(span_from(after, n));
	out->whole = out->text;
	return true;
}

size_t lines_count_words(struct span s)
{
	size_t n = 0;
	bool in_word = false;
	for (size_t i = 0; i < s.n; i++) {
		bool blank = s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\xA0';
		n += !blank && !in_word;
		in_word = !blank;
	}
	return n;
}

void line_census_take(struct line_census *c, struct span text)
{
	*c = (struct line_census){0};
	struct lines lines;
	int64_t last = 0;
	size_t n_with_hours = 0;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		if (lines.line.n == 0)
			continue;
		c->n_lines++;
		struct stamped_line s;
		if (!stamped_line_read(lines.line, &s))
			continue;
		c->n_stamped++;
		c->n_labelled += s.label.n > 0;
		c->n_backward += s.ms < last;
		n_with_hours += s.has_hours;
		last = s.ms;
	}
	c->has_hours = n_with_hours * 2 > c->n_stamped;
}

bool lines_read_title(struct span line, struct span *title)
{
	enum { TITLE_WORDS = 20 };
	bool is_title = false;
	struct span s = line;
	if (s.n > 1 && s.p[0] == '#') {
		/* "#165: ..." keeps its number, "# ..." and "## ..." lose the mark. */
		size_t n = 0;
		while (n < s.n && s.p[n] == '#')
			n++;
		is_title = n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == ' ');
		if (is_title && s.p[n] == ' ')
			s = lines_trim(span_from(s, n));
	}
	struct span last = SPAN_LITERAL(" transcript");
	if (s.n > last.n && span_equal_nocase(span_from(s, s.n - last.n), last)) {
		s = lines_trim(span_make(s.p, s.n - last.n));
		is_title = true;
	}
	if (!is_title || s.n == 0 || lines_count_words(s) > TITLE_WORDS)
		return false;
	*title = s;
	return true;
}

bool line_census_is_stamped(const struct line_census *c)
{
	if (c->n_stamped == 0 || c->n_backward * 10 > c->n_stamped * 3)
		return false;
	/* Long passages may take many lines each; where stamps are few, more of the lines must have one. */
	return c->n_stamped * 2 >= c->n_lines || (c->n_stamped >= 3 && c->n_stamped * 5 >= c->n_lines) ||
		(c->n_stamped >= 10 && c->n_stamped * 12 >= c->n_lines);
}

void dialect_report(const struct dialect_faults *faults, struct transcript *t, int line, const char *format, ...)
{
	if (t)
		t->n_faults++;
	if (!faults || !faults->fault)
		return;
	char text[200];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	faults->fault(faults->data, line, text);
}

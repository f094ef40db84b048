/* SPDX-License-Identifier: MIT */
#include "transcripts/notes_stamps.h"

#include "transcripts/dialect.h"
#include "transcripts/lines.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool digit_at(struct span s, size_t i)
{
	return i < s.n && is_digit(s.p[i]);
}

/* As stamp_read, with one or two decimals too. */
static size_t read_stamp(struct span s, int64_t *ms)
{
	size_t n = stamp_read(s, ms);
	if (!n || n >= s.n || s.p[n] != '.' || !digit_at(s, n + 1))
		return n;
	size_t n_digits = digit_at(s, n + 2) ? 2 : 1;
	if (digit_at(s, n + 1 + n_digits))
		return n;
	*ms += (s.p[n + 1] - '0') * 100 + (n_digits == 2 ? (s.p[n + 2] - '0') * 10 : 0);
	return n + 1 + n_digits;
}

/* One of the texts at the start of s: its length, or 0. */
static size_t any_at(struct span s, const char *const *texts)
{
	for (; *texts; texts++)
		if (span_starts(s, *texts))
			return strlen(*texts);
	return 0;
}

static size_t skip_any(struct span s, const char *const *texts)
{
	size_t at = 0;
	for (size_t n; (n = any_at(span_from(s, at), texts)) != 0; at += n)
		;
	return at;
}

static const char *const blanks[] = {" ", "\t", "\xC2\xA0", NULL};
static const char *const dashes[] = {"-", "\xE2\x80\x92", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x86\x92", NULL};

/* " - 15:00": its length, or 0. */
static size_t rest_of_stretch(struct span s, int64_t start_ms)
{
	size_t at = skip_any(s, blanks), dash = any_at(span_from(s, at), dashes), n;
	int64_t end_ms;
	if (!dash)
		return 0;
	at += dash;
	at += skip_any(span_from(s, at), blanks);
	n = read_stamp(span_from(s, at), &end_ms);
	return n && end_ms >= start_ms ? at + n : 0;
}

size_t notes_stamp_bracketed(struct span s, int64_t *ms)
{
	char closer = s.n && s.p[0] == '[' ? ']' : s.n && s.p[0] == '(' ? ')' : '\0';
	if (!closer)
		return 0;
	size_t n = read_stamp(span_from(s, 1), ms);
	if (!n)
		return 0;
	n++;
	n += rest_of_stretch(span_from(s, n), *ms);
	return n < s.n && s.p[n] == closer ? n + 1 : 0;
}

/* What may not follow a bare time: a number or a word that goes on. */
static bool goes_on(struct span after)
{
	if (!after.n)
		return false;
	char c = after.p[0];
	bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return is_letter || is_digit(c) || c == '%' || c == '/' || ((c == '.' || c == ':' || c == ',') && digit_at(after, 1));
}

size_t notes_stamp_leading(struct span s, size_t *lead, int64_t *ms)
{
	/* Bullets that aren't Markdown's, and the stop watch. */
	static const char *const marks[] = {" ", "\t", "\xC2\xA0", "\xE2\x80\xA2", "\xC2\xB7", "\xE2\x8F\xB1", "\xE2\x8F\xB0",
		"\xEF\xB8\x8F", NULL};
	*lead = skip_any(s, marks);
	struct span here = span_from(s, *lead);
	size_t n = read_stamp(here, ms);
	struct span after = span_from(here, n);
	bool has_hours = n && memchr(here.p, ':', n) != memrchr(here.p, ':', n);
	if (!n || goes_on(after) || (!has_hours && lines_is_clock_time(after)))
		return 0;
	return n;
}

bool notes_stamp_target(struct span s, int64_t *ms)
{
	int64_t total = 0, value = 0;
	double seconds;
	s = span_make(s.p, span_find(s, ','));
	if (s.n && read_stamp(s, ms) == s.n)
		return true;
	if (digit_at(s, 0) && span_to_double(s, &seconds) && seconds < 1e7) {
		*ms = (int64_t)(seconds * 1000 + 0.5);
		return true;
	}
	bool has_unit = false;
	for (size_t i = 0; i < s.n; i++) {
		int64_t unit = s.p[i] == 'h' ? 3600 : s.p[i] == 'm' ? 60 : s.p[i] == 's' ? 1 : 0;
		if (is_digit(s.p[i]) && value < 10000000) {
			value = value * 10 + (s.p[i] - '0');
			continue;
		}
		if (!unit || !i || !is_digit(s.p[i - 1]))
			return false;
		total += value * unit;
		value = 0;
		has_unit = true;
	}
	*ms = (total + value) * 1000;
	return has_unit;
}

bool notes_stamp_label(struct span s, int64_t *ms)
{
	s = lines_trim(s);
	return s.n && (read_stamp(s, ms) == s.n || notes_stamp_bracketed(s, ms) == s.n);
}

/* At most three blanks: four make it code. */
static bool is_definition(struct span line)
{
	size_t at = 0;
	int64_t ms;
	while (at < 4 && at < line.n && line.p[at] == ' ')
		at++;
	struct span here = span_from(line, at);
	size_t n = at < 4 && here.n && here.p[0] == '[' ? notes_stamp_bracketed(here, &ms) : 0;
	return n && n < here.n && here.p[n] == ':';
}

bool notes_stamps_protect(struct span text, struct buf *out)
{
	struct span rest = text, line;
	char fence = '\0';
	const char *done = text.p;
	if (span_search(text, SPAN_LITERAL("]:"), 0) == text.n)
		return false;
	/* Within lists and quotations it isn't looked for: that would take a parser, and cmark is one. */
	while (span_next_line(&rest, &line)) {
		struct span trimmed = lines_trim(line);
		bool is_fence = span_starts(trimmed, "```") || span_starts(trimmed, "~~~");
		if (is_fence && (!fence || fence == trimmed.p[0]))
			fence = fence ? '\0' : trimmed.p[0];
		if (fence || !is_definition(line))
			continue;
		const char *bracket = memchr(line.p, '[', line.n);
		buf_add(out, done, (size_t)(bracket - done));
		buf_char(out, '\\');
		done = bracket;
	}
	if (done == text.p)
		return false;
	buf_add(out, done, (size_t)(text.p + text.n - done));
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "base/span.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool span_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && memcmp(s.p ? s.p : "", prefix, n) == 0;
}

bool span_ends(struct span s, const char *suffix)
{
	size_t n = strlen(suffix);
	return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, suffix, n) == 0);
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

struct span span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t span_find(struct span s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
	return hit ? (size_t)(hit - s.p) : s.n;
}

size_t span_search(struct span s, struct span needle, size_t from)
{
	if (from >= s.n)
		return s.n;
	if (needle.n == 0)
		return from;
	const char *hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return hit ? (size_t)(hit - s.p) : s.n;
}

bool span_next_line(struct span *rest, struct span *line)
{
	if (rest->n == 0)
		return false;
	size_t i = 0;
	while (i < rest->n && rest->p[i] != '\n' && rest->p[i] != '\r')
		i++;
	*line = span_make(rest->p, i);
	if (i < rest->n)
		i += rest->p[i] == '\r' && i + 1 < rest->n && rest->p[i + 1] == '\n' ? 2 : 1;
	*rest = span_from(*rest, i);
	return true;
}

bool span_next_piece(struct span *rest, char separator, struct span *piece)
{
	if (rest->n == 0)
		return false;
	size_t i = span_find(*rest, separator);
	*piece = span_make(rest->p, i);
	*rest = span_from(*rest, i + 1);
	return true;
}

int span_line_at(struct span text, size_t offset)
{
	int line = 1;
	size_t end = offset < text.n ? offset : text.n;
	for (size_t i = 0; i < end; i++)
		line += text.p[i] == '\n' || (text.p[i] == '\r' && !(i + 1 < text.n && text.p[i + 1] == '\n'));
	return line;
}

bool span_to_i64(struct span s, int64_t *out)
{
	char text[24];
	if (s.n == 0 || s.n >= sizeof text || is_blank(s.p[0]) || s.p[0] == '+')
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || *end || end == text)
		return false;
	*out = value;
	return true;
}

bool span_to_double(struct span s, double *out)
{
	/* The program never calls setlocale, so strtod reads a point. */
	char text[64];
	if (s.n == 0 || s.n >= sizeof text || is_blank(s.p[0]))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	char *end;
	double value = strtod(text, &end);
	if (*end || end == text || !isfinite(value))
		return false;
	*out = value;
	return true;
}

char *span_dup(struct span s)
{
	char *copy = mem_new(s.n + 1, 1);
	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

uint64_t span_hash(struct span s)
{
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 1099511628211u;
	return hash;
}

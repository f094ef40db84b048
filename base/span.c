/* SPDX-License-Identifier: MIT */
#include "base/span.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/eight.h"
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

size_t span_line_length(struct span s)
{
	size_t i = 0;
	while (s.n - i >= 8 && !(eight_equal(eight_of(s.p + i), '\n') | eight_equal(eight_of(s.p + i), '\r')))
		i += 8;
	while (i < s.n && s.p[i] != '\n' && s.p[i] != '\r')
		i++;
	return i;
}

bool span_next_line(struct span *rest, struct span *line)
{
	if (rest->n == 0)
		return false;
	size_t i = span_line_length(*rest);
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

/* ---- hashes ---- */

/* Odd, half of their bits set, none like the other: what is added to the bytes so that zeros don't make a product zero. */
static const uint64_t salts[4] = {0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu, 0xd6e8feb86659fd93u};

/* The product's halves laid over each other: every bit depends on every bit of both. */
static uint64_t fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t low = (a & 0xffffffffu) * (b & 0xffffffffu), left = (a >> 32) * (b & 0xffffffffu);
	uint64_t right = (a & 0xffffffffu) * (b >> 32), high = (a >> 32) * (b >> 32);
	uint64_t middle = (low >> 32) + (left & 0xffffffffu) + (right & 0xffffffffu);
	return ((low & 0xffffffffu) | middle << 32) ^ (high + (left >> 32) + (right >> 32) + (middle >> 32));
#endif
}

static uint64_t eight(const char *p)
{
	return le64toh(eight_of(p));
}

static uint64_t four(const char *p)
{
	uint32_t bytes;
	memcpy(&bytes, p, sizeof bytes);
	return le32toh(bytes);
}

uint64_t span_hash(struct span s)
{
	const char *p = s.p;
	size_t n = s.n;
	uint64_t hash = salts[0], first = 0, last = 0;
	if (n > 48) {
		/* Three at once: a product takes longer than a step. */
		uint64_t second = hash, third = hash;
		for (; n > 48; n -= 48, p += 48) {
			hash = fold(eight(p) ^ salts[1], eight(p + 8) ^ hash);
			second = fold(eight(p + 16) ^ salts[2], eight(p + 24) ^ second);
			third = fold(eight(p + 32) ^ salts[3], eight(p + 40) ^ third);
		}
		hash ^= second ^ third;
	}
	for (; n > 16; n -= 16, p += 16)
		hash = fold(eight(p) ^ salts[1], eight(p + 8) ^ hash);
	/* The rest in two words, which overlap where it is shorter than they are. */
	if (n >= 8) {
		first = eight(p);
		last = eight(p + n - 8);
	} else if (n >= 4) {
		first = four(p);
		last = four(p + n - 4);
	} else if (n) {
		first = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
	}
	return fold(fold(first ^ salts[1], last ^ hash) ^ s.n, salts[2]);
}

uint64_t span_fnv(struct span s)
{
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 1099511628211u;
	return hash;
}

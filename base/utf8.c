/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include "base/eight.h"

/* Length of the well-formed sequence at p (Unicode 15, table 3-7), or 0. */
static size_t sequence(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	size_t length;
	unsigned char low = 0x80, high = 0xBF; /* bounds of the second byte */
	if (p[0] >= 0xC2 && p[0] <= 0xDF) {
		length = 2;
	} else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
		length = 3;
		if (p[0] == 0xE0)
			low = 0xA0;
		if (p[0] == 0xED)
			high = 0x9F;
	} else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
		length = 4;
		if (p[0] == 0xF0)
			low = 0x90;
		if (p[0] == 0xF4)
			high = 0x8F;
	} else {
		return 0;
	}
	if (n < length || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return length;
}

size_t utf8_valid_prefix(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;
	while (i < s.n) {
		/* Eight of ASCII at a time: most of what comes is. */
		if (s.n - i >= 8 && !eight_beyond_ascii(eight_of(s.p + i))) {
			i += 8;
			continue;
		}
		if (p[i] < 0x80) {
			i++;
			continue;
		}
		size_t length = sequence(p + i, s.n - i);
		if (!length)
			return i;
		i += length;
	}
	return s.n;
}

size_t utf8_decode(struct span s, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t length = sequence(p, s.n);
	switch (length) {
	case 1: *c = p[0]; return 1;
	case 2: *c = (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu); return 2;
	case 3: *c = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu); return 3;
	case 4:
		*c = (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
		return 4;
	default: *c = 0xFFFD; return 1;
	}
}

void utf8_append(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xC0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		buf_char(b, (char)(0xE0 | c >> 12));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	} else {
		buf_char(b, (char)(0xF0 | c >> 18));
		buf_char(b, (char)(0x80 | (c >> 12 & 0x3F)));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	}
}

void utf8_append_repaired(struct buf *b, struct span s)
{
	while (s.n) {
		size_t good = utf8_valid_prefix(s);
		buf_add(b, s.p, good);
		s = span_from(s, good);
		if (s.n) {
			utf8_append(b, 0xFFFD);
			s = span_from(s, 1);
		}
	}
}

/* SPDX-License-Identifier: MIT */
#include "server/hashtag.h"

#include "base/mem.h"
#include "base/utf8.h"

struct range {
	uint32_t first, last;
};

/* White space of Unicode (property White_Space). */
static const struct range blanks[] = {
	{0x09, 0x0D}, {0x20, 0x20}, {0x85, 0x85}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029},
	{0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
};

/* Beyond ASCII nearly everything is part of a word in some script; these blocks and signs aren't: punctuation, symbols,
 * blanks, private use. Sorted. */
static const struct range not_words[] = {
	{0x80, 0xA9}, {0xAB, 0xB1}, {0xB4, 0xB4}, {0xB6, 0xB8}, {0xBB, 0xBB}, {0xBF, 0xBF}, {0xD7, 0xD7}, {0xF7, 0xF7},
	{0x37E, 0x37E}, {0x387, 0x387}, {0x55A, 0x55F}, {0x589, 0x58F}, {0x5BE, 0x5BE}, {0x5C0, 0x5C0}, {0x5C3, 0x5C3},
	{0x5F3, 0x5F4}, {0x606, 0x60F}, {0x61B, 0x61F}, {0x66A, 0x66D}, {0x6D4, 0x6D4}, {0x964, 0x965}, {0x970, 0x970},
	{0xE3F, 0xE3F}, {0xE4F, 0xE4F}, {0xE5A, 0xE5B}, {0x104A, 0x104F}, {0x10FB, 0x10FB}, {0x1360, 0x1368},
	{0x1400, 0x1400}, {0x1680, 0x1680}, {0x17D4, 0x17D6}, {0x17D8, 0x17DB}, {0x2000, 0x200B}, {0x200E, 0x206F},
	{0x207A, 0x207E}, {0x208A, 0x208E}, {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x2500, 0x2775}, {0x2794, 0x2BFF},
	{0x2E00, 0x2E7F}, {0x2FF0, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030}, {0x303D, 0x303F}, {0x30FB, 0x30FB},
	{0xE000, 0xF8FF}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F}, {0xFEFF, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF3E},
	{0xFF40, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1F0FF}, {0x1F200, 0x1FAFF},
	{0xF0000, 0x10FFFF},
};

static bool within(uint32_t c, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n && ranges[i].first <= c; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

static bool is_word(uint32_t c)
{
	if (c < 0x80)
		return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return !within(c, not_words, COUNT_OF(not_words));
}

static size_t word_bytes(struct span s)
{
	size_t n = 0;
	while (n < s.n) {
		uint32_t c;
		size_t step = utf8_decode(span_from(s, n), &c);
		if (!is_word(c))
			break;
		n += step;
	}
	return n;
}

/* Most texts have no sign that could begin one: '#', or in UTF-8 something that begins like its wide form. */
static bool may_have_one(struct span s)
{
	return s.n && (memchr(s.p, '#', s.n) || memchr(s.p, 0xEF, s.n));
}

bool hashtag_next(struct span *rest, bool *at_start, struct span *tag)
{
	if (!may_have_one(*rest))
		return false;
	while (rest->n) {
		uint32_t c;
		size_t sign = utf8_decode(*rest, &c);
		size_t word = *at_start && (c == '#' || c == 0xFF03) ? word_bytes(span_from(*rest, sign)) : 0;
		*at_start = within(c, blanks, COUNT_OF(blanks));
		*tag = span_make(rest->p, sign + word);
		*rest = span_from(*rest, sign + word);
		if (word)
			return true;
	}
	return false;
}

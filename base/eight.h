/* eight.h - eight bytes looked at in one go. Exact for the question whether there is such a byte; where the first one stands is
 * for a loop over the eight. After Alan Mycroft's test for a byte of zero.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_EIGHT_H
#define BASE_EIGHT_H

#include <stdint.h>
#include <string.h>

static inline uint64_t eight_of(const char *p)
{
	uint64_t eight;
	memcpy(&eight, p, sizeof eight);
	return eight;
}

/* Not 0 where one is below n, which is at most 0x80; bytes of 0x80 and more are never found. */
static inline uint64_t eight_below(uint64_t eight, unsigned n)
{
	return (eight - 0x0101010101010101u * n) & ~eight & 0x8080808080808080u;
}

/* Not 0 where one is c. */
static inline uint64_t eight_equal(uint64_t eight, char c)
{
	return eight_below(eight ^ 0x0101010101010101u * (unsigned char)c, 1);
}

/* Not 0 where one is beyond ASCII. */
static inline uint64_t eight_beyond_ascii(uint64_t eight)
{
	return eight & 0x8080808080808080u;
}

#endif

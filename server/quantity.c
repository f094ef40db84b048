/* SPDX-License-Identifier: MIT */
#include "server/quantity.h"

#include <math.h>

enum { DIGITS_MAX = 64 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool quantity_parse(struct span text, double *out)
{
	if (!span_starts(text, "0x") || text.n == 2)
		return false;
	struct span digits = span_from(text, 2);
	while (digits.n > 1 && digits.p[0] == '0')
		digits = span_from(digits, 1);
	if (digits.n > DIGITS_MAX)
		return false;
	/* The first 64 bits hold more than a double does. Whether anything follows them is all that rounding asks of the
	 * rest, so that goes into the last bit: the conversion then rounds once, and right. */
	uint64_t top = 0;
	int more = 0;
	bool rest = false;
	for (size_t i = 0; i < digits.n; i++) {
		int digit = hex_digit(digits.p[i]);
		if (digit < 0)
			return false;
		if (top >> 60 == 0) {
			top = top << 4 | (uint64_t)digit;
		} else {
			more += 4;
			rest |= digit != 0;
		}
	}
	*out = ldexp((double)(top | rest), more);
	return true;
}

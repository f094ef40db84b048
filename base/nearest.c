/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

enum { LONGEST = 63 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned edit_distance(struct span a, struct span b)
{
	if (a.n > LONGEST || b.n > LONGEST)
		return LONGEST + 1;
	unsigned rows[3][LONGEST + 1];
	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *now = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
		now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned differ = a.p[i - 1] != b.p[j - 1];
			now[j] = least(least(above[j] + 1, now[j - 1] + 1), above[j - 1] + differ);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = least(now[j], above2[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

const char *nearest_word(struct span word, const char *const *known)
{
	const char *best = NULL;
	unsigned least_distance = (unsigned)(word.n / 3 < 2 ? 2 : word.n / 3) + 1;
	for (; *known; known++) {
		unsigned distance = edit_distance(word, span_of(*known));
		if (distance < least_distance && distance < strlen(*known)) {
			least_distance = distance;
			best = *known;
		}
	}
	return best;
}

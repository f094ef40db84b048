/* SPDX-License-Identifier: MIT */
#include "server/assets.h"

#include <string.h>

const struct asset *asset_find(struct span name)
{
	size_t low = 0, high = n_assets;
	while (low < high) {
		size_t middle = (low + high) / 2;
		struct span found = span_of(assets[middle].name);
		int order = memcmp(name.p, found.p, name.n < found.n ? name.n : found.n);
		if (order == 0 && name.n == found.n)
			return &assets[middle];
		if (order < 0 || (order == 0 && name.n < found.n))
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

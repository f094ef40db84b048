/* SPDX-License-Identifier: MIT */
#include "base/processors.h"

#include <sched.h>

size_t processors(size_t most)
{
	cpu_set_t set;
	/* A machine with more than a cpu_set_t's has enough in any case. */
	int n = sched_getaffinity(0, sizeof set, &set) ? (int)most : CPU_COUNT(&set);
	size_t found = n < 1 ? 1 : (size_t)n;
	return found < most ? found : most;
}

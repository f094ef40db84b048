/* processors.h - how many threads can work at once here. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_PROCESSORS_H
#define BASE_PROCESSORS_H

#include <stddef.h>

/* The processors that this process may use (sched_getaffinity(2)), at least 1, at most `most`. */
size_t processors(size_t most);

#endif

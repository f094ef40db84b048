/* mem.h - allocation. Sizes that the program itself chose die when memory is out; sizes from outside can be refused.
 * Any thread. Everything is released with free().
 * SPDX-License-Identifier: MIT */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

/* Zeroed memory for n objects of this size; ends the program when there is none (also on overflow of n * size). */
void *mem_new(size_t n, size_t size) NODISCARD;
/* Grows p to n objects of this size; new bytes are not zeroed; ends the program when there is no memory. */
void *mem_grow(void *p, size_t n, size_t size) NODISCARD;
/* For sizes from outside: NULL when n_bytes > limit or memory is out. */
void *mem_try(size_t n_bytes, size_t limit) NODISCARD;
char *mem_strdup(const char *s) NODISCARD;

/* Stays on in release builds: a violated assumption of our own ends the program with the place. */
#define ASSERT(condition) ((condition) ? (void)0 : mem_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void mem_assert_failed(const char *condition, const char *file, int line);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif

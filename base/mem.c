/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(size_t n, size_t size)
{
	fprintf(stderr, "carillon: no memory for %zu x %zu bytes; stop other programs or raise the limit\n", n, size);
	abort();
}

void *mem_new(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		out_of_memory(n, size);
	return p;
}

void *mem_grow(void *p, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		out_of_memory(n, size);
	size_t total = n * size;
	void *grown = realloc(p, total ? total : 1);
	if (!grown)
		out_of_memory(n, size);
	return grown;
}

void *mem_try(size_t n_bytes, size_t limit)
{
	return n_bytes > limit ? NULL : calloc(1, n_bytes ? n_bytes : 1);
}

char *mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = mem_new(n, 1);
	memcpy(copy, s, n);
	return copy;
}

void mem_assert_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "carillon: bug at %s:%d: %s\n", file, line, condition);
	abort();
}

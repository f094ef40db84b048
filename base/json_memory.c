/* json_memory.c - see json_memory.h. Each piece knows its block; a block is freed with its last piece, and the next tree
 * takes it over. Sanitizers get cJSON's own allocations instead: they see more in them.
 * SPDX-License-Identifier: MIT */
#include "base/json_memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

#ifdef __SANITIZE_ADDRESS__

void json_memory_begin(void)
{
}

void json_memory_end(void)
{
}

#else

enum { BLOCK = 32 << 10, HEAD = 16 /* before a piece: its block; keeps the alignment */ };

struct block {
	size_t n_pieces, used, room;
	_Alignas(HEAD) unsigned char bytes[];
};

static _Thread_local struct block *current, *spare;
static _Thread_local int n_begun;

static void release(struct block *b)
{
	if (!spare && b->room == BLOCK)
		spare = b;
	else
		free(b);
}

static void leave_current(void)
{
	if (current && !current->n_pieces)
		release(current);
	current = NULL;
}

static struct block *block_with(size_t need)
{
	if (current && current->room - current->used >= need)
		return current;
	leave_current();
	if (spare && need <= BLOCK) {
		current = spare;
		spare = NULL;
	} else {
		size_t room = need > BLOCK ? need : BLOCK;
		current = malloc(sizeof *current + room);
		if (!current)
			return NULL;
		current->room = room;
	}
	current->n_pieces = current->used = 0;
	return current;
}

static void *take(size_t n)
{
	struct block *b = NULL;
	unsigned char *p;
	if (n > SIZE_MAX / 2)
		return NULL;
	size_t need = HEAD + (n + HEAD - 1) / HEAD * HEAD;
	if (n_begun) {
		b = block_with(need);
		if (!b)
			return NULL;
		p = b->bytes + b->used;
		b->used += need;
		b->n_pieces++;
	} else {
		p = malloc(need);
		if (!p)
			return NULL;
	}
	*(struct block **)(void *)p = b;
	return p + HEAD;
}

static void give_back(void *piece)
{
	if (!piece)
		return;
	unsigned char *p = (unsigned char *)piece - HEAD;
	struct block *b = *(struct block **)(void *)p;
	if (!b)
		free(p);
	else if (--b->n_pieces == 0 && b != current)
		release(b);
}

/* Before anything is allocated: what cJSON frees must have been taken here. */
__attribute__((constructor)) static void set_hooks(void)
{
	cJSON_Hooks hooks = {take, give_back};
	cJSON_InitHooks(&hooks);
}

void json_memory_begin(void)
{
	n_begun++;
}

void json_memory_end(void)
{
	if (--n_begun == 0)
		leave_current();
}

#endif

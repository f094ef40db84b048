/* SPDX-License-Identifier: MIT */
#include "base/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void ring_init(struct ring *r, size_t capacity, size_t item_size)
{
	size_t rounded = 1;
	while (rounded < capacity)
		rounded *= 2;
	r->_items = mem_new(rounded, item_size);
	r->_item_size = item_size;
	r->_capacity = rounded;
	atomic_init(&r->_head, 0);
	atomic_init(&r->_tail, 0);
}

void ring_finish(struct ring *r)
{
	free(r->_items);
	r->_items = NULL;
}

static char *slot(struct ring *r, size_t index)
{
	return r->_items + (index & (r->_capacity - 1)) * r->_item_size;
}

bool ring_push(struct ring *r, const void *item)
{
	size_t tail = atomic_load_explicit(&r->_tail, memory_order_acquire);
	size_t head = atomic_load_explicit(&r->_head, memory_order_relaxed);
	if (head - tail == r->_capacity)
		return false;
	memcpy(slot(r, head), item, r->_item_size);
	atomic_store_explicit(&r->_head, head + 1, memory_order_release);
	return true;
}

const void *ring_peek(struct ring *r)
{
	size_t head = atomic_load_explicit(&r->_head, memory_order_acquire);
	size_t tail = atomic_load_explicit(&r->_tail, memory_order_relaxed);
	return head == tail ? NULL : slot(r, tail);
}

bool ring_pop(struct ring *r, void *item)
{
	const void *next = ring_peek(r);
	if (!next)
		return false;
	memcpy(item, next, r->_item_size);
	size_t tail = atomic_load_explicit(&r->_tail, memory_order_relaxed);
	atomic_store_explicit(&r->_tail, tail + 1, memory_order_release);
	return true;
}

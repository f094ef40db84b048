/* ring.h - a lock-free queue of fixed-size items from exactly one thread to exactly one other: what an audio thread may
 * use. Each side loads the other's index once, works, then stores its own (acquire/release).
 * SPDX-License-Identifier: MIT */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct ring {
	char *_items;
	size_t _item_size, _capacity; /* a power of two */
	atomic_size_t _head;          /* written: next free, by the sender */
	atomic_size_t _tail;          /* read: next full, by the receiver */
};

void ring_init(struct ring *r, size_t capacity, size_t item_size); /* capacity is rounded up to a power of two */
void ring_finish(struct ring *r);
/* Sender only. False when full: the item was not taken. */
bool ring_push(struct ring *r, const void *item);
/* Receiver only. False when empty. */
bool ring_pop(struct ring *r, void *item);
/* Receiver only: the next item without taking it, or NULL. */
const void *ring_peek(struct ring *r);

#endif

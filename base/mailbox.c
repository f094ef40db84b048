/* SPDX-License-Identifier: MIT */
#include "base/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	void **items; /* circular */
	size_t capacity, first, count;
	bool closed;
	void (*wake)(void *);
	void *wake_data;
};

struct mailbox *mailbox_create(size_t capacity, void (*wake)(void *), void *wake_data)
{
	struct mailbox *m = mem_new(1, sizeof *m);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->filled, &monotonic);
	pthread_cond_init(&m->emptied, &monotonic);
	pthread_condattr_destroy(&monotonic);
	m->items = mem_new(capacity, sizeof *m->items);
	m->capacity = capacity;
	m->wake = wake;
	m->wake_data = wake_data;
	return m;
}

void mailbox_destroy(struct mailbox *m, void (*item_free)(void *))
{
	if (!m)
		return;
	void *item;
	while (mailbox_take(m, &item, 1))
		if (item_free)
			item_free(item);
	pthread_cond_destroy(&m->filled);
	pthread_cond_destroy(&m->emptied);
	pthread_mutex_destroy(&m->lock);
	free(m->items);
	free(m);
}

static enum err send(struct mailbox *m, void *item, bool wait)
{
	pthread_mutex_lock(&m->lock);
	while (wait && m->count == m->capacity && !m->closed)
		pthread_cond_wait(&m->emptied, &m->lock);
	enum err e = m->closed ? E_GONE : m->count == m->capacity ? E_FULL : OK;
	bool was_empty = m->count == 0;
	if (!e) {
		m->items[(m->first + m->count++) % m->capacity] = item;
		pthread_cond_signal(&m->filled);
	}
	pthread_mutex_unlock(&m->lock);
	if (!e && was_empty && m->wake)
		m->wake(m->wake_data);
	return e;
}

enum err mailbox_send(struct mailbox *m, void *item)
{
	return send(m, item, false);
}

enum err mailbox_send_wait(struct mailbox *m, void *item)
{
	return send(m, item, true);
}

static size_t take_locked(struct mailbox *m, void **out, size_t most)
{
	size_t n = 0;
	for (; n < most && m->count; n++, m->count--) {
		out[n] = m->items[m->first];
		m->first = (m->first + 1) % m->capacity;
	}
	if (n)
		pthread_cond_broadcast(&m->emptied);
	return n;
}

size_t mailbox_take(struct mailbox *m, void **out, size_t most)
{
	pthread_mutex_lock(&m->lock);
	size_t n = take_locked(m, out, most);
	pthread_mutex_unlock(&m->lock);
	return n;
}

size_t mailbox_wait(struct mailbox *m, void **out, size_t most, int timeout_ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&m->lock);
	while (!m->count && !m->closed) {
		if (timeout_ms < 0)
			pthread_cond_wait(&m->filled, &m->lock);
		else if (pthread_cond_timedwait(&m->filled, &m->lock, &until) == ETIMEDOUT)
			break;
	}
	size_t n = take_locked(m, out, most);
	pthread_mutex_unlock(&m->lock);
	return n;
}

void mailbox_close(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	m->closed = true;
	pthread_cond_broadcast(&m->filled);
	pthread_cond_broadcast(&m->emptied);
	pthread_mutex_unlock(&m->lock);
	if (m->wake)
		m->wake(m->wake_data);
}

bool mailbox_is_drained(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	bool drained = m->closed && m->count == 0;
	pthread_mutex_unlock(&m->lock);
	return drained;
}

size_t mailbox_count(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	size_t n = m->count;
	pthread_mutex_unlock(&m->lock);
	return n;
}

/* SPDX-License-Identifier: MIT */
#include "server/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "server/loop.h"

enum { ADDRESSES_MAX = 8 };

/* What thread and loop share; freed by the later of the two. A thread of its own for each: getaddrinfo can't be
 * interrupted, and a stalled one on libuv's pool would take a place from searches and hold up the process's end. */
struct lookup {
	pthread_mutex_t lock;
	struct resolve *wanted_by; /* NULL once cancelled */
	bool is_finished;
	int status;
	size_t n_addresses;
	char addresses[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	char name[];
};

struct resolve {
	struct loop_waker waker;
	struct lookup *lookup;
	size_t n_given; /* addresses that done knows */
	resolve_done *done;
	void *data;
};

static void lookup_free(struct lookup *k)
{
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static void *look_up(void *data)
{
	struct lookup *k = data;
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *found = NULL;
	char addresses[ADDRESSES_MAX][INET6_ADDRSTRLEN] = {{0}};
	size_t n = 0;
	int status = getaddrinfo(k->name, NULL, &hints, &found);
	for (struct addrinfo *a = found; status == 0 && a && n < ADDRESSES_MAX; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, addresses[n], sizeof(*addresses), NULL, 0, NI_NUMERICHOST) == 0)
			n++;
	if (found)
		freeaddrinfo(found);
	pthread_mutex_lock(&k->lock);
	k->is_finished = true;
	k->status = status;
	k->n_addresses = n;
	memcpy(k->addresses, addresses, sizeof(addresses));
	bool is_wanted = k->wanted_by;
	if (is_wanted)
		loop_wake(&k->wanted_by->waker); /* under the lock: it can't be cancelled in between */
	pthread_mutex_unlock(&k->lock);
	if (!is_wanted)
		lookup_free(k);
	return NULL;
}

static void waker_gone(struct loop_waker *w)
{
	free(w->_data);
}

static void looked_up(void *data)
{
	struct resolve *r = data;
	struct lookup *k = r->lookup;
	struct why why = {0};
	pthread_mutex_lock(&k->lock); /* until the thread has let go */
	bool is_found = k->status == 0 && k->n_addresses > 0;
	pthread_mutex_unlock(&k->lock);
	if (!is_found)
		why_set(&why, E_GONE, "%s has no address: %s", k->name, k->status ? gai_strerror(k->status) : "none found");
	r->n_given = 1;
	r->done(r->data, is_found ? k->addresses[0] : NULL, &why);
	lookup_free(k);
	loop_waker_finish(&r->waker, waker_gone);
}

const char *resolve_next(struct resolve *r)
{
	return r->n_given < r->lookup->n_addresses ? r->lookup->addresses[r->n_given++] : NULL;
}

struct resolve *resolve_start(struct loop *l, const char *name, resolve_done *done, void *data)
{
	pthread_t thread;
	size_t n = strlen(name) + 1;
	struct lookup *k = mem_new(1, sizeof(*k) + n);
	struct resolve *r = mem_new(1, sizeof(*r));
	pthread_mutex_init(&k->lock, NULL);
	memcpy(k->name, name, n);
	k->wanted_by = r;
	*r = (struct resolve){.lookup = k, .done = done, .data = data};
	loop_waker_init(l, &r->waker, looked_up, r);
	if (pthread_create(&thread, NULL, look_up, k) != 0) {
		k->is_finished = true;
		k->status = EAI_MEMORY;
		loop_wake(&r->waker);
	} else {
		pthread_detach(thread);
	}
	return r;
}

void resolve_cancel(struct resolve *r)
{
	if (!r)
		return;
	struct lookup *k = r->lookup;
	pthread_mutex_lock(&k->lock);
	bool is_ours = k->is_finished;
	k->wanted_by = NULL;
	pthread_mutex_unlock(&k->lock);
	if (is_ours)
		lookup_free(k);
	loop_waker_finish(&r->waker, waker_gone);
}

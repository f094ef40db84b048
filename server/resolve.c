/* SPDX-License-Identifier: MIT */
#include "server/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "server/loop.h"

/* What thread and loop share; freed by the later of the two. A thread of its own for each: getaddrinfo can't be interrupted,
 * and a stalled one on libuv's pool would take a place from searches and hold up the process's end. */
struct lookup {
	pthread_mutex_t lock;
	struct resolve *wanted_by; /* NULL once cancelled */
	bool is_finished;
	int status;
	char address[INET6_ADDRSTRLEN];
	char name[];
};

struct resolve {
	struct loop_waker waker;
	struct lookup *lookup;
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
	char address[INET6_ADDRSTRLEN] = "";
	int status = getaddrinfo(k->name, NULL, &hints, &found);
	if (status == 0 && found)
		status = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST);
	if (found)
		freeaddrinfo(found);
	pthread_mutex_lock(&k->lock);
	k->is_finished = true;
	k->status = status;
	memcpy(k->address, address, sizeof(address));
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
	bool is_found = k->status == 0 && k->address[0];
	pthread_mutex_unlock(&k->lock);
	if (!is_found)
		why_set(&why, E_GONE, "%s has no address: %s", k->name, k->status ? gai_strerror(k->status) : "none found");
	r->done(r->data, is_found ? k->address : NULL, &why);
	lookup_free(k);
	loop_waker_finish(&r->waker, waker_gone);
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

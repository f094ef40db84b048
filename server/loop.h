/* loop.h - the event loop: libuv, with libwebsockets living on it as a guest. Everything on the loop thread; the only call
 * allowed from other threads is loop_wake.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <uv.h>

#include "base/err.h"

struct lws_context;
struct lws_vhost;
struct loop {
	uv_loop_t uv;
	struct lws_context *lws; /* NULL in commands that open no sockets */
	struct lws_vhost *clients; /* for outgoing connections (source_sse.c) */
};

/* A way for other threads to have `woken` called on the loop; calls may be merged. */
struct loop_waker {
	uv_async_t _async;
	void (*_woken)(void *data);
	void *_data;
};
void loop_waker_init(struct loop *l, struct loop_waker *w, void (*woken)(void *data), void *data);
void loop_wake(void *waker); /* any thread; struct loop_waker * */
void loop_waker_finish(struct loop_waker *w, void (*gone)(struct loop_waker *)); /* gone may be NULL */

#endif

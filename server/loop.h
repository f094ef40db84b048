/* loop.h - the event loop: libuv, with libwebsockets living on it as a guest. Everything on the loop thread; the
 * only call allowed from other threads is loop_wake.
 *
 * A process that serves: loop_init, set `server` (and the guard's limits), loop_listen, loop_run, destroy what
 * lives on the loop, loop_finish. When loop_run returns no request, stream, socket or http_work is left that could
 * call anyone.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <stdbool.h>
#include <uv.h>

#include "base/err.h"
#include "server/guard.h"

struct lws;
struct lws_context;
struct lws_vhost;
struct server;
struct http_listener;

struct loop {
	uv_loop_t uv;
	struct lws_context *lws; /* NULL in commands that open no sockets */
	struct lws_vhost *clients; /* for outgoing connections (source_sse.c): TLS is verified, HTTP/1.1 only */
	struct server *server;   /* what http_server and ws_server give to routes */
	struct guard guard;      /* its limits may be changed between loop_init and loop_listen */
	char listening[80];      /* the address that is really listened on: "127.0.0.1:8080" "[::1]:41234"; "" if none */
	int port;
	bool is_stopping;
	/* private */
	struct http_listener *_listener;
	struct ws *_sockets;
	uint64_t _closed_slow, _frames_dropped; /* ws_counts */
	uv_signal_t _signals[2];
	uv_timer_t _stop_timer;
	uint64_t _stop_at_ms;
	bool _have_handles, _is_done;
	int _works;
};

/* with_sockets: also starts libwebsockets, raises RLIMIT_NOFILE and ignores SIGPIPE and SIGXFSZ. SIGTERM and SIGINT
 * then call loop_stop; a second one ends at once. E_IO with why; the loop needs no loop_finish then. */
enum err loop_init(struct loop *l, bool with_sockets, struct why *why) NODISCARD;
/* Closes what libwebsockets and the loop itself hold, runs until every handle is closed. Accepts a zeroed loop.
 * Handles of others must be closed, or closing, before; and threads that open files had better have ended, since
 * libwebsockets 4.1.6 closes one of its descriptors twice here. */
void loop_finish(struct loop *l);

/* where: "ADDR:PORT" with a literal address, "[::1]:0" for IPv6; port 0 lets the system choose (l->listening tells).
 * E_FORMAT: not such an address; E_DENIED: in use or not allowed; E_IO. */
enum err loop_listen(struct loop *l, const char *where, struct why *why) NODISCARD;
/* Until loop_stop. */
void loop_run(struct loop *l);
/* No more connections; WebSockets get 1001, streams end, answers in progress have a second to be taken. */
void loop_stop(struct loop *l);

/* Outgoing connections (source_sse.c): lws_client_connect_via_info with vhost = l->clients, local_protocol_name =
 * "clients" and opaque_user_data = a struct loop_client, which gets that connection's lws callbacks and must
 * outlive it (its last one is LWS_CALLBACK_WSI_DESTROY). Resolve the name first (resolve.h). */
struct loop_client {
	int (*callback)(struct loop_client *c, struct lws *wsi, int reason, void *in, size_t n);
};

/* A way for other threads to have `woken` called on the loop; calls may be merged. */
struct loop_waker {
	uv_async_t _async;
	void (*_woken)(void *data);
	void (*_gone)(struct loop_waker *);
	void *_data;
};
void loop_waker_init(struct loop *l, struct loop_waker *w, void (*woken)(void *data), void *data);
void loop_wake(void *waker); /* any thread; struct loop_waker * */
void loop_waker_finish(struct loop_waker *w, void (*gone)(struct loop_waker *)); /* gone may be NULL */

#endif

/* SPDX-License-Identifier: MIT */
#include "server/loop.h"

#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "server/http_conn.h"
#include "server/ws_handshake.h"

enum { STOP_GRACE_MS = 1000, STOP_LOOK_MS = 20 };

static void woken(uv_async_t *async)
{
	struct loop_waker *w = async->data;
	w->_woken(w->_data);
}

void loop_waker_init(struct loop *l, struct loop_waker *w, void (*callback)(void *data), void *data)
{
	*w = (struct loop_waker){._woken = callback, ._data = data};
	ASSERT(uv_async_init(&l->uv, &w->_async, woken) == 0);
	w->_async.data = w;
}

void loop_wake(void *waker)
{
	uv_async_send(&((struct loop_waker *)waker)->_async);
}

static void waker_gone(uv_handle_t *handle)
{
	struct loop_waker *w = handle->data;
	if (w->_gone)
		w->_gone(w);
}

void loop_waker_finish(struct loop_waker *w, void (*gone)(struct loop_waker *))
{
	w->_gone = gone;
	uv_close((uv_handle_t *)&w->_async, waker_gone);
}

static void signalled(uv_signal_t *handle, int number)
{
	struct loop *l = handle->data;
	(void)number;
	if (l->is_stopping) {
		l->_stop_at_ms = 0; /* asked twice: no grace */
		return;
	}
	loop_stop(l);
}

static int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct loop_client *c = lws_get_opaque_user_data(wsi);
	return c ? c->callback(c, wsi, (int)reason, in, n) : lws_callback_http_dummy(wsi, reason, user, in, n);
}

static const struct lws_protocols client_protocols[] = {
	{.name = "clients", .callback = client_callback},
	{0},
};

static enum err make_context(struct loop *l, struct why *why)
{
	void *foreign[] = {&l->uv};
	struct lws_context_creation_info info = {0};
	lws_set_log_level(LLL_ERR | LLL_WARN, guard_lws_log);
	guard_lws_info(&l->guard, &info);
	/* Without the second option lws spins on a fault for a debugger to attach. Signals stay ours with a foreign loop. */
	info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN |
		LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
		LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_VALIDATE_UTF8;
	info.foreign_loops = foreign;
	info.pcontext = &l->lws;
	info.port = CONTEXT_PORT_NO_LISTEN;
	l->lws = lws_create_context(&info);
	if (!l->lws)
		return why_set(why, E_IO, "libwebsockets doesn't start; is libwebsockets-evlib-uv installed?");
	info.pcontext = NULL;

	info.vhost_name = "clients";
	info.protocols = client_protocols;
	l->clients = lws_create_vhost(l->lws, &info);
	if (!l->clients)
		return why_set(why, E_IO, "libwebsockets refuses its vhost");
	return OK;
}

enum err loop_init(struct loop *l, bool with_sockets, struct why *why)
{
	static const int numbers[] = {SIGTERM, SIGINT};
	struct server *server = l->server;
	memset(l, 0, sizeof(*l));
	l->server = server;
	int e = uv_loop_init(&l->uv);
	if (e)
		return why_set(why, E_IO, "no event loop: %s", uv_strerror(e));
	l->_have_handles = true;
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&l->uv, &l->_signals[i]);
		l->_signals[i].data = l;
		uv_signal_start(&l->_signals[i], signalled, numbers[i]);
		uv_unref((uv_handle_t *)&l->_signals[i]);
	}
	uv_timer_init(&l->uv, &l->_stop_timer);
	l->_stop_timer.data = l;
	if (!with_sockets)
		return OK;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* else a file that may not grow kills the process instead of failing a write */
	guard_init(&l->guard);
	enum err failed = make_context(l, why);
	if (failed)
		loop_finish(l);
	return failed;
}

static void look_whether_done(uv_timer_t *timer)
{
	struct loop *l = timer->data;
	if (clock_mono_ms() >= (int64_t)l->_stop_at_ms) {
		http_listener_close_all(l->_listener);
		ws_close_all(l, true);
	}
	/* Workers can't be interrupted, and what they work on must outlive them. */
	if (!http_listener_has_connections(l->_listener) && !l->_sockets && l->_works == 0) {
		uv_timer_stop(timer);
		l->_is_done = true;
		uv_stop(&l->uv);
	}
}

void loop_stop(struct loop *l)
{
	if (l->is_stopping)
		return;
	l->is_stopping = true;
	l->_stop_at_ms = (uint64_t)clock_mono_ms() + STOP_GRACE_MS;
	http_listener_stop(l->_listener);
	ws_close_all(l, false);
	/* Also when nothing is open: the caller may be deep inside a callback. */
	uv_timer_start(&l->_stop_timer, look_whether_done, 0, STOP_LOOK_MS);
}

void loop_run(struct loop *l)
{
	while (!l->_is_done && uv_run(&l->uv, UV_RUN_DEFAULT))
		;
}

static void name_open_handle(uv_handle_t *handle, void *data)
{
	(void)data;
	if (!uv_is_closing(handle))
		DIAG(DIAG_ERROR, "loop", "a %s handle was left open", uv_handle_type_name(handle->type));
}

void loop_finish(struct loop *l)
{
	if (!l->_have_handles)
		return;
	l->_have_handles = false;
	http_listener_stop(l->_listener);
	http_listener_close_all(l->_listener);
	ws_close_all(l, true);
	http_listener_destroy(l->_listener);
	l->_listener = NULL;
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&l->_signals[i], NULL);
	uv_close((uv_handle_t *)&l->_stop_timer, NULL);
	if (l->lws)
		lws_context_destroy(l->lws);
	/* lws frees itself in two steps around the closing of its handles; pcontext is emptied when it has. */
	while (uv_run(&l->uv, UV_RUN_DEFAULT))
		;
	if (l->lws)
		lws_context_destroy(l->lws);
	while (uv_run(&l->uv, UV_RUN_DEFAULT))
		;
	l->clients = NULL;
	if (uv_loop_close(&l->uv) != 0)
		uv_walk(&l->uv, name_open_handle, NULL);
	guard_finish(&l->guard);
}

/* route_events.c - GET /stations/NAME/events: the live feed as Server-Sent Events, one an event, its seq as id. Resumes
 * on Last-Event-ID (or ?after=SEQ); ?channel= and ?actor_kind= narrow as for the WebSocket.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/routes.h"
#include "server/server.h"
#include "server/tail.h"

enum {
	/* A comment, so that proxies and clients see life. One who has taken nothing since the last is hung up on. */
	KEEP_ALIVE_MS = 15000,
	/* As a WebSocket's (ws.h): bytes that may wait for a slow listener, and what the kernel may hold of them. Over the hard
	 * bound, or over the soft one for so long, the answer ends, and the listener comes back. */
	QUEUE_HARD = 256 << 10, QUEUE_SOFT = 64 << 10, SOFT_MS = 5000, SEND_BUFFER = 64 << 10,
};

struct events {
	struct http *h; /* NULL: the client has gone */
	struct hub *hub;
	struct tail *tail;
	uv_timer_t keep_alive;
	struct msg **queue; /* queue[first .. n) */
	size_t first, n, room, n_bytes;
	uint64_t n_taken, n_taken_before; /* pages, before: at the last comment */
	int64_t over_soft_since_ms;       /* 0: it isn't */
};

static void put(struct events *e, struct msg *m)
{
	if (e->n == e->room && e->first) {
		memmove(e->queue, e->queue + e->first, (e->n - e->first) * sizeof *e->queue);
		e->n -= e->first;
		e->first = 0;
	}
	if (e->n == e->room) {
		e->room = e->room ? 2 * e->room : 8;
		e->queue = mem_grow(e->queue, e->room, sizeof *e->queue);
	}
	e->queue[e->n++] = msg_ref(m);
	e->n_bytes += m->n;
	hub_count_waiting(e->hub, (int64_t)m->n);
}

static struct msg *next(void *data)
{
	struct events *e = data;
	if (e->first == e->n)
		return NULL;
	struct msg *m = e->queue[e->first++];
	e->n_bytes -= m->n;
	hub_count_waiting(e->hub, -(int64_t)m->n);
	e->n_taken++;
	return m;
}

static void end_slow(uv_timer_t *timer)
{
	struct events *e = timer->data;
	hub_count_slow(e->hub, e->n - e->first);
	http_stream_end(e->h);
}

/* Asked before each frame, or every few milliseconds while nothing goes: who stays over the soft bound is ended on the
 * loop's next turn, because whoever asks is in the middle of something. */
static size_t unsent(void *data)
{
	struct events *e = data;
	size_t n = e->n_bytes + http_stream_unsent(e->h);
	if (n <= QUEUE_SOFT)
		e->over_soft_since_ms = 0;
	else if (!e->over_soft_since_ms)
		e->over_soft_since_ms = clock_mono_ms();
	else if (clock_mono_ms() - e->over_soft_since_ms >= SOFT_MS)
		uv_timer_start(&e->keep_alive, end_slow, 0, 0);
	return n;
}

static void frame(void *data, struct msg *m)
{
	struct events *e = data;
	/* Ended, the client comes back with the last id that it saw. */
	if (unsent(e) + m->n > QUEUE_HARD) {
		hub_count_slow(e->hub, e->n - e->first + 1);
		http_stream_end(e->h);
		return;
	}
	put(e, m);
	http_stream_wake(e->h);
}

static void failed(void *data)
{
	http_stream_end(((struct events *)data)->h);
}

static void send_text(struct events *e, const char *text)
{
	struct msg *m = msg_from(span_of(text));
	frame(e, m);
	msg_unref(m);
}

static void keep_alive(uv_timer_t *timer)
{
	struct events *e = timer->data;
	if (e->first < e->n && e->n_taken == e->n_taken_before) {
		hub_count_slow(e->hub, e->n - e->first);
		http_stream_end(e->h);
		return;
	}
	e->n_taken_before = e->n_taken;
	send_text(e, ":\n\n");
}

static void timer_gone(uv_handle_t *timer)
{
	struct events *e = timer->data;
	while (e->first < e->n)
		msg_unref(e->queue[e->first++]);
	free(e->queue);
	free(e);
}

static void closed(void *data)
{
	struct events *e = data;
	e->h = NULL;
	hub_count_waiting(e->hub, -(int64_t)e->n_bytes);
	tail_destroy(e->tail);
	e->tail = NULL;
	uv_close((uv_handle_t *)&e->keep_alive, timer_gone);
}

/* What the browser's EventSource sends when it comes back wins over the address it was made with. */
static bool read_after(struct http *h, uint64_t *after, bool *have)
{
	struct buf query = {0};
	struct span text = http_header(h, "last-event-id");
	int64_t number = 0;
	if (!text.n && http_query(h, "after", &query))
		text = buf_view(&query);
	*have = text.n > 0;
	bool good = !*have || (span_to_i64(text, &number) && number >= 0);
	*after = (uint64_t)number;
	buf_finish(&query);
	return good;
}

void route_events(struct http *h)
{
	static const struct http_stream_ops stream = {next, closed};
	static const struct tail_ops ops = {frame, unsent, failed};
	static const struct http_field extra[] = {
		{"cache-control", "no-store"}, {"access-control-allow-origin", "*"}, {"x-accel-buffering", "no"}, {NULL, NULL},
	};
	struct server *server = http_server(h);
	struct hub_station *station = hub_station(server->hub, http_part(h, 0));
	struct filter filter;
	uint64_t after;
	bool have_after;
	if (!station) {
		http_error(h, 404, "no station of this name");
		return;
	}
	if (!read_after(h, &after, &have_after)) {
		http_error(h, 400, "Last-Event-ID and after are the number of an event");
		return;
	}
	if (!route_filter(h, &filter))
		return;
	struct events *e = mem_new(1, sizeof *e);
	e->h = h;
	e->hub = server->hub;
	uv_timer_init(&server->loop.uv, &e->keep_alive);
	e->keep_alive.data = e;
	uv_timer_start(&e->keep_alive, keep_alive, KEEP_ALIVE_MS, KEEP_ALIVE_MS);
	http_stream(h, "text/event-stream; charset=utf-8", extra, &stream, e);
	if (e->h)
		http_stream_buffer(e->h, SEND_BUFFER);
	if (e->h)
		send_text(e, "retry: 2000\n\n");
	if (e->h)
		e->tail = tail_create(server, station, &filter, HUB_STREAM, have_after ? &after : NULL, &ops, e);
	filter_finish(&filter);
}

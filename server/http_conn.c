/* SPDX-License-Identifier: MIT */
#include "server/http_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/ws.h"
#include "server/ws_handshake.h"

enum {
	READ_SIZE = 64 << 10,
	HEAD_ROOM = 4 << 10, /* most heads are shorter, and so never moved: no copy of one is left behind */
	AHEAD_MAX = 64 << 10,    /* of later requests, while one is being answered */
	STRAY_BODY_MAX = 64 << 10, /* a body where none belongs is read, not used */
	PIECES_A_WRITE = 32,
	WRITES_A_TURN = 8,
	OUT_KEPT = 4, /* room for so many pieces is kept */
};

const char *piece_bytes(const struct http_piece *piece)
{
	return piece->is_small ? piece->small : piece->p;
}

void piece_finish(struct http_piece *piece)
{
	msg_unref(piece->msg);
	free(piece->owned);
}

void http_conn_put(struct http_conn *c, struct http_piece piece)
{
	if (c->out_first == c->out_n)
		c->out_first = c->out_n = 0;
	if (c->out_n == c->out_room) {
		c->out_room = c->out_room ? c->out_room * 2 : 2;
		c->out = mem_grow(c->out, c->out_room, sizeof(*c->out));
	}
	c->out[c->out_n++] = piece;
	c->out_bytes += piece.n;
}

static void watch(struct http_conn *c);

static void conn_gone(uv_handle_t *handle)
{
	struct http_conn *c = handle->data;
	free(c->out);
	buf_finish(&c->in);
	free(c);
}

/* Ends it, but leaves the socket open where it was handed on. */
static void conn_end(struct http_conn *c)
{
	struct http *h = c->h;
	c->state = HTTP_DEAD;
	c->h = NULL;
	if (c->previous)
		c->previous->next = c->next;
	else
		c->listener->conns = c->next;
	if (c->next)
		c->next->previous = c->previous;
	for (size_t i = c->out_first; i < c->out_n; i++)
		piece_finish(&c->out[i]);
	c->out_first = c->out_n = c->out_bytes = 0;
	uv_poll_stop(&c->poll);
	uv_close((uv_handle_t *)&c->poll, conn_gone);
	if (h) {
		http_stream_gone(h);
		http_free(h);
	}
}

void http_conn_close(struct http_conn *c)
{
	if (c->state == HTTP_DEAD)
		return;
	int fd = c->fd;
	conn_end(c);
	close(fd);
	guard_leave(&c->listener->loop->guard, c->peer);
}

static void set_state(struct http_conn *c, enum http_state state)
{
	c->state = state;
	c->since_ms = clock_mono_ms();
	c->moved = 0;
}

static void linger(struct http_conn *c)
{
	/* Closing with bytes unread would reset the connection, and the client might lose the answer. */
	if (c->saw_end || c->listener->is_stopped || shutdown(c->fd, SHUT_WR) != 0) {
		http_conn_close(c);
		return;
	}
	set_state(c, HTTP_LINGERING);
	buf_finish(&c->in);
}

static void answer_done(struct http_conn *c)
{
	struct http *h = c->h;
	c->h = NULL;
	http_stream_gone(h);
	http_free(h);
	if (c->close_after || c->listener->is_stopped || (c->saw_end && !c->in.n))
		linger(c);
	else
		set_state(c, HTTP_READING);
}

/* True when the queue is empty; an error sets is_broken. */
static bool write_pieces(struct http_conn *c)
{
	struct iovec parts[PIECES_A_WRITE];
	while (c->out_first < c->out_n) {
		size_t n = 0, wanted = 0;
		for (size_t i = c->out_first; i < c->out_n && n < PIECES_A_WRITE; i++, n++) {
			parts[n].iov_base = (void *)(uintptr_t)piece_bytes(&c->out[i]);
			parts[n].iov_len = c->out[i].n;
			wanted += c->out[i].n;
		}
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = n};
		ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			c->is_broken = errno != EAGAIN && errno != EWOULDBLOCK;
			return false;
		}
		size_t left = (size_t)sent;
		c->moved += left;
		c->out_bytes -= left;
		while (c->out_first < c->out_n && left >= c->out[c->out_first].n) {
			left -= c->out[c->out_first].n;
			piece_finish(&c->out[c->out_first++]);
		}
		if (left) {
			struct http_piece *first = &c->out[c->out_first];
			if (first->is_small)
				memmove(first->small, first->small + left, first->n - left);
			else
				first->p += left;
			first->n -= left;
		}
		if ((size_t)sent < wanted)
			return false;
	}
	/* An endless answer begins with many pieces, and goes on with one at a time. */
	if (c->out_room > OUT_KEPT) {
		free(c->out);
		c->out = NULL;
		c->out_first = c->out_n = c->out_room = 0;
	}
	return true;
}

/* One step: true when another may follow at once. */
static bool pump_step(struct http_conn *c)
{
	struct http *h = c->h;
	if (!write_pieces(c) || !h)
		return false;
	if (h->file >= 0 && h->file_left) {
		uint64_t sent = 0;
		enum err e = http_file_send(h, &sent);
		c->moved += sent;
		c->is_broken = e != OK && e != E_AGAIN;
		return e == OK;
	}
	if (h->stream && !h->is_complete) {
		http_stream_fill(h);
		return c->out_first < c->out_n;
	}
	return false;
}

static bool is_finished(const struct http_conn *c)
{
	return c->state == HTTP_ANSWERING && c->h && c->h->is_complete && c->out_first == c->out_n &&
		!(c->h->file >= 0 && c->h->file_left);
}

void http_conn_push_out(struct http_conn *c)
{
	if (c->state == HTTP_DEAD || c->is_pumping || c->is_broken)
		return;
	c->is_pumping = true;
	for (int i = 0; i < WRITES_A_TURN && pump_step(c); i++)
		;
	c->is_pumping = false;
	watch(c);
}

void http_conn_pump(struct http_conn *c)
{
	http_conn_push_out(c);
	if (c->state == HTTP_DEAD)
		return;
	if (c->is_broken) {
		http_conn_close(c);
	} else if (is_finished(c)) {
		answer_done(c);
		watch(c);
	}
}

static void refuse(struct http_conn *c, int status)
{
	if (!c->h) {
		c->h = mem_new(1, sizeof(*c->h));
		c->h->conn = c;
		c->h->file = -1;
		c->h->request = (struct http_request){.method = HTTP_OTHER, .path = SPAN_LITERAL("/"), .peer = c->peer};
	}
	c->close_after = true;
	set_state(c, HTTP_ANSWERING);
	http_error(c->h, status, NULL);
}

void http_conn_refuse(struct http_conn *c, int status)
{
	refuse(c, status);
	http_conn_pump(c);
}

static enum http_method method_of(struct span name)
{
	static const char *const names[] = {"GET", "HEAD", "POST", "OPTIONS"};
	for (int i = 0; i < 4; i++)
		if (span_is(name, names[i]))
			return (enum http_method)i;
	return HTTP_OTHER;
}

/* The socket becomes a WebSocket's, or the request is refused. */
static void upgrade(struct http_conn *c, int status)
{
	struct http *h = c->h;
	const struct ws_route *route = status == GUARD_WEBSOCKET ? ws_route_of(buf_view(&h->path)) : NULL;
	if (status == GUARD_WEBSOCKET)
		status = h->body_length ? 400 : !route ? 404 : !route->any_origin && !guard_origin(h->head) ? 403 : GUARD_WEBSOCKET;
	if (status == GUARD_WEBSOCKET && !ws_is_wanted(c->listener->loop, route, buf_view(&h->path)))
		status = 404;
	if (status == GUARD_WEBSOCKET && c->listener->is_stopped)
		status = 503;
	char credential[WS_CREDENTIAL];
	if (status == GUARD_WEBSOCKET) {
		int refused = ws_admits(c->listener->loop, route, buf_view(&h->path), h->head, c->peer, credential);
		status = refused ? refused : GUARD_WEBSOCKET;
	}
	if (status != GUARD_WEBSOCKET) {
		refuse(c, status);
		return;
	}
	/* What the WebSocket needs must outlive the connection's end, which has to come first: one handle a descriptor. */
	struct loop *l = c->listener->loop;
	int fd = c->fd;
	c->h = NULL;
	struct buf early = c->in;
	c->in = (struct buf){0};
	char peer[sizeof(c->peer)];
	memcpy(peer, c->peer, sizeof(peer));
	conn_end(c);
	ws_take_over(l, route, fd, peer, credential, h->head, buf_view(&h->path), h->request.query, buf_view(&early));
	buf_finish(&early);
	http_free(h);
}

/* A whole head is at the front of `in`. */
static void take_head(struct http_conn *c, size_t length)
{
	struct http *h = mem_new(1, sizeof(*h));
	c->h = h;
	h->conn = c;
	h->file = -1;
	h->request = (struct http_request){.method = HTTP_OTHER, .path = SPAN_LITERAL("/"), .peer = c->peer};
	h->head_bytes = span_dup(span_make(c->in.p, length));
	h->n_head_bytes = length;
	/* A head may hold a token: no copy stays behind in memory that is used for something else. */
	explicit_bzero(c->in.p, length);
	buf_drop(&c->in, length);
	explicit_bzero(c->in.p + c->in.n, length);
	c->scanned = 0;
	set_state(c, HTTP_READING);

	h->head = mem_new(1, sizeof *h->head);
	int status = http_head_parse(span_make(h->head_bytes, length), h->head);
	if (status != HTTP_HEAD_WHOLE) {
		free(h->head);
		h->head = NULL;
		refuse(c, status);
		return;
	}
	h->request.method = method_of(h->head->method);
	h->head_only = h->request.method == HTTP_HEAD;
	if (h->head->minor == 0 || http_head_lists(h->head, "connection", "close"))
		c->close_after = true;
	size_t most = h->request.method == HTTP_POST ? HTTP_BODY_MAX : STRAY_BODY_MAX;
	status = guard_body_length(h->head, most, &h->body_length);
	if (!status)
		status = http_head_path(h->head->target, &h->path, &h->request.query);
	if (status) {
		refuse(c, status);
		return;
	}
	h->request.path = buf_view(&h->path);
	status = guard_upgrade(h->head);
	if (status != GUARD_PLAIN) {
		upgrade(c, status);
		return;
	}
	status = http_resolve(h);
	struct span expect = http_head_get(h->head, "expect");
	if (!status && expect.p && !span_equal_nocase(expect, SPAN_LITERAL("100-continue")))
		status = 417;
	if (!status && h->route->admits && (h->body_length > STRAY_BODY_MAX || expect.p))
		status = h->route->admits(h);
	if (status) {
		if (h->body_length) /* it isn't read: the next request's beginning is unknown */
			c->close_after = true;
		set_state(c, HTTP_ANSWERING);
		http_error(h, status, NULL);
		return;
	}
	if (expect.p && h->body_length && !c->in.n && h->head->minor == 1) {
		static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
		http_conn_put(c, (struct http_piece){.p = go_on, .n = sizeof(go_on) - 1});
		http_conn_pump(c);
	}
}

static void take_body(struct http_conn *c)
{
	struct http *h = c->h;
	size_t n = h->body_length - h->body.n;
	if (n > c->in.n)
		n = c->in.n;
	if (n) {
		buf_add(&h->body, c->in.p, n);
		buf_drop(&c->in, n);
		c->moved += n;
		c->listener->bodies += n;
	}
	if (c->listener->bodies > GUARD_BODIES_MAX)
		refuse(c, 503);
}

/* All that can be done with what has been read. */
static void process(struct http_conn *c)
{
	while (c->state == HTTP_READING) {
		if (!c->h) {
			while (c->in.n >= 2 && c->in.p[0] == '\r' && c->in.p[1] == '\n') /* RFC 9112 2.2 */
				buf_drop(&c->in, 2);
			if (c->in.n == 0 || (c->in.n == 1 && c->in.p[0] == '\r'))
				break;
			size_t length = 0;
			int status = http_head_find_end(buf_view(&c->in), &c->scanned, &length);
			if (status == HTTP_HEAD_MORE)
				break;
			if (status != HTTP_HEAD_WHOLE)
				refuse(c, status);
			else
				take_head(c, length);
		}
		if (c->state == HTTP_READING && c->h) {
			take_body(c);
			if (c->state == HTTP_READING && c->h->body.n < c->h->body_length)
				break;
		}
		if (c->state == HTTP_READING && c->h) {
			set_state(c, HTTP_ANSWERING);
			c->h->request.body = buf_view(&c->h->body);
			http_dispatch(c->h);
		}
		if (c->state == HTTP_ANSWERING)
			http_conn_pump(c);
	}
	if (c->state == HTTP_READING && c->saw_end)
		http_conn_close(c);
	else if (c->state != HTTP_DEAD)
		watch(c);
}

void http_conn_went_on(struct http_conn *c)
{
	http_conn_pump(c);
	if (c->state == HTTP_READING)
		process(c);
}

static void read_some(struct http_conn *c)
{
	/* One for all, on the loop's thread: room of its own for each connection would be 64 MiB for a thousand that drip. */
	static char room[READ_SIZE];
	ssize_t n = recv(c->fd, room, sizeof room, 0);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && c->state == HTTP_LINGERING)) {
		http_conn_close(c);
		return;
	}
	if (c->state == HTTP_LINGERING)
		return;
	if (n == 0) {
		c->saw_end = true;
		/* A client may close its side after a request and still want the answer, but an endless one ends with it. */
		if (c->h && c->h->stream)
			http_conn_close(c);
	} else {
		if (!c->in.n && !c->h)
			c->since_ms = clock_mono_ms();
		buf_reserve(&c->in, (size_t)n > HEAD_ROOM ? (size_t)n : HEAD_ROOM);
		buf_add(&c->in, room, (size_t)n);
		explicit_bzero(room, (size_t)n); /* it may have been a token */
	}
	if (c->state == HTTP_READING)
		process(c);
	else if (c->state != HTTP_DEAD)
		watch(c);
}

static void polled(uv_poll_t *handle, int status, int events)
{
	struct http_conn *c = handle->data;
	if (status < 0 || c->is_broken) {
		http_conn_close(c);
		return;
	}
	if (events & UV_READABLE)
		read_some(c);
	if (c->state != HTTP_DEAD && (events & UV_WRITABLE))
		http_conn_went_on(c);
}

static bool wants_to_write(const struct http_conn *c)
{
	const struct http *h = c->h;
	return c->out_first < c->out_n || c->is_broken || is_finished(c) ||
		(h && h->file >= 0 && h->file_left && h->is_answered);
}

/* Asks for exactly the events that there is something to do for. */
static void watch(struct http_conn *c)
{
	if (c->state == HTTP_DEAD)
		return;
	bool reads = c->state == HTTP_READING || c->state == HTTP_LINGERING || c->in.n < AHEAD_MAX;
	int events = (reads && !c->saw_end ? UV_READABLE : 0) | (wants_to_write(c) ? UV_WRITABLE : 0);
	if (events == c->events)
		return;
	c->events = events;
	if (events)
		uv_poll_start(&c->poll, events, polled);
	else
		uv_poll_stop(&c->poll);
}

void http_conn_start(struct http_listener *hl, int fd, const char *peer)
{
	struct http_conn *c = mem_new(1, sizeof(*c));
	c->listener = hl;
	c->fd = fd;
	memcpy(c->peer, peer, strlen(peer) + 1);
	c->poll.data = c;
	if (uv_poll_init(&hl->loop->uv, &c->poll, fd) != 0) {
		guard_leave(&hl->loop->guard, peer);
		close(fd);
		free(c);
		return;
	}
	c->next = hl->conns;
	if (c->next)
		c->next->previous = c;
	hl->conns = c;
	set_state(c, HTTP_READING);
	watch(c);
}

void http_conn_tick(struct http_conn *c, int64_t now_ms)
{
	enum { LINGER_MS = 2000 };
	/* The shortest of all deadlines: of most connections no more is looked at. */
	if (now_ms - c->since_ms < LINGER_MS)
		return;
	if (c->moved >= GUARD_PROGRESS_BYTES)
		set_state(c, c->state);
	int64_t waited = now_ms - c->since_ms;
	switch (c->state) {
	case HTTP_READING:
		if (c->h) {
			if (waited >= GUARD_BODY_MS)
				http_conn_refuse(c, 408);
		} else if (c->in.n && waited >= GUARD_HEAD_MS) {
			http_conn_refuse(c, 408);
		} else if (!c->in.n && waited >= GUARD_IDLE_MS) {
			http_conn_close(c);
		}
		break;
	case HTTP_ANSWERING:
		if (c->is_broken) {
			http_conn_close(c);
		} else if (!wants_to_write(c)) {
			set_state(c, HTTP_ANSWERING); /* it waits for us, not we for it */
		} else if (waited >= GUARD_PROGRESS_MS) {
			http_conn_close(c);
		}
		break;
	case HTTP_LINGERING:
		if (waited >= LINGER_MS)
			http_conn_close(c);
		break;
	case HTTP_DEAD:
		break;
	}
}

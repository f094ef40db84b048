/* ws.c - see ws.h. What leaves a socket: the rest of a frame that the kernel took in part, then control frames (pongs,
 * pings, the close frame), then queued frames. While nothing waits a frame goes straight to the socket.
 *
 *   open -> close_code set (by us, or by the client's close frame) -> the close frame sent -> the client's answer, its end
 *   of the stream, or a deadline -> finished: `closed` is told, the descriptor closed -> freed with its handle
 * SPDX-License-Identifier: MIT */
#include "server/ws.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "server/guard.h"
#include "server/loop.h"
#include "server/ws_frame.h"
#include "server/ws_handshake.h"

enum {
	/* What the kernel may hold for a listener: without a bound it grows to megabytes, and a slow one would be noticed
	 * minutes late. */
	SEND_BUFFER = 64 << 10,
	/* The bound is lifted by this much for the close frame, so that one who doesn't read still gets to know why. */
	SEND_BUFFER_LAST = 160 << 10,
	READ_ROOM = 64 << 10,
	CLOSE_MS = 5000,
	PING_MS = 30000,
	HANG_UP_MS = 45000,
	CONTROL_WAITING_MAX = 4096, /* pongs to one who pings and doesn't read: the later ones are left out */
	REASON_MAX = 123,
	GOING_AWAY = 1001, NO_CODE = 1005, ABNORMAL = 1006, TRY_LATER = 1013,
};

struct ws {
	/* What sending a frame to thousands looks at, in one line of the processor's cache. */
	int fd;
	int close_code;                  /* 0: open */
	size_t queued;                   /* bytes that wait */
	uint64_t last_seq;               /* the newest event that it has; meant for is_resumable */
	int64_t over_soft_since_ms;      /* 0: it isn't */
	int64_t heard_ms;                /* monotonic */
	struct loop *loop;
	bool is_open, is_broken, is_held, is_resumable, close_sent, close_heard, is_garbled, is_finished, was_pinged;

	int events;                      /* that poll looks for */
	struct msg **queue;              /* queue[first .. n) */
	size_t first, n, room;
	size_t sent;                     /* of the first one's frame */
	struct buf control;              /* frames that go between those */
	size_t control_sent;
	int64_t close_by_ms;             /* once it is closing */
	struct ws *next, *previous;
	const struct ws_route *route;
	void *data;
	uv_poll_t poll;
	struct ws_reader reader;
	struct buf unread;               /* what came before reading was held */
	char *path;
	struct span query;               /* inside path's block */
	struct span parts[HTTP_PARTS_MAX];
	char credential[WS_CREDENTIAL];
	char peer[INET6_ADDRSTRLEN];
};

/* --- the end --- */

static void free_ws(uv_handle_t *handle)
{
	struct ws *ws = handle->data;
	if (ws->previous)
		ws->previous->next = ws->next;
	else
		ws->loop->_sockets = ws->next;
	if (ws->next)
		ws->next->previous = ws->previous;
	ws_reader_finish(&ws->reader);
	buf_finish(&ws->control);
	buf_finish(&ws->unread);
	free(ws->queue);
	free(ws->path);
	free(ws);
}

static void drop_queue(struct ws *ws, size_t keep)
{
	for (size_t i = ws->first + keep; i < ws->n; i++) {
		ws->queued -= ws->queue[i]->n;
		msg_unref(ws->queue[i]);
	}
	if (ws->first + keep < ws->n)
		ws->n = ws->first + keep;
}

/* Tells the route; not from within its own calls. */
static void finish(struct ws *ws)
{
	if (ws->is_finished)
		return;
	ws->is_finished = true;
	if (!ws->close_code)
		ws->close_code = ABNORMAL;
	if (ws->is_open && ws->route->closed)
		ws->route->closed(ws);
	drop_queue(ws, 0);
	uv_poll_stop(&ws->poll);
	close(ws->fd);
	guard_leave(&ws->loop->guard, ws->peer);
	uv_close((uv_handle_t *)&ws->poll, free_ws);
}

/* --- out --- */

static void on_poll(uv_poll_t *poll, int status, int events);

static void look_for(struct ws *ws, int events)
{
	if (events == ws->events || ws->is_finished)
		return;
	ws->events = events;
	if (events)
		uv_poll_start(&ws->poll, events, on_poll);
	else
		uv_poll_stop(&ws->poll);
}

static void look_again(struct ws *ws)
{
	bool waits = ws->n > ws->first || ws->control.n > ws->control_sent || (ws->unread.n && !ws->is_held);
	look_for(ws, (ws->is_held ? 0 : UV_READABLE) | (waits ? UV_WRITABLE : 0));
}

/* How many bytes the kernel took; a broken socket is finished when poll or the next tick sees it. */
static size_t give(struct ws *ws, const void *bytes, size_t n)
{
	ssize_t sent = send(ws->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0)
		return (size_t)sent;
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ENOBUFS)
		ws->is_broken = true;
	return 0;
}

/* The frame of a message: its head stands before the bytes, in the room that all listeners share, and is made once. */
static const unsigned char *frame_of(struct msg *m, size_t *n)
{
	unsigned char head[10];
	if (!m->n_head) {
		m->n_head = (unsigned char)ws_frame_head(head, WS_TEXT, m->n);
		memcpy(msg_bytes(m) - m->n_head, head, m->n_head);
	}
	*n = m->n_head + m->n;
	return msg_bytes(m) - m->n_head;
}
_Static_assert(MSG_HEADROOM >= 10, "a shared message must have room for a frame's head");

/* Sends on from where the frame stands. True: it is whole. */
static bool send_frame(struct ws *ws, struct msg *m)
{
	size_t n;
	const unsigned char *frame = frame_of(m, &n);
	ws->sent += give(ws, frame + ws->sent, n - ws->sent);
	if (ws->sent < n)
		return false;
	ws->sent = 0;
	if (m->last_seq)
		ws->last_seq = m->last_seq;
	return true;
}

static bool send_first(struct ws *ws)
{
	struct msg *m = ws->queue[ws->first];
	if (!send_frame(ws, m))
		return false;
	ws->queued -= m->n;
	msg_unref(m);
	if (++ws->first == ws->n)
		ws->first = ws->n = 0;
	return true;
}

static bool send_control(struct ws *ws)
{
	if (ws->control_sent == ws->control.n)
		return true;
	ws->control_sent += give(ws, ws->control.p + ws->control_sent, ws->control.n - ws->control_sent);
	if (ws->control_sent < ws->control.n)
		return false;
	buf_finish(&ws->control);
	ws->control_sent = 0;
	if (ws->close_code && !ws->close_sent) {
		ws->close_sent = true;
		/* Closing with bytes unread would reset the connection, and the client might lose the reason. */
		if (ws->is_garbled)
			shutdown(ws->fd, SHUT_WR);
	}
	return true;
}

/* Sends what the kernel takes. */
static void flush(struct ws *ws)
{
	if (ws->is_finished || ws->is_broken)
		return;
	bool goes = !ws->sent || send_first(ws);
	goes = goes && send_control(ws);
	while (goes && ws->first < ws->n)
		goes = send_first(ws);
	if (ws->queued <= WS_QUEUE_SOFT)
		ws->over_soft_since_ms = 0;
	look_again(ws);
}

static void add_control(struct ws *ws, enum ws_opcode opcode, const void *bytes, size_t n)
{
	unsigned char head[10];
	if (opcode != WS_OP_CLOSE && (ws->control.n > CONTROL_WAITING_MAX || ws->close_code))
		return;
	buf_add(&ws->control, head, ws_frame_head(head, opcode, n));
	buf_add(&ws->control, bytes, n);
	flush(ws);
}

static void enqueue(struct ws *ws, struct msg *m)
{
	if (ws->n == ws->room) {
		if (ws->first) {
			memmove(ws->queue, ws->queue + ws->first, (ws->n - ws->first) * sizeof *ws->queue);
			ws->n -= ws->first;
			ws->first = 0;
		}
		ws->room = ws->n == ws->room ? (ws->room ? 2 * ws->room : 8) : ws->room;
		ws->queue = mem_grow(ws->queue, ws->room, sizeof *ws->queue);
	}
	ws->queue[ws->n++] = msg_ref(m);
	ws->queued += m->n;
}

static void close_slow(struct ws *ws)
{
	if (ws->close_code)
		return;
	ws->loop->_closed_slow++;
	ws->loop->_frames_dropped += ws->n - ws->first - (ws->sent > 0);
	ws_close(ws, TRY_LATER, "too slow");
}

enum err ws_send(struct ws *ws, struct msg *m)
{
	if (ws->close_code || ws->is_broken)
		return E_GONE;
	if (ws->queued + m->n > WS_QUEUE_HARD) {
		ws->loop->_frames_dropped++;
		close_slow(ws);
		return E_FULL;
	}
	/* Straight to the socket where nothing waits: a turn of the loop for each listener costs more than the sending. */
	if (!ws->queued && ws->control_sent == ws->control.n && send_frame(ws, m))
		return OK;
	if (ws->is_broken)
		return E_GONE;
	enqueue(ws, m);
	if (ws->queued > WS_QUEUE_SOFT && !ws->over_soft_since_ms)
		ws->over_soft_since_ms = clock_mono_ms();
	look_again(ws);
	return OK;
}

/* --- closing --- */

void ws_resumable(struct ws *ws, uint64_t last_seq)
{
	ws->is_resumable = true;
	ws->last_seq = last_seq;
}

/* A frame that the kernel has in part becomes whole before the close frame: it is counted. */
static void write_reason(struct ws *ws, struct buf *payload, const char *reason)
{
	uint64_t last_seq = ws->sent && ws->queue[ws->first]->last_seq ? ws->queue[ws->first]->last_seq : ws->last_seq;
	buf_char(payload, (char)(ws->close_code >> 8));
	buf_char(payload, (char)ws->close_code);
	buf_text(payload, reason);
	if (ws->is_resumable && (ws->close_code == GOING_AWAY || ws->close_code == TRY_LATER))
		buf_format(payload, "; ?after=%llu", (unsigned long long)last_seq);
	ASSERT(payload->n <= REASON_MAX + 2);
}

/* reason NULL: an empty close frame. */
static void send_close(struct ws *ws, const char *reason)
{
	struct buf payload = {0};
	buf_text(&payload, "");
	if (reason)
		write_reason(ws, &payload, reason);
	drop_queue(ws, ws->sent > 0);
	int size = SEND_BUFFER_LAST;
	setsockopt(ws->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	ws->close_by_ms = clock_mono_ms() + CLOSE_MS;
	ws->reader.is_deaf = true;
	add_control(ws, WS_OP_CLOSE, payload.p, payload.n);
	buf_finish(&payload);
}

void ws_close(struct ws *ws, int code, const char *reason)
{
	if (ws->close_code || ws->is_finished)
		return;
	ws->close_code = code;
	ws->is_held = false; /* its answer is to be heard */
	buf_finish(&ws->unread);
	send_close(ws, reason ? reason : "");
	look_again(ws);
}

/* The client closes: its code comes back (RFC 6455, 5.5.1), and then it is the server's to end the connection. */
static void closed_by_client(struct ws *ws)
{
	ws->close_heard = true;
	if (ws->close_code)
		return;
	ws->close_code = ws->reader.close_code;
	ws->is_resumable = false;
	send_close(ws, ws->close_code == NO_CODE ? NULL : "");
}

/* Both have said it, or nobody will any more. */
static bool is_over(const struct ws *ws)
{
	return ws->is_broken || (ws->close_heard && ws->close_sent);
}

/* --- in --- */

static void take(struct ws *ws, enum ws_found found)
{
	struct ws_reader *r = &ws->reader;
	switch (found) {
	case WS_FOUND_MESSAGE:
		if (ws->route->received)
			ws->route->received(ws, buf_view(&r->message), r->is_text);
		break;
	case WS_FOUND_PING: add_control(ws, WS_OP_PONG, r->control, r->n_control); break;
	case WS_FOUND_CLOSE: closed_by_client(ws); break;
	case WS_FOUND_ERROR:
		ws->is_garbled = true; /* what comes now is thrown away until the stream ends */
		ws_close(ws, r->close_code, r->error);
		break;
	case WS_FOUND_PONG:
	case WS_FOUND_NOTHING: break;
	}
}

static void read_bytes(struct ws *ws, struct span bytes)
{
	enum ws_found found = WS_FOUND_PONG; /* nothing has been found out yet */
	while (found && !ws->close_heard && !ws->is_held && !ws->is_garbled) {
		size_t used = ws_reader_push(&ws->reader, bytes, &found);
		bytes = span_from(bytes, used);
		take(ws, found);
	}
	if (ws->is_held && bytes.n)
		buf_span(&ws->unread, bytes);
}

static void read_on(struct ws *ws)
{
	static char room[READ_ROOM]; /* the loop's thread alone reads */
	ssize_t n = recv(ws->fd, room, sizeof room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		ws->is_broken = true; /* gone, or it says no more: then it hears no more either */
		return;
	}
	ws->heard_ms = clock_mono_ms();
	ws->was_pinged = false;
	read_bytes(ws, span_make(room, (size_t)n));
}

static void read_held(struct ws *ws)
{
	struct buf bytes = ws->unread;
	ws->unread = (struct buf){0};
	read_bytes(ws, buf_view(&bytes));
	buf_finish(&bytes);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct ws *ws = poll->data;
	if (status < 0)
		ws->is_broken = true;
	if (!ws->is_broken && ws->unread.n && !ws->is_held)
		read_held(ws);
	else if (!ws->is_broken && events & UV_READABLE)
		read_on(ws);
	if (!ws->is_broken)
		flush(ws);
	if (is_over(ws))
		finish(ws);
}

void ws_hold(struct ws *ws, bool hold)
{
	if (ws->close_code)
		return;
	ws->is_held = hold;
	ws->heard_ms = clock_mono_ms(); /* who isn't listened to isn't silent */
	look_again(ws);
}

/* --- every second --- */

static void look_at_clock(struct ws *ws, int64_t now)
{
	if (is_over(ws) || (ws->close_code && now >= ws->close_by_ms)) {
		finish(ws);
		return;
	}
	if (ws->over_soft_since_ms && now - ws->over_soft_since_ms >= WS_SOFT_MS)
		close_slow(ws);
	int64_t silence = now - ws->heard_ms;
	if (silence < PING_MS || ws->close_code || ws->is_held)
		return;
	if (silence >= HANG_UP_MS) {
		finish(ws);
	} else if (!ws->was_pinged) {
		ws->was_pinged = true;
		add_control(ws, WS_OP_PING, "", 0);
	}
}

void ws_tick(struct loop *l)
{
	int64_t now = clock_mono_ms();
	for (struct ws *ws = l->_sockets; ws; ws = ws->next)
		if (!ws->is_finished)
			look_at_clock(ws, now);
}

void ws_close_all(struct loop *l, bool at_once)
{
	for (struct ws *ws = l->_sockets; ws; ws = ws->next) {
		ws_close(ws, GOING_AWAY, "going away");
		if (at_once)
			finish(ws);
	}
}

/* --- the beginning --- */

static void copy_place(struct ws *ws, struct span path, struct span query)
{
	ws->path = mem_new(path.n + query.n + 1, 1);
	memcpy(ws->path, path.p, path.n);
	if (query.n)
		memcpy(ws->path + path.n, query.p, query.n);
	ws->query = span_make(ws->path + path.n, query.n);
	http_pattern_matches(ws->route->pattern, span_make(ws->path, path.n), ws->parts);
}

static void set_up_socket(struct ws *ws)
{
	int size = SEND_BUFFER, yes = 1;
	setsockopt(ws->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	setsockopt(ws->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	ASSERT(uv_poll_init(&ws->loop->uv, &ws->poll, ws->fd) == 0);
	ws->poll.data = ws;
}

void ws_take_over(struct loop *l, const struct ws_route *route, int fd, const char *peer,
	const char credential[WS_CREDENTIAL], const struct http_head *head, struct span path, struct span query,
	struct span early)
{
	struct ws *ws = mem_new(1, sizeof *ws);
	ws->fd = fd;
	ws->loop = l;
	ws->route = route;
	ws->heard_ms = clock_mono_ms();
	memcpy(ws->peer, peer, strlen(peer) + 1);
	memcpy(ws->credential, credential, WS_CREDENTIAL);
	copy_place(ws, path, query);
	ws->next = l->_sockets;
	if (ws->next)
		ws->next->previous = ws;
	l->_sockets = ws;
	ws_reader_init(&ws->reader, WS_IN_MAX);
	set_up_socket(ws);
	struct buf answer = {0};
	ws_handshake_answer(&answer, route, head);
	/* A fresh socket's buffer takes it whole, or the client is gone. */
	ws->is_broken = give(ws, answer.p, answer.n) < answer.n;
	buf_finish(&answer);
	if (!ws->is_broken) {
		ws->is_open = true;
		if (route->opened)
			route->opened(ws);
		read_bytes(ws, early);
		flush(ws);
	}
	if (is_over(ws))
		finish(ws);
}

/* --- for routes --- */

struct span ws_part(const struct ws *ws, int i)
{
	ASSERT(i >= 0 && i < HTTP_PARTS_MAX);
	return ws->parts[i];
}

bool ws_query(const struct ws *ws, const char *name, struct buf *value)
{
	return query_value(ws->query, name, value);
}

struct server *ws_server(const struct ws *ws)
{
	return ws->loop->server;
}

void ws_set_data(struct ws *ws, void *data)
{
	ws->data = data;
}

void *ws_data(const struct ws *ws)
{
	return ws->data;
}

const char *ws_peer(const struct ws *ws)
{
	return ws->peer;
}

const char *ws_credential(const struct ws *ws)
{
	return ws->credential;
}

size_t ws_queued(const struct ws *ws)
{
	return ws->queued;
}

struct ws_counts ws_counts(const struct loop *l)
{
	struct ws_counts counts = {.closed_slow = l->_closed_slow, .frames_dropped = l->_frames_dropped};
	for (const struct ws *ws = l->_sockets; ws; ws = ws->next)
		counts.queued += ws->queued;
	return counts;
}

/* SPDX-License-Identifier: MIT */
#include "server/ws.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/mem.h"
#include "server/guard.h"
#include "server/loop.h"
#include "server/ws_lws.h"

_Static_assert(MSG_HEADROOM >= LWS_PRE, "a shared message must have room for libwebsockets' frame header");

enum {
	/* What the kernel may hold for a listener: without a bound it grows to megabytes, and a slow one would be noticed
	 * minutes late. */
	SEND_BUFFER = 64 << 10,
	/* The bound is lifted by this much for the close frame, so that one who doesn't read still gets to know why. */
	SEND_BUFFER_LAST = 160 << 10,
	CLOSE_S = 5,
	REASON_MAX = 123,
	FRAGMENTS_MAX = 4096, /* of one message, and one more for each 256 bytes */
};

struct ws {
	/* What sending a frame to thousands looks at, in one line of the processor's cache. */
	struct lws *wsi;
	size_t queued;                   /* bytes in queue, and of a frame that libwebsockets has in part */
	size_t partial;
	uint64_t last_seq;               /* the newest event that it has; meant for is_resumable */
	int64_t over_soft_since_ms;      /* 0: it isn't */
	int close_code;                  /* 0: open */
	bool is_open, is_text, is_closing, was_closed, is_resumable;

	struct msg **queue;              /* queue[first .. n) */
	size_t first, n, room;
	struct loop *loop;
	struct ws *next, *previous;
	const struct ws_route *route;
	void *data;
	char *path;
	struct span query;               /* inside path's block */
	struct span parts[HTTP_PARTS_MAX];
	struct buf in;                   /* a message so far */
	size_t fragments;
	char *close_reason;              /* NULL: none */
	char credential[WS_CREDENTIAL];
	char peer[INET6_ADDRSTRLEN];
};

/* The handshake that is being handed over: libwebsockets makes its object and runs the handshake in one call. */
static struct ws *adopting;

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n);

struct lws_protocols *ws_lws_protocols(void)
{
	size_t n = 1, most = 2;
	for (const struct ws_route *r = ws_routes; r->pattern; r++)
		most++;
	struct lws_protocols *out = mem_new(most, sizeof(*out));
	/* rx_buffer_size: what arrives at once; each socket has so much memory. tx_packet_size: a frame is written whole, not in pieces of that. */
	const struct lws_protocols plain = {.name = "plain", .callback = callback, .rx_buffer_size = 2048,
		.tx_packet_size = 1 << 20};
	out[0] = plain;
	for (const struct ws_route *r = ws_routes; r->pattern; r++) {
		bool is_known = !r->subprotocol;
		for (size_t i = 0; i < n && !is_known; i++)
			is_known = strcmp(out[i].name, r->subprotocol) == 0;
		if (is_known)
			continue;
		out[n] = plain;
		out[n++].name = r->subprotocol;
	}
	return out;
}

const struct ws_route *ws_route_of(struct span path)
{
	struct span parts[HTTP_PARTS_MAX];
	for (const struct ws_route *r = ws_routes; r->pattern; r++)
		if (http_pattern_matches(r->pattern, path, parts))
			return r;
	return NULL;
}

bool ws_is_wanted(struct loop *l, const struct ws_route *route, struct span path)
{
	struct span parts[HTTP_PARTS_MAX] = {{NULL, 0}};
	http_pattern_matches(route->pattern, path, parts);
	return !route->accepts || route->accepts(l->server, parts[0]);
}

int ws_admits(struct loop *l, const struct ws_route *route, struct span path, const struct http_head *head,
	const char *peer, char credential[WS_CREDENTIAL])
{
	struct span parts[HTTP_PARTS_MAX] = {{NULL, 0}};
	credential[0] = '\0';
	http_pattern_matches(route->pattern, path, parts);
	return route->admits ? route->admits(l->server, parts[0], head, peer, credential) : 0;
}

static void tell_closed(struct ws *ws)
{
	if (!ws->is_open || ws->was_closed)
		return;
	ws->was_closed = true;
	if (ws->route->closed)
		ws->route->closed(ws);
}

static void drop_queue(struct ws *ws)
{
	for (; ws->first < ws->n; ws->first++)
		msg_unref(ws->queue[ws->first]);
	ws->first = ws->n = 0;
	ws->queued = ws->partial;
}

static void destroy(struct ws *ws)
{
	tell_closed(ws);
	drop_queue(ws);
	if (ws->previous)
		ws->previous->next = ws->next;
	else
		ws->loop->_sockets = ws->next;
	if (ws->next)
		ws->next->previous = ws->previous;
	guard_leave(&ws->loop->guard, ws->peer);
	free(ws->queue);
	free(ws->path);
	free(ws->close_reason);
	buf_finish(&ws->in);
	free(ws);
}

void ws_take_over(struct loop *l, const struct ws_route *route, int fd, const char *peer,
	const char credential[WS_CREDENTIAL], const struct http_head *head, struct span path, struct span query,
	struct span early)
{
	struct ws *ws = mem_new(1, sizeof(*ws));
	ws->loop = l;
	ws->route = route;
	memcpy(ws->peer, peer, strlen(peer) + 1);
	memcpy(ws->credential, credential, WS_CREDENTIAL);
	ws->path = mem_new(path.n + query.n + 1, 1);
	memcpy(ws->path, path.p, path.n);
	if (query.n)
		memcpy(ws->path + path.n, query.p, query.n);
	ws->query = span_make(ws->path + path.n, query.n);
	http_pattern_matches(route->pattern, span_make(ws->path, path.n), ws->parts);
	ws->next = l->_sockets;
	if (ws->next)
		ws->next->previous = ws;
	l->_sockets = ws;

	int size = SEND_BUFFER;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	struct buf bytes = {0};
	struct span key = http_head_get(head, "sec-websocket-key");
	buf_format(&bytes, "GET / HTTP/1.1\r\nHost: carillon\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %.*s\r\n", SPAN_ARG(key));
	if (route->subprotocol && http_head_lists(head, "sec-websocket-protocol", route->subprotocol))
		buf_format(&bytes, "Sec-WebSocket-Protocol: %s\r\n", route->subprotocol);
	buf_text(&bytes, "\r\n");
	buf_span(&bytes, early);
	adopting = ws;
	lws_adopt_socket_vhost_readbuf(l->_handshakes, fd, bytes.p, bytes.n);
	if (adopting) { /* not even its object was made; the socket is closed */
		adopting = NULL;
		destroy(ws);
	}
	buf_finish(&bytes);
}

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

void ws_hold(struct ws *ws, bool hold)
{
	if (ws->close_code || !ws->is_open)
		return;
	lws_rx_flow_control(ws->wsi, !hold);
	if (!hold)
		lws_cancel_service(ws->loop->lws); /* what it has read before is looked at on its next turn only */
}

size_t ws_queued(const struct ws *ws)
{
	return ws->queued;
}

/* Ends it without a word, from any place: libwebsockets closes it on its next turn. */
static void kill_soon(struct ws *ws)
{
	lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	/* With libuv a time-out set outside of libwebsockets' own callbacks isn't seen before its next event. */
	lws_cancel_service(ws->loop->lws);
}

void ws_resumable(struct ws *ws, uint64_t last_seq)
{
	ws->is_resumable = true;
	ws->last_seq = last_seq;
}

/* A frame that libwebsockets has in part is whole before the close frame can leave: last_seq counts it rightly. */
static void write_reason(struct ws *ws, const char *reason)
{
	struct buf text = {0};
	buf_text(&text, reason ? reason : "");
	if (ws->is_resumable && (ws->close_code == 1001 || ws->close_code == 1013))
		buf_format(&text, "; ?after=%llu", (unsigned long long)ws->last_seq);
	ASSERT(text.n <= REASON_MAX);
	ws->close_reason = buf_take(&text);
}

void ws_close(struct ws *ws, int code, const char *reason)
{
	if (ws->close_code || !ws->is_open)
		return;
	ws->close_code = code;
	write_reason(ws, reason);
	drop_queue(ws);
	int size = SEND_BUFFER_LAST;
	setsockopt(lws_get_socket_fd(ws->wsi), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_S);
	lws_callback_on_writable(ws->wsi);
	lws_cancel_service(ws->loop->lws); /* as in kill_soon */
}

static void close_slow(struct ws *ws)
{
	if (ws->close_code)
		return;
	ws->loop->_closed_slow++;
	ws->loop->_frames_dropped += ws->n - ws->first;
	ws_close(ws, 1013, "too slow");
}

struct ws_counts ws_counts(const struct loop *l)
{
	struct ws_counts counts = {.closed_slow = l->_closed_slow, .frames_dropped = l->_frames_dropped};
	for (const struct ws *ws = l->_sockets; ws; ws = ws->next)
		counts.queued += ws->queued;
	return counts;
}

/* The close handshake, from inside a callback. Not by returning -1 from it: in a debug build, which Debian's is,
 * 4.1.6 then closes twice at once with libuv ("uv repeat test"), and the second time without the close frame. Nor
 * while a part of a frame waits, which would be flushed and the close frame left out; it doesn't in WRITEABLE. */
static void start_close(struct ws *ws)
{
	if (ws->is_closing) /* WRITEABLE comes again while the client's answer is awaited */
		return;
	ws->is_closing = true;
	size_t n = ws->close_reason ? strlen(ws->close_reason) : 0;
	lws_close_reason(ws->wsi, (enum lws_close_status)ws->close_code, (unsigned char *)ws->close_reason, n);
	lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

/* Gives one frame to libwebsockets, which has nothing in part. False: the socket is broken. */
static bool write_frame(struct ws *ws, struct msg *m)
{
	/* The header goes into the headroom that all listeners share: it is the same for each, and written by this
	 * thread alone. A rest that the kernel doesn't take is copied by libwebsockets, at most one frame's. */
	if (lws_write(ws->wsi, msg_bytes(m), m->n, LWS_WRITE_TEXT) < 0)
		return false;
	if (m->last_seq)
		ws->last_seq = m->last_seq;
	if (lws_partial_buffered(ws->wsi)) {
		ws->partial = m->n;
		ws->queued += m->n;
	}
	return true;
}

/* Writes what the socket takes. False: it is broken. */
static bool flush(struct ws *ws)
{
	bool good = true;
	/* Not lws_send_pipe_choked, which asks the kernel before each frame: what it doesn't take is told by lws_write, too. */
	while (good && ws->first < ws->n && !lws_partial_buffered(ws->wsi)) {
		struct msg *m = ws->queue[ws->first++];
		ws->queued -= m->n;
		good = write_frame(ws, m);
		msg_unref(m);
	}
	if (ws->first == ws->n)
		ws->first = ws->n = 0;
	if (ws->queued <= WS_QUEUE_SOFT)
		ws->over_soft_since_ms = 0;
	return good;
}

static void enqueue(struct ws *ws, struct msg *m)
{
	if (ws->n == ws->room) {
		ws->room = ws->room ? ws->room * 2 : 8;
		ws->queue = mem_grow(ws->queue, ws->room, sizeof(struct msg *));
	}
	ws->queue[ws->n++] = msg_ref(m);
	ws->queued += m->n;
}

enum err ws_send(struct ws *ws, struct msg *m)
{
	if (ws->close_code || !ws->is_open)
		return E_GONE;
	if (ws->queued + m->n > WS_QUEUE_HARD) {
		ws->loop->_frames_dropped++;
		close_slow(ws);
		return E_FULL;
	}
	/* Straight to the socket where nothing waits: a turn of the loop for each listener costs more than the sending. */
	if (ws->queued || lws_partial_buffered(ws->wsi)) {
		enqueue(ws, m);
	} else if (!write_frame(ws, m)) {
		kill_soon(ws);
		return E_GONE;
	}
	if (ws->queued > WS_QUEUE_SOFT && !ws->over_soft_since_ms)
		ws->over_soft_since_ms = clock_mono_ms();
	if (ws->queued)
		lws_callback_on_writable(ws->wsi);
	return OK;
}

void ws_tick(struct loop *l)
{
	int64_t now = clock_mono_ms();
	for (struct ws *ws = l->_sockets; ws; ws = ws->next)
		if (ws->over_soft_since_ms && now - ws->over_soft_since_ms >= WS_SOFT_MS)
			close_slow(ws);
}

void ws_close_all(struct loop *l, bool at_once)
{
	for (struct ws *ws = l->_sockets; ws; ws = ws->next) {
		ws_close(ws, 1001, "going away");
		if (at_once)
			kill_soon(ws);
	}
}

static int receive(struct ws *ws, const void *bytes, size_t n)
{
	struct lws *wsi = ws->wsi;
	if (lws_is_first_fragment(wsi)) {
		buf_clear(&ws->in);
		ws->fragments = 0;
		ws->is_text = !lws_frame_is_binary(wsi);
	}
	if (ws->close_code)
		return 0; /* nobody listens any more */
	if (ws->in.n + n > WS_IN_MAX || ws->in.n + n + lws_remaining_packet_payload(wsi) > WS_IN_MAX) {
		ws_close(ws, 1009, "message too large");
		return 0;
	}
	if (++ws->fragments > FRAGMENTS_MAX + ws->in.n / 256) {
		ws_close(ws, 1008, "too many fragments");
		return 0;
	}
	buf_add(&ws->in, bytes, n);
	if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi))
		return 0;
	if (ws->route->received)
		ws->route->received(ws, buf_view(&ws->in), ws->is_text);
	/* A large message's memory isn't kept for the next. */
	if (ws->in.n > 64 << 10)
		buf_finish(&ws->in);
	return 0;
}

static int writable(struct ws *ws)
{
	ws->queued -= ws->partial;
	ws->partial = 0;
	if (ws->close_code) {
		start_close(ws);
		return 0;
	}
	if (!flush(ws))
		return -1;
	if (ws->queued)
		lws_callback_on_writable(ws->wsi);
	return 0;
}

/* The client closes: libwebsockets answers that, but would still read on and write what it is given. */
static int closed_by_client(struct ws *ws)
{
	if (!ws->close_code)
		ws->close_code = 1000;
	ws->is_closing = true;
	drop_queue(ws);
	return 0;
}

static int established(struct ws *ws)
{
	ws->is_open = true;
	if (ws->route->opened)
		ws->route->opened(ws);
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	(void)user;
	int refused = guard_lws_callback(wsi, (int)reason);
	if (refused)
		return refused;
	struct ws *ws = lws_get_opaque_user_data(wsi);
	switch (reason) {
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		ASSERT(adopting);
		adopting->wsi = wsi;
		lws_set_opaque_user_data(wsi, adopting);
		adopting = NULL;
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		return ws ? established(ws) : -1;
	case LWS_CALLBACK_RECEIVE:
		return ws ? receive(ws, in, n) : -1;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		return ws ? closed_by_client(ws) : -1;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return ws ? writable(ws) : -1;
	case LWS_CALLBACK_CLOSED:
		if (ws)
			tell_closed(ws);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		lws_set_opaque_user_data(wsi, NULL);
		if (ws)
			destroy(ws);
		return 0;
	default:
		return 0;
	}
}

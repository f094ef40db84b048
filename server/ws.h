/* ws.h - one WebSocket with a listener or a pusher (RFC 6455, the server's side), on libuv. Loop thread only. Frames out
 * are shared msgs, their heads made once. A socket's queue is bounded by bytes: over WS_QUEUE_HARD it is closed with 1013, and over
 * WS_QUEUE_SOFT for WS_SOFT_MS too. Ping after 30 s of silence, hung up 15 s later.
 * Not by libwebsockets: 4.1.6 keeps every socket's time-outs in one sorted list and looks descriptors up in another, so
 * that five thousand idle listeners cost it more than two percent of a core; and it asks the kernel before each frame.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WS_H
#define SERVER_WS_H

#include "base/err.h"
#include "base/msg.h"
#include "base/buf.h"

enum { WS_QUEUE_HARD = 256 << 10, WS_QUEUE_SOFT = 64 << 10, WS_SOFT_MS = 5000, WS_IN_MAX = 4 << 20,
	WS_CREDENTIAL = 16 };

struct loop;
struct ws;
struct server;
struct http_head;

struct ws_route {
	const char *pattern;     /* as http_route */
	const char *subprotocol; /* offered when asked for; a client that asks for none is served too */
	/* Before the handshake; false refuses it with 404. */
	bool (*accepts)(struct server *server, struct span part0);
	void (*opened)(struct ws *ws);   /* may ws_set_data */
	void (*received)(struct ws *ws, struct span message, bool is_text);
	void (*closed)(struct ws *ws);   /* always, once, also after ws_close */
	bool any_origin;         /* pages of other sites may connect: public, read-only */
	/* After `accepts`; may be NULL. 0, or the status to refuse the handshake with. Who was let in, in a few characters
	 * that are no secret, is given back by ws_credential. */
	int (*admits)(struct server *server, struct span part0, const struct http_head *head, const char *peer,
		char credential[WS_CREDENTIAL]);
};
extern const struct ws_route ws_routes[]; /* routes.c; ends with a NULL pattern */

struct span ws_part(const struct ws *ws, int i);
bool ws_query(const struct ws *ws, const char *name, struct buf *value);
struct server *ws_server(const struct ws *ws);
void ws_set_data(struct ws *ws, void *data);
void *ws_data(const struct ws *ws);
const char *ws_peer(const struct ws *ws);
const char *ws_credential(const struct ws *ws); /* as `admits` filled it; "" */
/* Reads no more, until it may again; the client's sending then waits. What has been read already doesn't come through
 * either. */
void ws_hold(struct ws *ws, bool hold);

/* Sends one text frame, or queues it; takes its own reference. E_FULL: over the hard bound; the socket is being closed.
 * E_GONE: it was being closed before. Never calls `closed`. */
enum err ws_send(struct ws *ws, struct msg *m) NODISCARD;
size_t ws_queued(const struct ws *ws); /* bytes */
/* The listener has the events up to last_seq, and more with each msg that has a last_seq. When it is closed with 1001 or
 * 1013 the reason ends with "; ?after=SEQ", by which it comes back for the rest: exactly what it wasn't sent. */
void ws_resumable(struct ws *ws, uint64_t last_seq);
/* Starts the close handshake: 1000, 1001, 1008, 1009, 1013, 4000-4999. reason: at most 123 bytes. What is queued is
 * dropped. Never calls `closed` itself: that follows. */
void ws_close(struct ws *ws, int code, const char *reason);

struct ws_counts {
	uint64_t closed_slow, frames_dropped; /* dropped with their listener, who was closed for slowness */
	size_t queued;                        /* bytes, now */
};
struct ws_counts ws_counts(const struct loop *l);

#endif

/* guard.h - what stands between the network and the rest: limits on connections, one strict reading of a request's
 * framing, and the settings that close libwebsockets 4.1.6's traps. For the loop, HTTP and WebSocket code. Loop
 * thread only.
 *
 * libwebsockets only makes outgoing connections and listens nowhere. What comes in is read by http_conn.c and, after a
 * WebSocket handshake that passed guard_upgrade and guard_origin, by ws.c: its own parser decodes the path, takes bare
 * line feeds, obs-fold and blanks before colons, ignores Transfer-Encoding, answers h2c, and reads freed memory on an
 * unknown Upgrade.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_GUARD_H
#define SERVER_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct http_head;
struct lws_context_creation_info;
struct guard_peer;

enum {
	GUARD_FDS_FREE = 64,       /* kept for databases, media files and upstream connections */
	GUARD_PER_ADDRESS = 32,
	GUARD_PER_LOOPBACK = 256,  /* a reverse proxy on this machine speaks for many */
	GUARD_HEAD_MS = 10000,     /* a request's head must be whole by then */
	GUARD_IDLE_MS = 30000,     /* a kept-alive connection waits this long for its next request */
	GUARD_BODY_MS = 25000,     /* in this time a body must move by GUARD_PROGRESS_BYTES */
	GUARD_PROGRESS_MS = 30000, /* and a download in this time */
	GUARD_PROGRESS_BYTES = 1024,
	GUARD_BODIES_MAX = 64 << 20, /* request bodies in memory, all connections together */
	GUARD_NAME_MAX = 46,         /* an address as text, with its NUL */
};

struct guard {
	unsigned per_address, per_loopback; /* connections from one address (IPv6: /64); to be changed before listening */
	unsigned connections_max;           /* from RLIMIT_NOFILE */
	unsigned connections;               /* open now */
	uint64_t refused;                   /* closed at accept, by any of the limits */
	struct guard_peer **_peers;         /* private: buckets of addresses with connections */
};

/* Raises RLIMIT_NOFILE as far as allowed and counts what is free. */
void guard_init(struct guard *g);
void guard_finish(struct guard *g);

/* At accept. False: close it at once. True: guard_leave must follow, with the same text. */
bool guard_admit(struct guard *g, const char *address, bool is_loopback);
void guard_leave(struct guard *g, const char *address);
/* Whom an address counts as: of IPv6 the network of 64 bits, which is what one subscriber gets at least. */
void guard_name_peer(const char *address, char name[GUARD_NAME_MAX]);

/* Framing of the request's body. 0 and *length; or the status to refuse it with (the connection is closed then):
 * 501 for any Transfer-Encoding, 400 for a Content-Length that isn't digits, once; 413 above the limit. */
int guard_body_length(const struct http_head *head, size_t limit, size_t *length);

enum { GUARD_PLAIN = 0, GUARD_WEBSOCKET = 101 };
/* GUARD_PLAIN: no upgrade asked for; GUARD_WEBSOCKET: a correct WebSocket handshake; else the status to refuse it with
 * (400; 426 for another version than 13). Anything but exactly `websocket` is refused, h2c too. */
int guard_upgrade(const struct http_head *head);
/* A WebSocket's Origin: absent, or http(s)://HOST as in the Host header. False: 403. */
bool guard_origin(const struct http_head *head);

/* Settings of the libwebsockets context and its vhost. */
void guard_lws_info(const struct guard *g, struct lws_context_creation_info *info);
/* libwebsockets' log, by way of diag's limiter. */
void guard_lws_log(int level, const char *line);

#endif

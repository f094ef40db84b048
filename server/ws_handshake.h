/* ws_handshake.h - between the HTTP connection that reads a WebSocket handshake and ws.c, which speaks the protocol after
 * it. For http_conn.c and loop.c. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WS_HANDSHAKE_H
#define SERVER_WS_HANDSHAKE_H

#include "base/buf.h"
#include "server/http_head.h"
#include "server/ws.h"

struct loop;

/* The route of a path, or NULL. */
const struct ws_route *ws_route_of(struct span path);
/* Does the route accept this path's first part? */
bool ws_is_wanted(struct loop *l, const struct ws_route *route, struct span path);
/* 0 and the credential ("" where the route asks for none), or the status to refuse with. */
int ws_admits(struct loop *l, const struct ws_route *route, struct span path, const struct http_head *head,
	const char *peer, char credential[WS_CREDENTIAL]);
/* The answer that accepts a handshake which the guard has passed (RFC 6455, 4.2.2). */
void ws_handshake_answer(struct buf *out, const struct ws_route *route, const struct http_head *head);
/* Answers such a handshake and takes the socket over. path, query: copied. early: bytes that came after the head. The
 * socket, and the connection's place in the guard (peer), are the WebSocket's from here on. */
void ws_take_over(struct loop *l, const struct ws_route *route, int fd, const char *peer,
	const char credential[WS_CREDENTIAL], const struct http_head *head, struct span path, struct span query,
	struct span early);
/* 1001 to all; at_once: no waiting for their answer. */
void ws_close_all(struct loop *l, bool at_once);
/* Every second: what is overdue. */
void ws_tick(struct loop *l);

#endif

/* ws_lws.h - between the HTTP connection that reads a WebSocket handshake and libwebsockets, which speaks the
 * protocol after it. For http_conn.c and loop.c. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_WS_LWS_H
#define SERVER_WS_LWS_H

#include "base/buf.h"
#include "server/http_head.h"
#include "server/ws.h"

struct loop;
struct lws_protocols;

/* One entry a subprotocol of ws_routes; freed by the caller. */
struct lws_protocols *ws_lws_protocols(void);
/* The route of a path, or NULL. */
const struct ws_route *ws_route_of(struct span path);
/* Does the route accept this path's first part? */
bool ws_is_wanted(struct loop *l, const struct ws_route *route, struct span path);
/* 0 and the credential ("" where the route asks for none), or the status to refuse with. */
int ws_admits(struct loop *l, const struct ws_route *route, struct span path, const struct http_head *head,
	const char *peer, char credential[WS_CREDENTIAL]);
/* Takes a socket over after a handshake that the guard has passed: it is written anew, so nothing else of what was
 * sent reaches libwebsockets. path, query: copied. early: bytes that came after the head. The socket, and the
 * connection's place in the guard (peer), are the WebSocket's from here on. */
void ws_take_over(struct loop *l, const struct ws_route *route, int fd, const char *peer,
	const char credential[WS_CREDENTIAL], const struct http_head *head, struct span path, struct span query,
	struct span early);
/* 1001 to all; at_once: no waiting for their answer. */
void ws_close_all(struct loop *l, bool at_once);
/* Every second: closes those that stayed over the soft bound. */
void ws_tick(struct loop *l);

#endif

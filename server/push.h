/* push.h - WS /sources/NAME/push: events pushed over a WebSocket. Each message is one, answered in its order by a text
 * frame once it is durable:
 *   {"seq":123}   {"seq":123,"duplicate":true}   {"seq":[124,125]} (a message may hold several events, or none)
 *   {"skipped":"broken","text":"..."}            {"error":"disk full"}: nothing of it was stored, send it again
 * Many may be under way; over PUSH_UNDER_WAY messages or PUSH_BYTES the socket isn't read until there is room. A token
 * that is revoked closes its sockets with 1008. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUSH_H
#define SERVER_PUSH_H

#include "server/http_head.h"
#include "server/ws.h"

enum { PUSH_UNDER_WAY = 1000, PUSH_BYTES = 4 << 20, PUSH_PER_TOKEN = 8, PUSH_LOOK_MS = 250 };

struct push;

struct push *push_create(struct server *server);
/* When the loop has run and no socket is left, before sources and ingest end: what was received and isn't on its way yet
 * goes to the log. Accepts NULL. */
void push_stop(struct push *p);
/* After ingest and the loop have ended. Accepts NULL. */
void push_destroy(struct push *p);
uint64_t push_sockets(const struct push *p);

/* The handlers of its ws_route. */
int push_admits(struct server *server, struct span source, const struct http_head *head, const char *peer,
	char credential[WS_CREDENTIAL]);
void push_opened(struct ws *ws);
void push_received(struct ws *ws, struct span message, bool is_text);
void push_closed(struct ws *ws);

#endif

/* upstream.h - the life of a connection that a source makes and keeps making: resolve -> connect to each address -> answer ->
 * live -> end -> wait -> resolve. What is said over it is the source's (source_sse.c, source_ws.c), which begins with a
 * struct upstream. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_UPSTREAM_H
#define SERVER_UPSTREAM_H

#include <netinet/in.h>

#include "server/backoff.h"
#include "server/loop.h"
#include "server/source_impl.h"
#include "server/url.h"

struct lws;
struct playback;
struct resolve;
struct upstream;

struct upstream_kind {
	const char *method;  /* of HTTP; NULL: a WebSocket's handshake */
	int64_t silence_ms;  /* nothing heard for so long: it is gone */
	/* Both may be NULL. */
	int (*add_headers)(struct upstream *u, struct lws *wsi, unsigned char **p, unsigned char *end);
	bool (*is_busy)(const struct upstream *u); /* what came still waits for the log: no new connection before it is taken */
	/* An answer below 300. The return value is lws', here and in callback: -1 closes. */
	int (*answered)(struct upstream *u, struct lws *wsi, unsigned status);
	int (*callback)(struct upstream *u, struct lws *wsi, int reason, void *in, size_t n);
	void (*tick)(struct upstream *u); /* each second while it is live; may be NULL */
	/* The connection is over, or the next one is about to begin: nothing half read of it counts any more. */
	void (*let_go)(struct upstream *u);
	void (*destroy)(struct upstream *u);
};

struct upstream_connection {
	struct loop_client client; /* first: what the loop gives back */
	struct upstream *upstream;
};

enum { UPSTREAM_ADDRESSES = 8 };

struct upstream {
	struct source base;
	const struct upstream_kind *kind;
	struct url home, url; /* home: as configured; url: home, or where redirects led */
	struct lws *wsi;      /* NULL between connections: callbacks of any other wsi are ignored */
	struct backoff backoff;
	bool is_live;
	bool is_held;         /* by the source: the log is behind, nothing is read; silence is our own then */
	/* private */
	struct upstream_connection _connection;
	int _redirects;
	uv_timer_t _retry, _silence, _tick;
	int _open_handles;
	struct resolve *_resolving;
	char _addresses[UPSTREAM_ADDRESSES][INET6_ADDRSTRLEN];
	size_t _n_addresses, _next_address;
	bool _was_refused;     /* by the answer: the next address would say the same */
	int64_t _asked_wait_ms; /* by the answer; 0: none */
	int64_t _live_since_ms, _heard_ms;
	uint64_t _taken;       /* messages of this connection */
	struct playback *_fallback;
};

/* Begins soon, from the loop. E_FORMAT, E_LIMIT: the url; E_IO: no sockets. After an error nothing is left to stop. */
enum err upstream_start(struct upstream *u, const struct source *common, const struct upstream_kind *kind, struct why *why)
	NODISCARD;
/* destroy is called when its handles are closed. */
void upstream_stop(struct upstream *u);
/* The source's resume: the fallback goes on. */
void upstream_resume(struct upstream *u);

/* From answered or callback: it speaks the protocol. */
void upstream_is_live(struct upstream *u);
/* Something came, be it only a sign of life. */
void upstream_heard(struct upstream *u);
/* A message of it was worth having. */
void upstream_took(struct upstream *u);
/* The connection is over, or to be ended; what says why, for people: "it closed the stream". From within a callback of
 * its own that must return -1 then. */
void upstream_lost(struct upstream *u, bool within_callback, const char *what);
/* From answered: it won't have us, for at least wait_ms. Gives what answered is to return. */
int upstream_refused(struct upstream *u, int64_t wait_ms, const char *what);
/* From answered: for good. The same. */
int upstream_ended(struct upstream *u, const char *what);

/* Of the answer; borrowed from room, empty when it has none. */
struct span upstream_answer_header(struct lws *wsi, int token, char *room, size_t size);
/* For add_headers. name with its colon. 0, or lws' room is full. */
int upstream_add_header(struct lws *wsi, const char *name, struct span value, unsigned char **p, unsigned char *end);

#endif

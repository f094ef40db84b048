/* http_conn.h - a connection and the request that it is busy with; private to http*.c and loop.c. One request at a
 * time: what a client sends ahead waits in `in`. Loop thread only.
 *
 *   accept -> READING (head, body) -> ANSWERING (route, worker, stream) -> READING the next, or LINGERING -> closed
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_HTTP_CONN_H
#define SERVER_HTTP_CONN_H

#include <netinet/in.h>
#include <uv.h>

#include "server/http.h"
#include "server/http_head.h"
#include "server/loop.h"

struct http_piece {        /* bytes on their way out: one of msg's, owned, or static ones */
	const char *p;
	size_t n;
	struct msg *msg;   /* released when sent; NULL: none */
	char *owned;       /* freed when sent; NULL: none */
	char small[24];    /* chunk headers; p may point here, see piece_bytes */
	bool is_small;
};

struct http_work {
	uv_work_t request;
	struct http *h; /* NULL once the client has gone */
	struct loop *loop;
	void (*work)(void *data);
	void (*done)(struct http *h, void *data);
	void *data;
};

struct http {
	struct http_conn *conn;
	struct http_request request;
	struct http_head *head;              /* NULL: it couldn't be read, or isn't needed any more */
	char *head_bytes;                    /* what head borrows from; wiped at the end */
	size_t n_head_bytes;
	struct buf path, body;
	struct span parts[HTTP_PARTS_MAX];
	const struct http_route *route;
	size_t body_length;
	struct http_work *work;
	void (*later_gone)(void *data);      /* the answer is still to come; NULL: it isn't */
	void *later_data;
	const struct http_stream_ops *stream; /* an endless answer; NULL once it was ended */
	void *stream_data;
	int file;                             /* descriptor of a file being sent; -1: none */
	uint64_t file_at, file_left;
	bool is_answered, is_complete;        /* begun; nothing will be added */
	bool is_chunked, head_only;
};

enum http_state { HTTP_READING, HTTP_ANSWERING, HTTP_LINGERING, HTTP_DEAD };

struct http_conn {
	uv_poll_t poll;
	struct http_listener *listener;
	struct http_conn *next, *previous;
	int fd, events;
	enum http_state state;
	struct buf in;
	size_t scanned;
	struct http *h;               /* NULL while a head is awaited */
	struct http_piece *out;       /* out[out_first .. out_n) */
	size_t out_first, out_n, out_room, out_bytes;
	int64_t since_ms;             /* when the state, or the window of progress, began */
	uint64_t moved;               /* bytes since then */
	bool close_after, saw_end, is_broken, is_pumping;
	char peer[INET6_ADDRSTRLEN];
};

struct http_listener {
	struct loop *loop;
	uv_poll_t poll;
	uv_timer_t tick;
	int fd, spare;
	struct http_conn *conns;
	size_t bodies;                /* bytes of request bodies in memory */
	int closing;                  /* handles still to be closed before it is freed */
	bool is_stopped;
};

/* Takes a listening socket. */
struct http_listener *http_listener_create(struct loop *l, int fd);
/* These accept NULL. */
void http_listener_stop(struct http_listener *hl);
void http_listener_close_all(struct http_listener *hl);
bool http_listener_has_connections(const struct http_listener *hl);
void http_listener_destroy(struct http_listener *hl);

/* http_conn.c */
void http_conn_start(struct http_listener *hl, int fd, const char *peer);
void http_conn_tick(struct http_conn *c, int64_t now_ms); /* deadlines; once a second */
void http_conn_close(struct http_conn *c);
void http_conn_put(struct http_conn *c, struct http_piece piece);
void http_conn_pump(struct http_conn *c);      /* sends what the socket takes; may close */
void http_conn_push_out(struct http_conn *c);  /* the same from inside other code: an error closes it later */
void http_conn_refuse(struct http_conn *c, int status); /* answers and closes */
void http_conn_went_on(struct http_conn *c);   /* an answer was given outside of the reading code */
const char *piece_bytes(const struct http_piece *piece);
void piece_finish(struct http_piece *piece);   /* releases what it holds */

/* http.c */
enum { HTTP_NO_LENGTH = -1 };
/* Begins the answer. length: HTTP_NO_LENGTH for streams. Fields of extra replace the standard ones of their name. */
void http_begin(struct http *h, int status, const char *type, int64_t length, const struct http_field *extra);
void http_dispatch(struct http *h);            /* calls the route */
/* Fills h->route and the rest for a parsed head; 0, or the status to refuse with. */
int http_resolve(struct http *h);
bool http_etag_matches(struct span list, const char *etag, bool weak);
const char *http_status_text(int status);
void http_free(struct http *h);
void http_forget_request(struct http *h);      /* of an answer that goes on for hours only what it needs is kept */
/* Adds pages of a stream, or nothing; true while it may have more later. */
void http_stream_fill(struct http *h);
void http_stream_gone(struct http *h);         /* tells it once */

/* http_file.c: sends what the socket takes. E_AGAIN: it takes no more; E_IO: file or socket failed; OK: all sent. */
enum err http_file_send(struct http *h, uint64_t *sent);

#endif

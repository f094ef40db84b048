/* http.h - one HTTP/1.1 request and its answer, on libuv; routes see nothing of it. (Not by libwebsockets: guard.h
 * says why.) Loop thread only, but for the work function of http_work. A route answers exactly once: http_reply,
 * http_error, http_redirect, http_stream, or by way of http_work or http_later. HEAD is handled here: a route answers as for GET,
 * the body is left out. Security headers are added here to every answer.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/msg.h"

struct http;   /* a request in progress */
struct server; /* server.h: what the routes work on */
struct page;   /* page.h */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OPTIONS, HTTP_OTHER };

struct http_request {
	enum http_method method;
	struct span path;  /* percent-decoded, valid UTF-8, begins with '/', has no "." or ".." segments */
	struct span query; /* as sent, without '?' */
	struct span body;  /* POST only; whole, at most HTTP_BODY_MAX */
	const char *peer;  /* address */
};
enum { HTTP_BODY_MAX = 16 << 20 };

const struct http_request *http_request(const struct http *h);
/* Value of a request header, borrowed until the answer is begun; p == NULL when it wasn't sent. Known names (lower
 * case): range, if-range, if-none-match, if-modified-since, accept, authorization, origin, host, last-event-id,
 * icy-metadata, user-agent, content-type. */
struct span http_header(const struct http *h, const char *name);
/* Decoded value of a query parameter appended to *value; false when it isn't there or is broken. */
bool http_query(const struct http *h, const char *name, struct buf *value);
struct server *http_server(const struct http *h);

/* The Content-Security-Policy: frame_src "" or "frame-src HOST; ", who may frame the page. wasm-unsafe-eval: the listening page
 * compiles the synthesizer. */
#define HTTP_POLICY(frame_src, ancestors) \
	"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; media-src 'self' blob:; " \
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; " frame_src "frame-ancestors " ancestors

struct http_field { /* an answer's extra header; name in lower case without colon */
	const char *name, *value;
};
/* Extra headers end with {NULL, NULL}; extra may be NULL. Takes body's bytes (body is empty afterwards). Adds
 * Content-Length. For status 200 with a body an ETag of its bytes is added, and If-None-Match answered with 304; so
 * is If-Modified-Since where extra has a last-modified. */
void http_reply(struct http *h, int status, const char *type, struct buf *body, const struct http_field *extra);
/* The static bytes must outlive the program (assets). immutable: may be cached for a year. */
void http_reply_static(struct http *h, const char *type, struct span body, const char *etag, bool immutable);
/* A shared buffer, sent without a copy; the caller's reference stays its own. extra as for http_reply. */
void http_reply_msg(struct http *h, const char *type, struct msg *body, const char *etag,
	const struct http_field *extra);
/* A small HTML page for browsers, {"error": ...} under /api/ and /sources/. */
void http_error(struct http *h, int status, const char *text);
void http_redirect(struct http *h, int status, const char *location);
/* A file of the site below folder, with HEAD, one byte range, ETag, Last-Modified, If-Range; never outside the folder,
 * never through a symlink (openat2). relative: as decoded from the URL. */
void http_file(struct http *h, const char *folder, const char *relative, const char *type,
	const struct http_field *extra);

/* Runs work(data) on a worker thread, then done(h, data) on the loop; h is NULL when the client went away meanwhile
 * (its connection broke: one that only closed its sending side still wants the answer). done must free data. */
void http_work(struct http *h, void (*work)(void *data), void (*done)(struct http *h, void *data), void *data);

/* The route returns, and the answer comes later, on the loop: by one of the functions above, then http_later_done. gone
 * is called instead, once, when the client went away before; h is no more then. */
void http_later(struct http *h, void (*gone)(void *data), void *data);
void http_later_done(struct http *h);

/* An endless answer. next: the next page (its reference goes to http), or NULL for nothing yet: then
 * http_stream_wake asks again. closed: called once, when the client has gone or http_stream_end was called.
 * http_stream_wake may call `next` before it returns, but never `closed`; http_stream_end calls `closed` before it
 * returns, and h is no more the caller's then. A client that takes less than 1 KiB in 30 s is let go. Once it has begun,
 * nothing of the request is known any more. */
struct http_stream_ops {
	struct msg *(*next)(void *data);
	void (*closed)(void *data);
	/* Instead of next, where pages aren't sent as they are: calls http_stream_put for what there is; nothing put is nothing
	 * yet. */
	void (*fill)(void *data);
	bool until_close; /* ends with the connection (RFC 9112 6.3, 8.), as players' radios do; else chunked */
};
void http_stream(struct http *h, const char *type, const struct http_field *extra, const struct http_stream_ops *ops,
	void *data);
/* From fill only: part of a page, which is kept as long as needed; the caller's reference stays its own. */
void http_stream_put(struct http *h, struct msg *m, size_t from, size_t n);
void http_stream_wake(struct http *h);
void http_stream_end(struct http *h);
void http_stream_buffer(struct http *h, int bytes); /* the most that the kernel holds of it; without a bound megabytes */
size_t http_stream_unsent(const struct http *h); /* bytes that the socket hasn't taken yet */

/* The table of routes: a pattern's {name} matches one segment, given to the handler by http_part (decoded);
 * {name...} at the end matches all that is left. No part is empty. */
struct http_route {
	enum http_method method; /* HTTP_GET also serves HEAD */
	const char *pattern;     /* "/shows/{show}/{slug}" */
	void (*handle)(struct http *h);
	/* May be NULL. Asked before a large body is read, or one that the client wants to be told to send: 0, or the status to
	 * refuse it with. handle asks again for itself. */
	int (*admits)(struct http *h);
	bool (*applies)(struct http *h);  /* may be NULL: the row is passed over unless it gives true */
	void (*build)(struct page *page); /* for route_page (routes.h): what makes the answer, here and for `publish` */
};
/* The row that matched. */
const struct http_route *http_matched(const struct http *h);
extern const struct http_route http_routes[]; /* routes.c; ends with a NULL pattern; the first match wins */
/* Text of the pattern's i-th {…}. */
struct span http_part(const struct http *h, int i);

#endif

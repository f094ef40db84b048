/* fetch.h - files from the web, by libcurl: many at once on one thread that owns it, politely (one connection a host,
 * conditional requests), and only from the world's addresses. One thread, but for fetch_wake.
 *
 * Guarded (craft.md P7, P8): http and https alone, ports 80, 443 and those from 1024 on, no user names, no proxy; every
 * address is looked at when it is connected to, after the name was resolved, so that a name that resolves to something
 * else the second time gains nothing; each redirect is a request of its own under the same rules, at most 5. Bytes come
 * as they are (Accept-Encoding: identity): a compressed answer is an error. At most `limit` bytes, 60 s in all (but for
 * what goes into a sink), 15 s to connect, 20 s without progress.
 * An address that the operator typed himself may be of any network: he could fetch it with any other program, too. What a
 * public server answers with, and redirects to, may not: else it could make this program fetch what only this machine or
 * its network may see. A private one may lead to its like, since it is there already.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_FETCH_H
#define SERVER_FETCH_H

#include "base/buf.h"
#include "base/err.h"

struct fetcher;
struct sockaddr;

/* What libcurl needs once. Whoever has threads calls it on the main one before: TLS leaves things behind in the first that
 * asks for it. Others needn't. */
void fetch_init(void);

struct fetch_options {
	const char *user_agent;  /* borrowed until fetch_destroy */
	bool allows_private;     /* every address and port may be connected to: for tests and networks of one's own */
	bool (*allows)(const struct sockaddr *address); /* asked instead of address_is_public, for tests; may be NULL */
	int most_at_once;
	bool is_command;         /* faults advise somebody who typed a command, not the owner of a planet */
};

/* What an answer says of itself before its body. */
struct fetch_head {
	int status;              /* 200 or 206 */
	int64_t from;            /* 206: the offset of its first byte; -1 where it doesn't say */
	int64_t length;          /* of the whole file; -1 where it doesn't say */
	const char *etag, *last_modified, *type; /* "" where missing */
};
/* Where a body goes that is too large for memory. False from either ends the transfer: FETCH_FAILED. */
struct fetch_sink {
	bool (*begin)(void *data, const struct fetch_head *head);
	bool (*bytes)(void *data, const char *p, size_t n);
	void *data;
};

struct fetch_request {
	const char *url;
	const char *etag, *last_modified; /* of what is there already; "" or NULL: unconditional */
	size_t limit;                     /* bytes of the body */
	bool is_named;                    /* its address is the operator's own word, see above */
	bool is_head;                     /* nothing but what the answer says of itself (HEAD) */
	const struct fetch_sink *sink;    /* borrowed until done; NULL: the body is the result's. Without a limit then */
	int64_t from;                     /* bytes that are there already; 0: all of it is wanted */
	const char *if_range;             /* with from: what the file was then, its ETag or Last-Modified */
};

enum fetch_outcome {
	FETCH_DONE,      /* 200: body; with from also 206 */
	FETCH_UNCHANGED, /* 304 */
	FETCH_GONE,      /* 410 */
	FETCH_REFUSED,   /* this program doesn't go there, or doesn't take that: asking again won't help soon */
	FETCH_FAILED,    /* everything else: why says what */
};

/* Borrowed during done; the body may be taken by buf_take. */
struct fetch_result {
	enum fetch_outcome outcome;
	int status;                /* 0: no answer */
	struct buf body;
	const char *url;           /* where the answer came from */
	const char *moved_to;      /* where redirects of the permanent kind alone led (301, 308), or NULL */
	const char *type, *etag, *last_modified; /* headers, "" where missing */
	int64_t retry_after_ms, max_age_ms; /* as the server says; 0 where it doesn't */
	int64_t length;            /* of the whole file, as the server says; -1 where it doesn't */
	bool is_private;           /* a named one at a private address */
	struct why why;
};
typedef void fetch_done(void *data, struct fetch_result *result);

/* NULL when libcurl can't be set up. */
struct fetcher *fetch_create(const struct fetch_options *options);
/* Drops what is under way, without a call of done. Accepts NULL. */
void fetch_destroy(struct fetcher *f);
/* done is called from fetch_wait, also for what was refused at once. */
void fetch_start(struct fetcher *f, const struct fetch_request *request, fetch_done *done, void *data);
/* Works on what is under way until something happens, or for so long. */
void fetch_wait(struct fetcher *f, int timeout_ms);
size_t fetch_under_way(const struct fetcher *f);
/* Any thread: fetch_wait returns soon. */
void fetch_wake(struct fetcher *f);

/* POSTs a form to an address of the operator's, within ten seconds; waits for it. The answer's status; 0: there is none, why says
 * so. */
int fetch_post(const char *url, struct span form, struct why *why);

#endif

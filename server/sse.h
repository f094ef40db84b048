/* sse.h - bytes of an event stream to its events, for the sources that read one (WHATWG HTML, 9.2.5 and 9.2.6). Pure
 * and incremental: the bytes may be cut anywhere. One thread at a time.
 * Bytes that aren't UTF-8 are passed on as they are: whoever reads the data counts such a message as broken.
 * Bounded: an event with more than `limit` bytes of data isn't held. The rest of it is read over, its id still counts,
 * and it is reported as oversize, so that the resume position can move past it.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_SSE_H
#define SERVER_SSE_H

#include "base/buf.h"

enum { SSE_ID_MAX = 16 << 10 }; /* bytes; a longer id is ignored, as one with a NUL inside is */

struct sse_event {
	struct span data; /* its lines joined with LF; empty when oversize */
	struct span id;   /* the stream's last event id; it stays until another comes. Empty: none yet */
	struct span type; /* "message" unless the stream said otherwise */
	bool oversize;
};

struct sse {
	/* False: not now. The same event is offered again by the next sse_push. The spans are borrowed until it returns. */
	bool (*taken)(void *data, const struct sse_event *ev);
	void *data;
	int64_t retry_ms;  /* the reconnection time that the stream asked for; -1: none yet */
	uint64_t comments; /* how many came: a sign of life */
	/* private */
	size_t _limit;
	struct buf _line, _id, _last_id, _data, _type;
	int _bom;            /* bytes of a byte order mark seen at the start; 3 when that is past */
	bool _after_cr, _skip_line, _has_data, _oversize, _pending;
};

void sse_init(struct sse *s, size_t limit, bool (*taken)(void *data, const struct sse_event *ev), void *data);
void sse_finish(struct sse *s);
/* A new connection: what was unfinished is forgotten, the last event id stays. */
void sse_restart(struct sse *s);
/* Returns how many bytes were used: all of them, unless an event wasn't taken (sse_is_waiting). Then push the rest,
 * which may be empty, to have it offered again. */
size_t sse_push(struct sse *s, struct span bytes) __attribute__((warn_unused_result));
static inline bool sse_is_waiting(const struct sse *s) { return s->_pending; }
/* The last event id of what has been dispatched: what to send as Last-Event-ID. Moved by blocks without data too. */
struct span sse_last_id(const struct sse *s);

#endif

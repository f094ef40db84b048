/* msg.h - one immutable, reference-counted buffer that many listeners share: a live frame, an encoded audio page.
 * The room before the bytes is for a WebSocket frame's head, so one buffer serves every socket. The count is
 * atomic: a msg may be made on one thread and released on another; the bytes don't change after msg_create's caller
 * has filled them.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_MSG_H
#define BASE_MSG_H

#include <stdatomic.h>

#include "base/span.h"

enum { MSG_HEADROOM = 16 };

struct msg {
	atomic_uint _references;
	uint64_t first_seq, last_seq; /* events inside; 0 where there are none */
	int64_t made_ms;              /* clock_mono_ms when it was made */
	size_t n;                     /* bytes at msg_bytes */
	unsigned char n_head;         /* bytes before them that ws.c made; 0: none yet. The loop's alone */
	unsigned char _memory[];      /* MSG_HEADROOM, then n bytes */
};

struct msg *msg_create(size_t n);            /* one reference, the caller's */
struct msg *msg_from(struct span bytes);
struct msg *msg_ref(struct msg *m);
void msg_unref(struct msg *m);               /* accepts NULL */
static inline unsigned char *msg_bytes(struct msg *m) { return m->_memory + MSG_HEADROOM; }

#endif

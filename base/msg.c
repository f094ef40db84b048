/* SPDX-License-Identifier: MIT */
#include "base/msg.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct msg *msg_create(size_t n)
{
	struct msg *m = mem_new(1, sizeof *m + MSG_HEADROOM + n);
	atomic_init(&m->_references, 1);
	m->made_ms = clock_mono_ms();
	m->n = n;
	return m;
}

struct msg *msg_from(struct span bytes)
{
	struct msg *m = msg_create(bytes.n);
	if (bytes.n)
		memcpy(msg_bytes(m), bytes.p, bytes.n);
	return m;
}

struct msg *msg_ref(struct msg *m)
{
	atomic_fetch_add_explicit(&m->_references, 1, memory_order_relaxed);
	return m;
}

void msg_unref(struct msg *m)
{
	if (m && atomic_fetch_sub_explicit(&m->_references, 1, memory_order_acq_rel) == 1)
		free(m);
}

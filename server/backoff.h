/* backoff.h - how long a source waits before it connects again. Exponential with jitter, so that a thousand clients
 * that were cut off together don't come back together. Pure: the random number comes in.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_BACKOFF_H
#define SERVER_BACKOFF_H

#include <stdint.h>

#include "base/span.h"

enum {
	BACKOFF_BASE_MS = 1000,
	BACKOFF_BASE_LEAST_MS = 100,       /* whatever the upstream's `retry:` says */
	BACKOFF_MOST_MS = 60000,
	BACKOFF_REFUSED_MS = 60000,        /* after a 4xx: asking again soon won't help */
	BACKOFF_RETRY_AFTER_MOST_MS = 3600000,
};

struct backoff {
	int64_t base_ms;
	int failures; /* in a row */
};

void backoff_init(struct backoff *b);
/* The upstream's `retry:`; held within [BACKOFF_BASE_LEAST_MS, BACKOFF_MOST_MS]. */
void backoff_set_base(struct backoff *b, int64_t base_ms);
/* The connection was worth having: the next wait is the shortest again. */
void backoff_reset(struct backoff *b);
/* The next wait, counting one more failure: between half of step and step, where step = base * 2^failures, at most
 * BACKOFF_MOST_MS. random: any 32 bits. */
int64_t backoff_next_ms(struct backoff *b, uint32_t random);
/* A wait that someone else asked for: never shorter than asked, up to a tenth longer. */
int64_t backoff_at_least_ms(int64_t asked_ms, uint32_t random);
/* Retry-After (RFC 9110, 10.2.3): seconds or a date. False when it is neither. Held within
 * [0, BACKOFF_RETRY_AFTER_MOST_MS]. */
bool backoff_retry_after(struct span value, int64_t wall_ms, int64_t *wait_ms);

#endif

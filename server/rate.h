/* rate.h - events a minute, as Listen to Wikipedia shows them: the last minute in six windows of 10 s, the newest
 * counted six times, the oldest once. Pure: time comes with each call.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_RATE_H
#define SERVER_RATE_H

#include <stdint.h>

enum { RATE_STEP_MS = 100, RATE_STEPS = 600 };

struct rate {
	uint32_t _counts[RATE_STEPS]; /* a ring of tenths of a second */
	int64_t _newest;              /* the step that was counted in last */
};

/* A zeroed rate has counted nothing. now_ms: on a clock that never goes back. */
void rate_count(struct rate *r, int64_t now_ms);
double rate_per_minute(const struct rate *r, int64_t now_ms);

#endif

/* SPDX-License-Identifier: MIT */
#include "server/rate.h"

#include <math.h>

enum { WINDOWS = 6, WINDOW_STEPS = RATE_STEPS / WINDOWS, WEIGHTS = 21 };

void rate_count(struct rate *r, int64_t now_ms)
{
	int64_t step = now_ms / RATE_STEP_MS;
	int64_t stale = step - r->_newest < RATE_STEPS ? step - r->_newest : RATE_STEPS;
	for (int64_t i = 0; i < stale; i++)
		r->_counts[(step - i) % RATE_STEPS] = 0;
	if (step > r->_newest)
		r->_newest = step;
	r->_counts[step % RATE_STEPS]++;
}

double rate_per_minute(const struct rate *r, int64_t now_ms)
{
	int64_t now = now_ms / RATE_STEP_MS;
	uint64_t sum = 0;
	for (int64_t age = 0; age < RATE_STEPS; age++) {
		int64_t step = now - age;
		if (step <= r->_newest && step > r->_newest - RATE_STEPS && step >= 0)
			sum += (uint64_t)r->_counts[step % RATE_STEPS] * (uint64_t)(WINDOWS - age / WINDOW_STEPS);
	}
	/* 6 windows make a minute, the weights make 21. */
	return round((double)sum * WINDOWS / WEIGHTS);
}

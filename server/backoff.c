/* SPDX-License-Identifier: MIT */
#include "server/backoff.h"

#include "base/clock.h"

static int64_t within(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* random, scaled to [0, range]. */
static int64_t share(int64_t range, uint32_t random)
{
	return (int64_t)((uint64_t)range * random / UINT32_MAX);
}

void backoff_init(struct backoff *b)
{
	*b = (struct backoff){.base_ms = BACKOFF_BASE_MS};
}

void backoff_set_base(struct backoff *b, int64_t base_ms)
{
	b->base_ms = within(base_ms, BACKOFF_BASE_LEAST_MS, BACKOFF_MOST_MS);
}

void backoff_reset(struct backoff *b)
{
	b->failures = 0;
}

int64_t backoff_next_ms(struct backoff *b, uint32_t random)
{
	int64_t step = b->base_ms;
	for (int i = 0; i < b->failures && step < BACKOFF_MOST_MS; i++)
		step *= 2;
	step = within(step, 0, BACKOFF_MOST_MS);
	if (step < BACKOFF_MOST_MS) /* no need to count on for ever */
		b->failures++;
	return step / 2 + share(step - step / 2, random);
}

int64_t backoff_at_least_ms(int64_t asked_ms, uint32_t random)
{
	return asked_ms + share(asked_ms / 10, random);
}

bool backoff_retry_after(struct span value, int64_t wall_ms, int64_t *wait_ms)
{
	value = span_trim(value);
	int64_t n;
	if (span_to_i64(value, &n))
		n = within(n, 0, BACKOFF_RETRY_AFTER_MOST_MS / 1000) * 1000;
	else if (time_parse_http(value, &n) == OK)
		n -= wall_ms;
	else
		return false;
	*wait_ms = within(n, 0, BACKOFF_RETRY_AFTER_MOST_MS);
	return true;
}

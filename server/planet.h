/* planet.h - other people's feeds, fetched: a thread that asks each feed of the configuration when it is due, and keeps
 * what comes in SITE/var/planet.db. Polite: conditional requests, one connection a host, at most 4 at a time, no more
 * often than the interval, than the server's Cache-Control and Retry-After, or than the feed's own ttl say; after
 * failures ever more seldom (up to a day), with jitter. A permanent redirect is remembered, until the place it led to
 * fails; 410 ends it.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PLANET_H
#define SERVER_PLANET_H

#include <stdbool.h>
#include <stdint.h>

struct config;
struct planet;

enum planet_fetch { PLANET_CHANGED, PLANET_SAME, PLANET_UNREACHED, PLANET_NO_FEED, PLANET_ENDED, PLANET_FETCHES };

struct planet_counts {
	uint64_t feeds[5];                /* by enum planet_state */
	uint64_t fetches[PLANET_FETCHES]; /* since the start */
	uint64_t entries;                 /* new ones since the start */
	uint64_t bytes;
};

/* NULL when nothing is to be fetched, or the thread couldn't be started (said). config must outlive it. */
struct planet *planet_start(const struct config *config, const char *var);
/* Breaks off what is under way. Accepts NULL. */
void planet_stop(struct planet *p);
/* Any thread; p may be NULL. */
struct planet_counts planet_counts(struct planet *p);
const char *planet_fetch_name(enum planet_fetch outcome);

/* How long to wait after an answer, in ms. Pure. random: any 32 bits. interval_ms: the configuration's; said_ms: the
 * longest that server and feed ask for, taken up to a day. */
int64_t planet_wait_ms(int64_t interval_ms, int64_t said_ms, uint32_t random);
/* After the n-th failure in a row (from 1 on). retry_after_ms: 0, or what the server said; taken up to a week. */
int64_t planet_retry_ms(int64_t interval_ms, int n_failures, int64_t retry_after_ms, uint32_t random);

#endif

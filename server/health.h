/* health.h - what is wrong, in words: for /healthz, /metrics and the pages. Loop thread only.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include "server/log.h"
#include "server/source.h"

struct server;

enum {
	HEALTH_STALE_MS = 120000, /* a source that brings nothing for so long */
	HEALTH_STORING_MS = 1000, /* the log stored nothing for so long though something waits */
	HEALTH_FAILED_MS = 3000,  /* after a push that couldn't be stored, which nobody but its sender tries again */
	HEALTH_TEXT = 240,
};

/* Nothing came though something should. started_ms: clock_mono_ms when the server started, as now_ms is. */
bool health_is_stale(const struct source_status *status, int64_t now_ms, int64_t started_ms);
/* Is something wrong with a source, or with the log, of which `waiting` events aren't stored yet? */
bool health_source_is_ill(const struct source_status *status, int64_t now_ms, int64_t started_ms);
bool health_log_is_ill(const struct log_counts *log, uint64_t waiting, int64_t now_ms, char text[HEALTH_TEXT]);

/* The log's, with all that waits for it. text: why, "" when it is well. */
bool health_log(const struct server *s, char text[HEALTH_TEXT]);
/* The i-th of the configuration's sources; one that couldn't be started isn't stale, but ill. */
bool health_source_is_stale(const struct server *s, size_t i);
/* How it is, for people. */
void health_describe(const struct server *s, size_t i, char text[HEALTH_TEXT]);
/* Is anything wrong? Calls wrong (may be NULL) for each thing that is; source is NULL for the log, "feed NAME" for
 * a feed that the gate refuses. */
bool health_check(const struct server *s, void (*wrong)(void *data, const char *source, const char *text), void *data);

#endif

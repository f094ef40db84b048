/* log_chores.h - what the log's thread does between batches, in small steps, so that no batch waits for long: forgetting
 * old events, and taking names out of those that stay. For log.c. Log thread only; opens its own transactions on the log's
 * connection. A failed sync is the caller's to see (sqlite3_extended_errcode).
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LOG_CHORES_H
#define SERVER_LOG_CHORES_H

#include "base/db.h"
#include "server/log.h"

struct log_purge {
	enum log_name what;
	char *name, *source; /* source NULL: any */
	void *owner;         /* whose it is: the job is never freed here */
	/* how far it is */
	uint64_t at, n_events;
	int64_t tried_ms;    /* monotonic: when the WAL couldn't be emptied last */
	int tries;
	enum err error;
	struct why why;
	struct log_purge *next;
};
struct log_chores;
struct log_chores *log_chores_create(sqlite3 *db);
void log_chores_destroy(struct log_chores *c); /* accepts NULL */
/* As log_keep. */
void log_chores_keep(struct log_chores *c, int64_t keep_ms, uint64_t n_bytes);
/* The job comes back from a step, or at the end from log_chores_give_up; NULL: there is none. */
void log_chores_purge(struct log_chores *c, struct log_purge *job);
struct log_purge *log_chores_give_up(struct log_chores *c);
/* How long the thread may wait for batches: 0 when there is something to do, -1 for ever. */
int log_chores_wait_ms(const struct log_chores *c);
/* One step. newest: the number of the newest event, which is never forgotten. n_stored: events that were stored since the
 * last step: at least as many old ones go, where old ones have to go. *finished: a job that is done, or NULL. */
enum err log_chores_step(struct log_chores *c, uint64_t newest, size_t n_stored, struct log_purge **finished,
	struct why *why) NODISCARD;
uint64_t log_chores_forgotten(const struct log_chores *c); /* events, so far */

#endif

/* log_admin.h - what an operator does to the log from a terminal: for verb_log.c. Blocking.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LOG_ADMIN_H
#define SERVER_LOG_ADMIN_H

#include "base/span.h"
#include "server/log.h"

/* Takes the name out (log_purge): by way of the server where one runs, which forgets it too, else in the log itself.
 * E_AGAIN: done, but a reader kept traces in events.db-wal. */
enum err log_admin_purge(const char *var, enum log_name what, const char *name, const char *source, uint64_t *n_events,
	struct why *why) NODISCARD;
/* A copy of the log as it is at one moment, also while a server writes on. E_DENIED: there is such a file already. */
enum err log_admin_backup(const char *var, const char *file, struct why *why) NODISCARD;
/* Reads all of it: SQLite's integrity check, the numbers' density. Each fault is told; *n_faults counts them. */
enum err log_admin_check(const char *var, void (*fault)(void *data, const char *text), void *data, uint64_t *n_events,
	struct why *why) NODISCARD;

#endif

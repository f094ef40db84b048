/* log_resumes.h - where each source is to resume, as far as it is known to be stored; for log.c. One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LOG_RESUMES_H
#define SERVER_LOG_RESUMES_H

#include <stddef.h>

#include "base/db.h"

struct log_resumes {
	struct log_resume {
		char *source, *position;
	} *_all;
	size_t _n;
};

enum err log_resumes_read(struct log_resumes *r, sqlite3 *db, struct why *why) NODISCARD;
void log_resumes_set(struct log_resumes *r, const char *source, const char *position);
const char *log_resumes_get(const struct log_resumes *r, const char *source); /* NULL: none is known */
void log_resumes_finish(struct log_resumes *r);

#endif

/* SPDX-License-Identifier: MIT */
#include "server/log_resumes.h"

#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/mem.h"

static struct log_resume *find(const struct log_resumes *r, const char *source)
{
	for (size_t i = 0; i < r->_n; i++)
		if (strcmp(r->_all[i].source, source) == 0)
			return &r->_all[i];
	return NULL;
}

void log_resumes_set(struct log_resumes *r, const char *source, const char *position)
{
	struct log_resume *found = find(r, source);
	if (!found) {
		r->_all = mem_grow(r->_all, r->_n + 1, sizeof *r->_all);
		found = &r->_all[r->_n++];
		*found = (struct log_resume){.source = mem_strdup(source)};
	}
	free(found->position);
	found->position = mem_strdup(position);
}

const char *log_resumes_get(const struct log_resumes *r, const char *source)
{
	const struct log_resume *found = find(r, source);
	return found ? found->position : NULL;
}

enum err log_resumes_read(struct log_resumes *r, sqlite3 *db, struct why *why)
{
	sqlite3_stmt *s = db_prepare(db, "SELECT name, position FROM sources WHERE position IS NOT NULL");
	int step;
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		log_resumes_set(r, db_column_span(s, 0).p, db_column_span(s, 1).p);
	enum err e = step == SQLITE_DONE ? OK : db_error(db, why);
	sqlite3_finalize(s);
	return e;
}

void log_resumes_finish(struct log_resumes *r)
{
	for (size_t i = 0; i < r->_n; i++) {
		free(r->_all[i].source);
		free(r->_all[i].position);
	}
	free(r->_all);
	*r = (struct log_resumes){0};
}

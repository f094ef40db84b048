/* archive_names.c - items name people by their source's key, and the key's name comes from another file, which may be read
 * later or change: then what is searched of those items changes too.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_parts.h"
#include "transcripts/archive_put.h"

/* As archive_put_item wrote it. */
static const char people_sql[] =
	"SELECT item, people, coalesce((SELECT group_concat(name||char(10), '') FROM (SELECT name FROM voices WHERE"
	" voices.item=texts.item ORDER BY number)), '') || coalesce((SELECT group_concat(name||char(10), '') FROM (SELECT"
	" CASE WHEN name<>'' THEN name ELSE coalesce((SELECT name FROM person_records WHERE person_records.ref=credits.ref"
	" ORDER BY path LIMIT 1), ref) END AS name FROM credits WHERE credits.item=texts.item ORDER BY n) WHERE name<>''),"
	" '') || (SELECT CASE WHEN author<>'' THEN author||char(10) ELSE '' END FROM items WHERE id=item)"
	" FROM texts WHERE item IN (SELECT item FROM credits WHERE name='')";

struct renamed {
	int64_t item;
	char *people;
};

static enum err set_people(struct archive *a, const struct renamed *r, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_DELETE_SPOKEN);
	sqlite3_bind_int64(s, 1, r->item);
	enum err e = archive_step(a, s, why);
	if (e)
		return e;
	s = archive_statement(a, SQL_SET_PEOPLE);
	sqlite3_bind_int64(s, 1, r->item);
	archive_bind_text(s, 2, r->people);
	e = archive_step(a, s, why);
	if (e)
		return e;
	s = archive_statement(a, SQL_SPOKEN_AGAIN);
	sqlite3_bind_int64(s, 1, r->item);
	return archive_step(a, s, why);
}

static enum err read_renamed(struct archive *a, struct renamed **list, size_t *n, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, people_sql);
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if (span_equal(db_column_span(s, 1), db_column_span(s, 2)))
			continue;
		if ((*n & (*n - 1)) == 0)
			*list = mem_grow(*list, *n ? *n * 2 : 1, sizeof **list);
		(*list)[(*n)++] = (struct renamed){sqlite3_column_int64(s, 0), archive_dup_column(s, 2)};
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_finalize(s);
	return e;
}

enum err archive_settle_names(struct archive *a, struct why *why)
{
	struct renamed *list = NULL;
	size_t n = 0;
	bool own;
	if (!archive_state(a, ARCHIVE_NAMES))
		return OK;
	enum err e = archive_enter(a, &own, why);
	if (e)
		return e;
	e = read_renamed(a, &list, &n, why);
	for (size_t i = 0; i < n && !e; i++)
		e = set_people(a, &list[i], why);
	for (size_t i = 0; i < n; i++)
		free(list[i].people);
	free(list);
	if (!e)
		e = archive_set_state(a, ARCHIVE_NAMES, 0, why);
	return archive_leave(a, own, e, why);
}

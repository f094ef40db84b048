/* log_reader.c - the log's reading side. Rows come in pages that are copied out, so that a reader who takes its time
 * holds no transaction open: that would keep the WAL from being folded back into the database.
 * SPDX-License-Identifier: MIT */
#include "server/log.h"

#include <stdlib.h>

#include "base/mem.h"
#include "server/log_store.h"

enum { PAGE = 256 };

struct log_reader {
	sqlite3 *db;
	sqlite3_stmt *by_time, *by_seq, *now; /* now: one of the two, or NULL */
	int64_t to_ms, last_time_ms;
	uint64_t last_seq;
	struct event *page[PAGE];
	size_t next, n;
	bool ended;
};

enum err log_reader_open(const char *var, struct log_reader **r, struct why *why)
{
	sqlite3 *db;
	char *path = log_store_path(var);
	enum err e = db_open_reader(path, LOG_STORE_VERSION, &db, why);
	free(path);
	*r = NULL;
	if (e)
		return e;
	*r = mem_new(1, sizeof **r);
	(*r)->db = db;
	(*r)->by_time = db_prepare(db, "SELECT " LOG_STORE_COLUMNS
		" FROM events e CROSS JOIN sources s ON s.number = e.source WHERE e.time_ms < ?1"
		" AND (e.time_ms, e.seq) > (?2, ?3) ORDER BY e.time_ms, e.seq LIMIT ?4");
	(*r)->by_seq = db_prepare(db, "SELECT " LOG_STORE_COLUMNS
		" FROM events e CROSS JOIN sources s ON s.number = e.source WHERE e.seq > ?3 ORDER BY e.seq LIMIT ?4");
	return OK;
}

static void drop_page(struct log_reader *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->page[i]);
	r->next = r->n = 0;
}

void log_reader_close(struct log_reader *r)
{
	if (!r)
		return;
	drop_page(r);
	sqlite3_finalize(r->by_time);
	sqlite3_finalize(r->by_seq);
	db_close(r->db);
	free(r);
}

static enum err place(struct log_reader *r, sqlite3_stmt *by, int64_t from_ms, int64_t to_ms, uint64_t after)
{
	drop_page(r);
	r->now = by;
	r->last_time_ms = from_ms;
	r->to_ms = to_ms;
	r->last_seq = after;
	r->ended = false;
	return OK;
}

enum err log_reader_window(struct log_reader *r, int64_t from_ms, int64_t to_ms, struct why *why)
{
	if (to_ms < from_ms)
		return why_set(why, E_FORMAT, "the window ends before it begins; give the earlier time first");
	return place(r, r->by_time, from_ms, to_ms, 0);
}

enum err log_reader_after(struct log_reader *r, uint64_t after, struct why *why)
{
	if (after > INT64_MAX)
		return why_set(why, E_FORMAT, "no event has the number %llu", (unsigned long long)after);
	return place(r, r->by_seq, 0, 0, after);
}

static enum err read_page(struct log_reader *r, struct why *why)
{
	sqlite3_stmt *s = r->now;
	int step = SQLITE_DONE;
	drop_page(r);
	if (s == r->by_time) {
		sqlite3_bind_int64(s, 1, r->to_ms);
		sqlite3_bind_int64(s, 2, r->last_time_ms);
	}
	sqlite3_bind_int64(s, 3, (sqlite3_int64)r->last_seq);
	sqlite3_bind_int(s, 4, PAGE);
	while (r->n < PAGE && (step = sqlite3_step(s)) == SQLITE_ROW)
		r->page[r->n++] = log_store_read(s);
	enum err e = step == SQLITE_DONE || step == SQLITE_ROW ? OK : db_error(r->db, why);
	sqlite3_reset(s);
	if (r->n) {
		r->last_time_ms = r->page[r->n - 1]->time_ms;
		r->last_seq = r->page[r->n - 1]->seq;
	}
	r->ended = r->n < PAGE;
	return e;
}

enum err log_reader_next(struct log_reader *r, const struct event **ev, struct why *why)
{
	*ev = NULL;
	if (!r->now)
		return E_GONE;
	if (r->next == r->n) {
		if (r->ended)
			return E_GONE;
		enum err e = read_page(r, why);
		if (e)
			return e;
		if (!r->n)
			return E_GONE;
	}
	*ev = r->page[r->next++];
	return OK;
}

/* SPDX-License-Identifier: MIT */
#include "server/log_chores.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/mem.h"

enum {
	FORGET_LEAST = 200,   /* rows a step */
	FORGET_MOST = 4000,
	LOOK_MS = 1000,       /* between looks when nothing was old */
	PURGE_SPAN = 4000,    /* numbers looked at a step */
	FREE_PAGES_KEPT = 256, /* for the next events; what is above goes back to the file system */
	FREE_PAGES_STEP = 64,
	EMPTY_TRIES = 100, EMPTY_EVERY_MS = 100,
	BUSY_MS = 5000,       /* as base/db.c has it */
};

struct log_chores {
	sqlite3 *db;
	int64_t keep_ms;
	uint64_t n_bytes, n_forgotten;
	int64_t look_ms;          /* monotonic: not before is looked for old ones */
	bool goes_on;             /* the last step left some */
	struct log_purge *purges; /* the first is being done */
	sqlite3_stmt *oldest, *forget, *page_size, *page_count, *free_count;
};

struct log_chores *log_chores_create(sqlite3 *db)
{
	struct log_chores *c = mem_new(1, sizeof *c);
	c->db = db;
	c->oldest = db_prepare(db, "SELECT seq, received_ms FROM events ORDER BY seq LIMIT ?");
	c->forget = db_prepare(db, "DELETE FROM events WHERE seq <= ?");
	c->page_size = db_prepare(db, "PRAGMA page_size");
	c->page_count = db_prepare(db, "PRAGMA page_count");
	c->free_count = db_prepare(db, "PRAGMA freelist_count");
	return c;
}

void log_chores_destroy(struct log_chores *c)
{
	if (!c)
		return;
	sqlite3_stmt *all[] = {c->oldest, c->forget, c->page_size, c->page_count, c->free_count};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		sqlite3_finalize(all[i]);
	free(c);
}

void log_chores_keep(struct log_chores *c, int64_t keep_ms, uint64_t n_bytes)
{
	c->keep_ms = keep_ms;
	c->n_bytes = n_bytes;
	c->look_ms = 0;
}

void log_chores_purge(struct log_chores *c, struct log_purge *job)
{
	struct log_purge **p = &c->purges;
	while (*p)
		p = &(*p)->next;
	*p = job;
}

struct log_purge *log_chores_give_up(struct log_chores *c)
{
	struct log_purge *p = c->purges;
	if (p)
		c->purges = p->next;
	return p;
}

uint64_t log_chores_forgotten(const struct log_chores *c)
{
	return c->n_forgotten;
}

static bool keeps_all(const struct log_chores *c)
{
	return !c->keep_ms && !c->n_bytes;
}

int log_chores_wait_ms(const struct log_chores *c)
{
	int64_t now = clock_mono_ms();
	if (c->goes_on)
		return 0;
	if (c->purges) {
		int64_t left = c->purges->tried_ms ? c->purges->tried_ms + EMPTY_EVERY_MS - now : 0;
		return left > 0 ? (int)left : 0;
	}
	if (keeps_all(c))
		return -1;
	return c->look_ms > now ? (int)(c->look_ms - now) : 0;
}

/* --- forgetting --- */

static enum err read_number(struct log_chores *c, sqlite3_stmt *s, uint64_t *out, struct why *why)
{
	enum err e = sqlite3_step(s) == SQLITE_ROW ? OK : db_error(c->db, why);
	*out = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return e;
}

static enum err is_too_large(struct log_chores *c, bool *yes, struct why *why)
{
	uint64_t size = 0, count = 0, unused = 0;
	*yes = false;
	if (!c->n_bytes)
		return OK;
	enum err e = read_number(c, c->page_size, &size, why);
	if (!e)
		e = read_number(c, c->page_count, &count, why);
	if (!e)
		e = read_number(c, c->free_count, &unused, why);
	*yes = !e && (count - unused) * size > c->n_bytes;
	return e;
}

/* The last of the oldest `most` events that may go, 0 for none: those that came too long ago, up to the first that
 * didn't; or, while the log is too large, any. */
static enum err find_last(struct log_chores *c, uint64_t newest, size_t most, uint64_t *last, size_t *n, struct why *why)
{
	int64_t limit_ms = c->keep_ms ? clock_wall_ms() - c->keep_ms : INT64_MIN;
	bool too_large;
	enum err e = is_too_large(c, &too_large, why);
	int step = SQLITE_DONE;
	*last = *n = 0;
	if (e)
		return e;
	sqlite3_bind_int64(c->oldest, 1, (sqlite3_int64)most);
	while ((step = sqlite3_step(c->oldest)) == SQLITE_ROW) {
		uint64_t seq = (uint64_t)sqlite3_column_int64(c->oldest, 0);
		if (seq >= newest || (!too_large && sqlite3_column_int64(c->oldest, 1) >= limit_ms)) {
			step = SQLITE_DONE;
			break;
		}
		*last = seq;
		++*n;
	}
	e = step == SQLITE_DONE ? OK : db_error(c->db, why);
	sqlite3_reset(c->oldest);
	return e;
}

/* Pages that a database without auto_vacuum has unused wait for its next events. */
static enum err give_pages_back(struct log_chores *c, struct why *why)
{
	uint64_t unused;
	enum err e = read_number(c, c->free_count, &unused, why);
	if (e || unused < FREE_PAGES_KEPT + FREE_PAGES_STEP)
		return e;
	char sql[48];
	sqlite3_snprintf(sizeof sql, sql, "PRAGMA incremental_vacuum(%d)", FREE_PAGES_STEP);
	return db_run(c->db, sql, why);
}

static enum err forget(struct log_chores *c, uint64_t newest, size_t n_stored, struct why *why)
{
	size_t most = n_stored < FORGET_LEAST ? FORGET_LEAST : n_stored < FORGET_MOST ? n_stored : FORGET_MOST, n;
	uint64_t last;
	enum err e = find_last(c, newest, most, &last, &n, why);
	if (!e && n) {
		sqlite3_bind_int64(c->forget, 1, (sqlite3_int64)last);
		e = sqlite3_step(c->forget) == SQLITE_DONE ? OK : db_error(c->db, why);
		sqlite3_reset(c->forget);
	}
	if (!e && n)
		e = give_pages_back(c, why);
	c->goes_on = !e && n == most;
	c->look_ms = clock_mono_ms() + LOOK_MS;
	c->n_forgotten += e ? 0 : n;
	return e;
}

/* --- names --- */

static sqlite3_stmt *prepare_purge(struct log_chores *c, const struct log_purge *p)
{
	static const char *const statements[] = {
		[LOG_ACTOR] = "UPDATE events SET actor = NULL, summary = '' WHERE seq > ?1 AND seq <= ?2 AND actor = ?3"
			" AND (?4 IS NULL OR source = (SELECT number FROM sources WHERE name = ?4))",
		/* A tag that holds the name goes, and with it all of the event's: they are one text. */
		[LOG_ENTITY] = "UPDATE events SET entity = '', label = NULL, url = '', summary = '',"
			" tags = CASE WHEN json_valid(tags) AND NOT EXISTS(SELECT 1 FROM json_each(tags) WHERE instr(value, ?3))"
			" THEN tags END"
			" WHERE seq > ?1 AND seq <= ?2 AND entity = ?3"
			" AND (?4 IS NULL OR source = (SELECT number FROM sources WHERE name = ?4))",
	};
	sqlite3_stmt *s = db_prepare(c->db, statements[p->what]);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)p->at);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)p->at + PURGE_SPAN);
	db_bind_span(s, 3, span_of(p->name));
	db_bind_span(s, 4, p->source ? span_of(p->source) : (struct span){NULL, 0});
	return s;
}

/* The old pages are in the WAL still, names and all: it is folded into the database and emptied.
 * Readers may still need it. It is tried again then, not waited for: batches would wait, too. E_AGAIN: not yet. */
static enum err empty_wal(struct log_chores *c, struct log_purge *p)
{
	sqlite3_busy_timeout(c->db, 0);
	int code = sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (code != SQLITE_OK)
		p->error = db_error(c->db, &p->why);
	sqlite3_busy_timeout(c->db, BUSY_MS);
	if (p->error != E_AGAIN)
		return p->error;
	p->tried_ms = clock_mono_ms();
	if (++p->tries < EMPTY_TRIES)
		return E_AGAIN;
	p->error = why_set(&p->why, E_AGAIN, "the names are gone from the log, but a reader keeps events.db-wal from being "
		"emptied, where they may still stand; try again later");
	return OK;
}

static enum err purge_some(struct log_chores *c, struct log_purge *p)
{
	sqlite3_stmt *s = prepare_purge(c, p);
	if (sqlite3_step(s) == SQLITE_DONE) {
		p->n_events += (uint64_t)sqlite3_changes(c->db);
		p->at += PURGE_SPAN;
	} else {
		p->error = db_error(c->db, &p->why);
	}
	sqlite3_finalize(s);
	return p->error;
}

static enum err purge(struct log_chores *c, uint64_t newest, struct log_purge **finished, struct why *why)
{
	struct log_purge *p = c->purges;
	bool goes_on = p->at < newest;
	p->error = OK;
	enum err e = goes_on ? purge_some(c, p) : empty_wal(c, p);
	if (e == E_AGAIN || (goes_on && !e))
		return OK;
	c->purges = p->next;
	p->next = NULL;
	*finished = p;
	return e ? why_set(why, e, "%s", p->why.text) : OK; /* a failed sync ends the program: never only the job */
}

enum err log_chores_step(struct log_chores *c, uint64_t newest, size_t n_stored, struct log_purge **finished,
	struct why *why)
{
	*finished = NULL;
	if (c->purges)
		return purge(c, newest, finished, why);
	if (keeps_all(c) || (!c->goes_on && !n_stored && clock_mono_ms() < c->look_ms))
		return OK;
	return forget(c, newest, n_stored, why);
}

/* log.c - the writing side. The loop hands batches to one thread, which takes everything that waits as one transaction:
 * the longer a sync takes, the more goes into the next.
 *
 * What a failed transaction means for order. A position must never be committed before the events that it stands after.
 * So when a transaction fails, the batches that were already on their way behind it must fail too, even if the disk has
 * room again by then. Each batch carries the loop's `era`. The thread starts a new era with each failure and refuses
 * batches of older ones; the loop learns the new era with the failure, so what it sends again, in order, passes.
 *
 * Checkpoints are run here and not by SQLite's hook, which forgets the result: a sync of the database file that failed
 * must end the program as a failed sync of the WAL does, because the kernel may report it only once.
 * SPDX-License-Identifier: MIT */
#include "server/log.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "server/log_chores.h"
#include "server/log_resumes.h"
#include "server/log_store.h"

enum {
	BATCHES_MAX = 4096,       /* in flight; full: log_append says E_FULL */
	EVENTS_MAX = 65536,       /* the same */
	BYTES_MAX = 64 << 20,     /* the same */
	GROUP_MAX = 1024,         /* batches in one transaction */
	CHECKPOINT_PAGES = 2000,  /* of 4 KiB */
	EXIT_CODE_SYNC = 70,      /* as verb.h says */
};

/* What travels between the loop and the thread: events, or an order for the chores. */
struct batch {
	enum { EVENTS, KEEP, PURGE } what;
	int64_t keep_ms;
	uint64_t keep_bytes;
	struct log_purge purge;
	void (*purged)(void *data, enum err e, uint64_t n_events, const struct why *why);
	void *purged_data;
	struct log_commit commit;
	char *source, *position;
	size_t n_taken, n_bytes;
	unsigned era;
	int64_t handed_us;
	/* filled by the thread */
	double commit_ms;
	uint64_t last_seq, forgotten;
};

struct numbered {
	char *name;
	int64_t number;
};

struct log {
	int lock_file;
	sqlite3 *db;
	pthread_t thread;
	struct mailbox *in, *out; /* neither overflows: log_append bounds what is in flight by their size */
	/* the loop's */
	struct log_counts counts;
	size_t n_batches, n_bytes; /* in flight */
	unsigned era;
	struct log_resumes resumes;
	/* the thread's */
	unsigned thread_era;
	enum err last_error;
	uint64_t stored_seq;
	int wal_pages, checkpointed_pages;
	struct numbered *numbered;
	size_t n_numbered;
	struct log_chores *chores;
	sqlite3_stmt *insert, *move_position, *add_source, *find_source, *find_event, *begin, *commit;
	struct buf scratch;
};

/* --- the thread --- */

static void sync_failed(sqlite3 *db)
{
	DIAG(DIAG_ERROR, "log", "a sync of events.db failed (%s): what is on disk is uncertain, so the program ends; start "
		"it again and it goes on from what is really there", sqlite3_errmsg(db));
	_exit(EXIT_CODE_SYNC);
}

/* After any failure: is it the one that can't be survived? */
static void check_sync(sqlite3 *db)
{
	int code = sqlite3_extended_errcode(db);
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		sync_failed(db);
}

static enum err run(struct log *l, sqlite3_stmt *s, struct why *why)
{
	enum err e = OK;
	int step = sqlite3_step(s);
	if (step != SQLITE_DONE && step != SQLITE_ROW) {
		check_sync(l->db);
		e = db_error(l->db, why);
	}
	sqlite3_reset(s);
	return e;
}

static enum err source_number(struct log *l, const char *name, int64_t *number, struct why *why)
{
	for (size_t i = 0; i < l->n_numbered; i++)
		if (strcmp(l->numbered[i].name, name) == 0) {
			*number = l->numbered[i].number;
			return OK;
		}
	db_bind_span(l->add_source, 1, span_of(name));
	enum err e = run(l, l->add_source, why);
	if (e)
		return e;
	db_bind_span(l->find_source, 1, span_of(name));
	int step = sqlite3_step(l->find_source);
	*number = sqlite3_column_int64(l->find_source, 0);
	if (step != SQLITE_ROW)
		e = db_error(l->db, why);
	sqlite3_reset(l->find_source);
	if (e)
		return e;
	l->numbered = mem_grow(l->numbered, l->n_numbered + 1, sizeof *l->numbered);
	l->numbered[l->n_numbered++] = (struct numbered){mem_strdup(name), *number};
	return OK;
}

/* A rollback takes the rows of new sources back. */
static void forget_numbers(struct log *l, size_t keep)
{
	while (l->n_numbered > keep)
		free(l->numbered[--l->n_numbered].name);
}

/* The number of an event that is there already. */
static enum err find_event(struct log *l, int64_t source, struct span id, uint64_t *seq, struct why *why)
{
	enum err e = OK;
	sqlite3_bind_int64(l->find_event, 1, source);
	log_store_bind_id(l->find_event, 2, id);
	if (sqlite3_step(l->find_event) == SQLITE_ROW)
		*seq = (uint64_t)sqlite3_column_int64(l->find_event, 0);
	else
		e = db_error(l->db, why);
	sqlite3_reset(l->find_event);
	return e;
}

/* The new ones are moved to the front of the array in their order, the duplicates behind them. */
static enum err store_events(struct log *l, struct batch *b, int64_t source, uint64_t *seq, struct why *why)
{
	struct event **events = b->commit.events;
	size_t n_new = 0;
	for (size_t i = 0; i < b->n_taken; i++) {
		struct event *ev = events[i];
		log_store_bind(l->insert, ev, *seq + 1, source, &l->scratch);
		enum err e = run(l, l->insert, why);
		if (e)
			return e;
		if (sqlite3_changes(l->db) != 1) {
			e = b->commit.seqs ? find_event(l, source, ev->id, &b->commit.seqs[i], why) : OK;
			if (e)
				return e;
			continue;
		}
		ev->seq = ++*seq;
		if (b->commit.seqs)
			b->commit.seqs[i] = ev->seq;
		events[i] = events[n_new];
		events[n_new++] = ev;
	}
	b->commit.n_events = n_new;
	b->commit.n_duplicates = b->n_taken - n_new;
	return OK;
}

static enum err store_batch(struct log *l, struct batch *b, uint64_t *seq, struct why *why)
{
	int64_t source;
	enum err e = source_number(l, b->source, &source, why);
	if (!e)
		e = store_events(l, b, source, seq, why);
	if (e || !b->position)
		return e;
	db_bind_span(l->move_position, 1, span_of(b->position));
	sqlite3_bind_int64(l->move_position, 2, clock_wall_ms());
	sqlite3_bind_int64(l->move_position, 3, source);
	return run(l, l->move_position, why);
}

static enum err store_group(struct log *l, struct batch **group, size_t n, struct why *why)
{
	uint64_t seq = l->stored_seq;
	size_t n_numbered = l->n_numbered;
	enum err e = run(l, l->begin, why);
	for (size_t i = 0; i < n && !e; i++)
		e = store_batch(l, group[i], &seq, why);
	if (!e)
		e = run(l, l->commit, why);
	if (!e) {
		l->stored_seq = seq;
		return OK;
	}
	if (!sqlite3_get_autocommit(l->db) && db_run(l->db, "ROLLBACK", NULL))
		check_sync(l->db);
	forget_numbers(l, n_numbered);
	return e;
}

static int count_wal_pages(void *data, sqlite3 *db, const char *name, int n_pages)
{
	struct log *l = data;
	(void)db, (void)name;
	l->wal_pages = n_pages;
	return SQLITE_OK;
}

static void checkpoint(struct log *l)
{
	/* A reader may have kept the last one from finishing: then wait for as much again, not for the next commit. */
	if (l->wal_pages < l->checkpointed_pages)
		l->checkpointed_pages = 0;
	if (l->wal_pages - l->checkpointed_pages < CHECKPOINT_PAGES)
		return;
	l->checkpointed_pages = l->wal_pages;
	int code = sqlite3_wal_checkpoint_v2(l->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (code == SQLITE_OK || (code & 0xFF) == SQLITE_BUSY)
		return;
	check_sync(l->db);
	DIAG(DIAG_WARN, "log", "events.db-wal can't be folded into events.db yet: %s", sqlite3_errmsg(l->db));
}

static void free_events(struct event **events, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		free(events[i]);
}

static void hand_back(struct log *l, struct batch *b, enum err error)
{
	struct log_commit *c = &b->commit;
	c->error = error;
	if (error) {
		for (size_t i = 0; i < b->n_taken; i++)
			c->events[i]->seq = 0;
		c->n_events = b->n_taken;
		c->n_duplicates = 0;
	} else {
		free_events(c->events, c->n_events, b->n_taken);
	}
	b->era = l->thread_era;
	b->last_seq = l->stored_seq;
	b->forgotten = log_chores_forgotten(l->chores);
	ASSERT(mailbox_send(l->out, b) == OK);
}

static void store(struct log *l, struct batch **group, size_t n)
{
	struct why why = {0};
	size_t stale = 0;
	while (stale < n && group[stale]->era != l->thread_era)
		hand_back(l, group[stale++], l->last_error);
	if (stale == n)
		return;
	int64_t started_us = clock_mono_us();
	enum err e = store_group(l, group + stale, n - stale, &why);
	if (e) {
		l->thread_era++;
		l->last_error = e;
		DIAG(DIAG_ERROR, "log", "events can't be stored: %s; streams are tried again, and who pushed is told", why.text);
	}
	double ms = (double)(clock_mono_us() - started_us) / 1000;
	for (size_t i = stale; i < n; i++) {
		group[i]->commit_ms = ms;
		hand_back(l, group[i], e);
	}
	if (!e)
		checkpoint(l);
}

/* Takes the orders out of a group; returns how many batches of events are left in it. */
static size_t take_orders(struct log *l, struct batch **group, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		struct batch *b = group[i];
		if (b->what == EVENTS) {
			group[kept++] = b;
			continue;
		}
		if (b->what == PURGE) {
			log_chores_purge(l->chores, &b->purge);
			continue;
		}
		log_chores_keep(l->chores, b->keep_ms, b->keep_bytes);
		ASSERT(mailbox_send(l->out, b) == OK);
	}
	return kept;
}

static void do_chores(struct log *l, size_t n_stored)
{
	struct why why = {0};
	struct log_purge *finished;
	if (log_chores_step(l->chores, l->stored_seq, n_stored, &finished, &why)) {
		check_sync(l->db);
		DIAG(DIAG_WARN, "log", "old events can't be taken out yet: %s", why.text);
	}
	if (finished)
		ASSERT(mailbox_send(l->out, finished->owner) == OK);
}

static void *work(void *data)
{
	struct log *l = data;
	void *group[GROUP_MAX];
	while (!mailbox_is_drained(l->in)) {
		size_t n = mailbox_wait(l->in, group, GROUP_MAX, log_chores_wait_ms(l->chores));
		n = take_orders(l, (struct batch **)group, n);
		uint64_t before = l->stored_seq;
		if (n)
			store(l, (struct batch **)group, n);
		do_chores(l, (size_t)(l->stored_seq - before));
	}
	return NULL;
}

/* --- the loop's side --- */

static void prepare(struct log *l)
{
	l->insert = db_prepare(l->db, LOG_STORE_INSERT);
	l->add_source = db_prepare(l->db, "INSERT OR IGNORE INTO sources(name) VALUES(?)");
	l->find_event = db_prepare(l->db, "SELECT seq FROM events WHERE source = ? AND id = ?");
	l->find_source = db_prepare(l->db, "SELECT number FROM sources WHERE name = ?");
	l->move_position = db_prepare(l->db, "UPDATE sources SET position = ?, updated_ms = ? WHERE number = ?");
	l->begin = db_prepare(l->db, "BEGIN IMMEDIATE");
	l->commit = db_prepare(l->db, "COMMIT");
}

static enum err read_last_seq(struct log *l, struct why *why)
{
	sqlite3_stmt *s = db_prepare(l->db, "SELECT max(seq) FROM events");
	enum err e = sqlite3_step(s) == SQLITE_ROW ? OK : db_error(l->db, why);
	if (!e)
		l->counts.last_seq = l->stored_seq = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return e;
}

/* All signals are the loop's. */
static enum err start_thread(struct log *l, struct why *why)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = pthread_create(&l->thread, NULL, work, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code ? why_set(why, E_IO, "can't start the log's thread: %s", strerror(code)) : OK;
}

static void free_log(struct log *l)
{
	log_chores_destroy(l->chores);
	if (l->db) {
		sqlite3_stmt *all[] = {l->insert, l->add_source, l->find_source, l->find_event, l->move_position, l->begin, l->commit};
		for (size_t i = 0; i < COUNT_OF(all); i++)
			sqlite3_finalize(all[i]);
		db_close(l->db);
	}
	log_resumes_finish(&l->resumes);
	forget_numbers(l, 0);
	free(l->numbered);
	buf_finish(&l->scratch);
	close(l->lock_file);
	free(l);
}

enum err log_open(const char *var, void (*wake)(void *), void *data, struct log **log, struct why *why)
{
	int lock_file;
	*log = NULL;
	enum err e = file_make_folder(var, why) ? E_IO : OK;
	if (!e)
		e = log_store_lock(var, &lock_file, why);
	if (e)
		return e;
	struct log *l = mem_new(1, sizeof *l);
	l->lock_file = lock_file;
	char *path = log_store_path(var);
	e = db_open(path, LOG_STORE_VERSION, LOG_STORE_SCHEMA, &l->db, why);
	free(path);
	if (!e) {
		sqlite3_wal_hook(l->db, count_wal_pages, l);
		prepare(l);
		e = db_run(l->db, "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-65536", why);
	}
	if (!e)
		e = read_last_seq(l, why);
	if (!e)
		e = log_resumes_read(&l->resumes, l->db, why);
	if (!e) {
		l->chores = log_chores_create(l->db);
		l->in = mailbox_create(BATCHES_MAX, NULL, NULL);
		l->out = mailbox_create(BATCHES_MAX, wake, data);
		e = start_thread(l, why);
	}
	if (e) {
		mailbox_destroy(l->in, NULL);
		mailbox_destroy(l->out, NULL);
		free_log(l);
		return e;
	}
	*log = l;
	return OK;
}

static void free_batch(struct batch *b)
{
	free(b->source);
	free(b->position);
	free(b->purge.name);
	free(b->purge.source);
	free(b);
}

static void drop_batch(void *item)
{
	struct batch *b = item;
	struct why why;
	if (b->what == PURGE)
		b->purged(b->purged_data, why_set(&why, E_GONE, "the log was closed before all was gone; do it again"), 0, &why);
	free_events(b->commit.events, 0, b->commit.n_events);
	free(b->commit.events);
	free_batch(b);
}

void log_close(struct log *l)
{
	if (!l)
		return;
	mailbox_close(l->in);
	pthread_join(l->thread, NULL);
	mailbox_destroy(l->in, NULL);
	mailbox_destroy(l->out, drop_batch);
	for (struct log_purge *p; (p = log_chores_give_up(l->chores));)
		drop_batch(p->owner);
	free_log(l);
}

static size_t text_bytes(const struct event *ev)
{
	size_t n = sizeof *ev + ev->id.n + ev->channel.n + ev->entity.n + ev->actor.n + ev->label.n + ev->summary.n +
		ev->url.n;
	for (size_t i = 0; i < ev->n_tags; i++)
		n += ev->tags[i].n;
	return n;
}

enum err log_append(struct log *l, const char *source, struct event **events, size_t n, const char *position,
	uint64_t *seqs, void *tag)
{
	size_t n_bytes = 0;
	for (size_t i = 0; i < n; i++)
		n_bytes += text_bytes(events[i]);
	/* An empty log takes a batch of any size: it couldn't be taken later either. */
	if (l->n_batches && (l->n_batches == BATCHES_MAX || l->counts.waiting + n > EVENTS_MAX ||
	    l->n_bytes + n_bytes > BYTES_MAX))
		return E_FULL;
	struct batch *b = mem_new(1, sizeof *b);
	*b = (struct batch){.commit = {.events = events, .seqs = seqs, .tag = tag}, .source = mem_strdup(source),
		.position = position ? mem_strdup(position) : NULL, .n_taken = n, .n_bytes = n_bytes, .era = l->era,
		.handed_us = clock_mono_us()};
	ASSERT(mailbox_send(l->in, b) == OK);
	if (!l->counts.waiting)
		l->counts.silent_since_ms = clock_mono_ms();
	l->n_batches++;
	l->n_bytes += n_bytes;
	l->counts.waiting += n;
	return OK;
}

static enum err send_order(struct log *l, struct batch *b)
{
	if (l->n_batches == BATCHES_MAX) {
		free_batch(b);
		return E_FULL;
	}
	ASSERT(mailbox_send(l->in, b) == OK);
	l->n_batches++;
	return OK;
}

enum err log_keep(struct log *l, int64_t keep_ms, uint64_t n_bytes)
{
	struct batch *b = mem_new(1, sizeof *b);
	*b = (struct batch){.what = KEEP, .keep_ms = keep_ms, .keep_bytes = n_bytes};
	return send_order(l, b);
}

enum err log_purge(struct log *l, enum log_name what, struct span name, const char *source,
	void (*done)(void *data, enum err e, uint64_t n_events, const struct why *why), void *data)
{
	struct batch *b = mem_new(1, sizeof *b);
	*b = (struct batch){.what = PURGE, .purged = done, .purged_data = data,
		.purge = {.what = what, .name = span_dup(name), .source = source ? mem_strdup(source) : NULL, .owner = b}};
	return send_order(l, b);
}

const double log_steps[LOG_STEPS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, INFINITY};

static void count_time(struct log *l, double seconds)
{
	size_t step = 0;
	while (seconds > log_steps[step])
		step++;
	l->counts.within[step]++;
	l->counts.commit_s_sum += seconds;
}

static void count_batch(struct log *l, const struct batch *b)
{
	const struct log_commit *c = &b->commit;
	l->n_bytes -= b->n_bytes;
	l->counts.waiting -= b->n_taken;
	l->era = b->era;
	l->counts.error = c->error;
	if (c->error) {
		l->counts.failed++;
		l->counts.failed_ms = clock_mono_ms();
		return;
	}
	l->counts.batches++;
	count_time(l, (double)(clock_mono_us() - b->handed_us) / 1e6);
	l->counts.events += c->n_events;
	l->counts.duplicates += c->n_duplicates;
	l->counts.last_seq = b->last_seq;
	l->counts.forgotten = b->forgotten;
	l->counts.commit_ms_last = b->commit_ms;
	if (b->commit_ms > l->counts.commit_ms_max)
		l->counts.commit_ms_max = b->commit_ms;
	if (b->position)
		log_resumes_set(&l->resumes, b->source, b->position);
}

void log_collect(struct log *l, void (*done)(void *data, struct log_commit *commit), void *data)
{
	void *item;
	while (mailbox_take(l->out, &item, 1)) {
		struct batch *b = item;
		l->n_batches--;
		if (b->what == EVENTS) {
			count_batch(l, b);
			l->counts.silent_since_ms = l->counts.waiting ? clock_mono_ms() : 0;
			done(data, &b->commit);
		} else if (b->what == PURGE) {
			b->purged(b->purged_data, b->purge.error, b->purge.n_events, &b->purge.why);
		}
		free_batch(b);
	}
}

char *log_position(struct log *l, const char *source)
{
	const char *position = log_resumes_get(&l->resumes, source);
	return position ? mem_strdup(position) : NULL;
}

struct log_counts log_counts(struct log *l)
{
	return l->counts;
}

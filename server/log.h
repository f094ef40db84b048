/* log.h - the event log, var/events.db: events in order, numbered without gaps, de-duplicated by (source, id), each
 * source's resume position in the same transaction. WAL, synchronous=FULL, group commit. A failed fsync ends the
 * program with exit code 70 (SQLite's -shm index can't be trusted to know; restart replays the WAL).
 * The log's own thread does all writing; readers open their own connection. Only one process writes at a time: it holds
 * var/events.lock.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include "base/err.h"
#include "base/event.h"

struct log;

/* What the loop gets back for each batch, in order, after its commit. */
struct log_commit {
	struct event **events; /* those that were new, seq set; owned by the receiver, as the array is */
	size_t n_events;
	size_t n_duplicates;
	uint64_t *seqs;        /* as given to log_append, filled: the number of each event in its order, a duplicate's too */
	enum err error;        /* not OK: nothing of the batch was stored (disk full ...); events are returned unnumbered */
	void *tag;             /* as given to log_append */
};

/* var: the site's var folder, made when missing. E_DENIED: another process writes this log. wake: called from the log
 * thread when log_collect has something. */
enum err log_open(const char *var, void (*wake)(void *), void *data, struct log **log, struct why *why) NODISCARD;
/* Commits what was appended, then closes. */
void log_close(struct log *l);

/* Loop thread. Takes the events (n may be 0: a position alone moves). position: the source's resume position after
 * these events, NULL to leave it. seqs: room for n numbers that stays the caller's and comes back in the commit, or NULL.
 * E_FULL: too much is waiting; nothing was taken, stop reading the socket. */
enum err log_append(struct log *l, const char *source, struct event **events, size_t n, const char *position,
	uint64_t *seqs, void *tag) NODISCARD;
/* Loop thread. Calls done for each batch that was committed since. */
void log_collect(struct log *l, void (*done)(void *data, struct log_commit *commit), void *data);
/* The stored position of a source, owned; NULL when there is none. Only before the first append. */
char *log_position(struct log *l, const char *source);

enum { LOG_STEPS = 13 };
extern const double log_steps[LOG_STEPS]; /* seconds, ascending: the histogram's bounds; the last is infinite */

/* Loop thread. What came more than keep_ms ago goes (0: nothing is too old), and the oldest while the log has more than
 * n_bytes (0: any size), the newest never: in small steps between batches. E_FULL: too much is waiting; try again. */
enum err log_keep(struct log *l, int64_t keep_ms, uint64_t n_bytes) NODISCARD;

/* Loop thread. Takes a name out of all events, as when it was suppressed upstream; number, time, kind and size stay, so
 * that the numbering has no gaps and the music is the same. An actor's name: the summary goes too. An entity's: label,
 * link and summary, and tags where they hold it. source NULL: of any. done comes from log_collect, once the old pages are
 * overwritten, with the number of events; E_AGAIN then: a reader kept events.db-wal from being emptied; or from log_close,
 * with E_GONE. E_FULL: too much is waiting; nothing was taken. */
enum log_name { LOG_ACTOR, LOG_ENTITY };
enum err log_purge(struct log *l, enum log_name what, struct span name, const char *source,
	void (*done)(void *data, enum err e, uint64_t n_events, const struct why *why), void *data) NODISCARD;

struct log_counts {
	uint64_t events, duplicates, batches, failed, waiting;
	uint64_t forgotten;         /* events that were too old, as of the newest commit */
	uint64_t last_seq;
	double commit_ms_last, commit_ms_max;
	uint64_t within[LOG_STEPS]; /* stored batches by the time from log_append to being known as stored; each in one */
	double commit_s_sum;        /* of those times */
	enum err error;             /* of the newest batch that came back; OK: it was stored */
	int64_t failed_ms;          /* clock_mono_ms when a batch came back unstored last; 0: never */
	int64_t silent_since_ms;    /* clock_mono_ms since when batches are out and none came back; 0: none is out */
};
struct log_counts log_counts(struct log *l);

/* Reading, on any thread, each reader its own. */
/* Some process writes it now. */
bool log_is_written(const char *var);

struct log_reader;
enum err log_reader_open(const char *var, struct log_reader **r, struct why *why) NODISCARD;
void log_reader_close(struct log_reader *r);
/* Positions the reader: events of time [from_ms, to_ms) by (time, seq). */
enum err log_reader_window(struct log_reader *r, int64_t from_ms, int64_t to_ms, struct why *why) NODISCARD;
/* Positions the reader: events with seq > after, by seq. */
enum err log_reader_after(struct log_reader *r, uint64_t after, struct why *why) NODISCARD;
/* The next event, borrowed until the next call; E_GONE at the end. */
enum err log_reader_next(struct log_reader *r, const struct event **ev, struct why *why) NODISCARD;

#endif

/* ingest.h - the one way in for every source: message -> mapping -> event -> batch -> log -> (after the commit) hub.
 * Counts add up: in = logged + duplicates + the sum of skipped + waiting. A message is one of them, or as many as there
 * are events in it. Loop thread only.
 * When the log can't store (disk full), what came back waits here and goes in again, in order, every second. Nothing is
 * published before it is stored: a number that a listener has seen is never given to another event.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_INGEST_H
#define SERVER_INGEST_H

#include "server/log.h"
#include "server/mapping.h"

enum {
	INGEST_MESSAGE_MAX = 4 << 20, /* bytes; larger ones are skipped and counted */
	INGEST_SHOWN_MAX = 32 << 10,  /* bytes of an event's text that go to every listener; over it: SKIP_OVERSIZE too */
	INGEST_RETRY_MS = 1000,
};

struct ingest;        /* a site's: owns nothing but the batches in flight */
struct ingest_source; /* one a source */

struct ingest_counts {
	uint64_t in, logged, duplicates, skipped[SKIP_REASONS], waiting;
	uint64_t lost;         /* messages that never came, as far as the transport can tell (ingest_lost) */
	uint64_t failed;       /* batches that the log couldn't store; they wait and are tried again */
	int64_t last_event_ms; /* wall, of the newest event's own time */
	int64_t lag_ms;        /* how long after its own time the last event came; negative: its clock is ahead */
};

struct ingest *ingest_create(struct log *log, void (*committed)(void *data, struct event *const *events, size_t n),
	void *data);
void ingest_destroy(struct ingest *i);
struct ingest_source *ingest_source(struct ingest *i, const char *name, const struct mapping *mapping);
/* The position that the log has stored for it, owned; NULL when there is none. Only before its first message. */
char *ingest_position(const struct ingest_source *s);
/* From the next message on this is a performance, not a record: a recording that is played again and again, or in place
 * of a stream. Each event's id gets "~ROUND" behind it, so that a repetition is no duplicate, and its time is the
 * moment at which it came in. 0 ends it. */
void ingest_perform(struct ingest_source *s, uint64_t round);

/* One message off the wire and the position after it (empty: none). E_FULL: the log is behind; the message was NOT
 * taken, stop reading and try again when resume() is called. Never fails for what is in the message. */
enum err ingest_message(struct ingest_source *s, struct span message, struct span position) NODISCARD;
/* A message that can't be held or used as it came (over INGEST_MESSAGE_MAX, a cut datagram): counted, and the position
 * moves past it. */
enum err ingest_skip(struct ingest_source *s, enum skip reason, struct span position) NODISCARD;
/* The transport saw that messages are missing: a gap in a sequence, datagrams that the kernel had no room for. */
void ingest_lost(struct ingest_source *s, uint64_t n);
/* Called on the loop when the log has room again. */
void ingest_on_resume(struct ingest_source *s, void (*resume)(void *data), void *data);
/* Hands the gathered batch to the log; the loop calls it at the end of each turn, so batches grow with load. */
void ingest_flush(struct ingest *i);
/* The loop calls it when the log woke it. */
void ingest_collect(struct ingest *i);
struct ingest_counts ingest_counts(const struct ingest_source *s);
bool ingest_is_idle(const struct ingest *i); /* everything that came in is committed or skipped */

#endif

/* ingest.h - the one way in for every source: message -> mapping -> event -> batch -> log -> (after the commit) hub.
 * Counts add up: in = logged + duplicates + the sum of skipped + refused + waiting. A message is one of them, or as many
 * as there are events in it. Loop thread only.
 * When the log can't store (disk full), what came back waits here and goes in again, in order, every second. Nothing is
 * published before it is stored: a number that a listener has seen is never given to another event. A push is the
 * exception: who sent it is told that it wasn't stored, and sends it again.
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
	uint64_t messages;     /* that came in, of which each gave one of the following, or several */
	uint64_t in, logged, duplicates, skipped[SKIP_REASONS], waiting;
	uint64_t refused;      /* events of pushes that weren't stored; their sender knows */
	uint64_t dropped_tags; /* that didn't fit into their event */
	uint64_t lost;         /* messages that never came, as far as the transport can tell (ingest_lost) */
	uint64_t failed;       /* batches that the log couldn't store; they wait and are tried again, but for pushes */
	int64_t last_event_ms; /* wall, of the newest event's own time */
	int64_t lag_ms;        /* how long after its own time the last event came; negative: its clock is ahead */
};

struct ingest *ingest_create(struct log *log, void (*committed)(void *data, struct event *const *events, size_t n),
	void *data);
/* Waits for the pushes that the log has, so that each done is called; none may be begun and not committed. */
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
/* Called on the loop when the log has room again, after an E_FULL. */
void ingest_on_resume(struct ingest_source *s, void (*resume)(void *data), void *data);

/* A push: messages whose sender is answered when they are durable. They are stored together, or none of them. */
struct ingest_push;
struct ingest_receipt { /* what became of one message; borrowed */
	const uint64_t *seqs;  /* the numbers of its events in their order, also of those that the log had already */
	size_t n_events, n_duplicates;
	enum skip skipped;     /* SKIP_NOTHING, or why no event, or not all of them, came of it */
	const char *text;      /* that for a person; NULL with SKIP_NOTHING */
};
struct ingest_push *ingest_push_begin(struct ingest_source *s) NODISCARD;
/* Maps it; the bytes aren't needed any more afterwards. */
void ingest_push_message(struct ingest_push *p, struct span message);
size_t ingest_push_events(const struct ingest_push *p);
/* OK: done will be called once, p is ingest's; it may be called before this returns when there is nothing to store.
 * E_FULL: the log is behind; p is as it was, to be tried again when resume() is called, or dropped.
 * done: e is OK, or nothing of the push was stored (E_FULL: the disk is full; E_IO); the receipts' seqs are NULL then. */
enum err ingest_push_commit(struct ingest_push *p,
	void (*done)(void *data, enum err e, const struct ingest_receipt *receipts, size_t n), void *data) NODISCARD;
/* Instead of ingest_push_commit: its events count as refused. Accepts NULL. */
void ingest_push_drop(struct ingest_push *p);

/* Hands the gathered batch to the log; the loop calls it at the end of each turn, so batches grow with load. */
void ingest_flush(struct ingest *i);
/* The loop calls it when the log woke it. */
void ingest_collect(struct ingest *i);
struct ingest_counts ingest_counts(const struct ingest_source *s);
bool ingest_is_idle(const struct ingest *i); /* everything that came in is committed or skipped */

#endif

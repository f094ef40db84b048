/* event.h - what happened somewhere in the world, in the one form that every room understands (DESIGN.md 2).
 * Made by a mapping, numbered by the log, fanned out by the hub, turned into notes by a score.
 * Spans are borrowed; event_copy packs an event and all its text into one block for other threads. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "base/err.h"
#include "base/json.h"
#include "base/span.h"

enum actor_kind { ACTOR_MEMBER, ACTOR_ANON, ACTOR_BOT };

enum { EVENT_TAGS_MAX = 16 };

struct event {
	uint64_t seq;         /* the log's number, gap-free from 1; 0 until it is logged */
	int64_t time_ms;      /* the source's own time, ms since the epoch */
	int64_t received_ms;  /* when it reached us, ms since the epoch */
	double magnitude;     /* >= 0, finite */
	int64_t before, after; /* revisions; 0 = none */
	enum actor_kind actor_kind;
	int8_t polarity;      /* -1, 0, 1 */
	bool accent;          /* deserves a swell */
	uint8_t n_tags;
	struct span id;       /* the source's own, unique within the source; for de-duplication. Never empty. */
	struct span source;   /* the configured source's name */
	struct span channel;  /* enwiki, mempool ... */
	struct span namespace_; /* a channel's part, e.g. "0"; p == NULL where the event belongs to none */
	struct span kind;     /* edit, new, log, join, payment, block ... */
	struct span entity;   /* what it is about: the page's title, the transaction's hash */
	struct span actor;    /* p == NULL where unknown or suppressed */
	struct span unit;     /* bytes, BTC, ETH; may be empty */
	struct span label;    /* what a person reads; for a wiki the page's title */
	struct span summary;  /* the editor's comment, plain text; may be empty. Kept in the log, not sent to listeners. */
	struct span url;      /* http(s) or empty */
	struct span tags[EVENT_TAGS_MAX];
};

/* One heap block owned by the caller: free(). */
struct event *event_copy(const struct event *ev);

const char *actor_kind_name(enum actor_kind kind); /* "member" "anon" "bot" */
bool actor_kind_parse(struct span name, enum actor_kind *out);

/* Writes the members that a client sees (DESIGN.md 5), seq to url, into an object that the caller opened and closes:
 * notes can follow. A namespace that is a whole number is written as a number, a missing one as null. */
void event_write_members(struct json_writer *w, const struct event *ev);

#endif

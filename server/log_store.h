/* log_store.h - how an event lies in events.db: shared by the log's writer and its readers, used by nobody else.
 *
 * sources  one row a source: its name, and where to resume (position; NULL: from the start)
 * events   one row an event; seq is the row's number, counted up by one for each new event. (source, id) is unique:
 *          that is the de-duplication. The numbering goes on after the highest row: whoever deletes old rows leaves
 *          the newest.
 *
 * Compact where it is cheap: a UUID as 16 bytes (text and bytes never compare equal in SQLite, so no other id can be
 * taken for it), a label that says what the entity says as NULL, no tags as NULL, tags else as a JSON array.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_LOG_STORE_H
#define SERVER_LOG_STORE_H

#include "base/db.h"
#include "base/event.h"

enum { LOG_STORE_VERSION = 1, UUID_BYTES = 16, UUID_TEXT = 36 };

#define LOG_STORE_SCHEMA \
	"CREATE TABLE sources(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, position TEXT, updated_ms INTEGER);" \
	"CREATE TABLE events(seq INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources, id NOT NULL," \
	" time_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, channel TEXT NOT NULL, namespace TEXT," \
	" kind TEXT NOT NULL, entity TEXT NOT NULL, actor TEXT, actor_kind INTEGER NOT NULL, magnitude REAL NOT NULL," \
	" unit TEXT NOT NULL, polarity INTEGER NOT NULL, accent INTEGER NOT NULL, tags TEXT, label TEXT," \
	" summary TEXT NOT NULL, url TEXT NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL);" \
	"CREATE UNIQUE INDEX events_id ON events(source, id);" \
	"CREATE INDEX events_time ON events(time_ms);"

/* VAR/events.db; owned. */
char *log_store_path(const char *var);

/* Makes this process the one that writes: VAR/events.lock, until the descriptor is closed. E_DENIED: another one is. */
enum err log_store_lock(const char *var, int *lock_file, struct why *why) NODISCARD;

/* The statement that log_store_bind fills. */
#define LOG_STORE_INSERT \
	"INSERT INTO events(seq, source, id, time_ms, received_ms, channel, namespace, kind, entity, actor, actor_kind," \
	" magnitude, unit, polarity, accent, tags, label, summary, url, before, after)" \
	" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(source, id) DO NOTHING"
/* Binds ev under this seq and source number; scratch holds what isn't ev's own, until the step. */
void log_store_bind(sqlite3_stmt *s, const struct event *ev, uint64_t seq, int64_t source, struct buf *scratch);

/* An event's id as it lies there. */
void log_store_bind_id(sqlite3_stmt *s, int index, struct span id);

/* The columns that log_store_read expects first in a SELECT from events e JOIN sources s. */
#define LOG_STORE_COLUMNS \
	"e.seq, s.name, e.id, e.time_ms, e.received_ms, e.channel, e.namespace, e.kind, e.entity, e.actor, e.actor_kind," \
	" e.magnitude, e.unit, e.polarity, e.accent, e.tags, e.label, e.summary, e.url, e.before, e.after"
/* The row that s stands on, as one block owned by the caller. */
struct event *log_store_read(sqlite3_stmt *s);

#endif

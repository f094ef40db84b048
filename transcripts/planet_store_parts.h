/* planet_store_parts.h - the planet's database from inside; for planet_store*.c and planet_search.c only.
 *
 * feeds    each that was ever wanted, with the state of its fetching; imported files' feeds have a path in `file`
 * entries  what came with them; shown_ms is what they are ordered by
 * words    FTS5 over the entries' titles, authors and text, rowid = entries.id
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_STORE_PARTS_H
#define TRANSCRIPTS_PLANET_STORE_PARTS_H

#include "base/db.h"
#include "transcripts/planet_store.h"
#include "transcripts/tokens.h"

struct planet_store {
	sqlite3 *db;
	struct tokens *tokens;
};

/* A statement that gives no rows, run and finalised. */
enum err planet_run(struct planet_store *s, sqlite3_stmt *statement, struct why *why) NODISCARD;
/* Ends a transaction: commits when e is OK, else rolls back and returns e. */
enum err planet_end(struct planet_store *s, enum err e, struct why *why) NODISCARD;
void planet_bind_ms(sqlite3_stmt *statement, int index, int64_t ms); /* INT64_MIN is NULL */
int64_t planet_column_ms(sqlite3_stmt *statement, int column);
void planet_bind(sqlite3_stmt *statement, int index, const char *text); /* borrowed */
/* A slug that no other feed has, owned by the caller. */
char *planet_free_slug(struct planet_store *s, struct span wanted);
/* Puts the feed's entries. */
enum err planet_put_entries(struct planet_store *s, int64_t source, const struct planet_feed *f, int64_t now_ms,
	size_t *n_new, struct why *why) NODISCARD;

#endif

/* archive_hashes.c - which files the archive has as they are, for threads that have no archive.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_store.h"

/* Of path and content together: a chance of 1 in 2^64 a pair to be wrong, then a file is read without having been read ahead. */
struct archive_hashes {
	uint64_t *list; /* sorted */
	size_t n, room;
};

static uint64_t both(struct span path, uint64_t content_hash)
{
	return span_hash(path) * 0x9E3779B97F4A7C15u ^ content_hash;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

struct archive_hashes *archive_hashes_read(struct archive *a)
{
	struct archive_hashes *known = mem_new(1, sizeof *known);
	sqlite3_stmt *s = db_prepare(a->db, "SELECT path, hash FROM items WHERE part='' UNION ALL SELECT transcript_path,"
		" transcript_hash FROM items WHERE transcript_path IS NOT NULL UNION ALL SELECT chapters_path, chapters_hash FROM items"
		" WHERE chapters_path IS NOT NULL UNION ALL SELECT path, hash FROM collections");
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (known->n == known->room) {
			known->room = known->room ? known->room * 2 : 256;
			known->list = mem_grow(known->list, known->room, sizeof *known->list);
		}
		known->list[known->n++] = both(db_column_span(s, 0), (uint64_t)sqlite3_column_int64(s, 1));
	}
	sqlite3_finalize(s);
	if (known->n)
		qsort(known->list, known->n, sizeof *known->list, by_value);
	return known;
}

bool archive_hashes_have(const struct archive_hashes *known, const char *path, uint64_t content_hash)
{
	uint64_t wanted = both(span_of(path), content_hash);
	return known->n && bsearch(&wanted, known->list, known->n, sizeof wanted, by_value);
}

void archive_hashes_free(struct archive_hashes *known)
{
	if (!known)
		return;
	free(known->list);
	free(known);
}

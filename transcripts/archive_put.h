/* archive_put.h - writing items, for archive_put.c and archive_collection.c alone. All inside a transaction.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_PUT_H
#define TRANSCRIPTS_ARCHIVE_PUT_H

#include "transcripts/archive_store.h"

/* Writes the item under this number, which it had before; 0: a new one. */
enum err archive_put_item(struct archive *a, const struct archive_file *file, int64_t id, struct why *why) NODISCARD;
int64_t archive_item_id(struct archive *a, const char *path, const char *part); /* 0: there is none */

/* Cuts what the rules take down out of an item that was just put. is_again: of what the archive had, so that what was taken
 * down of it before stays so. */
enum err archive_take_down(struct archive *a, int64_t id, bool is_again, struct why *why) NODISCARD;

/* What other files have given an item; it outlives a change of the item's own file. Owned. */
struct archive_joined {
	char *transcript_path, *chapters_path; /* NULL without such a file */
	uint64_t transcript_hash, chapters_hash;
	struct transcript *transcript;
	struct document *chapters;
};
void archive_joined_read(struct archive *a, int64_t id, struct archive_joined *j);
void archive_joined_finish(struct archive_joined *j);
/* Borrowed by file. */
void archive_joined_give(const struct archive_joined *j, struct archive_file *file);

/* Who has the slug in the file's show or conference. */
struct archive_holder {
	int64_t id;
	char *path, *part; /* owned */
};
bool archive_holder(struct archive *a, const struct archive_file *file, const char *slug, struct archive_holder *holder);
void archive_holder_finish(struct archive_holder *holder);
enum err archive_set_slug(struct archive *a, int64_t id, const char *slug, struct why *why) NODISCARD;
/* Who wishes for which slug where; id 0: it isn't in yet. */
struct archive_slug {
	int64_t id;
	const char *show, *conference, *wish, *path, *part;
};
/* "slug-1f3a", with an ending that nobody else has there; it follows from the record, so that a rebuild gives the same. */
void archive_free_slug(struct archive *a, const struct archive_slug *wanted, struct buf *out);

#endif

/* archive.h - the archive's store: shows' episodes and loose transcripts with their turns and cues, in var/archive.db,
 * derived from the site's files and rebuilt from them at will. The searchable text is one FTS5 document an item, so that
 * phrases cross cues; each cue knows the number of its first token in it, so that a match gives its exact cue and second.
 * One struct archive belongs to one thread: one writer a database, any number of readers. Blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_H
#define TRANSCRIPTS_ARCHIVE_H

#include "transcripts/document.h"

struct archive;

/* folder: the site's var/, made when missing. A database of an older version is emptied: the files are the truth.
 * E_FORMAT: a newer version, or not a database. */
enum err archive_open(const char *folder, struct archive **archive, struct why *why) NODISCARD;
/* For reading only. E_GONE when nothing was imported yet. */
enum err archive_open_reader(const char *folder, struct archive **archive, struct why *why) NODISCARD;
void archive_close(struct archive *a);

/* One transaction a file: replaces what this path gave before. content_hash: of the file's bytes (and of the transcript
 * joined to it). show: resolved name, "" for a loose transcript in no show. */
struct archive_file {
	const char *path;    /* as the site knows it: relative to the site, or absolute for one elsewhere */
	uint64_t content_hash;
	const char *show, *slug;
	const struct document *document;
};
enum err archive_put(struct archive *a, const struct archive_file *file, struct why *why) NODISCARD;
/* True when this path is in with this hash: nothing to do. */
bool archive_has(struct archive *a, const char *path, uint64_t content_hash);
/* Takes a path out (its file vanished and the owner said so). */
enum err archive_remove(struct archive *a, const char *path, struct why *why) NODISCARD;
/* Calls each(path) for every file in the archive, by path. */
enum err archive_each_path(struct archive *a, void (*each)(void *data, const char *path), void *data,
	struct why *why) NODISCARD;

/* Reading. Text is borrowed from the item, which the caller owns and frees. */
struct archive_item {
	int64_t id;
	bool is_episode;     /* false: a transcript that no episode claims; kind "transcript" */
	const char *show, *slug, *title, *author, *description, *image, *guid, *media_file, *youtube, *notes, *path;
	int64_t media_bytes, duration_ms, published_ms; /* published_ms INT64_MIN = not said */
	int64_t season, episode;
	bool published, explicit_;
	size_t n_turns, n_cues;
	char **tags;
	size_t n_tags;
	char *_block; /* private */
};
/* show NULL: any. NULL when there is none. */
struct archive_item *archive_find(struct archive *a, const char *show, const char *slug);
/* Newest first; show NULL: all. episodes_only leaves loose transcripts out. *items owned, each freed by archive_item_free. */
enum err archive_list(struct archive *a, const char *show, bool episodes_only, size_t limit, size_t offset,
	struct archive_item ***items, size_t *n, struct why *why) NODISCARD;
void archive_item_free(struct archive_item *item);
/* The item's transcript, owned by the caller; NULL without one. */
struct transcript *archive_transcript(struct archive *a, int64_t item_id);

struct sqlite3;
struct sqlite3 *archive_db(struct archive *a); /* for search.c only */

#endif

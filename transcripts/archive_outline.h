/* archive_outline.h - what the archive holds, without the texts: for a list of pages, and to see whether anything has changed.
 * Same rules as archive.h: one thread, blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_OUTLINE_H
#define TRANSCRIPTS_ARCHIVE_OUTLINE_H

#include "transcripts/archive.h"

struct archive_outline {
	int64_t id;
	enum archive_kind kind;
	char *path;            /* of its page, as archive_item_path has it */
	const char *show, *conference, *slug, *media_file, *youtube, *track; /* borrowed from the outline */
	int64_t season;        /* 0 = none */
	int64_t published_ms;  /* INT64_MIN = not said */
	size_t n_cues;
	bool published, has_chapters;
	char *_block;
};

/* Every item, the earliest published first, then by file and part: the same items give the same order, and a new episode
 * comes last. *list owned. */
enum err archive_outline(struct archive *a, struct archive_outline **list, size_t *n, struct why *why) NODISCARD;
/* How many of them are published. */
size_t archive_outline_published(struct archive *a);
void archive_outline_free(struct archive_outline *list, size_t n);

/* A show's seasons that have published episodes, the first first. *seasons owned. */
enum err archive_seasons(struct archive *a, const char *show, int64_t **seasons, size_t *n, struct why *why) NODISCARD;

/* The same as long as pages made from this archive would be: of all files' contents and the owner's rules. */
enum err archive_fingerprint(struct archive *a, uint64_t *fingerprint, struct why *why) NODISCARD;

#endif

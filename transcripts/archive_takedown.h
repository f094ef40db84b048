/* archive_takedown.h - what was taken down (takedown.h), in the archive: its words, people and recordings aren't kept in it,
 * what remains is that it was there, and why it isn't any more. Same rules as archive.h: one thread, blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_TAKEDOWN_H
#define TRANSCRIPTS_ARCHIVE_TAKEDOWN_H

#include "transcripts/archive.h"
#include "transcripts/takedown.h"

/* Before files are put: from now on what is put is cut by the rules, and so is what is in already. hash: of the rules; with
 * other ones all files must be read again by the caller, since what isn't taken down any more comes back with them. rules and
 * people are borrowed until archive_takedown_end. Inside a transaction. */
enum err archive_takedown_begin(struct archive *a, const struct takedown *rules, const struct people_rules *people,
	uint64_t hash, struct why *why) NODISCARD;
/* Once slugs are settled: what a rule means now that it didn't. */
enum err archive_takedown_again(struct archive *a, struct why *why) NODISCARD;
void archive_takedown_end(struct archive *a);
/* True when rule i has taken something down since the rules are these. */
bool archive_takedown_is_used(struct archive *a, size_t i);

struct archive_taken {
	unsigned what;       /* TAKEDOWN_..., 0: nothing */
	char *reason, *date; /* owned; "" where they aren't said */
};
void archive_taken_finish(struct archive_taken *t);
/* address: "shows/bells/one", also of a page whose file is gone, and "people/ada-bell" where all of somebody is. */
bool archive_taken_page(struct archive *a, const char *address, struct archive_taken *t);
/* Of a file's name in the media folder: what all that use it have in common. False also where one that isn't taken down uses it. */
bool archive_taken_media(struct archive *a, const char *name, struct archive_taken *t);
/* The same, also for what `carillon media` has made of one: other sizes, a playlist, another loudness. */
bool archive_taken_media_or_copy(struct archive *a, const char *name, struct archive_taken *t);
/* Any media at all? */
bool archive_has_taken_media(struct archive *a);
/* Calls each for every page that is there no more, by its address; space: the show, or "conference/NAME", "" for neither. */
enum err archive_taken_each(struct archive *a, void (*each)(void *data, const char *address, const char *space,
	const char *slug, unsigned what), void *data, struct why *why) NODISCARD;

#endif

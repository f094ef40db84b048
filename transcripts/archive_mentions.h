/* archive_mentions.h - where the archive's items speak of people (mentions.h), in what is said and in their notes, kept
 * with the second. Found together with references (archive_references.h), by the same pass. Same rules as archive.h: one
 * thread, blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_MENTIONS_H
#define TRANSCRIPTS_ARCHIVE_MENTIONS_H

#include "transcripts/archive.h"
#include "transcripts/mentions.h"
#include "transcripts/references_rules.h"

struct archive_mention {
	int64_t item;
	int64_t start_ms;   /* of the cue in which the name begins; -1: only in the notes, or in words without a time */
	bool is_struck;     /* by a rule of references.yaml: {from: /shows/bells/one, to: /people/ada-bell} */
	char *slug, *name;  /* the person's */
};
/* The people that an item speaks of, but for those who take part: in the order in which they are spoken of, those of the
 * notes last (item 0: all items, by show, conference and slug); the published items that speak of one, newest first. Owned: archive_mentions_free. */
enum err archive_mentions_from(struct archive *a, int64_t item, struct archive_mention **list, size_t *n, struct why *why)
	NODISCARD;
enum err archive_mentions_to(struct archive *a, const char *person, struct archive_mention **list, size_t *n,
	struct why *why) NODISCARD;
void archive_mentions_free(struct archive_mention *list, size_t n);

/* ---- for archive_references.c ---- */

struct mention_search;
/* All people with their spellings. *hash changes with them. */
enum err mention_search_open(struct archive *a, struct mention_search **search, uint64_t *hash, struct why *why) NODISCARD;
void mention_search_close(struct mention_search *m); /* accepts NULL */
/* False: nobody can be found. */
bool mention_search_has_names(struct mention_search *m);
/* Keeps whom the item speaks of, where nothing is kept yet. Who is named in its title or slug (heading) takes part.
 * packed: its cues; notes: their plain text. */
struct mention_place {
	int64_t item;
	struct span packed, notes, heading;
};
enum err mention_search_put(struct mention_search *m, const struct mention_place *place, const struct spoken_words *spoken,
	struct why *why) NODISCARD;
enum err mentions_strike(struct archive *a, struct reference_rules *rules, struct why *why) NODISCARD;

#endif

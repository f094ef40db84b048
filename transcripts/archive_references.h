/* archive_references.h - where the archive's items speak of each other: found in what is said (references.h) and in the
 * links of their notes, kept with the second and the evidence. Same rules as archive.h: one thread, blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_REFERENCES_H
#define TRANSCRIPTS_ARCHIVE_REFERENCES_H

#include "transcripts/archive.h"
#include "transcripts/references.h"
#include "transcripts/references_rules.h"

/* After REFERENCE_SPEAKER: */
enum { REFERENCE_LINK = REFERENCE_SPEAKER + 1 };

struct archive_reference {
	int64_t item, target;
	int64_t start_ms; /* of the cue that begins it; -1: none, as of a link in the notes, or of words without a time */
	int kind;         /* enum reference_kind, or REFERENCE_LINK */
	char *words;      /* what was said, or the link's address */
	bool is_struck;
};
/* Those from one item, in the order in which they are spoken, what has no second last; those to one; or all (item 0), by item. Both
 * ends are published. Owned: archive_references_free. */
enum err archive_references_from(struct archive *a, int64_t item, struct archive_reference **list, size_t *n,
	struct why *why) NODISCARD;
enum err archive_references_to(struct archive *a, int64_t target, struct archive_reference **list, size_t *n,
	struct why *why) NODISCARD;
void archive_references_free(struct archive_reference *list, size_t n);

/* Looks again at what is new: all items when something that can be spoken of is. Call it after archive_settle. shows:
 * with their titles; base_url: of the site's own addresses ("" where unknown). Does nothing when nothing has changed. */
struct archive_reference_rules {
	struct reference_rules *rules;
	uint64_t hash; /* of all of it */
	const struct reference_show *shows;
	size_t n_shows;
	const char *base_url;
};
enum err archive_settle_references(struct archive *a, const struct archive_reference_rules *rules, struct why *why)
	NODISCARD;

#endif

/* completion.h - what somebody may be about to type: words and pairs of words that were said, people, conferences and
 * titles that begin so. All of it counted by archive_settle, so that a keystroke costs a few look-ups.
 * One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_COMPLETION_H
#define TRANSCRIPTS_COMPLETION_H

#include "base/json.h"
#include "transcripts/archive.h"

enum { COMPLETIONS_DEFAULT = 8, COMPLETIONS_MAX = 20 };

struct completion {
	const char *kind; /* "word", "words", "person", "conference", "title"; static */
	char *text;       /* words: the query as typed, completed; else a name or a title */
	char *url;        /* a path: the search for it, or its page */
};

/* The likeliest first, people and titles behind words; at most limit. *list owned, freed by completions_free. Nothing for
 * less than two letters. */
enum err completions_find(struct archive *a, struct span typed, size_t limit, struct completion **list, size_t *n,
	struct why *why) NODISCARD;
void completions_free(struct completion *list, size_t n);
/* {"query","suggestions":[{"kind","text","url"}]} */
void completions_write_json(struct json_writer *w, struct span typed, const struct completion *list, size_t n);

/* Counts names anew, and pairs of words too where much has changed. archive_settle does it. */
enum err completions_count(struct archive *a, bool much_has_changed, struct why *why) NODISCARD;

#endif

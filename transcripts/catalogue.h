/* catalogue.h - what a search must know of every item, kept in memory by a connection to the archive, so that filters and
 * lengths cost no look-up a hit. Read again when the archive has changed. One thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_CATALOGUE_H
#define TRANSCRIPTS_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct archive;

struct catalogue_item {
	int64_t id;
	int64_t published_ms; /* INT64_MIN = not said */
	uint32_t n_notes_tokens, n_speech_tokens;
	bool is_episode, published;
	char *show;           /* folded by query_fold_name */
	char *voices;         /* names, folded, each ended by a line feed; NULL without any */
};

struct catalogue {
	struct catalogue_item *items; /* by id */
	size_t n;
	double mean_notes_tokens, mean_speech_tokens; /* at least 1 */
	int64_t data_version;         /* private */
	uint64_t generation;
};

/* Borrowed from the archive, valid until the next call. Call it inside the search's transaction. */
enum err catalogue_get(struct archive *a, const struct catalogue **catalogue, struct why *why) NODISCARD;
const struct catalogue_item *catalogue_find(const struct catalogue *c, int64_t id); /* NULL when there is none */
void catalogue_destroy(struct catalogue *c); /* accepts NULL */

#endif

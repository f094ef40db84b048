/* catalogue.h - what a search must know of every item, kept in memory by a connection to the archive, so that filters
 * and lengths cost no look-up a hit. Read again when the archive has changed. One thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_CATALOGUE_H
#define TRANSCRIPTS_CATALOGUE_H

#include "base/buf.h"
#include "base/err.h"
#include "transcripts/archive.h"

struct query;

struct catalogue_item {
	int64_t id;
	int64_t published_ms; /* INT64_MIN = not said */
	uint32_t n_notes_tokens, n_speech_tokens;
	uint32_t language;    /* its bit of language_codes; 0 = unknown */
	bool published;
	enum archive_kind kind;
	char *show, *conference, *slug; /* folded by query_fold_name */
	char *voices;         /* a line a voice, by number: its name, folded, and who that is by the rules; NULL without any */
	char *people;         /* the same of who took part, where there are no voices */
	uint32_t *sponsors;   /* words of the speech that are sponsor reads: first, end, first, end ... */
	size_t n_sponsors;    /* reads */
};

struct catalogue {
	struct catalogue_item *items; /* by id */
	size_t n;
	uint32_t languages;           /* of its items: a bit for each of language_codes */
	double mean_notes_tokens, mean_speech_tokens; /* at least 1 */
	struct catalogue_word *words; /* by length; read when they are first asked for */
	size_t n_words;
	struct buf _word_texts;       /* private */
	int64_t data_version;
	uint64_t generation;
};

/* A word of the vocabulary. */
struct catalogue_word {
	char *text;
	uint32_t n_bytes;
	uint32_t letters;     /* a bit for each of a to z that is in it, one for all else */
	int64_t n_times;
};

/* Borrowed from the archive, valid until the next call. Call it inside the search's transaction. */
enum err catalogue_get(struct archive *a, const struct catalogue **catalogue, struct why *why) NODISCARD;
/* Whether the item passes all that the query asks for but words. */
bool catalogue_passes(const struct catalogue_item *item, const struct query *q);
/* Whether a voice's line is of somebody who was asked for: it has all that was named, whole or in part. */
bool catalogue_voice_fits(const struct query *q, struct span line);
/* Whether a word of the speech is a sponsor's. *from: where to go on looking, for words in ascending order; 0 at first. */
bool catalogue_is_sponsored(const struct catalogue_item *item, uint32_t word, size_t *from);
const struct catalogue_item *catalogue_find(const struct catalogue *c, int64_t id); /* NULL when there is none */
/* Reads the vocabulary into the catalogue that catalogue_get gave, unless it is there. */
void catalogue_read_words(struct archive *a);
uint32_t catalogue_letters(struct span word);
void catalogue_destroy(struct catalogue *c); /* accepts NULL */

#endif

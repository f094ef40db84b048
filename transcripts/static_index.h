/* static_index.h - the search's index as files that a browser fetches when it needs them, for a site without a server.
 * Made by the archive's own tokenizer, so that the same words stand at the same places; web/find.js reads it.
 *
 * search/index.json   {"version", "items": [[link, title, date, kind, show, conference, place's title, slug, voices, sponsors,
 *                     words, told apart]], "shards"}: an item's number is its place. voices: a line a voice, folded, with
 *                     other names of the same person; those who took part where speech isn't told apart. sponsors: words
 *                     that are sponsor reads, first, end, first, end ... words: of the speech. shards: each one's first word.
 * search/words/N.txt  a line a word, sorted bytewise: word, its other forms with blanks between them, where it stands; tabs
 *                     between. Where: `item` and, for each column in which it is (T title, P people, N notes, C chapters,
 *                     S speech), the column's letter and the words' numbers, each as its distance from the one before, '.'
 *                     between; ';' between items. Numbers in base 36.
 * search/moments/N.json   an item's speech: {"voices": [name], "cues": [[first word's number, start in seconds or null where
 *                     nobody knows it, voice from 1 or 0, text]]}.
 *
 * One archive connection, one thread; blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_STATIC_INDEX_H
#define TRANSCRIPTS_STATIC_INDEX_H

#include "base/buf.h"
#include "transcripts/archive.h"

#define STATIC_INDEX_FILE "search/index.json"

struct static_index_item {
	int64_t id;
	const char *link;   /* as the search page links to it */
	const char *place;  /* the show's or the conference's title */
};

/* Appends the name of the file with the item's speech. */
void static_index_moments_file(size_t number, struct buf *out);
enum err static_index_moments(struct archive *a, int64_t id, struct buf *out, struct why *why) NODISCARD;
/* Gives each file of words, and the index last, to put; an error of put ends it. */
enum err static_index_write(struct archive *a, const struct static_index_item *items, size_t n_items,
	enum err (*put)(void *data, const char *file, struct span bytes, struct why *why), void *data, struct why *why)
	NODISCARD;

#endif

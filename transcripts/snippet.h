/* snippet.h - the words around a moment of an item's speech, read from the archive without the rest of it.
 * One connection, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_SNIPPET_H
#define TRANSCRIPTS_SNIPPET_H

#include "base/buf.h"
#include "transcripts/archive_store.h"
#include "transcripts/moments.h"

/* One item's head, cues and turns at hand. Zeroed is empty; one view is used for item after item, and only one at a time is in
 * use on an archive: it holds on to the archive's row. */
struct speech_view {
	struct archive *archive;
	int64_t item;
	struct span cues, turns; /* packed; borrowed from the row, as these are */
	struct span show, conference, slug, title;
	enum archive_kind kind;
	int64_t published_ms;    /* INT64_MIN = not said */
	size_t n_cues, n_turns;
	uint32_t n_tokens;
	char **voices;
	size_t n_voices;
	sqlite3_blob *_text;
	int64_t _text_item;      /* whose text it stands on */
	struct buf _slice;
};

/* Loads the item. OK with no cues when it has no transcript. E_FORMAT: there is no such item. */
enum err speech_view_load(struct speech_view *v, struct archive *a, int64_t item, uint32_t n_tokens, struct why *why)
	NODISCARD;
void speech_view_finish(struct speech_view *v);

size_t speech_view_cue_of(const struct speech_view *v, uint32_t token);  /* n_cues > 0 */
size_t speech_view_turn_of(const struct speech_view *v, size_t cue);     /* n_turns > 0 */
/* The words of a turn: from *first up to, not including, *end. */
void speech_view_turn_tokens(const struct speech_view *v, size_t turn, uint32_t *first, uint32_t *end);
const char *speech_view_speaker(const struct speech_view *v, size_t turn); /* "" where unknown */

/* Some 16 words around the moment as escaped HTML, whole words, <mark> around each run that matched, "…" where it was
 * cut; within the turn where the moment is in one. */
enum err snippet_write(struct speech_view *v, const struct moment *moment, struct buf *html, struct why *why) NODISCARD;

#endif

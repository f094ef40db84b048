/* SPDX-License-Identifier: MIT */
#include "transcripts/heard.h"

#include <stdlib.h>

#include "transcripts/language.h"
#include "transcripts/sponsors.h"
#include "transcripts/transcript.h"

static void pack_u32(struct buf *out, size_t v)
{
	for (int shift = 0; shift < 32; shift += 8)
		buf_char(out, (char)(v >> shift & 0xFF));
}

/* The number of the word that begins at or after this byte of a cue. */
static size_t word_at(struct archive *a, const struct heard_item *heard, size_t cue, size_t byte)
{
	struct span text = heard->transcript->cues[cue].text;
	return unpack_cue(heard->packed_cues.p, cue).first_token + tokens_count(a->tokens, span_make(text.p, byte));
}

static void pack_sponsors(struct archive *a, const struct heard_item *heard, struct buf *out)
{
	size_t n;
	struct sponsor_read *reads = sponsors_find(heard->transcript, &n);
	for (size_t i = 0; i < n; i++) {
		pack_u32(out, word_at(a, heard, reads[i].first_cue, reads[i].first_byte));
		pack_u32(out, word_at(a, heard, reads[i].last_cue, reads[i].end_byte));
	}
	free(reads);
}

enum err heard_put(struct archive *a, int64_t item, const struct heard_item *heard, struct why *why)
{
	struct buf sponsors = {0};
	const char *language = language_code(heard->language);
	if (!language && !heard->language.n)
		language = heard->speech.n ? language_guess(a->tokens, heard->speech) : heard->notes_language;
	if (heard->transcript)
		pack_sponsors(a, heard, &sponsors);
	sqlite3_stmt *s = archive_statement(a, SQL_PUT_HEARD);
	sqlite3_bind_int64(s, 1, item);
	sqlite3_bind_text(s, 2, language ? language : "", -1, SQLITE_STATIC);
	sqlite3_bind_blob(s, 3, sponsors.p ? sponsors.p : "", (int)sponsors.n, SQLITE_STATIC);
	enum err e = archive_step(a, s, why);
	buf_finish(&sponsors);
	return e;
}

/* archive_prepare.h - what an archive keeps of a document's words in other forms. It is most of the work of putting one, and
 * needs no archive: it may be done ahead of time on other threads (importer_ahead.h). Pure, given tokens of the thread's own.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_PREPARE_H
#define TRANSCRIPTS_ARCHIVE_PREPARE_H

#include "transcripts/document.h"
#include "transcripts/notes.h"
#include "transcripts/tokens.h"

struct archive_prepared {
	struct buf searched;      /* tags, description and notes as they are searched, a line each */
	size_t n_searched_tokens;
	struct span summary;      /* part of searched */
	struct buf page, feed;    /* the notes, where there are any (notes.h) */
	const char *language;     /* of what is searched (language_guess) */
};
void archive_prepare(struct archive_prepared *p, const struct document *d, struct tokens *tokens);
void archive_prepared_finish(struct archive_prepared *p);

#endif

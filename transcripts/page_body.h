/* page_body.h - an episode page's body taken apart: the transcript block, the placeholders, and what is left as notes.
 * For document.c. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PAGE_BODY_H
#define TRANSCRIPTS_PAGE_BODY_H

#include "base/buf.h"
#include "transcripts/dialect.h"

struct page_body {
	struct span transcript; /* the block's inside; p NULL without one */
	int transcript_line;    /* the file's line at which it starts */
	struct buf youtube;     /* id of the first {% youtube id="..." %} */
	bool has_player;        /* <podcast> */
	struct buf notes;       /* Markdown without all that, and without headings that stand empty for it */
	int notes_line;
};
/* body is borrowed by p->transcript. */
void page_body_read(struct page_body *p, struct span body, int first_line, const struct dialect_faults *faults);
void page_body_finish(struct page_body *p);

#endif

/* code_maven_page.h - Code Maven's episode pages as they were before they had front matter: `=key value` lines, then
 * HTML with the transcript block. For document.c. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_CODE_MAVEN_PAGE_H
#define TRANSCRIPTS_CODE_MAVEN_PAGE_H

#include "transcripts/document.h"

/* True when the text begins with at least two of the keys: =title, =timestamp, =mp3 and their like. */
bool code_maven_page_detect(struct span text);
/* Reads the keys into d. body: the page behind them as Markdown with the block and the placeholders of its younger form
 * ({% youtube %}, <podcast>), line by line where the text stood. Owned by the caller. */
void code_maven_page_read(struct document *d, struct span text, struct buf *body, const struct dialect_faults *faults);

#endif

/* markdown_text.h - plain text as Markdown that reads the same: what would be taken for markup is escaped, addresses
 * become links. For html_markdown.c and what writes Markdown. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_MARKDOWN_TEXT_H
#define TRANSCRIPTS_MARKDOWN_TEXT_H

#include "base/buf.h"

/* One word, without blanks. begins: it begins a line. is_label: it stands in a link, so an address in it is none. */
void markdown_add_word(struct buf *out, struct span word, bool begins, bool is_label);
/* Words with single blanks between, within a line. */
void markdown_add_text(struct buf *out, struct span text);
/* What stands in the parentheses of a link: in angle brackets where it needs them. */
void markdown_add_target(struct buf *out, struct span url);
/* <https://example.org/>, or as a link where that form can't hold it. */
void markdown_add_address(struct buf *out, struct span url);

#endif

/* html_markdown.h - HTML of any kind as Markdown that shows the same: paragraphs, headings, lists, quotations, links,
 * pictures, emphasis, code. For notes that become their owner's. Made safe on the way (planet_clean.h): what comes out
 * has no HTML, no script, no placeholder of ours ({% ... %}, <podcast>, [transcript]); addresses are absolute. Pure; any
 * thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_HTML_MARKDOWN_H
#define TRANSCRIPTS_HTML_MARKDOWN_H

#include "base/buf.h"

/* Appends Markdown, with a line end where there is anything. base: what relative addresses are seen from, or empty. */
void html_to_markdown(struct buf *out, struct span html, struct span base);
/* The same for plain text: its line ends stay, its lists are Markdown's lists. */
void text_to_markdown(struct buf *out, struct span text);

#endif

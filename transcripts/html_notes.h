/* html_notes.h - hand-written HTML as Markdown, for notes: headings, paragraphs, lists, links, emphasis, code. Elements
 * that notes have no use for (div, span, script) go, comments too; a line stays on its line. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_HTML_NOTES_H
#define TRANSCRIPTS_HTML_NOTES_H

#include "base/buf.h"

struct html_notes {
	/* private: what is open from line to line */
	bool _in_comment, _in_pre, _is_skipped;
	int _list_depth;
	bool _ordered;
	struct buf _href;
};
/* Appends one line (without its end) as Markdown, with a line end. */
void html_notes_line(struct html_notes *h, struct span line, struct buf *out);
void html_notes_finish(struct html_notes *h);

#endif

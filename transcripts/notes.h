/* notes.h - an episode's Markdown to HTML, by cmark in safe mode: raw HTML and dangerous links are inert, links to
 * other hosts get rel="nofollow noopener", times such as [12:34] become links to #t=754 (notes_stamps.h says which), bare
 * addresses become links, images from elsewhere too. Inputs over the gate that cmark 0.30's quadratic cases need (64 KiB,
 * 32 container markers a line, 1,000 images, 128 levels) are refused: the caller then shows the text as it is. Pure; any
 * thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_NOTES_H
#define TRANSCRIPTS_NOTES_H

#include "base/buf.h"
#include "base/err.h"

/* For a page whose title is its h1: the notes' topmost headings are h2. duration_ms: the recording's, 0 = unknown; a
 * time after its end is none of its moments. E_LIMIT: too large or too deeply nested; out is untouched. */
enum err notes_to_html(struct span markdown, int64_t duration_ms, struct buf *out, struct why *why) NODISCARD;
/* Only what Apple and PSP-1 allow in a feed's description (p, ol, ul, li, a, b, i, strong, em), at most limit bytes,
 * never cut inside a tag or a character. Time stamps stay text: players find them. Links within the site are completed
 * with page_url, the address of the page that the notes stand on. E_LIMIT as above. */
enum err notes_to_feed_html(struct span markdown, const char *page_url, size_t limit, struct buf *out, struct why *why)
	NODISCARD;
/* The same in two steps: what all feeds have alike (struct notes_forms) is completed and cut for one of them. */
void notes_finish_feed_html(struct span feed, const char *page_url, size_t limit, struct buf *out);
/* One line of plain text, for a page's description. Over the gate it is the Markdown itself, blanks folded. */
void notes_to_text(struct span markdown, struct buf *out);

/* All forms at once, for one reading. Over the gate the page has the text as it was written, the feed nothing. */
struct notes_forms {
	struct buf text, page, feed;
};
void notes_forms_make(struct span markdown, int64_t duration_ms, struct notes_forms *forms);
void notes_forms_finish(struct notes_forms *forms);

#endif

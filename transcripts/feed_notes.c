/* feed_notes.c - what a feed says of an item in words: the notes in what Apple and PSP-1 allow.
 * SPDX-License-Identifier: MIT */
#include "base/escape.h"
#include "transcripts/feed_parts.h"
#include "transcripts/notes.h"

/* Plain text up to the limit, cut at a blank, so that no character and no escape is cut. */
static void add_plain(struct buf *html, struct span rest, size_t limit)
{
	buf_text(html, "<p>");
	for (size_t n; rest.n; rest = span_from(rest, n)) {
		struct buf piece = {0};
		n = span_find(rest, ' ') < rest.n ? span_find(rest, ' ') + 1 : rest.n;
		escape_xml(&piece, span_make(rest.p, n));
		bool fits = html->n + piece.n + strlen("</p>") <= limit;
		if (fits)
			buf_span(html, buf_view(&piece));
		buf_finish(&piece);
		if (!fits)
			break;
	}
	buf_text(html, "</p>");
}

bool feed_has_notes(const struct feed_piece *p)
{
	return feed_says(p->item->notes) || p->moments;
}

void feed_notes(struct feed *f, struct feed_piece *p, const char *page_url, size_t limit, struct buf *html)
{
	const struct archive_item *item = p->item;
	struct buf notes = {0};
	(void)f;
	if (p->moments && strlen(p->moments) <= limit)
		buf_text(html, p->moments);
	size_t room = limit - html->n;
	if (!feed_says(item->notes)) {
		if (!p->moments)
			/* Players take it for HTML in any case. */
			escape_xml(html, span_trim(span_of(feed_says(item->description) ? item->description : feed_item_title(item))));
		return;
	}
	if (notes_to_feed_html(span_of(item->notes), page_url, room, &notes, NULL) || !notes.n) {
		/* Too large for the Markdown gate. */
		struct buf text = {0};
		buf_clear(&notes);
		notes_to_text(span_of(item->notes), &text);
		add_plain(&notes, buf_view(&text), room);
		buf_finish(&text);
	}
	buf_span(html, buf_view(&notes));
	buf_finish(&notes);
}

/* feed_notes.c - what a feed says of an item in words: the notes in what Apple and PSP-1 allow.
 * SPDX-License-Identifier: MIT */
#include "base/escape.h"
#include "transcripts/feed_parts.h"
#include "transcripts/notes.h"

enum { NOTES_MAX = 1 << 20 };

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

static void render(const struct feed_piece *p, const char *page_url, size_t limit, struct buf *html)
{
	const struct archive_item *item = p->item;
	struct buf notes = {0};
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

struct span feed_notes(struct feed_piece *p, const char *page_url)
{
	if (!p->notes.p)
		render(p, page_url, NOTES_MAX, &p->notes);
	return buf_view(&p->notes);
}

struct span feed_short_notes(struct feed_piece *p, const char *page_url)
{
	struct span whole = feed_notes(p, page_url);
	if (whole.n <= FEED_DESCRIPTION_MAX || !feed_has_notes(p))
		return whole;
	if (!p->short_notes.p)
		render(p, page_url, FEED_DESCRIPTION_MAX, &p->short_notes);
	return buf_view(&p->short_notes);
}

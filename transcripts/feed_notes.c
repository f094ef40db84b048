/* feed_notes.c - what a feed says of an item in words: the notes in what Apple and PSP-1 allow.
 * SPDX-License-Identifier: MIT */
#include "base/escape.h"
#include "transcripts/export.h"
#include "transcripts/feed_parts.h"
#include "transcripts/item_chapters.h"
#include "transcripts/notes.h"

enum { NOTES_MAX = 1 << 20, CHAPTERS_BYTES = FEED_DESCRIPTION_MAX / 2 };

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
	return p->item->has_notes || p->moments;
}

static void render(const struct feed *f, const struct feed_piece *p, const char *page_url, size_t limit, struct buf *html)
{
	const struct archive_item *item = p->item;
	if (p->moments && strlen(p->moments) <= limit)
		buf_text(html, p->moments);
	size_t room = limit - html->n;
	if (!item->has_notes) {
		if (!p->moments)
			/* Players take it for HTML in any case. */
			escape_xml(html, span_trim(span_of(feed_says(item->description) ? item->description : feed_item_title(item))));
		return;
	}
	struct buf text = {0};
	size_t before = html->n;
	if (archive_feed_notes(f->archive, item->id, &text))
		notes_finish_feed_html(buf_view(&text), page_url, room, html);
	if (html->n == before) {
		/* Too large for the Markdown gate. */
		buf_clear(&text);
		struct buf line = {0};
		(void)archive_notes(f->archive, item->id, &text);
		notes_to_text(buf_view(&text), &line);
		add_plain(html, buf_view(&line), limit);
		buf_finish(&line);
	}
	buf_finish(&text);
}

struct span feed_notes(const struct feed *f, struct feed_piece *p, const char *page_url)
{
	if (!p->notes.p)
		render(f, p, page_url, NOTES_MAX, &p->notes);
	return buf_view(&p->notes);
}

struct span feed_short_notes(const struct feed *f, struct feed_piece *p, const char *page_url)
{
	struct span whole = feed_notes(f, p, page_url);
	if (whole.n <= FEED_DESCRIPTION_MAX || !feed_has_notes(p))
		return whole;
	if (!p->short_notes.p)
		render(f, p, page_url, FEED_DESCRIPTION_MAX, &p->short_notes);
	return buf_view(&p->short_notes);
}

bool feed_has_chapters(struct feed *f, struct feed_piece *p)
{
	const struct document *d = feed_piece_parts(f, p);
	for (size_t i = 0; i < d->n_chapters; i++)
		if (!d->chapters[i].is_hidden)
			return true;
	return false;
}

static bool are_told_in_words(struct feed *f, const struct archive_item *item, const struct document *d)
{
	struct buf notes = {0};
	if (!item->has_notes)
		return item_chapters_are_told(span_of(item->description), d);
	bool are = archive_notes(f->archive, item->id, &notes) && item_chapters_are_told(buf_view(&notes), d);
	buf_finish(&notes);
	return are;
}

/* Its chapters as a list that Apple reads in a description: three and more, from the start on. Where the notes tell them
 * all, only the start that they lack. Nothing where there are fewer, or more than fit beside notes. */
static void add_chapter_lines(struct feed *f, struct feed_piece *p, struct buf *html)
{
	const struct document *d = feed_piece_parts(f, p);
	struct buf lines = {0};
	bool are_enough = p->item->kind == ARCHIVE_EPISODE && export_chapters_description(d->chapters, d->n_chapters, &lines);
	bool are_told = are_enough && are_told_in_words(f, p->item, d);
	struct span rest = buf_view(&lines), line;
	size_t before = html->n;
	if (are_enough && !are_told)
		buf_text(html, "<ul>");
	while (are_enough && span_next_line(&rest, &line)) {
		/* Of those that are told only the line that isn't any chapter's. */
		if (are_told && d->chapters[0].start_ms < 1000)
			break;
		buf_text(html, are_told ? "<p>" : "<li>");
		escape_xml(html, line);
		buf_text(html, are_told ? "</p>" : "</li>");
		if (are_told)
			break;
	}
	if (are_enough && !are_told)
		buf_text(html, "</ul>");
	if (html->n - before > CHAPTERS_BYTES)
		html->p[html->n = before] = '\0';
	buf_finish(&lines);
}

void feed_described(struct feed *f, struct feed_piece *p, const char *page_url, struct buf *html)
{
	struct buf chapters = {0};
	struct span whole = feed_notes(f, p, page_url);
	add_chapter_lines(f, p, &chapters);
	size_t room = FEED_DESCRIPTION_MAX - chapters.n;
	if (!chapters.n || (whole.n > room && !feed_has_notes(p))) {
		buf_span(html, feed_short_notes(f, p, page_url));
	} else {
		/* A start that the notes lack stands before them, a list behind. */
		bool is_start = span_starts(buf_view(&chapters), "<p>");
		if (is_start)
			buf_span(html, buf_view(&chapters));
		if (whole.n > room)
			render(f, p, page_url, is_start ? FEED_DESCRIPTION_MAX : room, html);
		else
			buf_span(html, whole);
		if (!is_start)
			buf_span(html, buf_view(&chapters));
	}
	buf_finish(&chapters);
}

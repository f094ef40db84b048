/* feed_rss_item.c - an item of RSS 2.0.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "transcripts/feed_parts.h"
#include "transcripts/feed_xml.h"

#define INDENT "\t\t\t"

static void write_words(struct feed *f, struct feed_piece *p, const char *page_url)
{
	struct buf description = {0};
	feed_described(f, p, page_url, &description);
	feed_xml_html(f->out, INDENT, "description", buf_view(&description));
	if (feed_has_notes(p))
		feed_xml_html(f->out, INDENT, "content:encoded", feed_notes(f, p, page_url));
	buf_finish(&description);
}

static void write_enclosure(struct feed *f, const struct feed_piece *p)
{
	if (!p->media_url)
		return;
	feed_xml_open(f->out, INDENT, "enclosure");
	feed_xml_attribute(f->out, "url", p->media_url);
	buf_format(f->out, " length=\"%lld\"", (long long)p->media_bytes);
	feed_xml_attribute(f->out, "type", p->mime);
	buf_text(f->out, "/>\n");
	/* Whole seconds; what is shorter than one is still not nothing. */
	int64_t seconds = (p->duration_ms + 500) / 1000;
	feed_xml_number(f->out, INDENT, "itunes:duration", p->duration_ms > 0 && seconds == 0 ? 1 : seconds);
}

static void write_apple(struct feed *f, struct feed_piece *p)
{
	const struct archive_item *item = p->item;
	const struct document *d = feed_piece_parts(f, p);
	struct buf *out = f->out;
	feed_xml_element(out, INDENT, "itunes:title", d->short_title);
	feed_xml_element(out, INDENT, "itunes:author", item->author);
	feed_xml_element(out, INDENT, "itunes:explicit", item->explicit_ || f->show.explicit_ ? "true" : "false");
	feed_xml_number(out, INDENT, "itunes:season", item->season);
	feed_xml_number(out, INDENT, "itunes:episode", item->episode);
	feed_xml_element(out, INDENT, "itunes:episodeType", feed_episode_type(f, p));
	if (d->is_blocked)
		feed_xml_element(out, INDENT, "itunes:block", "Yes");
	if (p->artwork_url) {
		feed_xml_open(out, INDENT, "itunes:image");
		feed_xml_attribute(out, "href", p->artwork_url);
		buf_text(out, "/>\n");
	}
	bool serial = f->is_podcast && feed_says(f->show.type) && strcmp(f->show.type, "serial") == 0;
	if (serial && item->episode <= 0)
		feed_report(f, item->path,
			"no episode number, which Apple requires in a serial show; give episode in the front matter");
}

void feed_write_rss_item(struct feed *f, struct feed_piece *p)
{
	const struct archive_item *item = p->item;
	struct buf *out = f->out;
	char *page_url = feed_item_url(f, item);
	buf_text(out, "\t\t<item>\n");
	feed_xml_element(out, INDENT, "title", feed_item_title(item));
	feed_xml_element(out, INDENT, "link", page_url);
	buf_text(out, INDENT "<guid isPermaLink=\"false\">");
	escape_xml(out, span_of(p->guid));
	buf_text(out, "</guid>\n");
	feed_xml_date(out, INDENT, "pubDate", p->date_ms);
	write_words(f, p, page_url);
	for (size_t i = 0; i < item->n_tags; i++)
		feed_xml_element(out, INDENT, "category", item->tags[i]);
	write_enclosure(f, p);
	write_apple(f, p);
	/* Behind it "#t=754" leads to a moment (Podlove's deep linking). */
	feed_xml_open(out, INDENT, "atom:link");
	buf_text(out, " rel=\"http://podlove.org/deep-link\"");
	feed_xml_attribute(out, "href", page_url);
	buf_text(out, "/>\n");
	feed_write_podcast_item(f, p, INDENT);
	buf_text(out, "\t\t</item>\n");
	free(page_url);
}

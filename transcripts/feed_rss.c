/* feed_rss.c - a feed as RSS 2.0: its head. Items are feed_rss_item.c's, the podcast namespace feed_podcast.c's.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "transcripts/feed_category.h"
#include "transcripts/feed_parts.h"
#include "transcripts/feed_xml.h"

#define INDENT "\t\t"

static void write_category(const struct feed *f)
{
	const struct feed_show *s = &f->show;
	if (!feed_says(s->category)) {
		if (f->is_podcast)
			feed_report(f, "carillon.yaml",
				"show %s has no category, which Apple requires; add one of Apple's, such as Technology", s->name);
		return;
	}
	if (!feed_category_known(s->category, NULL)) {
		feed_report(f, "carillon.yaml",
			"show %s: Apple knows no category '%s'; the feed goes without (upper and lower case count)", s->name,
			s->category);
		return;
	}
	bool has_sub = feed_says(s->subcategory) && feed_category_known(s->category, s->subcategory);
	if (feed_says(s->subcategory) && !has_sub)
		feed_report(f, "carillon.yaml", "show %s: Apple's category %s has no subcategory '%s'; the feed goes without",
			s->name, s->category, s->subcategory);
	feed_xml_open(f->out, INDENT, "itunes:category");
	feed_xml_attribute(f->out, "text", s->category);
	if (has_sub) {
		buf_text(f->out, "><itunes:category");
		feed_xml_attribute(f->out, "text", s->subcategory);
		buf_text(f->out, "/></itunes:category>\n");
	} else {
		buf_text(f->out, "/>\n");
	}
}

static void write_image(const struct feed *f)
{
	if (f->is_podcast && !feed_says(f->show.image))
		feed_report(f, "carillon.yaml", "show %s has no image, which Apple requires; add image: media/FILE.png, "
			"square, 1400 to 3000 pixels wide", f->show.name);
	if (!f->image_url)
		return;
	feed_xml_open(f->out, INDENT, "itunes:image");
	feed_xml_attribute(f->out, "href", f->image_url);
	buf_text(f->out, "/>\n" INDENT "<image>\n");
	feed_xml_element(f->out, INDENT "\t", "url", f->image_url);
	feed_xml_element(f->out, INDENT "\t", "title", f->title);
	feed_xml_element(f->out, INDENT "\t", "link", f->link);
	buf_text(f->out, INDENT "</image>\n");
}

static void write_owner(const struct feed *f, const char *author)
{
	if (!feed_says(f->show.email))
		return;
	buf_text(f->out, INDENT "<itunes:owner>\n");
	feed_xml_element(f->out, INDENT "\t", "itunes:name", author);
	feed_xml_element(f->out, INDENT "\t", "itunes:email", f->show.email);
	buf_text(f->out, INDENT "</itunes:owner>\n");
}

static void write_link(const struct feed *f, const char *rel, const char *type, const char *url)
{
	feed_xml_open(f->out, INDENT, "atom:link");
	feed_xml_attribute(f->out, "rel", rel);
	feed_xml_attribute(f->out, "type", type);
	feed_xml_attribute(f->out, "href", url);
	buf_text(f->out, "/>\n");
}

static void write_page_link(struct feed *f, const char *rel, const char *url)
{
	write_link(f, rel, "application/rss+xml", url);
}

static void write_links(struct feed *f)
{
	write_link(f, "self", "application/rss+xml", f->url);
	if (feed_says(f->site->hub))
		write_link(f, "hub", NULL, f->site->hub);
	if (!f->request->page) {
		struct feed_request other = *f->request;
		for (int form = FEED_ATOM; form < FEED_FORMS; form++) {
			struct buf url = {0};
			other.form = (enum feed_form)form;
			buf_text(&url, f->site->base_url);
			feed_address_write(&url, &other);
			write_link(f, "alternate", form == FEED_ATOM ? "application/atom+xml" : "application/feed+json", url.p);
			buf_finish(&url);
		}
	}
	feed_write_pages(f, INDENT, write_page_link);
}

static void check_words(const struct feed *f)
{
	const struct feed_show *s = &f->show;
	if (!f->is_podcast)
		return;
	if (!feed_says(s->description))
		feed_report(f, "carillon.yaml", "show %s has no description, which Apple requires; its title stands in",
			s->name);
	if (strcmp(feed_language(f), feed_says(s->language) ? s->language : "") != 0)
		feed_report(f, "carillon.yaml", "show %s: %s%s; the feed says en: give a code such as en, de or pt-br", s->name,
			feed_says(s->language) ? "no language code: " : "no language", feed_says(s->language) ? s->language : "");
}

static void write_head(struct feed *f)
{
	const struct feed_show *s = &f->show;
	struct buf *out = f->out;
	const char *author = feed_says(s->author) ? s->author : s->title;
	check_words(f);
	feed_xml_element(out, INDENT, "title", f->title);
	feed_xml_element(out, INDENT, "link", f->link);
	write_links(f);
	feed_xml_element(out, INDENT, "description", feed_says(s->description) ? s->description : f->title);
	feed_xml_element(out, INDENT, "language", feed_language(f));
	feed_xml_element(out, INDENT, "copyright", s->copyright);
	feed_xml_element(out, INDENT, "generator", "Carillon");
	buf_text(out, INDENT "<docs>https://www.rssboard.org/rss-specification</docs>\n");
	if (f->end > f->first) {
		feed_xml_date(out, INDENT, "pubDate", f->pieces[f->first].date_ms);
		feed_xml_date(out, INDENT, "lastBuildDate", f->pieces[f->first].date_ms);
	}
	write_image(f);
	feed_xml_element(out, INDENT, "itunes:title", s->short_title);
	feed_xml_element(out, INDENT, "itunes:author", author);
	write_owner(f, author);
	write_category(f);
	feed_xml_element(out, INDENT, "itunes:explicit", s->explicit_ ? "true" : "false");
	feed_xml_element(out, INDENT, "itunes:type", feed_says(s->type) && strcmp(s->type, "serial") == 0 ? "serial" : "episodic");
	if (s->block)
		feed_xml_element(out, INDENT, "itunes:block", "Yes");
	if (s->complete)
		feed_xml_element(out, INDENT, "itunes:complete", "Yes");
	if (f->is_podcast)
		feed_xml_element(out, INDENT, "itunes:new-feed-url", s->new_feed_url);
	feed_write_podcast_channel(f);
}

void feed_write_rss(struct feed *f)
{
	buf_text(f->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\""
		" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""
		" xmlns:podcast=\"https://podcastindex.org/namespace/1.0\""
		" xmlns:atom=\"http://www.w3.org/2005/Atom\""
		" xmlns:psc=\"http://podlove.org/simple-chapters\"");
	if (f->n_pages)
		buf_text(f->out, " xmlns:fh=\"http://purl.org/syndication/history/1.0\"");
	buf_text(f->out, ">\n\t<channel>\n");
	write_head(f);
	for (size_t i = f->first; i < f->end; i++)
		feed_write_rss_item(f, &f->pieces[i]);
	if (f->is_podcast && !f->request->page)
		feed_write_live(f);
	buf_text(f->out, "\t</channel>\n</rss>\n");
}

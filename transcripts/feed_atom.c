/* feed_atom.c - a feed as Atom (RFC 4287), with the same items and the same podcast and psc elements as the RSS form.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "transcripts/feed_parts.h"
#include "transcripts/feed_xml.h"

static bool is_uuid(const char *s)
{
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? s[i] != '-' : !s[i] || !strchr("0123456789abcdef", s[i]))
			return false;
	}
	return !s[36];
}

/* Letters, a colon, and nothing that an IRI forbids. */
static bool is_iri(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return n > 1 && s[n] == ':' && s[n + 1] && strcspn(s, " <>\"{}|\\^`\t\r\n") == strlen(s);
}

/* An entry's id has to be an IRI: the GUID where it is one, else a UUID made from it. */
static void write_id(struct feed *f, const char *indent, const char *guid)
{
	struct buf id = {0};
	char made[37];
	if (is_uuid(guid)) {
		buf_format(&id, "urn:uuid:%s", guid);
	} else if (is_iri(guid)) {
		buf_text(&id, guid);
	} else {
		feed_podcast_guid(guid, made);
		buf_format(&id, "urn:uuid:%s", made);
	}
	buf_format(f->out, "%s<id>", indent);
	escape_xml(f->out, buf_view(&id));
	buf_text(f->out, "</id>\n");
	buf_finish(&id);
}

static void write_link(struct feed *f, const char *indent, const char *rel, const char *type, const char *url)
{
	feed_xml_open(f->out, indent, "link");
	feed_xml_attribute(f->out, "rel", rel);
	feed_xml_attribute(f->out, "type", type);
	feed_xml_attribute(f->out, "href", url);
	buf_text(f->out, "/>\n");
}

static void write_page_link(struct feed *f, const char *rel, const char *url)
{
	write_link(f, "\t", rel, "application/atom+xml", url);
}

static void write_author(struct feed *f, const char *indent, const char *name, const char *url)
{
	buf_format(f->out, "%s<author><name>", indent);
	escape_xml(f->out, span_trim(span_of(name)));
	buf_text(f->out, "</name>");
	if (url) {
		buf_text(f->out, "<uri>");
		escape_xml(f->out, span_of(url));
		buf_text(f->out, "</uri>");
	}
	buf_text(f->out, "</author>\n");
}

static void write_head(struct feed *f)
{
	const struct feed_show *s = &f->show;
	struct buf *out = f->out;
	char guid[37];
	feed_podcast_guid(f->rss_url, guid);
	write_id(f, "\t", f->is_podcast && feed_says(s->guid) && is_uuid(s->guid) ? s->guid : guid);
	feed_xml_element(out, "\t", "title", f->title);
	feed_xml_element(out, "\t", "subtitle", feed_says(s->description) ? s->description : f->title);
	/* Of a feed without anything the day it could have begun. */
	feed_xml_iso_date(out, "\t", "updated", f->end > f->first ? f->pieces[f->first].date_ms : 0);
	write_link(f, "\t", "self", "application/atom+xml", f->url);
	write_link(f, "\t", "alternate", "text/html", f->link);
	if (feed_says(f->site->hub))
		write_link(f, "\t", "hub", NULL, f->site->hub);
	feed_write_pages(f, "\t", write_page_link);
	write_author(f, "\t", feed_says(s->author) ? s->author : feed_says(s->title) ? s->title : f->title, NULL);
	feed_xml_element(out, "\t", "rights", s->copyright);
	feed_xml_element(out, "\t", "icon", f->image_url);
	feed_xml_element(out, "\t", "logo", f->image_url);
	buf_text(out, "\t<generator>Carillon</generator>\n");
}

static void write_words(struct feed *f, struct feed_piece *p, const char *page_url)
{
	feed_xml_html(f->out, "\t\t", "summary type=\"html\"", feed_short_notes(f, p, page_url));
	feed_xml_html(f->out, "\t\t", "content type=\"html\"", feed_notes(f, p, page_url));
}

static void write_people(struct feed *f, struct feed_piece *p)
{
	const struct document *d = feed_piece_parts(f, p);
	if (!d->n_credits && feed_says(p->item->author))
		write_author(f, "\t\t", p->item->author, NULL);
	for (size_t i = 0; i < d->n_credits; i++) {
		char *slug = archive_person_slug(f->archive, p->item->id, d->credits[i].name);
		struct buf url = {0};
		buf_format(&url, "%s/people/", f->site->base_url);
		if (slug)
			escape_url(&url, span_of(slug));
		write_author(f, "\t\t", feed_says(d->credits[i].name) ? d->credits[i].name : d->credits[i].ref, slug ? url.p : NULL);
		buf_finish(&url);
		free(slug);
	}
}

static void write_alternative(struct feed *f, const char *url, const char *type, const struct document_media *m)
{
	if (m->bytes <= 0)
		return;
	feed_xml_open(f->out, "\t\t", "link");
	buf_text(f->out, " rel=\"enclosure\"");
	feed_xml_attribute(f->out, "type", type);
	buf_format(f->out, " length=\"%lld\"", (long long)m->bytes);
	feed_xml_attribute(f->out, "hreflang", m->language);
	feed_xml_attribute(f->out, "href", url);
	buf_text(f->out, "/>\n");
}

static void write_entry(struct feed *f, struct feed_piece *p)
{
	const struct archive_item *item = p->item;
	char *page_url = feed_item_url(f, item);
	struct buf *out = f->out;
	buf_text(out, "\t<entry>\n");
	write_id(f, "\t\t", p->guid);
	feed_xml_element(out, "\t\t", "title", feed_item_title(item));
	feed_xml_iso_date(out, "\t\t", "published", p->date_ms);
	feed_xml_iso_date(out, "\t\t", "updated", p->date_ms);
	write_link(f, "\t\t", "alternate", "text/html", page_url);
	write_link(f, "\t\t", "http://podlove.org/deep-link", NULL, page_url);
	if (p->media_url) {
		const struct document_media own = {.bytes = p->media_bytes};
		write_alternative(f, p->media_url, p->mime, &own);
	}
	feed_each_alternative(f, p, write_alternative);
	write_people(f, p);
	for (size_t i = 0; i < item->n_tags; i++) {
		feed_xml_open(out, "\t\t", "category");
		feed_xml_attribute(out, "term", item->tags[i]);
		buf_text(out, "/>\n");
	}
	write_words(f, p, page_url);
	feed_write_podcast_item(f, p, "\t\t");
	buf_text(out, "\t</entry>\n");
	free(page_url);
}

void feed_write_atom(struct feed *f)
{
	buf_text(f->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\""
		" xmlns:podcast=\"https://podcastindex.org/namespace/1.0\" xmlns:psc=\"http://podlove.org/simple-chapters\"");
	if (f->n_pages)
		buf_text(f->out, " xmlns:fh=\"http://purl.org/syndication/history/1.0\"");
	buf_format(f->out, " xml:lang=\"%s\">\n", feed_language(f));
	write_head(f);
	for (size_t i = f->first; i < f->end; i++)
		write_entry(f, &f->pieces[i]);
	buf_text(f->out, "</feed>\n");
}

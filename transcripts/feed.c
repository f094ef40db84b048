/* feed.c - writes a show's feed.
 * SPDX-License-Identifier: MIT */
#include "transcripts/feed.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/feed_category.h"
#include "transcripts/feed_pieces.h"
#include "transcripts/notes.h"

enum { DESCRIPTION_MAX = 4000, NOTES_MAX = 1 << 20 };

static void add_page_url(const struct feed *f, struct buf *url, const char *slug)
{
	buf_format(url, "%s/shows/", f->request->base_url);
	escape_url(url, span_of(f->request->show->name));
	buf_char(url, '/');
	escape_url(url, span_of(slug));
}

/* Text that is no HTML. Some readers take every title for HTML and decode it twice: numbered references for the two
 * characters that would matter are what they understand best (RSS Advisory Board, "character data"). */
static void element(struct buf *out, const char *indent, const char *name, const char *text)
{
	if (!feed_says(text))
		return;
	struct span rest = span_trim(span_of(text));
	buf_format(out, "%s<%s>", indent, name);
	while (rest.n) {
		size_t plain = 0;
		while (plain < rest.n && rest.p[plain] != '&' && rest.p[plain] != '<')
			plain++;
		escape_xml(out, span_make(rest.p, plain));
		if (plain < rest.n)
			buf_text(out, rest.p[plain] == '&' ? "&#x26;" : "&#x3C;");
		rest = span_from(rest, plain + 1);
	}
	buf_format(out, "</%s>\n", name);
}

static void attribute(struct buf *out, const char *name, const char *value)
{
	buf_format(out, " %s=\"", name);
	escape_xml(out, span_of(value));
	buf_char(out, '"');
}

static void date_element(struct buf *out, const char *indent, const char *name, int64_t ms)
{
	buf_format(out, "%s<%s>", indent, name);
	time_format_http(out, ms);
	buf_format(out, "</%s>\n", name);
}

/* HTML in CDATA, as Apple wants it; "]]>" can't stand in one and is split over two. Our HTML has no forbidden
 * character. */
static void html_element(struct buf *out, const char *name, struct span html)
{
	static const char end[] = "]]>";
	buf_format(out, "\t\t\t<%s><![CDATA[", name);
	size_t at;
	while ((at = span_search(html, span_of(end), 0)) < html.n) {
		buf_add(out, html.p, at);
		buf_text(out, "]]]]><![CDATA[>");
		html = span_from(html, at + sizeof end - 1);
	}
	buf_span(out, html);
	buf_format(out, "]]></%s>\n", name);
}

/* Address of a picture in the site's media folder or elsewhere, owned; NULL where there is none. */
static char *image_url(const struct feed *f, const char *image, const char *path)
{
	if (!feed_says(image))
		return NULL;
	struct span ending = file_ending(image);
	if (!span_equal_nocase(ending, SPAN_LITERAL("jpg")) && !span_equal_nocase(ending, SPAN_LITERAL("jpeg")) &&
	    !span_equal_nocase(ending, SPAN_LITERAL("png")))
		feed_report(f, path, "image %s: Apple takes only .jpg and .png, square, 1400 to 3000 pixels wide", image);
	if (feed_is_web_url(image))
		return mem_strdup(image);
	char *local = feed_media_path(f, feed_base_name(image)), *url = NULL;
	if (file_exists(local))
		url = feed_media_url(f, feed_base_name(image));
	else
		feed_report(f, path, "image %s: media/%s isn't there; put it there or correct its name", image,
			feed_base_name(image));
	free(local);
	return url;
}

static bool is_language(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return (n == 2 || n == 3) && (!s[n] || (s[n] == '-' && s[n + 1] && strspn(s + n + 1,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(s + n + 1)));
}

static const char *language(const struct feed *f)
{
	const char *s = f->request->show->language;
	return feed_says(s) && is_language(s) ? s : "en";
}

static void write_category(const struct feed *f)
{
	const struct feed_show *s = f->request->show;
	if (!feed_says(s->category)) {
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
	buf_text(f->out, "\t\t<itunes:category");
	attribute(f->out, "text", s->category);
	if (has_sub) {
		buf_text(f->out, "><itunes:category");
		attribute(f->out, "text", s->subcategory);
		buf_text(f->out, "/></itunes:category>\n");
	} else {
		buf_text(f->out, "/>\n");
	}
}

static void write_image(const struct feed *f, const char *link)
{
	const struct feed_show *s = f->request->show;
	char *url = image_url(f, s->image, "carillon.yaml");
	if (!feed_says(s->image))
		feed_report(f, "carillon.yaml", "show %s has no image, which Apple requires; add image: media/FILE.png, "
			"square, 1400 to 3000 pixels wide", s->name);
	if (!url)
		return;
	buf_text(f->out, "\t\t<itunes:image");
	attribute(f->out, "href", url);
	buf_text(f->out, "/>\n\t\t<image>\n");
	element(f->out, "\t\t\t", "url", url);
	element(f->out, "\t\t\t", "title", s->title);
	element(f->out, "\t\t\t", "link", link);
	buf_text(f->out, "\t\t</image>\n");
	free(url);
}

static void write_owner(const struct feed *f, const char *author)
{
	if (!feed_says(f->request->show->email))
		return;
	buf_text(f->out, "\t\t<itunes:owner>\n");
	element(f->out, "\t\t\t", "itunes:name", author);
	element(f->out, "\t\t\t", "itunes:email", f->request->show->email);
	buf_text(f->out, "\t\t</itunes:owner>\n");
}

static void write_channel_head(const struct feed *f)
{
	const struct feed_show *s = f->request->show;
	struct buf *out = f->out, link = {0};
	char guid[37];
	const char *author = feed_says(s->author) ? s->author : s->title;
	if (feed_says(s->link))
		buf_text(&link, s->link);
	else
		add_page_url(f, &link, "");
	element(out, "\t\t", "title", s->title);
	element(out, "\t\t", "link", link.p);
	buf_text(out, "\t\t<atom:link rel=\"self\" type=\"application/rss+xml\"");
	attribute(out, "href", f->url);
	buf_text(out, "/>\n");
	if (!feed_says(s->description))
		feed_report(f, "carillon.yaml", "show %s has no description, which Apple requires; its title stands in",
			s->name);
	element(out, "\t\t", "description", feed_says(s->description) ? s->description : s->title);
	if (!feed_says(s->language) || !is_language(s->language))
		feed_report(f, "carillon.yaml", "show %s: %s%s; the feed says en: give a code such as en, de or pt-br", s->name,
			feed_says(s->language) ? "no language code: " : "no language", feed_says(s->language) ? s->language : "");
	element(out, "\t\t", "language", language(f));
	element(out, "\t\t", "copyright", s->copyright);
	element(out, "\t\t", "generator", "Carillon");
	if (f->n)
		date_element(out, "\t\t", "lastBuildDate", f->pieces[0].date_ms);
	write_image(f, link.p);
	element(out, "\t\t", "itunes:author", author);
	write_owner(f, author);
	write_category(f);
	element(out, "\t\t", "itunes:explicit", s->explicit_ ? "true" : "false");
	element(out, "\t\t", "itunes:type", feed_says(s->type) && strcmp(s->type, "serial") == 0 ? "serial" : "episodic");
	feed_podcast_guid(f->url, guid);
	element(out, "\t\t", "podcast:guid", guid);
	buf_text(out, "\t\t<podcast:locked");
	if (feed_says(s->email))
		attribute(out, "owner", s->email);
	buf_text(out, ">no</podcast:locked>\n");
	buf_finish(&link);
}

/* The notes in what a feed allows; as plain text where they are too large for the Markdown gate. */
static void notes_html(struct buf *html, const char *notes, const char *page_url, size_t limit)
{
	struct buf text = {0};
	if (!notes_to_feed_html(span_of(notes), page_url, limit, html, NULL) && html->n)
		return;
	buf_clear(html);
	notes_to_text(span_of(notes), &text);
	struct span rest = buf_view(&text);
	buf_text(html, "<p>");
	for (size_t n; rest.n; rest = span_from(rest, n)) {
		struct buf piece = {0};
		/* Up to the next blank, so that no character and no escape is cut. */
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
	buf_finish(&text);
}

static void write_description(const struct feed *f, const struct archive_item *item, const char *page_url)
{
	struct buf html = {0};
	if (feed_says(item->notes)) {
		struct buf shortened = {0};
		notes_html(&html, item->notes, page_url, NOTES_MAX);
		if (html.n > DESCRIPTION_MAX)
			notes_html(&shortened, item->notes, page_url, DESCRIPTION_MAX);
		html_element(f->out, "description", buf_view(html.n > DESCRIPTION_MAX ? &shortened : &html));
		html_element(f->out, "content:encoded", buf_view(&html));
		buf_finish(&shortened);
	} else {
		const char *text = feed_says(item->title) ? item->title : item->slug;
		if (feed_says(item->description))
			text = item->description;
		/* Players take it for HTML in any case. */
		escape_xml(&html, span_trim(span_of(text)));
		html_element(f->out, "description", buf_view(&html));
	}
	buf_finish(&html);
}

/* One without times is in the forms alone that do without. */
static void write_transcripts(const struct feed *f, const char *page_url, bool has_times)
{
	static const struct {
		const char *ending, *type;
		bool has_times;
	} forms[] = {{"vtt", "text/vtt", true}, {"srt", "application/x-subrip", true}, {"json", "application/json", true},
		{"html", "text/html", false}};
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct buf url = {0};
		if (forms[i].has_times != has_times)
			continue;
		buf_format(&url, "%s.%s", page_url, forms[i].ending);
		buf_text(f->out, "\t\t\t<podcast:transcript");
		attribute(f->out, "url", url.p);
		attribute(f->out, "type", forms[i].type);
		attribute(f->out, "language", language(f));
		buf_text(f->out, "/>\n");
		buf_finish(&url);
	}
}

static void number_element(struct buf *out, const char *name, int64_t value)
{
	if (value > 0)
		buf_format(out, "\t\t\t<%s>%lld</%s>\n", name, (long long)value, name);
}

static void write_item(const struct feed *f, const struct feed_piece *p)
{
	const struct archive_item *item = p->item;
	struct buf *out = f->out, page_url = {0};
	add_page_url(f, &page_url, item->slug);
	buf_text(out, "\t\t<item>\n");
	element(out, "\t\t\t", "title", feed_says(item->title) ? item->title : item->slug);
	element(out, "\t\t\t", "link", page_url.p);
	buf_text(out, "\t\t\t<guid isPermaLink=\"false\">");
	escape_xml(out, span_of(p->guid));
	buf_text(out, "</guid>\n");
	date_element(out, "\t\t\t", "pubDate", p->date_ms);
	write_description(f, item, page_url.p);
	buf_text(out, "\t\t\t<enclosure");
	attribute(out, "url", p->media_url);
	buf_format(out, " length=\"%lld\"", (long long)p->media_bytes);
	attribute(out, "type", p->mime);
	buf_text(out, "/>\n");
	/* Whole seconds; what is shorter than one is still not nothing. */
	int64_t seconds = (p->duration_ms + 500) / 1000;
	number_element(out, "itunes:duration", p->duration_ms > 0 && seconds == 0 ? 1 : seconds);
	element(out, "\t\t\t", "itunes:explicit", item->explicit_ || f->request->show->explicit_ ? "true" : "false");
	number_element(out, "itunes:season", item->season);
	number_element(out, "itunes:episode", item->episode);
	element(out, "\t\t\t", "itunes:episodeType", "full");
	char *image = image_url(f, item->image, item->path);
	if (image) {
		buf_text(out, "\t\t\t<itunes:image");
		attribute(out, "href", image);
		buf_text(out, "/>\n");
	}
	if (item->n_cues)
		write_transcripts(f, page_url.p, item->n_untimed < item->n_cues);
	buf_text(out, "\t\t</item>\n");
	bool serial = f->request->show->type && strcmp(f->request->show->type, "serial") == 0;
	if (serial && item->episode <= 0)
		feed_report(f, item->path,
			"no episode number, which Apple requires in a serial show; give episode in the front matter");
	free(image);
	buf_finish(&page_url);
}

static void write_feed(const struct feed *f)
{
	buf_text(f->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\""
		" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""
		" xmlns:podcast=\"https://podcastindex.org/namespace/1.0\""
		" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n\t<channel>\n");
	write_channel_head(f);
	for (size_t i = 0; i < f->n; i++)
		write_item(f, &f->pieces[i]);
	buf_text(f->out, "\t</channel>\n</rss>\n");
}

enum err feed_write_rss(struct archive *a, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out, struct why *why)
{
	struct feed f = {.request = request, .fault = fault, .data = data, .out = out};
	struct buf url = {0};
	buf_format(&url, "%s/feeds/", request->base_url);
	escape_url(&url, span_of(request->show->name));
	buf_text(&url, ".xml");
	f.url = url.p;
	enum err e = feed_collect(&f, a, why);
	if (!e) {
		struct why unsaved = {0};
		if (feed_lock_save(request->lock, &unsaved))
			feed_report(&f, "feeds.lock", "not saved: %s; what is published now may lose its date", unsaved.text);
		write_feed(&f);
	}
	feed_finish(&f);
	buf_finish(&url);
	return e;
}

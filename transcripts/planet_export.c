/* SPDX-License-Identifier: MIT */
#include "transcripts/planet_export.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "transcripts/planet_clean.h"

enum { HEADING_BYTES = 80 };

void planet_post_heading(struct buf *out, const struct planet_post *post)
{
	struct buf text = {0};
	if (*post->title) {
		buf_text(out, post->title);
		return;
	}
	planet_html_to_text(&text, span_of(post->content));
	struct span first = span_trim(buf_view(&text));
	first.n = span_find(first, '\n');
	size_t cut = first.n;
	/* At a word's end. */
	while (cut > HEADING_BYTES)
		for (cut--; cut > 0 && first.p[cut] != ' '; cut--)
			;
	buf_span(out, span_make(first.p, cut));
	if (cut < first.n)
		buf_text(out, "\xE2\x80\xA6");
	if (!first.n)
		buf_text(out, *post->url ? post->url : "Untitled");
	buf_finish(&text);
}

static void element(struct buf *out, const char *indent, const char *name, const char *text)
{
	if (!*text)
		return;
	buf_format(out, "%s<%s>", indent, name);
	escape_xml(out, span_of(text));
	buf_format(out, "</%s>\n", name);
}

static void attribute(struct buf *out, const char *name, const char *text)
{
	buf_format(out, " %s=\"", name);
	escape_xml(out, span_of(text));
	buf_char(out, '"');
}

static void date(struct buf *out, const char *indent, const char *name, int64_t ms)
{
	buf_format(out, "%s<%s>", indent, name);
	time_format_iso(out, ms);
	buf_format(out, "</%s>\n", name);
}

static void link_element(struct buf *out, const char *indent, const char *rel, const char *href)
{
	if (!*href)
		return;
	buf_format(out, "%s<link", indent);
	attribute(out, "rel", rel);
	attribute(out, "href", href);
	buf_text(out, "/>\n");
}

/* A scheme, and nothing that no address holds. */
static bool is_iri(const char *id)
{
	size_t n = 0;
	while ((id[n] | 0x20) >= 'a' && (id[n] | 0x20) <= 'z')
		n++;
	if (n < 2 || id[n] != ':' || !id[n + 1])
		return false;
	for (const char *p = id; *p; p++)
		if ((unsigned char)*p <= ' ' || strchr("<>\"{}|\\^`", *p))
			return false;
	return true;
}

/* The feed's address, or for a file's posts a name: where the file lies is nobody's business. */
static void write_feed_id(struct buf *out, const struct planet_post *p)
{
	if (strncmp(p->feed_url, "file:", 5) != 0) {
		buf_text(out, p->feed_url);
		return;
	}
	buf_text(out, "urn:carillon:planet:");
	escape_url(out, span_of(p->feed_slug));
}

static void write_id(struct buf *out, const char *id, const struct planet_post *p)
{
	if (is_iri(id)) {
		buf_text(out, id);
		return;
	}
	size_t before = out->n;
	write_feed_id(out, p);
	/* An address has one "#" at most. */
	bool has_mark = span_find(span_make(out->p + before, out->n - before), '#') < out->n - before;
	buf_char(out, has_mark ? '/' : '#');
	escape_url(out, span_of(id));
}

static bool is_address(const char *text)
{
	return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static void write_author(struct buf *out, const struct planet_post *p)
{
	const char *name = *p->author ? p->author : *p->feed_author ? p->feed_author : p->feed_name;
	buf_text(out, "\t\t<author>\n");
	element(out, "\t\t\t", "name", name);
	element(out, "\t\t\t", "uri", p->author_url);
	buf_text(out, "\t\t</author>\n");
}

static void write_tags(struct buf *out, const struct planet_post *p)
{
	struct why why;
	cJSON *tags = json_parse(span_of(p->tags), &why);
	const cJSON *tag;
	cJSON_ArrayForEach(tag, tags) {
		buf_text(out, "\t\t<category");
		attribute(out, "term", json_string(tag).p);
		buf_text(out, "/>\n");
	}
	cJSON_Delete(tags);
}

static void write_enclosures(struct buf *out, const struct planet_post *p)
{
	struct why why;
	cJSON *list = json_parse(span_of(p->enclosures), &why);
	const cJSON *one;
	cJSON_ArrayForEach(one, list) {
		int64_t bytes = 0;
		buf_text(out, "\t\t<link rel=\"enclosure\"");
		attribute(out, "href", json_string(json_get(one, "url")).p);
		if (json_string(json_get(one, "type")).n)
			attribute(out, "type", json_string(json_get(one, "type")).p);
		if (json_i64(json_get(one, "bytes"), &bytes) && bytes > 0)
			buf_format(out, " length=\"%lld\"", (long long)bytes);
		buf_text(out, "/>\n");
	}
	cJSON_Delete(list);
}

/* Where it came from first: the feed's own word, when that gathers others' entries; else the feed. */
static void write_source(struct buf *out, const struct planet_post *p)
{
	bool own = *p->source_title || *p->source_id;
	const char *id = own ? p->source_id : p->feed_id, *page = own ? p->source_url : p->feed_page;
	buf_text(out, "\t\t<source>\n\t\t\t<id>");
	struct buf whole = {0};
	if (!*id && is_address(page))
		id = page;
	if (*id || own)
		write_id(&whole, *id ? id : p->source_title, p);
	else
		write_feed_id(&whole, p);
	escape_xml(out, buf_view(&whole));
	buf_finish(&whole);
	buf_text(out, "</id>\n");
	element(out, "\t\t\t", "title", own ? p->source_title : p->feed_name);
	if (is_address(page))
		link_element(out, "\t\t\t", "alternate", page);
	if (!own && is_address(p->feed_url))
		link_element(out, "\t\t\t", "self", p->feed_url);
	if (!own)
		element(out, "\t\t\t", "rights", p->feed_rights);
	date(out, "\t\t\t", "updated", p->updated_ms != INT64_MIN ? p->updated_ms : p->shown_ms);
	buf_text(out, "\t\t</source>\n");
}

static int64_t updated_of(const struct planet_post *p)
{
	return p->updated_ms != INT64_MIN && p->updated_ms > p->shown_ms ? p->updated_ms : p->shown_ms;
}

static void write_entry(struct buf *out, const struct planet_post *p, struct span id)
{
	const char *language = *p->language ? p->language : p->feed_language;
	struct buf heading = {0};
	buf_text(out, "\t<entry");
	if (*language && !strpbrk(language, " _\"<>&"))
		attribute(out, "xml:lang", language);
	buf_text(out, ">\n\t\t<id>");
	escape_xml(out, id);
	buf_text(out, "</id>\n");
	planet_post_heading(&heading, p);
	buf_text(&heading, "");
	element(out, "\t\t", "title", heading.p);
	buf_finish(&heading);
	link_element(out, "\t\t", "alternate", p->url);
	date(out, "\t\t", "updated", updated_of(p));
	date(out, "\t\t", "published", p->shown_ms);
	write_author(out, p);
	write_tags(out, p);
	write_enclosures(out, p);
	element(out, "\t\t", "rights", p->rights);
	write_source(out, p);
	if (*p->summary) {
		buf_text(out, "\t\t<summary type=\"html\">");
		escape_xml(out, span_of(p->summary));
		buf_text(out, "</summary>\n");
	}
	buf_text(out, "\t\t<content type=\"html\">");
	escape_xml(out, span_of(p->content));
	buf_text(out, "</content>\n\t</entry>\n");
}

void planet_write_atom(struct buf *out, const struct planet_place *place, const struct planet_post *posts, size_t n)
{
	int64_t updated = 0;
	char **ids = mem_new(n + 1, sizeof *ids);
	for (size_t i = 0; i < n; i++)
		updated = updated_of(&posts[i]) > updated ? updated_of(&posts[i]) : updated;
	buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	element(out, "\t", "id", place->feed_url);
	element(out, "\t", "title", place->title);
	link_element(out, "\t", "self", place->feed_url);
	link_element(out, "\t", "alternate", place->page_url);
	date(out, "\t", "updated", updated);
	buf_text(out, "\t<generator version=\"" CARILLON_VERSION "\">Carillon</generator>\n");
	for (size_t i = 0; i < n; i++) {
		struct buf id = {0};
		bool is_new = true;
		write_id(&id, posts[i].guid, &posts[i]);
		for (size_t k = 0; k < i && is_new; k++)
			is_new = strcmp(ids[k], id.p) != 0;
		if (is_new)
			write_entry(out, &posts[i], buf_view(&id));
		ids[i] = buf_take(&id);
	}
	buf_text(out, "</feed>\n");
	for (size_t i = 0; i < n; i++)
		free(ids[i]);
	free(ids);
}

void planet_write_opml(struct buf *out, const struct planet_place *place, const struct planet_source *sources, size_t n)
{
	buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n\t<head>\n");
	element(out, "\t\t", "title", place->title);
	buf_text(out, "\t</head>\n\t<body>\n");
	for (size_t i = 0; i < n; i++) {
		if (sources[i].is_list || sources[i].state == PLANET_FILE)
			continue;
		buf_text(out, "\t\t<outline type=\"rss\"");
		attribute(out, "text", sources[i].name);
		attribute(out, "title", sources[i].name);
		attribute(out, "xmlUrl", sources[i].at);
		if (*sources[i].page)
			attribute(out, "htmlUrl", sources[i].page);
		buf_text(out, "/>\n");
	}
	buf_text(out, "\t</body>\n</opml>\n");
}

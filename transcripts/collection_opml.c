/* collection_opml.c - lists of feeds: OPML 1.0, 1.1 and 2.0, where outlines around an outline are its categories; and
 * a planet's configuration, where each feed is a section.
 * Source: opml.org/spec2.opml; rubys/venus' and python/planet's config.ini.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/collection_xml.h"
#include "transcripts/lines.h"
#include "transcripts/markup.h"

static int detect(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path;
	struct xml_root root;
	if (json)
		return 0;
	xml_find_root(text, &root);
	bool is_opml = span_equal_nocase(span_of(root.name), span_of("opml")) ||
		span_equal_nocase(span_of(root.name), span_of("outlineDocument"));
	if (!is_opml)
		return 0;
	snprintf(reason, room, "XML whose first element is <%s>", root.name);
	return 90;
}

/* An attribute as one line without blanks and what can't be seen; owned by the caller. */
static char *line_of(const xmlNode *node, const char *name)
{
	char *raw = xml_attribute(node, name), *line = mem_strdup("");
	collection_set_line(&line, span_of(raw));
	free(raw);
	return line;
}

/* The first of these attributes that says something, as line_of. */
static char *first_attribute(const xmlNode *node, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *value = line_of(node, names[i]);
		if (*value)
			return value;
		free(value);
	}
	return mem_strdup("");
}

static char *title_of(const xmlNode *outline)
{
	static const char *const names[] = {"title", "text"};
	char *raw = first_attribute(outline, names, COUNT_OF(names)), *line = mem_strdup("");
	struct buf plain = {0};
	markup_to_text(&plain, span_of(raw));
	collection_set_line(&line, buf_view(&plain));
	buf_finish(&plain);
	free(raw);
	return line;
}

/* "Tech / Podcasts" from the outlines around it, outermost first. */
static void set_category(struct subscription *s, const xmlNode *outline)
{
	struct buf path = {0};
	for (const xmlNode *node = outline->parent; xml_is(node, "outline"); node = node->parent) {
		char *name = title_of(node);
		struct buf longer = {0};
		buf_text(&longer, name);
		if (*name && path.n)
			buf_text(&longer, " / ");
		buf_span(&longer, buf_view(&path));
		buf_finish(&path);
		path = longer;
		free(name);
	}
	if (path.n) {
		collection_set_line(&s->category, buf_view(&path));
	} else {
		char *own = xml_attribute(outline, "category");
		collection_set_line(&s->category, span_of(own));
		free(own);
	}
	buf_finish(&path);
}

static void read_outline(struct xml_reading *r, const xmlNode *outline)
{
	static const char *const feeds[] = {"xmlUrl", "xmlurl", "feedUrl", "rssUrl"}, *const pages[] = {"htmlUrl", "htmlurl"};
	char *feed = first_attribute(outline, feeds, COUNT_OF(feeds)), *type = xml_attribute(outline, "type");
	/* Some have type rss and the address in `url`. */
	if (!*feed && (strcmp(type, "rss") == 0 || strcmp(type, "atom") == 0)) {
		free(feed);
		feed = line_of(outline, "url");
		if (!*feed)
			xml_reading_fault(r, outline, "a feed without an address was left out");
	}
	if (*feed) {
		struct subscription *s = collection_add_subscription(r->c);
		char *title = title_of(outline), *page = first_attribute(outline, pages, COUNT_OF(pages));
		document_set(&s->feed_url, span_of(feed));
		document_set(&s->page_url, span_of(page));
		document_set(&s->title, span_of(title));
		set_category(s, outline);
		free(title);
		free(page);
	}
	free(feed);
	free(type);
}

static const xmlNode *next_outline(const xmlNode *node, const xmlNode *body)
{
	const xmlNode *next = xml_child(node, "outline");
	while (!next && node != body) {
		next = xml_next(node, "outline");
		node = node->parent;
	}
	return next;
}

static void read(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct xml_reading r;
	(void)json;
	if (xml_reading_begin(&r, c, path, text, faults)) {
		const xmlNode *body = xml_child(r.tree.root, "body");
		if (!body)
			body = r.tree.root;
		size_t n = 0;
		for (const xmlNode *node = xml_child(body, "outline"); node; node = next_outline(node, body), n++)
			read_outline(&r, node);
		if (!c->n_subscriptions)
			c->decline = n ? "it is an outline without a feed in it (no xmlUrl)" : "there is no outline in it";
	}
	xml_reading_finish(&r);
}

/* Planet: [http://host/feed.xml] and its name = ... */

/* "[http...]": the address inside. */
static struct span section_of(struct span line)
{
	if (line.n < 3 || line.p[0] != '[' || line.p[line.n - 1] != ']')
		return span_of("");
	struct span inner = lines_trim(span_make(line.p + 1, line.n - 2));
	return span_starts(inner, "http://") || span_starts(inner, "https://") || span_starts(inner, "feed:") ?
		inner : span_of("");
}

static int detect_ini(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	struct lines lines;
	size_t n_feeds = 0;
	bool is_ini = span_equal_nocase(file_ending(path), span_of("ini")), has_planet = false, has_keys = false;
	if (json || (!is_ini && *path && !span_equal_nocase(file_ending(path), span_of("cfg"))))
		return 0;
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		n_feeds += section_of(lines.line).n > 0;
		has_planet |= span_is(lines.line, "[Planet]");
		has_keys |= span_starts(lines.line, "feed");
	}
	if (!n_feeds && !has_planet && !(has_keys && is_ini))
		return 0;
	snprintf(reason, room, n_feeds ? "sections that are called by a feed's address" : "a planet's configuration");
	return 60;
}

/* "name = X": the value, or empty. */
static struct span value_of(struct span line, const char *key)
{
	size_t mark = span_find(line, '=');
	if (mark == line.n || !span_equal_nocase(lines_trim(span_make(line.p, mark)), span_of(key)))
		return span_of("");
	struct span value = lines_trim(span_from(line, mark + 1));
	/* A NUL would end the field before it has begun. */
	return value.n && value.p[0] ? value : span_of("");
}

static void read_ini(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	(void)path, (void)json, (void)faults;
	struct lines lines;
	struct subscription *s = NULL;
	struct span section = span_of(""), title = span_of("");
	lines_init(&lines, text, 1);
	while (lines_next(&lines)) {
		struct span url = section_of(lines.line), feed = value_of(lines.line, "feed"), name = value_of(lines.line, "name");
		if (!name.n)
			name = value_of(lines.line, "title");
		if (lines.line.n && lines.line.p[0] == '[') {
			s = NULL;
			section = lines.line;
			title = span_of("");
		}
		/* Pluto's sections have names, and the address in a key. */
		if (!url.n && feed.n && section.n && !s)
			url = feed;
		if (url.n) {
			s = collection_add_subscription(c);
			document_set(&s->feed_url, url);
			collection_set_line(&s->title, title);
		}
		if (name.n && s)
			collection_set_line(&s->title, name);
		else if (name.n)
			title = name;
		if (s && value_of(lines.line, "link").n)
			document_set(&s->page_url, value_of(lines.line, "link"));
	}
	if (!c->n_subscriptions)
		c->decline = "there is no feed's address in it; its lists of feeds lie elsewhere";
}

const struct collection_dialect collection_opml = {"a list of feeds (OPML)", "opml", detect, read};
const struct collection_dialect collection_planet_ini = {"a planet's list of feeds", "planet-ini", detect_ini,
	read_ini};

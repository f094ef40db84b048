/* collection_feed.c - XML feeds: which kind, the show, its items.
 * SPDX-License-Identifier: MIT */
#include "transcripts/collection_feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/feed_date.h"
#include "transcripts/markup.h"

void feed_set_date(struct feed_reading *r, int64_t *ms, const xmlNode *at, const char *text)
{
	const char *slip;
	if (!*text)
		return;
	if (!feed_date_parse(span_of(text), ms, &slip))
		xml_reading_fault(&r->x, at, "'%s' is no date; it was left out", text);
	else if (slip)
		xml_reading_fault(&r->x, at, "the date '%s': %s", text, slip);
}

bool feed_is_explicit(const char *text)
{
	static const char *const yes[] = {"yes", "true", "explicit", "1"};
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		if (span_equal_nocase(span_of(text), span_of(yes[i])))
			return true;
	return false;
}

/* RFC 4648; blanks are skipped, and what isn't base64 ends it. */
static char *decode_base64(const char *text)
{
	struct buf out = {0};
	uint32_t bits = 0;
	int n = 0;
	for (; *text; text++) {
		char c = *text;
		int value = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 :
			c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
		if (value < 0 && strchr(" \t\r\n", c))
			continue;
		if (value < 0)
			break;
		bits = bits << 6 | (uint32_t)value;
		if (++n == 4) {
			for (int shift = 16; shift >= 0; shift -= 8)
				buf_char(&out, (char)(bits >> shift & 0xFF));
			bits = 0;
			n = 0;
		}
	}
	if (n >= 2)
		buf_char(&out, (char)(bits >> (n == 2 ? 4 : 10) & 0xFF));
	if (n == 3)
		buf_char(&out, (char)(bits >> 2 & 0xFF));
	return buf_take(&out);
}

/* What is inside Atom's <div>, which is not part of the content. */
static char *inner_markup(const xmlNode *node)
{
	const xmlNode *first = xml_first(node);
	bool is_wrapped = first && xml_is(first, "xhtml:div") && !xml_following(first);
	return xml_markup(is_wrapped ? first : node);
}

/* Atom 1.0: content of any other media type is base64. */
static bool is_text_type(const char *type)
{
	struct span s = span_of(type);
	return span_find(s, '/') == s.n || span_starts(s, "text/") || span_ends(s, "/xml") || span_ends(s, "+xml") ||
		span_ends(s, "/xhtml") || span_ends(s, "/html");
}

static bool is_atom(const xmlNode *node)
{
	struct xml_name name;
	xml_name_of(node, &name);
	return strncmp(name.text, "atom:", 5) == 0;
}

char *feed_text(const xmlNode *node)
{
	if (!node)
		return mem_strdup("");
	if (xml_first(node))
		return inner_markup(node);
	char *text = xml_content(node), *mode = xml_attribute(node, "mode"), *type = xml_attribute(node, "type");
	if (strcmp(mode, "base64") == 0 || (is_atom(node) && !is_text_type(type))) {
		char *decoded = decode_base64(text);
		/* Text that somebody gave a type of his own reads as base64 too, but not as text again. */
		bool is_text = *decoded && utf8_is_valid(span_of(decoded));
		free(is_text ? text : decoded);
		text = is_text ? decoded : text;
	}
	free(mode);
	free(type);
	return text;
}

void feed_set_title(char **field, const xmlNode *node)
{
	char *text = feed_text(node), *type = xml_attribute(node, "type"), *mode = xml_attribute(node, "mode");
	struct buf plain = {0};
	bool is_markup = strstr(type, "html") || strcmp(mode, "escaped") == 0 || (node && xml_first(node));
	if (is_markup)
		markup_to_text(&plain, span_of(text));
	else
		markup_decode_entities(&plain, span_of(text));
	if (plain.n)
		collection_set_line(field, buf_view(&plain));
	buf_finish(&plain);
	free(text);
	free(type);
	free(mode);
}

/* Of a show's elements the first of these that says something. */
static const xmlNode *first_of(const xmlNode *channel, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (const xmlNode *node = xml_child(channel, names[i]); node; node = xml_next(node, names[i])) {
			char *text = xml_content(node);
			bool says = *text != '\0';
			free(text);
			if (says)
				return node;
		}
	return NULL;
}

#define FIRST_OF(channel, ...) \
	first_of(channel, (const char *const[]){__VA_ARGS__}, COUNT_OF(((const char *const[]){__VA_ARGS__})))

static void set_show_image(struct show_record *s, const xmlNode *channel, const xmlNode *root)
{
	xml_set_url_attribute(&s->image, xml_child(channel, "itunes:image"), "href");
	static const char *const texts[] = {"itunes:image", "atom:logo", "atom:icon"};
	const xmlNode *image = xml_child(channel, "image");
	/* RDF has it beside the channel. */
	if (!xml_child(image, "url"))
		image = xml_child(root, "image");
	if (!*s->image)
		xml_set_url(&s->image, xml_child(image, "url"));
	if (!*s->image)
		xml_set_url_attribute(&s->image, xml_child(channel, "googleplay:image"), "href");
	for (size_t i = 0; i < COUNT_OF(texts) && !*s->image; i++)
		xml_set_url(&s->image, xml_child(channel, texts[i]));
}

/* "Society & Culture > Documentary"; Apple's, else the first of the feed's own. */
static void set_show_category(struct show_record *s, const xmlNode *channel)
{
	const xmlNode *apple = xml_child(channel, "itunes:category");
	char *text = xml_attribute(apple, "text"), *sub = xml_attribute(xml_child(apple, "itunes:category"), "text");
	struct buf out = {0};
	buf_text(&out, text);
	if (*text && *sub)
		buf_format(&out, " > %s", sub);
	collection_set_line(&s->category, buf_view(&out));
	buf_finish(&out);
	free(text);
	free(sub);
	if (!*s->category)
		xml_set_line(&s->category, FIRST_OF(channel, "category", "dc:subject"));
}

static void set_show_links(struct show_record *s, const xmlNode *channel)
{
	xml_set_url(&s->url, FIRST_OF(channel, "link"));
	for (const xmlNode *node = xml_child(channel, "atom:link"); node; node = xml_next(node, "atom:link")) {
		char *rel = xml_attribute(node, "rel");
		if (strcmp(rel, "self") == 0)
			xml_set_url_attribute(&s->feed_url, node, "href");
		else if ((!*rel || strcmp(rel, "alternate") == 0) && !*s->url)
			xml_set_url_attribute(&s->url, node, "href");
		free(rel);
	}
	if (!*s->url)
		xml_set_url_attribute(&s->url, channel, "href");
	/* Where it has moved to is where it is. */
	xml_set_url(&s->feed_url, xml_child(channel, "itunes:new-feed-url"));
}

void feed_read_show(struct feed_reading *r, const xmlNode *channel)
{
	struct show_record *s = collection_add_show(r->x.c);
	feed_set_title(&s->title, FIRST_OF(channel, "title", "atom:title", "itunes:title", "dc:title"));
	const xmlNode *description = FIRST_OF(channel, "description", "atom:subtitle", "atom:tagline", "itunes:summary",
		"abstract", "dc:description", "itunes:subtitle");
	char *text = feed_text(description);
	text_dedent(text);
	collection_set_text(&s->description, span_of(text));
	free(text);
	const xmlNode *author = FIRST_OF(channel, "itunes:author", "atom:author", "author", "managingeditor", "dc:creator",
		"googleplay:author");
	const xmlNode *name = xml_child(author, "atom:name");
	xml_set_line(&s->author, name ? name : author);
	char *language = xml_content(FIRST_OF(channel, "language", "dc:language"));
	if (!*language) {
		free(language);
		language = xml_attribute(channel, "xml:lang");
	}
	struct buf tag = {0};
	if (*language && !language_tag(span_of(language), &tag)) {
		xml_reading_fault(&r->x, channel, "the feed's language '%s' is no language code; it was kept as it is", language);
		buf_text(&tag, language);
	}
	document_set(&s->language, buf_view(&tag));
	buf_finish(&tag);
	free(language);
	set_show_image(s, channel, r->x.tree.root);
	set_show_category(s, channel);
	set_show_links(s, channel);
	xml_set_line(&s->guid, xml_child(channel, "podcast:guid"));
	xml_set_line(&s->guid, xml_is(channel, "atom:feed") ? xml_child(channel, "atom:id") : NULL);
	xml_set_line(&s->copyright, FIRST_OF(channel, "copyright", "atom:rights", "atom:copyright", "dc:rights"));
	char *type = xml_content(xml_child(channel, "itunes:type"));
	if (span_equal_nocase(span_of(type), span_of("serial")) || span_equal_nocase(span_of(type), span_of("episodic")))
		collection_set_slug(&s->type, span_of(type));
	else if (*type)
		xml_reading_fault(&r->x, xml_child(channel, "itunes:type"), "the show's type is '%s', neither episodic nor "
			"serial; it was left out", type);
	free(type);
	char *explicit_ = xml_content(FIRST_OF(channel, "itunes:explicit", "googleplay:explicit"));
	s->explicit_ = feed_is_explicit(explicit_);
	free(explicit_);
}

static void read_items(struct feed_reading *r, const xmlNode *parent, const char *name)
{
	for (const xmlNode *node = xml_child(parent, name); node; node = xml_next(node, name))
		feed_read_item(r, node);
}

/* A feed that forgot its namespace, or made one up, is still one. */
static void assume_namespace(struct feed_reading *r)
{
	struct xml_name name;
	xml_name_of(r->x.tree.root, &name);
	const char *local = strchr(name.text, ':') ? strchr(name.text, ':') + 1 : name.text;
	bool is_unknown = name.text[0] == '?';
	if (strcmp(local, "feed") == 0 || strcmp(local, "entry") == 0) {
		if (local == name.text || is_unknown)
			xml_tree_assume(&r->x.tree, "http://www.w3.org/2005/Atom");
	} else if (is_unknown) {
		xml_tree_assume(&r->x.tree, "http://purl.org/rss/1.0/");
	}
}

static void read_all(struct feed_reading *r)
{
	assume_namespace(r);
	const xmlNode *root = r->x.tree.root;
	if (xml_is(root, "atom:entry")) {
		feed_read_item(r, root);
		return;
	}
	const xmlNode *channel = xml_child(root, "channel");
	r->channel = channel ? channel : root;
	feed_read_show(r, r->channel);
	/* RSS has them in the channel, RDF beside it, RSS 1.1 in a list of its own. */
	read_items(r, r->channel, "item");
	if (channel)
		read_items(r, root, "item");
	read_items(r, xml_child(r->channel, "items"), "item");
	read_items(r, r->channel, "atom:entry");
}

static int detect(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	static const struct { const char *root, *what; } kinds[] = {{"rss", "RSS"}, {"RDF", "RSS 1.0 (RDF)"}, {"feed", "Atom"},
		{"entry", "Atom's entry alone"}, {"channel", "CDF or RSS 1.1"}};
	struct xml_root root;
	(void)path;
	if (json)
		return 0;
	xml_find_root(text, &root);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!span_equal_nocase(span_of(root.name), span_of(kinds[i].root)))
			continue;
		snprintf(reason, room, "XML whose first element is <%s>: %s", root.name, kinds[i].what);
		return 85;
	}
	return 0;
}

static void read(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct feed_reading r = {.n_without_guid = 0};
	(void)json;
	if (xml_reading_begin(&r.x, c, path, text, faults)) {
		const xmlNode *root = r.x.tree.root;
		bool is_rdf = xml_is(root, "rdf:RDF");
		if (is_rdf && !xml_child(root, "channel") && !xml_child(root, "item"))
			c->decline = "it is RDF without a channel and items, so it is no feed";
		else
			read_all(&r);
		if (r.n_without_guid)
			collection_report(c, faults, (int)r.first_without_line, "%zu item%s no GUID; the recording's or page's "
				"address stands for it", r.n_without_guid, r.n_without_guid == 1 ? " has" : "s have");
	}
	slug_set_destroy(r.guids);
	xml_reading_finish(&r.x);
}

const struct collection_dialect collection_feed = {"a feed", "feed", detect, read};

/* Other XML that lies among feeds, and holds nothing to import. */
static const struct { const char *root, *why; } others[] = {
	{"kml", "it holds places on a map"},
	{"OpenSearchDescription", "it describes a search engine"},
	{"service", "it describes where to publish (Atom Publishing Protocol)"},
	{"categories", "it lists categories (Atom Publishing Protocol)"},
	{"XRDS", "it describes services of an identity"},
	{"urlset", "it is a site map"},
	{"sitemapindex", "it is a site map"},
	{"svg", "it is a picture"},
};

static int other_of(struct span text)
{
	struct xml_root root;
	xml_find_root(text, &root);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (span_equal_nocase(span_of(root.name), span_of(others[i].root)))
			return (int)i;
	return -1;
}

static int detect_other(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path;
	int i = json ? -1 : other_of(text);
	if (i < 0)
		return 0;
	snprintf(reason, room, "XML whose first element is <%s>", others[i].root);
	return 60;
}

static void read_other(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	(void)path, (void)json, (void)faults;
	int i = other_of(text);
	c->decline = i < 0 ? "there is nothing in it to import" : others[i].why;
}

const struct collection_dialect collection_xml_other = {"XML of another kind", "xml-other", detect_other, read_other};

/* planet_feed_xml.c - RSS, RDF, Atom, CDF and OPML for the planet. Each fact may stand in several elements; a table says
 * which of them counts most.
 * Source: RSS Advisory Board's 2.0.11, RSS 1.0, RFC 4287, Atom 0.3's draft, W3C's note on CDF.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/collection_feed.h"
#include "transcripts/feed_date.h"
#include "transcripts/planet_balance.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_feed_parts.h"
#include "transcripts/planet_url.h"
#include "transcripts/planet_text.h"
#include "transcripts/xml_text.h"

enum fact { TITLE, GUID, LINK, PUBLISHED, UPDATED, CONTENT, SUMMARY, AUTHOR, IMAGE, LANGUAGE, RIGHTS, FACTS };

static const struct rule {
	const char *name;
	enum fact fact;
	int rank; /* the highest that is there counts; of equals the first */
} rules[] = {
	{"title", TITLE, 4}, {"atom:title", TITLE, 4}, {"itunes:title", TITLE, 3}, {"dc:title", TITLE, 2}, {"media:title", TITLE, 1},
	{"guid", GUID, 3}, {"atom:id", GUID, 3}, {"dc:identifier", GUID, 1},
	{"link", LINK, 3}, {"url", LINK, 1},
	{"pubdate", PUBLISHED, 5}, {"atom:published", PUBLISHED, 5}, {"atom:issued", PUBLISHED, 5}, {"dcterms:issued", PUBLISHED, 4},
	{"dc:date", PUBLISHED, 3}, {"atom:created", PUBLISHED, 2}, {"dcterms:created", PUBLISHED, 2},
	{"lastbuilddate", UPDATED, 5}, {"atom:updated", UPDATED, 5}, {"atom:modified", UPDATED, 4}, {"dcterms:modified", UPDATED, 3},
	{"dc:date", UPDATED, 1},
	{"content:encoded", CONTENT, 5}, {"atom:content", CONTENT, 4}, {"xhtml:body", CONTENT, 3}, {"body", CONTENT, 3}, {"fullitem", CONTENT, 2},
	{"xhtml:div", CONTENT, 1},
	{"description", SUMMARY, 6}, {"abstract", SUMMARY, 5}, {"atom:summary", SUMMARY, 5}, {"atom:subtitle", SUMMARY, 5},
	{"atom:tagline", SUMMARY, 5}, {"itunes:summary", SUMMARY, 4}, {"dc:description", SUMMARY, 3},
	{"media:description", SUMMARY, 2}, {"googleplay:description", SUMMARY, 2}, {"atom:info", SUMMARY, 1},
	{"itunes:subtitle", SUMMARY, 1},
	{"author", AUTHOR, 5}, {"atom:author", AUTHOR, 5}, {"dc:creator", AUTHOR, 4}, {"dc:author", AUTHOR, 3},
	{"itunes:author", AUTHOR, 2}, {"managingeditor", AUTHOR, 1},
	{"itunes:image", IMAGE, 3}, {"atom:logo", IMAGE, 3}, {"atom:icon", IMAGE, 2}, {"googleplay:image", IMAGE, 2},
	{"media:thumbnail", IMAGE, 1},
	{"language", LANGUAGE, 2}, {"dc:language", LANGUAGE, 1},
	{"copyright", RIGHTS, 3}, {"atom:rights", RIGHTS, 3}, {"atom:copyright", RIGHTS, 3}, {"dc:rights", RIGHTS, 2},
};

struct reading {
	struct planet_feed *f;
	const struct planet_input *in;
	const xmlNode *root;
	bool is_atom;
};

struct facts {
	const xmlNode *of[FACTS];
	int ranks[FACTS];
};

/* Where addresses below the node are relative to: owned by the caller. */
static char *base_of(const struct reading *r, const xmlNode *node)
{
	struct buf base = {0};
	xmlChar *own = node ? xmlNodeGetBase(node->doc, node) : NULL;
	/* Atom's addresses are relative to the document, RSS's are written for its page. */
	const char *outer = !r->is_atom && *r->f->url ? r->f->url : r->in->url;
	if (!own || !planet_url_resolve(&base, span_of(outer), span_of((const char *)own)) ||
		!planet_url_is_safe(buf_view(&base), false)) {
		buf_clear(&base);
		buf_text(&base, outer);
	}
	xmlFree(own);
	return buf_take(&base);
}

static bool is_atom_node(const xmlNode *node)
{
	struct xml_name name;
	xml_name_of(node, &name);
	return strncmp(name.text, "atom:", 5) == 0;
}

enum text_kind { TEXT_PLAIN, TEXT_HTML, TEXT_EITHER };

/* What the element's text is by its attributes, or, where RSS leaves it open, by what stands in it. */
static enum text_kind kind_of(const xmlNode *node)
{
	char *type = xml_attribute(node, "type"), *mode = xml_attribute(node, "mode");
	enum text_kind kind = TEXT_EITHER;
	/* Atom 1.0's content of a type of its own is base64; what it holds is to be seen. */
	bool is_own_type = strchr(type, '/') && !span_starts(span_of(type), "text/");
	if (xml_first(node) || strstr(type, "html") || strstr(type, "HTML"))
		kind = TEXT_HTML;
	else if (is_atom_node(node) && strcmp(mode, "escaped") != 0 && strcmp(mode, "base64") != 0 && !is_own_type)
		kind = TEXT_PLAIN;
	else if (strcmp(type, "text") == 0 || strcmp(type, "text/plain") == 0)
		kind = TEXT_PLAIN;
	free(type);
	free(mode);
	return kind;
}

static bool is_html(const xmlNode *node, const char *text)
{
	enum text_kind kind = kind_of(node);
	return kind == TEXT_HTML || (kind == TEXT_EITHER && planet_looks_like_html(span_of(text)));
}

/* Some say "html", and wrap the escaped text into XHTML's <div> all the same. */
static char *text_of(const xmlNode *node)
{
	const xmlNode *first = xml_first(node);
	char *type = xml_attribute(node, "type");
	bool is_wrapped = first && strcmp(type, "html") == 0 && xml_is(first, "xhtml:div") && !xml_first(first) &&
		!xml_following(first);
	free(type);
	return is_wrapped ? xml_content(first) : feed_text(node);
}

static void set_html(const struct reading *r, char **field, const xmlNode *node)
{
	if (!node)
		return;
	char *text = text_of(node), *base = base_of(r, node);
	struct buf html = {0};
	if (is_html(node, text))
		planet_clean(&html, span_of(text), span_of(base));
	else
		planet_text_to_html(&html, span_of(text));
	document_set(field, buf_view(&html));
	buf_finish(&html);
	free(base);
	free(text);
}

static void set_title(char **field, const xmlNode *node)
{
	if (!node)
		return;
	char *text = text_of(node);
	planet_set_title(field, span_of(text), is_html(node, text));
	free(text);
}

static void set_line(char **field, const xmlNode *node)
{
	if (node && !**field)
		xml_set_line(field, node);
}

/* An address in the element's attribute, or (NULL) its text. */
static void set_url(const struct reading *r, char **field, const xmlNode *node, const char *attribute)
{
	if (!node || **field)
		return;
	char *text = attribute ? xml_attribute(node, attribute) : xml_content(node), *base = base_of(r, node);
	planet_set_url(field, span_of(base), span_of(text), false);
	free(text);
	free(base);
}

static int64_t date_of(const xmlNode *node)
{
	int64_t ms = INT64_MIN;
	const char *slip;
	char *text = node ? xml_content(node) : mem_strdup("");
	if (!*text || !feed_date_parse(span_of(text), &ms, &slip))
		ms = INT64_MIN;
	free(text);
	return ms;
}

/* CDF */
static int64_t date_in_attribute(const xmlNode *node)
{
	int64_t ms = INT64_MIN;
	const char *slip;
	char *date = xml_attribute(node, "lastmod");
	if (!*date || !feed_date_parse(span_of(date), &ms, &slip))
		ms = INT64_MIN;
	free(date);
	return ms;
}

/* One person's name: an element with parts (Atom) or a text (RSS). */
static void set_person(const struct reading *r, char **name, char **email, char **url, const xmlNode *node)
{
	const xmlNode *part = xml_child(node, "atom:name");
	if (!part)
		part = xml_child(node, "name");
	if (xml_first(node)) {
		const xmlNode *mail = xml_child(node, "atom:email");
		set_line(name, part);
		set_line(email, mail ? mail : xml_child(node, "email"));
		static const char *const addresses[] = {"atom:uri", "atom:url", "atom:homepage", "url", "homepage"};
		for (size_t i = 0; i < COUNT_OF(addresses) && url; i++)
			set_url(r, url, xml_child(node, addresses[i]), NULL);
	} else {
		char *text = xml_content(node);
		planet_set_author(name, email, span_of(text));
		free(text);
	}
}

/* Several authors of the same kind stand with commas between. */
static void set_authors(const struct reading *r, char **name, char **email, char **url, const xmlNode *first)
{
	struct xml_name kind;
	if (!first)
		return;
	xml_name_of(first, &kind);
	for (const xmlNode *node = first; node; node = xml_next(node, kind.text)) {
		char *one = mem_strdup("");
		set_person(r, &one, email, url, node);
		if (*one) {
			struct buf all = {0};
			buf_format(&all, "%s%s%s", *name, **name ? ", " : "", one);
			document_set(name, buf_view(&all));
			buf_finish(&all);
		}
		free(one);
	}
}

static void gather(struct facts *facts, const xmlNode *parent)
{
	*facts = (struct facts){{NULL}, {0}};
	for (const xmlNode *node = xml_first(parent); node; node = xml_following(node)) {
		struct xml_name name;
		xml_name_of(node, &name);
		for (size_t i = 0; i < COUNT_OF(rules); i++) {
			const struct rule *rule = &rules[i];
			if (rule->rank <= facts->ranks[rule->fact] || strcmp(rule->name, name.text) != 0)
				continue;
			/* An empty element says nothing: another may. */
			char *text = xml_content(node);
			if (*text || xml_first(node) || node->properties) {
				facts->ranks[rule->fact] = rule->rank;
				facts->of[rule->fact] = node;
			}
			free(text);
		}
	}
}

static bool rel_is(const xmlNode *node, const char *wanted)
{
	char *rel = xml_attribute(node, "rel");
	struct span s = span_of(rel);
	static const char registry[] = "http://www.iana.org/assignments/relation/";
	if (span_starts(s, registry))
		s = span_from(s, strlen(registry));
	bool is = span_equal_nocase(s, span_of(wanted)) || (!s.n && strcmp(wanted, "alternate") == 0);
	free(rel);
	return is;
}

/* Of Atom's links the page: HTML before others, the first before later ones. */
static void set_alternate(const struct reading *r, char **url, const xmlNode *parent)
{
	for (int pass = 0; pass < 2 && !**url; pass++)
		for (const xmlNode *node = xml_child(parent, "atom:link"); node && !**url; node = xml_next(node, "atom:link")) {
			char *type = xml_attribute(node, "type");
			if (rel_is(node, "alternate") && (pass || !*type || strstr(type, "html")))
				set_url(r, url, node, "href");
			free(type);
		}
}

static const xmlNode *link_of(const xmlNode *parent, const char *rel)
{
	for (const xmlNode *node = xml_child(parent, "atom:link"); node; node = xml_next(node, "atom:link"))
		if (rel_is(node, rel))
			return node;
	return NULL;
}

static void add_enclosure(const struct reading *r, struct planet_entry *e, const xmlNode *node, const char *address)
{
	static const char *const lengths[] = {"length", "fileSize"};
	char *url = xml_attribute(node, address), *type = xml_attribute(node, "type"), *base = base_of(r, node);
	int64_t bytes = 0;
	for (size_t i = 0; i < COUNT_OF(lengths) && !bytes; i++) {
		char *length = xml_attribute(node, lengths[i]);
		if (!span_to_i64(span_trim(span_of(length)), &bytes))
			bytes = 0;
		free(length);
	}
	planet_entry_add_enclosure(e, span_of(base), span_of(url), span_of(type), bytes);
	free(url);
	free(type);
	free(base);
}

static void add_tags(struct planet_entry *e, const xmlNode *node, const char *name)
{
	if (strcmp(name, "itunes:keywords") == 0 || strcmp(name, "media:keywords") == 0) {
		char *text = xml_content(node);
		struct span rest = span_of(text), piece;
		while (span_next_piece(&rest, ',', &piece))
			planet_entry_add_tag(e, piece);
		free(text);
		return;
	}
	static const char *const attributes[] = {"label", "term", "text"};
	char *tag = mem_strdup("");
	for (size_t i = 0; i < COUNT_OF(attributes) && !*tag; i++) {
		free(tag);
		tag = xml_attribute(node, attributes[i]);
	}
	if (!*tag) {
		free(tag);
		tag = xml_content(node);
	}
	planet_entry_add_tag(e, span_of(tag));
	free(tag);
	for (const xmlNode *inner = xml_child(node, "itunes:category"); inner; inner = xml_next(inner, "itunes:category")) {
		tag = xml_attribute(inner, "text");
		planet_entry_add_tag(e, span_of(tag));
		free(tag);
	}
}

/* Where the entry came from before: RSS has an address and a name, Atom a feed's head. */
static void read_source(const struct reading *r, struct planet_entry *e, const xmlNode *node)
{
	if (xml_is(node, "source")) {
		set_line(&e->source_title, node);
		set_url(r, &e->source_url, node, "url");
		return;
	}
	struct facts facts;
	gather(&facts, node);
	set_title(&e->source_title, facts.of[TITLE]);
	set_alternate(r, &e->source_url, node);
	set_line(&e->source_id, facts.of[GUID]);
	if (!*e->author)
		set_authors(r, &e->author, &e->author_email, &e->author_url, facts.of[AUTHOR]);
}

static void read_parts(const struct reading *r, struct planet_entry *e, const xmlNode *item)
{
	for (const xmlNode *node = xml_first(item); node; node = xml_following(node)) {
		struct xml_name name;
		xml_name_of(node, &name);
		static const char *const tags[] = {"category", "atom:category", "dc:subject", "media:category", "itunes:keywords",
			"media:keywords", "itunes:category"};
		for (size_t i = 0; i < COUNT_OF(tags); i++)
			if (strcmp(name.text, tags[i]) == 0)
				add_tags(e, node, name.text);
		if (strcmp(name.text, "enclosure") == 0 || strcmp(name.text, "media:content") == 0)
			add_enclosure(r, e, node, "url");
		else if (strcmp(name.text, "atom:link") == 0 && rel_is(node, "enclosure"))
			add_enclosure(r, e, node, "href");
		else if (strcmp(name.text, "source") == 0 || strcmp(name.text, "atom:source") == 0)
			read_source(r, e, node);
		else if (strcmp(name.text, "media:group") == 0)
			for (const xmlNode *one = xml_child(node, "media:content"); one; one = xml_next(one, "media:content"))
				add_enclosure(r, e, one, "url");
	}
}

/* An id is kept letter for letter, but for the relative ones of old Atom, which mean nothing elsewhere. */
static void set_guid(const struct reading *r, struct planet_entry *e, const xmlNode *item, const xmlNode *guid)
{
	char *text = guid ? xml_content(guid) : xml_attribute(item, "rdf:about"), *permalink = xml_attribute(guid, "isPermaLink");
	if (!*text && guid) {
		free(text);
		text = xml_attribute(item, "rdf:about");
	}
	bool is_relative = *text && is_atom_node(item) && !strchr(text, ':');
	if (is_relative)
		set_url(r, &e->guid, guid, NULL);
	if (!*e->guid)
		document_set(&e->guid, span_of(text));
	bool is_address = span_starts(span_of(text), "http://") || span_starts(span_of(text), "https://");
	if (is_address && !*e->url && !is_atom_node(item) && !span_equal_nocase(span_of(permalink), span_of("false")))
		planet_set_url(&e->url, span_of(""), span_of(text), false);
	free(text);
	free(permalink);
}

/* Atom's content may lie elsewhere; what it leads to is the entry's page, or its recording. */
static void take_content_source(const struct reading *r, struct planet_entry *e, const xmlNode *content)
{
	char *type = xml_attribute(content, "type");
	if (span_starts(span_of(type), "audio/") || span_starts(span_of(type), "video/"))
		add_enclosure(r, e, content, "src");
	else
		set_url(r, &e->url, content, "src");
	free(type);
}

static void read_item(struct reading *r, const xmlNode *item)
{
	struct planet_entry *e = planet_add_entry(r->f);
	struct facts facts;
	gather(&facts, item);
	set_title(&e->title, facts.of[TITLE]);
	set_url(r, &e->url, facts.of[LINK], NULL);
	set_alternate(r, &e->url, item);
	/* RDF and CDF keep it in the item's tag. */
	set_url(r, &e->url, facts.of[LINK], "rdf:resource");
	set_url(r, &e->url, item, "href");
	set_guid(r, e, item, facts.of[GUID]);
	set_url(r, &e->url, item, "rdf:about");
	set_html(r, &e->content, facts.of[CONTENT]);
	set_html(r, &e->summary, facts.of[SUMMARY]);
	set_authors(r, &e->author, &e->author_email, &e->author_url, facts.of[AUTHOR]);
	set_url(r, &e->image, facts.of[IMAGE], "href");
	set_url(r, &e->image, facts.of[IMAGE], "url");
	set_line(&e->language, facts.of[LANGUAGE]);
	set_title(&e->rights, facts.of[RIGHTS]);
	e->published_ms = date_of(facts.of[PUBLISHED]);
	e->updated_ms = date_of(facts.of[UPDATED]);
	if (e->published_ms == INT64_MIN && !facts.of[PUBLISHED])
		e->published_ms = date_in_attribute(item);
	for (const xmlNode *node = facts.of[CONTENT] ? facts.of[CONTENT] : item; !*e->language && node; node = node->parent) {
		char *language = node->type == XML_ELEMENT_NODE ? xml_attribute(node, "xml:lang") : mem_strdup("");
		collection_set_line(&e->language, span_of(language));
		free(language);
	}
	read_parts(r, e, item);
	take_content_source(r, e, facts.of[CONTENT]);
	planet_entry_conclude(e);
}

static void read_items(struct reading *r, const xmlNode *parent, const char *name)
{
	for (const xmlNode *node = xml_child(parent, name); node; node = xml_next(node, name))
		read_item(r, node);
}

/* sy:updatePeriod and sy:updateFrequency: so many times a period. */
static int64_t syndication_ms(const xmlNode *channel)
{
	static const struct { const char *name; int64_t ms; } periods[] = {{"hourly", 3600000}, {"daily", 86400000},
		{"weekly", 604800000}, {"monthly", INT64_C(2592000000)}, {"yearly", INT64_C(31536000000)}};
	int64_t times = 1, ms = 0;
	for (const xmlNode *node = xml_first(channel); node; node = xml_following(node)) {
		const char *name = (const char *)node->name, *colon = strrchr(name, ':');
		char *text = xml_content(node);
		name = colon ? colon + 1 : name;
		for (size_t i = 0; strcmp(name, "updatePeriod") == 0 && i < COUNT_OF(periods); i++)
			if (span_equal_nocase(span_of(text), span_of(periods[i].name)))
				ms = periods[i].ms;
		if (strcmp(name, "updateFrequency") == 0 && !span_to_i64(span_of(text), &times))
			times = 1;
		free(text);
	}
	return times > 0 ? ms / times : ms;
}

static void read_ttl(struct planet_feed *f, const xmlNode *channel)
{
	char *ttl = xml_content(xml_child(channel, "ttl"));
	int64_t minutes;
	if (*ttl && span_to_i64(span_of(ttl), &minutes) && minutes > 0 && minutes <= 60 * 24 * 31)
		f->ttl_ms = minutes * 60000;
	else
		f->ttl_ms = syndication_ms(channel);
	free(ttl);
}

static void read_head(struct reading *r, const xmlNode *channel)
{
	struct planet_feed *f = r->f;
	struct facts facts;
	gather(&facts, channel);
	set_title(&f->title, facts.of[TITLE]);
	set_title(&f->subtitle, facts.of[SUMMARY]);
	char *address = mem_strdup("");
	/* Not into f->url at once: base_of looks there. */
	set_url(r, &address, facts.of[LINK], NULL);
	set_alternate(r, &address, channel);
	set_url(r, &address, channel, "href");
	free(f->url);
	f->url = address;
	set_line(&f->id, facts.of[GUID]);
	if (*f->id && r->is_atom && !strchr(f->id, ':')) {
		document_set(&f->id, span_of(""));
		set_url(r, &f->id, facts.of[GUID], NULL);
	}
	set_authors(r, &f->author, &f->author_email, NULL, facts.of[AUTHOR]);
	set_line(&f->language, facts.of[LANGUAGE]);
	if (!*f->language) {
		char *language = xml_attribute(channel, "xml:lang");
		collection_set_line(&f->language, span_of(language));
		free(language);
	}
	set_title(&f->rights, facts.of[RIGHTS]);
	const xmlNode *image = xml_child(channel, "image");
	set_url(r, &f->image, facts.of[IMAGE], "href");
	set_url(r, &f->image, xml_child(image ? image : xml_child(r->root, "image"), "url"), NULL);
	if (facts.of[IMAGE] && !*f->image)
		set_url(r, &f->image, facts.of[IMAGE], NULL);
	set_url(r, &f->self, link_of(channel, "self"), "href");
	set_url(r, &f->moved_to, xml_child(channel, "itunes:new-feed-url"), NULL);
	f->updated_ms = date_of(facts.of[UPDATED]);
	if (f->updated_ms == INT64_MIN)
		f->updated_ms = date_of(facts.of[PUBLISHED]);
	if (f->updated_ms == INT64_MIN)
		f->updated_ms = date_in_attribute(channel);
	read_ttl(f, channel);
}

static void read_outlines(struct reading *r)
{
	static const char *const addresses[] = {"xmlUrl", "xmlurl", "feedUrl", "rssUrl"}, *const names[] = {"title", "text"};
	const xmlNode *body = xml_child(r->root, "body"), *node = body ? body : r->root, *top = node;
	set_title(&r->f->title, xml_child(xml_child(r->root, "head"), "title"));
	while (node) {
		char *url = mem_strdup("");
		for (size_t i = 0; i < COUNT_OF(addresses) && node != top; i++)
			set_url(r, &url, node, addresses[i]);
		if (*url) {
			struct planet_subscription *s = planet_add_subscription(r->f);
			document_set(&s->url, span_of(url));
			for (size_t i = 0; i < COUNT_OF(names) && !*s->title; i++) {
				char *title = xml_attribute(node, names[i]);
				planet_set_title(&s->title, span_of(title), planet_looks_like_html(span_of(title)));
				free(title);
			}
			set_url(r, &s->page, node, "htmlUrl");
		}
		free(url);
		const xmlNode *next = xml_child(node, "outline");
		while (!next && node != top) {
			next = xml_next(node, "outline");
			node = node->parent;
		}
		node = next;
	}
}

/* A feed that forgot its namespace, or made one up, is still one. */
static void assume_namespace(struct xml_tree *tree)
{
	struct xml_name name;
	xml_name_of(tree->root, &name);
	const char *colon = strchr(name.text, ':'), *local = colon ? colon + 1 : name.text;
	bool is_unknown = name.text[0] == '?';
	if (strcmp(local, "feed") == 0 || strcmp(local, "entry") == 0) {
		if (!colon || is_unknown)
			xml_tree_assume(tree, "http://www.w3.org/2005/Atom");
	} else if (is_unknown) {
		xml_tree_assume(tree, "http://purl.org/rss/1.0/");
	}
}

static const char *rss_kind(const xmlNode *root)
{
	static const char *const known[] = {"RSS 0.90", "RSS 0.91", "RSS 0.92", "RSS 0.93", "RSS 0.94"};
	char *version = xml_attribute(root, "version");
	const char *kind = "RSS 2.0";
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (*version && span_starts(span_of(version), known[i] + 4))
			kind = known[i];
	free(version);
	return kind;
}

static enum err read_tree(struct reading *r, struct why *why)
{
	const xmlNode *root = r->root;
	struct xml_name name;
	xml_name_of(root, &name);
	char *version = xml_attribute(root, "version");
	bool is_old = span_starts(span_of(version), "0") ||
		(root->ns && root->ns->href && strstr((const char *)root->ns->href, "purl.org/atom"));
	free(version);
	enum err e = OK;
	if (strcmp(name.text, "opml") == 0 || strcmp(name.text, "outlinedocument") == 0) {
		r->f->kind = "OPML";
		read_outlines(r);
	} else if (strcmp(name.text, "atom:entry") == 0) {
		r->is_atom = true;
		r->f->kind = "Atom 1.0";
		read_item(r, root);
	} else if (strcmp(name.text, "atom:feed") == 0) {
		r->is_atom = true;
		r->f->kind = is_old ? "Atom 0.3" : "Atom 1.0";
		read_head(r, root);
		read_items(r, root, "atom:entry");
	} else if (strcmp(name.text, "rss") == 0 || strcmp(name.text, "channel") == 0 ||
		(strcmp(name.text, "rdf:rdf") == 0 && (xml_child(root, "channel") || xml_child(root, "item")))) {
		const xmlNode *channel = strcmp(name.text, "channel") == 0 ? root : xml_child(root, "channel");
		r->f->kind = strcmp(name.text, "rss") == 0 ? rss_kind(root) : strcmp(name.text, "rdf:rdf") == 0 ? "RSS 1.0" :
			xml_child(root, "items") ? "RSS 1.1" : "CDF";
		read_head(r, channel ? channel : root);
		/* RSS has them in the channel, RDF beside it, RSS 1.1 in a list of its own. */
		if (channel)
			read_items(r, channel, "item");
		if (channel != root)
			read_items(r, root, "item");
		read_items(r, xml_child(channel, "items"), "item");
		read_items(r, channel, "atom:entry");
	} else {
		e = why_set(why, E_FORMAT, "no feed");
	}
	return e;
}

/* Ill-formed: read once more with its tags put in order. */
static enum err read_balanced(struct xml_tree *tree, struct span bytes, struct why *why)
{
	struct buf room = {0}, balanced = {0};
	struct span text;
	size_t n_faults = 0;
	xml_tree_finish(tree);
	xml_text_decode(bytes, &text, &room, NULL, &n_faults);
	planet_balance(text, &balanced);
	enum err e = xml_tree_read(tree, buf_view(&balanced), NULL, why);
	buf_finish(&room);
	buf_finish(&balanced);
	return e;
}

enum err planet_read_xml(struct planet_feed *f, const struct planet_input *in, struct why *why)
{
	struct xml_tree tree;
	enum err e = xml_tree_read(&tree, in->bytes, in->faults, why);
	if (!e && tree.n_faults)
		e = read_balanced(&tree, in->bytes, why);
	if (!e) {
		assume_namespace(&tree);
		struct reading r = {.f = f, .in = in, .root = tree.root};
		e = read_tree(&r, why);
	}
	xml_tree_finish(&tree);
	return e;
}

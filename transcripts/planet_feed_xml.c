/* planet_feed_xml.c - RSS, RDF, Atom, CDF and OPML for the planet: heads, items, lists.
 * Source: RSS Advisory Board's 2.0.11, RSS 1.0, RFC 4287, Atom 0.3's draft, W3C's note on CDF.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/collection_parts.h"
#include "transcripts/planet_balance.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_feed_facts.h"
#include "transcripts/xml_text.h"

static void add_enclosure(const struct planet_reading *r, struct planet_entry *e, const xmlNode *node,
	const char *address)
{
	static const char *const lengths[] = {"length", "fileSize"};
	char *url = xml_attribute(node, address), *type = xml_attribute(node, "type"), *base = planet_base_of(r, node);
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
static void read_source(const struct planet_reading *r, struct planet_entry *e, const xmlNode *node)
{
	if (xml_is(node, "source")) {
		planet_set_line(&e->source_title, node);
		planet_set_address(r, &e->source_url, node, "url");
		return;
	}
	struct planet_facts facts;
	planet_gather(&facts, node);
	planet_set_text(&e->source_title, facts.of[TITLE]);
	planet_set_alternate(r, &e->source_url, node);
	planet_set_line(&e->source_id, facts.of[GUID]);
	if (!*e->author)
		planet_set_authors(r, &e->author, &e->author_email, &e->author_url, facts.of[AUTHOR]);
}

static void read_parts(const struct planet_reading *r, struct planet_entry *e, const xmlNode *item)
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
		else if (strcmp(name.text, "atom:link") == 0 && planet_rel_is(node, "enclosure"))
			add_enclosure(r, e, node, "href");
		else if (strcmp(name.text, "source") == 0 || strcmp(name.text, "atom:source") == 0)
			read_source(r, e, node);
		else if (strcmp(name.text, "media:group") == 0)
			for (const xmlNode *one = xml_child(node, "media:content"); one; one = xml_next(one, "media:content"))
				add_enclosure(r, e, one, "url");
	}
}

/* An id is kept letter for letter, but for the relative ones of old Atom, which mean nothing elsewhere. */
static void set_guid(const struct planet_reading *r, struct planet_entry *e, const xmlNode *item, const xmlNode *guid)
{
	char *text = guid ? xml_content(guid) : xml_attribute(item, "rdf:about"),
		*permalink = xml_attribute(guid, "isPermaLink");
	if (!*text && guid) {
		free(text);
		text = xml_attribute(item, "rdf:about");
	}
	bool is_relative = *text && planet_is_atom(item) && !strchr(text, ':');
	if (is_relative)
		planet_set_address(r, &e->guid, guid, NULL);
	if (!*e->guid)
		document_set(&e->guid, span_of(text));
	bool is_address = span_starts(span_of(text), "http://") || span_starts(span_of(text), "https://");
	if (is_address && !*e->url && !planet_is_atom(item) && !span_equal_nocase(span_of(permalink), span_of("false")))
		planet_set_url(&e->url, span_of(""), span_of(text), false);
	free(text);
	free(permalink);
}

/* Atom's content may lie elsewhere; what it leads to is the entry's page, or its recording. */
static void take_content_source(const struct planet_reading *r, struct planet_entry *e, const xmlNode *content)
{
	char *type = xml_attribute(content, "type");
	if (span_starts(span_of(type), "audio/") || span_starts(span_of(type), "video/"))
		add_enclosure(r, e, content, "src");
	else
		planet_set_address(r, &e->url, content, "src");
	free(type);
}

static void read_item(struct planet_reading *r, const xmlNode *item)
{
	struct planet_entry *e = planet_add_entry(r->f);
	struct planet_facts facts;
	planet_gather(&facts, item);
	planet_set_text(&e->title, facts.of[TITLE]);
	planet_set_address(r, &e->url, facts.of[LINK], NULL);
	planet_set_alternate(r, &e->url, item);
	/* RDF and CDF keep it in the item's tag. */
	planet_set_address(r, &e->url, facts.of[LINK], "rdf:resource");
	planet_set_address(r, &e->url, item, "href");
	set_guid(r, e, item, facts.of[GUID]);
	planet_set_address(r, &e->url, item, "rdf:about");
	planet_set_html(r, &e->content, facts.of[CONTENT]);
	planet_set_html(r, &e->summary, facts.of[SUMMARY]);
	planet_set_authors(r, &e->author, &e->author_email, &e->author_url, facts.of[AUTHOR]);
	planet_set_address(r, &e->image, facts.of[IMAGE], "href");
	planet_set_address(r, &e->image, facts.of[IMAGE], "url");
	planet_set_line(&e->language, facts.of[LANGUAGE]);
	planet_set_text(&e->rights, facts.of[RIGHTS]);
	e->published_ms = planet_date_of(facts.of[PUBLISHED]);
	e->updated_ms = planet_date_of(facts.of[UPDATED]);
	if (e->published_ms == INT64_MIN && !facts.of[PUBLISHED])
		e->published_ms = planet_date_in_tag(item);
	for (const xmlNode *node = facts.of[CONTENT] ? facts.of[CONTENT] : item; !*e->language && node; node = node->parent) {
		char *language = node->type == XML_ELEMENT_NODE ? xml_attribute(node, "xml:lang") : mem_strdup("");
		collection_set_line(&e->language, span_of(language));
		free(language);
	}
	read_parts(r, e, item);
	take_content_source(r, e, facts.of[CONTENT]);
	planet_entry_conclude(e);
}

static void read_items(struct planet_reading *r, const xmlNode *parent, const char *name)
{
	for (const xmlNode *node = xml_child(parent, name); node; node = xml_next(node, name))
		if (r->f->n_entries < PLANET_ENTRIES_MAX)
			read_item(r, node);
		else
			r->f->n_left_out++;
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

static void read_head(struct planet_reading *r, const xmlNode *channel)
{
	struct planet_feed *f = r->f;
	struct planet_facts facts;
	planet_gather(&facts, channel);
	planet_set_text(&f->title, facts.of[TITLE]);
	planet_set_text(&f->subtitle, facts.of[SUMMARY]);
	char *address = mem_strdup("");
	/* Not into f->url at once: base_of looks there. */
	planet_set_address(r, &address, facts.of[LINK], NULL);
	planet_set_alternate(r, &address, channel);
	planet_set_address(r, &address, channel, "href");
	free(f->url);
	f->url = address;
	planet_set_line(&f->id, facts.of[GUID]);
	if (*f->id && r->is_atom && !strchr(f->id, ':')) {
		document_set(&f->id, span_of(""));
		planet_set_address(r, &f->id, facts.of[GUID], NULL);
	}
	planet_set_authors(r, &f->author, &f->author_email, NULL, facts.of[AUTHOR]);
	planet_set_line(&f->language, facts.of[LANGUAGE]);
	if (!*f->language) {
		char *language = xml_attribute(channel, "xml:lang");
		collection_set_line(&f->language, span_of(language));
		free(language);
	}
	planet_set_text(&f->rights, facts.of[RIGHTS]);
	const xmlNode *image = xml_child(channel, "image");
	planet_set_address(r, &f->image, facts.of[IMAGE], "href");
	planet_set_address(r, &f->image, xml_child(image ? image : xml_child(r->root, "image"), "url"), NULL);
	if (facts.of[IMAGE] && !*f->image)
		planet_set_address(r, &f->image, facts.of[IMAGE], NULL);
	planet_set_address(r, &f->self, planet_link_of(channel, "self"), "href");
	planet_set_address(r, &f->moved_to, xml_child(channel, "itunes:new-feed-url"), NULL);
	f->updated_ms = planet_date_of(facts.of[UPDATED]);
	if (f->updated_ms == INT64_MIN)
		f->updated_ms = planet_date_of(facts.of[PUBLISHED]);
	if (f->updated_ms == INT64_MIN)
		f->updated_ms = planet_date_in_tag(channel);
	read_ttl(f, channel);
}

static void read_outlines(struct planet_reading *r)
{
	static const char *const addresses[] = {"xmlUrl", "xmlurl", "feedUrl", "rssUrl"}, *const names[] = {"title", "text"};
	const xmlNode *body = xml_child(r->root, "body"), *node = body ? body : r->root, *top = node;
	planet_set_text(&r->f->title, xml_child(xml_child(r->root, "head"), "title"));
	while (node) {
		char *url = mem_strdup("");
		for (size_t i = 0; i < COUNT_OF(addresses) && node != top; i++)
			planet_set_address(r, &url, node, addresses[i]);
		if (*url) {
			struct planet_subscription *s = planet_add_subscription(r->f);
			document_set(&s->url, span_of(url));
			for (size_t i = 0; i < COUNT_OF(names) && !*s->title; i++) {
				char *title = xml_attribute(node, names[i]);
				planet_set_title(&s->title, span_of(title), planet_looks_like_html(span_of(title)));
				free(title);
			}
			planet_set_address(r, &s->page, node, "htmlUrl");
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

static enum err read_tree(struct planet_reading *r, struct why *why)
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
		struct planet_reading r = {.f = f, .in = in, .root = tree.root};
		e = read_tree(&r, why);
	}
	xml_tree_finish(&tree);
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/planet_feed_facts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/collection_feed.h"
#include "transcripts/feed_date.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_text.h"
#include "transcripts/planet_url.h"

static const struct rule {
	const char *name;
	enum planet_fact fact;
	int rank; /* the highest that is there counts; of equals the first */
} rules[] = {
	{"title", TITLE, 4}, {"atom:title", TITLE, 4}, {"itunes:title", TITLE, 3}, {"dc:title", TITLE, 2},
	{"media:title", TITLE, 1},
	{"guid", GUID, 3}, {"atom:id", GUID, 3}, {"dc:identifier", GUID, 1},
	{"link", LINK, 3}, {"url", LINK, 1},
	{"pubdate", PUBLISHED, 5}, {"atom:published", PUBLISHED, 5}, {"atom:issued", PUBLISHED, 5},
	{"dcterms:issued", PUBLISHED, 4},
	{"dc:date", PUBLISHED, 3}, {"atom:created", PUBLISHED, 2}, {"dcterms:created", PUBLISHED, 2},
	{"lastbuilddate", UPDATED, 5}, {"atom:updated", UPDATED, 5}, {"atom:modified", UPDATED, 4},
	{"dcterms:modified", UPDATED, 3},
	{"dc:date", UPDATED, 1},
	{"content:encoded", CONTENT, 5}, {"atom:content", CONTENT, 4}, {"xhtml:body", CONTENT, 3}, {"body", CONTENT, 3},
	{"fullitem", CONTENT, 2},
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

/* Where addresses below the node are relative to: owned by the caller. */
char *planet_base_of(const struct planet_reading *r, const xmlNode *node)
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

bool planet_is_atom(const xmlNode *node)
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
	else if (planet_is_atom(node) && strcmp(mode, "escaped") != 0 && strcmp(mode, "base64") != 0 && !is_own_type)
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

void planet_set_html(const struct planet_reading *r, char **field, const xmlNode *node)
{
	if (!node)
		return;
	char *text = text_of(node), *base = planet_base_of(r, node);
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

void planet_set_text(char **field, const xmlNode *node)
{
	if (!node)
		return;
	char *text = text_of(node);
	planet_set_title(field, span_of(text), is_html(node, text));
	free(text);
}

void planet_set_line(char **field, const xmlNode *node)
{
	if (node && !**field)
		xml_set_line(field, node);
}

/* An address in the element's attribute, or (NULL) its text. */
void planet_set_address(const struct planet_reading *r, char **field, const xmlNode *node, const char *attribute)
{
	if (!node || **field)
		return;
	char *text = attribute ? xml_attribute(node, attribute) : xml_content(node), *base = planet_base_of(r, node);
	planet_set_url(field, span_of(base), span_of(text), false);
	free(text);
	free(base);
}

int64_t planet_date_of(const xmlNode *node)
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
int64_t planet_date_in_tag(const xmlNode *node)
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
static void set_person(const struct planet_reading *r, char **name, char **email, char **url, const xmlNode *node)
{
	const xmlNode *part = xml_child(node, "atom:name");
	if (!part)
		part = xml_child(node, "name");
	if (xml_first(node)) {
		const xmlNode *mail = xml_child(node, "atom:email");
		planet_set_line(name, part);
		planet_set_line(email, mail ? mail : xml_child(node, "email"));
		static const char *const addresses[] = {"atom:uri", "atom:url", "atom:homepage", "url", "homepage"};
		for (size_t i = 0; i < COUNT_OF(addresses) && url; i++)
			planet_set_address(r, url, xml_child(node, addresses[i]), NULL);
	} else {
		char *text = xml_content(node);
		planet_set_author(name, email, span_of(text));
		free(text);
	}
}

/* Several authors of the same kind stand with commas between. */
void planet_set_authors(const struct planet_reading *r, char **name, char **email, char **url, const xmlNode *first)
{
	enum { MOST_AUTHORS = 20 };
	struct xml_name kind;
	if (!first)
		return;
	xml_name_of(first, &kind);
	int n = 0;
	for (const xmlNode *node = first; node && n < MOST_AUTHORS; node = xml_next(node, kind.text), n++) {
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

void planet_gather(struct planet_facts *facts, const xmlNode *parent)
{
	*facts = (struct planet_facts){{NULL}, {0}};
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

bool planet_rel_is(const xmlNode *node, const char *wanted)
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
void planet_set_alternate(const struct planet_reading *r, char **url, const xmlNode *parent)
{
	for (int pass = 0; pass < 2 && !**url; pass++)
		for (const xmlNode *node = xml_child(parent, "atom:link"); node && !**url; node = xml_next(node, "atom:link")) {
			char *type = xml_attribute(node, "type");
			if (planet_rel_is(node, "alternate") && (pass || !*type || strstr(type, "html")))
				planet_set_address(r, url, node, "href");
			free(type);
		}
}

const xmlNode *planet_link_of(const xmlNode *parent, const char *rel)
{
	for (const xmlNode *node = xml_child(parent, "atom:link"); node; node = xml_next(node, "atom:link"))
		if (planet_rel_is(node, rel))
			return node;
	return NULL;
}

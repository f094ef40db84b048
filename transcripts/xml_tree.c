/* SPDX-License-Identifier: MIT */
#include "transcripts/xml_tree.h"

#include <stdio.h>
#include <stdlib.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/uri.h>

#include "base/mem.h"
#include "transcripts/lines.h"
#include "transcripts/xml_text.h"

enum { MOST_ERRORS = 20 };

static void report(struct xml_tree *t, int line, const char *text)
{
	t->n_faults++;
	if (t->_faults && t->_faults->fault)
		t->_faults->fault(t->_faults->data, line, text);
}

static void on_error(void *data, xmlErrorPtr error)
{
	xmlParserCtxtPtr parser = data;
	struct xml_tree *t = parser->_private;
	/* Prefixes that nobody declared, and addresses of namespaces that are none, are how feeds are. */
	if (error->domain == XML_FROM_NAMESPACE || error->level < XML_ERR_ERROR)
		return;
	if (t->n_faults > MOST_ERRORS)
		return;
	if (t->n_faults == MOST_ERRORS) {
		report(t, error->line, "it is not well-formed from here on either; what can be read is");
		return;
	}
	struct buf text = {0};
	struct span message = span_trim(span_of(error->message));
	buf_format(&text, "not well-formed XML: %.*s; what can be read is", SPAN_ARG(message));
	report(t, error->line, text.p);
	buf_finish(&text);
}

enum err xml_tree_read(struct xml_tree *out, struct span bytes, const struct dialect_faults *faults, struct why *why)
{
	struct buf room = {0}, tidy = {0};
	struct span utf8;
	*out = (struct xml_tree){._faults = faults};
	xml_text_decode(bytes, &utf8, &room, faults, &out->n_faults);
	enum err e = xml_text_tidy(utf8, &tidy, faults, &out->n_faults, why);
	buf_finish(&room);
	if (e == OK && tidy.n > INT32_MAX / 2)
		e = why_set(why, E_LIMIT, "it is larger than 1 GiB");
	xmlParserCtxtPtr parser = e == OK ? xmlNewParserCtxt() : NULL;
	if (parser) {
		parser->_private = out;
		parser->sax->serror = on_error;
		out->doc = xmlCtxtReadMemory(parser, tidy.n ? tidy.p : "", (int)tidy.n, NULL, "UTF-8",
			XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES |
			XML_PARSE_IGNORE_ENC);
		xmlFreeParserCtxt(parser);
	}
	buf_finish(&tidy);
	if (e != OK)
		return e;
	out->root = out->doc ? xmlDocGetRootElement(out->doc) : NULL;
	return out->root ? OK : why_set(why, E_FORMAT, "there is no element in it");
}

void xml_tree_finish(struct xml_tree *t)
{
	if (t->doc)
		xmlFreeDoc(t->doc);
	t->doc = NULL;
	t->root = NULL;
}

/* Namespaces by what they begin with, letters' case and http(s) aside: all have been written in several ways. */
static const struct { const char *address, *prefix; } namespaces[] = {
	{"www.itunes.com/dtds/podcast-1.0.dtd", "itunes"}, {"purl.org/rss/1.0/modules/content", "content"},
	{"purl.org/dc/elements/1.", "dc"}, {"purl.org/dc/terms", "dcterms"},
	{"podcastindex.org/namespace/1.0", "podcast"}, {"github.com/podcastindex-org/podcast-namespace", "podcast"},
	{"podlove.org/simple-chapters", "psc"}, {"www.w3.org/2005/atom", "atom"}, {"purl.org/atom/ns#", "atom"},
	{"search.yahoo.com/mrss", "media"}, {"www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"},
	{"www.google.com/schemas/play-podcasts/1.0", "googleplay"}, {"www.w3.org/1999/xhtml", "xhtml"},
	{"backend.userland.com/creativecommonsrssmodule", "cc"}, {"web.resource.org/cc", "cc"},
	{"creativecommons.org/ns#", "cc"},
	{"purl.org/rss/1.0/modules/", "module"}, {"purl.org/rss/1.0", ""}, {"purl.org/net/rss1.1#", ""},
	{"channel.netscape.com/rdf/simple/0.9", ""}, {"my.netscape.com/rdf/simple/0.9", ""}, {"backend.userland.com/rss", ""},
	{"blogs.law.harvard.edu/tech/rss", ""}, {"cyber.law.harvard.edu/rss", ""}, {"my.netscape.com/publish/formats/rss", ""},
};

static struct span without_scheme(struct span s)
{
	if (s.n >= 8 && span_equal_nocase(span_make(s.p, 8), span_of("https://")))
		return span_from(s, 8);
	return s.n >= 7 && span_equal_nocase(span_make(s.p, 7), span_of("http://")) ? span_from(s, 7) : s;
}

/* "" for none, "?" for one that nobody here knows. */
static struct span usual_prefix(const xmlNs *ns)
{
	if (!ns || !ns->href || !*ns->href)
		return span_of("");
	struct span address = without_scheme(span_trim(span_of((const char *)ns->href)));
	for (size_t i = 0; i < COUNT_OF(namespaces); i++) {
		size_t n = strlen(namespaces[i].address);
		if (address.n >= n && span_equal_nocase(span_make(address.p, n), span_of(namespaces[i].address)))
			return span_of(namespaces[i].prefix);
	}
	return span_of("?");
}

static bool name_is(struct span prefix, struct span name, const char *wanted)
{
	struct span w = span_of(wanted);
	size_t colon = span_find(w, ':');
	if (colon == w.n)
		return prefix.n == 0 && span_equal_nocase(name, w);
	return span_equal_nocase(prefix, span_make(w.p, colon)) && span_equal_nocase(name, span_from(w, colon + 1));
}

static void split_name(const xmlNode *node, struct span *prefix, struct span *own)
{
	*own = span_of((const char *)node->name);
	*prefix = usual_prefix(node->ns);
	size_t colon = span_find(*own, ':');
	/* Not declared: the parser left it in the name. */
	if (!node->ns && colon < own->n) {
		*prefix = span_make(own->p, colon);
		*own = span_from(*own, colon + 1);
	}
}

void xml_name_of(const xmlNode *node, struct xml_name *out)
{
	struct span prefix, own;
	split_name(node, &prefix, &own);
	snprintf(out->text, sizeof out->text, "%.*s%s%.*s", SPAN_ARG(prefix), prefix.n ? ":" : "", SPAN_ARG(own));
	for (char *p = out->text; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
}

bool xml_is(const xmlNode *node, const char *name)
{
	struct span prefix, own;
	if (!node || node->type != XML_ELEMENT_NODE)
		return false;
	split_name(node, &prefix, &own);
	return name_is(prefix, own, name);
}

/* The element that comes next in the text. */
static xmlNode *next_in_text(xmlNode *node)
{
	xmlNode *next = xml_first(node);
	while (!next && node && node->type == XML_ELEMENT_NODE) {
		next = xml_following(node);
		node = node->parent;
	}
	return next;
}

void xml_tree_assume(struct xml_tree *t, const char *address)
{
	const xmlNs *own = t->root->ns;
	xmlNs *assumed = xmlNewNs(t->root, (const xmlChar *)address, (const xmlChar *)"assumed-");
	for (xmlNode *node = t->root; assumed && node; node = next_in_text(node)) {
		bool same = own ? node->ns && xmlStrEqual(node->ns->href, own->href) : !node->ns;
		if (same && !xmlStrchr(node->name, ':'))
			node->ns = assumed;
	}
}

xmlNode *xml_first(const xmlNode *parent)
{
	xmlNode *node = parent ? parent->children : NULL;
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

xmlNode *xml_following(const xmlNode *node)
{
	xmlNode *next = node->next;
	while (next && next->type != XML_ELEMENT_NODE)
		next = next->next;
	return next;
}

xmlNode *xml_child(const xmlNode *parent, const char *name)
{
	for (xmlNode *node = xml_first(parent); node; node = xml_following(node))
		if (xml_is(node, name))
			return node;
	return NULL;
}

xmlNode *xml_next(const xmlNode *node, const char *name)
{
	for (xmlNode *next = node ? xml_following(node) : NULL; next; next = xml_following(next))
		if (xml_is(next, name))
			return next;
	return NULL;
}

int xml_line(const xmlNode *node)
{
	long line = node ? xmlGetLineNo(node) : 0;
	return line > 0 && line < INT32_MAX ? (int)line : 0;
}

static char *take(xmlChar *text)
{
	char *copy = span_dup(lines_trim(span_of((const char *)text)));
	xmlFree(text);
	return copy;
}

char *xml_content(const xmlNode *node)
{
	return node ? take(xmlNodeGetContent(node)) : mem_strdup("");
}

char *xml_attribute(const xmlNode *node, const char *name)
{
	for (const xmlAttr *a = node ? node->properties : NULL; a; a = a->next) {
		struct span own = span_of((const char *)a->name), prefix = span_of("");
		size_t colon = span_find(own, ':');
		if (a->ns && a->ns->prefix && strcmp((const char *)a->ns->prefix, "xml") == 0)
			prefix = span_of("xml");
		else if (a->ns)
			prefix = usual_prefix(a->ns);
		else if (colon < own.n)
			prefix = span_make(own.p, colon);
		if (!a->ns && colon < own.n)
			own = span_from(own, colon + 1);
		if (name_is(prefix, own, name))
			return take(xmlNodeListGetString(node->doc, a->children, 1));
	}
	return mem_strdup("");
}

char *xml_markup(const xmlNode *node)
{
	struct buf out = {0};
	for (xmlNode *child = node ? node->children : NULL; child; child = child->next) {
		xmlBufferPtr piece = xmlBufferCreate();
		if (xmlNodeDump(piece, node->doc, child, 0, 0) > 0)
			buf_span(&out, span_of((const char *)xmlBufferContent(piece)));
		xmlBufferFree(piece);
	}
	char *trimmed = span_dup(lines_trim(buf_view(&out)));
	buf_finish(&out);
	return trimmed;
}

char *xml_resolve(const xmlNode *node, const char *url)
{
	xmlChar *base = node && *url ? xmlNodeGetBase(node->doc, node) : NULL;
	xmlChar *whole = base ? xmlBuildURI((const xmlChar *)url, base) : NULL;
	char *result = whole ? take(whole) : mem_strdup(url);
	xmlFree(base);
	return result;
}

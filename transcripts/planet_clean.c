/* planet_clean.c - the tree is walked without recursion; what is written comes from the tables here and from
 * escape_html alone, never from the input's own spelling.
 * SPDX-License-Identifier: MIT */
#include "transcripts/planet_clean.h"

#include <libxml/HTMLparser.h>
#include <limits.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/markup.h"
#include "transcripts/planet_text.h"
#include "transcripts/planet_url.h"

enum way {
	KEEP,   /* the element, with what is in it */
	UNWRAP, /* only what is in it */
	DROP,   /* nothing of it */
	LINK,   /* a link to what it would embed */
};

enum { INLINE = 0, BLOCK = 1, VOID = 2, ITEM = 4 };

static const struct element {
	const char *name;
	enum way way;
	int shape;
	const char *as; /* written as that, or NULL */
} elements[] = {
	{"a", KEEP, INLINE, NULL}, {"abbr", KEEP, INLINE, NULL}, {"acronym", KEEP, INLINE, NULL},
	{"address", KEEP, BLOCK, NULL},
	{"article", KEEP, BLOCK, NULL}, {"aside", KEEP, BLOCK, NULL}, {"b", KEEP, INLINE, NULL}, {"bdi", KEEP, INLINE, NULL},
	{"bdo", KEEP, INLINE, NULL}, {"big", KEEP, INLINE, NULL}, {"blockquote", KEEP, BLOCK, NULL}, {"br", KEEP, VOID, NULL},
	{"caption", KEEP, BLOCK, NULL}, {"center", KEEP, BLOCK, NULL}, {"cite", KEEP, INLINE, NULL},
	{"code", KEEP, INLINE, NULL},
	{"col", KEEP, VOID, NULL}, {"colgroup", KEEP, BLOCK, NULL}, {"dd", KEEP, BLOCK, NULL}, {"del", KEEP, INLINE, NULL},
	{"details", KEEP, BLOCK, NULL}, {"dfn", KEEP, INLINE, NULL}, {"dir", KEEP, BLOCK, "ul"}, {"div", KEEP, BLOCK, NULL},
	{"dl", KEEP, BLOCK, NULL}, {"dt", KEEP, BLOCK, NULL}, {"em", KEEP, INLINE, NULL}, {"figcaption", KEEP, BLOCK, NULL},
	{"figure", KEEP, BLOCK, NULL}, {"footer", KEEP, BLOCK, NULL}, {"h1", KEEP, BLOCK, "h3"}, {"h2", KEEP, BLOCK, "h3"},
	{"h3", KEEP, BLOCK, NULL}, {"h4", KEEP, BLOCK, NULL}, {"h5", KEEP, BLOCK, NULL}, {"h6", KEEP, BLOCK, NULL},
	{"header", KEEP, BLOCK, NULL}, {"hr", KEEP, BLOCK | VOID, NULL}, {"i", KEEP, INLINE, NULL}, {"img", KEEP, VOID, NULL},
	{"ins", KEEP, INLINE, NULL}, {"kbd", KEEP, INLINE, NULL}, {"li", KEEP, BLOCK | ITEM, NULL},
	{"mark", KEEP, INLINE, NULL},
	{"menu", KEEP, BLOCK, "ul"}, {"ol", KEEP, BLOCK, NULL}, {"p", KEEP, BLOCK, NULL}, {"pre", KEEP, BLOCK, NULL},
	{"q", KEEP, INLINE, NULL}, {"rp", KEEP, INLINE, NULL}, {"rt", KEEP, INLINE, NULL}, {"ruby", KEEP, INLINE, NULL},
	{"s", KEEP, INLINE, NULL}, {"samp", KEEP, INLINE, NULL}, {"section", KEEP, BLOCK, NULL}, {"small", KEEP, INLINE, NULL},
	{"span", KEEP, INLINE, NULL}, {"strike", KEEP, INLINE, NULL}, {"strong", KEEP, INLINE, NULL},
	{"sub", KEEP, INLINE, NULL},
	{"summary", KEEP, BLOCK, NULL}, {"sup", KEEP, INLINE, NULL}, {"table", KEEP, BLOCK, NULL},
	{"tbody", KEEP, BLOCK, NULL},
	{"td", KEEP, BLOCK, NULL}, {"tfoot", KEEP, BLOCK, NULL}, {"th", KEEP, BLOCK, NULL}, {"thead", KEEP, BLOCK, NULL},
	{"time", KEEP, INLINE, NULL}, {"tr", KEEP, BLOCK, NULL}, {"tt", KEEP, INLINE, NULL}, {"u", KEEP, INLINE, NULL},
	{"ul", KEEP, BLOCK, NULL}, {"var", KEEP, INLINE, NULL}, {"wbr", KEEP, VOID, NULL},
	/* Old ways of writing what the others say. */
	{"listing", KEEP, BLOCK, "pre"}, {"xmp", KEEP, BLOCK, "pre"}, {"plaintext", KEEP, BLOCK, "pre"},
	/* Nothing in these is for readers. */
	{"script", DROP, 0, NULL}, {"style", DROP, 0, NULL}, {"template", DROP, 0, NULL}, {"title", DROP, 0, NULL},
	{"textarea", DROP, 0, NULL}, {"select", DROP, 0, NULL}, {"option", DROP, 0, NULL}, {"optgroup", DROP, 0, NULL},
	{"datalist", DROP, 0, NULL}, {"svg", DROP, 0, NULL}, {"math", DROP, 0, NULL}, {"applet", DROP, 0, NULL},
	{"frameset", DROP, 0, NULL}, {"noembed", DROP, 0, NULL}, {"noframes", DROP, 0, NULL}, {"input", DROP, 0, NULL},
	{"button", DROP, 0, NULL}, {"keygen", DROP, 0, NULL}, {"command", DROP, 0, NULL}, {"meta", DROP, 0, NULL},
	{"link", DROP, 0, NULL}, {"base", DROP, 0, NULL}, {"basefont", DROP, 0, NULL}, {"bgsound", DROP, 0, NULL},
	{"param", DROP, 0, NULL}, {"map", DROP, 0, NULL}, {"area", DROP, 0, NULL}, {"track", DROP, 0, NULL},
	/* Would fetch from elsewhere as soon as the page opens. */
	{"iframe", LINK, BLOCK, NULL}, {"frame", LINK, BLOCK, NULL}, {"embed", LINK, BLOCK, NULL},
	{"object", LINK, BLOCK, NULL}, {"audio", LINK, BLOCK, NULL}, {"video", LINK, BLOCK, NULL},
};

/* Everything else (form, font, html, body, what nobody knows) is unwrapped: its text stays. */
static const struct element *element_of(const xmlNode *node)
{
	for (size_t i = 0; i < COUNT_OF(elements); i++)
		if (strcmp((const char *)node->name, elements[i].name) == 0)
			return &elements[i];
	return NULL;
}

static const struct attribute {
	const char *element; /* NULL: any */
	const char *name;
	enum { TEXT, NUMBER, SIZE, URL, DIRECTION, FLAG } kind;
} attributes[] = {
	{NULL, "title", TEXT}, {NULL, "lang", TEXT}, {NULL, "dir", DIRECTION},
	{"a", "href", URL}, {"a", "hreflang", TEXT}, {"blockquote", "cite", URL}, {"q", "cite", URL}, {"del", "cite", URL},
	{"ins", "cite", URL}, {"del", "datetime", TEXT}, {"ins", "datetime", TEXT}, {"time", "datetime", TEXT},
	{"img", "width", SIZE}, {"img", "height", SIZE},
	{"ol", "start", NUMBER}, {"ol", "reversed", FLAG}, {"li", "value", NUMBER}, {"td", "colspan", SIZE},
	{"td", "rowspan", SIZE}, {"th", "colspan", SIZE}, {"th", "rowspan", SIZE}, {"th", "scope", TEXT}, {"th", "abbr", TEXT},
	{"col", "span", SIZE}, {"colgroup", "span", SIZE}, {"details", "open", FLAG},
};

struct cleaning {
	struct buf *out;
	struct span base;
};

static char *value_of(const xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
	char *copy = value ? mem_strdup((const char *)value) : NULL;
	xmlFree(value);
	return copy;
}

static void put_attribute(struct buf *out, const char *name, struct span value)
{
	buf_format(out, " %s=\"", name);
	escape_html(out, value);
	buf_char(out, '"');
}

/* The address as it may stand in a page; false when it may not. */
static bool safe_url(const struct cleaning *c, const char *value, bool is_link, struct buf *out)
{
	if (!value || !planet_url_resolve(out, c->base, span_of(value)))
		return false;
	return planet_url_is_safe(buf_view(out), is_link);
}

static bool is_number(struct span s, int64_t least, int64_t most)
{
	int64_t n;
	return span_to_i64(span_trim(s), &n) && n >= least && n <= most;
}

static void clean_attribute(const struct cleaning *c, const struct attribute *a, const char *value)
{
	struct span text = span_of(value);
	struct buf url = {0};
	switch (a->kind) {
	case TEXT:
		if (text.n <= 4096)
			put_attribute(c->out, a->name, text);
		break;
	case NUMBER:
		if (is_number(text, -1000000, 1000000))
			put_attribute(c->out, a->name, span_trim(text));
		break;
	case SIZE:
		if (is_number(text, 1, 10000))
			put_attribute(c->out, a->name, span_trim(text));
		break;
	case DIRECTION:
		if (span_equal_nocase(text, SPAN_LITERAL("rtl")) || span_equal_nocase(text, SPAN_LITERAL("ltr")) ||
			span_equal_nocase(text, SPAN_LITERAL("auto")))
			put_attribute(c->out, a->name, text);
		break;
	case FLAG: put_attribute(c->out, a->name, SPAN_LITERAL("")); break;
	case URL:
		if (safe_url(c, value, strcmp(a->name, "href") == 0, &url))
			put_attribute(c->out, a->name, buf_view(&url));
		break;
	}
	buf_finish(&url);
}

static void clean_attributes(const struct cleaning *c, const xmlNode *node, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(attributes); i++) {
		const struct attribute *a = &attributes[i];
		if (a->element && strcmp(a->element, name) != 0)
			continue;
		char *value = value_of(node, a->name);
		if (value)
			clean_attribute(c, a, value);
		free(value);
	}
}

static bool is_pixel(const xmlNode *node)
{
	static const char *const sides[] = {"width", "height"};
	bool tiny = false;
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		char *value = value_of(node, sides[i]);
		int64_t n;
		tiny |= value && span_to_i64(span_trim(span_of(value)), &n) && n <= 1;
		free(value);
	}
	return tiny;
}

/* Lazy-loading scripts keep the real address in another attribute. */
static bool image_url(const struct cleaning *c, const xmlNode *node, struct buf *url)
{
	static const char *const names[] = {"src", "data-src", "data-lazy-src", "data-original"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *value = value_of(node, names[i]);
		buf_clear(url);
		bool ok = safe_url(c, value, false, url);
		free(value);
		if (!ok)
			continue;
		if (span_starts(buf_view(url), "http:")) {
			struct buf secure = {0};
			buf_text(&secure, "https:");
			buf_span(&secure, span_from(buf_view(url), strlen("http:")));
			buf_finish(url);
			*url = secure;
		}
		return true;
	}
	return false;
}

static void clean_image(const struct cleaning *c, const xmlNode *node)
{
	struct buf url = {0};
	char *alt = value_of(node, "alt");
	if (is_pixel(node)) {
		/* counts readers, and shows nothing */
	} else if (image_url(c, node, &url)) {
		buf_text(c->out, "<img");
		put_attribute(c->out, "src", buf_view(&url));
		put_attribute(c->out, "alt", span_of(alt));
		clean_attributes(c, node, "img");
		buf_text(c->out, " loading=\"lazy\" decoding=\"async\" referrerpolicy=\"no-referrer\">");
	} else if (alt) {
		escape_html(c->out, span_of(alt));
	}
	buf_finish(&url);
	free(alt);
}

static const xmlNode *child_source(const xmlNode *node)
{
	for (const xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE && (strcmp((const char *)child->name, "source") == 0 ||
			strcmp((const char *)child->name, "embed") == 0))
			return child;
	return NULL;
}

/* A frame, a player, an object: what a reader may open. False when it has no address that may stand here. */
static bool clean_embedded(const struct cleaning *c, const xmlNode *node)
{
	static const char *const names[] = {"src", "data", "data-src"};
	struct buf url = {0};
	bool ok = false;
	const xmlNode *const places[] = {node, child_source(node)};
	for (size_t k = 0; k < COUNT_OF(places) && !ok; k++)
		for (size_t i = 0; places[k] && i < COUNT_OF(names) && !ok; i++) {
			char *value = value_of(places[k], names[i]);
			buf_clear(&url);
			ok = safe_url(c, value, false, &url);
			free(value);
		}
	if (ok) {
		char *title = value_of(node, "title");
		buf_text(c->out, "<a");
		put_attribute(c->out, "href", buf_view(&url));
		buf_text(c->out, " rel=\"nofollow noopener noreferrer\">");
		escape_html(c->out, title && *title ? span_of(title) : planet_url_host(buf_view(&url)));
		buf_text(c->out, "</a> ");
		free(title);
	}
	buf_finish(&url);
	return ok;
}

static void open_element(const struct cleaning *c, const xmlNode *node, const struct element *e)
{
	const char *name = e->as ? e->as : e->name;
	buf_format(c->out, "<%s", name);
	clean_attributes(c, node, name);
	if (strcmp(name, "a") == 0)
		put_attribute(c->out, "rel", SPAN_LITERAL("nofollow noopener noreferrer"));
	buf_char(c->out, '>');
}

static void close_element(struct buf *out, const struct element *e)
{
	buf_format(out, "</%s>", e->as ? e->as : e->name);
}

/* U+FFFD for what no page may hold comes from escape_html; NUL can't be here. */
static void put_text(struct buf *out, const xmlNode *node)
{
	if (node->content)
		escape_html(out, span_of((const char *)node->content));
}

/* Enters an element; true when what is in it is to be walked. */
static bool enter(const struct cleaning *c, const xmlNode *node, const struct element *e)
{
	if (!e)
		return true;
	if (e->way == DROP)
		return false;
	if (e->way == LINK) {
		/* What stands in a player speaks to old browsers; in the others it may be what follows them, never closed. */
		bool is_player = strcmp(e->name, "audio") == 0 || strcmp(e->name, "video") == 0;
		return !clean_embedded(c, node) || !is_player;
	}
	if (strcmp(e->name, "img") == 0) {
		clean_image(c, node);
		return false;
	}
	open_element(c, node, e);
	return !(e->shape & VOID);
}

static void leave(const struct cleaning *c, const xmlNode *node)
{
	const struct element *e = element_of(node);
	if (e && e->way == KEEP && !(e->shape & VOID))
		close_element(c->out, e);
}

struct walker {
	bool (*enter)(void *data, const xmlNode *node); /* an element; true: go into it */
	void (*leave)(void *data, const xmlNode *node);
	void (*text)(void *data, const xmlNode *node);
	void *data;
};

static void walk(const xmlNode *root, const struct walker *w)
{
	const xmlNode *node = root;
	while (node) {
		bool goes_in = false;
		if (node->type == XML_ELEMENT_NODE)
			goes_in = w->enter(w->data, node);
		else if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			w->text(w->data, node);
		if (goes_in && node->children) {
			node = node->children;
			continue;
		}
		if (goes_in)
			w->leave(w->data, node);
		while (node && !node->next) {
			node = node->parent;
			if (!node || node->type != XML_ELEMENT_NODE)
				return;
			w->leave(w->data, node);
		}
		node = node ? node->next : NULL;
	}
}

static bool clean_enter(void *data, const xmlNode *node)
{
	return enter(data, node, element_of(node));
}

static void clean_leave(void *data, const xmlNode *node)
{
	leave(data, node);
}

static void clean_text(void *data, const xmlNode *node)
{
	put_text(((struct cleaning *)data)->out, node);
}

/* Text ------------------------------------------------------------------------------------------------------------ */

struct texting {
	struct buf *out;
	size_t start;
	bool gap, line; /* wanted before the next letter */
	int pre;
};

static void text_break(struct texting *t)
{
	t->line = true;
	t->gap = false;
}

static bool text_enter(void *data, const xmlNode *node)
{
	struct texting *t = data;
	const struct element *e = element_of(node);
	if (e && e->way == DROP) {
		t->gap = true;
		return false;
	}
	if (e && (e->shape & BLOCK))
		text_break(t);
	if (e && strcmp(e->name, "br") == 0)
		text_break(t);
	if (e && strcmp(e->as ? e->as : e->name, "pre") == 0)
		t->pre++;
	if (e && (e->shape & ITEM)) {
		if (t->out->n > t->start)
			buf_char(t->out, '\n');
		buf_text(t->out, "\xE2\x80\xA2 ");
		t->line = t->gap = false;
	}
	return true;
}

static void text_leave(void *data, const xmlNode *node)
{
	struct texting *t = data;
	const struct element *e = element_of(node);
	if (e && strcmp(e->as ? e->as : e->name, "pre") == 0)
		t->pre--;
	if (e && (e->shape & BLOCK))
		text_break(t);
}

static void text_text(void *data, const xmlNode *node)
{
	struct texting *t = data;
	for (const char *p = (const char *)node->content; p && *p; p++) {
		bool is_blank = *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == '\f';
		if (is_blank && t->pre && *p == '\n') {
			t->line = true;
		} else if (is_blank) {
			t->gap = true;
		} else {
			if (t->out->n > t->start && t->line)
				buf_char(t->out, '\n');
			else if (t->out->n > t->start && t->gap && t->out->p[t->out->n - 1] != ' ')
				buf_char(t->out, ' ');
			t->gap = t->line = false;
			buf_char(t->out, *p);
		}
	}
}

/* Parsing --------------------------------------------------------------------------------------------------------- */

static void quiet(void *data, xmlErrorPtr error)
{
	(void)data, (void)error;
}

/* NULL: it nests too deep, or is too large. */
static xmlDocPtr parse(struct span html)
{
	/* A body that is there already keeps the parser from putting paragraphs around text. */
	struct buf whole = {0};
	buf_text(&whole, "<html><body>");
	utf8_append_repaired(&whole, html);
	/* The parser takes a NUL for the end. */
	for (size_t i = 0; i < whole.n; i++)
		if (whole.p[i] == '\0')
			whole.p[i] = ' ';
	xmlDocPtr doc = NULL;
	htmlParserCtxtPtr parser = whole.n < INT_MAX / 2 ? htmlNewParserCtxt() : NULL;
	if (parser) {
		parser->sax->serror = quiet;
		doc = htmlCtxtReadMemory(parser, whole.p, (int)whole.n, NULL, "UTF-8", HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
			HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_NODEFDTD | HTML_PARSE_IGNORE_ENC);
		const xmlError *error = xmlCtxtGetLastError(parser);
		bool is_cut = parser->disableSAX || (error && error->code == XML_ERR_INTERNAL_ERROR);
		htmlFreeParserCtxt(parser);
		if (is_cut) {
			xmlFreeDoc(doc);
			doc = NULL;
		}
	}
	buf_finish(&whole);
	return doc;
}

/* Without a tree: what stands outside of anything like a tag. */
static void strip_tags(struct buf *out, struct span html)
{
	while (html.n) {
		size_t n = span_find(html, '<');
		utf8_append_repaired(out, span_make(html.p, n));
		html = span_from(html, n);
		n = span_find(html, '>') + 1;
		if (html.n)
			buf_char(out, ' ');
		html = span_from(html, n);
	}
}

void planet_html_to_text(struct buf *out, struct span html)
{
	xmlDocPtr doc = parse(html);
	if (!doc) {
		strip_tags(out, html);
		return;
	}
	struct texting t = {.out = out, .start = out->n};
	const struct walker w = {text_enter, text_leave, text_text, &t};
	walk(xmlDocGetRootElement(doc), &w);
	xmlFreeDoc(doc);
}

static bool is_name_char(char c, size_t at)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (at && c >= '0' && c <= '9');
}

bool planet_looks_like_html(struct span text)
{
	for (size_t at = 0; (at += span_find(span_from(text, at), '<')) < text.n; at++) {
		struct span rest = span_from(text, at + 1);
		if (rest.n && rest.p[0] == '/')
			rest = span_from(rest, 1);
		size_t n = 0;
		while (n < rest.n && n < 12 && is_name_char(rest.p[n], n))
			n++;
		if (span_starts(rest, "!--"))
			return true;
		struct span name = span_make(rest.p, n);
		bool ends = n == rest.n || strchr(" \t\r\n/>", rest.p[n]);
		for (size_t i = 0; n && ends && i < COUNT_OF(elements); i++)
			if (span_equal_nocase(name, span_of(elements[i].name)))
				return true;
		static const char *const others[] = {"font", "form", "body", "html", "blink", "marquee", "nobr", "noscript", "head"};
		for (size_t i = 0; n && ends && i < COUNT_OF(others); i++)
			if (span_equal_nocase(name, span_of(others[i])))
				return true;
	}
	struct buf decoded = {0};
	markup_decode_entities(&decoded, text);
	bool has_entity = !span_equal(buf_view(&decoded), text);
	buf_finish(&decoded);
	return has_entity;
}

static void clean_once(struct buf *out, struct span html, struct span base)
{
	xmlDocPtr doc = parse(html);
	if (!doc) {
		struct buf text = {0};
		strip_tags(&text, html);
		planet_text_to_html(out, buf_view(&text));
		buf_finish(&text);
		return;
	}
	struct cleaning c = {out, base};
	const struct walker w = {clean_enter, clean_leave, clean_text, &c};
	walk(xmlDocGetRootElement(doc), &w);
	xmlFreeDoc(doc);
}

void planet_clean(struct buf *out, struct span html, struct span base)
{
	/* A tree that the parser had to repair may read otherwise once it is written: until it reads as it was written. */
	enum { MOST_PASSES = 5 };
	struct buf now = {0}, next = {0};
	clean_once(&now, html, base);
	for (int i = 1; i < MOST_PASSES; i++) {
		clean_once(&next, buf_view(&now), base);
		bool is_stable = span_equal(buf_view(&next), buf_view(&now));
		struct buf last = now;
		now = next;
		next = last;
		buf_clear(&next);
		if (is_stable)
			break;
	}
	buf_span(out, buf_view(&now));
	buf_finish(&now);
	buf_finish(&next);
}

/* notes_markup.c - raw HTML in show notes: what is harmless lives on as ordinary nodes, the rest goes, its text stays.
 * Only whole pairs among the children of one parent become nodes, so that the result is always well-formed.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/notes_tree.h"

enum { OPEN_TAGS_MAX = 16 }; /* deeper ones are dropped: real notes have two or three */

struct tag {
	char name[12]; /* lower case; longer names are cut, which only makes them unknown */
	bool closes;
	struct span href; /* as written, entities and all */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Reads attributes up to the tag's end; returns the offset behind '>'. */
static size_t read_attributes(struct span s, size_t i, struct tag *tag)
{
	while (i < s.n && s.p[i] != '>') {
		if (is_blank(s.p[i]) || s.p[i] == '/') {
			i++;
			continue;
		}
		size_t name = i;
		while (i < s.n && !is_blank(s.p[i]) && s.p[i] != '=' && s.p[i] != '>' && s.p[i] != '/')
			i++;
		struct span attribute = {s.p + name, i - name};
		while (i < s.n && is_blank(s.p[i]))
			i++;
		if (i >= s.n || s.p[i] != '=') {
			i += attribute.n == 0;
			continue;
		}
		for (i++; i < s.n && is_blank(s.p[i]);)
			i++;
		char quote = i < s.n && (s.p[i] == '"' || s.p[i] == '\'') ? s.p[i++] : '\0';
		size_t value = i;
		while (i < s.n && (quote ? s.p[i] != quote : !is_blank(s.p[i]) && s.p[i] != '>'))
			i++;
		if (span_equal_nocase(attribute, SPAN_LITERAL("href")))
			tag->href = span_make(s.p + value, i - value);
		i += quote && i < s.n;
	}
	return i < s.n ? i + 1 : i;
}

/* Length of the tag at s (which begins with '<'), or 0 when it isn't one. Comments and declarations have no name. */
static size_t read_tag(struct span s, struct tag *tag)
{
	*tag = (struct tag){.href = {"", 0}};
	if (span_starts(s, "<!--")) {
		size_t end = span_search(s, SPAN_LITERAL("-->"), 4);
		return end == s.n ? s.n : end + 3;
	}
	if (s.n < 2 || (!is_letter(s.p[1]) && s.p[1] != '/' && s.p[1] != '!' && s.p[1] != '?'))
		return 0;
	if (s.p[1] == '!' || s.p[1] == '?')
		return span_find(s, '>') + (span_find(s, '>') < s.n);
	tag->closes = s.p[1] == '/';
	size_t i = tag->closes ? 2 : 1, n = 0;
	if (i >= s.n || !is_letter(s.p[i]))
		return 0;
	for (; i < s.n && (is_letter(s.p[i]) || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-'); i++)
		if (n + 1 < sizeof tag->name)
			tag->name[n++] = lower(s.p[i]);
	return read_attributes(s, i, tag);
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static bool is_kept(const char *name)
{
	static const char *const kept[] = {"q", "b", "i", "em", "strong", "a", "br", NULL};
	return is_one_of(name, kept);
}

/* &amp; and the few others that people write; all else stays as it is. Blanks are folded. */
static void add_decoded(struct buf *out, struct span s)
{
	static const struct {
		const char *name;
		uint32_t c;
	} names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", 0xA0}};
	while (s.n) {
		size_t n = 1;
		uint32_t c = 0;
		for (size_t i = 0; i < COUNT_OF(names); i++)
			if (span_starts(s, names[i].name)) {
				c = names[i].c;
				n = strlen(names[i].name);
			}
		bool numbered = s.n > 3 && s.p[0] == '&' && s.p[1] == '#';
		size_t end = numbered ? span_find(span_make(s.p, s.n < 12 ? s.n : 12), ';') : 0;
		if (end > 2 && end < s.n && s.p[end] == ';') {
			bool hex = lower(s.p[2]) == 'x';
			char digits[12] = {0}, *stop;
			memcpy(digits, s.p + 2 + hex, end - 2 - hex);
			unsigned long value = strtoul(digits, &stop, hex ? 16 : 10);
			bool good = *digits && is_letter(*digits) <= hex && !*stop && value >= 0x20 && value <= 0x10FFFF &&
				!(value >= 0xD800 && value < 0xE000);
			c = good ? (uint32_t)value : 0xFFFD;
			n = end + 1;
		}
		if (c)
			utf8_append(out, c);
		else if (!is_blank(s.p[0]))
			buf_char(out, s.p[0]);
		else if (!out->n || !is_blank(out->p[out->n - 1]))
			buf_char(out, ' ');
		s = span_from(s, n);
	}
}

/* A block of HTML on its way to paragraphs. */
struct block {
	cmark_node *origin;    /* the paragraphs go before it */
	cmark_node *paragraph; /* NULL until there is something for it */
	bool has_text;
};

static void end_paragraph(struct block *b)
{
	if (b->paragraph && b->has_text)
		cmark_node_insert_before(b->origin, b->paragraph);
	else if (b->paragraph)
		cmark_node_free(b->paragraph);
	*b = (struct block){.origin = b->origin};
}

static void add_child(struct block *b, cmark_node *node)
{
	if (!b->paragraph)
		b->paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH);
	cmark_node_append_child(b->paragraph, node);
}

static void add_text(struct block *b, struct span text)
{
	struct buf decoded = {0};
	add_decoded(&decoded, text);
	bool says_something = span_trim(buf_view(&decoded)).n > 0;
	if (says_something || (decoded.n && b->paragraph))
		add_child(b, notes_text_node(buf_view(&decoded)));
	b->has_text = b->has_text || says_something;
	buf_finish(&decoded);
}

/* Offset behind the end tag of an element whose content isn't for reading. */
static size_t skip_element(struct span s, size_t from, const char *name)
{
	struct span end_name = span_of(name);
	for (size_t i = from; i < s.n; i++) {
		i += span_find(span_from(s, i), '<');
		if (i + 2 + end_name.n <= s.n && s.p[i + 1] == '/' &&
		    span_equal_nocase(span_make(s.p + i + 2, end_name.n), end_name)) {
			struct tag tag;
			return i + read_tag(span_from(s, i), &tag);
		}
	}
	return s.n;
}

static void block_to_paragraphs(cmark_node *origin)
{
	static const char *const silent[] = {"script", "style", "iframe", "noscript", "template", "object", "textarea",
		"svg", "math", NULL};
	static const char *const breaking[] = {"p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "table",
		"tr", "dl", "dt", "dd", "section", "article", "header", "footer", "blockquote", "pre", "hr", "figure",
		"figcaption", "details", "summary", NULL};
	struct span s = span_of(cmark_node_get_literal(origin));
	struct block b = {.origin = origin};
	size_t text = 0;
	for (size_t i = 0; i < s.n;) {
		struct tag tag;
		size_t n = s.p[i] == '<' ? read_tag(span_from(s, i), &tag) : 0;
		if (!n) {
			i++;
			continue;
		}
		add_text(&b, span_make(s.p + text, i - text));
		if (is_kept(tag.name)) {
			char *literal = span_dup(span_make(s.p + i, n));
			cmark_node *node = cmark_node_new(CMARK_NODE_HTML_INLINE);
			cmark_node_set_literal(node, literal);
			add_child(&b, node);
			free(literal);
		} else if (is_one_of(tag.name, breaking)) {
			end_paragraph(&b);
		}
		i = !tag.closes && is_one_of(tag.name, silent) ? skip_element(s, i + n, tag.name) : i + n;
		text = i;
	}
	add_text(&b, span_from(s, text));
	end_paragraph(&b);
	cmark_node_free(origin);
}

static cmark_node *node_for(const struct tag *tag)
{
	if (tag->name[0] == 'a') {
		cmark_node *link = cmark_node_new(CMARK_NODE_LINK);
		struct buf url = {0};
		buf_text(&url, "");
		add_decoded(&url, tag->href);
		cmark_node_set_url(link, url.p);
		buf_finish(&url);
		return link;
	}
	if (tag->name[0] == 'q')
		return cmark_node_new(CMARK_NODE_CUSTOM_INLINE);
	bool strong = strcmp(tag->name, "b") == 0 || strcmp(tag->name, "strong") == 0;
	return cmark_node_new(strong ? CMARK_NODE_STRONG : CMARK_NODE_EMPH);
}

struct open_tag {
	cmark_node *node;
	struct tag tag; /* its href points into the node's literal */
};

/* Both tags are children of one parent: what stands between them moves into a node of its own. */
static void wrap(const struct open_tag *opener, cmark_node *closer)
{
	cmark_node *node = node_for(&opener->tag), *child;
	while ((child = cmark_node_next(opener->node)) != closer)
		cmark_node_append_child(node, child);
	cmark_node_insert_before(closer, node);
	cmark_node_free(opener->node);
	cmark_node_free(closer);
}

static void take_tag(cmark_node *node, struct open_tag *open, size_t *n_open)
{
	struct tag tag;
	size_t n = read_tag(span_of(cmark_node_get_literal(node)), &tag);
	if (n && strcmp(tag.name, "br") == 0)
		cmark_node_insert_before(node, cmark_node_new(CMARK_NODE_LINEBREAK));
	else if (n && !tag.closes && is_kept(tag.name) && *n_open < OPEN_TAGS_MAX) {
		open[(*n_open)++] = (struct open_tag){node, tag};
		return;
	}
	size_t i = n && tag.closes ? *n_open : 0;
	for (; i > 0; i--)
		if (strcmp(open[i - 1].tag.name, tag.name) == 0 &&
		    cmark_node_parent(open[i - 1].node) == cmark_node_parent(node))
			break;
	if (!i) {
		cmark_node_free(node);
		return;
	}
	while (*n_open > i) /* opened inside and never closed */
		cmark_node_free(open[--*n_open].node);
	wrap(&open[--*n_open], node);
}

void notes_tame_markup(cmark_node *root)
{
	struct notes_nodes blocks = {0}, tags = {0};
	notes_collect(root, CMARK_NODE_HTML_BLOCK, &blocks);
	for (size_t i = 0; i < blocks.n; i++)
		block_to_paragraphs(blocks.p[i]);
	free(blocks.p);
	notes_collect(root, CMARK_NODE_HTML_INLINE, &tags);
	struct open_tag open[OPEN_TAGS_MAX];
	size_t n_open = 0;
	for (size_t i = 0; i < tags.n; i++)
		take_tag(tags.p[i], open, &n_open);
	while (n_open)
		cmark_node_free(open[--n_open].node);
	free(tags.p);
}

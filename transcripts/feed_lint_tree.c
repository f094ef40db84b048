/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_lint_tree.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "transcripts/feed_xml.h"
#include "transcripts/lines.h"
#include "transcripts/markup.h"

enum { NODES = 1024, MOST_DEPTH = 64 };

/* Nodes stay where they are. */
struct lint_nodes {
	struct lint_nodes *before;
	size_t n;
	struct lint_node list[NODES];
};

struct reading {
	struct lint_tree *tree;
	struct span rest;
	struct lint_node *open[MOST_DEPTH], *last[MOST_DEPTH]; /* the last child so far of each that is open */
	size_t depth;
};

static const char cdata[] = "<![CDATA[";

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip(struct reading *r, size_t n)
{
	r->rest = span_from(r->rest, n);
}

/* Behind the end mark, or the end of the text. */
static void skip_past(struct reading *r, const char *end)
{
	skip(r, span_search(r->rest, span_of(end), 0));
	skip(r, strlen(end));
}

static struct lint_node *add_node(struct reading *r)
{
	struct lint_nodes *nodes = r->tree->_nodes;
	if (!nodes || nodes->n == NODES) {
		nodes = mem_new(1, sizeof *nodes);
		nodes->before = r->tree->_nodes;
		r->tree->_nodes = nodes;
	}
	struct lint_node *node = &nodes->list[nodes->n++];
	if (!r->depth) {
		r->tree->root = r->tree->root ? r->tree->root : node;
		return node;
	}
	struct lint_node *before = r->last[r->depth - 1];
	if (before)
		before->next = node;
	else
		r->open[r->depth - 1]->first = node;
	r->last[r->depth - 1] = node;
	return node;
}

static void close_element(struct reading *r, const char *end)
{
	if (!r->depth)
		return;
	struct lint_node *node = r->open[--r->depth];
	node->inside.n = (size_t)(end - node->inside.p);
}

/* Offset of the ">" that ends a tag; its attributes' values may have some too. */
static size_t tag_end(struct span tag)
{
	char quote = '\0';
	for (size_t i = 0; i < tag.n; i++) {
		char c = tag.p[i];
		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i;
	}
	return tag.n;
}

static enum err read_element(struct reading *r, struct why *why)
{
	struct span tag = span_from(r->rest, 1);
	tag.n = tag_end(tag);
	skip(r, tag.n + 2);
	bool is_empty = span_ends(tag, "/");
	if (!is_empty && r->depth == MOST_DEPTH)
		return why_set(why, E_LIMIT, "its elements are nested more than %d deep", MOST_DEPTH);
	if (is_empty)
		tag.n--;
	size_t n = 0;
	while (n < tag.n && !is_blank(tag.p[n]))
		n++;
	struct lint_node *node = add_node(r);
	node->name = span_make(tag.p, n);
	node->attributes = span_from(tag, n);
	node->inside = span_make(r->rest.p, 0);
	if (!is_empty) {
		r->last[r->depth] = NULL;
		r->open[r->depth++] = node;
	}
	return OK;
}

enum err lint_tree_read(struct lint_tree *tree, struct span xml, struct why *why)
{
	struct reading r = {.tree = tree, .rest = xml};
	enum err e = OK;
	*tree = (struct lint_tree){0};
	while (!e) {
		skip(&r, span_find(r.rest, '<'));
		if (!r.rest.n)
			break;
		if (span_starts(r.rest, cdata)) {
			skip(&r, feed_xml_cdata_end(r.rest));
			skip(&r, strlen("]]>"));
		} else if (span_starts(r.rest, "<!--")) {
			skip_past(&r, "-->");
		} else if (span_starts(r.rest, "<!") || span_starts(r.rest, "<?")) {
			skip_past(&r, ">");
		} else if (span_starts(r.rest, "</")) {
			close_element(&r, r.rest.p);
			skip_past(&r, ">");
		} else {
			e = read_element(&r, why);
		}
	}
	while (r.depth)
		close_element(&r, r.rest.p);
	return e || tree->root ? e : why_set(why, E_FORMAT, "there is no element in it");
}

void lint_tree_finish(struct lint_tree *tree)
{
	for (struct lint_nodes *nodes = tree->_nodes, *before; nodes; nodes = before) {
		before = nodes->before;
		free(nodes);
	}
	*tree = (struct lint_tree){0};
}

/* ---- names ---- */

bool lint_is(const struct lint_node *node, const char *name)
{
	return span_equal_nocase(node->name, span_of(name));
}

static const struct lint_node *first_of(const struct lint_node *node, const char *name)
{
	while (node && !lint_is(node, name))
		node = node->next;
	return node;
}

const struct lint_node *lint_child(const struct lint_node *parent, const char *name)
{
	return first_of(parent->first, name);
}

const struct lint_node *lint_next(const struct lint_node *node, const char *name)
{
	return first_of(node->next, name);
}

void lint_name_of(const struct lint_node *node, struct lint_name *out)
{
	size_t n = node->name.n < sizeof out->text ? node->name.n : sizeof out->text - 1;
	for (size_t i = 0; i < n; i++) {
		char c = node->name.p[i];
		out->text[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	out->text[n] = '\0';
}

struct span lint_own_name(const struct lint_node *node)
{
	size_t colon = span_find(node->name, ':');
	return colon < node->name.n ? span_from(node->name, colon + 1) : node->name;
}

/* ---- texts ---- */

char *lint_attribute(const struct lint_node *node, const char *name)
{
	struct span rest = node->attributes, wanted = span_of(name);
	for (;;) {
		rest = span_trim(rest);
		size_t equals = span_find(rest, '=');
		struct span own = span_trim(span_make(rest.p, equals));
		rest = span_trim(span_from(rest, equals + 1));
		if (!rest.n)
			return mem_strdup("");
		char quote = rest.p[0];
		rest = span_from(rest, 1);
		struct span value = span_make(rest.p, span_find(rest, quote));
		rest = span_from(rest, value.n + 1);
		if (!span_equal_nocase(own, wanted))
			continue;
		/* XML: line ends and tabs in it are blanks, unless they are references. */
		char *tidy = span_dup(value);
		for (size_t i = 0; i < value.n; i++)
			if (is_blank(tidy[i]))
				tidy[i] = ' ';
		struct buf decoded = {0};
		markup_decode_entities(&decoded, span_make(tidy, value.n));
		free(tidy);
		char *text = span_dup(lines_trim(buf_view(&decoded)));
		buf_finish(&decoded);
		return text;
	}
}

/* XML has one line end. */
static void unify_line_ends(struct buf *text)
{
	size_t n = 0;
	if (!text->n || !memchr(text->p, '\r', text->n))
		return;
	for (size_t i = 0; i < text->n; i++) {
		if (text->p[i] == '\r' && i + 1 < text->n && text->p[i + 1] == '\n')
			continue;
		text->p[n++] = text->p[i] == '\r' ? '\n' : text->p[i];
	}
	text->p[text->n = n] = '\0';
}

char *lint_content(const struct lint_node *node, size_t *n_whole)
{
	struct buf text = {0};
	for (struct span rest = node->inside; rest.n;) {
		size_t plain = span_find(rest, '<'), end = 0;
		markup_decode_entities(&text, span_make(rest.p, plain));
		rest = span_from(rest, plain);
		if (span_starts(rest, cdata)) {
			end = feed_xml_cdata_end(rest);
			buf_span(&text, span_make(rest.p + strlen(cdata), end - strlen(cdata)));
			end += strlen("]]>");
		} else if (rest.n) { /* a comment */
			end = span_find(rest, '>') + 1;
		}
		rest = span_from(rest, end);
	}
	unify_line_ends(&text);
	char *trimmed = span_dup(lines_trim(buf_view(&text)));
	if (n_whole)
		*n_whole = text.n;
	buf_finish(&text);
	return trimmed;
}

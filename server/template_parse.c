/* SPDX-License-Identifier: MIT */
#include "server/template_parse.h"

#include <stdlib.h>

#include "base/mem.h"
#include "server/assets.h"

enum { OPEN_MAX = 14 };

struct tag {
	struct span before; /* text up to it */
	char sign;          /* # ^ / > ! { or 0 */
	struct span name;
	size_t at;          /* of its braces in the text */
};

/* What is being taken apart. */
struct parse {
	struct span text;
	size_t at;
	struct template_nodes *nodes;
	size_t room;
	size_t open[OPEN_MAX]; /* sections whose end is still to come */
	int n_open;
	size_t counted;        /* bytes whose line ends are */
	int lines;             /* among them */
	struct why *why;
};

static enum err broken(const struct parse *p, size_t at, const char *what, struct span name)
{
	return why_at(p->why, E_FORMAT, span_line_at(p->text, at), 0, "%s {{%.*s}}; correct the template", what,
		(int)(name.n > 60 ? 60 : name.n), name.p ? name.p : "");
}

/* A tag alone on its line takes the line with it, as Mustache has it. */
static void take_line(const struct parse *p, struct tag *tag, size_t *after)
{
	size_t line_start = tag->at;
	while (line_start > p->at && (p->text.p[line_start - 1] == ' ' || p->text.p[line_start - 1] == '\t'))
		line_start--;
	bool alone = tag->sign && tag->sign != '{' && (line_start == 0 || p->text.p[line_start - 1] == '\n') &&
		*after < p->text.n && p->text.p[*after] == '\n';
	if (!alone)
		return;
	tag->before.n = line_start - p->at;
	(*after)++;
}

/* The next tag; E_GONE at the end. */
static enum err next_tag(struct parse *p, struct tag *tag)
{
	size_t open = span_search(p->text, SPAN_LITERAL("{{"), p->at);
	if (open == p->text.n)
		return E_GONE;
	bool triple = open + 2 < p->text.n && p->text.p[open + 2] == '{';
	struct span end = triple ? SPAN_LITERAL("}}}") : SPAN_LITERAL("}}");
	size_t close = span_search(p->text, end, open);
	if (close == p->text.n)
		return broken(p, open, "this tag has no end:", span_from(p->text, open + 2));
	struct span inside = span_trim(span_make(p->text.p + open + 2 + triple, close - open - 2 - triple));
	*tag = (struct tag){.before = span_make(p->text.p + p->at, open - p->at), .sign = triple ? '{' : '\0', .at = open};
	if (!triple && inside.n && strchr("#^/>!&", inside.p[0])) {
		tag->sign = inside.p[0] == '&' ? '{' : inside.p[0];
		inside = span_trim(span_from(inside, 1));
	}
	tag->name = inside;
	size_t after = close + end.n;
	take_line(p, tag, &after);
	p->at = after;
	return OK;
}

/* Nodes come in the text's order: it is gone through once. */
static int line_of(struct parse *p, size_t at)
{
	if (at < p->counted) {
		p->counted = 0;
		p->lines = 0;
	}
	p->lines += span_line_at(span_from(p->text, p->counted), at - p->counted) - 1;
	p->counted = at;
	return p->lines + 1;
}

static struct template_node *add_node(struct parse *p, enum template_node_kind kind, size_t at)
{
	struct template_nodes *nodes = p->nodes;
	if (nodes->n == p->room) {
		p->room = p->room ? p->room * 2 : 32;
		nodes->list = mem_grow(nodes->list, p->room, sizeof *nodes->list);
	}
	struct template_node *node = &nodes->list[nodes->n++];
	*node = (struct template_node){.kind = kind, .line = line_of(p, at)};
	return node;
}

static void add_text(struct parse *p, struct span text)
{
	if (text.n)
		add_node(p, NODE_TEXT, (size_t)(text.p - p->text.p))->text = text;
}

static enum err add_named(struct parse *p, enum template_node_kind kind, const struct tag *tag)
{
	if (!tag->name.n)
		return broken(p, tag->at, "no name in", tag->name);
	struct template_node *node = add_node(p, kind, tag->at);
	if (span_is(tag->name, "."))
		return OK;
	struct span rest = tag->name, part;
	while (span_next_piece(&rest, '.', &part)) {
		if (node->n_names == TEMPLATE_NAME_PARTS || !part.n)
			return broken(p, tag->at, "no such name:", tag->name);
		node->names[node->n_names++] = span_dup(part);
	}
	return OK;
}

static enum err add_asset(struct parse *p, const struct tag *tag)
{
	const struct asset *asset = asset_find(span_from(tag->name, strlen("asset:")));
	if (!asset || span_starts(span_of(asset->name), "templates/"))
		return broken(p, tag->at, "no such asset:", tag->name);
	add_node(p, NODE_ASSET, tag->at)->asset = asset;
	return OK;
}

static enum err open_section(struct parse *p, const struct tag *tag)
{
	if (p->n_open == OPEN_MAX)
		return broken(p, tag->at, "too many sections in each other:", tag->name);
	p->open[p->n_open++] = p->nodes->n;
	return add_named(p, tag->sign == '#' ? NODE_SECTION : NODE_INVERTED, tag);
}

/* Is it the name that the node has? */
static bool is_name_of(const struct template_node *node, struct span name)
{
	struct span part;
	if (node->n_names == 0)
		return span_is(name, ".");
	for (int i = 0; i < node->n_names; i++)
		if (!span_next_piece(&name, '.', &part) || !span_is(part, node->names[i]))
			return false;
	return name.n == 0;
}

static enum err close_section(struct parse *p, const struct tag *tag)
{
	if (p->n_open == 0)
		return broken(p, tag->at, "nothing is open that this could close:", tag->name);
	struct template_node *node = &p->nodes->list[p->open[--p->n_open]];
	if (!is_name_of(node, tag->name))
		return broken(p, tag->at, "another section is to be closed before", tag->name);
	node->end = p->nodes->n;
	return OK;
}

static enum err add_tag(struct parse *p, const struct tag *tag)
{
	switch (tag->sign) {
	case '!': return OK;
	case '#': case '^': return open_section(p, tag);
	case '/': return close_section(p, tag);
	case '>': return add_named(p, NODE_PARTIAL, tag);
	case '{': return add_named(p, NODE_RAW, tag);
	default: return span_starts(tag->name, "asset:") ? add_asset(p, tag) : add_named(p, NODE_VALUE, tag);
	}
}

enum err template_parse(struct span text, struct template_nodes *nodes, struct why *why)
{
	*nodes = (struct template_nodes){0};
	struct parse p = {.text = text, .nodes = nodes, .why = why};
	struct tag tag;
	enum err e;
	while ((e = next_tag(&p, &tag)) == OK) {
		add_text(&p, tag.before);
		if ((e = add_tag(&p, &tag)))
			break;
	}
	if (e == E_GONE) {
		e = OK;
		add_text(&p, span_from(text, p.at));
		if (p.n_open) {
			const struct template_node *node = &nodes->list[p.open[p.n_open - 1]];
			e = why_at(why, E_FORMAT, node->line, 0, "the section {{%s}} has no end; close it with {{/%s}}",
				node->n_names ? node->names[0] : ".", node->n_names ? node->names[0] : ".");
		}
	}
	if (e)
		template_nodes_finish(nodes);
	return e;
}

void template_nodes_finish(struct template_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		for (int k = 0; k < nodes->list[i].n_names; k++)
			free(nodes->list[i].names[k]);
	free(nodes->list);
	*nodes = (struct template_nodes){0};
}

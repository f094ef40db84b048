/* SPDX-License-Identifier: MIT */
#include "base/yaml_tree.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/mem.h"

enum { MAX_DEPTH = 32 };

static void add(struct yaml *parent, struct yaml *key, struct yaml *item)
{
	if ((parent->n & (parent->n - 1)) == 0) { /* 0, 1, 2, 4, 8 ... : double */
		size_t room = parent->n ? parent->n * 2 : 1;
		parent->items = mem_grow(parent->items, room, sizeof *parent->items);
		if (parent->kind == YAML_MAP)
			parent->keys = mem_grow(parent->keys, room, sizeof *parent->keys);
	}
	parent->items[parent->n] = item;
	if (parent->kind == YAML_MAP)
		parent->keys[parent->n] = key;
	parent->n++;
}

void yaml_delete(struct yaml *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->n; i++) { /* depth is bounded by MAX_DEPTH */
		yaml_delete(node->items[i]);
		if (node->kind == YAML_MAP)
			yaml_delete(node->keys[i]);
	}
	free((char *)node->text.p);
	free(node->items);
	free(node->keys);
	free(node);
}

/* What is open while events come in: the containers down to the current one, each map with a key that waits. */
struct builder {
	struct yaml *stack[MAX_DEPTH];
	struct yaml *keys[MAX_DEPTH];
	int depth;
	struct yaml *root;
	int first_line;
};

static enum err place(struct builder *b, struct yaml *node, struct why *why)
{
	if (b->depth == 0) {
		b->root = node;
		return OK;
	}
	struct yaml *parent = b->stack[b->depth - 1];
	struct yaml **key = &b->keys[b->depth - 1];
	if (parent->kind == YAML_LIST) {
		add(parent, NULL, node);
	} else if (!*key) {
		enum err e = OK;
		if (node->kind != YAML_SCALAR)
			e = why_at(why, E_FORMAT, node->line, 0, "a key must be a plain word");
		else if (yaml_get(parent, node->text.p))
			e = why_at(why, E_FORMAT, node->line, 0, "'%s' is there twice; keep one", node->text.p);
		if (e) {
			yaml_delete(node);
			return e;
		}
		*key = node;
	} else {
		add(parent, *key, node);
		*key = NULL;
	}
	return OK;
}

static enum err open_container(struct builder *b, enum yaml_kind kind, int line, struct why *why)
{
	if (b->depth == MAX_DEPTH)
		return why_at(why, E_LIMIT, line, 0, "nested deeper than %d levels", MAX_DEPTH);
	struct yaml *node = mem_new(1, sizeof *node);
	node->kind = kind;
	node->line = line;
	enum err e = place(b, node, why);
	if (e)
		return e;
	b->stack[b->depth] = node;
	b->keys[b->depth++] = NULL;
	return OK;
}

static enum err take_event(struct builder *b, const yaml_event_t *event, struct why *why)
{
	int line = (int)event->start_mark.line + b->first_line;
	switch (event->type) {
	case YAML_SCALAR_EVENT: {
		struct yaml *node = mem_new(1, sizeof *node);
		node->kind = YAML_SCALAR;
		node->line = line;
		node->text.n = event->data.scalar.length;
		node->text.p = span_dup(span_make((const char *)event->data.scalar.value, node->text.n));
		node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		if (memchr(node->text.p, '\0', node->text.n)) {
			yaml_delete(node);
			return why_at(why, E_FORMAT, line, 0, "a NUL byte in a value; remove it");
		}
		return place(b, node, why);
	}
	case YAML_SEQUENCE_START_EVENT: return open_container(b, YAML_LIST, line, why);
	case YAML_MAPPING_START_EVENT: return open_container(b, YAML_MAP, line, why);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: b->depth--; return OK;
	case YAML_ALIAS_EVENT: return why_at(why, E_FORMAT, line, 0, "aliases (*name) aren't supported; write it out");
	default: return OK;
	}
}

struct yaml *yaml_parse(struct span text, int first_line, struct why *why)
{
	struct builder b = {.first_line = first_line};
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
	enum err e = OK;
	bool done = false;
	while (!e && !done) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			e = why_at(why, E_FORMAT, (int)parser.problem_mark.line + first_line, (int)parser.problem_mark.column + 1,
				"not YAML: %s", parser.problem ? parser.problem : "unreadable");
			break;
		}
		/* One document only: what follows a second '---' isn't ours. */
		done = event.type == YAML_STREAM_END_EVENT || event.type == YAML_DOCUMENT_END_EVENT;
		e = take_event(&b, &event, why);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	for (int i = 0; i < b.depth; i++)
		yaml_delete(b.keys[i]);
	if (e) {
		yaml_delete(b.root);
		return NULL;
	}
	if (!b.root || yaml_is_none(b.root)) {
		yaml_delete(b.root);
		b.root = mem_new(1, sizeof *b.root);
		b.root->kind = YAML_MAP;
		b.root->line = first_line;
	}
	return b.root;
}

const struct yaml *yaml_get(const struct yaml *node, const char *key)
{
	if (!node || node->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < node->n; i++)
		if (span_is(node->keys[i]->text, key))
			return node->items[i];
	return NULL;
}

bool yaml_is_none(const struct yaml *node)
{
	return !node || (node->kind == YAML_SCALAR && !node->quoted &&
		(node->text.n == 0 || span_is(node->text, "~") || span_is(node->text, "null")));
}

struct span yaml_text(const struct yaml *node)
{
	return node && node->kind == YAML_SCALAR && !yaml_is_none(node) ? node->text : (struct span){"", 0};
}

bool yaml_bool(const struct yaml *node, bool *out)
{
	static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
	struct span s = yaml_text(node);
	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		if (span_equal_nocase(s, span_of(yes[i])))
			return *out = true, true;
		if (span_equal_nocase(s, span_of(no[i])))
			return *out = false, true;
	}
	return false;
}

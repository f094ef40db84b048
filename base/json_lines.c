/* SPDX-License-Identifier: MIT */
#include "base/json_lines.h"

#include <stdlib.h>

#include "base/mem.h"

struct place {
	const cJSON *item;
	int line;
};

struct json_lines {
	struct place *places; /* by address */
	size_t n;
};

static int by_address(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	return left->item < right->item ? -1 : left->item > right->item;
}

/* Gives the text's values out one after another, in the order in which they begin; keys aren't values. */
struct scan {
	const char *p, *end;
	int line;
	bool in_object[JSON_MAX_DEPTH + 1];
	bool wants_key; /* the next string is a key */
	int depth;
};

static void skip_string(struct scan *s)
{
	for (s->p++; s->p < s->end && *s->p != '"'; s->p++) {
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		s->line += *s->p == '\n';
	}
	s->p += s->p < s->end;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
}

static void enter(struct scan *s, bool object)
{
	s->p++;
	if (s->depth < JSON_MAX_DEPTH)
		s->depth++;
	s->in_object[s->depth] = object;
	s->wants_key = object;
}

static int next_value(struct scan *s)
{
	while (s->p < s->end) {
		char c = *s->p;
		int line = s->line;
		if (c == '"') {
			bool is_key = s->wants_key;
			s->wants_key = false;
			skip_string(s);
			if (!is_key)
				return line;
		} else if (c == '{' || c == '[') {
			enter(s, c == '{');
			return line;
		} else if (is_word(c)) {
			while (s->p < s->end && is_word(*s->p))
				s->p++;
			return line;
		} else {
			if (c == ',')
				s->wants_key = s->in_object[s->depth];
			if ((c == '}' || c == ']') && s->depth > 0)
				s->depth--;
			if (c == '\n' || (c == '\r' && !(s->p + 1 < s->end && s->p[1] == '\n')))
				s->line++;
			s->p++;
		}
	}
	return s->line;
}

/* The value that begins next in the text. stack: the values around it. */
static const cJSON *next_item(const cJSON *item, const cJSON *stack[JSON_MAX_DEPTH + 2], int *depth)
{
	if (item->child && *depth <= JSON_MAX_DEPTH) {
		stack[(*depth)++] = item;
		return item->child;
	}
	while (item && !item->next)
		item = *depth > 0 ? stack[--*depth] : NULL;
	return item ? item->next : NULL;
}

struct json_lines *json_lines_create(struct span text, const cJSON *tree)
{
	struct json_lines *l = mem_new(1, sizeof *l);
	struct scan s = {.p = text.p, .end = text.p + text.n, .line = 1};
	const cJSON *stack[JSON_MAX_DEPTH + 2];
	int depth = 0;
	for (const cJSON *item = tree; item; item = next_item(item, stack, &depth)) {
		if ((l->n & (l->n - 1)) == 0)
			l->places = mem_grow(l->places, l->n ? l->n * 2 : 1, sizeof *l->places);
		l->places[l->n++] = (struct place){item, next_value(&s)};
	}
	if (l->n)
		qsort(l->places, l->n, sizeof *l->places, by_address);
	return l;
}

void json_lines_destroy(struct json_lines *l)
{
	if (!l)
		return;
	free(l->places);
	free(l);
}

int json_lines_find(const struct json_lines *l, const cJSON *item)
{
	struct place wanted = {.item = item};
	const struct place *found = l->n ? bsearch(&wanted, l->places, l->n, sizeof *l->places, by_address) : NULL;
	return found ? found->line : 1;
}

/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/hashtag.h"
#include "server/mapping_program.h"
#include "server/quantity.h"
#include "server/wiki_words.h"

enum { NUMBER_ROOM = 40 };

/* --- texts that are made --- */

char *run_text(struct run *r, size_t n)
{
	if (r->n_texts == r->texts_room) {
		r->texts_room = r->texts_room ? 2 * r->texts_room : 8;
		r->texts = mem_grow(r->texts, r->texts_room, sizeof *r->texts);
		for (size_t i = r->n_texts; i < r->texts_room; i++)
			r->texts[i] = (struct buf){0};
	}
	struct buf *text = &r->texts[r->n_texts++];
	buf_clear(text);
	buf_reserve(text, n + 1);
	return text->p;
}

void run_clear(struct run *r)
{
	r->n_texts = 0; /* the blocks stay for the next message */
}

void run_finish(struct run *r)
{
	for (size_t i = 0; i < r->texts_room; i++)
		buf_finish(&r->texts[i]);
	free(r->texts);
}

/* --- where a pointer leads --- */

/* The same as json_get, for many look-ups a message: most names differ in their first letter. */
static const cJSON *member(const cJSON *object, const char *name)
{
	const cJSON *child = cJSON_IsObject(object) ? object->child : NULL;
	while (child && (child->string[0] != name[0] || strcmp(child->string, name) != 0))
		child = child->next;
	return child;
}

static const cJSON *step(const cJSON *node, const char *name)
{
	int64_t index;
	if (!cJSON_IsArray(node))
		return member(node, name);
	if (!span_to_i64(span_of(name), &index) || index < 0 || index > INT32_MAX)
		return NULL;
	return cJSON_GetArrayItem(node, (int)index);
}

const cJSON *path_find(const struct run *r, const struct path *path)
{
	const cJSON *node = path->of_message ? r->message : r->part;
	for (size_t i = 0; node && i < path->n; i++)
		node = step(node, path->names[i]);
	return node;
}

/* Calls found for each node that a path with stars leads to; false when it leads nowhere. The recursion is as deep as
 * the path is long. */
static bool find_all(const cJSON *node, const struct path *path, size_t at, void (*found)(void *, const cJSON *), void *data)
{
	for (; node && at < path->n; at++) {
		if (strcmp(path->names[at], "*") == 0) {
			const cJSON *item;
			if (!cJSON_IsArray(node))
				return false;
			cJSON_ArrayForEach(item, node)
				(void)find_all(item, path, at + 1, found, data);
			return true;
		}
		node = step(node, path->names[at]);
	}
	if (node)
		found(data, node);
	return node != NULL;
}

/* --- what a value is --- */

static struct value of_node(const cJSON *node)
{
	if (!node || cJSON_IsNull(node))
		return (struct value){VALUE_IS_NOTHING};
	return (struct value){VALUE_IS_NODE, .node = node};
}

static struct value of_text(struct span text)
{
	return (struct value){VALUE_IS_TEXT, .text = text};
}

static struct value of_number(double number)
{
	return isfinite(number) ? (struct value){VALUE_IS_NUMBER, .number = number} : (struct value){VALUE_IS_NOTHING};
}

/* A whole number beyond 2^53 isn't exact any more: what it would be taken for may be another's. */
static bool number_text(struct run *r, double number, struct span *out)
{
	char *room = run_text(r, NUMBER_ROOM);
	bool whole = number == floor(number);
	if (whole && !(fabs(number) <= 9007199254740992.0))
		return false;
	int n = whole ? snprintf(room, NUMBER_ROOM, "%lld", (long long)number) : snprintf(room, NUMBER_ROOM, "%.15g", number);
	*out = span_make(room, (size_t)n);
	return true;
}

bool value_plain_text(struct run *r, const struct value *v, struct span *out)
{
	switch (v->kind) {
	case VALUE_IS_TEXT: *out = v->text; return true;
	case VALUE_IS_NUMBER: return number_text(r, v->number, out);
	case VALUE_IS_NODE: break;
	case VALUE_IS_NOTHING: return false;
	}
	if (cJSON_IsBool(v->node)) {
		*out = cJSON_IsTrue(v->node) ? SPAN_LITERAL("true") : SPAN_LITERAL("false");
		return true;
	}
	if (cJSON_IsNumber(v->node))
		return number_text(r, v->node->valuedouble, out);
	*out = json_string(v->node);
	return out->n > 0;
}

bool value_text(struct run *r, const struct value *v, struct span *out)
{
	if (v->kind == VALUE_IS_NODE && r->mapping->strict && !cJSON_IsString(v->node))
		return false;
	return value_plain_text(r, v, out);
}

static bool text_number(struct span text, double *out)
{
	return span_to_double(text, out) || quantity_parse(text, out);
}

bool value_number(const struct run *r, const struct value *v, double *out)
{
	switch (v->kind) {
	case VALUE_IS_TEXT: return text_number(v->text, out);
	case VALUE_IS_NUMBER: *out = v->number; return true;
	case VALUE_IS_NODE: break;
	case VALUE_IS_NOTHING: return false;
	}
	if (cJSON_IsNumber(v->node)) {
		*out = v->node->valuedouble;
		return isfinite(*out);
	}
	return !r->mapping->strict && cJSON_IsString(v->node) && text_number(json_string(v->node), out);
}

/* Seconds or milliseconds: as seconds 1e11 is the year 5138, as milliseconds it is 1973. */
static bool number_time(double number, int64_t *ms)
{
	if (!(fabs(number) < 253402300800e3)) /* the year 10000, as time_parse has it */
		return false;
	*ms = (int64_t)(fabs(number) < 1e11 ? number * 1000.0 : number);
	return true;
}

bool value_time(const struct run *r, const struct value *v, int64_t *ms)
{
	double number;
	if (value_number(r, v, &number))
		return number_time(number, ms);
	struct span text = v->kind == VALUE_IS_TEXT ? v->text : json_string(v->kind == VALUE_IS_NODE ? v->node : NULL);
	return text.n && time_parse(text, ms) == OK;
}

bool value_is_true(const struct value *v)
{
	return v->kind == VALUE_IS_NODE ? cJSON_IsTrue(v->node) : v->kind == VALUE_IS_TEXT && span_is(v->text, "true");
}

bool value_is_false(const struct value *v)
{
	return v->kind == VALUE_IS_NODE ? cJSON_IsFalse(v->node) : v->kind == VALUE_IS_TEXT && span_is(v->text, "false");
}

static bool has_scheme(struct span s, const char *scheme)
{
	size_t n = strlen(scheme);
	return s.n >= n && span_equal_nocase(span_make(s.p, n), span_make(scheme, n));
}

bool is_web_url(struct span s)
{
	if (!has_scheme(s, "http://") && !has_scheme(s, "https://"))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c == '"' || c == '<' || c == '>' || c == 0x7F)
			return false;
	}
	return true;
}

bool value_exists(const struct value *v)
{
	if (v->kind != VALUE_IS_NODE)
		return v->kind != VALUE_IS_NOTHING;
	return !cJSON_IsString(v->node) || v->node->valuestring[0];
}

static bool is_usable(struct run *r, const struct value *v, enum want want)
{
	struct span text;
	double number;
	int64_t ms;
	switch (want) {
	case WANT_ANYTHING: return value_exists(v);
	case WANT_TEXT: return value_text(r, v, &text);
	case WANT_NUMBER: return value_number(r, v, &number);
	case WANT_TIME: return value_time(r, v, &ms);
	case WANT_URL: return value_text(r, v, &text) && is_web_url(text);
	}
	return false;
}

/* --- operations --- */

static struct value first_usable(struct run *r, const struct expression *x, enum want want)
{
	for (size_t i = 0; i < x->n; i++) {
		struct value v = value_of(r, x->items[i], want);
		if (is_usable(r, &v, want))
			return v;
	}
	return (struct value){VALUE_IS_NOTHING};
}

/* Nothing when a part is missing. */
static struct value join(struct run *r, const struct expression *x)
{
	struct span parts[JOIN_MAX];
	size_t n = 0;
	for (size_t i = 0; i < x->n; i++) {
		struct value v = value_of(r, x->items[i], WANT_TEXT);
		if (!value_text(r, &v, &parts[i]))
			return (struct value){VALUE_IS_NOTHING};
		n += parts[i].n;
	}
	char *room = run_text(r, n);
	size_t at = 0;
	for (size_t i = 0; i < x->n; i++) {
		if (parts[i].n)
			memcpy(room + at, parts[i].p, parts[i].n);
		at += parts[i].n;
	}
	return of_text(span_make(room, n));
}

static struct value arithmetic(struct run *r, const struct expression *x)
{
	double number[2];
	for (int i = 0; i < 2; i++) {
		struct value v = value_of(r, x->items[i], WANT_NUMBER);
		if (!value_number(r, &v, &number[i]))
			return (struct value){VALUE_IS_NOTHING};
	}
	switch (x->op) {
	case VALUE_ADD: return of_number(number[0] + number[1]);
	case VALUE_SUBTRACT: return of_number(number[0] - number[1]);
	case VALUE_MULTIPLY: return of_number(number[0] * number[1]);
	default: return of_number(number[0] / number[1]);
	}
}

struct adding {
	const struct run *run;
	double sum, count;
};

static void add_one(void *data, const cJSON *node)
{
	struct adding *a = data;
	struct value v = of_node(node);
	double number;
	if (value_number(a->run, &v, &number))
		a->sum += number;
	a->count++;
}

static struct value add_all(struct run *r, const struct expression *x)
{
	struct adding a = {.run = r};
	const cJSON *from = x->path.of_message ? r->message : r->part;
	if (!find_all(from, &x->path, 0, add_one, &a))
		return (struct value){VALUE_IS_NOTHING};
	return of_number(x->op == VALUE_SUM ? a.sum : a.count);
}

static struct value choose(struct run *r, const struct expression *x, enum want want)
{
	struct value v = value_of(r, x->items[0], WANT_ANYTHING);
	struct span text;
	size_t n_keys = x->n - 2;
	if (value_plain_text(r, &v, &text))
		for (size_t i = 0; i < n_keys; i++)
			if (span_equal(text, x->keys[i]))
				return value_of(r, x->items[1 + i], want);
	const struct expression *otherwise = x->items[x->n - 1];
	return otherwise ? value_of(r, otherwise, want) : (struct value){VALUE_IS_NOTHING};
}

static struct value of_field(const struct run *r, enum mapping_field field)
{
	const struct event *ev = &r->event;
	const struct span *texts[FIELDS] = {
		[FIELD_CHANNEL] = &ev->channel, [FIELD_KIND] = &ev->kind, [FIELD_NAMESPACE] = &ev->namespace_,
		[FIELD_ENTITY] = &ev->entity, [FIELD_ACTOR] = &ev->actor, [FIELD_UNIT] = &ev->unit, [FIELD_LABEL] = &ev->label,
		[FIELD_SUMMARY] = &ev->summary, [FIELD_URL] = &ev->url, [FIELD_ID] = &ev->id,
	};
	return texts[field] && texts[field]->n ? of_text(*texts[field]) : (struct value){VALUE_IS_NOTHING};
}

static struct value wiki_of(struct run *r, const struct expression *x)
{
	struct value v = value_of(r, x->items[0], WANT_TEXT);
	struct span host, wiki;
	if (!value_text(r, &v, &host))
		return (struct value){VALUE_IS_NOTHING};
	char *room = run_text(r, host.n + WIKI_OF_HOST_MORE);
	wiki = wiki_of_host(host, room);
	return wiki.n ? of_text(wiki) : (struct value){VALUE_IS_NOTHING};
}

/* Only what is it by itself, not what can be read as one. */
static struct value only(struct run *r, const struct expression *x)
{
	struct value v = value_of(r, x->items[0], WANT_ANYTHING);
	int64_t whole;
	const cJSON *node = v.kind == VALUE_IS_NODE ? v.node : NULL;
	bool fits = x->op == VALUE_TEXT ? cJSON_IsString(node) : x->op == VALUE_NUMBER ? cJSON_IsNumber(node) :
		json_i64(node, &whole);
	if (!fits)
		return (struct value){VALUE_IS_NOTHING};
	return x->op == VALUE_TEXT ? of_node(node) : of_number(node->valuedouble);
}

struct value value_of(struct run *r, const struct expression *x, enum want want)
{
	switch (x->op) {
	case VALUE_CONSTANT: return of_text(x->constant);
	case VALUE_PATH: return of_node(path_find(r, &x->path));
	case VALUE_FIRST: return first_usable(r, x, want);
	case VALUE_JOIN: return join(r, x);
	case VALUE_ADD:
	case VALUE_SUBTRACT:
	case VALUE_MULTIPLY:
	case VALUE_DIVIDE: return arithmetic(r, x);
	case VALUE_SUM:
	case VALUE_COUNT: return add_all(r, x);
	case VALUE_CHOOSE: return choose(r, x, want);
	case VALUE_IF:
		if (test_passes(r, x->test))
			return value_of(r, x->items[0], want);
		return x->items[1] ? value_of(r, x->items[1], want) : (struct value){VALUE_IS_NOTHING};
	case VALUE_FIELD: return of_field(r, x->field);
	case VALUE_RECEIVED: return of_number((double)r->received_ms);
	case VALUE_TEXT:
	case VALUE_NUMBER:
	case VALUE_INTEGER: return only(r, x);
	case VALUE_WIKI_OF_HOST: return wiki_of(r, x);
	case VALUE_HASHTAGS: return value_of(r, x->items[0], WANT_TEXT); /* the tags in it are read where tags are */
	}
	return (struct value){VALUE_IS_NOTHING};
}

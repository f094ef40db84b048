/* SPDX-License-Identifier: MIT */
#include "server/template.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "server/assets.h"

enum { STACK_MAX = 16 };

/* Where names are looked up: innermost last. */
struct context {
	const cJSON *stack[STACK_MAX];
	int n;
	const char *name; /* of the template, for messages */
};

static _Noreturn void broken(const struct context *c, const char *what, struct span tag)
{
	fprintf(stderr, "carillon: bug: web/templates/%s.html: %s {{%.*s}}\n", c->name, what, SPAN_ARG(tag));
	abort();
}

static const cJSON *member(const cJSON *object, struct span name)
{
	char key[64];
	if (name.n >= sizeof key)
		return NULL;
	memcpy(key, name.p, name.n);
	key[name.n] = '\0';
	return json_get(object, key);
}

static const cJSON *look_up(const struct context *c, struct span name)
{
	if (span_is(name, "."))
		return c->stack[c->n - 1];
	struct span first;
	span_next_piece(&name, '.', &first);
	const cJSON *found = NULL;
	for (int i = c->n - 1; i >= 0 && !found; i--)
		found = member(c->stack[i], first);
	struct span next;
	while (found && span_next_piece(&name, '.', &next))
		found = member(found, next);
	return found;
}

static bool is_true(const cJSON *value)
{
	if (!value || cJSON_IsNull(value) || cJSON_IsFalse(value))
		return false;
	if (cJSON_IsString(value))
		return value->valuestring[0] != '\0';
	if (cJSON_IsArray(value))
		return cJSON_GetArraySize(value) > 0;
	return true;
}

static void write_value(const cJSON *value, bool raw, struct buf *out)
{
	if (cJSON_IsNumber(value)) {
		struct json_writer w;
		json_begin(&w, out);
		json_number(&w, value->valuedouble);
	} else if (cJSON_IsString(value) && raw) {
		buf_text(out, value->valuestring);
	} else if (cJSON_IsString(value)) {
		escape_html(out, span_of(value->valuestring));
	}
}

static void write_asset(const struct context *c, struct span name, struct buf *out)
{
	const struct asset *asset = asset_find(name);
	if (!asset)
		broken(c, "no such asset", name);
	buf_format(out, "/assets/%s/%s", asset->digest, asset->name);
}

struct tag {
	struct span before; /* text up to it */
	char sign;          /* # ^ / > ! { or 0 */
	struct span name;
};

/* Cuts text up to and with the next tag off *rest; false when there is no further tag. A tag alone on its line takes the
 * line with it, as Mustache has it. */
static bool next_tag(const struct context *c, struct span *rest, struct tag *tag)
{
	size_t open = span_search(*rest, SPAN_LITERAL("{{"), 0);
	if (open == rest->n)
		return false;
	bool triple = open + 2 < rest->n && rest->p[open + 2] == '{';
	struct span end = triple ? SPAN_LITERAL("}}}") : SPAN_LITERAL("}}");
	size_t close = span_search(*rest, end, open);
	if (close == rest->n)
		broken(c, "unclosed", span_from(*rest, open));
	struct span inside = span_trim(span_make(rest->p + open + 2 + triple, close - open - 2 - triple));
	tag->before = span_make(rest->p, open);
	tag->sign = triple ? '{' : '\0';
	if (!triple && inside.n && strchr("#^/>!", inside.p[0])) {
		tag->sign = inside.p[0];
		inside = span_trim(span_from(inside, 1));
	}
	tag->name = inside;
	size_t after = close + end.n;
	size_t line_start = open;
	while (line_start > 0 && (rest->p[line_start - 1] == ' ' || rest->p[line_start - 1] == '\t'))
		line_start--;
	bool alone = tag->sign && tag->sign != '{' && (line_start == 0 || rest->p[line_start - 1] == '\n') &&
		after < rest->n && rest->p[after] == '\n';
	if (alone) {
		tag->before.n = line_start;
		after++;
	}
	*rest = span_from(*rest, after);
	return true;
}

/* The body of a section: *rest stands after its opening tag and is moved past its closing one. */
static struct span section_body(const struct context *c, struct span *rest, struct span name)
{
	const char *start = rest->p;
	int depth = 1;
	struct tag tag;
	while (next_tag(c, rest, &tag)) {
		if (tag.sign == '#' || tag.sign == '^')
			depth++;
		if (tag.sign == '/' && --depth == 0) {
			if (!span_equal(tag.name, name))
				broken(c, "closes another section:", tag.name);
			return span_make(start, (size_t)(tag.before.p + tag.before.n - start));
		}
	}
	broken(c, "no end of section", name);
}

static void render(struct context *c, struct span text, struct buf *out);

static void render_with(struct context *c, struct span body, const cJSON *value, struct buf *out)
{
	ASSERT(c->n < STACK_MAX);
	c->stack[c->n++] = value;
	render(c, body, out);
	c->n--;
}

static void render_section(struct context *c, const struct tag *tag, struct span body, struct buf *out)
{
	const cJSON *value = look_up(c, tag->name);
	if (tag->sign == '^') {
		if (!is_true(value))
			render(c, body, out);
		return;
	}
	if (!is_true(value))
		return;
	if (!cJSON_IsArray(value)) {
		render_with(c, body, value, out);
		return;
	}
	const cJSON *item;
	cJSON_ArrayForEach(item, value)
		render_with(c, body, item, out);
}

static struct span template_text(const char *name)
{
	char path[96];
	snprintf(path, sizeof path, "templates/%s.html", name);
	const struct asset *asset = asset_find(span_of(path));
	if (!asset) {
		fprintf(stderr, "carillon: bug: no web/%s\n", path);
		abort();
	}
	return asset->bytes;
}

static void render_partial(struct context *c, struct span name, struct buf *out)
{
	char *partial = span_dup(name);
	const char *outer = c->name;
	c->name = partial;
	render(c, template_text(partial), out);
	c->name = outer;
	free(partial);
}

static void render(struct context *c, struct span text, struct buf *out)
{
	struct tag tag;
	while (next_tag(c, &text, &tag)) {
		buf_span(out, tag.before);
		switch (tag.sign) {
		case '!': break;
		case '#': case '^': render_section(c, &tag, section_body(c, &text, tag.name), out); break;
		case '>': render_partial(c, tag.name, out); break;
		case '/': broken(c, "nothing to close:", tag.name);
		default:
			if (span_starts(tag.name, "asset:"))
				write_asset(c, span_from(tag.name, 6), out);
			else
				write_value(look_up(c, tag.name), tag.sign == '{', out);
		}
	}
	buf_span(out, text);
}

void template_render(const char *name, const cJSON *data, struct buf *out)
{
	struct context c = {.stack = {data}, .n = 1, .name = name};
	render(&c, template_text(name), out);
}

void template_page(const char *name, const cJSON *data, struct buf *out)
{
	struct buf content = {0};
	template_render(name, data, &content);
	cJSON *inner = cJSON_CreateObject();
	cJSON_AddStringToObject(inner, "content", content.p ? content.p : "");
	struct context c = {.stack = {data, inner}, .n = 2, .name = "layout"};
	render(&c, template_text("layout"), out);
	cJSON_Delete(inner);
	buf_finish(&content);
}

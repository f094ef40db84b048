/* SPDX-License-Identifier: MIT */
#include "server/template.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/assets.h"
#include "server/template_parse.h"

enum {
	STACK_MAX = 32,          /* objects in each other while a page is rendered */
	DEPTH_MAX = 24,          /* of sections and parts in each other, over all templates */
	TEMPLATE_BYTES_MAX = 1 << 20,
	USUAL_BYTES = 16 << 10,  /* of a page */
};

struct template {
	char *name;
	struct template_nodes built_in, own; /* own.list NULL: it isn't overridden */
	struct buf text;         /* the own one's */
	char *file;              /* the own one's */
	int depth;               /* 0: not known yet; -1: being found out */
};

struct templates {
	struct template *list;   /* by name */
	size_t n;
	uint64_t hash;
};

static struct template *find(const struct templates *t, const char *name)
{
	size_t low = 0, high = t->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, t->list[middle].name);
		if (order == 0)
			return &t->list[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const struct template_nodes *nodes_of(const struct template *template)
{
	return template->own.list ? &template->own : &template->built_in;
}

/* ---- loading ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct template *)a)->name, ((const struct template *)b)->name);
}

static struct template *add(struct templates *t, struct span name)
{
	t->list = mem_grow(t->list, t->n + 1, sizeof *t->list);
	struct template *template = &t->list[t->n++];
	*template = (struct template){.name = span_dup(name)};
	return template;
}

static _Noreturn void broken_built_in(const char *name, const struct why *why)
{
	fprintf(stderr, "carillon: bug: web/templates/%s.html:%d: %s\n", name, why->line, why->text);
	abort();
}

static void add_built_in(struct templates *t)
{
	static const char folder[] = "templates/", ending[] = ".html";
	for (size_t i = 0; i < n_assets; i++) {
		struct span name = span_of(assets[i].name);
		if (!span_starts(name, folder) || !span_ends(name, ending))
			continue;
		name = span_from(name, strlen(folder));
		struct template *template = add(t, span_make(name.p, name.n - strlen(ending)));
		struct why why = {0};
		if (template_parse(assets[i].bytes, &template->built_in, &why))
			broken_built_in(template->name, &why);
	}
	qsort(t->list, t->n, sizeof *t->list, by_name);
}

static void read_own(struct templates *t, const char *folder, const char *file_name, template_fault *fault, void *data)
{
	struct span stem = file_stem(file_name);
	char *name = span_dup(stem), *path = file_join(folder, file_name);
	struct template *template = find(t, name);
	struct why why = {0};
	if (!template) {
		add(t, stem);
		qsort(t->list, t->n, sizeof *t->list, by_name);
		template = find(t, name);
	}
	enum err e = file_read(path, TEMPLATE_BYTES_MAX, &template->text, &why);
	if (!e)
		e = template_parse(buf_view(&template->text), &template->own, &why);
	if (e)
		fault(data, path, why.line, why.text);
	template->file = path;
	t->hash = (t->hash ^ span_hash(stem)) * 31 ^ span_hash(buf_view(&template->text));
	free(name);
}

static void add_own(struct templates *t, const char *site, template_fault *fault, void *data)
{
	char *folder = file_join(site, "templates"), **names;
	size_t n;
	if (file_list(folder, &names, &n, NULL) == OK) {
		for (size_t i = 0; i < n; i++)
			if (names[i][0] != '.' && span_is(file_ending(names[i]), "html"))
				read_own(t, folder, names[i], fault, data);
		file_list_free(names, n);
	}
	free(folder);
}

/* What goes wrong with which template. */
struct trouble {
	struct template *template;
	struct why why;
};

static int give_up(struct template *template, struct trouble *trouble, int line, const char *what)
{
	template->depth = 0;
	if (!trouble->template) {
		trouble->template = template;
		why_at(&trouble->why, E_FORMAT, line, 0, "%s", what);
	}
	return 0;
}

/* How deep sections and parts go from here; 0 when a part is missing, or is part of itself. */
static int depth_of(struct templates *t, struct template *template, struct trouble *trouble)
{
	const struct template_nodes *nodes = nodes_of(template);
	size_t ends[DEPTH_MAX];
	int n_open = 0, most = 1;
	if (template->depth > 0)
		return template->depth;
	template->depth = -1;
	for (size_t i = 0; i < nodes->n; i++) {
		const struct template_node *node = &nodes->list[i];
		while (n_open && ends[n_open - 1] <= i)
			n_open--;
		int here = n_open + 1;
		if (node->kind == NODE_SECTION || node->kind == NODE_INVERTED) {
			ends[n_open++] = node->end;
		} else if (node->kind == NODE_PARTIAL) {
			struct template *part = find(t, node->n_names ? node->names[0] : "");
			if (!part || !nodes_of(part)->list)
				return give_up(template, trouble, node->line, "there is no such part; parts are templates/NAME.html");
			int below = part->depth < 0 ? 0 : depth_of(t, part, trouble);
			if (!below)
				return give_up(template, trouble, node->line, "this template is part of itself; leave the part out");
			here += below;
		}
		most = here > most ? here : most;
	}
	template->depth = most;
	return most <= DEPTH_MAX ? most : give_up(template, trouble, 1, "sections and parts go too deep; make it flatter");
}

/* What an own one includes is only known when all are read. One that goes wrong is let go, and all are looked at again:
 * others may have included it. */
static void check_parts(struct templates *t, template_fault *fault, void *data)
{
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < t->n; i++)
			t->list[i].depth = 0;
		for (size_t i = 0; i < t->n && !again; i++) {
			struct template *template = &t->list[i];
			struct trouble trouble = {0};
			if (!nodes_of(template)->list || depth_of(t, template, &trouble))
				continue;
			template = trouble.template && trouble.template->own.list ? trouble.template : template;
			/* A built-in one that includes a broken own one: that one's turn comes. */
			if (!template->own.list)
				continue;
			fault(data, template->file, trouble.why.line, trouble.why.text);
			template_nodes_finish(&template->own);
			again = true;
		}
	}
}

struct templates *templates_load(const char *site, template_fault *fault, void *data)
{
	struct templates *t = mem_new(1, sizeof *t);
	add_built_in(t);
	if (site)
		add_own(t, site, fault, data);
	check_parts(t, fault, data);
	return t;
}

void templates_free(struct templates *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		struct template *template = &t->list[i];
		template_nodes_finish(&template->built_in);
		template_nodes_finish(&template->own);
		buf_finish(&template->text);
		free(template->file);
		free(template->name);
	}
	free(t->list);
	free(t);
}

uint64_t templates_hash(const struct templates *t)
{
	return t->hash;
}

/* ---- rendering ---- */

/* Where names are looked up: innermost last. */
struct context {
	const struct templates *templates;
	const cJSON *stack[STACK_MAX];
	int n;
};

static const cJSON *look_up(const struct context *c, const struct template_node *node)
{
	if (node->n_names == 0)
		return c->stack[c->n - 1];
	const cJSON *found = NULL;
	for (int i = c->n - 1; i >= 0 && !found; i--)
		found = json_get(c->stack[i], node->names[0]);
	for (int i = 1; i < node->n_names && found; i++)
		found = json_get(found, node->names[i]);
	return found;
}

static bool is_true(const cJSON *value)
{
	if (!value || cJSON_IsNull(value) || cJSON_IsFalse(value))
		return false;
	if (cJSON_IsString(value))
		return value->valuestring[0] != '\0';
	if (cJSON_IsArray(value))
		return value->child != NULL;
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

static void render(struct context *c, const struct template_node *list, size_t from, size_t end, struct buf *out);

/* Goes no deeper than DEPTH_MAX: check_parts has looked. */
static void render_with(struct context *c, const struct template_node *list, size_t section, const cJSON *value,
	struct buf *out)
{
	ASSERT(c->n < STACK_MAX);
	c->stack[c->n++] = value;
	render(c, list, section + 1, list[section].end, out);
	c->n--;
}

static void render_section(struct context *c, const struct template_node *list, size_t section, struct buf *out)
{
	const cJSON *value = look_up(c, &list[section]), *item;
	bool wanted = list[section].kind == NODE_SECTION;
	if (is_true(value) != wanted)
		return;
	if (!wanted)
		render(c, list, section + 1, list[section].end, out);
	else if (!cJSON_IsArray(value))
		render_with(c, list, section, value, out);
	else
		cJSON_ArrayForEach(item, value)
			render_with(c, list, section, item, out);
}

static void render_template(struct context *c, const char *name, struct buf *out)
{
	const struct template *template = find(c->templates, name);
	ASSERT(template);
	const struct template_nodes *nodes = nodes_of(template);
	render(c, nodes->list, 0, nodes->n, out);
}

static void render(struct context *c, const struct template_node *list, size_t from, size_t end, struct buf *out)
{
	for (size_t i = from; i < end; i++) {
		const struct template_node *node = &list[i];
		switch (node->kind) {
		case NODE_TEXT: buf_span(out, node->text); break;
		case NODE_VALUE: write_value(look_up(c, node), false, out); break;
		case NODE_RAW: write_value(look_up(c, node), true, out); break;
		case NODE_ASSET: buf_format(out, "/assets/%s/%s", node->asset->digest, node->asset->name); break;
		case NODE_PARTIAL: render_template(c, node->names[0], out); break;
		case NODE_SECTION: case NODE_INVERTED:
			render_section(c, list, i, out);
			i = node->end - 1;
			break;
		}
	}
}

static struct templates *only_built_in;

static void load_built_in(void)
{
	only_built_in = templates_load(NULL, NULL, NULL);
}

static const struct templates *or_built_in(const struct templates *t)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if (!t)
		pthread_once(&once, load_built_in);
	return t ? t : only_built_in;
}

void template_render(const struct templates *t, const char *name, const cJSON *data, struct buf *out)
{
	struct context c = {.templates = or_built_in(t), .stack = {data}, .n = 1};
	render_template(&c, name, out);
}

void template_page(const struct templates *t, const char *name, const cJSON *data, struct buf *out)
{
	struct buf content = {0};
	buf_reserve(&content, USUAL_BYTES);
	template_render(t, name, data, &content);
	cJSON *inner = cJSON_CreateObject();
	cJSON_AddItemToObject(inner, "content", cJSON_CreateStringReference(content.p ? content.p : ""));
	struct context c = {.templates = or_built_in(t), .stack = {data, inner}, .n = 2};
	render_template(&c, "layout", out);
	cJSON_Delete(inner);
	buf_finish(&content);
}

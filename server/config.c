/* Outline: faults and small readers; a section of scalar fields by table; sources, stations, shows; load.
 * SPDX-License-Identifier: MIT */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/yaml_tree.h"
#include "audio/score.h"
#include "server/mapping.h"

enum { CONFIG_MAX_BYTES = 1 << 20, KEYS_MAX = 24 };

/* One key of a section: where its value goes, and of what kind it is. */
struct field {
	const char *key;
	enum { TEXT, BOOL, NUMBER, NAME, OTHER } kind; /* NAME: lower case, digits, '-', '_'; OTHER: read elsewhere */
	void *to;
	bool required;
};

struct reader {
	struct config *config;
	bool faulty;
};

static void fault(struct reader *r, int line, const char *format, ...) PRINTF(3, 4);
static void fault(struct reader *r, int line, const char *format, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	diag_fault(r->config->file, line, "%s", text.p);
	buf_finish(&text);
	r->faulty = true;
}

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= 64;
}

static void read_field(struct reader *r, const struct field *f, const struct yaml *value)
{
	struct span text = yaml_text(value);
	if (f->kind == OTHER)
		return;
	if (value->kind != YAML_SCALAR) {
		fault(r, value->line, "'%s' takes one value; write %s: VALUE", f->key, f->key);
		return;
	}
	if (yaml_is_none(value))
		return;
	switch (f->kind) {
	case NAME:
		if (!is_name(text)) {
			fault(r, value->line, "'%.*s' can't be a name: it stands in URLs; use a-z, 0-9, - and _, at most 64",
				SPAN_ARG(text));
			return;
		}
		/* fall through */
	case TEXT: *(const char **)f->to = text.p; break;
	case BOOL:
		if (!yaml_bool(value, f->to))
			fault(r, value->line, "'%s' is true or false, not '%.*s'", f->key, SPAN_ARG(text));
		break;
	case NUMBER:
		if (!span_to_double(text, f->to) || *(double *)f->to < 0)
			fault(r, value->line, "'%s' is a number from 0 on, not '%.*s'", f->key, SPAN_ARG(text));
		break;
	case OTHER: break;
	}
}

/* Reads the section's known keys; every other key is a fault with the nearest known one. */
static void read_section(struct reader *r, const char *what, const struct yaml *node, const struct field *fields, size_t n)
{
	const char *known[KEYS_MAX + 1] = {NULL};
	ASSERT(n <= KEYS_MAX);
	for (size_t i = 0; i < n; i++)
		known[i] = fields[i].key;
	if (node->kind != YAML_MAP) {
		fault(r, node->line, "%s is a group of `key: value`; see carillon.yaml.example", what);
		return;
	}
	for (size_t k = 0; k < node->n; k++) {
		const struct yaml *key = node->keys[k];
		size_t i = 0;
		while (i < n && !span_is(key->text, fields[i].key))
			i++;
		const char *meant = nearest_word(key->text, known);
		if (i < n)
			read_field(r, &fields[i], node->items[k]);
		else if (meant)
			fault(r, key->line, "unknown key '%.*s' in %s; did you mean '%s'?", SPAN_ARG(key->text), what, meant);
		else
			fault(r, key->line, "unknown key '%.*s' in %s; carillon.yaml.example has them all", SPAN_ARG(key->text),
				what);
	}
	for (size_t i = 0; i < n; i++)
		if (fields[i].required && yaml_is_none(yaml_get(node, fields[i].key)))
			fault(r, node->line, "%s has no '%s'; add %s: VALUE", what, fields[i].key, fields[i].key);
}

static void add_to_list(struct reader *r, struct config_list *list, const struct yaml *item, const char *key)
{
	if (item->kind != YAML_SCALAR || yaml_is_none(item)) {
		fault(r, item->line, "'%s' takes a value or a list of values; write %s: [A, B]", key, key);
		return;
	}
	list->items = mem_grow(list->items, list->n + 1, sizeof *list->items);
	list->items[list->n++] = item->text.p;
}

/* A scalar is a list of one. */
static void read_list(struct reader *r, struct config_list *list, const struct yaml *node, const char *key)
{
	const struct yaml *value = yaml_get(node, key);
	if (!value)
		return;
	if (value->kind != YAML_LIST) {
		add_to_list(r, list, value, key);
		return;
	}
	for (size_t i = 0; i < value->n; i++)
		add_to_list(r, list, value->items[i], key);
}

static bool is_url(const char *url)
{
	struct span s = span_of(url);
	return (span_starts(s, "https://") && s.n > 8) || (span_starts(s, "http://") && s.n > 7);
}

static void read_source(struct reader *r, struct config_source *s, const struct yaml *node)
{
	s->line = node->line;
	s->rate = -1;
	struct field fields[] = {
		{"name", NAME, &s->name, true},
		{"url", TEXT, &s->url, true},
		{"mapping", TEXT, &s->mapping, true},
		{"fallback", TEXT, &s->fallback, false},
		{"rate", NUMBER, &s->rate, false},
		{"repeat", BOOL, &s->repeat, false},
	};
	read_section(r, "a source", node, fields, COUNT_OF(fields));
	if (s->url && !is_url(s->url) && !span_starts(span_of(s->url), "file:"))
		fault(r, yaml_get(node, "url")->line,
			"a source's url begins with https:, http: or file:, not '%s'; write url: https://HOST/PATH", s->url);
	if (s->fallback && !span_starts(span_of(s->fallback), "file:"))
		fault(r, yaml_get(node, "fallback")->line, "a fallback is a recording; write fallback: file:PATH");
	if (s->mapping && !mapping_named(span_of(s->mapping)))
		fault(r, yaml_get(node, "mapping")->line, "unknown mapping '%s'; known: mediawiki", s->mapping);
}

static void read_match(struct reader *r, struct config_station *s, const struct yaml *match)
{
	struct {
		const char *key;
		struct config_list *list;
	} lists[] = {{"source", &s->source}, {"channel", &s->channel}, {"namespace", &s->namespace_}, {"kind", &s->kind},
		{"actor_kind", &s->actor_kind}};
	struct field fields[COUNT_OF(lists)];
	if (!match)
		return;
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		fields[i] = (struct field){lists[i].key, OTHER, NULL, false};
	read_section(r, "match", match, fields, COUNT_OF(fields));
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		read_list(r, lists[i].list, match, lists[i].key);
	for (size_t i = 0; i < s->source.n; i++)
		if (!config_source(r->config, span_of(s->source.items[i])))
			fault(r, match->line, "no source is named '%s'; add it under sources", s->source.items[i]);
	enum actor_kind kind;
	for (size_t i = 0; i < s->actor_kind.n; i++)
		if (!actor_kind_parse(span_of(s->actor_kind.items[i]), &kind))
			fault(r, match->line, "unknown actor_kind '%s'; known: member, anon, bot", s->actor_kind.items[i]);
}

static void read_station(struct reader *r, struct config_station *s, const struct yaml *node)
{
	s->line = node->line;
	s->score = "hatnote";
	struct field fields[] = {
		{"name", NAME, &s->name, true},
		{"title", TEXT, &s->title, false},
		{"match", OTHER, NULL, false},
		{"score", TEXT, &s->score, false},
	};
	read_section(r, "a station", node, fields, COUNT_OF(fields));
	read_match(r, s, yaml_get(node, "match"));
	if (!s->title)
		s->title = s->name;
	struct score *score;
	struct why why = {0};
	if (score_create(span_of(s->score), &score, &why))
		fault(r, node->line, "%s", why.text);
	else
		score_destroy(score);
}

static void read_show(struct reader *r, struct config_show *s, const struct yaml *node)
{
	s->line = node->line;
	s->language = "en";
	s->type = "episodic";
	struct field fields[] = {
		{"name", NAME, &s->name, true},
		{"title", TEXT, &s->title, true},
		{"description", TEXT, &s->description, false},
		{"language", TEXT, &s->language, false},
		{"author", TEXT, &s->author, false},
		{"category", TEXT, &s->category, false},
		{"subcategory", TEXT, &s->subcategory, false},
		{"image", TEXT, &s->image, false},
		{"explicit", BOOL, &s->explicit_, false},
		{"type", TEXT, &s->type, false},
		{"copyright", TEXT, &s->copyright, false},
		{"email", TEXT, &s->email, false},
		{"link", TEXT, &s->link, false},
	};
	read_section(r, "a show", node, fields, COUNT_OF(fields));
	if (strcmp(s->type, "episodic") != 0 && strcmp(s->type, "serial") != 0)
		fault(r, node->line, "a show's type is episodic or serial, not '%s'", s->type);
}

/* A list of groups under `key`; returns its items, NULL for none. */
static const struct yaml *section_list(struct reader *r, const struct yaml *root, const char *key)
{
	const struct yaml *list = yaml_get(root, key);
	if (yaml_is_none(list))
		return NULL;
	if (list->kind != YAML_LIST) {
		fault(r, list->line, "'%s' is a list; begin each entry with '- name:'", key);
		return NULL;
	}
	return list;
}

static void check_unique(struct reader *r, const char *what, const char *name, int line, const char *other)
{
	if (name && other && strcmp(name, other) == 0)
		fault(r, line, "two %ss are named '%s'; rename one", what, name);
}

static void read_all(struct reader *r, const struct yaml *root)
{
	struct config *c = r->config;
	struct field fields[] = {
		{"title", TEXT, &c->title, false},
		{"description", TEXT, &c->description, false},
		{"base_url", TEXT, &c->base_url, false},
		{"sources", OTHER, NULL, false},
		{"stations", OTHER, NULL, false},
		{"shows", OTHER, NULL, false},
	};
	read_section(r, "carillon.yaml", root, fields, COUNT_OF(fields));
	const struct yaml *list = section_list(r, root, "sources");
	c->sources = mem_new(list ? list->n : 0, sizeof *c->sources);
	for (size_t i = 0; list && i < list->n; i++) {
		read_source(r, &c->sources[i], list->items[i]);
		for (size_t k = 0; k < i; k++)
			check_unique(r, "source", c->sources[i].name, list->items[i]->line, c->sources[k].name);
		c->n_sources++;
	}
	list = section_list(r, root, "stations");
	c->stations = mem_new(list ? list->n : 0, sizeof *c->stations);
	for (size_t i = 0; list && i < list->n; i++) {
		read_station(r, &c->stations[i], list->items[i]);
		for (size_t k = 0; k < i; k++)
			check_unique(r, "station", c->stations[i].name, list->items[i]->line, c->stations[k].name);
		c->n_stations++;
	}
	list = section_list(r, root, "shows");
	c->shows = mem_new(list ? list->n : 0, sizeof *c->shows);
	for (size_t i = 0; list && i < list->n; i++) {
		read_show(r, &c->shows[i], list->items[i]);
		for (size_t k = 0; k < i; k++)
			check_unique(r, "show", c->shows[i].name, list->items[i]->line, c->shows[k].name);
		c->n_shows++;
	}
}

static void check_base_url(struct reader *r, const struct yaml *root)
{
	struct config *c = r->config;
	if (!c->base_url)
		return;
	size_t n = strlen(c->base_url);
	if (!is_url(c->base_url)) {
		fault(r, yaml_get(root, "base_url")->line, "base_url begins with https:// or http://, not '%s'", c->base_url);
		return;
	}
	while (n && c->base_url[n - 1] == '/')
		n--;
	c->_base_url = span_dup(span_make(c->base_url, n));
	c->base_url = c->_base_url;
}

enum err config_load(const char *site, struct config **config)
{
	struct config *c = mem_new(1, sizeof *c);
	struct reader r = {.config = c};
	struct buf text = {0};
	struct why why = {0};
	c->site = mem_strdup(site);
	c->file = file_join(site, "carillon.yaml");
	enum err e = OK;
	if (!file_is_folder(site)) {
		diag_fault(NULL, 0, "no site at %s: no such folder; name it with --site DIR", site);
		e = E_GONE;
		goto end;
	}
	e = file_read(c->file, CONFIG_MAX_BYTES, &text, &why);
	if (e) {
		if (e == E_GONE)
			diag_fault(c->file, 0, "no such file; a site begins with a carillon.yaml, see carillon.yaml.example");
		else
			diag_fault(c->file, 0, "%s", why.text);
		goto end;
	}
	struct yaml *root = yaml_parse(buf_view(&text), 1, &why);
	if (!root) {
		diag_fault_why(c->file, 1, &why);
		e = E_FORMAT;
		goto end;
	}
	c->_tree = root;
	read_all(&r, root);
	check_base_url(&r, root);
	if (!c->title)
		c->title = "Carillon";
	if (r.faulty)
		e = E_FORMAT;
end:
	buf_finish(&text);
	if (e) {
		config_destroy(c);
		c = NULL;
	}
	*config = c;
	return e;
}

void config_destroy(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_stations; i++) {
		struct config_station *s = &c->stations[i];
		free(s->source.items);
		free(s->channel.items);
		free(s->namespace_.items);
		free(s->kind.items);
		free(s->actor_kind.items);
	}
	free(c->sources);
	free(c->stations);
	free(c->shows);
	free(c->_base_url);
	yaml_delete(c->_tree);
	free(c->file);
	free(c->site);
	free(c);
}

const struct config_source *config_source(const struct config *c, struct span name)
{
	for (size_t i = 0; i < c->n_sources; i++)
		if (c->sources[i].name && span_is(name, c->sources[i].name))
			return &c->sources[i];
	return NULL;
}

const struct config_station *config_station(const struct config *c, struct span name)
{
	for (size_t i = 0; i < c->n_stations; i++)
		if (c->stations[i].name && span_is(name, c->stations[i].name))
			return &c->stations[i];
	return NULL;
}

const struct config_show *config_show(const struct config *c, struct span name)
{
	for (size_t i = 0; i < c->n_shows; i++)
		if (c->shows[i].name && span_is(name, c->shows[i].name))
			return &c->shows[i];
	return NULL;
}

bool config_list_has(const struct config_list *list, struct span value)
{
	for (size_t i = 0; i < list->n; i++)
		if (span_is(value, list->items[i]))
			return true;
	return false;
}

bool config_list_passes(const struct config_list *list, struct span value)
{
	return list->n == 0 || config_list_has(list, value);
}

bool config_station_wants(const struct config_station *s, const struct event *ev)
{
	return config_list_passes(&s->source, ev->source) && config_list_passes(&s->channel, ev->channel) &&
		config_list_passes(&s->kind, ev->kind) &&
		config_list_passes(&s->actor_kind, span_of(actor_kind_name(ev->actor_kind))) &&
		(!ev->namespace_.p || config_list_passes(&s->namespace_, ev->namespace_));
}

/* Outline: stations, shows, the log; load. Sections are read by table (config_reader.c).
 * SPDX-License-Identifier: MIT */
#include "server/config.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "audio/score.h"
#include "server/config_reader.h"

enum { CONFIG_MAX_BYTES = 1 << 20, PERSONAL_DEFAULT = 8, PERSONAL_MOST = 500, PLANET_INTERVAL_MS = 3600000 };

static void read_match(struct config_reader *r, struct config_station *s, const struct yaml *match)
{
	struct {
		const char *key;
		struct config_list *list;
	} lists[] = {{"source", &s->source}, {"channel", &s->channel}, {"namespace", &s->namespace_}, {"kind", &s->kind},
		{"actor_kind", &s->actor_kind}};
	struct config_field fields[COUNT_OF(lists)];
	if (!match)
		return;
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		fields[i] = (struct config_field){lists[i].key, CONFIG_OTHER, NULL, false};
	config_read_section(r, "match", match, fields, COUNT_OF(fields));
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		config_read_list(r, lists[i].list, match, lists[i].key);
	for (size_t i = 0; i < s->source.n; i++)
		if (!config_source(r->config, span_of(s->source.items[i])))
			config_fault(r, match->line, "no source is named '%s'; add it under sources", s->source.items[i]);
	enum actor_kind kind;
	for (size_t i = 0; i < s->actor_kind.n; i++)
		if (!actor_kind_parse(span_of(s->actor_kind.items[i]), &kind))
			config_fault(r, match->line, "unknown actor_kind '%s'; known: member, anon, bot", s->actor_kind.items[i]);
}

static void score_fault(void *data, int line, const char *text)
{
	config_fault(data, line, "%s", text);
}

static void read_score(struct config_reader *r, struct config_station *s, const struct yaml *node)
{
	struct why why = {0};
	s->score = score_named(SPAN_LITERAL("hatnote"));
	if (yaml_is_none(node))
		return;
	if (node->kind != YAML_SCALAR)
		s->score = s->_score = score_compile(node, score_fault, r);
	else if (score_find(node->text, &s->score, &why))
		config_fault(r, node->line, "%s", why.text);
}

static void read_station(struct config_reader *r, struct config_station *s, const struct yaml *node)
{
	s->line = node->line;
	struct config_field fields[] = {
		{"name", CONFIG_NAME, &s->name, true},
		{"title", CONFIG_TEXT, &s->title, false},
		{"match", CONFIG_OTHER, NULL, false},
		{"score", CONFIG_OTHER, NULL, false},
	};
	config_read_section(r, "a station", node, fields, COUNT_OF(fields));
	read_match(r, s, yaml_get(node, "match"));
	if (!s->title)
		s->title = s->name;
	read_score(r, s, yaml_get(node, "score"));
}

static void read_import(struct config_reader *r, struct kind_rule *k, const struct yaml *node)
{
	struct config_field fields[] = {
		{"files", CONFIG_TEXT, &k->files, true},
		{"as", CONFIG_TEXT, &k->as, true},
	};
	struct kind kind;
	k->line = node->line;
	config_read_section(r, "an import", node, fields, COUNT_OF(fields));
	struct span as = span_of(k->as);
	if (!k->as || kind_is_auto(as) || kind_named(as, &kind))
		return;
	const char *meant = kind_nearest(as);
	if (meant)
		config_fault(r, yaml_get(node, "as")->line, "'%s' is no kind of file; did you mean '%s'?", k->as, meant);
	else
		config_fault(r, yaml_get(node, "as")->line, "'%s' is no kind of file; 'carillon import --kinds' lists them", k->as);
}

/* A list of groups under `key`, each of which begins with `first`; returns its items, NULL for none. */
static const struct yaml *section_list(struct config_reader *r, const struct yaml *root, const char *key,
	const char *first)
{
	const struct yaml *list = yaml_get(root, key);
	if (yaml_is_none(list))
		return NULL;
	if (list->kind != YAML_LIST) {
		config_fault(r, list->line, "'%s' is a list; begin each entry with '- %s'", key, first);
		return NULL;
	}
	return list;
}

static void check_unique(struct config_reader *r, const char *what, const char *name, int line, const char *other)
{
	if (name && other && strcmp(name, other) == 0)
		config_fault(r, line, "two %ss are named '%s'; rename one", what, name);
}

static void read_log(struct config_reader *r, const struct yaml *node)
{
	const struct config_field fields[] = {
		{"keep", CONFIG_DURATION, &r->config->log_keep_ms, false},
		{"size", CONFIG_SIZE, &r->config->log_bytes, false},
	};
	if (!yaml_is_none(node))
		config_read_section(r, "log", node, fields, COUNT_OF(fields));
}

/* An address alone, or with a title of one's own. */
static void read_planet(struct config_reader *r, struct config_planet *p, const struct yaml *node)
{
	const struct config_field fields[] = {
		{"url", CONFIG_TEXT, &p->url, true},
		{"title", CONFIG_TEXT, &p->title, false},
	};
	p->line = node->line;
	p->url = "";
	if (node->kind == YAML_SCALAR && !yaml_is_none(node))
		p->url = node->text.p;
	else
		config_read_section(r, "a feed of planet", node, fields, COUNT_OF(fields));
	if (strstr(p->url, "://") && !config_is_url(p->url))
		config_fault(r, node->line, "a feed's address begins with https:// or http://, not '%s'", p->url);
}

/* As a map: the old address, and where it leads. */
static void read_redirects(struct config_reader *r, const struct yaml *node)
{
	struct config *c = r->config;
	if (yaml_is_none(node))
		return;
	if (node->kind != YAML_MAP) {
		config_fault(r, node->line, "'redirects' has lines '/old/address: /new/address'");
		return;
	}
	c->redirects = mem_new(node->n, sizeof *c->redirects);
	for (size_t i = 0; i < node->n; i++) {
		const char *from = node->keys[i]->text.p, *to = yaml_text(node->items[i]).p;
		if (strchr(from, '?'))
			config_fault(r, node->keys[i]->line, "a redirect goes by the path alone, and '%s' has a query (?...); let the web server "
				"in front send it on", from);
		else if (from[0] != '/' || from[1] == '/' || strchr(from, '#'))
			config_fault(r, node->keys[i]->line, "a redirect is from a path of this site, '/old/address', not '%s'", from);
		else if (!to || !((to[0] == '/' && to[1] != '/') || config_is_url(to)) || strpbrk(to, " \t\r\n"))
			config_fault(r, node->items[i]->line, "%s leads to a path, '/new/address', or to an http address", from);
		else
			c->redirects[c->n_redirects++] = (struct config_redirect){from, to};
	}
}

static void read_all(struct config_reader *r, const struct yaml *root)
{
	struct config *c = r->config;
	double personal = PERSONAL_DEFAULT;
	struct config_field fields[] = {
		{"title", CONFIG_TEXT, &c->title, false},
		{"description", CONFIG_TEXT, &c->description, false},
		{"base_url", CONFIG_TEXT, &c->base_url, false},
		{"sources", CONFIG_OTHER, NULL, false},
		{"stations", CONFIG_OTHER, NULL, false},
		{"shows", CONFIG_OTHER, NULL, false},
		{"import", CONFIG_OTHER, NULL, false},
		{"hub", CONFIG_TEXT, &c->hub, false},
		{"redirects", CONFIG_OTHER, NULL, false},
		{"log", CONFIG_OTHER, NULL, false},
		{"personal_stations", CONFIG_NUMBER, &personal, false},
		{"planet", CONFIG_OTHER, NULL, false},
		{"planet_interval", CONFIG_DURATION, &c->planet_interval_ms, false},
		{"planet_private", CONFIG_BOOL, &c->planet_private, false},
	};
	c->planet_interval_ms = PLANET_INTERVAL_MS;
	config_read_section(r, "carillon.yaml", root, fields, COUNT_OF(fields));
	if (personal <= PERSONAL_MOST && personal == floor(personal))
		c->personal_stations = (unsigned)personal;
	else
		config_fault(r, yaml_get(root, "personal_stations")->line, "personal_stations is a whole number from 0 to %d, not %g",
			PERSONAL_MOST, personal);
	read_log(r, yaml_get(root, "log"));
	read_redirects(r, yaml_get(root, "redirects"));
	const struct yaml *list = section_list(r, root, "sources", "name:");
	c->sources = mem_new(list ? list->n : 0, sizeof *c->sources);
	for (size_t i = 0; list && i < list->n; i++) {
		config_read_source(r, &c->sources[i], list->items[i]);
		for (size_t k = 0; k < i; k++)
			check_unique(r, "source", c->sources[i].name, list->items[i]->line, c->sources[k].name);
		c->n_sources++;
	}
	list = section_list(r, root, "stations", "name:");
	c->stations = mem_new(list ? list->n : 0, sizeof *c->stations);
	for (size_t i = 0; list && i < list->n; i++) {
		read_station(r, &c->stations[i], list->items[i]);
		for (size_t k = 0; k < i; k++)
			check_unique(r, "station", c->stations[i].name, list->items[i]->line, c->stations[k].name);
		c->n_stations++;
	}
	list = section_list(r, root, "shows", "name:");
	c->shows = mem_new(list ? list->n : 0, sizeof *c->shows);
	for (size_t i = 0; list && i < list->n; i++) {
		config_read_show(r, &c->shows[i], list->items[i]);
		for (size_t k = 0; k < i; k++)
			check_unique(r, "show", c->shows[i].name, list->items[i]->line, c->shows[k].name);
		c->n_shows++;
	}
	list = section_list(r, root, "import", "files:");
	c->imports = mem_new(list ? list->n : 0, sizeof *c->imports);
	for (size_t i = 0; list && i < list->n; i++)
		read_import(r, &c->imports[c->n_imports++], list->items[i]);
	list = section_list(r, root, "planet", "https://...");
	c->planet = mem_new(list ? list->n : 0, sizeof *c->planet);
	for (size_t i = 0; list && i < list->n; i++)
		read_planet(r, &c->planet[c->n_planet++], list->items[i]);
}

static void check_base_url(struct config_reader *r, const struct yaml *root)
{
	struct config *c = r->config;
	if (!c->base_url)
		return;
	size_t n = strlen(c->base_url);
	if (!config_is_url(c->base_url)) {
		config_fault(r, yaml_get(root, "base_url")->line, "base_url begins with https:// or http://, not '%s'", c->base_url);
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
	struct config_reader r = {.config = c};
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
	if (c->hub && !config_is_url(c->hub))
		config_fault(&r, yaml_get(root, "hub")->line, "hub is a WebSub hub's address, https://..., not '%s'", c->hub);
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
		score_rules_destroy(s->_score);
	}
	for (size_t i = 0; i < c->n_sources; i++)
		config_source_finish(&c->sources[i]);
	for (size_t i = 0; i < c->n_shows; i++)
		config_show_finish(&c->shows[i]);
	free(c->sources);
	free(c->stations);
	free(c->shows);
	free(c->imports);
	free(c->planet);
	free(c->redirects);
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

static struct span without_slash(struct span path)
{
	return path.n > 1 && path.p[path.n - 1] == '/' ? span_make(path.p, path.n - 1) : path;
}

const struct config_redirect *config_redirect(const struct config *c, struct span path)
{
	for (size_t i = 0; i < c->n_redirects; i++)
		if (span_equal(without_slash(span_of(c->redirects[i].from)), without_slash(path)))
			return &c->redirects[i];
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

/* SPDX-License-Identifier: MIT */
#include "transcripts/people_rules.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/yaml_tree.h"
#include "transcripts/lines.h"

/* A spelling, as a slug, in one place or ("") everywhere. */
struct spelling {
	char *place, *slug;
	size_t person; /* into people */
	int line;
};

struct compound {
	char *slug;
	char **names;
	size_t n;
};

struct people_rules {
	struct people_rule *people;
	size_t n_people;
	struct spelling *spellings; /* by place and slug */
	size_t n_spellings;
	struct compound *compounds;
	size_t n_compounds;
	char **nobody;              /* slugs */
	size_t n_nobody;
};

static char *slug_of(struct span name)
{
	struct buf slug = {0};
	escape_slug(&slug, lines_trim(name));
	buf_text(&slug, "");
	return buf_take(&slug);
}

static void *grow(void *list, size_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? mem_grow(list, n ? n * 2 : 1, size) : list;
}

/* ---- reading ---- */

struct reading {
	struct people_rules *rules;
	const struct dialect_faults *faults;
};

static int spelling_order(const void *left, const void *right)
{
	const struct spelling *a = left, *b = right;
	int order = strcmp(a->place, b->place);
	return order ? order : strcmp(a->slug, b->slug);
}

static void add_spelling(struct reading *r, struct span place, struct span name, int line)
{
	struct people_rules *rules = r->rules;
	char *slug = slug_of(name);
	if (!*slug) {
		dialect_report(r->faults, NULL, line, "'%.*s' has no letter or digit, so it can be nobody's name; correct it",
			SPAN_ARG(name));
		free(slug);
		return;
	}
	rules->spellings = grow(rules->spellings, rules->n_spellings, sizeof *rules->spellings);
	rules->spellings[rules->n_spellings++] = (struct spelling){span_dup(place), slug, rules->n_people - 1, line};
}

static void add_names(struct reading *r, struct span place, const struct yaml *names)
{
	if (names && names->kind == YAML_SCALAR && !yaml_is_none(names))
		add_spelling(r, place, yaml_text(names), names->line);
	for (size_t i = 0; names && names->kind == YAML_LIST && i < names->n; i++)
		add_spelling(r, place, yaml_text(names->items[i]), names->items[i]->line);
}

static void check_keys(struct reading *r, const struct yaml *map, const char *const *known, size_t n)
{
	for (size_t i = 0; i < map->n; i++) {
		bool is_known = false;
		for (size_t k = 0; k < n && !is_known; k++)
			is_known = span_is(yaml_text(map->keys[i]), known[k]);
		if (!is_known)
			dialect_report(r->faults, NULL, map->keys[i]->line, "there is no key '%.*s' here; correct it or take it out",
				SPAN_ARG(yaml_text(map->keys[i])));
	}
}

static void read_person(struct reading *r, const struct yaml *node)
{
	static const char *const keys[] = {"name", "slug", "aliases", "in", "about", "url", "image"};
	struct people_rules *rules = r->rules;
	struct span name = lines_trim(yaml_text(yaml_get(node, "name")));
	if (node->kind != YAML_MAP || !name.n) {
		dialect_report(r->faults, NULL, node->line, "a person needs a name; write '- {name: Ada Bell, aliases: [Ada]}'");
		return;
	}
	check_keys(r, node, keys, COUNT_OF(keys));
	struct span own_slug = yaml_text(yaml_get(node, "slug"));
	rules->people = grow(rules->people, rules->n_people, sizeof *rules->people);
	rules->people[rules->n_people++] = (struct people_rule){slug_of(own_slug.n ? own_slug : name), span_dup(name),
		span_dup(yaml_text(yaml_get(node, "about"))), span_dup(yaml_text(yaml_get(node, "url"))),
		span_dup(yaml_text(yaml_get(node, "image")))};
	add_spelling(r, SPAN_LITERAL(""), name, node->line);
	if (own_slug.n)
		add_spelling(r, SPAN_LITERAL(""), own_slug, node->line);
	add_names(r, SPAN_LITERAL(""), yaml_get(node, "aliases"));
	const struct yaml *in = yaml_get(node, "in");
	for (size_t i = 0; in && in->kind == YAML_MAP && i < in->n; i++)
		add_names(r, yaml_text(in->keys[i]), in->items[i]);
}

static void read_compounds(struct reading *r, const struct yaml *map)
{
	struct people_rules *rules = r->rules;
	for (size_t i = 0; map && map->kind == YAML_MAP && i < map->n; i++) {
		const struct yaml *names = map->items[i];
		if (names->kind != YAML_LIST || !names->n) {
			dialect_report(r->faults, NULL, names->line, "a compound name is a list of names; write '\"A and B\": [A, B]'");
			continue;
		}
		rules->compounds = grow(rules->compounds, rules->n_compounds, sizeof *rules->compounds);
		struct compound *c = &rules->compounds[rules->n_compounds++];
		*c = (struct compound){slug_of(yaml_text(map->keys[i])), mem_new(names->n, sizeof *c->names), names->n};
		for (size_t k = 0; k < names->n; k++)
			c->names[k] = span_dup(lines_trim(yaml_text(names->items[k])));
	}
}

static void read_nobody(struct reading *r, const struct yaml *list)
{
	struct people_rules *rules = r->rules;
	for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++) {
		rules->nobody = grow(rules->nobody, rules->n_nobody, sizeof *rules->nobody);
		rules->nobody[rules->n_nobody++] = slug_of(yaml_text(list->items[i]));
	}
}

/* Sorted; of a spelling that means two people in one place none stays. */
static void settle_spellings(struct reading *r)
{
	struct people_rules *rules = r->rules;
	struct spelling *all = rules->spellings;
	if (rules->n_spellings)
		qsort(all, rules->n_spellings, sizeof *all, spelling_order);
	size_t kept = 0;
	for (size_t i = 0; i < rules->n_spellings;) {
		size_t end = i + 1;
		bool clash = false;
		for (; end < rules->n_spellings && spelling_order(&all[i], &all[end]) == 0; end++)
			clash |= strcmp(rules->people[all[end].person].slug, rules->people[all[i].person].slug) != 0;
		if (clash)
			dialect_report(r->faults, NULL, all[end - 1].line, "'%s' is said to be two people, so it stays one of its own; "
				"give it to one of them, or say in which show with 'in:'", all[i].slug);
		for (size_t k = i; k < end; k++) {
			if (!clash && k == i) {
				all[kept++] = all[k];
				continue;
			}
			free(all[k].place);
			free(all[k].slug);
		}
		i = end;
	}
	rules->n_spellings = kept;
}

struct people_rules *people_rules_read(struct span yaml, const struct dialect_faults *faults, struct why *why)
{
	static const char *const keys[] = {"people", "compound", "nobody"};
	struct yaml *root = yaml_parse(yaml, 1, why);
	if (!root)
		return NULL;
	if (root->kind != YAML_MAP) {
		why_set(why, E_FORMAT, "it must be a map with the keys people, compound and nobody");
		yaml_delete(root);
		return NULL;
	}
	struct people_rules *rules = mem_new(1, sizeof *rules);
	struct reading r = {rules, faults};
	check_keys(&r, root, keys, COUNT_OF(keys));
	const struct yaml *people = yaml_get(root, "people");
	for (size_t i = 0; people && people->kind == YAML_LIST && i < people->n; i++)
		read_person(&r, people->items[i]);
	read_compounds(&r, yaml_get(root, "compound"));
	read_nobody(&r, yaml_get(root, "nobody"));
	settle_spellings(&r);
	yaml_delete(root);
	return rules;
}

void people_rules_destroy(struct people_rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_people; i++) {
		const struct people_rule *p = &r->people[i];
		const char *const texts[] = {p->slug, p->name, p->about, p->url, p->image};
		for (size_t k = 0; k < COUNT_OF(texts); k++)
			free((char *)texts[k]);
	}
	for (size_t i = 0; i < r->n_spellings; i++) {
		free(r->spellings[i].place);
		free(r->spellings[i].slug);
	}
	for (size_t i = 0; i < r->n_compounds; i++) {
		for (size_t k = 0; k < r->compounds[i].n; k++)
			free(r->compounds[i].names[k]);
		free(r->compounds[i].names);
		free(r->compounds[i].slug);
	}
	for (size_t i = 0; i < r->n_nobody; i++)
		free(r->nobody[i]);
	free(r->people);
	free(r->spellings);
	free(r->compounds);
	free(r->nobody);
	free(r);
}

/* ---- asking ---- */

static const struct people_rule *find_spelling(const struct people_rules *r, const char *place, char *slug)
{
	struct spelling wanted = {.place = (char *)place, .slug = slug};
	const struct spelling *found = r->n_spellings ?
		bsearch(&wanted, r->spellings, r->n_spellings, sizeof wanted, spelling_order) : NULL;
	return found ? &r->people[found->person] : NULL;
}

static bool is_nobody(const struct people_rules *r, const char *slug)
{
	for (size_t i = 0; i < r->n_nobody; i++)
		if (strcmp(r->nobody[i], slug) == 0)
			return true;
	return false;
}

/* Nobody's name, or one person. */
static size_t resolve_one(const struct people_rules *r, const char *place, struct span name,
	void (*each)(void *data, const char *slug, const char *name), void *data)
{
	char *slug = slug_of(name), *spelled = span_dup(lines_trim(name));
	const struct people_rule *p = find_spelling(r, place, slug);
	if (!p)
		p = find_spelling(r, "", slug);
	size_t n = 0;
	if (*slug && !is_nobody(r, slug)) {
		each(data, p ? p->slug : slug, p ? p->name : spelled);
		n = 1;
	}
	free(slug);
	free(spelled);
	return n;
}

size_t people_rules_resolve(const struct people_rules *r, const char *place, struct span name,
	void (*each)(void *data, const char *slug, const char *name), void *data)
{
	char *slug = slug_of(name);
	const struct compound *compound = NULL;
	for (size_t i = 0; i < r->n_compounds && !compound; i++)
		if (strcmp(r->compounds[i].slug, slug) == 0)
			compound = &r->compounds[i];
	free(slug);
	if (!compound)
		return resolve_one(r, place, name, each, data);
	size_t n = 0;
	for (size_t i = 0; i < compound->n; i++)
		n += resolve_one(r, place, span_of(compound->names[i]), each, data);
	return n;
}

const struct people_rule *people_rules_find(const struct people_rules *r, const char *slug)
{
	for (size_t i = 0; i < r->n_people; i++)
		if (strcmp(r->people[i].slug, slug) == 0)
			return &r->people[i];
	return NULL;
}

bool people_name_is_compound(struct span name)
{
	static const char *const joints[] = {" and ", " & ", " + ", "/", ";", " und ", " et "};
	size_t commas = 0;
	for (size_t i = 0; i < name.n; i++)
		commas += name.p[i] == ',';
	for (size_t k = 0; k < COUNT_OF(joints); k++)
		for (size_t i = 1; i + strlen(joints[k]) < name.n; i++)
			if (span_starts(span_from(name, i), joints[k]))
				return true;
	/* "Ada Bell, Jr." has one; "Ada Bell, Ben Hur" has words on both sides. */
	size_t comma = span_find(name, ',');
	return commas > 1 || (commas == 1 && lines_count_words(span_from(name, comma + 1)) > 1 &&
		lines_count_words(span_make(name.p, comma)) > 1);
}

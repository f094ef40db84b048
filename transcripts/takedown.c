/* SPDX-License-Identifier: MIT */
#include "transcripts/takedown.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/yaml_tree.h"
#include "transcripts/lines.h"

static const char *const keys[] = {"item", "file", "person", "what", "reason", "date", NULL};
static const char *const parts[] = {"recording", "transcript", "page", NULL}; /* bit by bit */
static const char *const kinds[] = {"shows", "conferences", "transcripts"};

/* ---- reading ---- */

struct reading {
	const struct dialect_faults *faults;
	const struct people_rules *people;
	struct takedown_rule *rule;
};

/* "https://example.org/cast/shows/a/b/#t=1" -> "shows/a/b". */
static char *path_of(struct span address)
{
	bool is_whole = span_search(address, SPAN_LITERAL("://"), 0) < address.n;
	address = url_path(address);
	/* The site may lie below a path of its host. */
	for (size_t i = 0; is_whole && i < COUNT_OF(kinds); i++) {
		struct buf key = {0};
		buf_format(&key, "/%s/", kinds[i]);
		size_t at = span_search(address, buf_view(&key), 0);
		address = at < address.n ? span_from(address, at + 1) : address;
		buf_finish(&key);
	}
	struct buf decoded = {0};
	if (unescape_url(&decoded, address, false)) {
		buf_clear(&decoded);
		buf_span(&decoded, address);
	}
	buf_text(&decoded, "");
	return buf_take(&decoded);
}

static bool is_page(const char *path)
{
	struct span rest = span_of(path), part;
	size_t n = 0;
	bool known = false;
	while (span_next_piece(&rest, '/', &part)) {
		for (size_t i = 0; n == 0 && i < COUNT_OF(kinds); i++)
			known |= span_is(part, kinds[i]);
		n++;
	}
	return known && n >= 2;
}

static void add_slug(void *data, const char *slug, const char *name)
{
	struct takedown_rule *rule = data;
	(void)name;
	rule->slugs = mem_grow(rule->slugs, rule->n_slugs + 1, sizeof *rule->slugs);
	rule->slugs[rule->n_slugs++] = mem_strdup(slug);
}

/* A name, or the address of the person's page. */
static void read_person(struct reading *r, struct span text)
{
	size_t at = span_search(text, SPAN_LITERAL("/people/"), 0);
	if (at < text.n) {
		struct span slug = span_from(text, at + 8);
		slug = span_make(slug.p, span_find(slug, '/'));
		char *name = span_dup(slug);
		add_slug(r->rule, name, name);
		free(name);
	} else {
		people_rules_resolve(r->people, "", text, add_slug, r->rule);
	}
}

static unsigned read_part(struct reading *r, const struct yaml *node)
{
	struct span text = yaml_text(node);
	for (size_t i = 0; parts[i]; i++)
		if (span_is(text, parts[i]))
			return 1u << i;
	const char *meant = nearest_word(text, parts);
	dialect_report(r->faults, NULL, node->line, "what: there is no part '%.*s', so the whole page is taken down%s%s; parts are page, "
		"recording, transcript", SPAN_ARG(text), meant ? "; did you mean " : "", meant ? meant : "");
	return TAKEDOWN_PAGE;
}

static unsigned read_what(struct reading *r, const struct yaml *node)
{
	unsigned what = 0;
	if (!node)
		return 0;
	if (node->kind != YAML_LIST)
		return read_part(r, node);
	for (size_t i = 0; i < node->n; i++)
		what |= read_part(r, node->items[i]);
	return what;
}

static void check_keys(struct reading *r, const struct yaml *node)
{
	for (size_t i = 0; i < node->n; i++) {
		struct span key = yaml_text(node->keys[i]);
		bool known = false;
		for (size_t k = 0; keys[k]; k++)
			known |= span_is(key, keys[k]);
		if (known)
			continue;
		const char *meant = nearest_word(key, keys);
		dialect_report(r->faults, NULL, node->keys[i]->line, "unknown key '%.*s'%s%s; a rule has item, file or person, and what, "
			"reason, date", SPAN_ARG(key), meant ? "; did you mean " : "", meant ? meant : "");
	}
}

static char *text_at(const struct yaml *node, const char *key)
{
	return span_dup(span_trim(yaml_text(yaml_get(node, key))));
}

/* False: nobody can say what it means; reported. */
static bool read_rule(struct reading *r, const struct yaml *node)
{
	struct takedown_rule *rule = r->rule;
	const struct yaml *item = yaml_get(node, "item");
	check_keys(r, node);
	rule->line = node->line;
	rule->item = item ? path_of(span_trim(yaml_text(item))) : mem_strdup("");
	rule->file = text_at(node, "file");
	rule->person = text_at(node, "person");
	rule->reason = text_at(node, "reason");
	rule->date = text_at(node, "date");
	rule->what = read_what(r, yaml_get(node, "what"));
	if (rule->what & TAKEDOWN_PAGE)
		rule->what = TAKEDOWN_ALL;
	int64_t ms;
	if (rule->date[0] && time_parse(span_of(rule->date), &ms))
		dialect_report(r->faults, NULL, node->line, "date: '%s' is no date; write 2026-11-20", rule->date);
	if (rule->person[0])
		read_person(r, span_of(rule->person));
	const char *fault = !rule->item[0] + !rule->file[0] + !rule->person[0] != 2 ?
		"a rule has one of item, file and person; write '- {item: /shows/SHOW/SLUG, reason: …}'" :
		rule->item[0] && !is_page(rule->item) ?
		"'item' is a page: write /shows/SHOW/SLUG or /conferences/NAME/SLUG" :
		rule->person[0] && !rule->n_slugs ? "'person' is nobody; write a name as it stands on the page" : NULL;
	if (fault)
		dialect_report(r->faults, NULL, node->line, "%s", fault);
	return !fault;
}

static void rule_finish(struct takedown_rule *rule)
{
	free(rule->item);
	free(rule->file);
	free(rule->person);
	free(rule->reason);
	free(rule->date);
	for (size_t i = 0; i < rule->n_slugs; i++)
		free(rule->slugs[i]);
	free(rule->slugs);
	*rule = (struct takedown_rule){0};
}

struct takedown *takedown_read(struct span yaml, const struct people_rules *people, const struct dialect_faults *faults,
	struct why *why)
{
	struct yaml *root = yaml_parse(yaml, 1, why);
	if (!root)
		return NULL;
	/* An empty text gives an empty map. */
	bool is_empty = root->kind != YAML_LIST && !root->n && (root->kind == YAML_MAP || yaml_is_none(root));
	if (root->kind != YAML_LIST && !is_empty) {
		why_set(why, E_FORMAT, "it must be a list of rules; write '- {item: /shows/SHOW/SLUG, reason: …}'");
		yaml_delete(root);
		return NULL;
	}
	struct takedown *t = mem_new(1, sizeof *t);
	t->rules = mem_new(root->n + 1, sizeof *t->rules);
	for (size_t i = 0; root->kind == YAML_LIST && i < root->n; i++) {
		const struct yaml *node = root->items[i];
		struct reading r = {faults, people, &t->rules[t->n]};
		if (node->kind != YAML_MAP)
			dialect_report(faults, NULL, node->line, "a rule is a map; write '- {item: /shows/SHOW/SLUG, reason: …}'");
		else if (read_rule(&r, node))
			t->n++;
		else
			rule_finish(r.rule);
	}
	yaml_delete(root);
	return t;
}

void takedown_destroy(struct takedown *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		rule_finish(&t->rules[i]);
	free(t->rules);
	free(t);
}

/* ---- what it means ---- */

struct looking {
	const struct takedown_rule *rule;
	bool found;
};

static void look(void *data, const char *slug, const char *name)
{
	struct looking *l = data;
	(void)name;
	for (size_t i = 0; i < l->rule->n_slugs; i++)
		l->found |= strcmp(l->rule->slugs[i], slug) == 0;
}

static bool takes_part(const struct takedown_rule *rule, const struct takedown_item *item, const struct people_rules *people)
{
	struct looking l = {rule, false};
	for (size_t i = 0; i < item->n_names && !l.found; i++)
		people_rules_resolve(people, item->place, span_of(item->names[i]), look, &l);
	return l.found;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool is_recording(const struct takedown_rule *rule, const struct takedown_item *item)
{
	for (size_t i = 0; i < item->n_media; i++)
		if (strcmp(base_name(rule->file), item->media[i]) == 0)
			return span_starts(span_of(rule->file), "media/") || !strchr(rule->file, '/');
	return false;
}

unsigned takedown_match(const struct takedown *t, size_t i, const struct takedown_item *item, const struct people_rules *people)
{
	const struct takedown_rule *rule = &t->rules[i];
	if (rule->item[0])
		return strcmp(rule->item, item->address) != 0 ? 0 : rule->what ? rule->what : TAKEDOWN_ALL;
	if (rule->person[0])
		return !takes_part(rule, item, people) ? 0 : rule->what ? rule->what : TAKEDOWN_ALL;
	if (strcmp(rule->file, item->file) == 0)
		return rule->what ? rule->what : TAKEDOWN_ALL;
	if (item->transcript_file && strcmp(rule->file, item->transcript_file) == 0)
		return rule->what ? rule->what : TAKEDOWN_TRANSCRIPT;
	return !is_recording(rule, item) ? 0 : rule->what ? rule->what : TAKEDOWN_RECORDING;
}

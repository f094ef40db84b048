/* SPDX-License-Identifier: MIT */
#include "transcripts/references_rules.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/yaml_tree.h"
#include "transcripts/lines.h"

struct rule {
	char *from, *to; /* paths without a slash at either end; NULL: any */
	int line;
	size_t n;
};

struct reference_rules {
	struct rule *rules;
	size_t n;
};

static const char *fault_of(const struct yaml *node)
{
	if (node->kind != YAML_MAP || !node->n)
		return "a rule is a map; write '- {from: /shows/SHOW/ONE, to: /shows/SHOW/OTHER}'";
	for (size_t i = 0; i < node->n; i++) {
		if (!span_is(yaml_text(node->keys[i]), "from") && !span_is(yaml_text(node->keys[i]), "to"))
			return "a rule has the keys from and to; correct the other one";
		if (!url_path(yaml_text(node->items[i])).n)
			return "'from' and 'to' are pages: write /shows/SHOW/SLUG or /conferences/NAME/SLUG";
	}
	return NULL;
}

static char *path_at(const struct yaml *node, const char *key)
{
	struct span path = url_path(yaml_text(yaml_get(node, key)));
	return path.n ? span_dup(path) : NULL;
}

struct reference_rules *reference_rules_read(struct span yaml, const struct dialect_faults *faults, struct why *why)
{
	struct yaml *root = yaml_parse(yaml, 1, why);
	if (!root)
		return NULL;
	if (root->kind != YAML_LIST && root->n) {
		why_set(why, E_FORMAT, "it must be a list of rules; write '- {from: /shows/SHOW/ONE, to: /shows/SHOW/OTHER}'");
		yaml_delete(root);
		return NULL;
	}
	struct reference_rules *r = mem_new(1, sizeof *r);
	r->rules = mem_new(root->n + 1, sizeof *r->rules);
	for (size_t i = 0; root->kind == YAML_LIST && i < root->n; i++) {
		const struct yaml *node = root->items[i];
		const char *fault = fault_of(node);
		if (fault)
			dialect_report(faults, NULL, node->line, "%s", fault);
		else
			r->rules[r->n++] = (struct rule){path_at(node, "from"), path_at(node, "to"), node->line, 0};
	}
	yaml_delete(root);
	return r;
}

void reference_rules_destroy(struct reference_rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->rules[i].from);
		free(r->rules[i].to);
	}
	free(r->rules);
	free(r);
}

bool reference_rules_strike(struct reference_rules *r, const char *from, const char *to)
{
	struct span from_path = url_path(span_of(from)), to_path = url_path(span_of(to));
	bool strikes = false;
	for (size_t i = 0; i < r->n; i++) {
		struct rule *rule = &r->rules[i];
		if ((rule->from && !span_is(from_path, rule->from)) || (rule->to && !span_is(to_path, rule->to)))
			continue;
		rule->n++;
		strikes = true;
	}
	return strikes;
}

void reference_rules_unused(const struct reference_rules *r, void (*each)(void *data, int line), void *data)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->rules[i].n)
			each(data, r->rules[i].line);
}

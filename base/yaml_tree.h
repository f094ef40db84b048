/* yaml_tree.h - a YAML document as a tree that knows its lines; for carillon.yaml and for front matter. Parsed by libyaml
 * (YAML 1.1 syntax); every scalar stays text. Aliases are refused (no billion laughs), depth is at most 32, tags are
 * ignored. Any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_YAML_TREE_H
#define BASE_YAML_TREE_H

#include "base/err.h"
#include "base/span.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	int line;            /* 1-based, in the text that was parsed, plus first_line - 1 */
	struct span text;    /* scalar's value; NUL-terminated */
	bool quoted;         /* scalar was in quotes: "" is text, an unquoted empty scalar or ~ or null is none */
	size_t n;            /* list: items; map: pairs */
	struct yaml **keys;  /* map only: scalars */
	struct yaml **items; /* list and map */
};

/* Owned by the caller; an empty document gives an empty map. first_line: the line in its file at which text starts, so
 * that all lines are the file's. NULL on E_FORMAT with why's line set. A repeated key is an error. */
struct yaml *yaml_parse(struct span text, int first_line, struct why *why) NODISCARD;
void yaml_delete(struct yaml *node); /* not yaml_free: libyaml exports one of that name */

/* Value of a map's key, or NULL (also when node is NULL or no map). */
const struct yaml *yaml_get(const struct yaml *node, const char *key);
/* True for a scalar that says nothing: empty and unquoted, ~, null. Also for NULL. */
bool yaml_is_none(const struct yaml *node);
/* A scalar's text, or empty for anything else. */
struct span yaml_text(const struct yaml *node);
/* true yes on / false no off, any case. */
bool yaml_bool(const struct yaml *node, bool *out);

#endif

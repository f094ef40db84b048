/* feed_lint_tree.h - the elements of a feed that we ourselves have written, for feed_lint*.c: names as its prefixes have
 * them, texts decoded when they are asked for. What stands in CDATA is passed over: a feed is nearly all notes. Not for
 * what others have written (xml_tree.h). Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_FEED_LINT_TREE_H
#define TRANSCRIPTS_FEED_LINT_TREE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

struct lint_node {
	struct span name;               /* "podcast:alternateEnclosure" */
	struct span attributes, inside; /* as they are written */
	const struct lint_node *first, *next; /* elements only */
};

struct lint_tree {
	const struct lint_node *root;
	struct lint_nodes *_nodes;
};

/* Borrows xml. E_FORMAT: no element in it; E_LIMIT: too many one inside the other. tree is finished by the
 * caller in any case. */
enum err lint_tree_read(struct lint_tree *tree, struct span xml, struct why *why) NODISCARD;
void lint_tree_finish(struct lint_tree *tree);

/* Letters' case doesn't count in names. */
bool lint_is(const struct lint_node *node, const char *name);
const struct lint_node *lint_child(const struct lint_node *parent, const char *name); /* the first; NULL: none */
const struct lint_node *lint_next(const struct lint_node *node, const char *name);    /* the next of that name */
/* "prefix:name" in small letters, cut off at the size. */
struct lint_name {
	char text[64];
};
void lint_name_of(const struct lint_node *node, struct lint_name *out);
struct span lint_own_name(const struct lint_node *node); /* without the prefix */

/* Owned by the caller; "" where there is nothing. */
char *lint_attribute(const struct lint_node *node, const char *name);
/* The text of an element without others in it, blanks at the ends cut off;
 * *n_whole (may be NULL): its bytes with them. */
char *lint_content(const struct lint_node *node, size_t *n_whole);

#endif

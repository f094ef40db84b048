/* template_parse.h - a template's text taken apart into nodes; template.c renders them. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_TEMPLATE_PARSE_H
#define SERVER_TEMPLATE_PARSE_H

#include "base/asset.h"
#include "base/err.h"

enum { TEMPLATE_NAME_PARTS = 4 };

enum template_node_kind { NODE_TEXT, NODE_VALUE, NODE_RAW, NODE_ASSET, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL };

struct template_node {
	enum template_node_kind kind;
	int line;
	struct span text;                      /* NODE_TEXT: borrowed from the template's */
	char *names[TEMPLATE_NAME_PARTS];      /* the dotted name's parts, owned; none for {{.}} */
	int n_names;
	size_t end;                            /* sections: the number of the node after their body */
	const struct asset *asset;             /* NODE_ASSET */
};

struct template_nodes {
	struct template_node *list;
	size_t n;
};

/* nodes borrows from text. E_FORMAT: why says what and in which line; nodes is empty then. */
enum err template_parse(struct span text, struct template_nodes *nodes, struct why *why) NODISCARD;
void template_nodes_finish(struct template_nodes *nodes);

#endif

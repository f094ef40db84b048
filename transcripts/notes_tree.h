/* notes_tree.h - an episode's Markdown as a tree in which nothing is dangerous any more; for notes.c.
 * Raw HTML has become ordinary nodes or has gone, links lead to http, https, mailto or within the site, images come
 * from the site, bare addresses are links. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_NOTES_TREE_H
#define TRANSCRIPTS_NOTES_TREE_H

#include <cmark.h>

#include "base/buf.h"

/* cmark 0.30 is quadratic in containers a line and has no limit of its own: a 64 KiB input could cost 7 s. Levels that
 * were opened line by line count with their indentation: 100 of them and blank lines cost 0.16 s. It is
 * quadratic in open image brackets too: 64 KiB of "![[]()" cost 0.14 s. And every insertion into its tree costs the
 * depth there; readers of XML stop at 256 levels anyway. */
enum { NOTES_MAX_BYTES = 64 << 10, NOTES_MAX_MARKERS = 32, NOTES_MAX_IMAGES = 1000, NOTES_MAX_DEPTH = 128 };

/* The tree is the caller's: cmark_node_free. E_LIMIT, with the line where there is one: beyond one of the limits above.
 * Links to #t=12:34 lead to #t=754. Quotations (<q>) are CUSTOM_INLINE nodes. */
enum err notes_tree(struct span markdown, cmark_node **root, struct why *why) NODISCARD;
/* Times up to until_ms become links to #t=754 (notes_stamps.h), all of them with 0. */
void notes_link_stamps(cmark_node *root, int64_t until_ms);

/* The tree as a feed may have it, for notes_finish_feed_html. Appended (notes_feed.c). */
void notes_write_feed(cmark_node *root, struct buf *out);
/* A URL as an attribute's value: what RFC 3986 doesn't allow becomes %XX, an existing %XX stays. */
void notes_add_url(struct buf *out, const char *url);

enum notes_link { NOTES_LINK_INERT, NOTES_LINK_SITE, NOTES_LINK_FOREIGN, NOTES_LINK_MAIL };
/* What a link's address is; INERT for every scheme but http, https and mailto. */
enum notes_link notes_link_kind(const char *url);

/* Replaces HTML_BLOCK and HTML_INLINE nodes: q, b, i, em, strong, a and br live on as nodes where they are balanced,
 * the text of all others stays, scripts, styles and comments go (notes_markup.c). */
void notes_tame_markup(cmark_node *root);

/* Helpers of both files. */
struct notes_nodes {
	cmark_node **p;
	size_t n, _room;
};
void notes_add_node(struct notes_nodes *nodes, cmark_node *node);
void notes_collect(cmark_node *root, cmark_node_type type, struct notes_nodes *out);
cmark_node *notes_text_node(struct span text);
/* Puts the node's children where it stands, and frees it. */
void notes_unwrap(cmark_node *node);

#endif

/* xml_tree.h - an XML file as a tree for the importers of feeds, schedules and subscription lists: lenient (what can
 * be read is kept, each error is reported with its line), without network, document types or entities (xml_text.h).
 * Elements are named "prefix:name" by what their namespace usually is called, whatever the file calls it:
 * "itunes:image", "atom:link"; elements of RSS itself and of no namespace have no prefix. A prefix that the file
 * forgot to declare is taken at its word. Letters' case doesn't count. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_XML_TREE_H
#define TRANSCRIPTS_XML_TREE_H

#include <libxml/tree.h>

#include "base/buf.h"
#include "transcripts/dialect.h"

struct xml_tree {
	xmlDocPtr doc;   /* NULL when there is no element at all */
	xmlNode *root;   /* NULL then too */
	size_t n_faults;
	const struct dialect_faults *_faults;
};

/* E_DENIED, E_LIMIT: xml_text.h; E_FORMAT: no element in it. out is finished by the caller in any case. */
enum err xml_tree_read(struct xml_tree *out, struct span bytes, const struct dialect_faults *faults, struct why *why)
	NODISCARD;
void xml_tree_finish(struct xml_tree *t);

/* "prefix:name" in small letters, cut off at the size; "?:name" where nobody here knows the namespace. */
struct xml_name {
	char text[64];
};
void xml_name_of(const xmlNode *node, struct xml_name *out);
bool xml_is(const xmlNode *node, const char *name);
/* Takes the elements of the root's own namespace (or of none, like the root) for those of `address`. */
void xml_tree_assume(struct xml_tree *t, const char *address);
/* The first child element of that name, the next sibling of the same name; NULL when there is none. */
xmlNode *xml_child(const xmlNode *parent, const char *name);
xmlNode *xml_next(const xmlNode *node, const char *name);
/* The first child and next sibling that are elements. */
xmlNode *xml_first(const xmlNode *parent);
xmlNode *xml_following(const xmlNode *node);
int xml_line(const xmlNode *node);
/* Owned by the caller; "" where there is nothing. */
char *xml_content(const xmlNode *node);                 /* all text below it, blanks at the ends cut off */
char *xml_attribute(const xmlNode *node, const char *name); /* "href"; "xml:lang" and "rdf:about" too */
char *xml_markup(const xmlNode *node);                  /* what is inside it as markup (XHTML in Atom) */
/* url from where the node is (xml:base); as it is without one. Owned by the caller. */
char *xml_resolve(const xmlNode *node, const char *url);

#endif

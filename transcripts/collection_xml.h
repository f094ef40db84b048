/* collection_xml.h - how the importers of XML records set texts, and say where a fault stands. For collection_*.c and
 * feed_import*.c only.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_COLLECTION_XML_H
#define TRANSCRIPTS_COLLECTION_XML_H

#include "transcripts/collection_parts.h"
#include "transcripts/xml_tree.h"

struct xml_reading {
	struct collection *c;
	const char *path;
	const struct dialect_faults *faults;
	struct xml_tree tree;
	struct slug_set *slugs;
};

/* False when there is nothing to read: then c is declined with the reason. xml_reading_finish in any case. */
bool xml_reading_begin(struct xml_reading *r, struct collection *c, const char *path, struct span text,
	const struct dialect_faults *faults);
void xml_reading_finish(struct xml_reading *r);
void xml_reading_fault(struct xml_reading *r, const xmlNode *at, const char *format, ...) PRINTF(3, 4);
/* An element's text into a field; nothing happens where the node is NULL or empty. */
void xml_set_line(char **field, const xmlNode *node);
void xml_set_text(char **field, const xmlNode *node);
/* An address in an element's text or attribute, from where it stands (xml:base). */
void xml_set_url(char **field, const xmlNode *node);
void xml_set_url_attribute(char **field, const xmlNode *node, const char *attribute);

/* The name of the first element, without a parser: "" when there is none in the first 64 KiB. For detection; xmlns:
 * the tag has the text `word` among its attributes. */
struct xml_root {
	char name[64];  /* without prefix */
	char tag[1024]; /* the whole tag, cut off */
};
void xml_find_root(struct span bytes, struct xml_root *out);

#endif

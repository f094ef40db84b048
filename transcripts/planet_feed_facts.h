/* planet_feed_facts.h - what the elements of a feed say: each fact may stand in several of them, and a table says
 * which counts most; texts, addresses, dates and people as the vocabularies write them. For planet_feed_*.c only.
 * Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_FEED_FACTS_H
#define TRANSCRIPTS_PLANET_FEED_FACTS_H

#include "transcripts/planet_feed_parts.h"
#include "transcripts/xml_tree.h"

enum planet_fact { TITLE, GUID, LINK, PUBLISHED, UPDATED, CONTENT, SUMMARY, AUTHOR, IMAGE, LANGUAGE, RIGHTS, FACTS };

struct planet_reading {
	struct planet_feed *f;
	const struct planet_input *in;
	const xmlNode *root;
	bool is_atom;
};

struct planet_facts {
	const xmlNode *of[FACTS];
	int ranks[FACTS];
};

/* The elements below parent that count. */
void planet_gather(struct planet_facts *facts, const xmlNode *parent);

bool planet_is_atom(const xmlNode *node);
/* Where addresses below the node are relative to; owned by the caller. */
char *planet_base_of(const struct planet_reading *r, const xmlNode *node);
/* Each does nothing where node is NULL; planet_set_line and planet_set_address nothing either where the field says
 * something. */
void planet_set_html(const struct planet_reading *r, char **field, const xmlNode *node);
void planet_set_text(char **field, const xmlNode *node); /* one line of plain text */
void planet_set_line(char **field, const xmlNode *node);
void planet_set_address(const struct planet_reading *r, char **field, const xmlNode *node,
	const char *attribute); /* NULL: its text */
void planet_set_authors(const struct planet_reading *r, char **name, char **email, char **url, const xmlNode *first);
/* INT64_MIN where there is none that can be read. */
int64_t planet_date_of(const xmlNode *node);
int64_t planet_date_in_tag(const xmlNode *node); /* CDF */
/* Atom's links. */
bool planet_rel_is(const xmlNode *node, const char *wanted);
void planet_set_alternate(const struct planet_reading *r, char **url, const xmlNode *parent);
const xmlNode *planet_link_of(const xmlNode *parent, const char *rel);

#endif

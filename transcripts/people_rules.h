/* people_rules.h - who is who: the owner's rules, in SITE/people.yaml, by which the names that files give become people.
 * Never a guess: without a rule two names are the same person only when their slugs are equal ("BRIAN K." and "Brian
 * K"), and a name that holds several is one name. Pure; any thread.
 *
 *   people:
 *     - {name: Ada Bell, aliases: [Ada, "A. Bell"], slug: ada, about: "…", url: "https://…", image: media/ada.jpg}
 *     - {name: Ben Hur, in: {bells: [Ben], another-show: [Hur]}}   # these names only in that show or conference
 *   compound:
 *     "Ada Bell and Ben": [Ada Bell, Ben]                          # one text that names several
 *   nobody: [Various speakers, Announcer]                          # no page, and nobody's words
 *
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PEOPLE_RULES_H
#define TRANSCRIPTS_PEOPLE_RULES_H

#include "transcripts/dialect.h"

struct people_rules;

/* NULL when it isn't YAML or no map (why says so, with its line); single rules that can't be meant are reported and left
 * out: an alias of two people, a compound of nobody. An empty text gives rules that change nothing. */
struct people_rules *people_rules_read(struct span yaml, const struct dialect_faults *faults, struct why *why) NODISCARD;
void people_rules_destroy(struct people_rules *r); /* accepts NULL */

/* Calls each(slug, name) for everyone whom this name means in this show or conference ("" = anywhere); returns how many,
 * 0 for nobody. name is the rules' spelling where they have one, else as given. */
size_t people_rules_resolve(const struct people_rules *r, const char *place, struct span name,
	void (*each)(void *data, const char *slug, const char *name), void *data);

/* What the rules say of a person; NULL where they don't name him. Texts are "" where they say nothing. */
struct people_rule {
	const char *slug, *name, *about, *url, *image;
};
const struct people_rule *people_rules_find(const struct people_rules *r, const char *slug);

/* True when a name looks like several people's ("A, B and C"): what the doctor asks the owner about. */
bool people_name_is_compound(struct span name);

#endif

/* takedown.h - what must not be published any more, in SITE/takedown.yaml: an item by its page or by a file that it is made
 * of, or all items in which somebody takes part. Pure; one thread.
 *
 *   - {item: /shows/bells/one, reason: "The guest asked us to.", date: 2026-11-20}
 *   - {file: episodes/two.md, what: [recording, transcript], reason: "Music that we have no rights to."}
 *   - {person: Ada Bell, reason: "She wants her talks gone."}
 *
 * what: page (which is all of it), recording, transcript; without it the page, or for a file of a recording or a
 * transcript that one. A rule that can be read in part is reported, and takes down rather too much than too little.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_TAKEDOWN_H
#define TRANSCRIPTS_TAKEDOWN_H

#include "transcripts/people_rules.h"

enum { TAKEDOWN_RECORDING = 1, TAKEDOWN_TRANSCRIPT = 2, TAKEDOWN_PAGE = 4, TAKEDOWN_ALL = 7 };

struct takedown_rule {
	char *item;          /* "shows/bells/one", decoded; "" in a rule of another kind, as file and person */
	char *file, *person;
	char *reason, *date; /* as written, "" where they aren't said */
	char **slugs;        /* whom person means */
	size_t n_slugs;
	unsigned what;       /* 0: not said */
	int line;
};

struct takedown {
	struct takedown_rule *rules;
	size_t n;
};

/* people: who is who. NULL when it isn't YAML or no list (why, with its line): then nobody knows what may be published. */
struct takedown *takedown_read(struct span yaml, const struct people_rules *people, const struct dialect_faults *faults,
	struct why *why) NODISCARD;
void takedown_destroy(struct takedown *t); /* accepts NULL */

/* What is known of an item. Texts are borrowed; media: names in the site's media folder. */
struct takedown_item {
	const char *place;      /* show, or conference */
	const char *address;    /* "shows/bells/one" */
	const char *file, *transcript_file;
	char *const *media;
	size_t n_media;
	char *const *names;     /* of those who take part, as written */
	size_t n_names;
};
/* The parts that rule i takes down of it, 0 for none. */
unsigned takedown_match(const struct takedown *t, size_t i, const struct takedown_item *item, const struct people_rules *people);

#endif

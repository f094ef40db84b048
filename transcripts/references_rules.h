/* references_rules.h - the owner's word against references that were found wrongly, in SITE/references.yaml. Pure but for
 * the counts; one thread.
 *
 *   - {from: /shows/bells/on-wheels, to: /shows/bells/on-ropes}   # this one doesn't speak of that one
 *   - {to: /conferences/bellconf-2019/one}                        # nobody speaks of it
 *   - {from: /shows/bells/trailer}                                # it speaks of none
 *
 * Paths are those of the pages' addresses; an address in full will do, too.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_REFERENCES_RULES_H
#define TRANSCRIPTS_REFERENCES_RULES_H

#include "transcripts/dialect.h"

struct reference_rules;

/* NULL when it isn't YAML or no list (why, with its line). A rule that can't be meant is reported and left out. */
struct reference_rules *reference_rules_read(struct span yaml, const struct dialect_faults *faults, struct why *why)
	NODISCARD;
void reference_rules_destroy(struct reference_rules *r); /* accepts NULL */
/* True when a rule strikes it; counts the rule. Paths as archive_item_path gives them. */
bool reference_rules_strike(struct reference_rules *r, const char *from, const char *to);
/* Calls each for every rule that has struck nothing yet. */
void reference_rules_unused(const struct reference_rules *r, void (*each)(void *data, int line), void *data);

#endif

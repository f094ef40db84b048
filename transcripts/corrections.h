/* corrections.h - the owner's corrections of what transcribers heard, in SITE/corrections.yaml, applied between file and
 * index; the files are never touched, so taking a rule out undoes it. Pure but for corrections_apply's counts; one thread.
 *
 *   - {from: spacey, to: spaCy}                      # whole words, whatever their case
 *   - {from: Talk Python To Me, to: Talk Python to Me, show: talkpython}
 *   - {from: IT, to: it, exact: true}                # only in this case
 *   - {from: um, to: ""}                             # said and not meant
 *
 * A rule is found where its words follow each other, whatever blanks are between, also across the cues of one turn where
 * it has as many words as what it puts in. Marks at the border of words stay ("spacey's" becomes "spaCy's"). Rules are
 * applied in their order, each to what those before it left; what a rule put in it doesn't see again.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_CORRECTIONS_H
#define TRANSCRIPTS_CORRECTIONS_H

#include "transcripts/dialect.h"

struct corrections;

/* NULL when it isn't YAML or no list (why, with its line). A rule that can't be meant is reported and left out. */
struct corrections *corrections_read(struct span yaml, const struct dialect_faults *faults, struct why *why) NODISCARD;
void corrections_destroy(struct corrections *c); /* accepts NULL */

/* One change: the cue's line in its file, its text before and after the rule. */
struct correction_report {
	void (*change)(void *data, size_t rule, int line, struct span before, struct span after); /* may be NULL */
	void *data;
};
/* Corrects t, which is of that show ("" = none) or conference; returns how many places were corrected. Counts them by
 * rule. */
size_t corrections_apply(struct corrections *c, const char *place, struct transcript *t,
	const struct correction_report *report);

struct correction {
	const char *from, *to, *show; /* show "" = every */
	bool exact;
	int line;
	size_t n;                     /* places corrected so far */
};
size_t corrections_count(const struct corrections *c);
const struct correction *corrections_at(const struct corrections *c, size_t i);

#endif

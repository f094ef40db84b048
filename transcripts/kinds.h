/* kinds.h - the kinds of files that are known, each by a short label that stays: what a file can be said to be where its
 * content looks like something else. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_KINDS_H
#define TRANSCRIPTS_KINDS_H

#include "base/span.h"

enum kind_of_file {
	KIND_DOCUMENT,   /* document_read_as reads it: a page, a dialect of transcripts, a form of chapters */
	KIND_COLLECTION, /* collection_read_as does */
};
struct kind {
	enum kind_of_file of;
	const char *label, *name; /* name: as `import` prints it */
};

/* By index; false behind the last. */
bool kind_at(size_t i, struct kind *k);
bool kind_named(struct span label, struct kind *k);
/* "auto": what a file's content tells. */
bool kind_is_auto(struct span label);
/* The label (or "auto") that is nearest to a text that is none; NULL when none is near. */
const char *kind_nearest(struct span label);

/* What an owner says of his files. */
struct kind_rule {
	const char *files; /* a pattern (path_glob.h) relative to the site; what is elsewhere: an absolute one */
	const char *as;    /* a label, or "auto" */
	int line;          /* in carillon.yaml */
};

#endif

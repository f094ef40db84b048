/* importer_files.h - which files an import is about; for importer.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_IMPORTER_FILES_H
#define TRANSCRIPTS_IMPORTER_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "transcripts/importer.h"

enum listed_content {
	LISTED_NOT_LOOKED_AT,
	LISTED_UNREADABLE,
	LISTED_WORDS,    /* a transcript, a page, or what nobody knows */
	LISTED_CHAPTERS, /* and nothing else */
	LISTED_RECORDS,  /* many of them */
};

struct listed_file {
	char *path;        /* as the archive knows it */
	char *full;        /* as it opens */
	char *slug;        /* of its name; without ".chapters" */
	uint64_t hash;     /* of its bytes; set by the importer */
	int rank;          /* of its ending among the forms of a transcript, 0 = best */
	bool may_be_page;  /* by its ending, or because its owner says so */
	bool is_told;      /* its owner says what it is: kind; rule says so, NULL: `import --as` did */
	struct kind kind;
	const struct kind_rule *rule;
	enum listed_content content; /* set by import_look */
	bool named;        /* one of the paths that were asked for */
	bool done;         /* reported */
	bool taken;        /* it gave words to the archive, or will */
	bool is_planet;    /* it gave posts to the planet */
	bool readable;     /* set by the importer with hash */
	int64_t talk;      /* it belongs to by its name, 0 = none; set by the importer */
};

/* What `import --as` said of files and folders, by path as the archive knows it; a file's own goes before its folder's. */
struct told_kinds {
	struct told_kind {
		char *path, *label;
	} *items;
	size_t n;
};

struct file_list {
	struct listed_file *files; /* sorted by folder, stem, rank */
	size_t n;
	struct listed_file **by_slug; /* the same, by slug; those of one as above */
	char **missing;            /* remembered places that aren't there now */
	size_t n_missing;
	struct told_kinds kinds;
};

/* Remembers new places, and what is said of them (site's as), in SITE/var/elsewhere; site's forget: drops those that
 * aren't there. E_GONE: one of the paths isn't there. */
enum err file_list_make(struct file_list *list, const struct importer_site *site, const char *const *paths,
	size_t n_paths, struct why *why) NODISCARD;
void file_list_finish(struct file_list *list);
/* The listed file that is the one at this path (as it opens), or NULL. */
struct listed_file *file_list_at(const struct file_list *list, const char *full);
/* By the path that the archive knows; NULL when it isn't listed. */
struct listed_file *file_list_find(const struct file_list *list, const char *path);
/* Those with this slug; borrowed. */
struct listed_file *const *file_list_of_slug(const struct file_list *list, const char *slug, size_t *n);
/* "auto" takes back what was said of the path and of what is below it. */
void told_kinds_set(struct told_kinds *kinds, struct span path, struct span label);
/* NULL: nothing was said, or "auto". */
const char *told_kinds_find(const struct told_kinds *kinds, const char *path);
void told_kinds_finish(struct told_kinds *kinds);
/* True for the same folder and stem. */
bool listed_file_is_twin(const struct listed_file *a, const struct listed_file *b);

#endif

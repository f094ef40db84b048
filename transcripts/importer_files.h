/* importer_files.h - which files an import is about; for importer.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_IMPORTER_FILES_H
#define TRANSCRIPTS_IMPORTER_FILES_H

#include "base/buf.h"
#include "base/err.h"

struct listed_file {
	char *path;        /* as the archive knows it */
	char *full;        /* as it opens */
	char *slug;        /* of its name */
	uint64_t hash;     /* of its bytes; set by the importer */
	int rank;          /* of its ending among the forms of a transcript, 0 = best */
	bool is_markdown;
	bool named;        /* one of the paths that were asked for */
	bool done;         /* reported */
	bool taken;        /* it gave words to the archive, or will */
	bool readable;     /* set by the importer with hash */
	int64_t talk;      /* it belongs to by its name, 0 = none; set by the importer */
};

struct file_list {
	struct listed_file *files; /* sorted by folder, stem, rank */
	size_t n;
	char **missing;            /* remembered places that aren't there now */
	size_t n_missing;
};

/* site: its folder. Remembers new places in SITE/var/elsewhere; forget: drops those that aren't there. E_GONE: one of
 * the paths isn't there. */
enum err file_list_make(struct file_list *list, const char *site, const char *const *paths, size_t n_paths, bool forget,
	struct why *why) NODISCARD;
void file_list_finish(struct file_list *list);
/* The listed file that is the one at this path (as it opens), or NULL. */
struct listed_file *file_list_at(const struct file_list *list, const char *full);
/* By the path that the archive knows; NULL when it isn't listed. */
struct listed_file *file_list_find(const struct file_list *list, const char *path);
/* True for the same folder and stem. */
bool listed_file_is_twin(const struct listed_file *a, const struct listed_file *b);

#endif

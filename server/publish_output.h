/* publish_output.h - a folder of published files: compares, replaces whole, and remembers what is its own in a list,
 * `.carillon-published`, so that it never takes away what somebody else has put there. The list is a line a file:
 * content's hash, size, path; sorted. The first line has the fingerprint of what the files were made from.
 *
 * A file counts as it was left when it has the size that the list says and isn't younger than the list: then it isn't even
 * read. Nothing is synced: what a power cut tears has another size, or is younger, and is written again by the next run.
 * output_put and output_put_media may be called from any thread; the rest belongs to the owner.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_OUTPUT_H
#define SERVER_PUBLISH_OUTPUT_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define OUTPUT_LIST ".carillon-published"

struct output;

/* Makes the folder where it is missing. E_FORMAT: its list is damaged. */
enum err output_open(const char *folder, bool compresses, struct output **output, struct why *why) NODISCARD;
void output_close(struct output *o); /* accepts NULL */

/* True when all that the last run wrote is still there as it left it, made from the same. */
bool output_is_current(struct output *o, uint64_t fingerprint);

/* Writes the file unless it has these bytes already; beside it FILE.gz, where that gains a tenth. file: relative, '/'
 * between folders. E_FORMAT: a name that no file can have. */
enum err output_put(struct output *o, const char *file, struct span bytes, struct why *why) NODISCARD;
/* A hard link to source or, copies true or where none can be made, a copy with its time. Not through a symbolic link. */
enum err output_put_media(struct output *o, const char *file, const char *source, bool copies, struct why *why) NODISCARD;

struct output_counts {
	size_t files, written, old, pruned;
	uint64_t n_bytes;  /* of all files */
};
/* What happens to files of former runs that this one didn't put. */
struct output_old {
	bool prune;                                       /* they go; else they stay, and are told of again */
	bool (*must_go)(void *data, const char *file);    /* this one goes all the same; may be NULL */
	void (*told)(void *data, const char *file, bool removed);
	void *data;
};
/* Tells of each of them, and writes the list. */
enum err output_settle(struct output *o, uint64_t fingerprint, const struct output_old *old, struct output_counts *counts,
	struct why *why) NODISCARD;
/* The files of the last run, this one where it is settled, without old ones; hash: of their bytes, 0 for media. */
void output_each(const struct output *o, void (*each)(void *data, const char *file, uint64_t hash), void *data);
/* What the list says, where nothing was put. */
void output_count(const struct output *o, struct output_counts *counts);

#endif

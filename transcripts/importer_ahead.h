/* importer_ahead.h - files read on other threads before the importer comes to them: it alone writes the archive, one file after
 * the other, while the work of reading them goes to all processors. Whoever waits for a file reads another meanwhile. For
 * importer*.c alone; what is declared here is called by the importer's thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_IMPORTER_AHEAD_H
#define TRANSCRIPTS_IMPORTER_AHEAD_H

#include "transcripts/archive_prepare.h"

struct import;
struct listed_file;
struct import_ahead;

/* What was read of a file. */
struct ahead_file {
	const struct listed_file *file;
	bool is_read;               /* else it is left to the importer (too large, unreadable) */
	struct buf bytes;
	uint64_t hash;              /* as import_hash makes it */
	struct document *document;  /* borrows from bytes; NULL where the archive knows this hash */
	bool is_prepared;
	struct archive_prepared prepared;
	struct ahead_fault {
		int line;
		char *text;
	} *faults;                  /* of the document, in order */
	size_t n_faults;
};
void ahead_file_finish(struct ahead_file *f);

/* The files are asked for in this order; n numbers in the importer's list. NULL where it isn't worth a thread. The list and what
 * is said of its files stay as they are until ahead_stop. */
struct import_ahead *ahead_start(struct import *in, const size_t *files, size_t n);
void ahead_stop(struct import_ahead *a); /* accepts NULL */
/* Whether the file is next, or comes later than what was asked for until now: then it is moved into *out, once it is read, and
 * all before it are dropped. Accepts NULL. */
bool ahead_take(struct import_ahead *a, const struct listed_file *f, struct ahead_file *out);

#endif

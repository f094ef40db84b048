/* importer_job.h - one run of the importer, for importer*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_IMPORTER_JOB_H
#define TRANSCRIPTS_IMPORTER_JOB_H

#include "transcripts/importer.h"
#include "transcripts/importer_files.h"

struct import {
	struct archive *archive;
	const struct importer_site *site;
	const struct importer_report *report;
	struct importer_counts *counts;
	struct file_list list;
	struct buf bytes;      /* of the file being read */
	struct buf more_bytes; /* of its transcript's file */
	size_t n_puts, n_looked_at;
	struct why *why;
};

/* Counts and reports a fault; file as it opens, line 0 = none. */
void import_fault(struct import *in, const char *file, int line, const char *text);
void import_fault_format(struct import *in, const char *file, int line, const char *format, ...) PRINTF(4, 5);
/* After each change: what was put reaches the disk in batches. */
enum err import_next_put(struct import *in) NODISCARD;
/* Reports what has vanished, or forgets it. */
enum err import_vanished(struct import *in) NODISCARD;

#endif

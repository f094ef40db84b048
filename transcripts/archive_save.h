/* archive_save.h - what an import has committed reaches the archive's file while others read it already: it waits for the disk,
 * and nobody else has to.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_SAVE_H
#define TRANSCRIPTS_ARCHIVE_SAVE_H

#include "transcripts/archive.h"

struct archive_saving;

/* On a thread of its own; nobody uses this archive (others of the same folder may) before archive_save_end. NULL where there is
 * no thread to be had: then archive_close does it. */
struct archive_saving *archive_save_begin(struct archive *a);
void archive_save_end(struct archive_saving *s); /* accepts NULL; waits */

#endif

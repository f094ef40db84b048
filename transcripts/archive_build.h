/* archive_build.h - the archive of a command that imports a whole site, then reads all of it, once. A site's first archive is made
 * beside its place, in var/archive.db.PID, without a journal: each page is written once, and is read where it lies. It is
 * put into its place when it is whole and on the disk. Who dies before leaves a file that the next one removes.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ARCHIVE_BUILD_H
#define TRANSCRIPTS_ARCHIVE_BUILD_H

#include "transcripts/archive.h"

/* As archive_open; where there is no archive yet it is made beside its place. Others may make one meanwhile: it stays, ours goes
 * when it is closed. */
enum err archive_build_open(const char *folder, struct archive **archive, struct why *why) NODISCARD;
/* A reader of what it has committed, for everything once. */
enum err archive_build_reader(const struct archive *a, const char *folder, struct archive **reader, struct why *why) NODISCARD;

struct archive_saving;

/* What was committed reaches the disk, and its place, while others read it already: on a thread of its own. Nobody uses this
 * archive (its readers may be used) before archive_save_end. NULL where there is no thread to be had: it is done then. */
struct archive_saving *archive_save_begin(struct archive *a);
void archive_save_end(struct archive_saving *s); /* accepts NULL; waits */

#endif

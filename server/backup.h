/* backup.h - a site as one file, and the other way round: for verb_backup.c and verb_restore.c. The file is a tar archive
 * (backup_tar.h) with a list of what is in it (backup_manifest.h). Blocking; one thread.
 * In it is all that the site's folder has, links followed, and of var/ what can't be made again or only at length: the
 * log, the planet's posts, what is known of the media, who may push (hashes of tokens), which places elsewhere are read,
 * and what was served last of each feed. archive.db isn't: it is made from the files.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_BACKUP_H
#define SERVER_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct backup_report {
	/* Both may be NULL. */
	void (*progress)(void *data, uint64_t done, uint64_t total, const char *path);
	void (*fault)(void *data, const char *path, const char *text);
	void *data;
};

struct backup_options {
	bool without_media, replaces; /* replaces: an existing file */
};

struct backup_counts {
	size_t files, faults;
	uint64_t n_bytes;   /* of the files */
	uint64_t file_size; /* of the backup */
};

/* Also while a server runs: databases are copied as of one moment, other files are whole, since they are replaced whole. A
 * file that can't be read, or whose link leads nowhere, is told and left out. The backup is written beside as FILE.new and
 * then takes its name. E_DENIED: the file is there already, or lies in the site; E_GONE: no site; E_AGAIN: a
 * file changed while it was copied, or another backup is writing. */
enum err backup_make(const char *site, const char *file, const struct backup_options *options,
	const struct backup_report *report, struct backup_counts *counts, struct why *why) NODISCARD;

struct restore_counts {
	size_t files;
	uint64_t n_bytes;
	char made[40], version[40]; /* when, and by which carillon */
};

/* Makes the folder, which must be new or empty; NULL: only checks. Everything is unpacked in FOLDER.partial, which then
 * takes the folder's name, or is removed. E_FORMAT: no backup, or damaged; what is wrong with single files is told. */
enum err backup_restore(const char *file, const char *folder, const struct backup_report *report,
	struct restore_counts *counts, struct why *why) NODISCARD;

#endif

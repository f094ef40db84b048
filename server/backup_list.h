/* backup_list.h - which files of a site go into its backup; for backup.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_BACKUP_LIST_H
#define SERVER_BACKUP_LIST_H

#include <sys/types.h>

#include "server/backup.h"

struct backup_file {
	char *path;      /* in the site */
	char *full;      /* as it opens */
	bool is_folder, is_database;
	uint64_t n_bytes;
	dev_t device;    /* which file it is */
	ino_t inode;
	size_t above;    /* the folder that it is in, by its number while the list is made */
};

struct backup_list {
	struct backup_file *files; /* by path: a folder before what is in it */
	size_t n;
};

/* E_GONE: there is no site. What is left out though it may be missed is told. */
enum err backup_list_make(struct backup_list *list, const char *site, bool without_media, const struct backup_report *report,
	size_t *n_faults, struct why *why) NODISCARD;
void backup_list_finish(struct backup_list *list);

#endif

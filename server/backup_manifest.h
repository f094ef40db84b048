/* backup_manifest.h - what is in a backup: every file's path and the SHA-256 of its bytes. Its last file,
 * MANIFEST_PATH, holds that as lines that `sha256sum -c` reads; its first, MANIFEST_HEAD_PATH, says what the whole is. Pure;
 * one thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_BACKUP_MANIFEST_H
#define SERVER_BACKUP_MANIFEST_H

#include "base/buf.h"
#include "base/err.h"

#define MANIFEST_HEAD_PATH "carillon-backup.json"
#define MANIFEST_PATH "carillon-backup.sha256"
enum { MANIFEST_FORMAT = 1, MANIFEST_HASH = 32 };

/* A hash in the making. */
struct manifest_hash;
struct manifest_hash *manifest_hash_create(void);
void manifest_hash_destroy(struct manifest_hash *h); /* accepts NULL */
void manifest_hash_add(struct manifest_hash *h, struct span bytes);
/* Ends it, and begins the next. */
void manifest_hash_take(struct manifest_hash *h, unsigned char hash[MANIFEST_HASH]);

struct manifest {
	struct manifest_line {
		char *path;
		unsigned char hash[MANIFEST_HASH];
		bool is_folder; /* not written */
	} *lines;
	size_t n;
};
void manifest_add(struct manifest *m, const char *path, bool is_folder, const unsigned char *hash);
void manifest_finish(struct manifest *m);
void manifest_write(const struct manifest *m, struct buf *out);
/* E_FORMAT: a line isn't one. */
enum err manifest_read(struct span text, struct manifest *m, struct why *why) NODISCARD;

/* Puts both in order, and tells what is there twice, as a file and as a folder, missing, damaged, or not in the list. False
 * when there was anything. */
bool manifest_compare(struct manifest *found, struct manifest *listed,
	void (*fault)(void *data, const char *path, const char *text), void *data);

/* A path that stays in the folder that it is unpacked in: relative, without empty, "." and ".." parts, and not longer than
 * the kernel takes. NULL: it is one, else what is wrong with it. */
const char *manifest_path_fault(const char *path);

#endif

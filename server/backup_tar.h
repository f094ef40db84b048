/* backup_tar.h - a backup's outside: a tar archive as every tar reads it (POSIX pax: any size, any name), as it is or
 * compressed with zstd or gzip. By libarchive, which nothing else of ours calls. One thread each. Blocking.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_BACKUP_TAR_H
#define SERVER_BACKUP_TAR_H

#include "base/err.h"
#include "base/span.h"

struct tar_entry {
	const char *path;     /* when reading borrowed until the next call, and whatever the archive says */
	bool is_folder;
	const char *strange;  /* reading only: what it is when neither file nor folder ("a symbolic link"), else NULL */
	uint64_t n_bytes;     /* 0 for a folder */
	int64_t changed_s;    /* when it was changed last, since the epoch */
	long changed_ns;      /* and nanoseconds */
	unsigned mode;        /* its owner's, group's and others' rights */
};

enum tar_packing { TAR_PLAIN, TAR_ZSTD, TAR_GZIP };
/* By the file's ending: .zst, .gz, or anything else. */
enum tar_packing tar_packing_of(const char *file);

/* Writing to an open file, which stays the caller's. E_FULL: the disk is full. */
struct tar_writer;
enum err tar_writer_open(int fd, enum tar_packing packing, struct tar_writer **w, struct why *why) NODISCARD;
enum err tar_writer_entry(struct tar_writer *w, const struct tar_entry *entry, struct why *why) NODISCARD;
/* Of the last entry's bytes; in all as many as it said. */
enum err tar_writer_bytes(struct tar_writer *w, struct span bytes, struct why *why) NODISCARD;
/* Writes the end. */
enum err tar_writer_finish(struct tar_writer *w, struct why *why) NODISCARD;
void tar_writer_close(struct tar_writer *w); /* accepts NULL */

/* Reading. E_FORMAT: no such archive, or damaged. */
struct tar_reader;
enum err tar_reader_open(const char *file, struct tar_reader **r, struct why *why) NODISCARD;
void tar_reader_close(struct tar_reader *r); /* accepts NULL */
/* The next entry; E_GONE at the end. */
enum err tar_reader_next(struct tar_reader *r, struct tar_entry *entry, struct why *why) NODISCARD;
/* More of its bytes, borrowed until the next call; none at its end. */
enum err tar_reader_bytes(struct tar_reader *r, struct span *bytes, struct why *why) NODISCARD;

#endif

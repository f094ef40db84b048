/* faulty_sync.h - a disk whose k-th sync fails: SQLite's own file system, with its sync replaced.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SERVER_FAULTY_SYNC_H
#define TESTS_SERVER_FAULTY_SYNC_H

#include <sqlite3.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

/* The database and its WAL have different methods. */
static struct sqlite3_io_methods faulty[2];
static const struct sqlite3_io_methods *real[2];
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static int syncs_until_fault; /* counts down, in all files of the process */

static int64_t *fault_us; /* when it failed, on the machine's monotonic clock; shared with forked processes */

static inline int64_t machine_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline int faulty_sync(sqlite3_file *file, int flags)
{
	if (--syncs_until_fault != 0)
		return real[file->pMethods - faulty]->xSync(file, flags);
	*fault_us = machine_us();
	return SQLITE_IOERR_FSYNC;
}

static inline int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	int code = real_open(vfs, name, file, flags, out_flags);
	int which = flags & SQLITE_OPEN_WAL ? 1 : 0;
	if (code == SQLITE_OK && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB))) {
		real[which] = file->pMethods;
		faulty[which] = *real[which];
		faulty[which].xSync = faulty_sync;
		file->pMethods = &faulty[which];
	}
	return code;
}

/* For the databases that are opened from now on. */
static inline void faulty_sync_begin(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	real_open = vfs->xOpen;
	vfs->xOpen = faulty_open;
	fault_us = mmap(NULL, sizeof *fault_us, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	syncs_until_fault = 1 << 30;
}

static inline void faulty_sync_end(void)
{
	sqlite3_vfs_find(NULL)->xOpen = real_open;
	munmap(fault_us, sizeof *fault_us);
}

#endif

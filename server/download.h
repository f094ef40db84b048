/* download.h - a file of any size from the web into a folder of the site, whole or not at all. While it comes it is
 * FOLDER/.NAME.partial, which nothing else reads, with a note beside it (.NAME.partial.from) of where it comes from and
 * which version it is: interrupted in any way, the next call goes on where this one stopped (Range, If-Range), or begins
 * anew where the file has changed there. The note stays until download_forget, so that a file that came whole just before
 * the end of the program is known for one of ours. Blocking; one thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_DOWNLOAD_H
#define SERVER_DOWNLOAD_H

#include "server/fetch.h"

struct download {
	struct fetcher *fetcher;
	const char *url, *folder;
	const char *name;        /* without ending, which is the file's own kind's */
	bool is_named;           /* as fetch_request has it */
	bool is_picture;         /* a JPEG or PNG; else a recording */
	int64_t expected_bytes;  /* of one that lies there already: 0 = not known */
	void (*progress)(void *data, int64_t done, int64_t total); /* total -1: not known; may be NULL */
	void *data;
};

/* *file: its name in the folder, owned by the caller; *n_bytes its size. E_AGAIN: broken off, what came is kept, try
 * again later; E_GONE, E_DENIED: it can't be had; E_FORMAT: it is no such file (nothing is kept); E_LIMIT: another file has
 * its name; E_IO, E_FULL. */
enum err download(const struct download *d, char **file, int64_t *n_bytes, struct why *why) NODISCARD;
/* The note of a file that is in its place, and known there. */
void download_forget(const char *folder, const char *name);

#endif

/* file.h - whole files, folders and paths. Blocking: never from the loop or an audio thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the whole file to out. E_GONE: no such file; E_LIMIT: larger than limit; E_IO. */
enum err file_read(const char *path, size_t limit, struct buf *out, struct why *why) NODISCARD;
/* Replaces the file whole, or leaves it as it was: temporary file, fsync, rename, fsync of the folder. */
enum err file_replace(const char *path, struct span content, struct why *why) NODISCARD;
/* The same, readable by its owner alone. */
enum err file_replace_private(const char *path, struct span content, struct why *why) NODISCARD;
/* Makes the folder and those above it; OK when it is there already. */
enum err file_make_folder(const char *path, struct why *why) NODISCARD;
bool file_exists(const char *path);
bool file_is_folder(const char *path);
/* "a", "b/c" -> "a/b/c"; an absolute second part is returned alone. Owned by the caller. */
char *file_join(const char *folder, const char *name);
/* The file's name without folders and without its last ending; borrowed from path. */
struct span file_stem(const char *path);
/* The last ending without the dot ("mp3"), or empty; borrowed from path. */
struct span file_ending(const char *path);
/* Names of the entries of a folder, sorted bytewise, without "." and "..". *names is owned, each name too. E_GONE, E_IO. */
enum err file_list(const char *folder, char ***names, size_t *n, struct why *why) NODISCARD;
void file_list_free(char **names, size_t n);

#endif

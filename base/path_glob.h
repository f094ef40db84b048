/* path_glob.h - patterns of paths, as a shell's: * and ? stop at a slash, [a-z] is one of a set, \\ takes the next
 * character as it is; a part that is two asterisks stands for any folders, none too. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_PATH_GLOB_H
#define BASE_PATH_GLOB_H

#include <stdbool.h>

/* True when the whole path fits. */
bool path_glob(const char *pattern, const char *path);

#endif

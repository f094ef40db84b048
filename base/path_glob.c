/* SPDX-License-Identifier: MIT */
#include "base/path_glob.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

static const char *part_end(const char *at)
{
	return at + strcspn(at, "/");
}

static bool fits(const char *pattern, const char *path)
{
	char *p = span_dup(span_make(pattern, (size_t)(part_end(pattern) - pattern)));
	char *s = span_dup(span_make(path, (size_t)(part_end(path) - path)));
	bool does = fnmatch(p, s, 0) == 0;
	free(p);
	free(s);
	return does;
}

bool path_glob(const char *pattern, const char *path)
{
	/* Behind the last two asterisks: the pattern's rest, and the first part of the path that wasn't tried with it. */
	const char *again = NULL, *untried = NULL;
	for (;;) {
		if (strncmp(pattern, "**/", 3) == 0) {
			again = pattern += 3;
			untried = path;
			continue;
		}
		if (strcmp(pattern, "**") == 0)
			return *path != '\0';
		const char *pattern_end = part_end(pattern), *path_end = part_end(path);
		bool fit = fits(pattern, path);
		if (fit && !*pattern_end && !*path_end)
			return true;
		if (fit && *pattern_end && *path_end) {
			pattern = pattern_end + 1;
			path = path_end + 1;
			continue;
		}
		if (!again || !*part_end(untried))
			return false;
		untried = part_end(untried) + 1;
		pattern = again;
		path = untried;
	}
}

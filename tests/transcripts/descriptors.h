/* descriptors.h - whether a test leaves something open.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_TRANSCRIPTS_DESCRIPTORS_H
#define TESTS_TRANSCRIPTS_DESCRIPTORS_H

#include <dirent.h>
#include <stddef.h>

/* One more than there are: the folder's own. */
static inline size_t count_descriptors(void)
{
	size_t n = 0;
	DIR *dir = opendir("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#endif

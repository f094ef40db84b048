/* corpora.h - real data beside a developer's checkout, named by the environment variable CORPORA; a test that asks for
 * what isn't there is skipped, and counted as such.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_CORPORA_H
#define TESTS_CORPORA_H

#include "dialect_help.h"

#include <ftw.h>
#include <unistd.h>

/* A file or folder among them; owned. */
static inline char *corpus(const char *name)
{
	const char *root = getenv("CORPORA");
	char *path = root ? file_join(root, name) : NULL;
	if (!path || !file_exists(path)) {
		free(path);
		skip();
	}
	return path;
}

static inline int corpus_remove_one(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
	(void)info, (void)kind, (void)ftw;
	return remove(path);
}

static inline void corpus_remove(const char *folder)
{
	nftw(folder, corpus_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The unpacked archive, in a temporary folder; skips without tar or zstd. */
static inline void corpus_unpack(const char *archive, char folder[64])
{
	char *path = corpus(archive);
	struct buf command = {0};
	strcpy(folder, "/tmp/carillon-corpus-XXXXXX");
	assert_non_null(mkdtemp(folder));
	buf_format(&command, "tar --zstd -xf '%s' -C '%s' 2>/dev/null", path, folder);
	int status = system(command.p);
	buf_finish(&command);
	free(path);
	if (status != 0) {
		corpus_remove(folder);
		skip();
	}
}

/* Calls each with every file below a folder, in order of their names. */
static inline void corpus_each(const char *folder, void (*each)(const char *path, struct span bytes, void *data),
	void *data)
{
	char **names;
	size_t n;
	struct why why;
	assert_int_equal(file_list(folder, &names, &n, &why), OK);
	for (size_t i = 0; i < n; i++) {
		char *path = file_join(folder, names[i]);
		if (file_is_folder(path)) {
			corpus_each(path, each, data);
		} else {
			struct buf bytes = read_or_fail(folder, names[i]);
			each(path, buf_view(&bytes), data);
			buf_finish(&bytes);
		}
		free(path);
	}
	file_list_free(names, n);
}

#endif

/* sample.h - a temporary folder, and documents built by hand, for the tests of archive, search and importer.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_TRANSCRIPTS_SAMPLE_H
#define TESTS_TRANSCRIPTS_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive.h"

/* Owned; taken away by sample_folder_remove. */
static inline char *sample_folder(void)
{
	const char *base = getenv("TMPDIR");
	char *path = file_join(base ? base : "/tmp", "carillon-test-XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

static inline void sample_remove(const char *path)
{
	struct stat info;
	if (lstat(path, &info))
		return;
	if (S_ISDIR(info.st_mode)) {
		char **names;
		size_t n;
		if (file_list(path, &names, &n, NULL) == OK) {
			for (size_t i = 0; i < n; i++) {
				char *child = file_join(path, names[i]);
				sample_remove(child);
				free(child);
			}
			file_list_free(names, n);
		}
		rmdir(path);
	} else {
		unlink(path);
	}
}

static inline void sample_folder_remove(char *folder)
{
	sample_remove(folder);
	free(folder);
}

static inline void sample_write(const char *folder, const char *name, const char *text)
{
	char *path = file_join(folder, name), *slash = strrchr(path, '/');
	*slash = '\0';
	assert_int_equal(file_make_folder(path, NULL), OK);
	*slash = '/';
	assert_int_equal(file_replace(path, span_of(text), NULL), OK);
	free(path);
}

/* lines: "SPEAKER|seconds|text" each; an empty speaker goes on with the turn. Ends with NULL. */
static inline struct transcript *sample_transcript(const char *const *lines)
{
	struct transcript *t = transcript_create();
	for (int n = 1; *lines; lines++, n++) {
		struct span rest = span_of(*lines), speaker, seconds;
		double start;
		size_t bar = span_find(rest, '|');
		speaker = span_make(rest.p, bar);
		rest = span_from(rest, bar + 1);
		bar = span_find(rest, '|');
		seconds = span_make(rest.p, bar);
		assert_true(span_to_double(seconds, &start));
		if (speaker.n)
			transcript_add_turn(t, speaker);
		transcript_add_cue(t, (int64_t)(start * 1000 + 0.5), -1, span_from(rest, bar + 1), n);
	}
	transcript_finish_build(t);
	return t;
}

/* As document_read would give it; freed by document_destroy. */
static inline struct document *sample_document(enum document_kind kind, const char *title, const char *date,
	struct transcript *transcript)
{
	struct document *d = document_create(kind);
	document_set(&d->title, span_of(title));
	d->transcript = transcript;
	if (date)
		assert_int_equal(time_parse(span_of(date), &d->published_ms), OK);
	return d;
}

/* Puts an episode of the show "bells", with its slug for a path. */
static inline void sample_put(struct archive *a, const char *slug, struct document *d)
{
	struct buf path = {0};
	struct why why = {0};
	buf_format(&path, "episodes/%s.md", slug);
	struct archive_file file = {.path = path.p, .content_hash = span_hash(span_of(slug)),
		.show = d->show[0] ? d->show : "bells", .slug = slug, .document = d};
	if (archive_put(a, &file, &why) != OK)
		fail_msg("%s", why.text);
	document_destroy(d);
	buf_finish(&path);
}

#endif

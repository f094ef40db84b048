/* importer_help.h - a site in a temporary folder that is imported again and again, and what the importer said of it.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_IMPORTER_HELP_H
#define TESTS_IMPORTER_HELP_H

#include "tests/transcripts/archive_help.h"

#include "transcripts/importer.h"

static struct importer_counts counts;
static struct buf lines, faults;
static const char *const shows[] = {"bells"};
static struct importer_site site;

static inline int set_up(void **state)
{
	(void)state;
	folder = sample_folder();
	char *var = file_join(folder, "var");
	assert_int_equal(archive_open(var, &archive, NULL), OK);
	free(var);
	site = (struct importer_site){.folder = folder, .shows = shows, .n_shows = 1};
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	archive_close(archive);
	sample_folder_remove(folder);
	buf_finish(&lines);
	buf_finish(&faults);
	return 0;
}

static inline void on_file(void *data, const struct importer_file *f)
{
	static const char *const names[] = {"taken", "unchanged", "declined", "unknown", "forgotten"};
	(void)data;
	buf_format(&lines, "%s %s %zu %zu\n\t%s%s%s: %s\n", f->path, names[f->outcome], f->n_turns, f->n_cues,
		f->name ? f->name : "", f->records ? ", " : "", f->records ? f->records : "", f->reason);
}

static inline void on_fault(void *data, const char *file, int line, const char *text)
{
	(void)data;
	buf_format(&faults, "%s:%d: %s\n", file, line, text);
}

static inline enum err import_paths(const char *const *paths, size_t n, struct why *why)
{
	const struct importer_report report = {.file = on_file, .fault = on_fault};
	buf_clear(&lines);
	buf_clear(&faults);
	buf_text(&lines, "");
	buf_text(&faults, "");
	return importer_run(archive, &site, paths, n, &report, &counts, why);
}

static inline void import_site(void)
{
	struct why why = {0};
	if (import_paths(NULL, 0, &why) != OK)
		fail_msg("%s", why.text);
}

static inline void check_no_fault(void)
{
	if (faults.n)
		fail_msg("%s", faults.p);
}

static inline void check_line(const char *line)
{
	if (!strstr(lines.p, line))
		fail_msg("no '%s' in:\n%s%s", line, lines.p, faults.p);
}

static inline void check_fault(const char *text)
{
	if (!strstr(faults.p, text))
		fail_msg("no '%s' in:\n%s%s", text, lines.p, faults.p);
}

static inline void no_line(const char *line)
{
	if (strstr(lines.p, line))
		fail_msg("'%s' in:\n%s%s", line, lines.p, faults.p);
}

/* archive.db is lost; var/elsewhere isn't. */
static inline void lose_archive(void)
{
	static const char *const names[] = {"var/archive.db", "var/archive.db-wal", "var/archive.db-shm"};
	archive_close(archive);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = file_join(folder, names[i]);
		unlink(path);
		free(path);
	}
	char *var = file_join(folder, "var");
	assert_int_equal(archive_open(var, &archive, NULL), OK);
	free(var);
}

static inline void remove_file(const char *name)
{
	char *path = file_join(folder, name);
	assert_int_equal(unlink(path), 0);
	free(path);
}

#endif

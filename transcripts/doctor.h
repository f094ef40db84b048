/* doctor.h - what is wrong in a site's files, found before a subscriber does: everything that the importer and the feeds
 * report, and what only shows when files are seen together or beside their media. Nothing of the site is written: the
 * files are read into an archive of its own in a temporary folder. Blocking.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_DOCTOR_H
#define TRANSCRIPTS_DOCTOR_H

#include "transcripts/feed.h"
#include "transcripts/kinds.h"

enum doctor_severity {
	DOCTOR_ERROR,   /* something is lost or wrong for listeners */
	DOCTOR_WARNING, /* something may be, or an app will ignore it */
};

struct doctor_fault {
	enum doctor_severity severity;
	const char *code;    /* stable, for scripts: "media-missing" */
	const char *file;    /* opens from the current folder */
	int line;            /* 0 = the file as a whole */
	const char *text;    /* what is wrong; what to do */
	bool is_fixable;     /* a struct doctor_fix follows from it */
};

/* A change of one line that can't make anything worse. */
struct doctor_fix {
	const char *file;
	int line;
	const char *before, *after; /* the whole line, without its end */
};

struct doctor_site {
	const char *folder;
	const char *const *shows;
	size_t n_shows;
	const struct feed_show *feeds; /* n_shows of them */
	const char *base_url;
	const struct kind_rule *kinds; /* as in struct importer_site */
	size_t n_kinds;
};

struct doctor_report {
	/* In the order of files and lines; each fault once. */
	void (*fault)(void *data, const struct doctor_fault *fault);
	void (*fix)(void *data, const struct doctor_fix *fix); /* may be NULL */
	void *data;
};

struct doctor_counts {
	size_t files, errors, warnings, fixes;
};

/* E_IO, E_FULL ...: the machine refused. */
enum err doctor_run(const struct doctor_site *site, const struct doctor_report *report, struct doctor_counts *counts,
	struct why *why) NODISCARD;
/* Writes the fix into its file, which is replaced whole. E_AGAIN: the line isn't what it was; nothing was written. */
enum err doctor_apply(const struct doctor_fix *fix, struct why *why) NODISCARD;

#endif

/* importer.h - the site's files into the archive: finds them, reads those that have changed, joins transcripts to
 * their episodes and talks, and says of each what became of it. Used by `carillon import` and, on a worker thread with an
 * archive of its own, by `serve`. Blocking.
 *
 * Files: SITE/episodes, SITE/transcripts and SITE/talks with what is below them, and the places elsewhere that were named once;
 * those are kept in SITE/var/elsewhere, one absolute path a line, so that they outlive the archive. What a file is its
 * content tells, or else its owner: in carillon.yaml (kinds), or once for a file or folder (as), which is kept there too,
 * in lines "as LABEL PATH", and goes before the former. A file of which something else is said is read again. A transcript
 * belongs to the episode that names it (`transcript:`) or has its slug; to the talk that has its slug, guid or YouTube id
 * (in brackets at the name's end, as downloaders write it), below talks/CONFERENCE of that conference; of several the one
 * in the talk's language by its name ("talk.en.vtt"); else it stands alone. A file of chapters likewise, by `chapters:` or by
 * a name such as SLUG.chapters.json; one that nobody claims is a fault. What the archive holds in the end follows from
 * the files alone, in whatever order they came. Who is who is read from SITE/people.yaml (people_rules.h), what was
 * misheard from SITE/corrections.yaml (corrections.h), and which references were found wrongly from SITE/references.yaml
 * (references_rules.h). Of files that differ
 * only in their ending the first of vtt, srt, json, txt is read. A file that has vanished is reported and its words
 * are kept, until forget is asked for. A planet's page, saved as text, gives its posts to the planet (planet_store.h).
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_IMPORTER_H
#define TRANSCRIPTS_IMPORTER_H

#include "transcripts/archive.h"
#include "transcripts/corrections.h"
#include "transcripts/kinds.h"

struct importer_site {
	const char *folder;
	const char *const *shows; /* names as configured; the first takes what has no show of its own */
	size_t n_shows;
	bool defers_index;        /* leave the search's index to whoever searches: archive_defer_index */
	bool forget;              /* take vanished files out of the archive */
	const char *const *show_titles; /* n_shows; NULL: unknown */
	const char *base_url;     /* NULL: unknown */
	const struct kind_rule *kinds; /* the first that fits a file counts */
	size_t n_kinds;
	const char *as;           /* what the paths that are named now are: a label, or "auto", which takes back what was said
	                           * so; NULL: nothing is said */
};

enum importer_outcome {
	IMPORTER_TAKEN,
	IMPORTER_UNCHANGED,
	IMPORTER_DECLINED,
	IMPORTER_NOT_RECOGNISED,
	IMPORTER_FORGOTTEN,
};

struct importer_file {
	const char *path;      /* relative to the site, absolute elsewhere */
	enum importer_outcome outcome;
	const char *name;      /* what it was taken for; NULL unless taken */
	const char *reason;    /* "" where there is nothing to say */
	size_t n_turns, n_cues;
	const char *records;   /* "12 talks, 1 conference": what a file of many records gave; NULL for others */
	bool named;            /* it is one of the paths that were given, or below one; all are when none was */
};

struct importer_report {
	/* Each may be NULL. */
	void (*file)(void *data, const struct importer_file *file);
	/* file: a path that opens from the current folder; line 0 = none. Includes not recognised and vanished files. */
	void (*fault)(void *data, const char *file, int line, const char *text);
	void (*progress)(void *data, size_t done, size_t total);
	/* A line that the owner's rules (corrections.h) changed: rule's text, the file, before and after. */
	void (*correction)(void *data, const struct correction *rule, const char *file, int line, struct span before,
		struct span after);
	/* After all: every rule with how often it was used. */
	void (*rule)(void *data, const struct correction *rule);
	/* After all: every one of the site's kinds with how many files it was the first to fit. */
	void (*kind)(void *data, const struct kind_rule *kind, size_t n);
	void *data;
};

/* Of all files, whether read again or not. */
struct importer_counts {
	size_t files, unchanged, episodes, talks, transcripts, conferences, persons, posts, turns, cues, corrected, declined,
		not_recognised, vanished, forgotten, faults;
};

/* paths: files or folders to read too, and to remember when they are outside the site's two folders; none: n_paths 0.
 * E_GONE: one of them isn't there (nothing was imported). E_IO, E_FULL ...: the machine refused; what was reported as
 * taken before may be missing then, and is read again the next time. */
enum err importer_run(struct archive *a, const struct importer_site *site, const char *const *paths, size_t n_paths,
	const struct importer_report *report, struct importer_counts *counts, struct why *why) NODISCARD;

#endif

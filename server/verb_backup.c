/* verb_backup.c - `carillon backup` and `carillon restore`: the site as one file, and back.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "server/backup.h"

enum { SHOW_MS = 100 };

struct printing {
	bool shows_progress, is_shown;
	int64_t shown_ms;
};

static void clear_progress(struct printing *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
	p->is_shown = false;
}

static void print_progress(void *data, uint64_t done, uint64_t total, const char *path)
{
	struct printing *p = data;
	int64_t now = clock_mono_ms();
	if (!p->shows_progress || (p->is_shown && now - p->shown_ms < SHOW_MS))
		return;
	p->is_shown = true;
	p->shown_ms = now;
	fprintf(stderr, "\r\033[K%.1f MB", (double)done / 1e6);
	if (total)
		fprintf(stderr, " of %.1f MB", (double)total / 1e6);
	fprintf(stderr, ": %.60s", path);
}

/* What goes to a terminal has no control characters. */
static void print_fault(void *data, const char *path, const char *text)
{
	char shown[256];
	size_t n = strlen(path), skipped = n >= sizeof shown ? n - sizeof shown + 1 : 0;
	snprintf(shown, sizeof shown, "%s", path + skipped);
	for (char *p = shown; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	clear_progress(data);
	diag_fault(shown, 0, "%s", text);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static int wrong_usage(const char *verb, const char *text)
{
	diag_fault(NULL, 0, "%s; see carillon %s --help", text, verb);
	return EXIT_USAGE;
}

static int run_backup(int argc, char **argv)
{
	const char *site = ".";
	bool force = false, no_media = false, done;
	int n;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"force", NULL, &force}, {"no-media", NULL, &no_media}};
	if (options_read(&verb_backup, argc, argv, specs, COUNT_OF(specs), &n, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n != 1 || !*argv[1])
		return wrong_usage("backup", n > 1 ? "backup takes one file" : "backup takes the FILE to write");
	struct printing p = {.shows_progress = verb_shows_progress()};
	const struct backup_report report = {print_progress, print_fault, &p};
	const struct backup_options options = {.without_media = no_media, .replaces = force};
	struct backup_counts c;
	struct why why = {0};
	enum err e = backup_make(site, argv[1], &options, &report, &c, &why);
	clear_progress(&p);
	if (e) {
		diag_fault(NULL, 0, "no backup was made: %s", why.text);
		return EXIT_MACHINE;
	}
	printf("%s: %zu file%s, %.1f MB, in %.1f MB%s\n", argv[1], c.files, plural(c.files), (double)c.n_bytes / 1e6,
		(double)c.file_size / 1e6, no_media ? ", without media" : "");
	return c.faults ? EXIT_FAULTS : EXIT_DONE;
}

const struct verb verb_backup = {
	.name = "backup",
	.usage = "backup [--site DIR] [--no-media] [--force] FILE",
	.summary = "The whole site as one file, also while `serve` runs",
	.help = "  FILE           a tar archive; FILE.zst is compressed with zstd, FILE.gz with gzip\n"
		"  --site DIR     the site's folder (default: this one)\n"
		"  --no-media     without the folder media\n"
		"  --force        replaces FILE when it is there already; until the new one is whole the old one stays\n\n"
		"It has all of the site's files (a link is followed, and what it leads to is saved in its place), and of var/ the\n"
		"log, the planet's posts, what is known of the recordings, hashes of tokens, the list of places elsewhere, and the\n"
		"feeds as they were served last. archive.db isn't in it: serve and import make it from the files. Neither are\n"
		"folders that `publish` wrote, and files outside of the site. Any tar reads it; `sha256sum -c carillon-backup.sha256`\n"
		"checks what was unpacked. Only its owner may read it. Databases are copied beside FILE first: there must be room.\n\n"
		"Exit code 1: something couldn't be read and was left out; it is named.\n\n"
		"Example:\n  carillon backup --site mysite mysite-2026-11-20.tar.zst\n",
	.run = run_backup,
};

static int run_restore(int argc, char **argv)
{
	const char *site = NULL;
	bool check = false, done;
	int n;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"check", NULL, &check}};
	if (options_read(&verb_restore, argc, argv, specs, COUNT_OF(specs), &n, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n != 1 || !*argv[1])
		return wrong_usage("restore", n > 1 ? "restore takes one file" : "restore takes the FILE to read");
	if (check == (site != NULL) || (site && !*site))
		return wrong_usage("restore", check ? "--check makes no site; leave --site away" :
			"say --site NEWDIR, a folder that isn't there yet");
	struct printing p = {.shows_progress = verb_shows_progress()};
	const struct backup_report report = {check ? NULL : print_progress, print_fault, &p};
	struct restore_counts c;
	struct why why = {0};
	enum err e = backup_restore(argv[1], site, &report, &c, &why);
	clear_progress(&p);
	if (e) {
		diag_fault(NULL, 0, "%s%s", why.text, check ? "" : "; nothing was restored");
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	}
	printf("%s: %zu file%s, %.1f MB, as of %s, by carillon %s%s\n", check ? argv[1] : site, c.files, plural(c.files),
		(double)c.n_bytes / 1e6, c.made, c.version, check ? "; it is whole" : "");
	return EXIT_DONE;
}

const struct verb verb_restore = {
	.name = "restore",
	.usage = "restore FILE --site NEWDIR | restore --check FILE",
	.summary = "Makes a site from a backup, or checks that a backup is whole",
	.help = "  --site NEWDIR    the folder to make; one that has something in it is refused\n"
		"  --check          reads all of it and makes nothing; exit code 1 when something is wrong\n\n"
		"Every file is compared with the SHA-256 that was saved with it. NEWDIR is there when all of it is: until then it is\n"
		"NEWDIR.partial, which goes when anything is wrong. A link, a device, a path that leads out of the folder or comes\n"
		"twice is refused. Search and pages come with the next `carillon import` or `carillon serve`; feeds, GUIDs and\n"
		"the log's numbers are what they were.\n\n"
		"Example:\n  carillon restore mysite-2026-11-20.tar.zst --site mysite\n",
	.run = run_restore,
};

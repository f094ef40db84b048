/* verb_import.c - `carillon import`: reads the site's files, and others, into the archive, and says what each is.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/importing.h"

struct printing {
	bool shows_progress;
	int64_t start_ms, last_ms;
};

static void clear_progress(const struct printing *p)
{
	if (p->shows_progress)
		fprintf(stderr, "\r\033[K");
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_file(void *data, const struct importer_file *f)
{
	/* Of what wasn't asked for only the news. */
	if (!f->named && f->outcome == IMPORTER_UNCHANGED)
		return;
	clear_progress(data);
	switch (f->outcome) {
	case IMPORTER_TAKEN:
		printf("%s: taken for %s (%s): ", f->path, f->name, f->reason);
		if (f->records)
			printf("%s%s", f->records, f->n_cues ? ", " : "\n");
		if (!f->records || f->n_cues)
			printf("%zu turn%s, %zu cue%s\n", f->n_turns, plural(f->n_turns), f->n_cues, plural(f->n_cues));
		break;
	case IMPORTER_UNCHANGED:
		printf("%s: unchanged\n", f->path);
		break;
	case IMPORTER_DECLINED:
		printf("%s: declined: %s\n", f->path, f->reason);
		break;
	case IMPORTER_NOT_RECOGNISED:
		printf("%s: not recognised: %s\n", f->path, f->reason);
		break;
	case IMPORTER_FORGOTTEN:
		printf("%s: forgotten\n", f->path);
		break;
	}
}

static void print_fault(void *data, const char *file, int line, const char *text)
{
	clear_progress(data);
	fflush(stdout);
	diag_fault(file, line, "%s", text);
}

static void print_progress(void *data, size_t done, size_t total)
{
	struct printing *p = data;
	int64_t now = clock_mono_ms();
	if (!p->shows_progress || now - p->last_ms < 100 || done == 0)
		return;
	p->last_ms = now;
	double seconds = (double)(now - p->start_ms) / 1000, rate = seconds > 0 ? (double)done / seconds : 0;
	fprintf(stderr, "\r\033[K%zu of %zu files, %.0f a second, %.0f s left", done, total, rate,
		rate > 0 ? (double)(total - done) / rate : 0);
}

static void print_summary(const struct importer_counts *c, double seconds)
{
	printf("%zu file%s: %zu episode%s, ", c->files, plural(c->files), c->episodes, plural(c->episodes));
	if (c->talks)
		printf("%zu talk%s, ", c->talks, plural(c->talks));
	if (c->conferences)
		printf("%zu conference%s, ", c->conferences, plural(c->conferences));
	if (c->persons)
		printf("%zu %s, ", c->persons, c->persons == 1 ? "person" : "people");
	if (c->posts)
		printf("%zu post%s, ", c->posts, plural(c->posts));
	printf("%zu transcript%s alone, %zu turn%s, %zu cue%s; %zu unchanged, %zu declined, %zu not recognised, %zu vanished",
		c->transcripts, plural(c->transcripts), c->turns, plural(c->turns), c->cues, plural(c->cues), c->unchanged,
		c->declined, c->not_recognised, c->vanished);
	if (c->corrected)
		printf(", %zu place%s corrected", c->corrected, plural(c->corrected));
	if (c->forgotten)
		printf(", %zu forgotten", c->forgotten);
	printf("; %.2f seconds\n", seconds);
}

static int import(const struct config *config, bool forget, const char *as, const char *const *paths, size_t n_paths)
{
	struct archive *archive;
	struct why why = {0};
	char *var = file_join(config->site, "var");
	enum err e = archive_open(var, &archive, &why);
	free(var);
	if (e) {
		diag_fault_why(NULL, 0, &why);
		return EXIT_MACHINE;
	}
	struct printing printing = {verb_shows_progress(), clock_mono_ms(), 0};
	struct importer_site *site = importing_site(config, forget);
	site->as = as;
	const struct importer_report report = {.file = print_file, .fault = print_fault, .progress = print_progress,
		.data = &printing};
	struct importer_counts counts;
	e = importer_run(archive, site, paths, n_paths, &report, &counts, &why);
	clear_progress(&printing);
	archive_close(archive);
	importing_site_free(site);
	if (e) {
		fflush(stdout);
		diag_fault_why(NULL, 0, &why);
		return EXIT_MACHINE;
	}
	print_summary(&counts, (double)(clock_mono_ms() - printing.start_ms) / 1000);
	return counts.faults ? EXIT_FAULTS : EXIT_DONE;
}

static int print_kinds(void)
{
	struct kind k;
	for (size_t i = 0; kind_at(i, &k); i++)
		printf("%-24s %s\n", k.label, k.name);
	return EXIT_DONE;
}

/* --as wants a kind that there is, and files. */
static bool is_as_right(const char *as, int n_operands)
{
	struct kind k;
	struct span label = span_of(as);
	bool is_known = kind_is_auto(label) || kind_named(label, &k);
	const char *meant = is_known ? NULL : kind_nearest(label);
	if (meant)
		diag_fault(NULL, 0, "'%s' is no kind of file; did you mean '%s'?", as, meant);
	else if (!is_known)
		diag_fault(NULL, 0, "'%s' is no kind of file; carillon import --kinds lists them", as);
	else if (n_operands == 0)
		diag_fault(NULL, 0, "--as says what files are; name them behind it");
	return is_known && n_operands > 0;
}

static int run(int argc, char **argv)
{
	const char *site = ".", *as = NULL;
	bool forget = false, kinds = false, done;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"forget", NULL, &forget}, {"as", &as, NULL},
		{"kinds", NULL, &kinds}};
	int n_operands;
	if (options_read(&verb_import, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (kinds)
		return print_kinds();
	if (as && !is_as_right(as, n_operands))
		return EXIT_USAGE;
	struct config *config;
	enum err e = config_load(site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	int code = import(config, forget, as, (const char *const *)argv + 1, (size_t)n_operands);
	config_destroy(config);
	return code;
}

const struct verb verb_import = {
	.name = "import",
	.usage = "import [--site DIR] [--forget] [--as KIND] [PATH...]",
	.summary = "Say what each file is, and read it into the archive",
	.help =
		"Without PATH: the site's episodes/, transcripts/ and talks/. A PATH elsewhere, a file or a folder, is read where it\n"
		"is and remembered: later imports read it too. Files that haven't changed are left alone.\n"
		"What a file is its content tells, and the reason is printed. Where that is wrong, say what it is: with --as, or for\n"
		"many files under import: in carillon.yaml, with patterns. What --as said goes before what stands there.\n"
		"\n"
		"  --site DIR   the site's folder (default: the current one)\n"
		"  --forget     take files that have vanished out of the archive; else they are reported and kept\n"
		"  --as KIND    what each PATH is, also all below a folder; remembered in var/elsewhere. --as auto takes it back\n"
		"  --kinds      list what KIND can be\n"
		"\n"
		"Exit code 1: some files had faults; each is named on stderr, the others are in.\n"
		"\n"
		"Examples\n"
		"  carillon import --site mysite ~/podcast/transcripts\n"
		"  carillon import --site mysite --as speaker-lines mysite/transcripts/odd.txt\n",
	.run = run,
};

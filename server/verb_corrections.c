/* verb_corrections.c - `carillon corrections`: what SITE/corrections.yaml changes in the site's transcripts, line by
 * line, and how often each rule is used. Nothing of the site is written: the files are read into an archive of its own,
 * which is thrown away.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/importing.h"

struct preview {
	bool is_short; /* the counts alone */
	size_t n_rules, n_unused;
};

static void print_change(void *data, const struct correction *rule, const char *file, int line, struct span before,
	struct span after)
{
	const struct preview *p = data;
	(void)rule;
	if (!p->is_short)
		printf("%s:%d\n  - %.*s\n  + %.*s\n", file, line, SPAN_ARG(before), SPAN_ARG(after));
}

static void print_rule(void *data, const struct correction *rule)
{
	struct preview *p = data;
	p->n_rules++;
	p->n_unused += rule->n == 0;
	printf("corrections.yaml:%d: %s -> %s%s%s: %zu place%s%s\n", rule->line, rule->from,
		*rule->to ? rule->to : "(nothing)", *rule->show ? ", in " : "", rule->show, rule->n, rule->n == 1 ? "" : "s",
		rule->n ? "" : "; it is used nowhere");
}

static void print_fault(void *data, const char *file, int line, const char *text)
{
	(void)data;
	/* Of the site's other faults `import` speaks. */
	if (span_equal(file_stem(file), SPAN_LITERAL("corrections")))
		diag_fault(file, line, "%s", text);
}

static void remove_archive(const char *folder)
{
	static const char *const names[] = {"archive.db", "archive.db-wal", "archive.db-shm"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = file_join(folder, names[i]);
		unlink(path);
		free(path);
	}
	rmdir(folder);
}

static enum err read_site(const struct config *config, const char *folder, struct preview *preview, size_t *n_corrected,
	struct why *why)
{
	struct archive *archive;
	enum err e = archive_open(folder, &archive, why);
	if (e)
		return e;
	struct importer_site *site = importing_site(config, false);
	const struct importer_report report = {.fault = print_fault, .correction = print_change, .rule = print_rule,
		.data = preview};
	struct importer_counts counts;
	e = importer_run(archive, site, NULL, 0, &report, &counts, why);
	*n_corrected = counts.corrected;
	archive_close(archive);
	importing_site_free(site);
	return e;
}

static int preview_corrections(const struct config *config, bool is_short)
{
	const char *tmp = getenv("TMPDIR");
	char *folder = file_join(tmp && *tmp ? tmp : "/tmp", "carillon-corrections-XXXXXX");
	struct preview preview = {.is_short = is_short};
	struct why why = {0};
	size_t n = 0;
	enum err e = mkdtemp(folder) ? read_site(config, folder, &preview, &n, &why) :
		why_set(&why, E_IO, "no temporary folder can be made in %s; set TMPDIR", tmp && *tmp ? tmp : "/tmp");
	if (!e)
		printf("%zu rule%s, %zu of them used nowhere; %zu place%s corrected\n", preview.n_rules,
			preview.n_rules == 1 ? "" : "s", preview.n_unused, n, n == 1 ? "" : "s");
	remove_archive(folder);
	free(folder);
	if (!e)
		return EXIT_DONE;
	fflush(stdout);
	diag_fault_why(NULL, 0, &why);
	return EXIT_MACHINE;
}

static int run(int argc, char **argv)
{
	const char *site = ".";
	bool is_short = false, done;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"short", NULL, &is_short}};
	int n_operands;
	if (options_read(&verb_corrections, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n_operands) {
		diag_fault(NULL, 0, "corrections takes no file; it reads the site's; see carillon corrections --help");
		return EXIT_USAGE;
	}
	struct config *config;
	enum err e = config_load(site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	int code = preview_corrections(config, is_short);
	config_destroy(config);
	return code;
}

const struct verb verb_corrections = {
	.name = "corrections",
	.usage = "corrections [--site DIR] [--short]",
	.summary = "Show what the rules in corrections.yaml change in the transcripts",
	.help =
		"SITE/corrections.yaml is a list of rules, applied between the files and the index by every import; the files\n"
		"themselves are never touched, so that taking a rule out undoes it.\n"
		"\n"
		"  - {from: spacey, to: spaCy}                  whole words, whatever their case\n"
		"  - {from: IT, to: it, exact: true}            only in this case\n"
		"  - {from: to me, to: To Me, show: talks}      only in one show or conference\n"
		"  - {from: um, to: \"\"}                         left out\n"
		"\n"
		"  --site DIR   the site's folder (default: the current one)\n"
		"  --short      only how often each rule is used\n"
		"\n"
		"Example\n"
		"  carillon corrections --site mysite\n",
	.run = run,
};

/* verb_doctor.c - `carillon doctor`: what is wrong in the site's files, a line each; with --fix, what can be put right
 * safely is shown as a diff and, when the owner agrees, written.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/feed_show.h"
#include "transcripts/doctor.h"

struct telling {
	bool is_json, fixes, agrees;
	struct json_writer json;
	struct buf out;
	struct doctor_fix *wanted;
	size_t n_wanted;
};

static const char *const severities[] = {[DOCTOR_ERROR] = "error", [DOCTOR_WARNING] = "warning"};

static void tell_json(struct json_writer *w, const struct doctor_fault *f)
{
	json_open(w, '{');
	json_key(w, "severity");
	json_text(w, span_of(severities[f->severity]));
	json_key(w, "code");
	json_text(w, span_of(f->code));
	json_key(w, "file");
	json_text(w, span_of(f->file));
	json_key(w, "line");
	json_int(w, f->line);
	json_key(w, "text");
	json_text(w, span_of(f->text));
	json_key(w, "fixable");
	json_bool(w, f->is_fixable);
	json_close(w, '}');
}

static void tell_fault(void *data, const struct doctor_fault *f)
{
	struct telling *t = data;
	if (t->is_json) {
		tell_json(&t->json, f);
		return;
	}
	printf("%s", f->file);
	if (f->line)
		printf(":%d", f->line);
	printf(": %s: %s [%s]%s\n", severities[f->severity], f->text, f->code, f->is_fixable && !t->fixes ? " (--fix)" : "");
}

static void tell_fix(void *data, const struct doctor_fix *fix)
{
	struct telling *t = data;
	t->wanted = mem_grow(t->wanted, t->n_wanted + 1, sizeof *t->wanted);
	t->wanted[t->n_wanted++] = (struct doctor_fix){mem_strdup(fix->file), fix->line, mem_strdup(fix->before),
		mem_strdup(fix->after)};
}

/* What it prints can be given to patch(1). */
static void print_diff(const struct telling *t)
{
	for (size_t i = 0; i < t->n_wanted; i++) {
		const struct doctor_fix *fix = &t->wanted[i];
		if (!i || strcmp(fix->file, t->wanted[i - 1].file) != 0)
			printf("--- %s\n+++ %s\n", fix->file, fix->file);
		printf("@@ -%d +%d @@\n-%s\n+%s\n", fix->line, fix->line, fix->before, fix->after);
	}
}

static bool owner_agrees(const struct telling *t)
{
	char answer[8] = "";
	if (t->agrees)
		return true;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		printf("nothing was written; say --yes to write it\n");
		return false;
	}
	printf("Write %zu change%s? [y/N] ", t->n_wanted, t->n_wanted == 1 ? "" : "s");
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* Returns how many were written. */
static size_t apply(const struct telling *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_wanted; i++) {
		struct why why = {0};
		if (doctor_apply(&t->wanted[i], &why))
			diag_fault(t->wanted[i].file, t->wanted[i].line, "%s", why.text);
		else
			n++;
	}
	return n;
}

static enum err look(const struct config *config, struct telling *t, struct doctor_counts *counts, struct why *why)
{
	const char **shows = mem_new(config->n_shows + 1, sizeof *shows);
	struct feed_show *feeds = mem_new(config->n_shows + 1, sizeof *feeds);
	for (size_t i = 0; i < config->n_shows; i++) {
		shows[i] = config->shows[i].name;
		feeds[i] = feed_show_of(&config->shows[i]);
	}
	const struct doctor_site site = {config->site, shows, config->n_shows, feeds, config->base_url, config->imports,
		config->n_imports};
	const struct doctor_report report = {tell_fault, tell_fix, t};
	enum err e = doctor_run(&site, &report, counts, why);
	free(shows);
	free(feeds);
	return e;
}

static void print_json(struct telling *t, const struct doctor_counts *counts)
{
	json_close(&t->json, ']');
	const struct { const char *name; size_t n; } numbers[] = {{"files", counts->files}, {"errors", counts->errors},
		{"warnings", counts->warnings}, {"fixable", counts->fixes}};
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		json_key(&t->json, numbers[i].name);
		json_int(&t->json, (int64_t)numbers[i].n);
	}
	json_close(&t->json, '}');
	printf("%s\n", t->out.p);
}

static int finish(struct telling *t, const struct doctor_counts *counts)
{
	size_t n_left = counts->errors + counts->warnings;
	if (t->is_json)
		print_json(t, counts);
	else
		printf("%zu file%s: %zu error%s, %zu warning%s, %zu of them fixable\n", counts->files, counts->files == 1 ? "" : "s",
			counts->errors, counts->errors == 1 ? "" : "s", counts->warnings, counts->warnings == 1 ? "" : "s",
			counts->fixes);
	if (t->fixes && t->n_wanted) {
		print_diff(t);
		if (owner_agrees(t)) {
			size_t n = apply(t);
			n_left -= n;
			printf("%zu change%s written\n", n, n == 1 ? "" : "s");
		}
	}
	return n_left ? EXIT_FAULTS : EXIT_DONE;
}

static int examine(const struct config *config, struct telling *t)
{
	struct doctor_counts counts;
	struct why why = {0};
	json_begin(&t->json, &t->out);
	json_open(&t->json, '{');
	json_key(&t->json, "faults");
	json_open(&t->json, '[');
	enum err e = look(config, t, &counts, &why);
	int code = EXIT_MACHINE;
	if (e)
		diag_fault_why(NULL, 0, &why);
	else
		code = finish(t, &counts);
	for (size_t i = 0; i < t->n_wanted; i++) {
		free((char *)t->wanted[i].file);
		free((char *)t->wanted[i].before);
		free((char *)t->wanted[i].after);
	}
	free(t->wanted);
	buf_finish(&t->out);
	return code;
}

static int run(int argc, char **argv)
{
	const char *site = ".";
	bool done;
	struct telling t = {0};
	const struct option_spec specs[] = {{"site", &site, NULL}, {"json", NULL, &t.is_json}, {"fix", NULL, &t.fixes},
		{"yes", NULL, &t.agrees}};
	int n_operands;
	if (options_read(&verb_doctor, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n_operands || (t.is_json && t.fixes)) {
		diag_fault(NULL, 0, n_operands ? "doctor takes no file; it looks at the whole site; see carillon doctor --help" :
			"--json and --fix don't go together; look first, then fix");
		return EXIT_USAGE;
	}
	struct config *config;
	enum err e = config_load(site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	int code = examine(config, &t);
	config_destroy(config);
	return code;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.usage = "doctor [--site DIR] [--json] [--fix [--yes]]",
	.summary = "Find what is wrong in the site's files, before a subscriber does",
	.help =
		"Reads the site's files as an import would, without touching the archive, and tells a line a fault:\n"
		"FILE:LINE: error|warning: what is wrong; what to do [code]. Besides what import and the feeds report: sizes and\n"
		"durations that aren't the recording's, recordings that are missing, two episodes with one number, title, file or\n"
		"video, transcripts longer or much shorter than their recording, cues of no length or out of order, chapters that\n"
		"Apple ignores, links within the site that lead nowhere, names that look like several people's.\n"
		"\n"
		"  --site DIR   the site's folder (default: the current one)\n"
		"  --json       {\"faults\": [{severity, code, file, line, text, fixable}], files, errors, warnings, fixable}\n"
		"  --fix        show what can be put right safely as a diff, and ask before it is written\n"
		"  --yes        write it without asking\n"
		"\n"
		"Exit code 1: there are faults.\n"
		"\n"
		"Example\n"
		"  carillon doctor --site mysite --fix\n",
	.run = run,
};

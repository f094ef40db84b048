/* verb_log.c - `carillon log`: names taken out, a backup, a check.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/log_admin.h"

static int wrong_usage(const char *text)
{
	diag_fault(NULL, 0, "%s; see carillon log --help", text);
	return EXIT_USAGE;
}

static int purge(const char *var, const char *actor, const char *entity, const char *source)
{
	struct why why = {0};
	uint64_t n = 0;
	if (!actor == !entity || !*(actor ? actor : entity))
		return wrong_usage("log purge takes --actor NAME or --entity NAME");
	enum err e = log_admin_purge(var, actor ? LOG_ACTOR : LOG_ENTITY, actor ? actor : entity, source, &n, &why);
	if (e && e != E_AGAIN) {
		diag_fault(NULL, 0, "%s", why.text);
		return EXIT_MACHINE;
	}
	printf("The name was taken out of %llu event%s.\n", (unsigned long long)n, n == 1 ? "" : "s");
	if (e)
		diag_fault(NULL, 0, "%s", why.text);
	return e ? EXIT_MACHINE : EXIT_DONE;
}

static int backup(const char *var, const char *file)
{
	struct why why = {0};
	enum err e = log_admin_backup(var, file, &why);
	if (e) {
		diag_fault(NULL, 0, "%s", why.text);
		return EXIT_MACHINE;
	}
	printf("%s has the log as it was when the copy began.\n", file);
	return EXIT_DONE;
}

static void tell(void *data, const char *text)
{
	diag_fault(data, 0, "%s; restore the log from a backup", text);
}

static int check(const char *var)
{
	struct why why = {0};
	uint64_t n;
	char *path = file_join(var, "events.db");
	enum err e = log_admin_check(var, tell, path, &n, &why);
	int code = diag_fault_count() ? EXIT_FAULTS : EXIT_DONE;
	if (e) {
		diag_fault(path, 0, "%s", why.text);
		code = e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	} else if (!code) {
		printf("%llu events, numbered without a gap; the file is whole.\n", (unsigned long long)n);
	}
	free(path);
	return code;
}

static int run(int argc, char **argv)
{
	const char *site = ".", *actor = NULL, *entity = NULL, *source = NULL;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"actor", &actor, NULL}, {"entity", &entity, NULL},
		{"source", &source, NULL}};
	int n;
	bool done;
	if (options_read(&verb_log, argc, argv, specs, COUNT_OF(specs), &n, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	const char *what = n ? argv[1] : "";
	bool purges = strcmp(what, "purge") == 0, backs_up = strcmp(what, "backup") == 0, checks = strcmp(what, "check") == 0;
	if (!purges && !backs_up && !checks)
		return wrong_usage("log takes purge, backup FILE, or check");
	if ((actor || entity || source) && !purges)
		return wrong_usage("--actor, --entity and --source are for log purge");
	if (n != (backs_up ? 2 : 1))
		return wrong_usage(backs_up ? "log backup takes one file" : "that takes no more words");
	char *var = file_join(site, "var");
	int code = EXIT_MACHINE;
	if (!file_is_folder(var))
		diag_fault(NULL, 0, "there is no %s, so nothing was logged yet; name a site with --site DIR", var);
	else
		code = purges ? purge(var, actor, entity, source) : backs_up ? backup(var, argv[2]) : check(var);
	free(var);
	return code;
}

const struct verb verb_log = {
	.name = "log",
	.usage = "log [--site DIR] purge|backup|check ...",
	.summary = "Takes a name out of the event log, backs it up, checks it; also while `serve` runs",
	.help = "  purge --actor NAME     takes an editor's name and summaries out of all that the editor did\n"
		"  purge --entity NAME    title, link, summary and tags out of all that happened to a page\n"
		"  backup FILE            a copy of the log as it is at this moment; FILE must be new\n"
		"  check                  reads all of it; exit code 1 when something is wrong\n"
		"  --site DIR             the site's folder (default: this one)\n"
		"  --source NAME          for purge: only this source's events\n\n"
		"Purged events keep their number, time and size: nothing is renumbered, and they still sound. A running\n"
		"server forgets the name too; what listeners were sent before, and backups, are theirs.\n\n"
		"Example:\n  carillon log --site mysite purge --actor 'Somebody' --source wikimedia\n",
	.run = run,
};

/* main.c - the command line: finds the verb.
 * SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "server/module.h"
#include "server/verb.h"
#include "transcripts/media_probe.h"

static const struct verb *const verbs[] = {&verb_serve, &verb_import, &verb_search, &verb_doctor, &verb_publish, &verb_media,
	&verb_corrections, &verb_references, &verb_render, &verb_play, &verb_replay, &verb_token, &verb_log,
	&verb_backup, &verb_restore};

static void print_usage(void)
{
	printf("carillon - listens to a community's live streams, and publishes its recordings\n\n");
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		printf("  carillon %s\n      %s\n", verbs[i]->usage, verbs[i]->summary);
	printf("\n  carillon VERB --help    more about one, with an example\n  carillon --version\n");
}

static int unknown_verb(const char *name)
{
	const char *known[COUNT_OF(verbs) + 1] = {NULL};
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		known[i] = verbs[i]->name;
	const char *meant = nearest_word(span_of(name), known);
	if (meant)
		diag_fault(NULL, 0, "unknown verb '%s'; did you mean %s?", name, meant);
	else
		diag_fault(NULL, 0, "unknown verb '%s'; carillon --help lists them", name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	/* A closed pipe or a full file-size limit is an error of one write, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	if (argc < 2) {
		print_usage();
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_usage();
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("carillon " CARILLON_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(argv[1], verbs[i]->name) == 0) {
			struct module *const modules[] = {&module_codecs, &module_fetch, &module_speaker};
			for (size_t k = 0; k < COUNT_OF(modules); k++)
				module_check(modules[k]);
			if (verbs[i]->encodes)
				(void)module_load(&module_codecs, NULL); /* who would use it says what is wrong */
			return verbs[i]->run(argc - 1, argv + 1);
		}
	return unknown_verb(argv[1]);
}

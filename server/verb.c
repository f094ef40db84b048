/* SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "server/config.h"

static void print_help(const struct verb *verb)
{
	printf("carillon %s\n\n%s.\n\n%s", verb->usage, verb->summary, verb->help);
}

static enum err unknown_option(const struct verb *verb, struct span name, const struct option_spec *specs, size_t n_specs)
{
	const char *known[16] = {"help"};
	for (size_t i = 0; i < n_specs && i < 14; i++)
		known[i + 1] = specs[i].name;
	const char *meant = nearest_word(name, known);
	if (meant)
		diag_fault(NULL, 0, "unknown option --%.*s; did you mean --%s?", SPAN_ARG(name), meant);
	else
		diag_fault(NULL, 0, "unknown option --%.*s; see carillon %s --help", SPAN_ARG(name), verb->name);
	return E_FORMAT;
}

/* One `--option`; *i moves past a value in its own argument. */
static enum err read_option(const struct verb *verb, int argc, char **argv, int *i, const struct option_spec *specs,
	size_t n_specs)
{
	const char *text = argv[*i] + 2, *equals = strchr(text, '=');
	struct span name = span_make(text, equals ? (size_t)(equals - text) : strlen(text));
	for (size_t k = 0; k < n_specs; k++) {
		const struct option_spec *spec = &specs[k];
		if (!span_is(name, spec->name))
			continue;
		if (spec->flag && equals) {
			diag_fault(NULL, 0, "--%s takes no value; leave '=%s' away", spec->name, equals + 1);
			return E_FORMAT;
		}
		if (spec->flag) {
			*spec->flag = true;
		} else if (equals) {
			*spec->value = equals + 1;
		} else if (*i + 1 < argc) {
			*spec->value = argv[++*i];
		} else {
			diag_fault(NULL, 0, "--%s needs a value; see carillon %s --help", spec->name, verb->name);
			return E_FORMAT;
		}
		return OK;
	}
	return unknown_option(verb, name, specs, n_specs);
}

enum err options_read(const struct verb *verb, int argc, char **argv, const struct option_spec *specs, size_t n_specs,
	int *n_operands, bool *done)
{
	bool only_operands = false;
	*n_operands = 0;
	*done = false;
	for (int i = 1; i < argc; i++) {
		bool is_option = !only_operands && argv[i][0] == '-' && argv[i][1] != '\0';
		if (is_option && strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (is_option && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
			print_help(verb);
			*done = true;
			return OK;
		} else if (is_option && argv[i][1] == '-') {
			enum err e = read_option(verb, argc, argv, &i, specs, n_specs);
			if (e)
				return e;
		} else {
			/* A single '-x' is an operand: `search -word` leaves a word out. */
			argv[1 + (*n_operands)++] = argv[i];
		}
	}
	return OK;
}

bool verb_shows_progress(void)
{
	return isatty(STDERR_FILENO);
}

static void say_unknown_station(const struct config *config, const char *name)
{
	if (!config->n_stations) {
		diag_fault(config->file, 0, "there are no stations; add one under stations:");
		return;
	}
	struct buf known = {0};
	const char **names = mem_new(config->n_stations + 1, sizeof *names);
	for (size_t i = 0; i < config->n_stations; i++) {
		names[i] = config->stations[i].name;
		buf_format(&known, "%s%s", i ? ", " : "", names[i]);
	}
	const char *meant = nearest_word(span_of(name), names);
	if (meant)
		diag_fault(NULL, 0, "there is no station '%s'; did you mean %s? There are: %s", name, meant, known.p);
	else
		diag_fault(NULL, 0, "there is no station '%s'; there are: %s", name, known.p);
	free(names);
	buf_finish(&known);
}

const struct config_station *verb_station(const struct config *config, const char *name)
{
	const struct config_station *station = config_station(config, span_of(name));
	if (!station)
		say_unknown_station(config, name);
	return station;
}

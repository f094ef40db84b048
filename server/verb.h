/* verb.h - what a user types after `carillon`: one file a verb (verb_*.c). Exit codes: 0 done, 1 the data had faults (all
 * listed), 2 wrong usage, 3 the machine refused, 70 a sync to disk failed.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_VERB_H
#define SERVER_VERB_H

#include "base/err.h"
#include "base/span.h"

struct config;
struct config_station;

enum { EXIT_DONE = 0, EXIT_FAULTS = 1, EXIT_USAGE = 2, EXIT_MACHINE = 3, EXIT_SYNC_FAILED = 70 };

struct verb {
	const char *name;
	const char *usage;   /* one line: "search [--site DIR] [--json] QUERY" */
	const char *summary; /* one line */
	const char *help;    /* what --help prints below the usage, with an example */
	bool encodes;        /* sound, in this process: what that needs is loaded first (module.h) */
	int (*run)(int argc, char **argv); /* argv[0] is the verb; returns the exit code */
};
extern const struct verb verb_serve, verb_import, verb_search, verb_doctor, verb_publish, verb_media, verb_corrections,
	verb_references, verb_render, verb_play, verb_replay, verb_token, verb_log,
	verb_backup, verb_restore;

/* Options as every verb reads them: `--name VALUE`, `--name=VALUE`, `--flag`, `--` ends them; the rest are operands. */
struct option_spec {
	const char *name;   /* "site" */
	const char **value; /* takes a value, stored here; else flag is set */
	bool *flag;
};
/* Operands are moved to the front of argv[1...]; *n_operands says how many. --help prints the verb's help and sets *done.
 * E_FORMAT: wrong usage, already printed with the nearest known option. */
enum err options_read(const struct verb *verb, int argc, char **argv, const struct option_spec *specs, size_t n_specs,
	int *n_operands, bool *done) NODISCARD;

/* The station of this name; NULL: there is none, and those that there are have been told. */
const struct config_station *verb_station(const struct config *config, const char *name);

/* True when stderr is a terminal: then long work may show progress. */
bool verb_shows_progress(void);

#endif

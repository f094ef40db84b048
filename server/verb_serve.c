/* verb_serve.c - `carillon serve`.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/mem.h"
#include "server/engine.h"
#include "server/fetch.h"
#include "server/verb.h"

static void say_where(void *data, struct server *server)
{
	bool *is_first = data;
	if (*is_first)
		printf("%s is at http://%s/\n", server->config->title, server->loop.listening);
	fflush(stdout);
	*is_first = false;
}

static int run(int argc, char **argv)
{
	const char *site = ".", *listen = "127.0.0.1:8080";
	bool allow_removal = false;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"listen", &listen, NULL},
		{"allow-removal", NULL, &allow_removal}};
	int n_operands;
	bool done;
	if (options_read(&verb_serve, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n_operands) {
		diag_fault(NULL, 0, "serve takes no '%s'; name a site with --site DIR", argv[1]);
		return EXIT_USAGE;
	}
	fetch_init();
	char *where = mem_strdup(listen);
	bool reload = false, is_first = true;
	struct engine_options options = {.site = site, .where = &where, .allow_removal = allow_removal, .started = say_where,
		.data = &is_first};
	int code = engine_run(&options, &reload);
	options.allow_removal = false; /* was meant for what was gone then */
	while (code == EXIT_DONE && reload)
		code = engine_run(&options, &reload);
	free(where);
	return code;
}

const struct verb verb_serve = {
	.name = "serve",
	.usage = "serve [--site DIR] [--listen ADDR:PORT] [--allow-removal]",
	.summary = "Everything, live: sources, stations, pages, search and feeds; reads the site again when its files change",
	.encodes = true,
	.help = "  --site DIR           the site's folder (default: this one)\n"
		"  --listen ADDR:PORT   where to listen (default: 127.0.0.1:8080; port 0 takes a free one)\n"
		"  --allow-removal      episodes and talks that are gone leave their feeds; else a feed that would lose one goes on as\n"
		"                       it was, and says so here, in /healthz and in carillon doctor\n\n"
		"Example:\n  carillon serve --site mysite --listen 0.0.0.0:8080\n",
	.run = run,
};

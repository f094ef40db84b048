/* verb_token.c - `carillon token`: who may push events.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/token_store.h"

static void broken_line(void *data, const char *file, int line, const char *text)
{
	(void)data;
	diag_fault(file, line, "%s", text);
}

/* --- add --- */

static bool takes_pushes(const struct config_source *s)
{
	return strcmp(s->url, "push") == 0;
}

/* Names of the sources that take pushes; "" when there are none. Owned by the caller. */
static char *push_sources(const struct config *config)
{
	struct buf names = {0};
	buf_text(&names, "");
	for (size_t i = 0; i < config->n_sources; i++)
		if (takes_pushes(&config->sources[i]))
			buf_format(&names, "%s%s", names.n ? ", " : "", config->sources[i].name);
	return buf_take(&names);
}

static int add(struct token_store *store, const struct config *config, const char *name, const char *stream)
{
	char *known = push_sources(config);
	const struct config_source *source = stream ? config_source(config, span_of(stream)) : NULL;
	int code = EXIT_USAGE;
	if (stream && (!source || !takes_pushes(source))) {
		if (*known)
			diag_fault(NULL, 0, "'%s' is no source that takes pushes; those of %s are: %s", stream, config->file, known);
		else
			diag_fault(NULL, 0, "'%s' is no source that takes pushes; give it `url: push` in %s first", stream,
				config->file);
		goto end;
	}
	char text[TOKEN_TEXT + 1];
	struct why why = {0};
	enum err e = token_store_add(store, name, stream, text, &why);
	if (e) {
		diag_fault(NULL, 0, "%s", why.text);
		code = e == E_FORMAT ? EXIT_USAGE : e == E_DENIED ? EXIT_FAULTS : EXIT_MACHINE;
		goto end;
	}
	if (stream)
		printf("Token '%s' may push events into the source %s.\n", name, stream);
	else
		printf("Token '%s' may push events into any source that takes pushes (%s).\n", name,
			*known ? known : "there is none yet");
	printf("Send it as `Authorization: Bearer TOKEN`. It is shown this once:\n%s\n", text);
	token_wipe(text, sizeof text);
	code = fflush(stdout) ? EXIT_MACHINE : EXIT_DONE;
end:
	free(known);
	return code;
}

/* --- list, revoke --- */

static int list(struct token_store *store)
{
	struct why why = {0};
	if (token_store_refresh(store, &why)) {
		diag_fault(NULL, 0, "%s", why.text);
		return EXIT_MACHINE;
	}
	size_t n = token_store_count(store);
	int width = 4;
	for (size_t i = 0; i < n; i++)
		if ((int)strlen(token_store_at(store, i)->name) > width)
			width = (int)strlen(token_store_at(store, i)->name);
	if (n)
		printf("%-*s  %-*s  %-20s  %s\n", width, "NAME", TOKEN_ID_TEXT, "ID", "CREATED", "SOURCE");
	else
		printf("No tokens. `carillon token add NAME` makes one.\n");
	for (size_t i = 0; i < n; i++) {
		const struct token_entry *entry = token_store_at(store, i);
		struct buf created = {0};
		time_format_iso(&created, entry->created_ms);
		printf("%-*s  %s  %-20s  %s\n", width, entry->name, entry->id, created.p, entry->stream ? entry->stream : "(any)");
		buf_finish(&created);
	}
	return diag_fault_count() ? EXIT_FAULTS : EXIT_DONE;
}

static int revoke(struct token_store *store, const char *name)
{
	struct why why = {0};
	enum err e = token_store_revoke(store, name, &why);
	if (e) {
		diag_fault(NULL, 0, "%s", why.text);
		return e == E_GONE ? EXIT_FAULTS : EXIT_MACHINE;
	}
	printf("Token '%s' is revoked: a running server refuses it from now on.\n", name);
	return EXIT_DONE;
}

/* --- the verb --- */

static int wrong_usage(const char *text)
{
	diag_fault(NULL, 0, "%s; see carillon token --help", text);
	return EXIT_USAGE;
}

static int add_to(const char *site, struct token_store *store, const char *name, const char *stream)
{
	struct config *config;
	enum err e = config_load(site, &config);
	if (e)
		return e == E_GONE ? EXIT_MACHINE : EXIT_FAULTS;
	int code = add(store, config, name, stream);
	config_destroy(config);
	return code;
}

static bool is_site(const char *site)
{
	char *file = file_join(site, "carillon.yaml");
	bool is_one = file_exists(file);
	if (!is_one)
		diag_fault(NULL, 0, "there is no %s; name a site with --site DIR", file);
	free(file);
	return is_one;
}

static int run(int argc, char **argv)
{
	const char *site = ".", *stream = NULL;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"stream", &stream, NULL}};
	int n;
	bool done;
	if (options_read(&verb_token, argc, argv, specs, COUNT_OF(specs), &n, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	bool adds = n && strcmp(argv[1], "add") == 0, lists = n && strcmp(argv[1], "list") == 0,
	     revokes = n && strcmp(argv[1], "revoke") == 0;
	if (!adds && !lists && !revokes)
		return wrong_usage("token takes add NAME, list, or revoke NAME");
	if (stream && !adds)
		return wrong_usage("--stream is for token add");
	if (n != (lists ? 1 : 2))
		return wrong_usage(lists ? "token list takes no name" :
			adds ? "token add takes one name" : "token revoke takes one name");
	if (!is_site(site))
		return EXIT_MACHINE;
	char *var = file_join(site, "var");
	struct token_store *store = token_store_open(var, broken_line, NULL);
	int code = adds ? add_to(site, store, argv[2], stream) : lists ? list(store) : revoke(store, argv[2]);
	token_store_close(store);
	free(var);
	return code;
}

const struct verb verb_token = {
	.name = "token",
	.usage = "token [--site DIR] add|list|revoke [NAME] [--stream SOURCE]",
	.summary = "Who may push events: a token each, shown once, kept as a hash",
	.help = "  add NAME          makes a token; it is the last word of what is printed\n"
		"  list              names, ids, sources; a secret can't be shown again\n"
		"  revoke NAME       refused at once, by a running server too\n"
		"  --site DIR        the site's folder (default: this one)\n"
		"  --stream SOURCE   for add: the only source that it may push into (default: any whose url is push)\n\n"
		"Example:\n  carillon token --site mysite add deploy-robot --stream deploys\n",
	.run = run,
};

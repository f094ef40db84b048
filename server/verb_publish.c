/* verb_publish.c - `carillon publish`: reads what has changed in the site, then writes the whole of it as static files.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/feeds.h"
#include "server/importing.h"
#include "server/publish.h"
#include "server/publish_announce.h"
#include "server/template.h"
#include "transcripts/archive_build.h"
#include "transcripts/media_check.h"

struct printing {
	bool shows_progress;
	int64_t start_ms, last_ms;
	const char *what;
};

static void clear_progress(const struct printing *p)
{
	if (p->shows_progress)
		fprintf(stderr, "\r\033[K");
}

static void print_progress(void *data, size_t done, size_t total)
{
	struct printing *p = data;
	int64_t now = clock_mono_ms();
	if (!p->shows_progress || now - p->last_ms < 100 || done == 0)
		return;
	p->last_ms = now;
	fprintf(stderr, "\r\033[K%s %zu of %zu", p->what, done, total);
}

static void print_old(void *data, const char *file, bool removed)
{
	struct printing *p = data;
	clear_progress(p);
	printf("%s: %s\n", file, removed ? "removed" : "old; --prune removes it");
}

static void print_import_fault(void *data, const char *file, int line, const char *text)
{
	clear_progress(data);
	fflush(stdout);
	diag_fault(file, line, "%s", text);
}

static void print_fault(void *data, const char *file, const char *text)
{
	print_import_fault(data, file, 0, text);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_result(const struct publish_result *r, const struct printing *p)
{
	const struct output_counts *c = &r->counts;
	double seconds = (double)(clock_mono_ms() - p->start_ms) / 1000;
	if (r->n_dead)
		printf("%zu link%s within the site lead%s to what isn't published, the first in %s\n", r->n_dead, plural(r->n_dead),
			r->n_dead == 1 ? "s" : "", r->first_dead);
	printf("%zu file%s, %.1f MB: ", c->files, plural(c->files), (double)c->n_bytes / 1e6);
	if (r->is_unchanged)
		printf("nothing has changed");
	else
		printf("%zu written, %zu unchanged", c->written, c->files - c->written);
	if (c->old)
		printf(", %zu old", c->old);
	if (c->pruned && c->pruned < c->old)
		printf(", %zu of them", c->pruned);
	if (c->pruned)
		printf(" removed");
	printf("; %.2f seconds\n", seconds);
}

/* What is new in media/ is read through, as import does. */
static void print_media(void *data, const char *name, const struct media_study *s, bool was_known, enum err e,
	const struct why *why)
{
	(void)s;
	(void)was_known;
	if (!e)
		return;
	struct buf path = {0};
	buf_format(&path, "media/%s", name);
	print_fault(data, path.p, why->text);
	buf_finish(&path);
}

static void media_progress(void *data, size_t done, size_t total, const char *name, int thousandths)
{
	const struct printing *p = data;
	if (p->shows_progress)
		fprintf(stderr, "\r\033[KRecordings: %zu of %zu, %s: %d %%", done, total, name, thousandths / 10);
}

static enum err study_media(struct server *server, struct archive *archive, struct printing *printing, size_t *n_faults,
	struct why *why)
{
	const struct media_store_report report = {.file = print_media, .progress = media_progress, .data = printing};
	const struct media_check_report check = {print_import_fault, printing};
	if (!media_store_is_wanted(server->config->site, server->var))
		return OK;
	enum err e = media_store_open(server->var, &server->media, why);
	feeds_use_media(server->feeds, server->media);
	e = e ? e : media_store_study_all(server->media, server->config->site, &report, NULL, why);
	clear_progress(printing);
	return e ? e : media_check(archive, server->config->site, server->media, &check, n_faults, why);
}

/* What has changed in the site's folders, into the archive; its faults are told, and the rest is published. */
static enum err import(struct server *server, const struct publish_options *options, struct printing *printing,
	struct archive *archive, size_t *n_faults, struct why *why)
{
	struct importer_site *site = importing_site(server->config, options->allow_removal);
	site->defers_index = true;
	const struct importer_report report = {.fault = print_import_fault, .progress = print_progress, .data = printing};
	struct importer_counts counts = {0};
	printing->what = "Reading";
	enum err e = importer_run(archive, site, NULL, 0, &report, &counts, why);
	*n_faults += counts.faults;
	clear_progress(printing);
	importing_site_free(site);
	if (!e && options->media != PUBLISH_NONE)
		e = study_media(server, archive, printing, n_faults, why);
	return e;
}

static enum err publish(struct server *server, struct publish_options *options, struct printing *printing,
	size_t *n_faults, struct why *why)
{
	struct publish_result result = {0};
	struct archive *archive;
	enum err e = archive_build_open(server->var, &archive, why);
	server->archive = archive;
	if (!e)
		e = import(server, options, printing, archive, n_faults, why);
	printing->what = "Writing";
	struct archive_saving *saving = e ? NULL : archive_save_begin(archive);
	if (!e)
		e = publish_run(server, options, &result, why);
	archive_save_end(saving);
	/* Before the archive that they read: who is the last one to close it leaves nothing beside it. */
	server_close_archives(server);
	archive_close(archive);
	clear_progress(printing);
	*n_faults += result.n_faults;
	if (!e && result.n_refused)
		printf("nothing was written: %zu feed%s would lose something; --allow-removal lets it go\n", result.n_refused,
			plural(result.n_refused));
	else if (!e)
		print_result(&result, printing);
	if (!e && result.n_unannounced)
		printf("the hub wasn't told yet of %zu feed%s; when the files are in their place, say --announce\n", result.n_unannounced,
			plural(result.n_unannounced));
	free(result.first_dead);
	return e;
}

/* Of a folder that isn't there yet: the nearest one that is, whole. NULL: none. */
static char *parent_of(const char *path)
{
	char *copy = path[0] == '/' ? mem_strdup(path) : file_join(".", path), *slash, *whole = NULL;
	while (!whole && (slash = strrchr(copy, '/')) && slash != copy) {
		*slash = '\0';
		whole = realpath(copy, NULL);
	}
	free(copy);
	return whole;
}

/* The site's own folders are read: what is written into them would be read as episodes the next time. */
static bool is_in_site(const struct config *config, const char *output)
{
	static const char *const read[] = {"", "episodes", "transcripts", "talks", "media", "templates", "var"};
	bool is_bad = false;
	for (size_t i = 0; i < COUNT_OF(read) && !is_bad; i++) {
		char *folder = file_join(config->site, read[i]), *whole = realpath(folder, NULL), *out = realpath(output, NULL);
		size_t n = whole ? strlen(whole) : 0;
		char *parent = out ? NULL : parent_of(output);
		const char *at = out ? out : parent ? parent : "";
		is_bad = whole && strncmp(at, whole, n) == 0 && ((at[n] == '\0' && (out || i > 0)) || (at[n] == '/' && i > 0));
		free(parent);
		free(folder);
		free(whole);
		free(out);
	}
	return is_bad;
}

static void template_fault_told(void *data, const char *file, int line, const char *text)
{
	size_t *n_faults = data;
	(*n_faults)++;
	diag_fault(file, line, "%s; the built-in one is used", text);
}

static int publish_site(const char *site, struct publish_options *options)
{
	struct server server = {0};
	struct why why = {0};
	size_t n_faults = 0;
	enum err e = config_load(site, &server.config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	if (is_in_site(server.config, options->output)) {
		diag_fault(NULL, 0, "%s is a folder that the site is read from; name another for --output", options->output);
		config_destroy(server.config);
		return EXIT_USAGE;
	}
	if (!server.config->base_url && server.config->n_shows) {
		diag_fault(server.config->file, 0, "no base_url: feeds and the sitemap are left out; say where the site will be");
		n_faults++;
	}
	if (!server.config->base_url && options->absolute) {
		diag_fault(server.config->file, 0, "no base_url to begin the links with; say where the site will be");
		config_destroy(server.config);
		return EXIT_FAULTS;
	}
	struct printing printing = {.shows_progress = verb_shows_progress(),
		.start_ms = clock_mono_ms()};
	options->progress = print_progress;
	options->old = print_old;
	options->fault = print_fault;
	options->data = &printing;
	server.var = file_join(server.config->site, "var");
	server.templates = templates_load(server.config->site, template_fault_told, &n_faults);
	diag_set_level(DIAG_WARN); /* what is new in the feeds is no news here */
	pthread_mutex_init(&server._readers_lock, NULL);
	server.feeds = feeds_create(server.config, options->allow_removal);
	/* Without their GUIDs every subscriber would download every episode again: a damaged feeds.lock was told, and nothing is
	 * published. */
	if (feeds_are_open(server.feeds))
		e = publish(&server, options, &printing, &n_faults, &why);
	else
		n_faults++;
	fflush(stdout);
	if (e)
		diag_fault_why(NULL, 0, &why);
	feeds_destroy(server.feeds);
	media_store_close(server.media);
	pthread_mutex_destroy(&server._readers_lock);
	templates_free(server.templates);
	free(server.var);
	config_destroy(server.config);
	return e ? EXIT_MACHINE : n_faults ? EXIT_FAULTS : EXIT_DONE;
}

static bool is_published(const char *output)
{
	char *list = file_join(output, OUTPUT_LIST);
	bool is = file_exists(list);
	free(list);
	return is;
}

static int announce(const char *site, const char *output)
{
	struct config *config;
	struct output *files = NULL;
	struct why why = {0};
	size_t n = 0;
	enum err e = config_load(site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	if (!config->hub || !config->base_url) {
		diag_fault(config->file, 0, "no %s: there is nobody to tell, or nothing to tell of", config->hub ? "base_url" : "hub");
		e = E_FORMAT;
	} else if (!is_published(output)) {
		diag_fault(NULL, 0, "nothing was published into %s yet; publish first, without --announce", output);
		e = E_FORMAT;
	}
	if (e) {
		config_destroy(config);
		return EXIT_FAULTS;
	}
	char *var = file_join(config->site, "var");
	e = output_open(output, false, &files, &why);
	if (!e)
		e = announce_changed(config, var, files, &n, &why);
	if (e)
		diag_fault_why(NULL, 0, &why);
	else if (n)
		printf("the hub was told of %zu feed%s\n", n, plural(n));
	else
		printf("no feed has changed since the hub was told\n");
	output_close(files);
	free(var);
	config_destroy(config);
	return e ? EXIT_MACHINE : EXIT_DONE;
}

/* Text that is one of a few words. */
static bool choose(const char *option, const char *said, const char *const *words, size_t n, size_t *chosen)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(said, words[i]) == 0) {
			*chosen = i;
			return true;
		}
	struct buf list = {0};
	for (size_t i = 0; i < n; i++)
		buf_format(&list, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", words[i]);
	diag_fault(NULL, 0, "--%s is %s, not '%s'", option, list.p, said);
	buf_finish(&list);
	return false;
}

static int run(int argc, char **argv)
{
	static const char *const link_words[] = {"relative", "base_url"}, *const media_words[] = {"link", "copy", "none"};
	const char *site = ".", *output = NULL, *links = "relative", *media = "link";
	bool prune = false, plain = false, all = false, allow_removal = false, announces = false, done;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"output", &output, NULL}, {"links", &links, NULL},
		{"media", &media, NULL}, {"prune", NULL, &prune}, {"no-compressed", NULL, &plain}, {"all", NULL, &all},
		{"allow-removal", NULL, &allow_removal}, {"announce", NULL, &announces}};
	int n_operands;
	size_t link_choice, media_choice;
	if (options_read(&verb_publish, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (n_operands)
		diag_fault(NULL, 0, "publish takes no '%s'; say --output DIR", argv[1]);
	else if (!output)
		diag_fault(NULL, 0, "no folder to write to; say --output DIR");
	if (n_operands || !output)
		return EXIT_USAGE;
	if (!choose("links", links, link_words, COUNT_OF(link_words), &link_choice) ||
			!choose("media", media, media_words, COUNT_OF(media_words), &media_choice))
		return EXIT_USAGE;
	if (announces)
		return announce(site, output);
	struct publish_options options = {.output = output, .absolute = link_choice == 1, .prune = prune, .compresses = !plain,
		.all = all, .allow_removal = allow_removal, .media = (enum publish_media)media_choice};
	return publish_site(site, &options);
}

const struct verb verb_publish = {
	.name = "publish",
	.usage = "publish [--site DIR] --output DIR [--links relative|base_url] [--media link|copy|none] [--prune] [--allow-removal] [--announce]",
	.summary = "Pages, feeds, transcripts, media and a search as static files, for any web server or none",
	.help =
		"Reads what has changed in the site (as import does), then writes every page that serve shows. Only files whose\n"
		"content has changed are touched, each replaced whole; a run in which nothing has changed only looks.\n"
		"The search runs in the reader's browser. Live stations need a running carillon: their links lead to base_url.\n"
		"\n"
		"  --site DIR       the site's folder (default: the current one)\n"
		"  --output DIR     where the files go; made when it is missing\n"
		"  --links HOW      relative (default): the files can lie anywhere, even on a disk; base_url: links begin with it\n"
		"  --media HOW      link (default): hard links, or copies on another disk; copy; none: media stay at base_url\n"
		"  --prune          remove what former runs wrote and this one doesn't; else it is listed and stays\n"
		"  --allow-removal  let what is gone out of the feeds; else nothing is written when a feed would lose something\n"
		"  --no-compressed  no FILE.gz beside the files\n"
		"  --all            build every page, even when nothing has changed\n"
		"  --announce       write nothing; tell the hub (WebSub) of the feeds in --output that have changed since it was last\n"
		"                   told. For when the files are where they are read\n"
		"\n"
		"Exit code 1: the site had faults; each is named on stderr, the rest is published.\n"
		"\n"
		"Example\n"
		"  carillon publish --site mysite --output public --prune\n",
	.run = run,
};

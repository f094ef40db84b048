/* verb_import.c - `carillon import`: reads the site's files, and others, into the archive, and says what each is.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/feeds.h"
#include "server/importing.h"
#include "server/moving_in.h"
#include "transcripts/dialect.h"
#include "transcripts/media_check.h"

struct printing {
	bool shows_progress;
	int64_t start_ms, last_ms;
	size_t n_media, n_studied, n_unreadable;
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

static void print_loss(void *data, const char *space, const char *lines)
{
	(void)data;
	printf("feed %s: %s\n", space, lines);
}

/* ---- recordings ---- */

static void print_media(void *data, const char *name, const struct media_study *s, bool was_known, enum err e,
	const struct why *why)
{
	struct printing *p = data;
	struct buf length = {0}, path = {0};
	p->n_media++;
	p->n_studied += !was_known;
	p->n_unreadable += e != OK;
	buf_format(&path, "media/%s", name);
	if (e) {
		print_fault(p, path.p, 0, why->text);
	} else if (!was_known) {
		clear_progress(p);
		stamp_write(&length, s->info.duration_ms / 1000 * 1000, false);
		printf("%s: %s, %s", path.p, s->info.mime, length.p);
		if (s->has_loudness && s->lufs > MEDIA_SILENT_DB)
			printf(", %.1f LUFS", s->lufs);
		if (s->n_chapters)
			printf(", %zu chapter%s", s->n_chapters, plural(s->n_chapters));
		printf("\n");
	}
	buf_finish(&length);
	buf_finish(&path);
}

static void media_progress(void *data, size_t done, size_t total, const char *name, int thousandths)
{
	const struct printing *p = data;
	if (p->shows_progress)
		fprintf(stderr, "\r\033[Krecordings: %zu of %zu, %s: %d %%", done, total, name, thousandths / 10);
}

/* Reads the site's recordings through, each once, and compares them with what the pages say. *n_faults counts on. */
static enum err study_media(const struct config *config, const char *var, struct archive *archive, struct printing *p,
	size_t *n_faults, struct why *why)
{
	struct media_store *store;
	int64_t start_ms = clock_mono_ms();
	const struct media_store_report report = {.file = print_media, .progress = media_progress, .data = p};
	const struct media_check_report check = {print_fault, p};
	enum err e = media_store_open(var, &store, why);
	e = e ? e : media_store_study_all(store, config->site, &report, NULL, why);
	clear_progress(p);
	if (p->n_studied)
		printf("%zu recording%s: %zu read through, %zu not readable; %.2f seconds\n", p->n_media, plural(p->n_media),
			p->n_studied, p->n_unreadable, (double)(clock_mono_ms() - start_ms) / 1000);
	e = e ? e : media_check(archive, config->site, store, &check, n_faults, why);
	*n_faults += p->n_unreadable;
	media_store_close(store);
	return e;
}

/* ---- the verb ---- */

struct choices {
	bool forget, no_media, allow_removal;
	const char *as;
};

static int import(const struct config *config, const struct choices *choices, const char *const *paths,
	size_t n_paths)
{
	struct archive *archive;
	struct why why = {0};
	char *var = file_join(config->site, "var");
	enum err e = archive_open(var, &archive, &why);
	if (e) {
		diag_fault_why(NULL, 0, &why);
		free(var);
		return EXIT_MACHINE;
	}
	struct printing printing = {verb_shows_progress(), clock_mono_ms(), 0, 0, 0, 0};
	struct importer_site *site = importing_site(config, choices->forget);
	site->as = choices->as;
	const struct importer_report report = {.file = print_file, .fault = print_fault, .progress = print_progress,
		.data = &printing};
	struct importer_counts counts;
	e = importer_run(archive, site, paths, n_paths, &report, &counts, &why);
	clear_progress(&printing);
	double seconds = (double)(clock_mono_ms() - printing.start_ms) / 1000;
	if (!e && !choices->no_media)
		e = study_media(config, var, archive, &printing, &counts.faults, &why);
	if (!e && choices->allow_removal)
		feeds_let_go(config, archive, print_loss, NULL);
	archive_close(archive);
	importing_site_free(site);
	free(var);
	if (e) {
		fflush(stdout);
		diag_fault_why(NULL, 0, &why);
		return EXIT_MACHINE;
	}
	print_summary(&counts, seconds);
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

/* --show, --media and --mine are about a feed, which comes without PATH. */
static bool is_moving_right(const struct moving_options *moving, const struct choices *choices, int n_operands)
{
	if (!moving->from && (moving->show || moving->media || moving->is_mine))
		diag_fault(NULL, 0, "--show, --media and --mine go with --from-feed; see carillon import --help");
	else if (moving->from && (n_operands || choices->as || choices->forget))
		diag_fault(NULL, 0, "--from-feed takes no PATH, --as or --forget; do them one after the other");
	else
		return true;
	return false;
}

static int run(int argc, char **argv)
{
	const char *site = ".";
	struct choices choices = {0};
	struct moving_options moving = {0};
	bool kinds = false, done, is_ready = true;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"forget", NULL, &choices.forget}, {"as", &choices.as, NULL},
		{"kinds", NULL, &kinds}, {"allow-removal", NULL, &choices.allow_removal}, {"no-media", NULL, &choices.no_media},
		{"from-feed", &moving.from, NULL}, {"show", &moving.show, NULL}, {"media", NULL, &moving.media},
		{"mine", NULL, &moving.is_mine}};
	int n_operands;
	if (options_read(&verb_import, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (kinds)
		return print_kinds();
	if (choices.as && !is_as_right(choices.as, n_operands))
		return EXIT_USAGE;
	if (!is_moving_right(&moving, &choices, n_operands))
		return EXIT_USAGE;
	moving.site = site;
	int moved = moving.from ? moving_in(&moving, &is_ready) : EXIT_DONE;
	if (!is_ready || moved > EXIT_FAULTS)
		return moved;
	struct config *config;
	enum err e = config_load(site, &config);
	if (e)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	int code = import(config, &choices, (const char *const *)argv + 1, (size_t)n_operands);
	config_destroy(config);
	return code > moved ? code : moved;
}

const struct verb verb_import = {
	.name = "import",
	.usage = "import [--site DIR] [--forget] [--allow-removal] [--no-media] [--as KIND] [PATH...]\n"
		"carillon import [--site DIR] --from-feed URL|FILE [--show NAME] [--media] [--mine]",
	.summary = "Say what each file is, and read it into the archive",
	.help =
		"Without PATH: the site's episodes/, transcripts/ and talks/. A PATH elsewhere, a file or a folder, is read where it\n"
		"is and remembered: later imports read it too. Files that haven't changed are left alone.\n"
		"What a file is its content tells, and the reason is printed. Where that is wrong, say what it is: with --as, or for\n"
		"many files under import: in carillon.yaml, with patterns. What --as said goes before what stands there.\n"
		"\n"
		"Then the recordings in media/ that are new are read through (carillon media shows them), and compared with what the\n"
		"pages say of them. It can be stopped: what was read is kept.\n"
		"\n"
		"  --site DIR   the site's folder (default: the current one)\n"
		"  --no-media   leave the recordings to serve, which reads them in the background\n"
		"  --forget     take files that have vanished out of the archive; else they are reported and kept\n"
		"  --allow-removal  let what is gone out of the feeds, which else go on as they were\n"
		"  --as KIND    what each PATH is, also all below a folder; remembered in var/elsewhere. --as auto takes it back\n"
		"  --kinds      list what KIND can be\n"
		"\n"
		"With --from-feed a whole show moves in: its feed (RSS, Atom or JSON Feed, all its pages) becomes episodes/*.md with the\n"
		"GUIDs and dates that it was published under, transcripts and chapters come along, and the show's entry for carillon.yaml\n"
		"is printed, or written where there is none. Recordings stay where they are without --media. No file that is there is\n"
		"ever overwritten; done again, it goes on where it was stopped, and adds what is new.\n"
		"\n"
		"  --from-feed URL|FILE  the feed's address, or a file that it was saved to\n"
		"  --show NAME  what the show is called here (default: made from its title)\n"
		"  --media      copy recordings and artwork into media/, too\n"
		"  --mine       take a show whose feed says that it is locked\n"
		"\n"
		"Exit code 1: some files had faults; each is named on stderr, the others are in.\n"
		"\n"
		"Examples\n"
		"  carillon import --site mysite ~/podcast/transcripts\n"
		"  carillon import --site mysite --as speaker-lines mysite/transcripts/odd.txt\n"
		"  carillon import --site mysite --from-feed https://old.example.org/feed.xml --media\n",
	.run = run,
};

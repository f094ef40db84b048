/* verb_search.c - `carillon search`: the web's search, in a terminal.
 * SPDX-License-Identifier: MIT */
#include "server/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/soundbite_lines.h"
#include "transcripts/dialect.h"
#include "transcripts/planet_store.h"
#include "transcripts/search.h"

struct look {
	const char *mark, *unmark, *title, *untitle;
};
static const struct look plain = {"**", "**", "", ""}, terminal = {"\033[1m", "\033[0m", "\033[4m", "\033[0m"};

/* A snippet's HTML has nothing but marks and these. */
static void print_snippet(struct buf *out, struct span html, const struct look *look)
{
	const struct { const char *html, *text; } known[] = {{"<mark>", look->mark}, {"</mark>", look->unmark},
		{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
	while (html.n) {
		size_t n = 0;
		for (size_t i = 0; i < COUNT_OF(known) && !n; i++)
			if (span_starts(html, known[i].html)) {
				buf_text(out, known[i].text);
				n = strlen(known[i].html);
			}
		if (!n)
			buf_char(out, html.p[n++]);
		html = span_from(html, n);
	}
}

static void print_hit(const struct search_hit *hit, const struct look *look)
{
	struct buf out = {0}, date = {0};
	if (hit->item->published_ms != INT64_MIN)
		time_format_iso(&date, hit->item->published_ms);
	buf_format(&out, "%s%s%s", look->title, hit->item->title[0] ? hit->item->title : hit->item->slug, look->untitle);
	if (date.n >= 10)
		buf_format(&out, "  %.10s", date.p);
	if (hit->conference_title)
		buf_format(&out, "  %s", hit->conference_title);
	if (hit->author)
		buf_format(&out, "  %s", hit->author);
	buf_format(&out, "  %s\n", hit->url);
	for (size_t i = 0; i < hit->n_moments; i++) {
		const struct search_moment *m = &hit->moments[i];
		struct buf time = {0};
		stamp_write(&time, (int64_t)(m->start * 1000), false);
		buf_format(&out, "  %s  ", time.p);
		if (m->is_sponsored)
			buf_text(&out, "[sponsor] ");
		if (m->is_chapter)
			buf_text(&out, "[chapter] ");
		if (m->speaker[0])
			buf_format(&out, "%s: ", m->speaker);
		print_snippet(&out, span_of(m->html), look);
		buf_char(&out, '\n');
		buf_finish(&time);
	}
	if (hit->summary) {
		buf_text(&out, "  ");
		print_snippet(&out, span_of(hit->summary), look);
		buf_char(&out, '\n');
	}
	buf_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_finish(&out);
	buf_finish(&date);
}

static void print_result(const struct search_result *r, const struct look *look)
{
	for (size_t i = 0; i < r->n_hits; i++)
		print_hit(&r->hits[i], look);
	if (r->total == 0)
		printf("Nothing was found.\n");
	else
		printf("%zu of %zu in %.1f ms\n", r->n_hits, r->total, r->took_ms);
	if (r->did_you_mean)
		printf("Did you mean: %s\n", r->did_you_mean);
	if (r->timed_out)
		printf("The search took too long and was cut short; more or rarer words help.\n");
	if (r->n_ignored)
		printf("%zu more words were not looked for.\n", r->n_ignored);
}

static void print_json(const struct search_request *request, const struct search_result *r)
{
	struct buf out = {0};
	struct json_writer w;
	json_begin(&w, &out);
	search_write_json(&w, request, r, SPAN_LITERAL(""));
	puts(out.p);
	buf_finish(&out);
}

/* `publish` needs no index, and leaves it to whoever searches first. */
static enum err make_index(const char *var, struct why *why)
{
	struct archive *archive;
	enum err e = archive_open(var, &archive, why);
	if (e)
		return e;
	e = archive_settle(archive, why);
	archive_close(archive);
	return e;
}

static void print_soundbites(struct archive *archive, const struct search_result *result)
{
	struct buf out = {0};
	for (size_t i = 0; i < result->n_hits; i++)
		soundbite_lines(archive, &result->hits[i], &out);
	buf_text(&out, result->n_hits ? "" : "# Nothing was found.\n");
	fwrite(out.p, 1, out.n, stdout);
	buf_finish(&out);
}

/* with_soundbites: they are printed, as long as the archive is open. */
static enum err search_archive(const char *var, const struct search_request *request, bool with_soundbites,
	struct search_result **result, struct why *why)
{
	struct archive *archive;
	enum err e = archive_open_reader(var, &archive, why);
	if (!e && archive_awaits_index(archive)) {
		archive_close(archive);
		e = make_index(var, why);
		e = e ? e : archive_open_reader(var, &archive, why);
	}
	if (e)
		return e;
	e = search_run(archive, request, result, why);
	if (!e && with_soundbites)
		print_soundbites(archive, *result);
	archive_close(archive);
	return e;
}

static enum err search_planet(const char *var, const struct search_request *request, struct search_result **result,
	struct why *why)
{
	struct planet_store *store;
	enum err e = planet_store_open_reader(var, &store, why);
	if (e)
		return e;
	e = planet_search(store, request, result, why);
	planet_store_close(store);
	return e;
}

enum form { FORM_TEXT, FORM_JSON, FORM_SOUNDBITES };

static int search_site(const char *site, const struct search_request *request, enum form form)
{
	struct search_result *result;
	struct why why = {0};
	if (!file_is_folder(site)) {
		diag_fault(NULL, 0, "there is no folder %s; name the site's with --site", site);
		return EXIT_MACHINE;
	}
	char *var = file_join(site, "var");
	enum err e = planet_search_is_meant(request) ? search_planet(var, request, &result, &why) :
		search_archive(var, request, form == FORM_SOUNDBITES, &result, &why);
	free(var);
	if (e == E_GONE) {
		diag_fault(NULL, 0, "nothing has been imported here yet; run carillon import --site %s", site);
		return EXIT_MACHINE;
	}
	if (!e && form == FORM_JSON)
		print_json(request, result);
	else if (!e && form == FORM_TEXT)
		print_result(result, isatty(STDOUT_FILENO) ? &terminal : &plain);
	if (!e)
		search_result_free(result);
	if (e)
		diag_fault_why(NULL, 0, &why);
	if (!e && (fflush(stdout) || ferror(stdout))) {
		diag_fault(NULL, 0, "can't write the result; make room where the output goes");
		return EXIT_MACHINE;
	}
	return e ? EXIT_MACHINE : EXIT_DONE;
}

static int run(int argc, char **argv)
{
	const char *site = ".", *limit = NULL, *moments = NULL;
	bool json = false, sponsors = false, soundbites = false, done;
	const struct option_spec specs[] = {{"site", &site, NULL}, {"json", NULL, &json}, {"limit", &limit, NULL},
		{"moments", &moments, NULL}, {"sponsors", NULL, &sponsors}, {"soundbites", NULL, &soundbites}};
	int n_operands;
	int64_t n = SEARCH_LIMIT_DEFAULT, n_moments = 0;
	if (options_read(&verb_search, argc, argv, specs, COUNT_OF(specs), &n_operands, &done))
		return EXIT_USAGE;
	if (done)
		return EXIT_DONE;
	if (!n_operands) {
		diag_fault(NULL, 0, "search needs words to look for; see carillon search --help");
		return EXIT_USAGE;
	}
	if (limit && (!span_to_i64(span_of(limit), &n) || n < 1 || n > SEARCH_LIMIT_MAX)) {
		diag_fault(NULL, 0, "--limit takes a number from 1 to %d, not '%s'", SEARCH_LIMIT_MAX, limit);
		return EXIT_USAGE;
	}
	if (moments && (!span_to_i64(span_of(moments), &n_moments) || n_moments < 1 || n_moments > SEARCH_MOMENTS_MAX)) {
		diag_fault(NULL, 0, "--moments takes a number from 1 to %d, not '%s'", SEARCH_MOMENTS_MAX, moments);
		return EXIT_USAGE;
	}
	if (soundbites && json) {
		diag_fault(NULL, 0, "--soundbites are lines of YAML, --json is none; leave one out");
		return EXIT_USAGE;
	}
	struct buf query = {0};
	for (int i = 1; i <= n_operands; i++)
		buf_format(&query, "%s%s", i > 1 ? " " : "", argv[i]);
	struct search_request request = {.query = buf_view(&query), .limit = (size_t)n,
		.moments = (size_t)n_moments, .with_sponsors = sponsors};
	int code = search_site(site, &request, soundbites ? FORM_SOUNDBITES : json ? FORM_JSON : FORM_TEXT);
	buf_finish(&query);
	return code;
}

const struct verb verb_search = {
	.name = "search",
	.usage = "search [--site DIR] [--json] [--limit N] [--moments N] [--sponsors] [--soundbites] QUERY",
	.summary = "Find what was said, to the second",
	.help =
		"All words must occur, in any of their forms (bell, bells; in the recordings' languages); the recordings that fit\n"
		"best come first, with their best moments. What is said for a sponsor is left out.\n"
		"\n"
		"  \"a phrase\"     words that follow each other, across captions too\n"
		"                 and as they are; \"bell\" is only bell\n"
		"  word*          words that begin so\n"
		"  -word          not where this occurs\n"
		"  speaker:name   only what somebody of that name said (any part of the name)\n"
		"  show:name      only in this show\n"
		"  conference:name   only talks of this conference; pycon-us is all editions of it\n"
		"  kind:talk      only talks; also episode, transcript; kind:post searches the planet's posts instead\n"
		"  item:slug      only this recording\n"
		"  with:sponsors  what is said for sponsors too, marked\n"
		"  before:2020 after:2017   by year, month (2017-03) or day (2017-03-31), these themselves not included;\n"
		"                 year:2018 is that year\n"
		"\n"
		"  --site DIR     the site's folder (default: the current one)\n"
		"  --json         as GET /api/search answers\n"
		"  --limit N      at most N recordings (default 20, at most 100)\n"
		"  --moments N    at most N moments of each (default 3; 20 where one person or recording was asked for; at most 200)\n"
		"  --sponsors     as with:sponsors\n"
		"  --soundbites   each moment as a line for the front matter of its episode, whose file stands above: paste what is\n"
		"                 worth hearing on its own, and set its end and title\n"
		"\n"
		"Example: a phrase, quoted for the shell and for the search\n"
		"  carillon search '\"listen to wikipedia\" speaker:mahmoud'\n",
	.run = run,
};

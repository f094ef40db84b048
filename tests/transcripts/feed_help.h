/* feed_help.h - a site with a show in an archive, its feeds written and read back by libxml2.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_TRANSCRIPTS_FEED_HELP_H
#define TESTS_TRANSCRIPTS_FEED_HELP_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/feed.h"
#include "transcripts/media_probe.h"

/* A site in a temporary folder. */
static struct {
	char folder[64];
	struct archive *archive;
	struct feed_lock *lock;
	struct buf faults; /* "PATH: TEXT\n" each */
	struct buf feed;
	xmlDoc *doc;
	xmlXPathContext *xpath;
} site;

static const struct feed_show whole_show = {.name = "bells", .title = "Bells & <Towers>", .description = "About bells.",
	.language = "en", .author = "The \"Carillon\" project", .category = "Society & Culture",
	.subcategory = "Places & Travel", .image = "media/art.png", .type = "episodic",
	.copyright = "The Carillon project"};

static inline char *site_path(const char *name)
{
	return file_join(site.folder, name);
}

static inline void put_file(const char *name, struct span bytes)
{
	char *path = site_path(name);
	assert_int_equal(file_replace(path, bytes, NULL), OK);
	free(path);
}

static inline void put_media(const char *fixture, const char *name)
{
	struct buf from = {0}, to = {0}, bytes = {0};
	buf_format(&from, "%s/transcripts/media/%s", getenv("TEST_DATA"), fixture);
	buf_format(&to, "media/%s", name);
	assert_int_equal(file_read(from.p, 1 << 20, &bytes, NULL), OK);
	put_file(to.p, buf_view(&bytes));
	buf_finish(&from);
	buf_finish(&to);
	buf_finish(&bytes);
}

static inline void open_lock(void)
{
	char *path = site_path("feeds.lock");
	feed_lock_close(site.lock);
	assert_int_equal(feed_lock_open(path, &site.lock, NULL), OK);
	free(path);
}

static inline int set_up(void **state)
{
	(void)state;
	memset(&site, 0, sizeof site);
	strcpy(site.folder, "/tmp/carillon-feed-XXXXXX");
	if (!mkdtemp(site.folder))
		return -1;
	char *media = site_path("media"), *var = site_path("var"), *episodes = site_path("episodes");
	assert_int_equal(file_make_folder(media, NULL), OK);
	assert_int_equal(file_make_folder(episodes, NULL), OK);
	free(episodes);
	assert_int_equal(archive_open(var, &site.archive, NULL), OK);
	put_file("media/art.png", SPAN_LITERAL("\x89PNG"));
	put_media("tone.mp3", "one.mp3");
	put_media("tone.m4a", "two.m4a");
	put_media("clip.mp4", "three.mp4");
	open_lock();
	free(media);
	free(var);
	return 0;
}

static inline void forget_feed(void)
{
	xmlXPathFreeContext(site.xpath);
	xmlFreeDoc(site.doc);
	site.xpath = NULL;
	site.doc = NULL;
	buf_finish(&site.feed);
	buf_finish(&site.faults);
}

static inline int tear_down(void **state)
{
	(void)state;
	forget_feed();
	feed_lock_close(site.lock);
	archive_close(site.archive);
	struct buf command = {0};
	buf_format(&command, "rm -r %s", site.folder);
	int failed = system(command.p);
	buf_finish(&command);
	return failed;
}

/* An episode as its page would give it. */
struct given {
	const char *slug, *title, *notes, *media, *guid, *date, *description, *image;
	int64_t media_bytes, duration_ms, season, episode;
	bool unpublished, explicit_, has_transcript;
};

static inline char *text(const char *s)
{
	return mem_strdup(s ? s : "");
}

static inline void put(const struct given *g)
{
	struct document *d = mem_new(1, sizeof *d);
	*d = (struct document){.kind = DOCUMENT_EPISODE, .reason = text("test"), .title = text(g->title),
		.slug = text(g->slug), .show = text("bells"), .author = text(""), .description = text(g->description),
		.image = text(g->image), .guid = text(g->guid), .transcript_file = text(""), .media_file = text(g->media), .media_bytes = g->media_bytes,
		.duration_ms = g->duration_ms, .published_ms = INT64_MIN, .published = !g->unpublished, .season = g->season,
		.episode = g->episode, .explicit_ = g->explicit_, .youtube = text(""), .notes = text(g->notes)};
	if (g->date)
		assert_int_equal(time_parse(span_of(g->date), &d->published_ms), OK);
	if (g->has_transcript) {
		d->transcript = transcript_create();
		transcript_add_turn(d->transcript, SPAN_LITERAL("Bell"));
		transcript_add_cue(d->transcript, 0, 1000, SPAN_LITERAL("Ding dong."), 1);
		transcript_finish_build(d->transcript);
	}
	struct buf path = {0};
	struct why why;
	buf_format(&path, "episodes/%s.md", g->slug);
	put_file(path.p, SPAN_LITERAL("")); /* whose page is gone was renamed */
	struct archive_file file = {.path = path.p, .content_hash = 1, .show = "bells", .slug = g->slug, .document = d};
	if (archive_put(site.archive, &file, &why))
		fail_msg("%s: %s", path.p, why.text);
	buf_finish(&path);
	document_destroy(d);
}

static inline void hear(void *data, const char *path, const char *fault)
{
	(void)data;
	buf_format(&site.faults, "%s: %s\n", path, fault);
}

static inline void write_form(const struct feed_show *show, enum feed_form form)
{
	const struct feed_site feeds = {.folder = site.folder, .base_url = "https://example.org", .title = "Test site",
		.shows = show, .n_shows = 1, .lock = site.lock};
	const struct feed_request request = {.kind = FEED_SHOW, .form = form, .name = show->name};
	struct feed_written written;
	struct why why = {0};
	forget_feed();
	buf_text(&site.faults, "");
	assert_int_equal(feed_write(site.archive, &feeds, &request, hear, NULL, &site.feed, &written, &why), OK);
	feed_diff_finish(&written.diff);
	if (form == FEED_JSON)
		return;
	site.doc = xmlReadMemory(site.feed.p, (int)site.feed.n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
	assert_non_null(site.doc);
	site.xpath = xmlXPathNewContext(site.doc);
	xmlXPathRegisterNs(site.xpath, BAD_CAST "itunes", BAD_CAST "http://www.itunes.com/dtds/podcast-1.0.dtd");
	xmlXPathRegisterNs(site.xpath, BAD_CAST "content", BAD_CAST "http://purl.org/rss/1.0/modules/content/");
	xmlXPathRegisterNs(site.xpath, BAD_CAST "podcast", BAD_CAST "https://podcastindex.org/namespace/1.0");
	xmlXPathRegisterNs(site.xpath, BAD_CAST "atom", BAD_CAST "http://www.w3.org/2005/Atom");
}

static inline void write_feed(const struct feed_show *show)
{
	write_form(show, FEED_RSS);
}

/* The expression's value as text; owned. */
static inline char *value(const char *expression)
{
	xmlXPathObject *object = xmlXPathEvalExpression(BAD_CAST expression, site.xpath);
	assert_non_null(object);
	char *got = (char *)xmlXPathCastToString(object);
	xmlXPathFreeObject(object);
	return got;
}

static inline void assert_value(const char *expression, const char *expected)
{
	char *got = value(expression);
	if (strcmp(got, expected) != 0)
		fail_msg("%s is '%s', not '%s'", expression, got, expected);
	xmlFree(got);
}

static inline void assert_fault(const char *fault)
{
	if (!strstr(site.faults.p, fault))
		fail_msg("'%s' is not in: %s", fault, site.faults.p);
}

static inline void put_three(void)
{
	put(&(struct given){.slug = "one", .title = "One & only", .media = "/media/one.mp3", .date = "2026-01-01T10:00:00Z",
		.notes = "First *bell* <https://example.org/a?b&c>, [0:01] it rings\n\n* a\n* b\n", .has_transcript = true,
		.season = 1, .episode = 1});
	put(&(struct given){.slug = "two", .title = "Two", .media = "two.m4a", .date = "2026-02-01", .description = "A < B",
		.episode = 2, .explicit_ = true});
	put(&(struct given){.slug = "\xc3\xbc-three", .title = "Three", .media = "media/three.mp4", .date = "2026-03-01",
		.image = "media/art.png"});
}

#define ON_A_SITE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif

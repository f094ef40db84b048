/* test_feed.c - a show's feed is what Apple, PSP-1 and players want, whatever is in the archive.
 * This program is its own media child (media_probe.h). env FEEDVALIDATOR: a checkout of the W3C's validator.
 * SPDX-License-Identifier: MIT */
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

static char *site_path(const char *name)
{
	return file_join(site.folder, name);
}

static void put_file(const char *name, struct span bytes)
{
	char *path = site_path(name);
	assert_int_equal(file_replace(path, bytes, NULL), OK);
	free(path);
}

static void put_media(const char *fixture, const char *name)
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

static void open_lock(void)
{
	char *path = site_path("feeds.lock");
	feed_lock_close(site.lock);
	assert_int_equal(feed_lock_open(path, &site.lock, NULL), OK);
	free(path);
}

static int set_up(void **state)
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

static void forget_feed(void)
{
	xmlXPathFreeContext(site.xpath);
	xmlFreeDoc(site.doc);
	site.xpath = NULL;
	site.doc = NULL;
	buf_finish(&site.feed);
	buf_finish(&site.faults);
}

static int tear_down(void **state)
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

static char *text(const char *s)
{
	return mem_strdup(s ? s : "");
}

static void put(const struct given *g)
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

static void hear(void *data, const char *path, const char *fault)
{
	(void)data;
	buf_format(&site.faults, "%s: %s\n", path, fault);
}

static void write_form(const struct feed_show *show, enum feed_form form)
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

static void write_feed(const struct feed_show *show)
{
	write_form(show, FEED_RSS);
}

/* The expression's value as text; owned. */
static char *value(const char *expression)
{
	xmlXPathObject *object = xmlXPathEvalExpression(BAD_CAST expression, site.xpath);
	assert_non_null(object);
	char *got = (char *)xmlXPathCastToString(object);
	xmlXPathFreeObject(object);
	return got;
}

static void assert_value(const char *expression, const char *expected)
{
	char *got = value(expression);
	if (strcmp(got, expected) != 0)
		fail_msg("%s is '%s', not '%s'", expression, got, expected);
	xmlFree(got);
}

static void assert_fault(const char *fault)
{
	if (!strstr(site.faults.p, fault))
		fail_msg("'%s' is not in: %s", fault, site.faults.p);
}

static void put_three(void)
{
	put(&(struct given){.slug = "one", .title = "One & only", .media = "/media/one.mp3", .date = "2026-01-01T10:00:00Z",
		.notes = "First *bell* <https://example.org/a?b&c>, [0:01] it rings\n\n* a\n* b\n", .has_transcript = true,
		.season = 1, .episode = 1});
	put(&(struct given){.slug = "two", .title = "Two", .media = "two.m4a", .date = "2026-02-01", .description = "A < B",
		.episode = 2, .explicit_ = true});
	put(&(struct given){.slug = "\xc3\xbc-three", .title = "Three", .media = "media/three.mp4", .date = "2026-03-01",
		.image = "media/art.png"});
}

static void podcast_guids_are_those_of_the_specification(void **state)
{
	(void)state;
	char guid[37];
	feed_podcast_guid("https://podnews.net/rss", guid);
	assert_string_equal(guid, "9b024349-ccf0-5f69-a609-6b82873eab3c");
	feed_podcast_guid("http://podnews.net/rss//", guid);
	assert_string_equal(guid, "9b024349-ccf0-5f69-a609-6b82873eab3c");
	feed_podcast_guid("mp3s.nashownotes.com/pc20rss.xml", guid);
	assert_string_equal(guid, "917393e3-1b1e-5cef-ace4-edaa54e1f810");
}

static void the_channel_has_every_required_tag(void **state)
{
	(void)state;
	put_three();
	write_feed(&whole_show);
	assert_string_equal(site.faults.p, "");
	assert_value("string(/rss/@version)", "2.0");
	assert_value("string(/rss/channel/title)", "Bells & <Towers>");
	assert_value("string(/rss/channel/link)", "https://example.org/shows/bells/");
	assert_value("string(/rss/channel/description)", "About bells.");
	assert_value("string(/rss/channel/language)", "en");
	assert_value("string(/rss/channel/atom:link[@rel='self']/@href)", "https://example.org/feeds/bells.xml");
	assert_value("string(/rss/channel/itunes:image/@href)", "https://example.org/media/art.png");
	assert_value("string(/rss/channel/image/url)", "https://example.org/media/art.png");
	assert_value("string(/rss/channel/itunes:category/@text)", "Society & Culture");
	assert_value("string(/rss/channel/itunes:category/itunes:category/@text)", "Places & Travel");
	assert_value("string(/rss/channel/itunes:explicit)", "false");
	assert_value("string(/rss/channel/itunes:author)", "The \"Carillon\" project");
	assert_value("string(/rss/channel/itunes:type)", "episodic");
	assert_value("string(/rss/channel/copyright)", "The Carillon project");
	assert_value("string(/rss/channel/lastBuildDate)", "Sun, 01 Mar 2026 00:00:00 GMT");
	assert_value("string(/rss/channel/podcast:locked)", "no");
	assert_value("string-length(/rss/channel/podcast:guid)", "36");
	assert_value("count(//itunes:owner)", "0");
	struct feed_show owned = whole_show;
	owned.email = "bells@example.org";
	write_feed(&owned);
	assert_value("string(/rss/channel/itunes:owner/itunes:email)", "bells@example.org");
}

static void items_are_newest_first_and_say_what_their_files_are(void **state)
{
	(void)state;
	put_three();
	write_feed(&whole_show);
	assert_value("count(//item)", "3");
	assert_value("string(//item[1]/title)", "Three");
	assert_value("string(//item[1]/link)", "https://example.org/shows/bells/%C3%BC-three");
	assert_value("string(//item[1]/enclosure/@type)", "video/mp4");
	assert_value("string(//item[1]/itunes:image/@href)", "https://example.org/media/art.png");
	assert_value("string(//item[2]/enclosure/@type)", "audio/x-m4a");
	assert_value("string(//item[2]/description)", "A &lt; B");
	assert_value("string(//item[2]/itunes:explicit)", "true");
	assert_value("string(//item[3]/title)", "One & only");
	assert_value("string(//item[3]/enclosure/@url)", "https://example.org/media/one.mp3");
	assert_value("string(//item[3]/enclosure/@length)", "4376");
	assert_value("string(//item[3]/enclosure/@type)", "audio/mpeg");
	assert_value("string(//item[3]/itunes:duration)", "2");
	assert_value("string(//item[3]/pubDate)", "Thu, 01 Jan 2026 10:00:00 GMT");
	assert_value("string(//item[3]/guid/@isPermaLink)", "false");
	assert_value("string(//item[3]/itunes:season)", "1");
	assert_value("string(//item[3]/itunes:episode)", "1");
	assert_value("string(//item[3]/itunes:episodeType)", "full");
	assert_value("string(//item[3]/description)", "<p>First <em>bell</em> <a href=\"https://example.org/a?b&amp;c\">"
		"https://example.org/a?b&amp;c</a>, [0:01] it rings</p><ul><li>a</li><li>b</li></ul>");
	assert_value("string(//item[3]/content:encoded) = string(//item[3]/description)", "true");
}

static void transcripts_are_offered_where_there_is_one(void **state)
{
	(void)state;
	put_three();
	write_feed(&whole_show);
	assert_value("count(//podcast:transcript)", "4");
	assert_value("string(//item[3]/podcast:transcript[@type='text/vtt']/@url)",
		"https://example.org/shows/bells/one.vtt");
	assert_value("string(//item[3]/podcast:transcript[@type='application/x-subrip']/@url)",
		"https://example.org/shows/bells/one.srt");
	assert_value("string(//item[3]/podcast:transcript[@type='application/json']/@language)", "en");
}

static void the_w3c_validator_finds_nothing_at_level_a(void **state)
{
	(void)state;
	const char *validator = getenv("FEEDVALIDATOR");
	if (!validator || !file_is_folder(validator)) {
		print_message("# FEEDVALIDATOR isn't a checkout of github.com/w3c/feedvalidator: not judged\n");
		skip();
	}
	put_three();
	put(&(struct given){.slug = "none", .title = "No date", .media = "https://example.net/x.mp3", .media_bytes = 5});
	struct feed_show bare = {.name = "bells", .title = "Bells"};
	const struct feed_show *shows[] = {&whole_show, &bare};
	for (size_t i = 0; i < COUNT_OF(shows); i++) {
		write_feed(shows[i]);
		put_file("feed.xml", buf_view(&site.feed));
		struct buf command = {0};
		buf_format(&command, "/usr/bin/python3 '%s/../transcripts/w3c_feed.py' '%s' '%s/feed.xml' "
			"https://example.org/feeds/bells.xml A", getenv("TEST_DATA"), validator, site.folder);
		int status = system(command.p);
		buf_finish(&command);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			skip();
		assert_int_equal(status, 0);
	}
}

static void what_a_show_lacks_is_reported_and_the_feed_written_all_the_same(void **state)
{
	(void)state;
	struct feed_show bare = {.name = "bells", .title = "Bells", .language = "en_US", .category = "technology"};
	write_feed(&bare);
	assert_fault("carillon.yaml: show bells has no description");
	assert_fault("carillon.yaml: show bells: no language code: en_US");
	assert_fault("carillon.yaml: show bells has no image");
	assert_fault("carillon.yaml: show bells: Apple knows no category 'technology'");
	assert_value("string(/rss/channel/description)", "Bells");
	assert_value("string(/rss/channel/language)", "en");
	assert_value("string(/rss/channel/itunes:author)", "Bells");
	assert_value("count(//item)", "0");
	assert_value("count(//lastBuildDate)", "0");
	struct feed_show wrong = whole_show;
	wrong.subcategory = "Trains";
	wrong.image = "media/art.gif";
	write_feed(&wrong);
	assert_fault("category Society & Culture has no subcategory 'Trains'");
	assert_fault("image media/art.gif: Apple takes only .jpg and .png");
	assert_fault("media/art.gif isn't there");
}

static void episodes_that_nobody_could_play_are_left_out_with_the_reason(void **state)
{
	(void)state;
	put_media("page.mp3", "page.mp3");
	put_media("really-ogg.mp3", "ogg.mp3");
	put(&(struct given){.slug = "a", .title = "a", .date = "2026-01-01"});
	put(&(struct given){.slug = "b", .title = "b", .date = "2026-01-01", .media = "gone.mp3"});
	put(&(struct given){.slug = "c", .title = "c", .date = "2026-01-01", .media = "page.mp3"});
	put(&(struct given){.slug = "d", .title = "d", .date = "2026-01-01", .media = "one.mp3", .unpublished = true});
	put(&(struct given){.slug = "e", .title = "e", .date = "2026-01-01", .media = "https://example.net/e.mp3"});
	put(&(struct given){.slug = "f", .title = "f", .date = "2026-01-01", .media = "https://example.net/f.mp3",
		.media_bytes = 1234, .duration_ms = 61000});
	put(&(struct given){.slug = "g", .title = "g", .date = "2026-01-02", .media = "ogg.mp3", .media_bytes = 7,
		.duration_ms = 99000});
	write_feed(&whole_show);
	assert_value("count(//item)", "2");
	assert_value("string(//item[2]/enclosure/@url)", "https://example.net/f.mp3");
	assert_value("string(//item[2]/enclosure/@length)", "1234");
	assert_value("string(//item[2]/itunes:duration)", "61");
	assert_value("string(//item[1]/enclosure/@type)", "audio/ogg");
	assert_fault("episodes/a.md: left out of the feed: no audio or video");
	assert_fault("episodes/b.md: left out of the feed: media/gone.mp3 isn't there");
	assert_fault("episodes/c.md: left out of the feed: media/page.mp3: not media: it looks like an HTML page");
	assert_fault("episodes/d.md: left out of the feed: published: false");
	assert_fault("episodes/e.md: left out of the feed: https://example.net/e.mp3 is not in media/");
	assert_fault("episodes/g.md: media/ogg.mp3 is audio/ogg inside");
	assert_fault("episodes/g.md: media/ogg.mp3 has 4974 bytes, the front matter says 7");
	assert_fault("episodes/g.md: media/ogg.mp3 is 2 s long, the front matter says 99 s");
}

static void a_file_that_is_missing_here_is_claimed_where_its_size_is_known(void **state)
{
	(void)state;
	put(&(struct given){.slug = "h", .title = "h", .date = "2026-01-01", .media = "/media/h 1.mp3", .media_bytes = 4711,
		.duration_ms = 62000});
	put(&(struct given){.slug = "i", .title = "i", .date = "2026-01-01", .media = "/media/i.mp3"});
	write_feed(&whole_show);
	assert_value("count(//item)", "1");
	assert_value("string(//enclosure/@url)", "https://example.org/media/h%201.mp3");
	assert_value("string(//enclosure/@length)", "4711");
	assert_value("string(//item/itunes:duration)", "62");
	assert_fault("episodes/h.md: media/h 1.mp3 isn't there: the feed has what the front matter says of it");
	assert_fault("episodes/i.md: left out of the feed: /media/i.mp3 is not in media/");
}

static void a_guid_stays_whatever_the_front_matter_says_later(void **state)
{
	(void)state;
	struct given g = {.slug = "one", .title = "One", .media = "one.mp3", .date = "2026-01-01"};
	put(&g);
	write_feed(&whole_show);
	char *first = value("string(//guid)");
	assert_int_equal(strlen(first), 36);
	g.guid = "another";
	g.title = "Renamed";
	put(&g);
	write_feed(&whole_show);
	assert_value("string(//guid)", first);
	open_lock(); /* as after a restart: from the file */
	write_feed(&whole_show);
	assert_value("string(//guid)", first);
	/* Even without the file: only what the owner has set since counts then. */
	char *path = site_path("feeds.lock");
	unlink(path);
	g.guid = "";
	put(&g);
	open_lock();
	write_feed(&whole_show);
	assert_value("string(//guid)", first);
	free(path);
	xmlFree(first);
}

static void a_guid_from_the_front_matter_is_taken_over_when_it_is_new(void **state)
{
	(void)state;
	put(&(struct given){.slug = "one", .media = "one.mp3", .date = "2026-01-01", .guid = "http://old.example/?p=1&x"});
	write_feed(&whole_show);
	assert_value("string(//guid)", "http://old.example/?p=1&x");
	assert_value("string(//item/title)", "one");
}

static void of_two_with_one_guid_or_file_what_was_published_stays(void **state)
{
	(void)state;
	put(&(struct given){.slug = "a", .media = "one.mp3", .date = "2026-01-01", .guid = "same"});
	write_feed(&whole_show);
	put(&(struct given){.slug = "b", .media = "two.m4a", .date = "2026-02-01", .guid = "same"});
	put(&(struct given){.slug = "c", .media = "one.mp3", .date = "2026-03-01"});
	put(&(struct given){.slug = "d", .media = "three.mp4", .date = "2026-04-01"});
	put(&(struct given){.slug = "e", .media = "three.mp4", .date = "2026-05-01"});
	write_feed(&whole_show);
	assert_value("count(//item)", "2");
	assert_value("string(//item[1]/title)", "e");
	assert_value("string(//item[2]/title)", "a");
	assert_fault("episodes/b.md: left out of the feed: episodes/a.md has the same GUID");
	assert_fault("episodes/c.md: left out of the feed: episodes/a.md has the same media file");
	assert_fault("episodes/d.md: left out of the feed: episodes/e.md has the same media file");
	struct feed_lock_entry entry;
	assert_false(feed_lock_find(site.lock, "bells", "b", &entry)); /* it was never published */
}

static void an_episode_without_a_date_keeps_that_of_its_first_publication(void **state)
{
	(void)state;
	put(&(struct given){.slug = "one", .media = "one.mp3"});
	write_feed(&whole_show);
	assert_fault("episodes/one.md: no date");
	char *first = value("string(//pubDate)");
	assert_true(strlen(first) > 20);
	struct feed_lock_entry entry;
	assert_true(feed_lock_find(site.lock, "bells", "one", &entry));
	feed_lock_close(site.lock);
	site.lock = NULL;
	put_file("feeds.lock", SPAN_LITERAL("bells\tone\tg\t2020-01-02T03:04:05Z\tmedia/one.mp3\n"));
	open_lock();
	write_feed(&whole_show);
	assert_value("string(//pubDate)", "Thu, 02 Jan 2020 03:04:05 GMT");
	xmlFree(first);
}

static void the_same_archive_gives_the_same_bytes(void **state)
{
	(void)state;
	put_three();
	write_feed(&whole_show);
	char *first = buf_take(&site.feed);
	open_lock();
	write_feed(&whole_show);
	assert_string_equal(site.feed.p, first);
	free(first);
}

static void a_serial_show_wants_episode_numbers(void **state)
{
	(void)state;
	struct feed_show serial = whole_show;
	serial.type = "serial";
	put(&(struct given){.slug = "one", .media = "one.mp3", .date = "2026-01-01"});
	write_feed(&serial);
	assert_value("string(//itunes:type)", "serial");
	assert_fault("episodes/one.md: no episode number");
}

static void notes_over_the_gate_come_as_text_and_whole_words(void **state)
{
	(void)state;
	struct buf notes = {0};
	for (int i = 0; i < 15000; i++)
		buf_text(&notes, "words & ");
	put(&(struct given){.slug = "one", .media = "one.mp3", .date = "2026-01-01", .notes = notes.p});
	write_feed(&whole_show);
	char *description = value("string(//item/description)");
	assert_true(strlen(description) <= 4000 && strlen(description) > 3900);
	assert_int_equal(strncmp(description, "<p>words &amp; words", 20), 0);
	xmlFree(description);
	buf_finish(&notes);
}

static struct buf random_text(uint32_t *seed)
{
	static const char *const parts[] = {"a", "b ", "]]>", "<", ">", "&", "\"", "'", "\x01", "\x0b", "\x7f", "\t", "\n",
		"\r", "\xff", "\xc3", "\xed\xa0\x80", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xf0\x9f\x94\x94", "\xc3\xa9", "&amp;",
		"<![CDATA[", "<!--", "%s", "\xe2\x80\xa8"};
	struct buf out = {0};
	buf_text(&out, "x");
	for (size_t k = 0; k < 12; k++) {
		*seed = *seed * 1664525 + 1013904223;
		buf_text(&out, parts[(*seed >> 16) % COUNT_OF(parts)]);
	}
	buf_text(&out, "y");
	return out;
}

/* What an XML document can say of a text: without what XML forbids, broken bytes as U+FFFD. */
static char *sayable(struct span s)
{
	struct buf out = {0};
	while (s.n) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		if ((c >= 0x20 || c == '\t' || c == '\n' || c == '\r') && c != 0x7F && c != 0xFFFE && c != 0xFFFF)
			utf8_append(&out, c);
		s = span_from(s, n);
	}
	return buf_take(&out);
}

/* The n items below parent have these titles; they have one date, and so are sorted by slug. */
static void check_titles(xmlNode *parent, const char *element, char **titles, int n)
{
	int found = 0;
	for (xmlNode *node = parent->children; node; node = node->next) {
		if (strcmp((const char *)node->name, element) != 0)
			continue;
		for (xmlNode *child = node->children; child; child = child->next) {
			if (strcmp((const char *)child->name, "title") != 0)
				continue;
			xmlChar *got = xmlNodeGetContent(child);
			assert_string_equal((char *)got, titles[found]);
			xmlFree(got);
		}
		found++;
	}
	assert_int_equal(found, n);
}

static void two_thousand_random_texts_come_back_as_they_were(void **state)
{
	(void)state;
	enum { N = 2000 };
	char **titles = mem_new(N, sizeof *titles);
	uint32_t seed = 7;
	assert_int_equal(archive_begin(site.archive, NULL), OK);
	for (int i = 0; i < N; i++) {
		char slug[16], media[48];
		snprintf(slug, sizeof slug, "e%04d", i);
		snprintf(media, sizeof media, "https://example.net/%d.mp3", i);
		struct buf random = random_text(&seed);
		titles[i] = sayable(buf_view(&random));
		put(&(struct given){.slug = slug, .title = random.p, .media = media, .media_bytes = 1, .date = "2026-01-01",
			.description = random.p, .guid = i % 2 ? NULL : slug, .notes = i % 3 ? NULL : random.p});
		buf_finish(&random);
	}
	assert_int_equal(archive_commit(site.archive, NULL), OK);
	struct feed_show long_one = whole_show;
	long_one.page_items = N;
	write_feed(&long_one);
	xmlNode *channel = xmlDocGetRootElement(site.doc)->children;
	while (strcmp((const char *)channel->name, "channel") != 0)
		channel = channel->next;
	check_titles(channel, "item", titles, N);
	write_form(&long_one, FEED_ATOM);
	check_titles(xmlDocGetRootElement(site.doc), "entry", titles, N);
	write_form(&long_one, FEED_JSON);
	cJSON *json = json_parse(buf_view(&site.feed), NULL);
	assert_non_null(json);
	assert_int_equal(cJSON_GetArraySize(json_get(json, "items")), N);
	cJSON_Delete(json);
	for (int i = 0; i < N; i++)
		free(titles[i]);
	free(titles);
}

#define ON_A_SITE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(podcast_guids_are_those_of_the_specification),
		ON_A_SITE(the_channel_has_every_required_tag),
		ON_A_SITE(items_are_newest_first_and_say_what_their_files_are),
		ON_A_SITE(transcripts_are_offered_where_there_is_one),
		ON_A_SITE(the_w3c_validator_finds_nothing_at_level_a),
		ON_A_SITE(what_a_show_lacks_is_reported_and_the_feed_written_all_the_same),
		ON_A_SITE(episodes_that_nobody_could_play_are_left_out_with_the_reason),
		ON_A_SITE(a_file_that_is_missing_here_is_claimed_where_its_size_is_known),
		ON_A_SITE(a_guid_stays_whatever_the_front_matter_says_later),
		ON_A_SITE(a_guid_from_the_front_matter_is_taken_over_when_it_is_new),
		ON_A_SITE(of_two_with_one_guid_or_file_what_was_published_stays),
		ON_A_SITE(an_episode_without_a_date_keeps_that_of_its_first_publication),
		ON_A_SITE(the_same_archive_gives_the_same_bytes),
		ON_A_SITE(a_serial_show_wants_episode_numbers),
		ON_A_SITE(notes_over_the_gate_come_as_text_and_whole_words),
		ON_A_SITE(two_thousand_random_texts_come_back_as_they_were),
	};
	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}

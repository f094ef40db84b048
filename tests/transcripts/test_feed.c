/* test_feed.c - a show's feed is what Apple, PSP-1 and players want, whatever is in the archive.
 * This program is its own media child (media_probe.h). env FEEDVALIDATOR: a checkout of the W3C's validator.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/feed_help.h"

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

static void add_form(void *data, enum feed_form form, struct span document)
{
	buf_format(data, "%d:", (int)form);
	buf_span(data, document);
}

static void feeds_from_items_that_were_collected_are_the_same(void **state)
{
	(void)state;
	put(&(struct given){.slug = "one", .title = "One", .media = "one.mp3", .date = "2026-01-01", .notes = "*One* [link](a)",
		.season = 1});
	put(&(struct given){.slug = "two", .title = "#2", .media = "two.m4a", .date = "2026-01-02", .season = 2});
	put(&(struct given){.slug = "three", .title = "Three", .media = "three.mp4", .date = "2026-01-03", .has_transcript = true});
	put(&(struct given){.slug = "lost", .title = "Lost", .media = "lost.mp3", .date = "2026-01-03"});
	struct feed_site feeds = {.folder = site.folder, .base_url = "https://example.org", .title = "Test site",
		.shows = &whole_show, .n_shows = 1, .lock = site.lock, .lints = true};
	const struct feed_request whole = {.kind = FEED_SHOW, .name = "bells"}, season = {.kind = FEED_SHOW, .name = "bells", .season = 2};
	const struct feed_request *const requests[] = {&whole, &season, &whole};
	struct feed_items *items;
	struct feed_written written;
	struct feed_diff diff = {0};
	struct buf anew = {0}, collected = {0}, faults;
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		assert_int_equal(feed_write_forms(site.archive, &feeds, requests[i], i ? NULL : hear, NULL, add_form, &anew, &written,
			NULL), OK);
		feed_diff_finish(&written.diff);
	}
	faults = site.faults;
	site.faults = (struct buf){0};
	assert_int_equal(feed_items_collect(site.archive, &feeds, &whole, hear, NULL, &items, &diff, NULL), OK);
	assert_int_equal(diff.n_new + diff.n_removed, 0);
	feeds.items = &items;
	feeds.n_items = 1;
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		assert_int_equal(feed_write_forms(site.archive, &feeds, requests[i], i ? NULL : hear, NULL, add_form, &collected, &written,
			NULL), OK);
		feed_diff_finish(&written.diff);
	}
	assert_string_equal(collected.p, anew.p);
	assert_string_equal(site.faults.p, faults.p); /* each is told once */
	feed_items_free(items);
	feed_diff_finish(&diff);
	buf_finish(&anew);
	buf_finish(&collected);
	buf_finish(&faults);
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
		ON_A_SITE(feeds_from_items_that_were_collected_are_the_same),
		ON_A_SITE(a_serial_show_wants_episode_numbers),
	};
	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}

/* test_feed_gate.c - nothing leaves a feed unnoticed, and what was published is known again under another name.
 * This program is its own media child (media_probe.h).
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/sample.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/transcripts/picture.h"
#include "transcripts/feed_address.h"
#include "transcripts/feed_artwork.h"
#include "transcripts/importer.h"
#include "transcripts/media_probe.h"

static char *folder;
static struct archive *archive;
static struct feed_lock *lock, *served;
static struct buf feed, faults;
static struct feed_diff diff;
static const struct feed_show show = {.name = "bells", .title = "Bells", .description = "Rings.", .language = "en",
	.author = "Ada", .category = "Music", .image = "media/art.png", .page_items = 3};
static const char *const shows[] = {"bells"};

static void put_picture(const char *name, unsigned width)
{
	struct buf picture = {0};
	char *path = file_join(folder, name);
	picture_png(&picture, width, width, PICTURE_RGB);
	assert_int_equal(file_replace(path, buf_view(&picture), NULL), OK);
	buf_finish(&picture);
	free(path);
}

static void put_media(const char *name, size_t n_more)
{
	struct buf fixture = {0}, bytes = {0}, to = {0};
	buf_format(&fixture, "%s/transcripts/media/tone.mp3", getenv("TEST_DATA"));
	assert_int_equal(file_read(fixture.p, 1 << 20, &bytes, NULL), OK);
	for (size_t i = 0; i < n_more; i++)
		buf_char(&bytes, '\0');
	buf_format(&to, "%s/media/%s", folder, name);
	assert_int_equal(file_replace(to.p, buf_view(&bytes), NULL), OK);
	buf_finish(&fixture);
	buf_finish(&bytes);
	buf_finish(&to);
}

static void put_page(const char *slug, const char *media, int day, const char *head)
{
	struct buf page = {0}, path = {0};
	buf_format(&page, "---\ntitle: About %s\ndate: 2026-01-%02d\nmedia: %s\n%s---\nNotes.\n", media, day, media, head);
	buf_format(&path, "episodes/%s.md", slug);
	sample_write(folder, path.p, page.p);
	buf_finish(&page);
	buf_finish(&path);
}

static void drop(const char *name)
{
	char *path = file_join(folder, name);
	assert_int_equal(unlink(path), 0);
	free(path);
}

static void close_all(void)
{
	archive_close(archive);
	feed_lock_close(lock);
	feed_lock_close(served);
	archive = NULL;
	lock = served = NULL;
}

static void open_locks(void)
{
	char *path = file_join(folder, "feeds.lock"), *copy = file_join(folder, "served");
	feed_lock_close(lock);
	feed_lock_close(served);
	assert_int_equal(feed_lock_open(path, &lock, NULL), OK);
	assert_int_equal(feed_lock_open(copy, &served, NULL), OK);
	free(path);
	free(copy);
}

/* The site's files into the archive. rebuild: as after var/ was thrown away. */
static void import(bool rebuild, bool forget)
{
	char *var = file_join(folder, "var");
	const struct importer_site site = {.folder = folder, .shows = shows, .n_shows = 1, .forget = forget};
	const struct importer_report report = {.data = NULL};
	struct importer_counts counts;
	struct buf command = {0};
	archive_close(archive);
	archive = NULL;
	buf_format(&command, "rm -rf %s", var);
	if (rebuild)
		assert_int_equal(system(command.p), 0);
	assert_int_equal(archive_open(var, &archive, NULL), OK);
	assert_int_equal(importer_run(archive, &site, NULL, 0, &report, &counts, NULL), OK);
	buf_finish(&command);
	free(var);
}

static void hear(void *data, const char *path, const char *text)
{
	(void)data;
	buf_format(&faults, "%s: %s\n", path, text);
}

static enum err write_page(bool allow, const char *address)
{
	const struct feed_site site = {.folder = folder, .base_url = "https://example.org", .title = "Site", .shows = &show,
		.n_shows = 1, .lock = lock, .served = served, .allow_removal = allow};
	struct feed_address read;
	struct feed_written written;
	struct why why;
	buf_clear(&feed);
	buf_clear(&faults);
	buf_text(&faults, "");
	feed_diff_finish(&diff);
	assert_true(feed_address_read(&read, span_of(address)));
	enum err e = feed_write(archive, &site, &read.request, hear, NULL, &feed, &written, &why);
	diff = written.diff;
	buf_text(&diff.lines, "");
	feed_address_finish(&read);
	return e;
}

static enum err write_feed(bool allow)
{
	return write_page(allow, "bells.xml");
}

/* What stands between the first <guid ...> behind `from` and its end; owned. */
static char *guid_after(const char *from)
{
	const char *at = strstr(feed.p, from);
	assert_non_null(at);
	at = strstr(at, "<guid isPermaLink=\"false\">") + strlen("<guid isPermaLink=\"false\">");
	return span_dup(span_make(at, strcspn(at, "<")));
}

static int set_up(void **state)
{
	(void)state;
	folder = sample_folder();
	char *media = file_join(folder, "media");
	assert_int_equal(file_make_folder(media, NULL), OK);
	free(media);
	put_picture("media/art.png", 1400);
	put_media("one.mp3", 0);
	put_media("two.mp3", 10);
	put_page("one", "one.mp3", 1, "");
	put_page("two", "two.mp3", 2, "");
	open_locks();
	import(true, false);
	assert_int_equal(write_feed(false), OK);
	assert_int_equal(diff.n_new, 2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_all();
	buf_finish(&feed);
	buf_finish(&faults);
	feed_diff_finish(&diff);
	sample_folder_remove(folder);
	return 0;
}

static void what_stays_is_no_difference(void **state)
{
	(void)state;
	assert_int_equal(write_feed(false), OK);
	assert_true(feed_diff_is_empty(&diff));
	import(true, false);
	open_locks();
	assert_int_equal(write_feed(false), OK);
	assert_true(feed_diff_is_empty(&diff));
}

static void an_episode_that_is_gone_is_refused_until_it_is_allowed(void **state)
{
	(void)state;
	drop("episodes/one.md");
	import(false, false); /* the archive keeps what vanished, and so does the feed */
	assert_int_equal(write_feed(false), OK);
	import(false, true);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(write_feed(false), E_DENIED);
		assert_int_equal(feed.n, 0);
		assert_int_equal(diff.n_removed, 1);
		assert_non_null(strstr(diff.lines.p, "removed: one ("));
		open_locks();
	}
	assert_int_equal(write_feed(true), OK);
	assert_int_equal(write_feed(false), OK);
	assert_true(feed_diff_is_empty(&diff));
	open_locks();
	assert_int_equal(write_feed(false), OK);
}

static void an_episode_that_comes_back_has_its_guid_again(void **state)
{
	(void)state;
	char *before = guid_after("About one.mp3");
	drop("episodes/one.md");
	import(true, false);
	assert_int_equal(write_feed(true), OK);
	put_page("one", "one.mp3", 1, "guid: another\n");
	import(false, false);
	assert_int_equal(write_feed(false), OK);
	assert_int_equal(diff.n_new, 1);
	char *after = guid_after("About one.mp3");
	assert_string_equal(after, before);
	free(before);
	free(after);
}

static void unpublishing_is_a_removal_too(void **state)
{
	(void)state;
	put_page("one", "one.mp3", 1, "published: false\n");
	import(false, false);
	assert_int_equal(write_feed(false), E_DENIED);
	assert_int_equal(diff.n_removed, 1);
}

static void a_guid_that_was_changed_by_hand_is_refused(void **state)
{
	(void)state;
	char *path = file_join(folder, "feeds.lock"), *guid = guid_after("About two.mp3");
	struct buf text = {0}, changed = {0};
	assert_int_equal(file_read(path, 1 << 20, &text, NULL), OK);
	char *at = strstr(text.p, guid);
	assert_non_null(at);
	buf_add(&changed, text.p, (size_t)(at - text.p));
	buf_text(&changed, "mine");
	buf_text(&changed, at + strlen(guid));
	assert_int_equal(file_replace(path, buf_view(&changed), NULL), OK);
	assert_int_equal(write_feed(false), E_DENIED); /* the open lock sees that its file has changed */
	assert_int_equal(diff.n_guids, 1);
	assert_non_null(strstr(diff.lines.p, "GUID changed: two: mine, "));
	assert_int_equal(write_feed(true), OK);
	assert_int_equal(write_feed(false), OK);
	free(path);
	free(guid);
	buf_finish(&text);
	buf_finish(&changed);
}

static void another_length_and_other_artwork_are_told_and_published(void **state)
{
	(void)state;
	char *before = guid_after("About two.mp3");
	put_media("two.mp3", 99);
	put_picture("media/art.png", 1500);
	assert_int_equal(write_feed(false), OK);
	assert_int_equal(diff.n_lengths, 1);
	assert_int_equal(diff.n_artworks, 1);
	assert_non_null(strstr(diff.lines.p, "length changed: two: "));
	assert_non_null(strstr(diff.lines.p, "artwork changed under the same name: art.png"));
	char *after = guid_after("About two.mp3");
	assert_string_equal(after, before);
	assert_int_equal(write_feed(false), OK);
	assert_true(feed_diff_is_empty(&diff));
	free(before);
	free(after);
}

static void a_renamed_file_keeps_its_guid(void **state)
{
	(void)state;
	char *before = guid_after("About one.mp3");
	drop("episodes/one.md");
	put_page("first", "one.mp3", 1, "");
	import(false, false); /* the old one is still in the archive */
	assert_int_equal(write_feed(false), OK);
	assert_int_equal(diff.n_removed + diff.n_new + diff.n_guids, 0);
	assert_int_equal(diff.n_moved, 1);
	assert_non_null(strstr(faults.p, "episodes/first.md: it is what was published as one; it keeps its GUID"));
	assert_null(strstr(feed.p, "/shows/bells/one<"));
	char *after = guid_after("About one.mp3");
	assert_string_equal(after, before);
	open_locks();
	import(true, false);
	assert_int_equal(write_feed(false), OK);
	assert_true(feed_diff_is_empty(&diff));
	free(before);
	free(after);
}

static void a_renamed_file_with_another_recording_is_known_by_its_own_guid(void **state)
{
	(void)state;
	put_media("three.mp3", 20);
	put_page("three", "three.mp3", 3, "guid: http://old.example/?p=3\n");
	import(false, false);
	assert_int_equal(write_feed(false), OK);
	drop("episodes/three.md");
	put_media("drei.mp3", 30);
	put_page("drei", "drei.mp3", 3, "guid: http://old.example/?p=3\n");
	import(true, false);
	assert_int_equal(write_feed(false), OK);
	assert_int_equal(diff.n_moved, 1);
	char *after = guid_after("About drei.mp3");
	assert_string_equal(after, "http://old.example/?p=3");
	free(after);
}

static void archives_stay_as_they_are_while_episodes_are_added(void **state)
{
	(void)state;
	char name[16], slug[16];
	for (int i = 3; i <= 7; i++) {
		snprintf(name, sizeof name, "e%d.mp3", i);
		snprintf(slug, sizeof slug, "e%d", i);
		put_media(name, (size_t)i * 100);
		put_page(slug, name, i, "");
	}
	import(false, false);
	assert_int_equal(write_page(false, "bells/page/1.xml"), OK);
	assert_non_null(strstr(feed.p, "<fh:archive/>"));
	assert_non_null(strstr(feed.p, "rel=\"current\" type=\"application/rss+xml\" href=\"https://example.org/feeds/bells.xml\""));
	assert_null(strstr(feed.p, "rel=\"prev-archive\""));
	char *first = buf_take(&feed);
	assert_int_equal(write_page(false, "bells/page/2.xml"), E_GONE);
	assert_int_equal(write_feed(false), OK);
	assert_non_null(strstr(feed.p, "rel=\"prev-archive\" type=\"application/rss+xml\" "
		"href=\"https://example.org/feeds/bells/page/1.xml\""));
	assert_null(strstr(feed.p, "<fh:archive/>"));
	assert_null(strstr(feed.p, "/shows/bells/one<"));
	for (int i = 8; i <= 9; i++) {
		snprintf(name, sizeof name, "e%d.mp3", i);
		snprintf(slug, sizeof slug, "e%d", i);
		put_media(name, (size_t)i * 100);
		put_page(slug, name, i, "");
	}
	import(false, false);
	assert_int_equal(write_page(false, "bells/page/2.xml"), OK);
	assert_non_null(strstr(feed.p, "rel=\"prev-archive\""));
	assert_int_equal(write_page(false, "bells/page/1.xml"), OK);
	/* Only what leads on to the new archive is new in it. */
	assert_non_null(strstr(feed.p, "rel=\"next-archive\""));
	assert_string_equal(strstr(feed.p, "<item>"), strstr(first, "<item>"));
	free(first);
}

static void addresses_are_read_as_they_are_written(void **state)
{
	(void)state;
	static const char *const good[] = {"bells.xml", "bells.atom", "bells.json", "bells/page/3.xml", "bells/season/2.xml",
		"bells/season/2/page/1.atom", "conference/pycon.xml", "conference/pycon/page/2.json",
		"conference/pycon/track/web-dev.xml", "conference/pycon/track/web/page/1.xml", "person/ada-bell.xml",
		"person/ada-bell/page/1.atom", "search.xml", "search.json"};
	static const char *const bad[] = {"", ".xml", "bells", "bells.txt", "bells/", "bells//page/1.xml", "bells/page/0.xml",
		"bells/page/01.xml", "bells/page/-1.xml", "bells/page/99999999999.xml", "bells/season/x.xml", "bells/season.xml",
		"conference/pycon/track.xml", "conference/a/b/c.xml", "person/a/b.xml", "planet.xml", "a/b/c/d/e/f/g/h/i.xml",
		"../x.xml/y", "search/page/1.xml.bak"};
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct feed_address a;
		struct buf out = {0};
		if (!feed_address_read(&a, span_of(good[i])))
			fail_msg("%s isn't read", good[i]);
		feed_address_write(&out, &a.request);
		assert_string_equal(out.p + strlen("/feeds/"), good[i]);
		buf_finish(&out);
		feed_address_finish(&a);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct feed_address a;
		if (feed_address_read(&a, span_of(bad[i])))
			fail_msg("%s is read", bad[i]);
		feed_address_finish(&a);
	}
}

static void pictures_tell_their_size_and_kind(void **state)
{
	(void)state;
	struct feed_artwork a;
	struct buf picture = {0};
	char *path = file_join(folder, "media/p.png");
	picture_png(&picture, 3000, 1400, PICTURE_RGBA);
	assert_int_equal(file_replace(path, buf_view(&picture), NULL), OK);
	assert_int_equal(feed_artwork_read(path, &a, NULL), OK);
	assert_string_equal(a.type, "image/png");
	assert_int_equal(a.width, 3000);
	assert_int_equal(a.height, 1400);
	assert_true(a.has_alpha && a.is_rgb);
	static const char jpeg[] = "\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x11\x08\x05\x78\x0b\xb8\x03\x01\x22\0\x02\x11\1\x03\x11\1";
	assert_int_equal(file_replace(path, span_make(jpeg, sizeof jpeg - 1), NULL), OK);
	assert_int_equal(feed_artwork_read(path, &a, NULL), OK);
	assert_string_equal(a.type, "image/jpeg");
	assert_int_equal(a.width, 3000);
	assert_int_equal(a.height, 1400);
	/* Cut anywhere it is damaged, not dangerous. */
	for (size_t n = 0; n < sizeof jpeg - 1; n++) {
		assert_int_equal(file_replace(path, span_make(jpeg, n), NULL), OK);
		assert_int_equal(feed_artwork_read(path, &a, NULL), OK);
	}
	buf_finish(&picture);
	free(path);
}

#define ON_A_SITE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], MEDIA_CHILD_ARGUMENT) == 0)
		return media_child_main();
	const struct CMUnitTest tests[] = {
		ON_A_SITE(what_stays_is_no_difference),
		ON_A_SITE(an_episode_that_is_gone_is_refused_until_it_is_allowed),
		ON_A_SITE(an_episode_that_comes_back_has_its_guid_again),
		ON_A_SITE(unpublishing_is_a_removal_too),
		ON_A_SITE(a_guid_that_was_changed_by_hand_is_refused),
		ON_A_SITE(another_length_and_other_artwork_are_told_and_published),
		ON_A_SITE(a_renamed_file_keeps_its_guid),
		ON_A_SITE(a_renamed_file_with_another_recording_is_known_by_its_own_guid),
		ON_A_SITE(archives_stay_as_they_are_while_episodes_are_added),
		ON_A_SITE(addresses_are_read_as_they_are_written),
		ON_A_SITE(pictures_tell_their_size_and_kind),
	};
	return cmocka_run_group_tests_name("feed_gate", tests, NULL, NULL);
}

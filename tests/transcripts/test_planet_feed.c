/* Feeds for the planet: ids, addresses, dates, texts of every vocabulary; what isn't a feed, and what to do; a planet's
 * page as entries.
 * SPDX-License-Identifier: MIT */
#include "corpora.h"

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/planet_feed.h"
#include "transcripts/planet_page.h"

static struct planet_feed *read_as(const char *text, const char *type, struct why *why)
{
	struct planet_feed *f;
	const struct planet_input in = {span_of(text), span_of(type), "https://a.example/feeds/all.xml", NULL};
	*why = (struct why){0};
	return planet_feed_read(&in, &f, why) == OK ? f : NULL;
}

static struct planet_feed *read_well(const char *text)
{
	struct why why;
	struct planet_feed *f = read_as(text, "", &why);
	if (!f)
		fail_msg("%s", why.text);
	return f;
}

static int64_t at(const char *iso)
{
	int64_t ms;
	assert_int_equal(time_parse(span_of(iso), &ms), OK);
	return ms;
}

static void rss_gives_entries_with_their_own_ids(void **state)
{
	(void)state;
	struct planet_feed *f = read_well("<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
		"xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Bells &amp;amp; more</title><link>https://a.example/blog/</link>"
		"<ttl>90</ttl><item><title>One &lt;b&gt;bell&lt;/b&gt;</title><guid isPermaLink='false'> tag:1 </guid><link>/blog/one</link>"
		"<pubDate>Wed, 18 Nov 2026 09:00:00 +0100</pubDate><dc:creator>Ada</dc:creator>"
		"<description>Short</description><content:encoded>&lt;p&gt;Long &lt;a href='two'&gt;x&lt;/a&gt;&lt;/p&gt;</content:encoded>"
		"<category>ringing</category><enclosure url='https://m.example/1.mp3' type='audio/mpeg' length='123'/></item>"
		"<item><guid>https://a.example/2</guid><description>a &lt; b</description></item><item><title>Neither</title></item></channel></rss>");
	assert_string_equal(f->kind, "RSS 2.0");
	assert_string_equal(f->title, "Bells & more");
	assert_int_equal(f->ttl_ms, 90 * 60000);
	assert_int_equal(f->n_entries, 3);
	const struct planet_entry *e = &f->entries[0];
	assert_string_equal(e->guid, "tag:1");
	assert_string_equal(e->url, "https://a.example/blog/one");
	assert_string_equal(e->title, "One bell");
	assert_string_equal(e->author, "Ada");
	assert_true(e->published_ms == at("2026-11-18T08:00:00Z"));
	assert_string_equal(e->content, "<p>Long <a href=\"https://a.example/blog/two\" rel=\"nofollow noopener noreferrer\">x</a></p>");
	assert_string_equal(e->summary, "Short");
	assert_int_equal(e->n_tags, 1);
	assert_int_equal(e->enclosures[0].bytes, 123);
	assert_string_equal(f->entries[1].url, "https://a.example/2");
	assert_string_equal(f->entries[1].content, "a &lt; b");
	assert_true(span_starts(span_of(f->entries[2].guid), "urn:carillon:entry:"));
	planet_feed_destroy(f);
}

static void atom_says_of_each_text_what_it_is(void **state)
{
	(void)state;
	struct planet_feed *f = read_well("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='/x/'><title type='html'>A &amp;amp; B</title>"
		"<id>urn:f</id><link href='.'/><link rel='self' href='feed'/><updated>2026-11-18T08:00:00Z</updated>"
		"<author><name>Ada</name><uri>/ada</uri></author>"
		"<entry><id>urn:1</id><title type='text'>a &lt;b&gt; c</title><link href='one'/><updated>2026-11-17T08:00:00Z</updated>"
		"<content type='xhtml' xml:base='sub/'><div xmlns='http://www.w3.org/1999/xhtml'>Hi <a href='p'>p</a><script>x</script></div></content>"
		"<source><id>urn:s</id><title>Elsewhere</title><link href='https://s.example/'/></source></entry>"
		"<entry><id>urn:2</id><title>t</title><content>1 &lt; 2 &lt;b&gt;</content></entry></feed>");
	assert_string_equal(f->kind, "Atom 1.0");
	assert_string_equal(f->title, "A & B");
	assert_string_equal(f->url, "https://a.example/x/");
	assert_string_equal(f->self, "https://a.example/x/feed");
	const struct planet_entry *e = &f->entries[0];
	assert_string_equal(e->title, "a <b> c");
	assert_string_equal(e->url, "https://a.example/x/one");
	assert_string_equal(e->content, "Hi <a href=\"https://a.example/x/sub/p\" rel=\"nofollow noopener noreferrer\">p</a>");
	assert_string_equal(e->source_title, "Elsewhere");
	assert_string_equal(e->source_id, "urn:s");
	assert_string_equal(f->entries[1].content, "1 &lt; 2 &lt;b&gt;");
	planet_feed_destroy(f);
}

static void json_feeds_of_both_versions_are_read(void **state)
{
	(void)state;
	struct planet_feed *f = read_well("{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"J\",\"home_page_url\":\"https://a.example/\","
		"\"author\":{\"name\":\"Ada\"},\"items\":[{\"id\":7,\"url\":\"/7\",\"content_text\":\"one\\n\\ntwo <b>\",\"date_published\":"
		"\"2026-11-18T08:00:00Z\",\"tags\":[\"x\"],\"attachments\":[{\"url\":\"https://m.example/7.mp3\",\"mime_type\":\"audio/mpeg\","
		"\"size_in_bytes\":9}]},3,{\"id\":\"8\",\"content_html\":\"<img src=p.png><script>x</script>\"}]}");
	assert_string_equal(f->kind, "JSON Feed 1.0");
	assert_int_equal(f->n_entries, 2);
	assert_int_equal(f->n_left_out, 1);
	assert_string_equal(f->entries[0].guid, "7");
	assert_string_equal(f->entries[0].url, "https://a.example/7");
	assert_string_equal(f->entries[0].content, "<p>one</p><p>two &lt;b&gt;</p>");
	assert_non_null(strstr(f->entries[1].content, "https://a.example/p.png"));
	assert_null(strstr(f->entries[1].content, "script"));
	planet_feed_destroy(f);
}

static void broken_and_mislabelled_feeds_give_what_they_hold(void **state)
{
	struct why why;
	(void)state;
	struct planet_feed *f = read_well("<rss><channel><title>T</title><item><title>A & B</title><link>https://a.example/1</link></item>"
		"<item><title>C <b>d</title><guid>2</guid></p></item><item><guid>3</guid><title>e<br>f</title><description>cut");
	assert_int_equal(f->n_entries, 3);
	assert_string_equal(f->entries[0].title, "A & B");
	assert_string_equal(f->entries[1].title, "C d");
	assert_string_equal(f->entries[1].guid, "2");
	assert_string_equal(f->entries[2].title, "e f");
	assert_string_equal(f->entries[2].content, "cut");
	planet_feed_destroy(f);
	/* The server's word on the encoding counts where the document has none. */
	f = read_as("<rss><channel><title>caf\xE9</title></channel></rss>", "application/rss+xml; charset=iso-8859-1", &why);
	assert_non_null(f);
	assert_string_equal(f->title, "caf\xC3\xA9");
	planet_feed_destroy(f);
	f = read_as("<?xml version='1.0' encoding='koi8-r'?><rss><channel><title>\xEB\xEF\xEC</title></channel></rss>",
		"text/xml; charset=utf-8", &why);
	assert_string_equal(f->title, "\xD0\x9A\xD0\x9E\xD0\x9B");
	planet_feed_destroy(f);
	/* Two of one id are one. */
	f = read_well("<rss><channel><item><guid>1</guid><title>new</title></item><item><guid>1</guid><title>old</title></item></channel></rss>");
	assert_int_equal(f->n_entries, 1);
	assert_int_equal(f->n_left_out, 1);
	assert_string_equal(f->entries[0].title, "new");
	planet_feed_destroy(f);
}

static void what_is_no_feed_is_said_with_what_to_do(void **state)
{
	static const struct { const char *text, *type, *told; } table[] = {
		{"", "", "empty"}, {"<!DOCTYPE html><html><head></head></html>", "text/html", "web page"},
		{"<html><head><link rel='alternate' type='application/rss+xml' href='/r.xml'></head></html>", "", "https://a.example/r.xml"},
		{"<kml></kml>", "", "no RSS, Atom"}, {"{\"a\":1}", "", "no JSON Feed"}, {"{\"a\":", "", "broken"}, {"hello", "", "no RSS"},
		{"\x89PNG\r\n", "application/rss+xml", "no RSS"}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct why why;
		assert_null(read_as(table[i].text, table[i].type, &why));
		if (!strstr(why.text, table[i].told))
			fail_msg("%s: %s", table[i].text, why.text);
	}
	struct buf large = {0};
	struct why why;
	buf_text(&large, "<rss><channel>");
	while (large.n <= PLANET_FEED_BYTES)
		buf_text(&large, "<item><title>x</title></item>");
	assert_null(read_as(large.p, "", &why));
	assert_non_null(strstr(why.text, "5 MiB"));
	buf_finish(&large);
}

static void opml_names_feeds(void **state)
{
	(void)state;
	struct planet_feed *f = read_well("<opml version='2.0'><head><title>L</title></head><body><outline text='G'><outline text='One &amp;amp; all' "
		"xmlUrl='https://b.example/f' htmlUrl='https://b.example/'/></outline><outline xmlUrl='javascript:x'/><outline xmlUrl='/rel'/>"
		"</body></opml>");
	assert_string_equal(f->kind, "OPML");
	assert_int_equal(f->n_subscriptions, 2);
	assert_string_equal(f->subscriptions[0].url, "https://b.example/f");
	assert_string_equal(f->subscriptions[0].title, "One & all");
	assert_string_equal(f->subscriptions[1].url, "https://a.example/rel");
	planet_feed_destroy(f);
}

static const char planet_page[] = "Planet Bells\n\nAugust 17, 2026\n\nAda's Bells\n\nA title\n\nFirst paragraph\n\n  \xE2\x80\xA2 one\n  \xE2\x80\xA2 two\n\n"
	"August 1, 2020\n\nby Ada ( at August 17, 2026 02:05 PM\n\nRinger\n\nNo one's name, so a title\n\nText\n\nAugust 17, 2026 04:00 AM\n\n"
	"August 10, 2026\n\nRinger\n\n\n\nNo title here\n\nby Ada and Bob at August 10, 2026 12:12 AM\n\nAda's Bells\n\nThird\n\nx\n\nAugust 10, 2026 12:00 AM";

static void a_planet_s_page_gives_its_posts(void **state)
{
	struct planet_feed **feeds;
	size_t n;
	struct why why;
	(void)state;
	assert_int_equal(planet_page_read(span_of(planet_page), NULL, &feeds, &n, &why), OK);
	assert_int_equal(n, 2);
	assert_string_equal(feeds[0]->title, "Ada's Bells");
	assert_int_equal(feeds[0]->n_entries, 2);
	const struct planet_entry *e = &feeds[0]->entries[0];
	assert_string_equal(e->title, "A title");
	assert_string_equal(e->author, "Ada");
	/* A date alone in the text is text. */
	assert_string_equal(e->content, "<p>First paragraph</p><ul><li>one</li><li>two</li></ul><p>August 1, 2020</p>");
	assert_true(e->published_ms == at("2026-08-17T14:05:00Z"));
	assert_string_equal(feeds[1]->title, "Ringer");
	assert_int_equal(feeds[1]->n_entries, 2);
	assert_string_equal(feeds[1]->entries[0].title, "No one's name, so a title");
	assert_string_equal(feeds[1]->entries[0].author, "Ringer");
	assert_true(feeds[1]->entries[0].published_ms == at("2026-08-17T04:00:00Z"));
	assert_string_equal(feeds[1]->entries[1].title, "");
	assert_string_equal(feeds[1]->entries[1].author, "Ada and Bob");
	assert_true(feeds[1]->entries[1].published_ms == at("2026-08-10T00:12:00Z"));
	planet_page_free(feeds, n);
}

static void seed_003_gives_every_post(void **state)
{
	struct planet_feed **feeds;
	size_t n, n_entries = 0, n_titles = 0, n_footers = 0, n_bytes = 0;
	struct why why;
	(void)state;
	char *folder = corpus("seeds"), **names;
	size_t n_names;
	assert_int_equal(file_list(folder, &names, &n_names, &why), OK);
	for (size_t i = 0; i < n_names; i++) {
		if (!span_starts(span_of(names[i]), "003"))
			continue;
		struct buf bytes = read_or_fail(folder, names[i]);
		assert_int_equal(planet_page_read(buf_view(&bytes), NULL, &feeds, &n, &why), OK);
		/* Counted another way: lines that end in a time of day behind a date. */
		struct span rest = buf_view(&bytes), line;
		while (span_next_line(&rest, &line))
			n_footers += (span_ends(line, " AM") || span_ends(line, " PM")) && line.n > 20 && (span_starts(line, "by ") || line.n < 32);
		for (size_t k = 0; k < n; k++)
			for (size_t m = 0; m < feeds[k]->n_entries; m++) {
				n_entries++;
				n_titles += *feeds[k]->entries[m].title != '\0';
				n_bytes += strlen(feeds[k]->entries[m].content);
			}
		print_message("%zu posts of %zu blogs, %zu with a title, %zu bytes of %zu\n", n_entries, n, n_titles, n_bytes, bytes.n);
		for (size_t k = 0; k < n; k++)
			print_message("  %s: %zu\n", feeds[k]->title, feeds[k]->n_entries);
		/* Nothing of the page is lost: headings and footers are short. */
		assert_true(n_bytes > bytes.n * 95 / 100);
		buf_finish(&bytes);
		planet_page_free(feeds, n);
	}
	file_list_free(names, n_names);
	free(folder);
	assert_int_equal(n_entries, n_footers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rss_gives_entries_with_their_own_ids),
		cmocka_unit_test(atom_says_of_each_text_what_it_is),
		cmocka_unit_test(json_feeds_of_both_versions_are_read),
		cmocka_unit_test(broken_and_mislabelled_feeds_give_what_they_hold),
		cmocka_unit_test(what_is_no_feed_is_said_with_what_to_do),
		cmocka_unit_test(opml_names_feeds),
		cmocka_unit_test(a_planet_s_page_gives_its_posts),
		cmocka_unit_test(seed_003_gives_every_post),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

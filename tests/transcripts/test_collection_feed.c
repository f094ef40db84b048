/* Somebody's existing show: RSS, Atom, RDF, CDF, JSON Feed; lists of feeds.
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

#include "base/clock.h"

#define RSS(inside) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" " \
	"xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" " \
	"xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" " \
	"xmlns:podcast=\"https://podcastindex.org/namespace/1.0\" " \
	"xmlns:psc=\"http://podlove.org/simple-chapters\" xmlns:atom=\"http://www.w3.org/2005/Atom\" " \
	"xmlns:media=\"http://search.yahoo.com/mrss/\">\n" \
	"<channel><title>Bells</title>\n" inside "\n</channel></rss>\n"

static struct read_result read_feed(const char *text)
{
	return read_as("feed.xml", text, "feed");
}

static void a_podcast_s_feed_is_its_show_and_its_episodes(void **state)
{
	(void)state;
	struct read_result r = read_feed(RSS("<link>https://example.org/</link><description>On "
		"&lt;b&gt;bells&lt;/b&gt;</description><language>en-us</language>"
		"<copyright>Ada</copyright><itunes:author>Ada and Bob</itunes:author><itunes:image "
			"href=\"https://example.org/a.jpg\"/>"
		"<itunes:category text=\"News\"><itunes:category text=\"Tech News\"/></itunes:category><itunes:explicit>"
			"no</itunes:explicit>"
		"<itunes:type>Serial</itunes:type><podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>"
		"<atom:link rel=\"self\" href=\"https://example.org/feed.xml\"/><podcast:person role=\"Host\">Ada</podcast:person>\n"
		"<item><title>One &amp;amp; only</title><guid isPermaLink=\"false\"> Show/1#x </guid><pubDate>Wed, 15 Jun 2022 "
			"19:00:00 +0200</pubDate>"
		"<link>https://example.org/1</link><enclosure url=\"https://example.org/1.mp3\" length=\"1234\" type=\"audio/mpeg\"/>"
		"<itunes:duration>1:02:03</itunes:duration><itunes:season>2</itunes:season><itunes:episode>5</itunes:episode>"
		"<itunes:episodeType>bonus</itunes:episodeType><itunes:explicit>true</itunes:explicit><itunes:image "
			"href=\"https://example.org/1.jpg\"/>"
		"<itunes:keywords>a, b</itunes:keywords><category>c</category><description>Plain</description>"
		"<content:encoded><![CDATA[<p>Full &amp; <b>rich</b></p>]]></content:encoded><itunes:subtitle>Sub</itunes:subtitle>"
		"<podcast:transcript url=\"https://example.org/1.vtt\" type=\"text/vtt\" language=\"en\"/>"
		"<podcast:chapters url=\"https://example.org/1.json\" type=\"application/json+chapters\"/>"
		"<podcast:soundbite startTime=\"73.5\" duration=\"60\">Ding</podcast:soundbite>"
		"<podcast:person role=\"guest\">Cid</podcast:person>"
		"<podcast:alternateEnclosure type=\"video/mp4\" length=\"99\" height=\"720\" lang=\"en\"><podcast:source "
			"uri=\"https://example.org/1.mp4\"/>"
		"</podcast:alternateEnclosure><psc:chapters version=\"1.2\"><psc:chapter start=\"0\" title=\"Intro\"/>"
		"<psc:chapter start=\"01:02.5\" title=\"Bells\" href=\"https://example.org/b\" "
			"image=\"https://example.org/b.png\"/></psc:chapters></item>\n"
		"<item><title>Two</title><guid>https://example.org/2</guid><enclosure url=\"https://example.org/2.mp3\" "
			"length=\"0\" type=\"audio/mpeg\"/></item>"));
	assert_int_equal(r.faults.n, 0);
	const struct show_record *s = r.c->show;
	assert_string_equal(s->title, "Bells");
	assert_string_equal(s->description, "On <b>bells</b>");
	assert_string_equal(s->language, "en-US");
	assert_string_equal(s->author, "Ada and Bob");
	assert_string_equal(s->image, "https://example.org/a.jpg");
	assert_string_equal(s->category, "News > Tech News");
	assert_string_equal(s->type, "serial");
	assert_string_equal(s->guid, "917393e3-1b1e-5cef-ace4-edaa54e1f810");
	assert_string_equal(s->feed_url, "https://example.org/feed.xml");
	assert_string_equal(s->url, "https://example.org/");
	assert_string_equal(s->copyright, "Ada");
	assert_false(s->explicit_);
	assert_int_equal(r.c->n_documents, 2);
	const struct document *d = r.c->documents[0];
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_string_equal(d->title, "One & only");
	assert_string_equal(d->slug, "one-only");
	assert_string_equal(d->guid, "Show/1#x");
	assert_string_equal(d->page_url, "https://example.org/1");
	assert_int_equal(d->published_ms, INT64_C(1655312400000));
	assert_int_equal(d->duration_ms, 3723000);
	assert_int_equal(d->season, 2);
	assert_int_equal(d->episode, 5);
	assert_string_equal(d->session, "bonus");
	assert_true(d->explicit_);
	assert_string_equal(d->image, "https://example.org/1.jpg");
	assert_string_equal(d->notes, "<p>Full &amp; <b>rich</b></p>");
	assert_string_equal(d->description, "Plain");
	assert_string_equal(d->language, "en-US");
	assert_string_equal(d->media_file, "https://example.org/1.mp3");
	assert_int_equal(d->media_bytes, 1234);
	assert_int_equal(d->n_media, 2);
	assert_string_equal(d->media[1].type, "video/mp4");
	assert_int_equal(d->media[1].height, 720);
	assert_int_equal(d->n_tags, 3);
	assert_int_equal(d->n_links, 3);
	assert_string_equal(d->links[0].label, "Transcript (text/vtt, en)");
	assert_string_equal(d->links[1].label, "Chapters (application/json+chapters)");
	assert_string_equal(d->links[2].url, "https://example.org/1.mp3#t=73.5,133.5");
	assert_int_equal(d->n_credits, 1);
	assert_string_equal(d->credits[0].name, "Cid");
	assert_int_equal(d->n_chapters, 2);
	assert_int_equal(d->chapters[1].start_ms, 62500);
	assert_string_equal(d->chapters[1].image, "https://example.org/b.png");
	/* The channel's people stand in for an item that names none. */
	d = r.c->documents[1];
	assert_string_equal(d->page_url, "https://example.org/2");
	assert_string_equal(d->credits[0].name, "Ada");
	assert_string_equal(d->credits[0].role, "host");
	finish_result(&r);
}

static void prefixes_may_be_called_anything_or_be_forgotten(void **state)
{
	(void)state;
	static const char *const feeds[] = {"<rss><channel><item><title>T</title><itunes:duration>00:20:00</itunes:duration>"
		"</item></channel></rss>",
		"<rss xmlns:i='http://www.itunes.com/DTDs/Podcast-1.0.dtd'><channel><item><title>T</title><i:duration>"
			"1200</i:duration></item></channel></rss>",
		"<x:rss xmlns:x='http://example.org/mine'><x:channel><x:item><x:title>T</x:title><itunes:duration>"
			"20:00</itunes:duration></x:item></x:channel></x:rss>"};
	for (size_t i = 0; i < COUNT_OF(feeds); i++) {
		struct read_result r = read_feed(feeds[i]);
		assert_int_equal(r.c->n_documents, 1);
		assert_string_equal(r.c->documents[0]->title, "T");
		assert_int_equal(r.c->documents[0]->duration_ms, 1200000);
		finish_result(&r);
	}
}

static void atom_of_both_versions_is_read(void **state)
{
	(void)state;
	struct read_result r = read_feed("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://example.org/b/' "
		"xml:lang='de'><title type='html'>A &amp;lt;b&amp;gt; "
		"&lt;i>c&lt;/i></title><id>urn:feed</id><subtitle>S</subtitle><link rel='self' href='/feed'/><link "
			"href='.'/><author><name>Ada</name></author>"
		"<logo> l.png\n</logo><entry><title>E</title><id>urn:1</id><link href='1.html'/><link rel='enclosure' href='1.mp3' "
			"type='audio/mpeg' length='7'/>"
		"<published>2003-12-13T18:30:02Z</published><updated>2017-12-13T18:30:02Z</updated><summary>Short</summary>"
		"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Full <b>text</b></p></div></content><category "
			"term='t' label='Label'/></entry>"
		"</feed>");
	assert_int_equal(r.faults.n, 0);
	assert_string_equal(r.c->show->title, "A <b> c");
	assert_string_equal(r.c->show->guid, "urn:feed");
	assert_string_equal(r.c->show->feed_url, "https://example.org/feed");
	assert_string_equal(r.c->show->url, "https://example.org/b/");
	assert_string_equal(r.c->show->image, "https://example.org/b/l.png");
	assert_string_equal(r.c->show->language, "de");
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->guid, "urn:1");
	assert_string_equal(d->page_url, "https://example.org/b/1.html");
	assert_string_equal(d->media_file, "https://example.org/b/1.mp3");
	assert_int_equal(d->published_ms, INT64_C(1071340202000));
	assert_non_null(strstr(d->notes, "<p>Full <b>text</b></p>"));
	assert_null(strstr(d->notes, "<div"));
	assert_string_equal(d->description, "Short");
	assert_string_equal(d->tags[0], "Label");
	assert_string_equal(d->language, "de");
	finish_result(&r);
	r = read_feed("<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>A</title><tagline>S</tagline><entry>"
		"<title>E</title><id>x</id>"
		"<issued>2003-12-13T18:30:02Z</issued><modified>2005</modified><content mode='base64' "
			"type='text/html'>PHA+SGk8L3A+</content></entry></feed>");
	assert_string_equal(r.c->show->description, "S");
	assert_string_equal(r.c->documents[0]->notes, "<p>Hi</p>");
	assert_int_equal(r.c->documents[0]->published_ms, INT64_C(1071340202000));
	finish_result(&r);
	r = read_feed("<feed><title>A</title><entry><title>No namespace</title><id>x</id></entry></feed>");
	assert_string_equal(r.c->documents[0]->title, "No namespace");
	finish_result(&r);
	r = read_feed("<entry xmlns='http://www.w3.org/2005/Atom'><title>Alone</title><id>x</id></entry>");
	assert_int_equal(r.c->n_documents, 1);
	assert_null(r.c->show);
	finish_result(&r);
}

static void rdf_has_its_items_beside_the_channel(void **state)
{
	(void)state;
	struct read_result r = read_feed("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
		"xmlns='http://purl.org/rss/1.0/' "
		"xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='https://example.org/'><title>B</title><dc:language>"
			"de</dc:language></channel>"
		"<image><url>https://example.org/i.png</url></image><item rdf:about='https://example.org/1'><title>I</title><link>"
			"https://example.org/1</link>"
		"<dc:date>2004-01-02</dc:date><dc:creator>Ada</dc:creator><dc:subject>s</dc:subject></item></rdf:RDF>");
	assert_int_equal(r.faults.n, 0);
	assert_string_equal(r.c->show->image, "https://example.org/i.png");
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->guid, "https://example.org/1");
	assert_string_equal(d->author, "Ada");
	assert_int_equal(d->published_ms, INT64_C(1073001600000));
	finish_result(&r);
	r = read_feed("<RDF xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><x/></RDF>");
	assert_non_null(r.c->decline);
	finish_result(&r);
}

static void cdf_and_rss_1_1_are_read(void **state)
{
	(void)state;
	struct read_result r = read_feed("<CHANNEL HREF='https://example.org/'><TITLE>C</TITLE><ABSTRACT>A</ABSTRACT><ITEM "
		"HREF='https://example.org/1' "
		"LASTMOD='2004-04-06T23:05:43-05:00'><TITLE>I</TITLE><ABSTRACT>B</ABSTRACT></ITEM></CHANNEL>");
	assert_string_equal(r.c->show->title, "C");
	assert_string_equal(r.c->show->url, "https://example.org/");
	assert_string_equal(r.c->documents[0]->page_url, "https://example.org/1");
	assert_string_equal(r.c->documents[0]->notes, "B");
	assert_int_equal(r.c->documents[0]->published_ms, INT64_C(1081310743000));
	finish_result(&r);
	r = read_feed("<Channel xmlns='http://purl.org/net/rss1.1#'><title>C</title><items><item><title>I</title><link>"
		"https://example.org/1</link></item>"
		"</items></Channel>");
	assert_int_equal(r.c->n_documents, 1);
	finish_result(&r);
}

static void an_item_without_a_guid_goes_by_its_recording_s_address(void **state)
{
	(void)state;
	struct read_result r = read_feed(RSS("<item><title>A</title><enclosure url='https://example.org/a.mp3'/></item>\n"
		"<item><title>B</title><link>https://example.org/b</link></item>\n<item><title>C</title></item>"));
	assert_string_equal(r.c->documents[0]->guid, "https://example.org/a.mp3");
	assert_string_equal(r.c->documents[1]->guid, "https://example.org/b");
	assert_string_equal(r.c->documents[2]->guid, "");
	assert_int_equal(r.faults.n, 2);
	assert_fault(&r, 4, "2 items have no GUID");
	assert_fault(&r, 6, "no address");
	finish_result(&r);
}

static void a_guid_that_stands_twice_is_told_and_nothing_is_lost(void **state)
{
	(void)state;
	struct read_result r = read_feed(RSS("<item><title>A</title><guid>x</guid></item>\n<item><title>A</title><guid>"
		"x</guid></item>"));
	assert_int_equal(r.c->n_documents, 2);
	assert_string_equal(r.c->documents[0]->guid, "x");
	assert_string_equal(r.c->documents[1]->guid, "");
	assert_string_equal(r.c->documents[1]->slug, "a-2");
	assert_fault(&r, 5, "stands twice");
	finish_result(&r);
}

static void durations_are_read_in_all_their_forms(void **state)
{
	(void)state;
	static const struct { const char *text; int64_t ms; } cases[] = {{"90", 90000}, {"1:30", 90000},
		{"01:01:30", 3690000}, {"25.5", 25500},
		{"1:30.5", 90500}, {"PT1H2M3S", 3723000}, {" 7 ", 7000}, {"0", 0}, {"", 0}};
	static const char *const bad[] = {"soon", "1:2:3:4", "-5", "1:xx", "9999999", "1e3", "0x10", ":30", "1:"};
	struct buf text = {0};
	for (size_t i = 0; i < COUNT_OF(cases) + COUNT_OF(bad); i++) {
		bool good = i < COUNT_OF(cases);
		buf_clear(&text);
		buf_format(&text, "<rss><channel><item><title>T</title><guid>g</guid><itunes:duration>%s</itunes:duration></item>"
			"</channel></rss>",
			good ? cases[i].text : bad[i - COUNT_OF(cases)]);
		struct read_result r = read_feed(text.p);
		assert_int_equal(r.c->documents[0]->duration_ms, good ? cases[i].ms : 0);
		assert_int_equal(r.faults.n, !good);
		finish_result(&r);
	}
	buf_finish(&text);
}

static void what_is_wrong_in_an_item_is_told_with_its_line_and_the_rest_is_kept(void **state)
{
	(void)state;
	struct read_result r = read_feed(RSS("<item><title>A</title><guid>g</guid>\n<pubDate>sometime</pubDate>\n<enclosure "
		"url='' length='1'/>\n"
		"<enclosure url='https://example.org/a.mp3' length='big'/>\n<enclosure "
			"url='https://example.org/a.mp3'/>\n<itunes:episode>-1</itunes:episode>\n"
		"<podcast:soundbite startTime='x'/>\n<podcast:person/>\n<psc:chapters><psc:chapter start='x' "
			"title='y'/><psc:chapter start='9' title='Late'/>\n<psc:chapter start='3' title='Early'/>"
			"</psc:chapters></item>"));
	assert_int_equal(r.faults.n, 9);
	assert_fault(&r, 5, "no date");
	assert_fault(&r, 6, "without an address");
	assert_fault(&r, 7, "not a number of bytes");
	assert_fault(&r, 8, "stands twice");
	assert_fault(&r, 9, "episode's number");
	assert_fault(&r, 10, "soundbite");
	assert_fault(&r, 11, "person without a name");
	assert_fault(&r, 12, "chapter");
	assert_fault(&r, 13, "goes back");
	assert_string_equal(r.c->documents[0]->chapters[0].title, "Early");
	assert_string_equal(r.c->documents[0]->media_file, "https://example.org/a.mp3");
	finish_result(&r);
}

static void what_breaks_off_is_read_up_to_there(void **state)
{
	(void)state;
	struct read_result r = read_feed("<rss><channel><title>B</title>\n<item><title>A</title><guid>1</guid></item>\n<item>"
		"<title>C & D &eacute;</title>"
		"<guid>2</guid></item>\n<item><title>E");
	assert_int_equal(r.c->n_documents, 3);
	assert_string_equal(r.c->documents[1]->title, "C & D \xC3\xA9");
	assert_true(r.faults.n >= 2);
	assert_fault(&r, 3, "bare &");
	finish_result(&r);
}

static void titles_that_are_missing_come_from_elsewhere(void **state)
{
	(void)state;
	struct read_result r = read_feed(RSS("<item><guid>1</guid><enclosure "
		"url='https://example.org/dir/test%20one.ogg?x=1.mp3'/></item>"
		"<item><guid>2</guid><description>&lt;p&gt;First line of the notes &lt;b&gt;here&lt;/b&gt;.&lt;/p&gt;</description>"
			"</item><item><guid>3</guid></item>"));
	assert_string_equal(r.c->documents[0]->title, "test%20one");
	assert_string_equal(r.c->documents[1]->title, "First line of the notes here.");
	assert_string_equal(r.c->documents[2]->title, "");
	assert_string_equal(r.c->documents[2]->slug, "untitled");
	finish_result(&r);
}

static void json_feed_is_read(void **state)
{
	(void)state;
	struct read_result r = read_as("feed.json", "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"B\","
		"\"home_page_url\":\"https://example.org\","
		"\"feed_url\":\"https://example.org/feed.json\",\"icon\":\"https://example.org/i.png\",\"language\":\"en-US\","
			"\"authors\":[{\"name\":\"Ada\"},{\"name\":\"Bob\"}],"
		"\"items\":[{\"id\":7,\"url\":\"https://example.org/1\",\"title\":\"One\",\"content_html\":\"<p>x</p>\","
			"\"summary\":\"s\",\"date_published\":\"2019-10-12T07:20:50.52Z\","
		"\"tags\":[\"t\"],\"attachments\":[{\"url\":\"https://example.org/1.mp3\",\"mime_type\":\"audio/mpeg\","
			"\"size_in_bytes\":5,\"duration_in_seconds\":61.5},{}]},\n7]}",
		"feed-json");
	assert_int_equal(r.faults.n, 2);
	assert_string_equal(r.c->show->author, "Ada, Bob");
	assert_string_equal(r.c->show->language, "en-US");
	const struct document *d = r.c->documents[0];
	assert_string_equal(d->guid, "7");
	assert_int_equal(d->duration_ms, 61500);
	assert_int_equal(d->media_bytes, 5);
	assert_int_equal(d->published_ms, INT64_C(1570864850520));
	assert_string_equal(d->notes, "<p>x</p>");
	assert_string_equal(d->description, "s");
	finish_result(&r);
}

static void opml_gives_feeds_with_the_outlines_around_them_as_categories(void **state)
{
	(void)state;
	struct read_result r = read_as("list.opml", "<?xml version='1.0'?>\n<opml "
		"version='1.1'><head><title>L</title></head><body>\n<outline text='Tech'>"
		"<outline title='Pods &amp; more'><outline type='rss' text='A' xmlUrl='https://a.example/feed' "
			"htmlUrl='https://a.example'/></outline></outline>\n"
		"<outline text='B \"quoted\" b' type='rss' xmlUrl='https://b.example/feed' category='/x/y'/>\n<outline type='rss' "
			"text='no address'/>\n"
		"<outline type=\"rss\" text=\"C \"bare\" c\" url=\"https://c.example/feed\"/><outline text='just "
			"text'/></body></opml>", "opml");
	assert_int_equal(r.c->n_subscriptions, 3);
	const struct subscription *s = r.c->subscriptions;
	assert_string_equal(s[0].category, "Tech / Pods & more");
	assert_string_equal(s[0].page_url, "https://a.example");
	assert_string_equal(s[1].title, "B \"quoted\" b");
	assert_string_equal(s[1].category, "/x/y");
	assert_string_equal(s[2].title, "C \"bare\" c");
	assert_string_equal(s[2].feed_url, "https://c.example/feed");
	assert_int_equal(r.faults.n, 2);
	assert_fault(&r, 5, "without an address");
	assert_fault(&r, 6, "quotation mark");
	finish_result(&r);
	r = read_as("list.opml", "<opml><body><outline text='Just an outline'/></body></opml>", "opml");
	assert_non_null(r.c->decline);
	finish_result(&r);
}

static void a_planet_s_configuration_gives_its_feeds(void **state)
{
	(void)state;
	struct read_result r = read_as("planet.ini", "[Planet]\nname = Planet Bell\n\n[https://a.example/feed]\nname = "
		"Ada\nface = a.png\n\n[bob]\n"
		"title = Bob\nfeed = https://b.example/feed\nlink = https://b.example\n", "planet-ini");
	assert_int_equal(r.c->n_subscriptions, 2);
	assert_string_equal(r.c->subscriptions[0].title, "Ada");
	assert_string_equal(r.c->subscriptions[1].title, "Bob");
	assert_string_equal(r.c->subscriptions[1].page_url, "https://b.example");
	finish_result(&r);
}

static void xml_that_is_no_feed_is_declined_or_left_to_others(void **state)
{
	(void)state;
	static const char *const declined[] = {"<kml xmlns='http://earth.google.com/kml/2.1'/>", "<OpenSearchDescription/>",
		"<app:service xmlns:app='x'/>"};
	for (size_t i = 0; i < COUNT_OF(declined); i++) {
		struct read_result r = read_as("x.xml", declined[i], "xml-other");
		assert_non_null(r.c->decline);
		finish_result(&r);
	}
	static const char *const others[] = {"<html><body><p>x</p></body></html>", "<tt xmlns='http://www.w3.org/ns/ttml'/>",
		"<", "<!-- only -->", "<?xml version='1.0'?>"};
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct read_result r = read_collection("x.xml", span_of(others[i]));
		assert_null(r.c);
		finish_result(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_podcast_s_feed_is_its_show_and_its_episodes),
		cmocka_unit_test(prefixes_may_be_called_anything_or_be_forgotten),
		cmocka_unit_test(atom_of_both_versions_is_read),
		cmocka_unit_test(rdf_has_its_items_beside_the_channel),
		cmocka_unit_test(cdf_and_rss_1_1_are_read),
		cmocka_unit_test(an_item_without_a_guid_goes_by_its_recording_s_address),
		cmocka_unit_test(a_guid_that_stands_twice_is_told_and_nothing_is_lost),
		cmocka_unit_test(durations_are_read_in_all_their_forms),
		cmocka_unit_test(what_is_wrong_in_an_item_is_told_with_its_line_and_the_rest_is_kept),
		cmocka_unit_test(what_breaks_off_is_read_up_to_there),
		cmocka_unit_test(titles_that_are_missing_come_from_elsewhere),
		cmocka_unit_test(json_feed_is_read),
		cmocka_unit_test(opml_gives_feeds_with_the_outlines_around_them_as_categories),
		cmocka_unit_test(a_planet_s_configuration_gives_its_feeds),
		cmocka_unit_test(xml_that_is_no_feed_is_declined_or_left_to_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

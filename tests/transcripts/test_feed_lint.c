/* test_feed_lint.c - a good feed has nothing to be said of, and each fault planted in it is told.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "transcripts/feed_lint.h"

static const char good[] =
	"<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\""
	" xmlns:podcast=\"https://podcastindex.org/namespace/1.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\""
	" xmlns:psc=\"http://podlove.org/simple-chapters\"><channel><title>Bells</title><link>https://example.org/</link>"
	"<atom:link rel=\"self\" href=\"https://example.org/f.xml\"/><description>Rings.</description><language>en</language>"
	"<itunes:image href=\"https://example.org/art.png\"/><itunes:category text=\"Music\"/><itunes:explicit>false</itunes:explicit>"
	"<podcast:locked>no</podcast:locked>"
	"<item><title>One</title><guid>1</guid><enclosure url=\"https://example.org/1.mp3\" length=\"5\" type=\"audio/mpeg\"/>"
	"<podcast:transcript url=\"https://example.org/1.vtt\" type=\"text/vtt\"/>"
	"<podcast:soundbite startTime=\"1\" duration=\"20\"/>"
	"<psc:chapters version=\"1.2\"><psc:chapter start=\"0\" title=\"A\"/><psc:chapter start=\"1:02.5\" title=\"B\"/></psc:chapters>"
	"</item><item><title>Two</title><guid>2</guid><enclosure url=\"https://example.org/2.m4a\" length=\"6\" type=\"audio/x-m4a\"/>"
	"</item></channel></rss>";

static struct buf told;

static void hear(void *data, size_t item, const char *text)
{
	(void)data;
	buf_format(&told, "%d: %s\n", item == SIZE_MAX ? -1 : (int)item, text);
}

static size_t look(const char *rss, bool is_local)
{
	const struct feed_lint lint = {.is_local = is_local, .fault = hear};
	buf_clear(&told);
	buf_text(&told, "");
	return feed_lint(span_of(rss), &lint);
}

static void of_a_good_feed_nothing_is_said(void **state)
{
	(void)state;
	assert_int_equal(look(good, false), 0);
	assert_string_equal(told.p, "");
}

static char *planted(const char *from, const char *to)
{
	struct buf out = {0};
	const char *at = strstr(good, from);
	assert_non_null(at);
	buf_add(&out, good, (size_t)(at - good));
	buf_text(&out, to);
	buf_text(&out, at + strlen(from));
	return buf_take(&out);
}

static void each_planted_fault_is_told_with_its_item(void **state)
{
	(void)state;
	struct buf long_text = {0}, long_description = {0}, long_funding = {0};
	for (int i = 0; i < 4100; i++)
		buf_char(&long_text, 'x');
	buf_format(&long_description, "<description>%s</description>", long_text.p);
	buf_format(&long_funding, "<podcast:funding url=\"https://example.org/\">%.129s</podcast:funding><item>", long_text.p);
	const struct {
		const char *from, *to, *told;
	} faults[] = {
		{"<language>en<", "<language>xx<", "-1: the language 'xx' is none of ISO 639-1"},
		{"<description>Rings.</description>", long_description.p, "-1: the description has 4100 bytes"},
		{"<title>Bells</title>", "<title> Bells</title>", "-1: title begins or ends with blanks"},
		{"<itunes:category text=\"Music\"/>", "", "-1: the feed has no itunes:category"},
		{"2.m4a\"", "1.mp3\"", "1: the recording https://example.org/1.mp3 is also that of item 1"},
		{"2.m4a\"", "2\"", "1: the recording https://example.org/2 doesn't end as audio/x-m4a does"},
		{"2.m4a\"", "\xc3\xa4.m4a\"", "has other characters than ASCII's"},
		{"length=\"6\"", "length=\"0\"", "1: the recording's length is '0'"},
		{"<title>Two<", "<title>#2 Two<", "1: the title '#2 Two' begins with its number"},
		{"<title>Two<", "<title>Bells: Two<", "1: the title 'Bells: Two' begins with the show's name"},
		{"<title>Two<", "<title>Episode 2<", "1: the title 'Episode 2' begins with its number"},
		{"<guid>2</guid>", "", "1: the item has no guid"},
		{"https://example.org/1.vtt", "http://example.org/1.vtt", "0: podcast:transcript: http://example.org/1.vtt is no https"},
		{" type=\"text/vtt\"", "", "0: podcast:transcript has no type"},
		{"<podcast:locked>no<", "<podcast:locked>maybe<", "-1: podcast:locked is yes or no, not 'maybe'"},
		{"<podcast:locked>no</podcast:locked>", "<podcast:locked>no</podcast:locked><podcast:locked>no</podcast:locked>",
			"-1: podcast:locked is there more than once"},
		{"<podcast:locked>no</podcast:locked>", "<podcast:id>7</podcast:id>", "-1: podcast:id is no formal tag"},
		{"<podcast:locked>no</podcast:locked>", "<podcast:soundbite startTime=\"1\" duration=\"20\"/>",
			"-1: podcast:soundbite doesn't belong into channel"},
		{"<item>", long_funding.p, "-1: podcast:funding has 129 characters"},
		{"duration=\"20\"", "duration=\"5\"", "0: a soundbite lasts 5 s"},
		{"duration=\"20\"", "", "0: podcast:soundbite has no duration"},
		{"start=\"0\"", "start=\"2:00\"", "0: the chapter at 1:02.5 comes after a later one"},
		{"start=\"0\"", "start=\"now\"", "0: a chapter's start 'now' is no time"},
		{" title=\"B\"", "", "0: the chapter at 1:02.5 has no title"},
		{"<psc:chapters", "<podcast:alternateEnclosure type=\"video/mp4\"/><psc:chapters",
			"0: podcast:alternateEnclosure has no podcast:source"},
		{"</channel>", "</channels>", ""},
	};
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		char *rss = planted(faults[i].from, faults[i].to);
		size_t n = look(rss, false);
		if (faults[i].told[0] && (!n || !strstr(told.p, faults[i].told)))
			fail_msg("no '%s' in: %s", faults[i].told, told.p);
		free(rss);
	}
	buf_finish(&long_text);
	buf_finish(&long_description);
	buf_finish(&long_funding);
}

static void texts_count_as_they_read_and_not_as_they_are_written(void **state)
{
	(void)state;
	struct buf title = {0}, cdata = {0};
	buf_text(&title, "<title>");
	for (int i = 0; i < 255; i++)
		buf_text(&title, "&#x26;");
	buf_text(&title, "</title><guid>2");
	buf_text(&cdata, "<description><![CDATA[<p>]]]]><![CDATA[>");
	for (int i = 0; i < 3991; i++)
		buf_char(&cdata, 'x');
	buf_text(&cdata, "</p>]]></description><language>en<");
	const struct {
		const char *from, *to, *told;
	} texts[] = {
		{"<title>Two</title><guid>2", title.p, ""},
		{"<language>en<", cdata.p, "-1: the description has 4001 bytes, Apple takes 4000; shorten it\n"},
		{"<language>en<", "<language><![CDATA[en]]><", ""},
		{"<language>en<", "<language>&#32;en<", "-1: language begins or ends with blanks\n"},
		{"<title>Two<", "<title>&#x23;2 Two<",
			"1: the title '#2 Two' begins with its number, which Apple asks to leave out: give episode in the front matter\n"},
		{"title=\"B\"", "title=\"a > b &amp; c\"", ""},
		{"<guid>2", "<description><![CDATA[<item><podcast:locked>maybe</podcast:locked>]]></description><guid>2", ""},
		{"<guid>2", "<!-- <podcast:locked>maybe</podcast:locked> --><guid>2", ""},
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		char *rss = planted(texts[i].from, texts[i].to);
		look(rss, false);
		assert_string_equal(told.p, texts[i].told);
		free(rss);
	}
	buf_finish(&title);
	buf_finish(&cdata);
}

static void a_document_that_breaks_off_is_read_to_its_end(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof good; n++) {
		char *rss = span_dup(span_make(good, n)); /* so that a byte too far is noticed */
		look(rss, false);
		free(rss);
	}
	struct buf deep = {0};
	for (int i = 0; i < 100000; i++)
		buf_text(&deep, "<a>");
	assert_int_equal(look(deep.p, false), 1);
	assert_non_null(strstr(told.p, "-1: the feed can't be read: its elements are nested"));
	buf_finish(&deep);
}

static void on_this_machine_http_is_no_fault(void **state)
{
	(void)state;
	char *rss = planted("https://example.org/1.vtt", "http://127.0.0.1/1.vtt");
	assert_int_equal(look(rss, true), 0);
	free(rss);
	assert_int_equal(look("no XML at all", false), 1);
	assert_int_equal(look("<html/>", false), 1);
	buf_finish(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_good_feed_nothing_is_said),
		cmocka_unit_test(each_planted_fault_is_told_with_its_item),
		cmocka_unit_test(texts_count_as_they_read_and_not_as_they_are_written),
		cmocka_unit_test(a_document_that_breaks_off_is_read_to_its_end),
		cmocka_unit_test(on_this_machine_http_is_no_fault),
	};
	return cmocka_run_group_tests_name("feed_lint", tests, NULL, NULL);
}

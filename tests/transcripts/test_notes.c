/* test_notes.c - show notes become safe HTML, quickly, whatever is in them.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "base/mem.h"
#include "transcripts/notes.h"

static char *page(const char *markdown)
{
	struct buf out = {0};
	struct why why;
	assert_int_equal(notes_to_html(span_of(markdown), 0, &out, &why), OK);
	return buf_take(&out);
}

static char *feed(const char *markdown, size_t limit)
{
	struct buf out = {0};
	struct why why;
	assert_int_equal(
		notes_to_feed_html(span_of(markdown), "https://example.org/shows/a/b", limit, &out, &why), OK);
	return buf_take(&out);
}

static void assert_page(const char *markdown, const char *html)
{
	char *got = page(markdown);
	assert_string_equal(got, html);
	free(got);
}

static void assert_feed(const char *markdown, const char *html)
{
	char *got = feed(markdown, 4000);
	assert_string_equal(got, html);
	free(got);
}

#define STAMP(seconds, text) "<a href=\"#t=" seconds "\">" text "</a>"

static void time_stamps_in_brackets_become_links_to_the_second(void **state)
{
	(void)state;
	assert_page("Intro [12:34], end [1:02:03].\n",
		"<p>Intro " STAMP("754", "[12:34]") ", end " STAMP("3723", "[1:02:03]") ".</p>\n");
	assert_page("## [0:10] Start\n", "<h2>" STAMP("10", "[0:10]") " Start</h2>\n");
	assert_page("Said (1:02:03), \\[00:04:01.06\\] and [0:10 \xe2\x80\x93 0:20]\n",
		"<p>Said " STAMP("3723", "(1:02:03)") ", " STAMP("241.06", "[00:04:01.06]") " and "
		STAMP("10", "[0:10 \xe2\x80\x93 0:20]") "</p>\n");
	assert_page("[[12:34]](https://a.example/)\n",
		"<p><a href=\"https://a.example/\" rel=\"nofollow noopener\">[12:34]</a></p>\n");
}

static void what_is_no_moment_stays_text(void **state)
{
	(void)state;
	static const char *const none[] = {"`[12:34]` and ``12:34``", "prose with 12:34 in it", "[12:99] [x] [1:2]",
		"list[1:20]",
		"a picture of 16:9", "16:9 is wide", "10:30 am we begin", "9:15 Uhr", "12:34:56:78 numbers", "12:34% of it",
		"[12:34)", "(12:34", "12:34/5", "    12:34 code", "```\n12:34 code\n[0:10]\n```"};
	for (size_t i = 0; i < COUNT_OF(none); i++) {
		char *html = page(none[i]);
		assert_null(strstr(html, "#t="));
		free(html);
	}
	/* A line of prose that was wrapped before a time of day. */
	assert_page("We always meet at\n7:30 in the morning\n", "<p>We always meet at\n7:30 in the morning</p>\n");
	assert_page("https://a.example/12:34 [x](/y?at=12:34)\n",
		"<p><a href=\"https://a.example/12:34\" rel=\"nofollow noopener\">https://a.example/12:34</a> "
		"<a href=\"/y?at=12:34\">x</a></p>\n");
}

static void bare_time_stamps_that_begin_something_become_links(void **state)
{
	(void)state;
	assert_page("* 12:34 - Title\n* **1:02:03** Next\n", "<ul>\n<li>" STAMP("754", "12:34") " - Title</li>\n"
		"<li><strong>" STAMP("3723", "1:02:03") "</strong> Next</li>\n</ul>\n");
	assert_page("### 00:12:34.5 \xe2\x80\x93 Title\n", "<h2>" STAMP("754.5", "00:12:34.5") " \xe2\x80\x93 Title</h2>\n");
	assert_page("In it:\n00:00 Intro\n02:30: Ropes\nthe end\n", "<p>In it:\n" STAMP("0", "00:00") " Intro\n"
		STAMP("150", "02:30") ": Ropes\nthe end</p>\n");
	assert_page("\xe2\x80\xa2 0:10 One  \n\xe2\x80\xa2 0:20 Two\n",
		"<p>\xe2\x80\xa2 " STAMP("10", "0:10") " One<br />\n\xe2\x80\xa2 " STAMP("20", "0:20") " Two</p>\n");
	assert_page("12:34\n\nTitle\n", "<p>" STAMP("754", "12:34") "</p>\n<p>Title</p>\n");
}

static void nothing_after_the_recordings_end_is_a_moment(void **state)
{
	(void)state;
	struct buf out = {0};
	assert_int_equal(notes_to_html(SPAN_LITERAL("* 9:59 in\n* 10:01 out\n\n[10:00] [10:01]\n"), 600000, &out, NULL), OK);
	assert_string_equal(out.p, "<ul>\n<li>" STAMP("599", "9:59") " in</li>\n<li>10:01 out</li>\n</ul>\n<p>"
		STAMP("600", "[10:00]") " [10:01]</p>\n");
	buf_finish(&out);
}

static void links_to_a_time_lead_to_its_second(void **state)
{
	(void)state;
	assert_page("**[12:34](#t=12:34)** a [x](#t=1h2m3s) [y](#t=75.5) [z](/shows/a/b#t=1:02:03) [w](#top)\n",
		"<p><strong>" STAMP("754", "12:34") "</strong> a " STAMP("3723", "x") " " STAMP("75.5", "y")
		" <a href=\"/shows/a/b#t=3723\">z</a> <a href=\"#top\">w</a></p>\n");
	/* The label counts, as for chapters. */
	assert_page("[01:58:02](#t=01:58)\n", "<p>" STAMP("7082", "01:58:02") "</p>\n");
	assert_page("[1:58](#t=118.25) [x](#t=never)\n", "<p>" STAMP("118.25", "1:58") " " STAMP("never", "x") "</p>\n");
	assert_feed("[12:34](#t=12:34)\n", "<p><a href=\"https://example.org/shows/a/b#t=754\">12:34</a></p>");
}

static void a_time_with_a_colon_behind_it_is_no_definition_of_a_link(void **state)
{
	(void)state;
	assert_page("[0:00]: Intro\n[1:00]: Ropes\n\n[a]: /b\n\n[a]\n", "<p>" STAMP("0", "[0:00]") ": Intro\n"
		STAMP("60", "[1:00]") ": Ropes</p>\n<p><a href=\"/b\">a</a></p>\n");
	assert_page("```\n[0:00]: x\n```\n", "<pre><code>[0:00]: x\n</code></pre>\n");
}

static void bare_addresses_become_links_without_what_closes_the_sentence(void **state)
{
	(void)state;
	assert_page("See https://a.example/x_y_z?a=1&b=2, (http://b.example/c_(d)). xhttp://c.example\n",
		"<p>See <a href=\"https://a.example/x_y_z?a=1&amp;b=2\" rel=\"nofollow noopener\">"
		"https://a.example/x_y_z?a=1&amp;b=2</a>, (<a href=\"http://b.example/c_(d)\" rel=\"nofollow noopener\">"
		"http://b.example/c_(d)</a>). xhttp://c.example</p>\n");
	assert_page("http:// alone\n", "<p>http:// alone</p>\n");
}

static void links_lead_to_the_web_to_mail_or_within_the_site(void **state)
{
	(void)state;
	assert_page("[a](/x) [b](y.html#z) [c](mailto:a@b.example) [d](//e.example/f \"T & t\")\n",
		"<p><a href=\"/x\">a</a> <a href=\"y.html#z\">b</a> <a href=\"mailto:a@b.example\">c</a> "
		"<a href=\"https://e.example/f\" title=\"T &amp; t\" rel=\"nofollow noopener\">d</a></p>\n");
}

static void headings_start_below_the_pages_title(void **state)
{
	(void)state;
	assert_page("# a\n\n## b\n", "<h2>a</h2>\n<h3>b</h3>\n");
	assert_page("### a\n\n#### b\n\n### c\n", "<h2>a</h2>\n<h3>b</h3>\n<h2>c</h2>\n");
	assert_page("# a\n\n###### b\n", "<h2>a</h2>\n<h6>b</h6>\n");
}

static void every_other_scheme_is_inert(void **state)
{
	(void)state;
	static const char *const evil[] = {"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
		"[x](&#106;avascript:alert(1))", "[x](javascript&colon;alert(1))", "[x](data:text/html,x)",
		"[x](vbscript:x)", "[x](file:///etc/passwd)", "[x](tel:123)", "[x](java&#10;script:x)", "[x](\\\\\\\\host/x)",
		"[x](/\\\\host/x)", "<a href=\"javascript:alert(1)\">x</a>", "<a href=javascript:alert(1)>x</a>",
		"<a href='&#106;avascript:alert(1)'>x</a>", "[x](http:evil)", "[x]()", "<A HREF=\"data:x\">x</A>",
		"[x](\x01javascript:alert(1))", "<a xhref=\"https://b.example/\">x</a>"};
	for (size_t i = 0; i < COUNT_OF(evil); i++) {
		char *html = page(evil[i]);
		assert_null(strstr(html, "<a"));
		free(html);
	}
	assert_page("<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n");
}

static void harmless_tags_live_on_and_only_in_pairs(void **state)
{
	(void)state;
	assert_page("He said, <q>Hey &amp; ho</q>, <B>bold</B> <i>it</i> <em>em <strong>st</strong></em><br>next\n",
		"<p>He said, <q>Hey &amp; ho</q>, <strong>bold</strong> <em>it</em> <em>em <strong>st</strong></em><br />\n"
		"next</p>\n");
	assert_page("<q>open <b>and *cross</q> over* </b> </i>\n",
		"<p>open <strong>and <em>cross over</em> </strong> </p>\n");
	assert_page("<a href=\"https://a.example/?a&amp;b\">x *y*</a> <podcast> z\n",
		"<p><a href=\"https://a.example/?a&amp;b\" rel=\"nofollow noopener\">x <em>y</em></a>  z</p>\n");
}

static void blocks_of_html_keep_their_words_and_nothing_else(void **state)
{
	(void)state;
	assert_page("<div onclick=\"x()\"><p>One &lt;two&#33;</p>\n<b>three</b> <a href=\"/x\">four</a></div>\n",
		"<p>One &lt;two!</p>\n<p><strong>three</strong> <a href=\"/x\">four</a></p>\n");
	assert_page("<script>alert(1)</script>\n\n<style>\na{}\n</style>\n\n<!-- secret -->\n\n"
		"<iframe src=\"https://a.example\">x</iframe>\n\nrest\n", "<p>rest</p>\n");
	assert_page("<img src=x onerror=alert(1)>\n\n<svg onload=alert(1)>\n\nrest\n", "<p>rest</p>\n");
	assert_page("<script>alert(1)", "");
	char *html = page("a <!-- b --> c <?php d ?> e <![CDATA[f]]> g\n");
	assert_null(strstr(html, "omitted"));
	assert_null(strstr(html, "<!"));
	free(html);
}

static void images_from_elsewhere_become_links(void **state)
{
	(void)state;
	assert_page("![alt *x*](/media/a.png)", "<p><img src=\"/media/a.png\" alt=\"alt x\" /></p>\n");
	assert_page("![alt](https://a.example/a.png)",
		"<p><a href=\"https://a.example/a.png\" rel=\"nofollow noopener\">alt</a></p>\n");
	assert_page("[![badge](https://a.example/a.png)](https://b.example/)",
		"<p><a href=\"https://b.example/\" rel=\"nofollow noopener\">badge</a></p>\n");
	assert_page("![x](data:image/png;base64,AA==)", "<p>x</p>\n");
}

static void a_feed_gets_only_the_tags_that_players_allow(void **state)
{
	(void)state;
	assert_feed("# Title\n\n> Quoted *em* `code`  \nnext\n\n"
		"* [a](c) [d](#e) [12:34]\n* b <q>q</q>\n\n---\n\n1. x\n\n   y\n",
		"<p><strong>Title</strong></p><p>Quoted <em>em</em> code</p><p>next</p>"
		"<ul><li><a href=\"https://example.org/shows/a/c\">a</a> "
		"<a href=\"https://example.org/shows/a/b#e\">d</a> [12:34]</li><li>b \xe2\x80\x9cq\xe2\x80\x9d</li></ul>"
		"<ol><li><p>x</p><p>y</p></li></ol>");
	assert_feed("[a](/x) [b](../y) [c](../../../z) ![pic](p.png) https://w.example/\n",
		"<p><a href=\"https://example.org/x\">a</a> <a href=\"https://example.org/shows/y\">b</a> "
		"<a href=\"https://example.org/z\">c</a> pic "
		"<a href=\"https://w.example/\">https://w.example/</a></p>");
}

static bool well_formed(const char *html)
{
	struct buf whole = {0};
	buf_format(&whole, "<x>%s</x>", html);
	xmlDoc *doc = xmlReadMemory(whole.p, (int)whole.n, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR);
	bool good = doc != NULL;
	xmlFreeDoc(doc);
	buf_finish(&whole);
	return good;
}

static void a_feed_description_is_never_cut_inside_a_tag(void **state)
{
	(void)state;
	const char *markdown = "# H\xc3\xa4ngen & <\n\n* one [li*n*k](https://a.example/?x&y) **bo*ld*er**\n"
		"* two\n    1. deep\n\n       par\n\nlast \xe2\x82\xac\xe2\x82\xac [x](/y)\n";
	char *whole = feed(markdown, 4000);
	size_t n = strlen(whole);
	for (size_t limit = 0; limit <= n + 3; limit++) {
		char *html = feed(markdown, limit);
		assert_true(strlen(html) <= limit);
		assert_true(well_formed(html));
		free(html);
	}
	char *same = feed(markdown, n + 16);
	assert_string_equal(whole, same);
	free(same);
	free(whole);
}

static void plain_text_is_one_line(void **state)
{
	(void)state;
	struct buf out = {0};
	notes_to_text(SPAN_LITERAL("# A\n\nb *c*\nd\n\n* e <q>f</q>\n* [g](/h)\n\n    code\n"), &out);
	assert_string_equal(out.p, "A b c d e \xe2\x80\x9c" "f\xe2\x80\x9d g code");
	buf_clear(&out);
	notes_to_text(SPAN_LITERAL(""), &out);
	assert_string_equal(out.p, "");
	buf_finish(&out);
}

static void what_would_be_slow_is_refused_with_its_line(void **state)
{
	(void)state;
	struct buf markdown = {0}, out = {0};
	struct why why;
	buf_text(&markdown, "fine\n");
	for (int i = 0; i < 33; i++)
		buf_text(&markdown, i % 3 ? "> " : "- ");
	buf_text(&markdown, "x\n");
	assert_int_equal(notes_to_html(buf_view(&markdown), 0, &out, &why), E_LIMIT);
	assert_int_equal(why.line, 2);
	assert_int_equal(out.n, 0);
	notes_to_text(buf_view(&markdown), &out);
	assert_true(out.n > 0);
	buf_clear(&markdown);
	for (int i = 0; i < 65537; i++)
		buf_char(&markdown, 'x');
	assert_int_equal(notes_to_html(buf_view(&markdown), 0, &out, &why), E_LIMIT);
	buf_clear(&markdown);
	for (int i = 0; i < 1001; i++)
		buf_text(&markdown, "![[]()\n");
	assert_int_equal(notes_to_html(buf_view(&markdown), 0, &out, &why), E_LIMIT);
	assert_int_equal(why.line, 1001);
	buf_clear(&markdown);
	for (int i = 0; i < 70; i++)
		buf_text(&markdown, "*a **b ");
	for (int i = 0; i < 70; i++)
		buf_text(&markdown, "c** d*");
	assert_int_equal(notes_to_html(buf_view(&markdown), 0, &out, &why), E_LIMIT);
	assert_string_equal(why.text, "nested more than 128 levels; nest less deeply");
	buf_clear(&markdown);
	for (int i = 0; i < 80; i++)
		buf_char(&markdown, '-');
	assert_int_equal(notes_to_html(buf_view(&markdown), 0, &out, &why), OK);
	buf_finish(&markdown);
	buf_finish(&out);
}

static void random_bytes_give_well_formed_feed_html(void **state)
{
	(void)state;
	static const char *const parts[] = {"<b>", "</b>", "<q>", "</q>", "*", "**", "[", "](", ")", "<a href=\"", "\">",
		"`", "\n", "\n\n", "- ", "> ", "1. ", "![", "http://a.b/", "[1:02]", "&amp;", "<", ">", "]]>", "\x01", "\xff",
		"\xed\xa0\x80", "\xe2\x82\xac", "text ", "<div>", "</div>", "<!--", "-->", "    ", "# "};
	uint32_t seed = 1;
	for (int round = 0; round < 3000; round++) {
		struct buf markdown = {0}, out = {0};
		for (int k = 0; k < 30; k++) {
			seed = seed * 1664525 + 1013904223;
			buf_text(&markdown, parts[(seed >> 16) % COUNT_OF(parts)]);
		}
		if (notes_to_feed_html(buf_view(&markdown), "https://a.example/b", 1 + seed % 500, &out, NULL) == OK)
			assert_true(well_formed(out.p ? out.p : ""));
		buf_clear(&out);
		if (notes_to_html(buf_view(&markdown), 0, &out, NULL) == OK)
			assert_null(strstr(out.p, "omitted"));
		buf_clear(&out);
		notes_to_text(buf_view(&markdown), &out);
		buf_finish(&markdown);
		buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_stamps_in_brackets_become_links_to_the_second),
		cmocka_unit_test(what_is_no_moment_stays_text),
		cmocka_unit_test(bare_time_stamps_that_begin_something_become_links),
		cmocka_unit_test(nothing_after_the_recordings_end_is_a_moment),
		cmocka_unit_test(links_to_a_time_lead_to_its_second),
		cmocka_unit_test(a_time_with_a_colon_behind_it_is_no_definition_of_a_link),
		cmocka_unit_test(bare_addresses_become_links_without_what_closes_the_sentence),
		cmocka_unit_test(links_lead_to_the_web_to_mail_or_within_the_site),
		cmocka_unit_test(headings_start_below_the_pages_title),
		cmocka_unit_test(every_other_scheme_is_inert),
		cmocka_unit_test(harmless_tags_live_on_and_only_in_pairs),
		cmocka_unit_test(blocks_of_html_keep_their_words_and_nothing_else),
		cmocka_unit_test(images_from_elsewhere_become_links),
		cmocka_unit_test(a_feed_gets_only_the_tags_that_players_allow),
		cmocka_unit_test(a_feed_description_is_never_cut_inside_a_tag),
		cmocka_unit_test(plain_text_is_one_line),
		cmocka_unit_test(what_would_be_slow_is_refused_with_its_line),
		cmocka_unit_test(random_bytes_give_well_formed_feed_html),
	};
	return cmocka_run_group_tests_name("notes", tests, NULL, NULL);
}

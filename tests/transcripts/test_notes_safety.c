/* test_notes_safety.c - no show notes can run anything in a page or a feed, lead anywhere but to http, https and mailto,
 * or cost more than a tenth of a second in 64 KiB.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/mem.h"
#include "tests/base/processor_time.h"
#include "transcripts/notes.h"

/* ---- what may stand in it ---- */

static bool is_any(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* A scheme as browsers see one: blanks and controls are dropped first, whatever the case. */
static bool leads_where_it_may(const char *url)
{
	char scheme[32];
	size_t n = 0;
	for (; *url && strchr("/?#", *url) == NULL && *url != ':' && n + 1 < sizeof scheme; url++)
		if ((unsigned char)*url > 0x20)
			scheme[n++] = (char)(*url >= 'A' && *url <= 'Z' ? *url + 32 : *url);
	scheme[n] = '\0';
	if (*url != ':')
		return true;
	return is_any(scheme, (const char *const[]){"http", "https", "mailto", NULL});
}

static void assert_element(const xmlNode *node, const char *what, const char *const *elements)
{
	static const char *const attributes[] = {"href", "title", "rel", "src", "alt", "start", NULL};
	if (!is_any((const char *)node->name, elements))
		fail_msg("%s: <%s>", what, node->name);
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		xmlChar *value = xmlNodeListGetString(node->doc, a->children, 1);
		const char *name = (const char *)a->name;
		bool is_address = strcmp(name, "href") == 0 || strcmp(name, "src") == 0;
		/* A code block's language, for style sheets. */
		bool is_language = strcmp(name, "class") == 0 && strcmp((char *)node->name, "code") == 0 && value &&
			strncmp((char *)value, "language-", 9) == 0;
		if (is_language) {
			xmlFree(value);
			continue;
		}
		if (!is_any(name, attributes) || (is_address && value && !leads_where_it_may((const char *)value)))
			fail_msg("%s: %s=\"%s\"", what, name, value ? (const char *)value : "");
		/* What leads away from the site says so. */
		if (is_address && value && (strncmp((char *)value, "http", 4) == 0) && strcmp(elements[0], "page") == 0)
			assert_non_null(xmlHasProp(node, BAD_CAST "rel"));
		if (strcmp(name, "src") == 0)
			assert_true(!value || !strstr((char *)value, ":"));
		xmlFree(value);
	}
}

/* Every element and attribute as an XML parser finds them, which knows nothing of Markdown. */
static void assert_harmless(const char *html, const char *what, const char *const *elements)
{
	struct buf whole = {0};
	buf_format(&whole, "<page>%s</page>", html);
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	xmlDoc *doc = xmlReadMemory(whole.p, (int)whole.n, NULL, "UTF-8", options);
	if (!doc)
		fail_msg("%s: not well-formed: %s", what, html);
	xmlNode *root = xmlDocGetRootElement(doc);
	for (const xmlNode *node = root; node;) {
		if (node->type == XML_ELEMENT_NODE)
			assert_element(node, what, elements);
		else
			assert_true(node->type == XML_TEXT_NODE || node->type == XML_ENTITY_REF_NODE);
		if (node->children && node->type == XML_ELEMENT_NODE) {
			node = node->children;
			continue;
		}
		while (node && node != root && !node->next)
			node = node->parent;
		node = node == root ? NULL : node->next;
	}
	xmlFreeDoc(doc);
	buf_finish(&whole);
}

static const char *const page_elements[] = {"page", "p", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "h2", "h3", "h4",
	"h5", "h6", "q", "blockquote", "br", "hr", "img", NULL};
static const char *const feed_elements[] = {"p", "page", "a", "em", "strong", "ul", "ol", "li", NULL};

static void assert_inert(const char *markdown)
{
	struct buf page = {0}, feed = {0};
	assert_int_equal(notes_to_html(span_of(markdown), 0, &page, NULL), OK);
	assert_harmless(page.p, markdown, page_elements);
	assert_null(strstr(page.p, "omitted"));
	assert_int_equal(notes_to_feed_html(span_of(markdown), "https://example.org/a", 4000, &feed, NULL), OK);
	buf_text(&feed, "");
	assert_harmless(feed.p, markdown, feed_elements);
	buf_finish(&page);
	buf_finish(&feed);
}

static void twenty_four_ways_to_run_a_script_do_nothing(void **state)
{
	(void)state;
	static const char *const attacks[] = {
		"<script>alert(1)</script>",
		"a <SCRIPT SRC=//evil.example/x.js></SCRIPT> b",
		"<img src=x onerror=alert(1)>",
		"text <svg/onload=alert(1)> text",
		"<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
		"<a href=\"javascript:alert(1)\" onclick=\"alert(2)\">x</a>",
		"<q onmouseover=alert(1) style=\"position:fixed\">quoted</q>",
		"<style>@import 'https://evil.example/';</style>",
		"<!--><script>alert(1)</script>-->",
		"<![CDATA[<script>alert(1)</script>]]>",
		"<?php echo 1 ?><script>alert(1)</script>",
		"[x](javascript:alert(1))",
		"[x](JaVa&#115;cript:alert(1))",
		"[x](java&Tab;script&colon;alert(1))",
		"[x]( <javascript:alert(1)> 'title\" onmouseover=\"alert(1)')",
		"[x](https://a.example/\"onmouseover=\"alert(1) \"t\\\" onclick=\\\"alert(2)\")",
		"[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
		"![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
		"![x\" onerror=\"alert(1)](/media/a.png)",
		"<javascript:alert(1)> <vbscript:x> <tel:123>",
		"[x][y]\n\n[y]: javascript:alert(1) \"t\"",
		"[[12:34]](vbscript:msgbox) [1:00](#t=\"><script>alert(1)</script>)",
		"```\" onclick=\"alert(1)\n</code></pre><script>alert(1)</script>\n```",
		"https://a.example/\"><script>alert(1)</script> https://a.example/'onclick='x http://javascript:alert(1)@b.example",
	};
	assert_int_equal(COUNT_OF(attacks), 24);
	for (size_t i = 0; i < COUNT_OF(attacks); i++)
		assert_inert(attacks[i]);
}

/* ---- what it may cost ---- */

/* before * n, then middle, then after * n; numbered: each repetition has its number behind it. */
struct bomb {
	const char *name, *before, *middle, *after;
	bool is_refused; /* by the gate, all of it; the others are rendered */
	void (*make)(struct buf *out);
};

enum { BYTES = 64 << 10 };

/* Each item a level deeper, and then nothing but blank lines. */
static void add_stairs(struct buf *out, int n_levels)
{
	for (int depth = 0; depth < n_levels; depth++)
		buf_format(out, "%*s- a\n", 2 * depth, "");
	while (out->n < BYTES)
		buf_char(out, '\n');
}

static void make_stairs(struct buf *out)
{
	add_stairs(out, 100);
}

static void make_low_stairs(struct buf *out)
{
	add_stairs(out, 30);
}

static void make_quoted_stairs(struct buf *out)
{
	for (int depth = 0; out->n + 2 * 100 + 8 < BYTES; depth++)
		buf_format(out, "> %*s- a\n>\n", 2 * (depth % 30), "");
}

static void make_deep_blanks(struct buf *out)
{
	for (int i = 0; i < BYTES / 4; i++)
		buf_text(out, "- ");
	buf_char(out, 'x');
	while (out->n < BYTES)
		buf_char(out, '\n');
}

static void make_deep_quoted_blanks(struct buf *out)
{
	buf_text(out, "> ");
	for (int i = 0; i < BYTES / 4; i++)
		buf_text(out, "- ");
	buf_text(out, "x\n");
	while (out->n + 2 < BYTES)
		buf_text(out, ">\n");
}

static void make_backticks(struct buf *out)
{
	for (int n = 1; out->n + (size_t)n + 1 < BYTES; n++) {
		buf_char(out, 'e');
		for (int i = 0; i < n; i++)
			buf_char(out, '`');
	}
}

static void make_references(struct buf *out)
{
	for (int n = 0; out->n < BYTES / 2; n++)
		buf_format(out, "[%d]: u\n", n);
	for (int n = 0; out->n + 10 < BYTES; n++)
		buf_format(out, "[%d] ", n);
}

/* Labels of one length in which only one character differs at a time: what a weak table puts into one place. */
static void make_collisions(struct buf *out)
{
	uint32_t seed = 7;
	while (out->n < BYTES / 2) {
		seed = seed * 1664525 + 1013904223;
		buf_format(out, "[aaaa%08xaaaa]: u\n", seed & 0x11111111u);
	}
	while (out->n + 20 < BYTES) {
		seed = seed * 1664525 + 1013904223;
		buf_format(out, "[aaaa%08xaaaa] ", seed & 0x11111111u);
	}
}

/* The kinds that brought Markdown parsers down, each in our own words. */
static const struct bomb classics[] = {
	{"strong emphasis in strong emphasis", "*a **a ", "b", " a** a*", true, NULL},
	{"closers of emphasis that nothing opened", "a_ ", "", "", false, NULL},
	{"openers of emphasis that nothing closes", "_a ", "", "", false, NULL},
	{"closers of links that nothing opened", "a]", "", "", false, NULL},
	{"openers of links that nothing closes", "[a", "", "", false, NULL},
	{"openers and closers that don't match", "*a_ ", "", "", false, NULL},
	{"openers and closers whose lengths are multiples of three", "a**b", "c", "* ", false, NULL},
	{"openers of links among closers of emphasis", "[ a_", "", "", false, NULL},
	{"brackets and parentheses crossed", "[ (](", "", "", false, NULL},
	{"images within images", "![[]()", "", "", true, NULL},
	{"links and emphasis crossed", "**x [a*b**c*](d)", "", "", false, NULL},
	{"brackets within brackets", "[", "a", "]", false, NULL},
	{"quotations within quotations", "> ", "a", "", true, NULL},
	{"lists within lists, level by level", NULL, NULL, NULL, true, make_stairs},
	{"NUL and replacement characters", "abc\xef\xbf\xbd" "de\x01", "", "", false, NULL},
	{"backticks of every length", NULL, NULL, NULL, false, make_backticks},
	{"links that aren't closed, in angle brackets", "[a](<b", "", "", false, NULL},
	{"links that aren't closed", "[a](b", "", "", false, NULL},
	{"comments that aren't closed", "</", "<!--", "x", false, NULL},
	{"processing instructions that aren't closed", "<?", "", "", false, NULL},
	{"declarations that aren't closed", "<!A ", "", "", false, NULL},
	{"empty lines in lists of any depth", NULL, NULL, NULL, true, make_deep_blanks},
	{"empty lines in lists of any depth in a quotation", NULL, NULL, NULL, true, make_deep_quoted_blanks},
	{"many references", NULL, NULL, NULL, false, make_references},
	{"references that look alike", NULL, NULL, NULL, false, make_collisions},
};

/* Those that our own stages could stumble over, and what the gate lets through of the others. */
static const struct bomb others[] = {
	{"emphasis with lengths that can't match", "a***b~~ ", "", "", false, NULL},
	{"CDATA that isn't closed", "<![CDATA[", "", "", true, NULL}, /* the gate takes it for images */
	{"images in brackets", "![a](b)[", "", "", true, NULL},
	{"quotations of half the gate's depth", "> > > > > > > > > > > > > > > > a\n", "", "", false, NULL},
	{"lists of the gate's depth and blank lines", "- - - - x\n", "", "\n", false, NULL},
	{"lists of 30 levels, level by level", NULL, NULL, NULL, false, make_low_stairs},
	{"lists in a quotation, level by level", NULL, NULL, NULL, false, make_quoted_stairs},
	{"backticks of three lengths", "`a``b```c", "", "", false, NULL},
	{"tabs", "\t", "x\n", "\t", false, NULL},
	{"the same definition", "[a]: b\n", "", "", false, NULL},
	{"references that aren't there", "[a][b]", "", "", false, NULL},
	{"entities", "&#33;&amp;&x", "", "", false, NULL},
	{"backslashes", "\\", "x", "\\", false, NULL},
	{"tags that aren't closed", "<b>", "x", "</i>", false, NULL},
	{"tags in tags", "<b><i>", "x", "</i></b>", false, NULL},
	{"times in brackets", "[1:00](2:00) ", "", "", false, NULL},
	{"times in brackets that aren't closed", "[1:00 - 2:00", "", "", false, NULL},
	{"lines that begin with times", "1:00\n", "", "", false, NULL},
	{"lines that begin with times in emphasis", "*1:00*\n", "", "", false, NULL},
	{"links to times", "[1:00](#t=1:00)", "", "", false, NULL},
	{"definitions that are times", "[1:00]: a\n", "", "", false, NULL},
	{"times in emphasis in emphasis", "*[1:00] **[2:00] ", "b", " a** a*", true, NULL},
	{"addresses", "https://a.example/( ", "", "", false, NULL},
	{"addresses that end in dots", "https://a.example/", ".", ".", false, NULL},
	{"a block of tags that aren't closed", "<div><a href=\"", "\n", "<script>", false, NULL},
	{"links in links", "[a](b)<a href=c>", "", "", false, NULL},
};

static void make(const struct bomb *b, struct buf *markdown)
{
	if (b->make) {
		b->make(markdown);
		return;
	}
	size_t repeats = (BYTES - strlen(b->middle)) / (strlen(b->before) + strlen(b->after));
	for (size_t k = 0; k < repeats; k++)
		buf_text(markdown, b->before);
	buf_text(markdown, b->middle);
	for (size_t k = 0; k < repeats; k++)
		buf_text(markdown, b->after);
}

static void assert_quick(const struct bomb *b)
{
#ifdef __SANITIZE_ADDRESS__
	int64_t allowed_us = 400000; /* the sanitizers cost a factor of three to four */
#else
	int64_t allowed_us = 100000;
#endif
	struct buf markdown = {0}, page = {0}, feed = {0};
	make(b, &markdown);
	assert_true(markdown.n <= BYTES && markdown.n > BYTES - 300);
	int64_t best = INT64_MAX; /* of three: where others share a processor's caches, it is slower */
	enum err e = OK;
	for (int run = 0; run < 3 && best > allowed_us; run++) {
		int64_t start = processor_us();
		buf_clear(&page);
		buf_clear(&feed);
		e = notes_to_html(buf_view(&markdown), 0, &page, NULL);
		int64_t took = processor_us() - start;
		best = took < best ? took : best;
		assert_int_equal(notes_to_feed_html(buf_view(&markdown), "https://a.example/b", 1 << 20, &feed, NULL), e);
	}
	print_message("# %6.1f ms  %s%s\n", (double)best / 1000, b->name, e ? " (refused by the gate)" : "");
	assert_true(e == (b->is_refused ? E_LIMIT : OK));
	assert_true(e == OK || (page.n == 0 && feed.n == 0));
	if (best > allowed_us)
		fail_msg("%s: %lld us", b->name, (long long)best);
	buf_finish(&markdown);
	buf_finish(&page);
	buf_finish(&feed);
}

static void the_twenty_five_classic_bombs_of_64_kib_take_less_than_a_tenth_of_a_second_each(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(classics), 25);
	for (size_t i = 0; i < COUNT_OF(classics); i++)
		assert_quick(&classics[i]);
}

static void nor_do_bombs_made_for_our_own_stages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_quick(&others[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twenty_four_ways_to_run_a_script_do_nothing),
		cmocka_unit_test(the_twenty_five_classic_bombs_of_64_kib_take_less_than_a_tenth_of_a_second_each),
		cmocka_unit_test(nor_do_bombs_made_for_our_own_stages),
	};
	return cmocka_run_group_tests_name("notes' safety", tests, NULL, NULL);
}

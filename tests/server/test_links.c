/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "server/links.h"

static void bracket(void *data, struct span url, struct buf *out)
{
	(*(int *)data)++;
	buf_format(out, "<%.*s>", SPAN_ARG(url));
}

static void check(const char *html, const char *expected, int n_links)
{
	struct buf out = {0};
	int n = 0;
	links_rewrite(span_of(html), bracket, &n, &out);
	assert_string_equal(out.p ? out.p : "", expected);
	assert_int_equal(n, n_links);
	buf_finish(&out);
}

static void addresses_within_the_site_are_given_and_no_others(void **state)
{
	(void)state;
	check("<a href=\"/a?x=1&amp;y#t=2\">/b</a>", "<a href=\"</a?x=1&amp;y#t=2>\">/b</a>", 1);
	check("<a href='/a'><img SRC = /b alt=/c><form action=\"/d\"><video poster=\"/e\" data-index=\"/f\">",
		"<a href='</a>'><img SRC = </b> alt=/c><form action=\"</d>\"><video poster=\"</e>\" data-index=\"</f>\">", 5);
	check("<a href=\"//x/\"><a href=\"#t=1\"><a href=\"https://x/\"><a href=\"\"><a title=\"/x\"><br/>",
		"<a href=\"//x/\"><a href=\"#t=1\"><a href=\"https://x/\"><a href=\"\"><a title=\"/x\"><br/>", 0);
}

static void text_comments_and_scripts_stay_as_they_are(void **state)
{
	(void)state;
	const char *const same[] = {"1 < 2 href=\"/a\"", "<!-- <a href=\"/a\"> -->", "<script>x = '<a href=\"/a\">';</script>",
		"<style>a { background: url(/a) }</style>", "<title><a href=\"/a\"></title>", "<", "<a", "<a href", "<a href=", "<!--", ""};
	for (size_t i = 0; i < COUNT_OF(same); i++)
		check(same[i], same[i], 0);
	check("<script src=\"/a\"></script><a href=\"/b\">", "<script src=\"</a>\"></script><a href=\"</b>\">", 2);
	check("<a title=\"a > b\" href=\"/c\">", "<a title=\"a > b\" href=\"</c>\">", 1);
	check("<a href=\"/never closed", "<a href=\"</never closed>", 1);
}

/* Whatever a page holds: nothing but addresses changes, and it ends. */
static void damaged_pages_lose_nothing(void **state)
{
	(void)state;
	static const char whole[] = "<a href='/a' b=\"c\"><!-- x --><script src=/b>'<'</script><p>1 < 2</p>";
	for (size_t n = 0; n <= strlen(whole); n++)
		for (size_t cut = 0; cut < n; cut += 3) {
			struct buf html = {0}, out = {0};
			int links = 0;
			buf_add(&html, whole, cut);
			buf_add(&html, whole + cut + 1, n - cut - 1);
			links_rewrite(buf_view(&html), bracket, &links, &out);
			assert_int_equal(out.n, html.n + 2 * (size_t)links);
			buf_finish(&html);
			buf_finish(&out);
		}
}

static void relative_links_go_up_only_as_far_as_they_must(void **state)
{
	(void)state;
	static const char *const rows[][3] = {
		{"index.html", "shows/a/index.html", "shows/a/index.html"},
		{"shows/a/index.html", "index.html", "../../index.html"},
		{"shows/a/b/index.html", "shows/a/c/index.html", "../c/index.html"},
		{"shows/a/b/index.html", "shows/a/b.vtt", "../b.vtt"},
		{"shows/a/index.html", "shows/ab/index.html", "../ab/index.html"},
		{"a/index.html", "a/index.html", "index.html"},
		{"a/index.html", "media/two \xC3\xBC %.mp3", "../media/two%20%C3%BC%20%25.mp3"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf out = {0};
		links_relative(span_of(rows[i][0]), span_of(rows[i][1]), &out);
		assert_string_equal(out.p, rows[i][2]);
		buf_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_within_the_site_are_given_and_no_others),
		cmocka_unit_test(text_comments_and_scripts_stay_as_they_are),
		cmocka_unit_test(damaged_pages_lose_nothing),
		cmocka_unit_test(relative_links_go_up_only_as_far_as_they_must),
	};
	return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}

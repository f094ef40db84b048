/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/path_glob.h"
#include "base/utf8.h"

static void lines_end_at_lf_crlf_and_lone_cr(void **state)
{
	(void)state;
	struct span rest = span_of("a\nb\r\nc\rd"), line;
	const char *const expected[] = {"a", "b", "c", "d"};
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_true(span_next_line(&rest, &line));
		assert_true(span_is(line, expected[i]));
	}
	assert_false(span_next_line(&rest, &line));
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
	(void)state;
	int64_t i;
	double d;
	assert_true(span_to_i64(span_of("-12"), &i) && i == -12);
	assert_true(span_to_i64(span_of("9223372036854775807"), &i) && i == INT64_MAX);
	static const char *const no_integers[] = {"", " 1", "1 ", "+1", "1.0", "9223372036854775808", "x", "0x10"};
	for (size_t k = 0; k < COUNT_OF(no_integers); k++)
		assert_false(span_to_i64(span_of(no_integers[k]), &i));
	assert_true(span_to_double(span_of("-2.5e3"), &d) && d == -2500);
	static const char *const no_numbers[] = {"", "nan", "inf", "1e999", "1,5", " 1"};
	for (size_t k = 0; k < COUNT_OF(no_numbers); k++)
		assert_false(span_to_double(span_of(no_numbers[k]), &d));
}

static void a_buffer_grows_formats_and_drops(void **state)
{
	(void)state;
	struct buf b = {0};
	for (int i = 0; i < 1000; i++)
		buf_format(&b, "%d,", i);
	assert_int_equal(b.n, 3890);
	buf_drop(&b, 3886);
	assert_string_equal(b.p, "999,");
	char *taken = buf_take(&b);
	assert_string_equal(taken, "999,");
	assert_int_equal(b.n, 0);
	free(taken);
	taken = buf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
}

static void utf8_takes_only_shortest_forms_without_surrogates(void **state)
{
	(void)state;
	static const char *const good[] = {"", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x94\x94", "\xF4\x8F\xBF\xBF"};
	static const char *const bad[] = {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
		"\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3", "a\xFF"};
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(utf8_is_valid(span_of(good[i])));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(utf8_is_valid(span_of(bad[i])));
	struct buf b = {0};
	utf8_append_repaired(&b, span_of("a\xFF\xE2\x82" "b\xC3\xA9"));
	assert_string_equal(b.p, "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" "b\xC3\xA9");
	buf_finish(&b);
}

static void each_escape_fits_its_context(void **state)
{
	(void)state;
	struct buf b = {0};
	escape_html(&b, span_of("<a href=\"x\">'&\x01"));
	assert_string_equal(b.p, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\xEF\xBF\xBD");
	buf_clear(&b);
	escape_xml(&b, span_of("]]>\x01\x0B" "a\xEF\xBF\xBF"));
	assert_string_equal(b.p, "]]&gt;a");
	buf_clear(&b);
	escape_json(&b, span_of("\"\\\n\x02</script>\xE2\x80\xA8"));
	assert_string_equal(b.p, "\\\"\\\\\\n\\u0002\\u003c/script>\\u2028");
	buf_clear(&b);
	escape_url(&b, span_of("a b/\xC3\xA9~"));
	assert_string_equal(b.p, "a%20b%2F%C3%A9~");
	buf_finish(&b);
}

static void any_byte_is_escaped_wherever_it_stands(void **state)
{
	(void)state;
	static const struct {
		void (*escape)(struct buf *out, struct span text);
		const char *specials;
	} contexts[] = {{escape_html, "&<>\"'"}, {escape_xml, "&<>\"'"}, {escape_json, "\"\\<\t\n"}};
	for (size_t i = 0; i < COUNT_OF(contexts); i++)
		for (int c = 1; c < 256; c++)
			for (size_t at = 0; at < 20; at++) {
				char text[] = "abcdefghijklmnopqrstuvwxyz";
				struct buf one = {0}, whole = {0}, wanted = {0};
				text[at] = (char)c;
				contexts[i].escape(&one, span_make(text + at, 1));
				contexts[i].escape(&whole, span_of(text));
				buf_add(&wanted, text, at);
				buf_span(&wanted, buf_view(&one));
				buf_text(&wanted, text + at + 1);
				assert_string_equal(whole.p, wanted.p);
				bool is_plain = c >= 0x20 && c < 0x7F && !strchr(contexts[i].specials, c);
				assert_int_equal(one.n == 1 && one.p[0] == (char)c, is_plain || (i < 2 && (c == '\t' || c == '\n')));
				buf_finish(&one);
				buf_finish(&whole);
				buf_finish(&wanted);
			}
}

/* Of the bytes that are ASCII. */
static void what_needs_no_escape_stays_as_it_is(void **state)
{
	(void)state;
	struct buf b = {0};
	for (int c = 1; c < 0x7F; c++) {
		char text[] = {(char)c, '\0'};
		buf_clear(&b);
		escape_html(&b, span_of(text));
		assert_int_equal(strcmp(b.p, text) == 0, (c >= ' ' && !strchr("&<>\"'", c)) || c == '\t' || c == '\n');
		buf_clear(&b);
		escape_json(&b, span_of(text));
		assert_int_equal(strcmp(b.p, text) == 0, c >= ' ' && !strchr("\"\\<", c));
		buf_clear(&b);
		escape_html_markup(&b, span_of(text));
		assert_int_equal(strcmp(b.p, text) == 0, c >= ' ' || c == '\t' || c == '\n' || c == '\r');
		buf_clear(&b);
		escape_url(&b, span_of(text));
		assert_int_equal(strcmp(b.p, text) == 0, strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", c) != NULL);
	}
	buf_finish(&b);
}

static void url_escapes_are_undone_or_refused(void **state)
{
	(void)state;
	struct buf b = {0};
	assert_int_equal(unescape_url(&b, span_of("a%20b+c"), true), OK);
	assert_string_equal(b.p, "a b c");
	static const char *const bad[] = {"%", "%4", "%zz", "%00"};
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(unescape_url(&b, span_of(bad[i]), true), E_FORMAT);
	buf_clear(&b);
	assert_true(query_value(span_of("x=1&q=a%22b&q=2"), "q", &b));
	assert_string_equal(b.p, "a\"b");
	assert_false(query_value(span_of("x=1&qq=2"), "q", &b));
	assert_false(query_value(span_of("q=%FF"), "q", &b));
	buf_finish(&b);
}

static void a_slug_is_lower_case_with_single_hyphens(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"Hello, World!", "hello-world"}, {"078_how_i .vtt", "078-how-i-vtt"}, {"--a--b--", "a-b"},
		{"C++ & .NET", "c-net"}, {"caf\xC3\xA9 \xE2\x80\x94 \xE6\x97\xA5\xE6\x9C\xAC", "caf\xC3\xA9-\xE6\x97\xA5\xE6\x9C\xAC"},
		{"\xE2\x80\xA6", ""},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf b = {0};
		escape_slug(&b, span_of(cases[i][0]));
		assert_string_equal(b.p ? b.p : "", cases[i][1]);
		buf_finish(&b);
	}
}

static void the_nearest_word_is_near(void **state)
{
	(void)state;
	static const char *const known[] = {"title", "description", "stations", NULL};
	assert_int_equal(edit_distance(span_of("form"), span_of("from")), 1);
	assert_int_equal(edit_distance(span_of("kitten"), span_of("sitting")), 3);
	assert_string_equal(nearest_word(span_of("titel"), known), "title");
	assert_string_equal(nearest_word(span_of("station"), known), "stations");
	assert_null(nearest_word(span_of("zzzzzz"), known));
}

static void a_pattern_stops_at_slashes_unless_it_has_two_asterisks(void **state)
{
	(void)state;
	static const struct { const char *pattern, *path; bool fits; } cases[] = {
		{"a.txt", "a.txt", true}, {"*.txt", "a.txt", true}, {"*.txt", "b/a.txt", false}, {"b/*", "b/a.txt", true},
		{"b/*", "b/c/a.txt", false}, {"b", "b/a", false}, {"b/a", "b", false}, {"*", "", true}, {"**", "", false},
		{"**", "a", true}, {"**", "a/b/c", true}, {"b/**", "b/c/a.txt", true}, {"b/**", "b", false}, {"b/**", "bc/a", false},
		{"**/a.txt", "a.txt", true}, {"**/a.txt", "b/c/a.txt", true}, {"**/a.txt", "b/ca.txt", false},
		{"b/**/d/*.txt", "b/d/a.txt", true}, {"b/**/d/*.txt", "b/d/c/d/a.txt", true}, {"b/**/d/*.txt", "b/d/c/a.txt", false},
		{"**/b/**/c", "a/b/x/b/y/c", true}, {"**/b/**/c", "a/b/x/b/y/d", false}, {"**/**/a", "x/a", true},
		{"/srv/*/a", "/srv/b/a", true}, {"srv/*", "/srv/a", false}, {"[ab]?.txt", "bx.txt", true}, {"[!a]*", "a", false},
		{"\\*", "*", true}, {"\\*", "a", false}, {"b//a", "b/a", false}, {"b/", "b/", true},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (path_glob(cases[i].pattern, cases[i].path) != cases[i].fits)
			fail_msg("%s and %s", cases[i].pattern, cases[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_at_lf_crlf_and_lone_cr),
		cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
		cmocka_unit_test(a_buffer_grows_formats_and_drops),
		cmocka_unit_test(utf8_takes_only_shortest_forms_without_surrogates),
		cmocka_unit_test(each_escape_fits_its_context),
		cmocka_unit_test(any_byte_is_escaped_wherever_it_stands),
		cmocka_unit_test(what_needs_no_escape_stays_as_it_is),
		cmocka_unit_test(url_escapes_are_undone_or_refused),
		cmocka_unit_test(a_slug_is_lower_case_with_single_hyphens),
		cmocka_unit_test(the_nearest_word_is_near),
		cmocka_unit_test(a_pattern_stops_at_slashes_unless_it_has_two_asterisks),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

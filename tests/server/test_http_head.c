/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "server/guard.h"
#include "server/http_head.h"

static struct http_head parsed(const char *text)
{
	struct http_head head;
	assert_int_equal(http_head_parse(span_of(text), &head), HTTP_HEAD_WHOLE);
	return head;
}

static void a_head_is_read_into_its_parts(void **state)
{
	(void)state;
	struct http_head h = parsed("GET /a/b?c=d HTTP/1.1\r\nHost: x:80\r\nAccept:\t text/html \r\nX:\r\n\r\n");
	assert_true(span_is(h.method, "GET") && span_is(h.target, "/a/b?c=d"));
	assert_int_equal(h.minor, 1);
	assert_int_equal(h.n_fields, 3);
	assert_true(span_is(http_head_get(&h, "accept"), "text/html"));
	assert_non_null(http_head_get(&h, "x").p);
	assert_null(http_head_get(&h, "y").p);
	h = parsed("POST http://elsewhere/x?y HTTP/1.0\r\n\r\n");
	assert_true(span_is(h.target, "/x?y"));
	h = parsed("GET http://elsewhere HTTP/1.0\r\n\r\n");
	assert_true(span_is(h.target, "/"));
	h = parsed("OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n");
	assert_true(span_is(h.target, "*"));
}

/* Every way to cut a head in two must lead to the same end: what the network does. */
static void the_end_is_found_wherever_the_bytes_are_cut(void **state)
{
	(void)state;
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\n\r\n";
	size_t end = (size_t)(strstr(text, "\r\n\r\n") - text) + 4, length;
	for (size_t cut = 0; cut < end; cut++) {
		size_t scanned = 0;
		assert_int_equal(http_head_find_end(span_make(text, cut), &scanned, &length), HTTP_HEAD_MORE);
		assert_int_equal(http_head_find_end(span_of(text), &scanned, &length), HTTP_HEAD_WHOLE);
		assert_int_equal(length, end);
	}
	size_t scanned = 0;
	assert_int_equal(http_head_find_end(SPAN_LITERAL("GET / HTTP/1.1\nHost"), &scanned, &length), 400);
	char *large = mem_new(HTTP_HEAD_MAX + 1, 1);
	memset(large, 'a', HTTP_HEAD_MAX);
	scanned = 0;
	assert_int_equal(http_head_find_end(span_make(large, HTTP_HEAD_MAX - 1), &scanned, &length), HTTP_HEAD_MORE);
	assert_int_equal(http_head_find_end(span_make(large, HTTP_HEAD_MAX), &scanned, &length), 431);
	free(large);
}

/* Whatever is changed in a head, it is read without harm, and what is read is well formed. */
static void any_byte_anywhere_is_read_or_refused(void **state)
{
	(void)state;
	static const char text[] = "POST /a%20b?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nUpgrade: websocket\r\n\r\n";
	size_t n = sizeof(text) - 1;
	for (size_t at = 0; at < n; at++) {
		for (int byte = 0; byte < 256; byte++) {
			char *copy = span_dup(span_make(text, n)); /* exact size: a read past the end is found */
			struct http_head h;
			struct buf path = {0};
			struct span query;
			size_t length;
			copy[at] = (char)byte;
			if (http_head_parse(span_make(copy, n), &h) == HTTP_HEAD_WHOLE) {
				(void)guard_body_length(&h, 100, &length);
				(void)guard_upgrade(&h);
				(void)guard_origin(&h);
				if (http_head_path(h.target, &path, &query) == 0)
					assert_int_equal(path.p[0], '/');
			}
			buf_finish(&path);
			free(copy);
		}
		struct http_head h;
		(void)http_head_parse(span_make(text, at), &h); /* cut short */
	}
}

static void a_path_is_decoded_or_refused(void **state)
{
	(void)state;
	static const struct {
		const char *target, *path; /* path NULL: refused with status */
		int status;
	} cases[] = {
		{"/", "/", 0}, {"/a", "/a", 0}, {"/a/", "/a/", 0}, {"/a//b", "/a//b", 0}, {"/%C3%A4", "/ä", 0},
		{"/a+b&c;d=e", "/a+b&c;d=e", 0}, {"/a?b/../c", "/a", 0}, {"/...", "/...", 0}, {"/.a", "/.a", 0},
		{"/a%2Fb", NULL, 404}, {"*", NULL, 404}, {"/.", NULL, 400}, {"/..", NULL, 400}, {"/a/../b", NULL, 400},
		{"/%2e%2E/b", NULL, 400}, {"/.%2e", NULL, 400}, {"/%00", NULL, 400}, {"/%0a", NULL, 400}, {"/%7f", NULL, 400},
		{"/%", NULL, 400}, {"/%4", NULL, 400}, {"/%gg", NULL, 400}, {"/%ff", NULL, 400}, {"/%c0%af", NULL, 400},
		{"/%ed%a0%80", NULL, 400},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf path = {0};
		struct span query;
		assert_int_equal(http_head_path(span_of(cases[i].target), &path, &query), cases[i].status);
		if (cases[i].path)
			assert_string_equal(path.p, cases[i].path);
		buf_finish(&path);
	}
}

static void a_pattern_matches_whole_segments(void **state)
{
	(void)state;
	struct span parts[HTTP_PARTS_MAX];
	assert_true(http_pattern_matches("/shows/{show}/{slug}", SPAN_LITERAL("/shows/a/b c"), parts));
	assert_true(span_is(parts[0], "a") && span_is(parts[1], "b c"));
	assert_true(http_pattern_matches("/", SPAN_LITERAL("/"), parts));
	assert_true(http_pattern_matches("/shows/{show}/", SPAN_LITERAL("/shows/a/"), parts));
	assert_true(http_pattern_matches("/m/{file...}", SPAN_LITERAL("/m/a/b/c"), parts));
	assert_true(span_is(parts[0], "a/b/c"));
	assert_false(http_pattern_matches("/shows/{show}/", SPAN_LITERAL("/shows/a"), parts));
	assert_false(http_pattern_matches("/shows/{show}", SPAN_LITERAL("/shows/"), parts));
	assert_false(http_pattern_matches("/shows/{show}", SPAN_LITERAL("/shows/a/b"), parts));
	assert_false(http_pattern_matches("/m/{file...}", SPAN_LITERAL("/m/"), parts));
	assert_false(http_pattern_matches("/hello", SPAN_LITERAL("/hell"), parts));
	assert_false(http_pattern_matches("/hello", SPAN_LITERAL("/hello/"), parts));
	assert_false(http_pattern_matches("/", SPAN_LITERAL("/a"), parts));
}

static void a_body_has_one_length_of_digits(void **state)
{
	(void)state;
	static const struct {
		const char *fields;
		int status;
		size_t length;
	} cases[] = {
		{"", 0, 0}, {"Content-Length: 0\r\n", 0, 0}, {"Content-Length: 0099\r\n", 0, 99}, {"Content-Length: 100\r\n", 0, 100},
		{"Content-Length: 101\r\n", 413, 101}, {"Content-Length: 99999999999999999999\r\n", 413, 0},
		{"Content-Length: 5\r\ncontent-length: 5\r\n", 400, 0}, {"Content-Length: -5\r\n", 400, 0},
		{"Content-Length: 5;\r\n", 400, 0}, {"Content-Length: \r\n", 400, 0}, {"Transfer-Encoding: x\r\n", 501, 0},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[200];
		size_t length;
		snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n", cases[i].fields);
		struct http_head h = parsed(text);
		assert_int_equal(guard_body_length(&h, 100, &length), cases[i].status);
		assert_int_equal(length, cases[i].length);
	}
}

static void places_are_counted_by_address(void **state)
{
	(void)state;
	struct guard g;
	guard_init(&g);
	g.per_address = 2;
	g.per_loopback = 3;
	g.connections_max = 5;
	assert_true(guard_admit(&g, "192.0.2.1", false) && guard_admit(&g, "192.0.2.1", false));
	assert_false(guard_admit(&g, "192.0.2.1", false));
	for (int i = 0; i < 3; i++)
		assert_true(guard_admit(&g, "::1", true));
	assert_false(guard_admit(&g, "192.0.2.2", false)); /* all together are five */
	guard_leave(&g, "192.0.2.1");
	assert_true(guard_admit(&g, "192.0.2.2", false));
	assert_int_equal(g.refused, 2);
	guard_leave(&g, "192.0.2.1");
	guard_leave(&g, "192.0.2.2");
	for (int i = 0; i < 3; i++)
		guard_leave(&g, "::1");
	assert_true(guard_admit(&g, "2001:db8::1", false) && guard_admit(&g, "2001:db8::ffff:2", false));
	assert_false(guard_admit(&g, "2001:db8::3", false)); /* one subscriber's network */
	assert_true(guard_admit(&g, "2001:db8:0:1::1", false));
	guard_leave(&g, "2001:db8::ffff:2");
	guard_leave(&g, "2001:db8::1");
	guard_leave(&g, "2001:db8:0:1::1");
	assert_int_equal(g.connections, 0);
	guard_finish(&g); /* asserts that nobody is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_read_into_its_parts),
		cmocka_unit_test(the_end_is_found_wherever_the_bytes_are_cut),
		cmocka_unit_test(any_byte_anywhere_is_read_or_refused),
		cmocka_unit_test(a_path_is_decoded_or_refused),
		cmocka_unit_test(a_pattern_matches_whole_segments),
		cmocka_unit_test(a_body_has_one_length_of_digits),
		cmocka_unit_test(places_are_counted_by_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

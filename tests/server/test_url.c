/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "server/url.h"

static void a_url_falls_into_its_parts(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host, *authority, *path;
		int port;
		bool is_tls;
	} cases[] = {
		{"https://stream.example.org/v2/stream/recentchange", "stream.example.org", "stream.example.org",
			"/v2/stream/recentchange", 443, true},
		{"http://127.0.0.1:8080", "127.0.0.1", "127.0.0.1:8080", "/", 8080, false},
		{"HTTP://a:80?since=1#part", "a", "a", "/?since=1", 80, false},
		{"https://[::1]:8443/x?y=//z", "::1", "[::1]:8443", "/x?y=//z", 8443, true},
		{"http://[::1]/", "::1", "[::1]", "/", 80, false},
		{"ws://127.0.0.1:8545", "127.0.0.1", "127.0.0.1:8545", "/", 8545, false},
		{"wss://ws.example.org/inv?a", "ws.example.org", "ws.example.org", "/inv?a", 443, true},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct url url;
		assert_int_equal(url_parse(span_of(cases[i].text), &url, NULL), OK);
		assert_string_equal(url.host, cases[i].host);
		assert_string_equal(url.authority, cases[i].authority);
		assert_string_equal(url.path, cases[i].path);
		assert_int_equal(url.port, cases[i].port);
		assert_int_equal(url.is_tls, cases[i].is_tls);
	}
}

static void what_is_no_url_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "ftp://a/", "http:/a", "http://", "http:///x", "http://a:0/", "http://a:65536/",
		"http://a:x/", "http://[::1/", "http://[::1]x/", "http://me:secret@a/", "http://a/b c", "http://a/\r\nx: y"};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct url url;
		struct why why;
		assert_int_equal(url_parse(span_of(wrong[i]), &url, &why), E_FORMAT);
	}
	struct buf text = {0};
	buf_text(&text, "http://a/");
	while (text.n < 2 * URL_PATH_MAX)
		buf_char(&text, 'x');
	struct url url;
	assert_int_equal(url_parse(buf_view(&text), &url, NULL), E_LIMIT);
	buf_finish(&text);
}

static void a_redirect_is_followed_from_where_it_was_given(void **state)
{
	(void)state;
	static const struct {
		const char *base, *location, *expected;
		enum err e;
	} cases[] = {
		{"http://a:81/b/c?d/e", "http://x/y", "x /y", OK},
		{"http://a:81/b/c?d/e", "//x/y", "x /y", OK},
		{"http://a:81/b/c?d/e", "/y?z", "a:81 /y?z", OK},
		{"http://a:81/b/c?d/e", "y", "a:81 /b/y", OK},
		{"http://a/b", "https://x/", "x /", OK},
		{"https://a/b", "http://x/", "", E_DENIED},
		{"https://a/b", "//x/", "x /", OK},
		{"http://a/b", "", "", E_FORMAT},
		{"http://a/b", "ftp://x/", "", E_FORMAT},
		{"http://a/b", "mailto:x", "", E_FORMAT},
		{"http://a/b", "c/d:e", "a /c/d:e", OK},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct url base, url;
		struct buf got = {0};
		assert_int_equal(url_parse(span_of(cases[i].base), &base, NULL), OK);
		assert_int_equal(url_redirect(&base, span_of(cases[i].location), &url, NULL), cases[i].e);
		if (!cases[i].e) {
			buf_format(&got, "%s %s", url.authority, url.path);
			assert_string_equal(got.p, cases[i].expected);
		}
		buf_finish(&got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_falls_into_its_parts),
		cmocka_unit_test(what_is_no_url_is_refused),
		cmocka_unit_test(a_redirect_is_followed_from_where_it_was_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

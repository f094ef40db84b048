/* What the server fetches, and what it doesn't: addresses, spellings of them, redirects, bytes. Everything on loopback;
 * a trap that listens there must never hear anything.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/address.h"
#include "server/fetch.h"
#include "server/planet.h"

/* ---- addresses ---- */

static void only_the_world_s_addresses_are_public(void **state)
{
	static const char *const no[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
		"127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
		"192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
		"240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
		"64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:10::1", "2002:7f00:1::1",
		"2002:a00:1::", "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "5f00::1", "not one", ""};
	static const char *const yes[] = {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
		"128.0.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1",
		"223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(no); i++)
		if (address_text_is_public(no[i]))
			fail_msg("%s", no[i]);
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		if (!address_text_is_public(yes[i]))
			fail_msg("%s", yes[i]);
	const struct sockaddr unix_socket = {.sa_family = AF_UNIX};
	assert_false(address_is_public(&unix_socket));
}

/* ---- a server: answers by path; counts what it hears ---- */

struct answering {
	int listener, port;
	pthread_t thread;
	_Atomic int n_heard;
	int trap_port; /* what {trap} in its answers stands for */
};

static const struct { const char *path, *answer; } answers[] = {
	{"/ok", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: \"1\"\r\nCache-Control: public, max-age=120\r\nContent-Length: 5\r\n\r\nhello"},
	{"/moved", "HTTP/1.1 301 Moved\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"},
	{"/found", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"},
	{"/moved-then-found", "HTTP/1.1 308 Moved\r\nLocation: /found\r\nContent-Length: 0\r\n\r\n"},
	{"/round", "HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n"},
	{"/nowhere", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
	{"/gone", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"},
	{"/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
	{"/busy", "HTTP/1.1 429 Slow down\r\nRetry-After: 77\r\nContent-Length: 0\r\n\r\n"},
	{"/same", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"},
	{"/gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1F\x8B\x08"},
	{"/says-large", "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"},
	{"/large", NULL}, /* without end */
	{"/nonsense", "this is no HTTP\r\n\r\n"},
	{"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"},
	/* Redirects that lead to the trap, each spelled in another way. */
	{"/r0", "HTTP/1.1 301 M\r\nLocation: http://127.0.0.1:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r1", "HTTP/1.1 302 M\r\nLocation: http://2130706433:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r2", "HTTP/1.1 303 M\r\nLocation: //127.1:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r3", "HTTP/1.1 307 M\r\nLocation: http://0x7f.0.0.1:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r4", "HTTP/1.1 308 M\r\nLocation: http://[::1]:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r5", "HTTP/1.1 301 M\r\nLocation: http://localhost:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r6", "HTTP/1.1 302 M\r\nLocation: http://[::ffff:127.0.0.1]:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r7", "HTTP/1.1 302 M\r\nLocation: /r0\r\nContent-Length: 0\r\n\r\n"},
	{"/r8", "HTTP/1.1 302 M\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"},
	{"/r9", "HTTP/1.1 302 M\r\nLocation: gopher://127.0.0.1:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r10", "HTTP/1.1 302 M\r\nLocation: http://x@127.0.0.1:{trap}/\r\nContent-Length: 0\r\n\r\n"},
	{"/r11", "HTTP/1.1 302 M\r\nLocation: http://0:{trap}/\r\nContent-Length: 0\r\n\r\n"},
};
enum { FIRST_REDIRECT = 15 };

static void answer_one(struct answering *a, int client)
{
	char request[4096];
	ssize_t n = read(client, request, sizeof request - 1);
	if (n <= 0)
		return;
	request[n] = '\0';
	size_t length = strcspn(request + 4, " ");
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		if (strlen(answers[i].path) != length || strncmp(request + 4, answers[i].path, length) != 0)
			continue;
		if (!answers[i].answer) {
			static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", piece[65536] = {'x'};
			(void)!send(client, head, sizeof head - 1, MSG_NOSIGNAL);
			while (send(client, piece, sizeof piece, MSG_NOSIGNAL) > 0)
				;
			return;
		}
		const char *mark = strstr(answers[i].answer, "{trap}");
		char text[1024];
		int total = mark ? snprintf(text, sizeof text, "%.*s%d%s", (int)(mark - answers[i].answer), answers[i].answer, a->trap_port,
			mark + strlen("{trap}")) : snprintf(text, sizeof text, "%s", answers[i].answer);
		(void)!send(client, text, (size_t)total, MSG_NOSIGNAL);
		return;
	}
}

static void *answer_all(void *data)
{
	struct answering *a = data;
	int client;
	while ((client = accept(a->listener, NULL, NULL)) >= 0) {
		a->n_heard++;
		answer_one(a, client);
		close(client);
	}
	return NULL;
}

static void start_answering(struct answering *a, const char *address)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t n = sizeof in;
	inet_pton(AF_INET, address, &in.sin_addr);
	a->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(a->listener, (const struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(listen(a->listener, 16), 0);
	getsockname(a->listener, (struct sockaddr *)&in, &n);
	a->port = ntohs(in.sin_port);
	pthread_create(&a->thread, NULL, answer_all, a);
}

static void stop_answering(struct answering *a)
{
	shutdown(a->listener, SHUT_RDWR);
	pthread_join(a->thread, NULL);
	close(a->listener);
}

/* ---- fetching ---- */

struct outcome {
	bool is_done, is_private;
	enum fetch_outcome outcome;
	int status;
	char body[64], moved_to[200], why[200], etag[32];
	int64_t retry_after_ms, max_age_ms;
};

static void take(void *data, struct fetch_result *r)
{
	struct outcome *o = data;
	*o = (struct outcome){.is_done = true, .outcome = r->outcome, .status = r->status, .retry_after_ms = r->retry_after_ms,
		.max_age_ms = r->max_age_ms, .is_private = r->is_private};
	snprintf(o->body, sizeof o->body, "%s", r->body.p ? r->body.p : "");
	snprintf(o->moved_to, sizeof o->moved_to, "%s", r->moved_to ? r->moved_to : "");
	snprintf(o->why, sizeof o->why, "%s", r->why.text);
	snprintf(o->etag, sizeof o->etag, "%s", r->etag);
}

/* The answering server's address alone, as if it were the world. */
static bool is_second_loopback(const struct sockaddr *address)
{
	struct sockaddr_in in;
	memcpy(&in, address, sizeof in);
	return in.sin_family == AF_INET && ntohl(in.sin_addr.s_addr) == 0x7F000002;
}

static struct outcome fetch_as(const struct fetch_options *options, const char *url, bool is_named)
{
	struct fetcher *f = fetch_create(options);
	struct outcome o = {false};
	const struct fetch_request request = {.url = url, .etag = "\"1\"", .limit = 1 << 20, .is_named = is_named};
	assert_non_null(f);
	fetch_start(f, &request, take, &o);
	for (int64_t end = clock_mono_ms() + 120000; !o.is_done && clock_mono_ms() < end;)
		fetch_wait(f, 100);
	assert_true(o.is_done);
	assert_int_equal(fetch_under_way(f), 0);
	fetch_destroy(f);
	return o;
}

static struct outcome fetch_one(const struct fetch_options *options, const char *url)
{
	return fetch_as(options, url, false);
}

static struct outcome fetch_path(const struct answering *a, const char *path)
{
	static const struct fetch_options options = {.user_agent = "test", .allows = is_second_loopback, .most_at_once = 4};
	char url[100];
	snprintf(url, sizeof url, "http://127.0.0.2:%d%s", a->port, path);
	return fetch_one(&options, url);
}

static void no_spelling_of_a_private_address_is_connected_to(void **state)
{
	/* %d is the trap's port. */
	static const char *const urls[] = {"http://127.0.0.1:%d/", "http://127.1:%d/", "http://127.0.1:%d/", "http://2130706433:%d/",
		"http://0x7f000001:%d/", "http://0x7f.1:%d/", "http://0x7f.0x0.0x0.0x1:%d/", "http://0177.0.0.1:%d/", "http://017700000001:%d/",
		"http://0177.0.0.01:%d/", "http://127.0.0.1.:%d/", "http://127.000.000.001:%d/", "http://0:%d/", "http://0.0.0.0:%d/", "http://0x0:%d/",
		"http://00000000000:%d/", "http://[::1]:%d/", "http://[0:0:0:0:0:0:0:1]:%d/", "http://[::]:%d/", "http://[::ffff:127.0.0.1]:%d/",
		"http://[::ffff:7f00:1]:%d/", "http://[::127.0.0.1]:%d/", "http://[0000::1]:%d/", "http://localhost:%d/", "http://LOCALHOST:%d/",
		"http://localhost.:%d/", "http://ip6-localhost:%d/", "http://user@127.0.0.1:%d/", "http://user:pass@127.0.0.1:%d/",
		"http://example.org@127.0.0.1:%d/", "http://127.0.0.1:%d@example.org:22/", "http://127.0.0.1\\@example.org:%d/",
		"http:127.0.0.1:%d/", "http:/127.0.0.1:%d/", "http:///127.0.0.1:%d/", "HTTP://127.0.0.1:%d/", "http://127.0.0.1:0%d/",
		"http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1:%d/", "http://127\xE3\x80\x82" "0\xE3\x80\x82" "0\xE3\x80\x82" "1:%d/",
		"http://127%%2E0%%2E0%%2E1:%d/", "http://%%31%%32%%37.0.0.1:%d/", "http://127.0.0.1%%00.example.org:%d/", "http://127.127.127.127:%d/",
		"http://127.0.0.3:%d/", "https://127.0.0.1:%d/", "ftp://127.0.0.1:%d/", "file://127.0.0.1:%d/etc/passwd", "gopher://127.0.0.1:%d/_x",
		"dict://127.0.0.1:%d/x", "ldap://127.0.0.1:%d/", "tftp://127.0.0.1:%d/x", "smb://127.0.0.1:%d/x", "telnet://127.0.0.1:%d/",
		"127.0.0.1:%d", "//127.0.0.1:%d/", "http://[fe80::1%%25lo]:%d/", "http://[::1%%25lo]:%d/", "http://[64:ff9b::127.0.0.1]:%d/",
		"http://[2002:7f00:1::]:%d/", "http://[fc00::1]:%d/", "http://10.0.0.1:%d/", "http://172.16.0.1:%d/", "http://192.168.0.1:%d/",
		"http://169.254.169.254:%d/latest/meta-data/", "http://100.64.0.1:%d/", "http://224.0.0.1:%d/", "http://255.255.255.255:%d/",
		"http://192.0.2.1:%d/", "http://[ff02::1]:%d/", "http://:%d/", "http://", "", " ", "javascript:alert(1)", "http://127.0.0.1:22/",
		"http://127.0.0.1:25/", "http://127.0.0.1:65536/", "http://127.0.0.1:-1/"};
	static const struct fetch_options options = {.user_agent = "test", .most_at_once = 4};
	struct answering trap = {0};
	(void)state;
	start_answering(&trap, "0.0.0.0");
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		char url[200];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(url, sizeof url, urls[i], trap.port);
#pragma GCC diagnostic pop
		struct outcome o = fetch_one(&options, url);
		/* A name that doesn't exist can't be reached either. */
		if (o.outcome != FETCH_REFUSED && o.outcome != FETCH_FAILED)
			fail_msg("%s: %d %s", url, o.outcome, o.why);
		if (o.status || trap.n_heard)
			fail_msg("%s got through: %s", url, o.why);
		assert_true(o.why[0]);
	}
	print_message("%zu spellings\n", COUNT_OF(urls));
	stop_answering(&trap);
}

static void no_redirect_leads_there_either(void **state)
{
	struct answering trap = {0}, a = {0};
	(void)state;
	start_answering(&trap, "127.0.0.1");
	a.trap_port = trap.port;
	start_answering(&a, "127.0.0.2");
	for (size_t i = FIRST_REDIRECT; i < COUNT_OF(answers); i++) {
		struct outcome o = fetch_path(&a, answers[i].path);
		if (o.outcome != FETCH_REFUSED || trap.n_heard)
			fail_msg("%s: %d %s", answers[i].path, o.outcome, o.why);
	}
	print_message("%zu redirects\n", COUNT_OF(answers) - FIRST_REDIRECT);
	stop_answering(&a);
	stop_answering(&trap);
}

/* 127.0.0.2 stands for the world, 127.0.0.1 for a private network. */
static void what_the_operator_names_may_be_private_but_not_where_a_public_server_leads(void **state)
{
	static const struct fetch_options options = {.user_agent = "test", .allows = is_second_loopback, .most_at_once = 4};
	struct answering trap = {0}, a = {0}, at_home = {0};
	char url[100];
	(void)state;
	start_answering(&trap, "127.0.0.1");
	a.trap_port = trap.port;
	start_answering(&a, "127.0.0.2");
	for (size_t i = FIRST_REDIRECT; i < COUNT_OF(answers); i++) {
		snprintf(url, sizeof url, "http://127.0.0.2:%d%s", a.port, answers[i].path);
		struct outcome o = fetch_as(&options, url, true);
		if (o.outcome != FETCH_REFUSED || o.is_private || trap.n_heard)
			fail_msg("%s: %d %s", url, o.outcome, o.why);
	}
	start_answering(&at_home, "127.0.0.1");
	snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", at_home.port);
	struct outcome o = fetch_as(&options, url, true);
	assert_int_equal(o.outcome, FETCH_DONE);
	assert_true(o.is_private);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/moved", at_home.port);
	assert_int_equal(fetch_as(&options, url, true).outcome, FETCH_DONE);
	assert_int_equal(fetch_as(&options, url, false).outcome, FETCH_REFUSED);
	stop_answering(&at_home);
	stop_answering(&a);
	stop_answering(&trap);
}

static void each_answer_is_what_it_is(void **state)
{
	struct answering a = {0};
	(void)state;
	start_answering(&a, "127.0.0.2");
	struct outcome o = fetch_path(&a, "/ok");
	assert_int_equal(o.outcome, FETCH_DONE);
	assert_string_equal(o.body, "hello");
	assert_string_equal(o.etag, "\"1\"");
	assert_int_equal(o.max_age_ms, 120000);
	assert_string_equal(o.moved_to, "");
	o = fetch_path(&a, "/moved");
	assert_int_equal(o.outcome, FETCH_DONE);
	assert_true(strstr(o.moved_to, "/ok") != NULL);
	assert_string_equal(fetch_path(&a, "/found").moved_to, "");
	o = fetch_path(&a, "/moved-then-found");
	assert_int_equal(o.outcome, FETCH_DONE);
	assert_true(strstr(o.moved_to, "/found") != NULL);
	assert_int_equal(fetch_path(&a, "/same").outcome, FETCH_UNCHANGED);
	assert_int_equal(fetch_path(&a, "/gone").outcome, FETCH_GONE);
	o = fetch_path(&a, "/busy");
	assert_int_equal(o.outcome, FETCH_FAILED);
	assert_int_equal(o.retry_after_ms, 77000);
	static const struct { const char *path; enum fetch_outcome outcome; const char *told; } table[] = {
		{"/missing", FETCH_FAILED, "404"}, {"/round", FETCH_FAILED, "more than 5 times"}, {"/nowhere", FETCH_FAILED, "doesn't say where"},
		{"/gzip", FETCH_REFUSED, "compressed"}, {"/says-large", FETCH_FAILED, "larger than 1 MiB"}, {"/large", FETCH_FAILED, "larger than 1 MiB"},
		{"/nonsense", FETCH_FAILED, "can't be reached"}, {"/cut", FETCH_FAILED, "can't be reached"}};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		o = fetch_path(&a, table[i].path);
		if (o.outcome != table[i].outcome || !strstr(o.why, table[i].told))
			fail_msg("%s: %d %s", table[i].path, o.outcome, o.why);
	}
	stop_answering(&a);
}

static void many_at_once_all_end(void **state)
{
	enum { MANY = 30 };
	static const struct fetch_options options = {.user_agent = "test", .allows = is_second_loopback, .most_at_once = 4};
	struct answering a = {0};
	struct outcome outcomes[MANY] = {{false}};
	char url[100];
	(void)state;
	start_answering(&a, "127.0.0.2");
	struct fetcher *f = fetch_create(&options);
	for (int i = 0; i < MANY; i++) {
		snprintf(url, sizeof url, "http://127.0.0.2:%d%s", a.port, i % 3 ? "/ok" : "/round");
		const struct fetch_request request = {.url = url, .limit = 1000};
		fetch_start(f, &request, take, &outcomes[i]);
	}
	for (int64_t end = clock_mono_ms() + 120000; fetch_under_way(f) && clock_mono_ms() < end;)
		fetch_wait(f, 100);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(outcomes[i].outcome, i % 3 ? FETCH_DONE : FETCH_FAILED);
	/* What is under way at the end is dropped. */
	const struct fetch_request request = {.url = url, .limit = 1000};
	fetch_start(f, &request, take, &outcomes[0]);
	fetch_destroy(f);
	stop_answering(&a);
}

static void waits_grow_and_heed_what_was_asked(void **state)
{
	const int64_t minute = 60000, hour = 60 * minute, day = 24 * hour;
	(void)state;
	assert_int_equal(planet_wait_ms(hour, 0, 0), hour);
	assert_int_equal(planet_wait_ms(hour, 3 * hour, 0), 3 * hour);
	assert_int_equal(planet_wait_ms(hour, 300 * day, 0), day);
	assert_true(planet_wait_ms(hour, 0, UINT32_MAX) <= hour + hour / 10);
	assert_int_equal(planet_retry_ms(hour, 1, 0, UINT32_MAX), 10 * minute);
	assert_int_equal(planet_retry_ms(hour, 1, 0, 0), 5 * minute);
	assert_int_equal(planet_retry_ms(hour, 4, 0, UINT32_MAX), 80 * minute);
	assert_int_equal(planet_retry_ms(hour, 99, 0, UINT32_MAX), day);
	assert_int_equal(planet_retry_ms(hour, 1, 2 * day, 0), 2 * day);
	assert_int_equal(planet_retry_ms(hour, 1, 400 * day, 0), 7 * day);
	assert_true(planet_retry_ms(1000, 1, 0, 0) >= 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_world_s_addresses_are_public),
		cmocka_unit_test(no_spelling_of_a_private_address_is_connected_to),
		cmocka_unit_test(no_redirect_leads_there_either),
		cmocka_unit_test(what_the_operator_names_may_be_private_but_not_where_a_public_server_leads),
		cmocka_unit_test(each_answer_is_what_it_is),
		cmocka_unit_test(many_at_once_all_end),
		cmocka_unit_test(waits_grow_and_heed_what_was_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

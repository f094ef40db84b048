/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "server/token_limit.h"

#include <cmocka.h>

static unsigned tries_until_refused(struct token_limit *l, const char *address, int64_t now)
{
	unsigned n = 0;
	while (token_limit_allows(l, address, now) && n < 1000) {
		token_limit_count(l, address, now);
		n++;
	}
	return n;
}

static void an_address_waits_after_ten_wrong_tokens_and_then_has_ten_more(void **state)
{
	(void)state;
	struct token_limit *l = token_limit_create();
	assert_int_equal(tries_until_refused(l, "192.0.2.1", 50000), TOKEN_LIMIT_WRONG);
	assert_true(token_limit_allows(l, "192.0.2.2", 50000));
	assert_false(token_limit_allows(l, "192.0.2.1", 50000 + TOKEN_LIMIT_MS - 1));
	assert_true(token_limit_allows(l, "192.0.2.1", 50000 + TOKEN_LIMIT_MS));
	assert_int_equal(tries_until_refused(l, "192.0.2.1", 50000 + TOKEN_LIMIT_MS), TOKEN_LIMIT_WRONG);
	/* Now and then a wrong one is nobody's attack. */
	for (int64_t now = 100000; now < 1000000; now += TOKEN_LIMIT_MS / 5) {
		assert_true(token_limit_allows(l, "192.0.2.3", now));
		token_limit_count(l, "192.0.2.3", now);
	}
	token_limit_destroy(l);
}

static void of_ipv6_a_network_counts_as_one_and_a_proxy_here_for_many(void **state)
{
	(void)state;
	struct token_limit *l = token_limit_create();
	for (int i = 0; i < TOKEN_LIMIT_WRONG; i++) {
		char address[64];
		snprintf(address, sizeof address, "2001:db8:1:2:%x::1", i + 1);
		assert_true(token_limit_allows(l, address, 1));
		token_limit_count(l, address, 1);
	}
	assert_false(token_limit_allows(l, "2001:db8:1:2::ffff", 1));
	assert_true(token_limit_allows(l, "2001:db8:1:3::1", 1));
	assert_int_equal(tries_until_refused(l, "127.0.0.1", 1), TOKEN_LIMIT_WRONG_LOOPBACK);
	assert_int_equal(tries_until_refused(l, "::1", 1), TOKEN_LIMIT_WRONG_LOOPBACK);
	token_limit_destroy(l);
}

static void many_addresses_take_no_more_memory_and_the_newest_are_known(void **state)
{
	(void)state;
	struct token_limit *l = token_limit_create();
	char address[64];
	for (unsigned i = 0; i < 200000; i++) {
		snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
		token_limit_count(l, address, 1000 + i / 100);
	}
	assert_int_equal(tries_until_refused(l, address, 3001), TOKEN_LIMIT_WRONG - 1);
	assert_int_equal(tries_until_refused(l, "192.0.2.9", 3001), TOKEN_LIMIT_WRONG);
	token_limit_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_waits_after_ten_wrong_tokens_and_then_has_ten_more),
		cmocka_unit_test(of_ipv6_a_network_counts_as_one_and_a_proxy_here_for_many),
		cmocka_unit_test(many_addresses_take_no_more_memory_and_the_newest_are_known),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

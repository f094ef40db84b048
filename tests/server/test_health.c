/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/health.h"

static void a_source_is_stale_after_two_minutes_without_a_message(void **state)
{
	(void)state;
	struct source_status s = {.state = SOURCE_LIVE, .last_message_ms = 50000};
	assert_false(health_is_stale(&s, 50000 + 120000, 1000));
	assert_true(health_is_stale(&s, 50000 + 120001, 1000));
	/* Before the first message the server's start counts. */
	s.last_message_ms = 0;
	assert_false(health_is_stale(&s, 1000 + 120000, 1000));
	assert_true(health_is_stale(&s, 1000 + 120001, 1000));
	s.state = SOURCE_CONNECTING;
	assert_true(health_is_stale(&s, 1000 + 120001, 1000));
	assert_true(health_source_is_ill(&s, 1000 + 120001, 1000));
	s.state = SOURCE_WAITING;
	assert_false(health_source_is_ill(&s, 2000, 1000));
	/* A recording that was played to its end, and what nobody promised to send. */
	s.state = SOURCE_ENDED;
	assert_false(health_is_stale(&s, 10000000, 1000));
	s = (struct source_status){.state = SOURCE_LIVE, .never_stale = true};
	assert_false(health_is_stale(&s, 10000000, 1000));
}

static void a_failed_source_and_a_fallback_are_ill_at_once(void **state)
{
	(void)state;
	struct source_status s = {.last_message_ms = 1000, .never_stale = true};
	for (s.state = SOURCE_WAITING; s.state <= SOURCE_FAILED; s.state++)
		assert_int_equal(health_source_is_ill(&s, 1001, 1000), s.state == SOURCE_FALLBACK || s.state == SOURCE_FAILED);
}

static void the_log_is_ill_while_what_it_could_not_store_waits(void **state)
{
	(void)state;
	char text[HEALTH_TEXT];
	struct log_counts log = {0};
	assert_false(health_log_is_ill(&log, 0, 5000, text));
	assert_string_equal(text, "");
	log = (struct log_counts){.error = E_FULL, .failed = 1, .failed_ms = 5000};
	assert_true(health_log_is_ill(&log, 7, 5000, text));
	assert_non_null(strstr(text, "the disk is full"));
	assert_non_null(strstr(text, "7 wait"));
	assert_true(health_log_is_ill(&log, 7, 500000, text));
	/* Nothing waits: a push that was refused, which isn't tried again from here. */
	assert_true(health_log_is_ill(&log, 0, 5000 + HEALTH_FAILED_MS - 1, text));
	assert_false(health_log_is_ill(&log, 0, 5000 + HEALTH_FAILED_MS, text));
	/* The next batch was stored. */
	log.error = OK;
	assert_false(health_log_is_ill(&log, 7, 5001, text));
}

static void the_log_is_ill_when_nothing_comes_back_for_a_second(void **state)
{
	(void)state;
	char text[HEALTH_TEXT];
	struct log_counts log = {.waiting = 3, .silent_since_ms = 10000};
	assert_false(health_log_is_ill(&log, 3, 11000, text));
	assert_true(health_log_is_ill(&log, 3, 11001, text));
	assert_non_null(strstr(text, "nothing was stored for 1 s"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_is_stale_after_two_minutes_without_a_message),
		cmocka_unit_test(a_failed_source_and_a_fallback_are_ill_at_once),
		cmocka_unit_test(the_log_is_ill_while_what_it_could_not_store_waits),
		cmocka_unit_test(the_log_is_ill_when_nothing_comes_back_for_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "server/backoff.h"

static void waits_double_from_a_second_to_a_minute(void **state)
{
	(void)state;
	static const int64_t steps[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
	struct backoff least, most;
	backoff_init(&least);
	backoff_init(&most);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		assert_int_equal(backoff_next_ms(&least, 0), steps[i] / 2);
		assert_int_equal(backoff_next_ms(&most, UINT32_MAX), steps[i]);
	}
}

static void every_wait_lies_in_its_envelope(void **state)
{
	(void)state;
	struct backoff b;
	backoff_init(&b);
	uint32_t random = 1;
	int64_t step = 1000;
	for (int i = 0; i < 10000; i++) {
		random = random * 1664525u + 1013904223u;
		int64_t wait = backoff_next_ms(&b, random);
		assert_in_range(wait, step / 2, step);
		step = step * 2 > 60000 ? 60000 : step * 2;
	}
}

static void success_starts_over(void **state)
{
	(void)state;
	struct backoff b;
	backoff_init(&b);
	for (int i = 0; i < 5; i++)
		backoff_next_ms(&b, 7);
	backoff_reset(&b);
	assert_int_equal(backoff_next_ms(&b, UINT32_MAX), 1000);
}

static void the_upstreams_retry_is_the_base(void **state)
{
	(void)state;
	struct backoff b;
	backoff_init(&b);
	backoff_set_base(&b, 3000);
	assert_int_equal(backoff_next_ms(&b, UINT32_MAX), 3000);
	assert_int_equal(backoff_next_ms(&b, UINT32_MAX), 6000);
	backoff_set_base(&b, 0);
	backoff_reset(&b);
	assert_int_equal(backoff_next_ms(&b, UINT32_MAX), 100);
	backoff_set_base(&b, INT64_MAX);
	backoff_reset(&b);
	assert_int_equal(backoff_next_ms(&b, UINT32_MAX), 60000);
}

static void retry_after_reads_seconds_and_dates(void **state)
{
	(void)state;
	int64_t wait, now;
	assert_true(backoff_retry_after(span_of(" 120 "), 0, &wait));
	assert_int_equal(wait, 120000);
	assert_true(backoff_retry_after(span_of("99999999999"), 0, &wait));
	assert_int_equal(wait, 3600000);
	assert_true(backoff_retry_after(span_of("-5"), 0, &wait));
	assert_int_equal(wait, 0);
	assert_int_equal(time_parse(span_of("2026-11-20T09:30:00Z"), &now), OK);
	assert_true(backoff_retry_after(span_of("Fri, 20 Nov 2026 09:31:30 GMT"), now, &wait));
	assert_int_equal(wait, 90000);
	assert_true(backoff_retry_after(span_of("Fri, 20 Nov 2026 09:00:00 GMT"), now, &wait));
	assert_int_equal(wait, 0);
	assert_false(backoff_retry_after(span_of("soon"), now, &wait));
	assert_false(backoff_retry_after(span_of(""), now, &wait));
}

static void a_wait_that_was_asked_for_is_never_shortened(void **state)
{
	(void)state;
	assert_int_equal(backoff_at_least_ms(60000, 0), 60000);
	assert_int_equal(backoff_at_least_ms(60000, UINT32_MAX), 66000);
	assert_int_equal(backoff_at_least_ms(0, UINT32_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_from_a_second_to_a_minute),
		cmocka_unit_test(every_wait_lies_in_its_envelope),
		cmocka_unit_test(success_starts_over),
		cmocka_unit_test(the_upstreams_retry_is_the_base),
		cmocka_unit_test(retry_after_reads_seconds_and_dates),
		cmocka_unit_test(a_wait_that_was_asked_for_is_never_shortened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

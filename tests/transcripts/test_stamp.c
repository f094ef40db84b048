/* SPDX-License-Identifier: MIT */
#include "dialect_help.h"

static void reads(const char *text, size_t n, int64_t ms)
{
	int64_t got = -1;
	assert_int_equal(stamp_read(span_of(text), &got), n);
	if (n)
		assert_int_equal(got, ms);
}

static void stamps_have_two_or_three_parts_and_maybe_thousandths(void **state)
{
	(void)state;
	reads("0:42 text", 4, 42000);
	reads("00:42", 5, 42000);
	reads("66:27", 5, (66 * 60 + 27) * 1000);
	reads("101:05", 6, (101 * 60 + 5) * 1000);
	reads("1:02:03", 7, 3723000);
	reads("01:02:03.250", 12, 3723250);
	reads("01:02:03,250", 12, 3723250);
	reads("1:28  If", 4, 88000);
	reads("1:28.Then", 4, 88000);
	reads("1:28If", 4, 88000);
}

static void what_only_resembles_a_stamp_is_none(void **state)
{
	(void)state;
	reads("", 0, 0);
	reads("12", 0, 0);
	reads("12:", 0, 0);
	reads("12:3", 0, 0);
	reads("12:60", 0, 0);
	reads("12:345", 0, 0);
	reads("1:02:61", 0, 0);
	reads("1:02:3", 0, 0);
	reads("1:02:03:04", 0, 0);
	reads("1234:05", 0, 0);
	reads(":05", 0, 0);
	reads("text", 0, 0);
}

static void writes(int64_t ms, bool webvtt, const char *text)
{
	struct buf out = {0};
	stamp_write(&out, ms, webvtt);
	assert_string_equal(out.p, text);
	buf_finish(&out);
}

static void fragment(int64_t ms, const char *text)
{
	struct buf out = {0};
	stamp_fragment(&out, ms);
	assert_string_equal(out.p, text);
	buf_finish(&out);
}

static void stamps_are_written_for_people_for_webvtt_and_for_addresses(void **state)
{
	(void)state;
	writes(123000, false, "2:03");
	writes(3723999, false, "1:02:03");
	writes(3723250, true, "01:02:03.250");
	writes(-5, true, "00:00:00.000");
	writes(360000000, true, "100:00:00.000");
	fragment(754000, "754");
	fragment(754250, "754.25");
	fragment(754001, "754.001");
	fragment(0, "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_have_two_or_three_parts_and_maybe_thousandths),
		cmocka_unit_test(what_only_resembles_a_stamp_is_none),
		cmocka_unit_test(stamps_are_written_for_people_for_webvtt_and_for_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

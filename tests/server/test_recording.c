/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "server/recording.h"

enum { MOST = 64 };

/* What a file's bytes, pushed `step` at a time, are read as: one line of text a message. */
static char *read_all(enum recording_kind kind, struct span bytes, size_t step)
{
	static const char *const names[] = {"message", "oversize", "error", "cut"};
	struct recording *r = recording_create(kind, 0);
	struct buf out = {0};
	buf_text(&out, "");
	struct recorded next;
	size_t pushed = 0;
	for (;;) {
		enum err e = recording_next(r, &next);
		if (e == E_GONE)
			break;
		if (e == E_AGAIN && pushed == bytes.n) {
			recording_end(r);
		} else if (e == E_AGAIN) {
			size_t n = bytes.n - pushed < step ? bytes.n - pushed : step;
			recording_push(r, span_make(bytes.p + pushed, n));
			pushed += n;
		} else {
			assert_int_equal(e, OK);
			buf_format(&out, "%d %s", next.line, names[next.what]);
			if (next.data.n && next.data.n < MOST)
				buf_format(&out, " %.*s", SPAN_ARG(next.data));
			if (next.id.n)
				buf_format(&out, " id=%.*s", SPAN_ARG(next.id));
			buf_format(&out, " -%zu\n", bytes.n - (size_t)next.end);
		}
	}
	recording_destroy(r);
	return buf_take(&out);
}

static void check(enum recording_kind kind, const char *bytes, const char *expected)
{
	size_t n = strlen(bytes);
	for (size_t step = 1; step <= n + 1; step++) {
		char *got = read_all(kind, span_make(bytes, n), step);
		assert_string_equal(got, expected);
		free(got);
	}
}

static void a_line_is_a_message_wherever_the_bytes_are_cut(void **state)
{
	(void)state;
	check(RECORDING_LINES, "{\"a\":1}\n\n  \r\n{\"b\":2}\r\nnot json\n{\"c\":3}",
		"1 message {\"a\":1} -30\n4 message {\"b\":2} -16\n5 message not json -7\n6 message {\"c\":3} -0\n");
}

static void a_byte_order_mark_is_no_part_of_the_first_line(void **state)
{
	(void)state;
	check(RECORDING_LINES, "\xEF\xBB\xBF{}\n", "1 message {} -0\n");
	check(RECORDING_SSE, "\xEF\xBB\xBF" "data: {}\n\n", "1 message {} -0\n");
}

static void an_event_stream_is_read_with_its_ids(void **state)
{
	(void)state;
	check(RECORDING_SSE, ":ok\n\nevent: message\nid: [1]\ndata: {\ndata: }\n\n: alive\n\nid: [2]\ndata: x\n\n",
		"3 message {\n} id=[1] -26\n10 message x id=[2] -0\n");
}

static void an_event_stream_may_end_its_lines_with_cr_alone(void **state)
{
	(void)state;
	check(RECORDING_SSE, "data: 1\r\rdata: 2\r\n\r\ndata: 3\r\r",
		"1 message 1 -20\n3 message 2 -9\n5 message 3 -0\n");
}

static void an_upstreams_error_is_told_apart(void **state)
{
	(void)state;
	check(RECORDING_SSE, "event: error\ndata: {\"message\":\"no\"}\n\ndata: 2\n\n",
		"1 error {\"message\":\"no\"} -9\n4 message 2 -0\n");
}

static void a_cut_last_event_is_reported(void **state)
{
	(void)state;
	check(RECORDING_SSE, "data: 1\n\nevent: message\nid: [{\"to", "1 message 1 -24\n3 cut -0\n");
	check(RECORDING_SSE, "data: 1\n\ndata: 2\n", "1 message 1 -8\n3 cut -0\n");
	check(RECORDING_SSE, "data: 1\n\n:bye", "1 message 1 -4\n");
}

static void what_is_too_long_is_skipped_and_the_rest_goes_on(void **state)
{
	(void)state;
	struct buf text = {0};
	size_t n_long = RECORDING_MESSAGE_MAX + 1;
	char *filler = mem_new(n_long, 1);
	memset(filler, 'x', n_long);
	buf_text(&text, "{}\n");
	buf_add(&text, filler, n_long);
	buf_text(&text, "\n{}\n");
	char *got = read_all(RECORDING_LINES, buf_view(&text), 65536);
	assert_non_null(strstr(got, "2 oversize -3\n3 message {} -0\n"));
	free(got);
	/* At the end of the file, and without a line end. */
	text.n -= 4;
	got = read_all(RECORDING_LINES, buf_view(&text), 65536);
	assert_non_null(strstr(got, "2 oversize -0\n"));
	free(got);

	buf_clear(&text);
	buf_text(&text, "id: 1\ndata: ");
	buf_add(&text, filler, n_long);
	buf_text(&text, "\n\nid: 2\ndata: {}\n\n");
	got = read_all(RECORDING_SSE, buf_view(&text), 65536);
	assert_string_equal(got, "1 oversize id=1 -16\n4 message {} id=2 -0\n");
	free(got);

	/* The longest that is allowed. */
	buf_clear(&text);
	buf_add(&text, filler, n_long - 1);
	buf_char(&text, '\n');
	got = read_all(RECORDING_LINES, buf_view(&text), 65536);
	assert_string_equal(got, "1 message -0\n");
	free(got);
	free(filler);
	buf_finish(&text);
}

static void reading_may_begin_again_behind_any_message(void **state)
{
	(void)state;
	const char *text = "data: 1\n\n:x\n\ndata: 2\r\n\r\ndata: 3\n\n";
	struct recording *r = recording_create(RECORDING_SSE, 0);
	recording_push(r, span_of(text));
	recording_end(r);
	struct recorded next;
	for (int i = 1; recording_next(r, &next) == OK; i++) {
		char *rest = read_all(RECORDING_SSE, span_of(text + next.end), 7);
		int n = 0;
		for (char *p = rest; (p = strstr(p, "message")); p++)
			n++;
		assert_int_equal(n, 3 - i);
		free(rest);
	}
	recording_destroy(r);
}

static void assert_time(const char *json, int64_t expected)
{
	int64_t ms = -1;
	assert_true(recording_time(span_of(json), &ms));
	assert_int_equal(ms, expected);
}

static void the_recorded_time_is_found_where_streams_keep_it(void **state)
{
	(void)state;
	int64_t ms;
	assert_time("{\"meta\":{\"dt\":\"2021-09-14T14:39:43Z\"},\"timestamp\":5}", 1631630383000);
	assert_time("{\"timestamp\":1631630383}", 1631630383000);
	assert_time("{\"time\":1398926301271}", 1398926301271);
	assert_time("{\"time\":\"2015-09-12T00:49:12.942Z\"}", 1442018952942);
	assert_time("{\"t\":1631630383.5}", 1631630383500);
	assert_time("{\"received_ms\":1631630383123,\"meta\":{\"dt\":\"2021-09-14T14:39:43Z\"}}", 1631630383123);
	assert_false(recording_time(span_of("{\"x\":1}"), &ms));
	assert_false(recording_time(span_of("{\"timestamp\":\"yesterday\"}"), &ms));
	assert_false(recording_time(span_of("{\"timestamp\":-1}"), &ms));
	assert_false(recording_time(span_of("no json"), &ms));
	assert_false(recording_time(span_of("[1]"), &ms));
}

static void what_is_no_recording_is_refused_by_name_and_content(void **state)
{
	(void)state;
	enum recording_kind kind;
	struct why why;
	assert_int_equal(recording_kind_of("a/b.SSE", &kind, &why), OK);
	assert_int_equal(kind, RECORDING_SSE);
	assert_int_equal(recording_kind_of("b.ndjson", &kind, &why), OK);
	assert_int_equal(recording_kind_of("b.jsonl", &kind, &why), OK);
	assert_int_equal(kind, RECORDING_LINES);
	static const char *const wrong[] = {"b.csv", "jsonl", "b", "b.sse.gz", ""};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_int_equal(recording_kind_of(wrong[i], &kind, &why), E_FORMAT);
		assert_non_null(strstr(why.text, ".sse, .ndjson or .jsonl"));
	}
	assert_int_equal(recording_check(span_of("{}\n"), &why), OK);
	assert_int_equal(recording_check(span_of(""), &why), E_FORMAT);
	assert_non_null(strstr(why.text, "empty"));
	assert_int_equal(recording_check(span_make("{\0}", 3), &why), E_FORMAT);
	assert_non_null(strstr(why.text, "binary"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_message_wherever_the_bytes_are_cut),
		cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_first_line),
		cmocka_unit_test(an_event_stream_is_read_with_its_ids),
		cmocka_unit_test(an_event_stream_may_end_its_lines_with_cr_alone),
		cmocka_unit_test(an_upstreams_error_is_told_apart),
		cmocka_unit_test(a_cut_last_event_is_reported),
		cmocka_unit_test(what_is_too_long_is_skipped_and_the_rest_goes_on),
		cmocka_unit_test(reading_may_begin_again_behind_any_message),
		cmocka_unit_test(the_recorded_time_is_found_where_streams_keep_it),
		cmocka_unit_test(what_is_no_recording_is_refused_by_name_and_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "server/sse.h"

/* What came out, one line an event: type|id|data (or type|id|! for an oversize one). */
struct seen {
	struct buf text;
	size_t events, refuse; /* refuse: how many offers to turn down first */
	size_t last_data_bytes;
};

static bool take(void *data, const struct sse_event *ev)
{
	struct seen *seen = data;
	if (seen->refuse) {
		seen->refuse--;
		return false;
	}
	seen->events++;
	seen->last_data_bytes = ev->data.n;
	struct span shown = ev->oversize ? SPAN_LITERAL("!") : ev->data.n > 200 ? SPAN_LITERAL("(long)") : ev->data;
	buf_format(&seen->text, "%.*s|%.*s|", SPAN_ARG(ev->type), SPAN_ARG(ev->id));
	buf_span(&seen->text, shown);
	buf_char(&seen->text, '$');
	return true;
}

static void push(struct sse *s, struct span bytes)
{
	do {
		bytes = span_from(bytes, sse_push(s, bytes));
	} while (bytes.n || sse_is_waiting(s));
}

/* Reads the text cut at `cut`, and byte by byte when cut is past its end. */
static void read_cut(struct span text, size_t limit, size_t cut, size_t refuse, struct seen *seen)
{
	struct sse s;
	*seen = (struct seen){.refuse = refuse};
	sse_init(&s, limit, take, seen);
	if (cut > text.n) {
		for (size_t i = 0; i < text.n; i++)
			push(&s, span_make(text.p + i, 1));
	} else {
		push(&s, span_make(text.p, cut));
		push(&s, span_from(text, cut));
	}
	sse_finish(&s);
}

static void check(struct span text, size_t limit, const char *expected)
{
	for (size_t cut = 0; cut <= text.n + 1; cut++) {
		struct seen seen;
		read_cut(text, limit, cut, cut % 3, &seen);
		buf_text(&seen.text, "");
		assert_string_equal(seen.text.p, expected);
		buf_finish(&seen.text);
	}
}

static void any_cut_gives_the_same_events(void **state)
{
	(void)state;
	check(SPAN_LITERAL("\xEF\xBB\xBF:ok\n\nevent: message\nid: [{\"offset\":-1}]\ndata: {\"a\":1}\n\n"
		": still here\r\n\r\nid: 2\r\ndata: caf\xC3\xA9\r\ndata:two\r\ndata\r\ndata:  three\r\n\r\n"
		"event: error\rdata: lone carriage returns\r\rdata: no id of its own\n\nid\ndata: id gone\n\n"
		"data: unfinished\n"),
		1000,
		"message|[{\"offset\":-1}]|{\"a\":1}$message|2|caf\xC3\xA9\ntwo\n\n three$"
		"error|2|lone carriage returns$message|2|no id of its own$message||id gone$");
}

static void an_event_without_data_is_none_but_its_id_counts(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct sse s;
	sse_init(&s, 100, take, &seen);
	push(&s, SPAN_LITERAL("id: 7\nevent: ping\n\n"));
	assert_int_equal(seen.events, 0);
	assert_true(span_is(sse_last_id(&s), "7"));
	push(&s, SPAN_LITERAL("data: x\n\n"));
	assert_string_equal(seen.text.p, "message|7|x$");
	sse_finish(&s);
	buf_finish(&seen.text);
}

static void a_nul_in_an_id_makes_it_no_id(void **state)
{
	(void)state;
	check(SPAN_LITERAL("id: 1\ndata: a\n\nid: 2\0x\ndata: b\n\n"), 100, "message|1|a$message|1|b$");
}

static void only_one_mark_at_the_start_is_dropped(void **state)
{
	(void)state;
	check(SPAN_LITERAL("\xEF\xBB\xBF\xEF\xBB\xBF" "data: a\n\ndata: b\n\n"), 100, "message||b$");
	check(SPAN_LITERAL("\xEF\xBB" "data: a\n\ndata: b\n\n"), 100, "message||b$");
	check(SPAN_LITERAL("data: \xEF\xBB\xBF\n\n"), 100, "message||\xEF\xBB\xBF$");
}

static void unknown_fields_and_odd_colons_are_as_the_standard_says(void **state)
{
	(void)state;
	check(SPAN_LITERAL("Data: no\nfoo: bar\n data: no\ndata: a:b\ndata:\n\ndata\n\ndata:\n\n"), 100,
		"message||a:b\n$message||$message||$");
}

static void retry_takes_digits_only(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct sse s;
	sse_init(&s, 100, take, &seen);
	assert_int_equal(s.retry_ms, -1);
	push(&s, SPAN_LITERAL("retry: 2500\nretry: -1\nretry: 3s\nretry:\nretry: +4\n:a\n::b\n"));
	assert_int_equal(s.retry_ms, 2500);
	assert_int_equal(s.comments, 2);
	sse_finish(&s);
}

static void an_oversize_event_is_skipped_and_its_id_still_read(void **state)
{
	(void)state;
	struct span text = SPAN_LITERAL("id: 1\ndata: 12345678\n\nid: 2\ndata: 123456789\n\n"
		"data: 1234\ndata: 5678\nid: 3\n\n"
		"data: 1234\ndata: 567\nid: 4\n\ndata: 1234567890123456789012345678901234567890\ndata: x\nevent: big\nid: 5\n\n"
		":123456789012345678901234567890\ndata: on\n\n");
	check(text, 8, "message|1|12345678$message|2|!$message|3|!$message|4|1234\n567$big|5|!$message|5|on$");
}

static void the_limit_is_exact_at_four_mebibytes(void **state)
{
	(void)state;
	enum { LIMIT = 4 << 20 };
	for (int over = 0; over <= 1; over++) {
		struct buf text = {0};
		buf_text(&text, "id: before\ndata: a\n\nid: big\ndata: ");
		buf_reserve(&text, LIMIT + 64);
		for (int i = 0; i < LIMIT + over; i++)
			buf_char(&text, 'x');
		buf_text(&text, "\n\ndata: after\n\n");
		/* Whole, and in pieces as a socket gives them. */
		for (size_t piece = 4096; piece <= text.n * 4096; piece *= text.n) {
			struct seen seen = {0};
			struct sse s;
			sse_init(&s, LIMIT, take, &seen);
			for (size_t at = 0; at < text.n; at += piece)
				push(&s, span_make(text.p + at, text.n - at < piece ? text.n - at : piece));
			assert_string_equal(seen.text.p, over ? "message|before|a$message|big|!$message|big|after$"
				: "message|before|a$message|big|(long)$message|big|after$");
			sse_finish(&s);
			buf_finish(&seen.text);
		}
		buf_finish(&text);
	}
}

static void a_new_connection_forgets_half_an_event_and_keeps_the_id(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct sse s;
	sse_init(&s, 100, take, &seen);
	push(&s, SPAN_LITERAL("id: 1\ndata: a\n\nid: 2\ndata: half"));
	sse_restart(&s);
	assert_true(span_is(sse_last_id(&s), "1"));
	push(&s, SPAN_LITERAL("\xEF\xBB\xBF" "data: b\n\n"));
	assert_string_equal(seen.text.p, "message|1|a$message|1|b$");
	sse_finish(&s);
	buf_finish(&seen.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_cut_gives_the_same_events),
		cmocka_unit_test(an_event_without_data_is_none_but_its_id_counts),
		cmocka_unit_test(a_nul_in_an_id_makes_it_no_id),
		cmocka_unit_test(only_one_mark_at_the_start_is_dropped),
		cmocka_unit_test(unknown_fields_and_odd_colons_are_as_the_standard_says),
		cmocka_unit_test(retry_takes_digits_only),
		cmocka_unit_test(an_oversize_event_is_skipped_and_its_id_still_read),
		cmocka_unit_test(the_limit_is_exact_at_four_mebibytes),
		cmocka_unit_test(a_new_connection_forgets_half_an_event_and_keeps_the_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

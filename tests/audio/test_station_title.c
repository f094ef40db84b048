/* SPDX-License-Identifier: MIT */
#include "audio/station_title.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"

/* What a player shows of a block: between StreamTitle=' and the first '; as ffmpeg, mpv and VLC look for it. Owned. */
static char *shown(struct span block)
{
	assert_true(block.n > 1 && block.n <= TITLE_BLOCK_MAX);
	assert_int_equal((unsigned char)block.p[0] * 16, block.n - 1);
	struct span text = span_from(block, 1);
	assert_true(span_starts(text, "StreamTitle='"));
	text = span_from(text, 13);
	size_t end = span_search(text, SPAN_LITERAL("';"), 0);
	assert_true(end < text.n);
	for (size_t i = end + 2; i < text.n; i++)
		assert_int_equal(text.p[i], 0);
	assert_null(memchr(text.p, 0, end));
	assert_true(utf8_is_valid(span_make(text.p, end)));
	return span_dup(span_make(text.p, end));
}

static void assert_shown(struct span text, const char *station, const char *expected)
{
	struct buf block = {0};
	icy_block(&block, text, station);
	char *title = shown(buf_view(&block));
	assert_string_equal(title, expected);
	free(title);
	buf_finish(&block);
}

static void a_title_comes_through_whatever_is_in_it(void **state)
{
	(void)state;
	assert_shown(SPAN_LITERAL("Bell"), "Wikipedia", "Bell - Wikipedia");
	assert_shown(SPAN_LITERAL(""), "Wikipedia", "Wikipedia");
	assert_shown(SPAN_LITERAL("Glockenspiel \xC3\xA4\xE9\x90\x98"), NULL, "Glockenspiel \xC3\xA4\xE9\x90\x98");
	assert_shown(SPAN_LITERAL("';StreamUrl='http://evil/';"), "It's",
		"\xE2\x80\x99\xEF\xBC\x9BStreamUrl=\xE2\x80\x99http://evil/\xE2\x80\x99\xEF\xBC\x9B - It\xE2\x80\x99s");
	assert_shown(SPAN_LITERAL("a\0b\r\nc\x7F" "d\xC2\x85" "e"), NULL, "a b  c d e");
	assert_shown(SPAN_LITERAL("broken \xFF\xC3"), NULL, "broken \xEF\xBF\xBD\xEF\xBF\xBD");
}

static void a_long_title_is_cut_between_characters_and_keeps_the_stations_name(void **state)
{
	(void)state;
	for (size_t pad = 0; pad < 5; pad++) {
		struct buf text = {0}, block = {0};
		for (size_t i = 0; i < pad; i++)
			buf_char(&text, '.');
		while (text.n < 100000)
			buf_text(&text, "\xF0\x9F\x94\x94"); /* a bell: four bytes */
		icy_block(&block, buf_view(&text), "Station");
		assert_true(block.n > TITLE_BLOCK_MAX - 32);
		char *title = shown(buf_view(&block));
		assert_true(span_ends(span_of(title), "\xF0\x9F\x94\x94 - Station"));
		free(title);
		/* A station's name as long leaves half of the room to what sounds. */
		buf_clear(&block);
		icy_block(&block, buf_view(&text), text.p);
		free(shown(buf_view(&block)));
		buf_finish(&text);
		buf_finish(&block);
	}
}

static void assert_now(struct station_title *t, int64_t now_ms, const char *expected)
{
	struct msg *block = station_title_now(t, now_ms);
	char *title = shown(span_make((const char *)msg_bytes(block), block->n));
	assert_string_equal(title, expected);
	free(title);
	assert_ptr_equal(station_title_now(t, now_ms), block);
}

static void the_weightiest_is_shown_for_some_seconds(void **state)
{
	(void)state;
	struct station_title t;
	station_title_init(&t, "S");
	assert_now(&t, 0, "S");
	station_title_offer(&t, SPAN_LITERAL("first"), 0.1f, 0);
	assert_now(&t, 100, "first - S");
	station_title_offer(&t, SPAN_LITERAL("heavy, too early"), 2, 500);
	assert_now(&t, 700, "first - S");
	station_title_offer(&t, SPAN_LITERAL("small"), 0.2f, 3200);
	station_title_offer(&t, SPAN_LITERAL("large"), 0.9f, 3300);
	station_title_offer(&t, SPAN_LITERAL("middle"), 0.5f, 4000);
	station_title_offer(&t, SPAN_LITERAL(""), 3, 4000);
	assert_now(&t, 4099, "first - S");
	assert_now(&t, 4100, "large - S");
	/* Nothing new: it stays. */
	assert_now(&t, 60000, "large - S");
	station_title_offer(&t, SPAN_LITERAL("later"), 0.1f, 70000);
	assert_now(&t, 70001, "later - S");
	/* The same again is the same block: no player is told anew. */
	struct msg *block = station_title_now(&t, 70001);
	station_title_offer(&t, SPAN_LITERAL("later"), 0.1f, 80000);
	assert_ptr_equal(station_title_now(&t, 80000), block);
	station_title_finish(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_title_comes_through_whatever_is_in_it),
		cmocka_unit_test(a_long_title_is_cut_between_characters_and_keeps_the_stations_name),
		cmocka_unit_test(the_weightiest_is_shown_for_some_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

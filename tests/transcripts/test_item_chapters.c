/* test_item_chapters.c - one list of chapters, fit for every form.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "transcripts/item_chapters.h"

struct given {
	int64_t start_ms, end_ms;
	const char *title;
	bool is_hidden;
};

static struct document *document_with(const struct given *given, size_t n)
{
	struct document *d = document_create(DOCUMENT_EPISODE);
	for (size_t i = 0; i < n; i++) {
		struct document_chapter *c = document_add_chapter(d);
		c->start_ms = given[i].start_ms;
		c->end_ms = given[i].end_ms;
		c->is_hidden = given[i].is_hidden;
		document_set(&c->title, span_of(given[i].title));
	}
	return d;
}

static const struct archive_item item = {.media_file = ""};

static void assert_chapters(const struct document *d, const struct given *expected, size_t n)
{
	assert_int_equal(d->n_chapters, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(d->chapters[i].start_ms, expected[i].start_ms);
		assert_int_equal(d->chapters[i].end_ms, expected[i].end_ms);
		assert_string_equal(d->chapters[i].title, expected[i].title);
		assert_int_equal(d->chapters[i].is_hidden, expected[i].is_hidden);
	}
}
#define CHAPTERS(...) ((const struct given[]){__VA_ARGS__}), COUNT_OF(((const struct given[]){__VA_ARGS__}))

static void they_are_in_order_and_each_start_is_there_once(void **state)
{
	(void)state;
	struct document *d = document_with(CHAPTERS({5000, -1, "b", false}, {0, -1, "a", false}, {5000, -1, "twin", false},
		{5000, -1, "picture", true}, {9000, -1, "c", false}));
	item_chapters(&item, "/nowhere", NULL, d);
	assert_chapters(d, CHAPTERS({0, -1, "a", false}, {5000, -1, "b", false}, {5000, -1, "picture", true},
		{9000, -1, "c", false}));
	document_destroy(d);
}

static void ends_lie_behind_their_start_and_before_the_next(void **state)
{
	(void)state;
	struct document *d = document_with(CHAPTERS({0, 7000, "a", false}, {2000, 2500, "picture", true},
		{5000, 4000, "b", false}, {6000, 6500, "c", false}, {8000, 8000, "d", false}));
	item_chapters(&item, "/nowhere", NULL, d);
	assert_chapters(d, CHAPTERS({0, 5000, "a", false}, {2000, 2500, "picture", true}, {5000, -1, "b", false},
		{6000, 6500, "c", false}, {8000, -1, "d", false}));
	document_destroy(d);
}

static void titles_are_one_line_of_at_most_255_characters(void **state)
{
	(void)state;
	struct buf title = {0}, cut = {0};
	for (int i = 0; i < 300; i++)
		buf_text(&title, "\xc3\xbc");
	for (int i = 0; i < 254; i++)
		buf_text(&cut, "\xc3\xbc");
	buf_text(&cut, "\xe2\x80\xa6");
	struct document *d = document_with(CHAPTERS({0, -1, " a\n\tb  c ", false}, {1000, -1, "", false}, {2000, -1, "", true},
		{3000, -1, title.p, false}, {4000, -1, " \n", false}));
	item_chapters(&item, "/nowhere", NULL, d);
	assert_chapters(d, CHAPTERS({0, -1, "a b c", false}, {1000, -1, "Chapter 2", false}, {2000, -1, "", true},
		{3000, -1, cut.p, false}, {4000, -1, "Chapter 4", false}));
	document_destroy(d);
	/* What just fits stays whole. */
	buf_clear(&title);
	for (int i = 0; i < 255; i++)
		buf_char(&title, 'x');
	d = document_with(CHAPTERS({0, -1, title.p, false}));
	item_chapters(&item, "/nowhere", NULL, d);
	assert_string_equal(d->chapters[0].title, title.p);
	document_destroy(d);
	buf_finish(&title);
	buf_finish(&cut);
}

static void notes_tell_them_when_each_has_its_line(void **state)
{
	(void)state;
	struct document *d = document_with(CHAPTERS({10000, -1, "a", false}, {20500, -1, "b", false}, {30000, -1, "", true}));
	assert_true(item_chapters_are_told(SPAN_LITERAL("Hello\n\n* 0:10 a\n* 0:20 b\n"), d));
	assert_true(item_chapters_are_told(SPAN_LITERAL("**[0:20](#t=0:20)** x\n\n**[0:10](#t=0:10)** y\n"), d));
	assert_false(item_chapters_are_told(SPAN_LITERAL("* 0:10 a\n"), d));
	assert_false(item_chapters_are_told(SPAN_LITERAL("a at 0:10, b at 0:20\n"), d));
	assert_false(item_chapters_are_told(SPAN_LITERAL(""), d));
	document_destroy(d);
	d = document_create(DOCUMENT_EPISODE);
	assert_false(item_chapters_are_told(SPAN_LITERAL("* 0:10 a\n"), d));
	document_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_in_order_and_each_start_is_there_once),
		cmocka_unit_test(ends_lie_behind_their_start_and_before_the_next),
		cmocka_unit_test(titles_are_one_line_of_at_most_255_characters),
		cmocka_unit_test(notes_tell_them_when_each_has_its_line),
	};
	return cmocka_run_group_tests_name("item chapters", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "transcripts/query.h"

static sqlite3 *db;
static struct tokens *tokens;

static int set_up(void **state)
{
	(void)state;
	return sqlite3_open(":memory:", &db) != SQLITE_OK || tokens_create(db, &tokens, NULL) != OK;
}

static int tear_down(void **state)
{
	(void)state;
	tokens_destroy(tokens);
	return sqlite3_close(db) != SQLITE_OK;
}

static bool add_word(void *data, const struct token *token)
{
	struct buf *out = data;
	buf_format(out, "%s%.*s", out->n ? "|" : "", SPAN_ARG(token->text));
	if (token->plain.n)
		buf_format(out, "=%.*s", SPAN_ARG(token->plain));
	return true;
}

static void check_words(const char *text, const char *wanted)
{
	struct buf out = {0};
	buf_text(&out, "");
	tokens_each(tokens, span_of(text), add_word, &out);
	assert_string_equal(out.p, wanted);
	buf_finish(&out);
}

static void check_expression(const char *text, const char *wanted)
{
	struct query q;
	struct buf out = {0};
	buf_text(&out, "");
	query_parse(&q, tokens, span_of(text));
	query_expression(&q, &out);
	assert_string_equal(out.p, wanted);
	buf_finish(&out);
	query_finish(&q);
}

static void names_of_code_are_words_of_their_own(void **state)
{
	(void)state;
	check_words("C++ and C#, not C.", "c++|and|c#|not|c");
	check_words("C++17 (C++)", "c++|17|c++");
	check_words("On .NET, or (.Net)", "on|.net=net|or|.net=net");
	check_words("Notepad++ is C", "notepad++=notepad|is|c");
	check_words("asyncio.gather f-string snake_case", "asyncio|gather|f|string|snake|case");
	check_words("The end. .. ...then a+b+++c #1", "the|end|then|a|b|c|1");
	check_words("issue#5 a##b", "issue|5|a|b");
}

static void letters_of_all_scripts_are_folded(void **state)
{
	(void)state;
	check_words("Crème BRÛLÉE naïve don’t", "creme|brulee|naive|don|t");
	check_words("Привет МИР", "привет|мир");
	check_words("C++—the", "c++|the");
	check_words("", "");
}

static void a_broken_byte_harms_nothing(void **state)
{
	(void)state;
	struct buf out = {0};
	tokens_each(tokens, span_make("one\xff\xfe two\0three \xe2\x82", 18), add_word, &out);
	assert_non_null(strstr(out.p, "three"));
	buf_finish(&out);
}

static void words_phrases_and_beginnings_become_quoted_words(void **state)
{
	(void)state;
	check_expression("Hello world", "\"hello\" AND \"world\"");
	check_expression("\"a phrase\" more", "\"a\" AND \"phrase\" AND \"more\"");
	check_expression("pyth* x", "\"pyth\"* AND \"x\"");
	check_expression("good -bad -\"very bad\" -wor*", "(\"good\") NOT (\"bad\" OR \"very bad\" OR \"wor\"*)");
	check_expression("asyncio.gather", "\"asyncio\" AND \"gather\"");
	check_expression("the the", "\"the\"");
	check_expression("\"the the\" \"the\"", "\"the\"");
	/* One may be inflected, the other not. */
	check_expression("the \"the\"", "\"the\" AND \"the\"");
	check_expression("“typed so”", "\"typed\" AND \"so\"");
}

static void fts5_syntax_is_only_words(void **state)
{
	(void)state;
	check_expression("a OR b", "\"a\" AND \"or\" AND \"b\"");
	check_expression("NEAR(a b)", "\"near\" AND \"a\" AND \"b\"");
	check_expression("title:x", "\"title\" AND \"x\"");
	check_expression("\"open", "\"open\"");
	check_expression("* \" ( ) ^ + : - -- {}", "");
	check_expression("before:soon", "\"before\" AND \"soon\"");
	check_expression("speaker: show:", "\"speaker\" AND \"show\"");
	check_expression("--flag", "\"flag\"");
}

static void filters_are_read(void **state)
{
	(void)state;
	struct query q;
	int64_t from, until;
	assert_int_equal(time_parse(SPAN_LITERAL("2018-01-01"), &from), OK);
	assert_int_equal(time_parse(SPAN_LITERAL("2019-03-05"), &until), OK);
	query_parse(&q, tokens,
		SPAN_LITERAL("word Speaker:\"Michael  KENNEDY\" show:talk-python after:2017 before:2019-03-05"));
	assert_int_equal(q.n_words, 1);
	assert_string_equal(q.speakers.names[0], "michael kennedy");
	assert_string_equal(q.shows.names[0], "talk python");
	assert_int_equal(q.from_ms, from);
	assert_int_equal(q.before_ms, until);
	query_finish(&q);
	query_parse(&q, tokens, SPAN_LITERAL("after:2017-12"));
	assert_int_equal(q.from_ms, from);
	query_finish(&q);
	query_parse(&q, tokens, SPAN_LITERAL("after:2017-12-31"));
	assert_int_equal(q.from_ms, from);
	query_finish(&q);
	query_parse(&q, tokens, SPAN_LITERAL("after:2017-13 before:20-1"));
	assert_int_equal(q.from_ms, INT64_MIN);
	assert_int_equal(q.before_ms, INT64_MAX);
	assert_false(query_is_empty(&q));
	query_finish(&q);
}

static void what_is_too_long_is_counted(void **state)
{
	(void)state;
	struct buf text = {0};
	for (int i = 0; i < 100; i++)
		buf_format(&text, "word%d ", i);
	struct query q;
	query_parse(&q, tokens, buf_view(&text));
	assert_int_equal(q.n_words, QUERY_WORDS_MAX);
	assert_int_equal(q.n_ignored, 100 - QUERY_WORDS_MAX);
	query_finish(&q);
	buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_code_are_words_of_their_own),
		cmocka_unit_test(letters_of_all_scripts_are_folded),
		cmocka_unit_test(a_broken_byte_harms_nothing),
		cmocka_unit_test(words_phrases_and_beginnings_become_quoted_words),
		cmocka_unit_test(fts5_syntax_is_only_words),
		cmocka_unit_test(filters_are_read),
		cmocka_unit_test(what_is_too_long_is_counted),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

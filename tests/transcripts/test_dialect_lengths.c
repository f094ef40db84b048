/* What a long hostile file costs: time in proportion to its length.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "tests/base/processor_time.h"

static void parse_with_each(struct span bytes)
{
	const struct dialect *dialect;
	for (size_t i = 0; (dialect = dialect_at(i)); i++)
		if (dialect->parse)
			transcript_destroy(dialect->parse(bytes, 1, NULL));
}

/* One pattern repeated, detected and parsed by each. The limit leaves room for sanitizers and a slow machine, and none
 * for work that grows with the square. */
static void repeated(size_t n_bytes, const char *head, const char *pattern)
{
	enum { LIMIT_US_A_KIB = 15000, LIMIT_US = 15000000 };
	struct buf text = {0};
	buf_text(&text, head);
	while (text.n < n_bytes)
		buf_text(&text, pattern);
	int64_t start = processor_us();
	struct document *d = document_read("x.txt", buf_view(&text), NULL);
	parse_with_each(buf_view(&text));
	int64_t took = processor_us() - start;
	assert_true(took < LIMIT_US && took < (int64_t)(n_bytes / 1024) * LIMIT_US_A_KIB);
	document_destroy(d);
	buf_finish(&text);
}

/* Whole JSON: what is broken off is refused before it costs anything. */
static void long_lists_in_json_cost_linear_time(void **state)
{
	(void)state;
	static const struct { const char *head, *item, *tail; } lists[] = {
		{"{\"segments\":[{\"startTime\":0,\"body\":\"a\"}", ",{\"startTime\":1,\"speaker\":\"b\",\"body\":\"a\"}", "]}"},
		{"{\"segments\":[{\"start\":0,\"text\":\"a\"}", ",{\"start\":NaN,\"text\":\"a\"}", "]}"},
		{"{\"words\":[{\"start\":0,\"text\":\"a\"}", ",{\"start\":1,\"text\":\"a\",\"speaker\":\"B\"}", "]}"},
		{"{\"transcription\":[{\"offsets\":{\"from\":1},\"text\":\"a\"}", ",{\"offsets\":{\"from\":1},\"text\":\"a\"}", "]}"},
		{"{\"version\":\"1.2.0\",\"chapters\":[{\"startTime\":1}", ",{\"startTime\":0,\"title\":\"a\"}", "]}"}};
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct buf text = {0};
		buf_text(&text, lists[i].head);
		while (text.n < 1024 * 1024)
			buf_text(&text, lists[i].item);
		buf_text(&text, lists[i].tail);
		int64_t start = processor_us();
		struct document *d = document_read("x.json", buf_view(&text), NULL);
		assert_true(processor_us() - start < 15000000);
		assert_true(d->transcript || d->n_chapters > 10000);
		document_destroy(d);
		buf_finish(&text);
	}
}

static void four_mebibytes_of_digits_and_colons_cost_linear_time(void **state)
{
	(void)state;
	static const char *const patterns[] = {"1:11", "1:11 ", ":", "1"};
	for (size_t i = 0; i < COUNT_OF(patterns); i++)
		repeated(4 * 1024 * 1024, "", patterns[i]);
}

static void repeated_marks_of_each_dialect_cost_linear_time(void **state)
{
	(void)state;
	enum { SIZE = 256 * 1024 };
	static const char *const patterns[] = {"0:00 99:59 ", "[", "<", "&", "`", "[0:01] ", "<!--", "<a ", "](", "[x](",
		"0:01 A: ", " ", "\xC2\xA0", "\xE2\x80\xA8", "\n", "0:01\n", "A B ", "<v a>", "{%", ">>", "- ", "\r", "**", "**A:** b\n\n",
		"**A:** \\[0:01\\] b\n\n", "\\[", "\\", "*", "_a_", "<p>", "<time>0:01</time>", "<cite>", "{1}{2}", "A: b\n", "\xE9",
		"a\tb\t", "\xFF\xFE"};
	for (size_t i = 0; i < COUNT_OF(patterns); i++)
		repeated(SIZE, "", patterns[i]);
	repeated(SIZE, "WEBVTT\n\n00:01.000 --> 00:02.000\n", "<v x>a");
	repeated(SIZE, "WEBVTT\n\n", "00:01.000 --> 00:02.000\na\n\n");
	repeated(SIZE, "[a host1 A]\n", "[0:01] b: c\n");
	repeated(SIZE, "[a host1 A]\n[0:01] a: ", "[");
	repeated(SIZE, "[a host1 A]\n[0:01] a: ", "[x](");
	repeated(SIZE, "[a host1 A]\n[0:01] a: ", "<!--");
	repeated(SIZE, "---\ntitle: x\nmp3: a\n---\n", "<podcast> {% ");
	repeated(SIZE, "---\ntitle: x\nmp3: a\n---\n", "## A\n<podcast>\n");
	repeated(SIZE, "---\n", "a: b\n");
	repeated(SIZE, "---\ntranscript:\n", "- line: a\n");
	repeated(SIZE, "---\nnumber: 1\nurl: a.mp3\n---\n", "0:01 [a](");
	repeated(SIZE, "---\nnumber: 1\nurl: a.mp3\n---\n", "* 0:01 a\n");
	repeated(SIZE, "=title x\n=mp3 a.mp3\n", "<a href=");
	repeated(SIZE, "=title x\n=mp3 a.mp3\n", "<img src=\"a\"/><li>");
	repeated(SIZE, "=title x\n=mp3 a.mp3\n", "<!--");
	repeated(SIZE, "start\tend\ttext\n", "0\t1\ta\n");
	repeated(SIZE, "<cite>a</cite><time>0:01</time><p>", "<");
	repeated(SIZE, "<time>0:01</time>", "<p>a");
	repeated(SIZE, "{\"segments\":[", "{\"startTime\":1,\"body\":\"a\"},");
	repeated(SIZE, "{\"segments\":[{\"start\":1,\"text\":\"", "NaN\\\"");
	repeated(SIZE, "{\"words\":[", "[");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_mebibytes_of_digits_and_colons_cost_linear_time),
		cmocka_unit_test(long_lists_in_json_cost_linear_time),
		cmocka_unit_test(repeated_marks_of_each_dialect_cost_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

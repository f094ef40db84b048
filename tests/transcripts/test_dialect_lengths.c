/* What a long hostile file costs: time in proportion to its length.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "base/clock.h"

enum { SIZE = 4 * 1024 * 1024 };

static void parse_with_each(struct span bytes)
{
	static const struct dialect *const all[] = {&dialect_speaker_lines, &dialect_stamped_lines, &dialect_inline_stamps,
		&dialect_webvtt, &dialect_code_maven};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		transcript_destroy(all[i]->parse(bytes, 1, NULL));
}

/* One pattern repeated to 4 MiB, detected and parsed by each: linear work takes a fraction of a second; the limit leaves
 * room for sanitizers and a busy machine, and none for a square. */
static void repeated(const char *head, const char *pattern)
{
	enum { LIMIT_MS = 20000 };
	struct buf text = {0};
	buf_text(&text, head);
	while (text.n < SIZE)
		buf_text(&text, pattern);
	int64_t start = clock_mono_ms();
	struct document *d = document_read("x.txt", buf_view(&text), NULL);
	parse_with_each(buf_view(&text));
	int64_t took = clock_mono_ms() - start;
	if (took > 3000)
		print_message("%.20s...: %d ms\n", pattern, (int)took);
	assert_true(took < LIMIT_MS);
	document_destroy(d);
	buf_finish(&text);
}

static void hostile_lengths_cost_linear_time(void **state)
{
	(void)state;
	static const char *const patterns[] = {"1:11", "1:11 ", "0:00 99:59 ", ":", "1", "[", "<", "&", "`", "[0:01] ", "<!--", "<a ",
		"](", "[x](", "0:01 A: ", " ", "\xC2\xA0", "\xE2\x80\xA8", "\n", "0:01\n", "A B ", "<v a>", "{%", ">>", "- ", "\r"};
	for (size_t i = 0; i < COUNT_OF(patterns); i++)
		repeated("", patterns[i]);
	repeated("WEBVTT\n\n00:01.000 --> 00:02.000\n", "<v x>a");
	repeated("WEBVTT\n\n", "00:01.000 --> 00:02.000\na\n\n");
	repeated("[a host1 A]\n", "[0:01] b: c\n");
	repeated("---\ntitle: x\nmp3: a\n---\n", "<podcast> {% ");
	repeated("---\ntitle: x\nmp3: a\n---\n", "## A\n<podcast>\n");
	repeated("---\n", "a: b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_lengths_cost_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

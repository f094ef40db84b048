/* The line in a text at which a JSON value stands.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json_lines.h"
#include "base/mem.h"

static void every_value_knows_its_line(void **state)
{
	(void)state;
	static const char text[] = "\n{ \"a\": 1,\n\"b\" :\n[true, null,\n-2.5e3, \"x\\\"y\n\"],\r\n\"c\": {},\r\"d\": "
		"{\"e\": [[], [\n{\"f\":\"g\"}]]},\n\"h\": \"\"}";
	static const struct { const char *pointer; int line; } cases[] = {{"", 2}, {"/a", 2}, {"/b", 4}, {"/b/0", 4},
		{"/b/1", 4}, {"/b/2", 5},
		{"/b/3", 5}, {"/c", 7}, {"/d", 8}, {"/d/e", 8}, {"/d/e/0", 8}, {"/d/e/1", 8}, {"/d/e/1/0", 9}, {"/d/e/1/0/f", 9},
			{"/h", 10}};
	struct why why;
	cJSON *tree = json_parse(span_of(text), &why);
	assert_non_null(tree);
	struct json_lines *lines = json_lines_create(span_of(text), tree);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const cJSON *item = json_at(tree, cases[i].pointer);
		assert_non_null(item);
		if (json_lines_find(lines, item) != cases[i].line)
			print_error("%s\n", cases[i].pointer);
		assert_int_equal(json_lines_find(lines, item), cases[i].line);
	}
	cJSON other = {0};
	assert_int_equal(json_lines_find(lines, &other), 1);
	assert_int_equal(json_lines_find(lines, NULL), 1);
	json_lines_destroy(lines);
	json_lines_destroy(NULL);
	cJSON_Delete(tree);
}

static void a_value_alone_has_a_line_too(void **state)
{
	(void)state;
	struct why why;
	cJSON *tree = json_parse(span_of("\n\n 7 "), &why);
	struct json_lines *lines = json_lines_create(span_of("\n\n 7 "), tree);
	assert_int_equal(json_lines_find(lines, tree), 3);
	json_lines_destroy(lines);
	cJSON_Delete(tree);
}

static void what_is_no_json_says_its_line(void **state)
{
	(void)state;
	static const struct { const char *text; int line; } cases[] = {{"{\n\"a\": 1,\n}", 3}, {"[1,\r\n2,\rx]", 3},
		{"{}\n\n{}", 3}, {"[\n\"\xC3\"]", 2}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct why why = {0};
		assert_null(json_parse(span_of(cases[i].text), &why));
		assert_int_equal(why.line, cases[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_knows_its_line),
		cmocka_unit_test(a_value_alone_has_a_line_too),
		cmocka_unit_test(what_is_no_json_says_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

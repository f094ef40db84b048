/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/yaml_tree.h"

static void json_is_refused_when_broken_deep_or_not_alone(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "{", "{\"a\":}", "[1,]", "1 2", "\"\xFF\"", "nul", "{\"a\":1}x"};
	struct why why;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_null(json_parse(span_of(bad[i]), &why));
	struct buf deep = {0};
	for (int i = 0; i < JSON_MAX_DEPTH + 1; i++)
		buf_char(&deep, '[');
	for (int i = 0; i < JSON_MAX_DEPTH + 1; i++)
		buf_char(&deep, ']');
	assert_null(json_parse(buf_view(&deep), &why));
	struct span fits = span_make(deep.p + 1, deep.n - 2);
	cJSON *tree = json_parse(fits, &why);
	assert_non_null(tree);
	cJSON_Delete(tree);
	buf_finish(&deep);
	/* Brackets inside strings are text. */
	tree = json_parse(span_of(" {\"a\":\"[[[[\\\"{{{\"} \n"), &why);
	assert_string_equal(json_get(tree, "a")->valuestring, "[[[[\"{{{");
	cJSON_Delete(tree);
}

static void halves_of_characters_and_nul_are_read_as_what_stands_for_them(void **state)
{
	(void)state;
	static const struct { const char *json, *text; } table[] = {
		{"\"cut\\ud83d\"", "cut\xEF\xBF\xBD"}, {"\"\\uDD14 low\"", "\xEF\xBF\xBD low"}, {"\"\\ud83d\\uDD14\"",
			"\xF0\x9F\x94\x94"},
		{"\"\\ud83d\\ud83d\\udd14\"", "\xEF\xBF\xBD\xF0\x9F\x94\x94"}, {"\"a\\u0000b\"", "a\xEF\xBF\xBD" "b"},
			{"\"\\\\ud83d\"", "\\ud83d"},
		{"\"\\ud83d\\n\"", "\xEF\xBF\xBD\n"}, {"\"\\\\\\ud83dx\"", "\\\xEF\xBF\xBDx"}};
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct why why = {0};
		cJSON *tree = json_parse(span_of(table[i].json), &why);
		if (!tree)
			fail_msg("%s: %s", table[i].json, why.text);
		assert_string_equal(tree->valuestring, table[i].text);
		cJSON_Delete(tree);
	}
	static const char *const bad[] = {"\"\\ud8", "\"\\ud83\"", "\"\\ud83d", "\\ud83d", "\"\\", "\"\\u000"};
	struct why why;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_null(json_parse(span_of(bad[i]), &why));
}

static void json_pointers_find_members_and_items(void **state)
{
	(void)state;
	cJSON *tree = json_parse(span_of("{\"a\":{\"b/c\":[10,{\"d~\":true}]},\"n\":9007199254740993}"), NULL);
	int64_t n;
	assert_true(json_i64(json_at(tree, "/a/b~1c/0"), &n) && n == 10);
	assert_true(json_is_true(json_at(tree, "/a/b~1c/1/d~0")));
	assert_null(json_at(tree, "/a/x"));
	assert_null(json_at(tree, "/a/b~1c/-1"));
	assert_null(json_at(tree, "a"));
	assert_ptr_equal(json_at(tree, ""), tree);
	assert_null(json_get(tree, "A"));
	cJSON_Delete(tree);
}

static void written_json_reads_back(void **state)
{
	(void)state;
	struct buf out = {0};
	struct json_writer w;
	json_begin(&w, &out);
	json_open(&w, '{');
	json_key(&w, "text"), json_text(&w, span_of("a\"b"));
	json_key(&w, "none"), json_text_or_null(&w, (struct span){NULL, 0});
	json_key(&w, "numbers"), json_open(&w, '[');
	json_number(&w, 0.1), json_number(&w, 1e300), json_int(&w, -5), json_number(&w, 1.0 / 0.0);
	json_close(&w, ']');
	json_key(&w, "yes"), json_bool(&w, true);
	json_close(&w, '}');
	assert_string_equal(out.p, "{\"text\":\"a\\\"b\",\"none\":null,\"numbers\":[0.1,1e+300,-5,null],\"yes\":true}");
	buf_finish(&out);
}

static void times_are_read_in_every_common_form(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"1970-01-01", 0}, {"2026-11-20T09:30:00Z", 1795167000000}, {"2026-11-20T09:30:00.25Z", 1795167000250},
		{"2026-11-20 10:30:00+01:00", 1795167000000}, {"2026-11-20T09:30", 1795167000000}, {"1795167000", 1795167000000},
		{"1795167000.5", 1795167000500}, {"2016-02-29T00:00:00", 1456704000000}, {"1969-12-31T23:59:59Z", -1000},
	};
	int64_t ms;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(time_parse(span_of(cases[i].text), &ms), OK);
		assert_int_equal(ms, cases[i].ms);
	}
	static const char *const bad[] = {"", "yesterday", "2026-13-01", "2026-02-29", "2026-11-20T25:00:00", "2026-11-20T09",
		"2026-11-20T09:30:00x", "1e400"};
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(time_parse(span_of(bad[i]), &ms), E_FORMAT);
}

static void times_are_written_as_they_are_read(void **state)
{
	(void)state;
	struct buf out = {0};
	int64_t ms;
	time_format_iso(&out, 1795167000250);
	assert_string_equal(out.p, "2026-11-20T09:30:00.250Z");
	buf_clear(&out);
	time_format_http(&out, 1795167000000);
	assert_string_equal(out.p, "Fri, 20 Nov 2026 09:30:00 GMT");
	assert_int_equal(time_parse_http(buf_view(&out), &ms), OK);
	assert_int_equal(ms, 1795167000000);
	assert_int_equal(time_parse_http(span_of("Fri, 20 Nov 2026"), &ms), E_FORMAT);
	buf_finish(&out);
}

static void yaml_keeps_lines_and_refuses_aliases_and_twins(void **state)
{
	(void)state;
	struct why why;
	struct yaml *y = yaml_parse(span_of("a: 1\nlist:\n  - x\n  - {b: 'y'}\nnone: ~\ntext: \"\"\n"), 10, &why);
	assert_non_null(y);
	assert_true(span_is(yaml_text(yaml_get(y, "a")), "1"));
	assert_int_equal(yaml_get(y, "list")->items[1]->line, 13);
	assert_true(yaml_is_none(yaml_get(y, "none")));
	assert_false(yaml_is_none(yaml_get(y, "text")));
	assert_null(yaml_get(y, "missing"));
	yaml_delete(y);
	assert_null(yaml_parse(span_of("a: &x 1\nb: *x\n"), 1, &why));
	assert_int_equal(why.line, 2);
	assert_null(yaml_parse(span_of("a: 1\nb: 2\na: 3\n"), 1, &why));
	assert_int_equal(why.line, 3);
	assert_null(yaml_parse(span_of("a: [1\nb: }\n"), 1, &why));
	assert_null(yaml_parse(span_of("a: \"\\0\"\n"), 1, &why));
	y = yaml_parse(span_of(""), 1, &why);
	assert_int_equal(y->kind, YAML_MAP);
	yaml_delete(y);
	struct buf deep = {0};
	for (int i = 0; i < 10000; i++)
		buf_char(&deep, '[');
	assert_null(yaml_parse(buf_view(&deep), 1, &why));
	buf_finish(&deep);
}

static void an_event_is_copied_whole(void **state)
{
	(void)state;
	struct event ev = {.seq = 7, .time_ms = 5, .magnitude = 100, .polarity = -1, .actor_kind = ACTOR_ANON, .n_tags = 2,
		.id = span_of("i"), .source = span_of("s"), .channel = span_of("c"), .kind = span_of("edit"),
		.entity = span_of("Caf\xC3\xA9"), .label = span_of("Caf\xC3\xA9"), .unit = span_of("bytes"), .url = span_of(""),
		.namespace_ = span_of("0"), .tags = {span_of("minor"), span_of("#x")}};
	struct event *copy = event_copy(&ev);
	assert_true(copy->entity.p != ev.entity.p && span_equal(copy->entity, ev.entity));
	assert_null(copy->actor.p);
	assert_true(span_is(copy->tags[1], "#x"));
	struct buf out = {0};
	struct json_writer w;
	json_begin(&w, &out);
	json_open(&w, '{');
	event_write_members(&w, copy);
	json_close(&w, '}');
	assert_string_equal(out.p, "{\"seq\":7,\"time\":5,\"source\":\"s\",\"channel\":\"c\",\"namespace\":0,\"kind\":\"edit\","
		"\"entity\":\"Caf\xC3\xA9\",\"actor\":null,\"actor_kind\":\"anon\",\"magnitude\":100,\"unit\":\"bytes\","
		"\"polarity\":-1,\"accent\":false,\"tags\":[\"minor\",\"#x\"],\"label\":\"Caf\xC3\xA9\",\"url\":\"\"}");
	buf_finish(&out);
	free(copy);
}

static void brackets_in_strings_are_not_depth(void **state)
{
	(void)state;
	struct buf text = {0};
	buf_text(&text, "{\"a\\\\\":\"");
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		buf_text(&text, "[[\\\"{\\\\");
	buf_text(&text, "\",\"b\":1}");
	cJSON *tree = json_parse(buf_view(&text), NULL);
	assert_non_null(tree);
	assert_true(json_get(tree, "b")->valuedouble == 1);
	cJSON_Delete(tree);
	/* The same brackets behind the string's end count. */
	buf_clear(&text);
	buf_text(&text, "[\"\\\\\",");
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		buf_char(&text, '[');
	struct why why = {0};
	assert_null(json_parse(buf_view(&text), &why));
	assert_non_null(strstr(why.text, "deeper"));
	buf_finish(&text);
}

/* Of many sizes, so that trees share blocks, fill them and have their own. */
static void parsed_trees_live_and_die_in_any_order(void **state)
{
	(void)state;
	enum { TREES = 40 };
	cJSON *trees[TREES];
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < TREES; i++) {
			struct buf text = {0};
			buf_format(&text, "{\"i\":%d,\"list\":[0", i);
			for (int k = 1; k < i * i * 4; k++)
				buf_format(&text, ",\"%d\"", k);
			buf_text(&text, "]}");
			trees[i] = json_parse(buf_view(&text), NULL);
			assert_non_null(trees[i]);
			assert_null(json_parse(span_make(text.p, text.n - 1), NULL));
			cJSON_AddNumberToObject(trees[i], "more", i);
			buf_finish(&text);
			if (i % 3 == 2) {
				cJSON_Delete(trees[i - 1]);
				trees[i - 1] = NULL;
			}
		}
		for (int i = 0; i < TREES; i++) {
			if (!trees[i])
				continue;
			assert_int_equal(cJSON_GetArraySize(json_get(trees[i], "list")), i ? i * i * 4 : 1);
			assert_true(json_get(trees[i], "more")->valuedouble == i && json_get(trees[i], "i")->valuedouble == i);
			cJSON_Delete(trees[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_refused_when_broken_deep_or_not_alone),
		cmocka_unit_test(halves_of_characters_and_nul_are_read_as_what_stands_for_them),
		cmocka_unit_test(json_pointers_find_members_and_items),
		cmocka_unit_test(written_json_reads_back),
		cmocka_unit_test(times_are_read_in_every_common_form),
		cmocka_unit_test(times_are_written_as_they_are_read),
		cmocka_unit_test(yaml_keeps_lines_and_refuses_aliases_and_twins),
		cmocka_unit_test(an_event_is_copied_whole),
		cmocka_unit_test(brackets_in_strings_are_not_depth),
		cmocka_unit_test(parsed_trees_live_and_die_in_any_order),
	};
	return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}

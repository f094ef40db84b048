/* SPDX-License-Identifier: MIT */
#include "server/wikimon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

#include <cmocka.h>

static void assert_message(const struct event *ev, const char *expected)
{
	struct buf out = {0};
	assert_true(wikimon_write(&out, ev));
	assert_string_equal(out.p, expected);
	buf_finish(&out);
}

static void an_edit_has_every_field_and_its_revisions_the_right_way_round(void **state)
{
	(void)state;
	struct event ev = {.kind = span_of("edit"), .channel = span_of("enwiki"), .namespace_ = span_of("0"), .magnitude = 12,
		.polarity = -1, .before = 7, .after = 9, .entity = span_of("Bell \"x\""), .actor = span_of("~2026-1-2"),
		.actor_kind = ACTOR_ANON, .url = span_of("https://en.wikipedia.org/?diff=9"),
		.summary = span_of("/* Use */ for @Ann, and @Ben #bells"), .n_tags = 3,
		.tags = {span_of("minor"), span_of("#bells"), span_of("unpatrolled")}};
	assert_message(&ev, "{\"action\":\"edit\",\"change_size\":-12,\"flags\":\"!M\",\"geo_ip\":{},\"hashtags\":[\"bells\"],"
		"\"mentions\":[\"Ann,\",\"Ben\"],\"is_anon\":true,\"is_bot\":false,\"is_minor\":true,\"is_new\":false,"
		"\"is_unpatrolled\":true,\"ns\":\"Main\",\"page_title\":\"Bell \\\"x\\\"\",\"rev_id\":\"9\",\"parent_rev_id\":\"7\","
		"\"summary\":\"/* Use */ for @Ann, and @Ben #bells\",\"section\":\"Use\",\"parsed_summary\":\"for @Ann, and @Ben #bells\","
		"\"url\":\"https://en.wikipedia.org/?diff=9\",\"user\":\"~2026-1-2\"}");
}

static void a_new_page_and_a_new_account_have_version_two_s_actions(void **state)
{
	(void)state;
	struct event page = {.kind = span_of("new"), .namespace_ = span_of("118"), .magnitude = 300, .polarity = 1, .after = 5,
		.entity = span_of("Draft:Tin"), .actor = span_of("B"), .actor_kind = ACTOR_BOT, .url = span_of("u")};
	assert_message(&page, "{\"action\":\"new\",\"change_size\":300,\"flags\":\"NB\",\"hashtags\":[],\"mentions\":[],"
		"\"is_anon\":false,\"is_bot\":true,\"is_minor\":false,\"is_new\":true,\"is_unpatrolled\":false,\"ns\":\"Draft\","
		"\"page_title\":\"Draft:Tin\",\"rev_id\":\"5\",\"parent_rev_id\":null,\"summary\":null,\"section\":null,"
		"\"parsed_summary\":null,\"url\":\"u\",\"user\":\"B\"}");
	struct event join = {.kind = span_of("join"), .accent = true, .entity = span_of("User:Ann"), .actor = span_of("Ann"),
		.url = span_of("https://x/")};
	struct buf out = {0};
	assert_true(wikimon_write(&out, &join));
	assert_non_null(strstr(out.p, "\"action\":\"newusers\",\"change_size\":0,"));
	assert_non_null(strstr(out.p, "\"ns\":\"Special\",\"page_title\":\"Special:Log/newusers\""));
	assert_non_null(strstr(out.p, "\"url\":\"create\",\"user\":\"Ann\"}"));
	buf_clear(&out);
	join.accent = false;
	assert_true(wikimon_write(&out, &join));
	assert_non_null(strstr(out.p, "\"url\":\"byemail\""));
	buf_finish(&out);
}

static void what_wikimon_never_sent_is_not_sent(void **state)
{
	(void)state;
	static const char *const kinds[] = {"log", "categorize", "external", "block"};
	struct buf out = {0};
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct event ev = {.kind = span_of(kinds[i]), .entity = span_of("x")};
		assert_false(wikimon_write(&out, &ev));
	}
	assert_int_equal(out.n, 0);
}

static void a_language_names_its_wiki(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"en", "enwiki"}, {"wikidata", "wikidatawiki"}, {"zh-min-nan", "zh_min_nanwiki"}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = {0};
		wikimon_channel(&out, span_of(cases[i][0]));
		assert_string_equal(out.p, cases[i][1]);
		buf_finish(&out);
	}
	assert_true(wikimon_accepts(NULL, span_of("be-x-old")));
	assert_false(wikimon_accepts(NULL, span_of("en wiki")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edit_has_every_field_and_its_revisions_the_right_way_round),
		cmocka_unit_test(a_new_page_and_a_new_account_have_version_two_s_actions),
		cmocka_unit_test(what_wikimon_never_sent_is_not_sent),
		cmocka_unit_test(a_language_names_its_wiki),
	};
	return cmocka_run_group_tests_name("wikimon", tests, NULL, NULL);
}

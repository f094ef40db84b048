/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "server/template.h"

static char *page(const char *name, const char *json)
{
	struct buf out = {0};
	cJSON *data = json_parse(span_of(json), NULL);
	assert_non_null(data);
	template_page(NULL, name, data, &out);
	cJSON_Delete(data);
	return buf_take(&out);
}

static void values_are_escaped_and_sections_follow_the_data(void **state)
{
	(void)state;
	char *html = page("home", "{\"title\":\"<T>\",\"site\":\"S&S\",\"is_home\":true,\"stations\":["
		"{\"name\":\"a\",\"title\":\"<script>\"},{\"name\":\"b\",\"title\":\"B\"}]}");
	assert_non_null(strstr(html, "<title>&lt;T&gt;</title>"));
	assert_non_null(strstr(html, "<a href=\"/stations/a\">&lt;script&gt;</a>"));
	assert_non_null(strstr(html, "/stations/b/listen.mp3"));
	assert_non_null(strstr(html, "Nothing was imported yet"));
	assert_null(strstr(html, "No station is configured"));
	assert_null(strstr(html, "<script>"));
	assert_null(strstr(html, "{{"));
	free(html);
}

static void assets_carry_their_digest(void **state)
{
	(void)state;
	char *html = page("station", "{\"title\":\"t\",\"name\":\"n\",\"heading\":\"h\",\"sources\":[],\"rate\":12}");
	char *link = strstr(html, "/assets/");
	assert_non_null(link);
	assert_non_null(strstr(html, "/station.js"));
	assert_non_null(strstr(html, "synth.wasm"));
	assert_non_null(strstr(html, "<span id=\"rate\">12</span>"));
	free(html);
}

static void an_inner_name_hides_an_outer_one(void **state)
{
	(void)state;
	char *html = page("search", "{\"title\":\"outer\",\"query\":\"a\\\"b\",\"searched\":true,\"found\":\"1\",\"hits\":["
		"{\"url\":\"/u\",\"heading\":\"H\",\"has_moments\":true,\"moments\":[{\"url\":\"/u#t=1\",\"time\":\"0:01\",\"speaker\":\"\","
		"\"html\":\"a <mark>b</mark>\"}]}]}");
	assert_non_null(strstr(html, "<a class=\"time\" href=\"/u#t=1\">0:01</a> <span>a <mark>b</mark></span>"));
	assert_non_null(strstr(html, "value=\"a&quot;b\""));
	free(html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped_and_sections_follow_the_data),
		cmocka_unit_test(assets_carry_their_digest),
		cmocka_unit_test(an_inner_name_hides_an_outer_one),
	};
	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}

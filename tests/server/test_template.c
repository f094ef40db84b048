/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
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

static void hear(void *data, const char *file, int line, const char *text)
{
	buf_format(data, "%.*s:%d: %s\n", SPAN_ARG(file_stem(file)), line, text);
}

/* The owner's templates in a folder of their own; faults gets what was told of them. */
static struct templates *load_own(const char *const (*files)[2], size_t n, struct buf *faults)
{
	char site[] = "/tmp/carillon-templates-XXXXXX", command[96];
	assert_non_null(mkdtemp(site));
	char *folder = file_join(site, "templates");
	assert_int_equal(file_make_folder(folder, NULL), OK);
	for (size_t i = 0; i < n; i++) {
		char *file = file_join(folder, files[i][0]);
		assert_int_equal(file_replace(file, span_of(files[i][1]), NULL), OK);
		free(file);
	}
	struct templates *t = templates_load(site, hear, faults);
	snprintf(command, sizeof command, "rm -rf '%s'", site);
	assert_int_equal(system(command), 0);
	free(folder);
	return t;
}

static void assert_own(const char *text, const char *json, const char *expected)
{
	const char *const files[][2] = {{"item.html", text}};
	struct buf faults = {0}, out = {0};
	struct templates *t = load_own(files, 1, &faults);
	cJSON *data = json_parse(span_of(json), NULL);
	assert_non_null(data);
	assert_null(faults.p);
	template_render(t, "item", data, &out);
	assert_string_equal(out.p ? out.p : "", expected);
	cJSON_Delete(data);
	buf_finish(&out);
	templates_free(t);
}

static void mustache_is_as_it_is_written_down(void **state)
{
	(void)state;
	assert_own("a\n{{#x}}\nb {{n}}\n{{/x}}\nc\n", "{\"x\":[{\"n\":1},{\"n\":2.5}]}", "a\nb 1\nb 2.5\nc\n");
	assert_own("{{^x}}none{{/x}}{{#x}}{{.}},{{/x}}", "{\"x\":[\"a\",\"<\"]}", "a,&lt;,");
	assert_own("{{^x}}none{{/x}}{{#x}}some{{/x}}", "{\"x\":[]}", "none");
	assert_own("{{a.b.c}}{{{a.b.c}}}{{&a.b.c}}{{a.x.y}}", "{\"a\":{\"b\":{\"c\":\"<\"}}}", "&lt;<<");
	assert_own("{{#a}}{{b}}{{#c}}{{b}}{{/c}}{{/a}}", "{\"a\":{\"b\":1,\"c\":{\"b\":2}},\"b\":3}", "12");
	assert_own("{{! nothing }}x{{ y }}", "{\"y\":\"z\"}", "xz");
	assert_own("{{#no}}{{/no}}{{#f}}f{{/f}}{{#n}}n{{/n}}{{#s}}s{{/s}}", "{\"f\":false,\"n\":null,\"s\":\"\"}", "");
}

static void broken_ones_are_told_with_their_line(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"a\nb {{x", "item:2: this tag has no end: {{x}}"}, {"\n\n{{#x}}", "item:3: the section {{x}} has no end"},
		{"{{/x}}", "item:1: nothing is open that this could close: {{x}}"}, {"{{#x}}\n{{#y}}\n{{/x}}", "item:3: another section is to be closed before {{x}}"},
		{"{{asset:no.js}}", "item:1: no such asset: {{asset:no.js}}"}, {"{{asset:templates/item.html}}", "item:1: no such asset"},
		{"{{>item}}", "item:1: this template is part of itself"}, {"{{>nothing}}", "item:1: there is no such part"}, {"{{}}", "item:1: no name in {{}}"},
		{"{{a..b}}", "item:1: no such name: {{a..b}}"}, {"{{a.b.c.d.e}}", "item:1: no such name"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *const files[][2] = {{"item.html", rows[i][0]}};
		struct buf faults = {0}, out = {0};
		struct templates *t = load_own(files, 1, &faults);
		assert_non_null(faults.p);
		assert_int_equal(strncmp(faults.p, rows[i][1], strlen(rows[i][1])), 0);
		cJSON *data = json_parse(SPAN_LITERAL("{\"heading\":\"Here\"}"), NULL);
		template_render(t, "item", data, &out);
		assert_non_null(strstr(out.p, ">Here</a>")); /* the built-in one */
		cJSON_Delete(data);
		buf_finish(&out);
		buf_finish(&faults);
		templates_free(t);
	}
}

static void the_hash_tells_whether_they_have_changed(void **state)
{
	(void)state;
	const char *const one[][2] = {{"item.html", "a"}}, *const other[][2] = {{"item.html", "b"}};
	struct buf faults = {0};
	struct templates *a = load_own(one, 1, &faults), *again = load_own(one, 1, &faults), *b = load_own(other, 1, &faults);
	assert_true(templates_hash(a) == templates_hash(again));
	assert_true(templates_hash(a) != templates_hash(b));
	templates_free(a);
	templates_free(again);
	templates_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped_and_sections_follow_the_data),
		cmocka_unit_test(assets_carry_their_digest),
		cmocka_unit_test(an_inner_name_hides_an_outer_one),
		cmocka_unit_test(mustache_is_as_it_is_written_down),
		cmocka_unit_test(broken_ones_are_told_with_their_line),
		cmocka_unit_test(the_hash_tells_whether_they_have_changed),
	};
	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/config.h"

static char *folder;

static int make_folder(void **state)
{
	(void)state;
	folder = mem_strdup("/tmp/carillon-config-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	struct buf command = {0};
	buf_format(&command, "rm -r %s", folder);
	int result = system(command.p);
	buf_finish(&command);
	free(folder);
	return result;
}

/* Loads this text as a site's carillon.yaml; what was said on stderr is appended to said. */
static enum err load(const char *text, struct config **config, struct buf *said)
{
	char *path = file_join(folder, "carillon.yaml"), *log = file_join(folder, "stderr");
	assert_int_equal(file_replace(path, span_of(text), NULL), OK);
	fflush(stderr);
	int saved = dup(STDERR_FILENO);
	assert_non_null(freopen(log, "w", stderr));
	enum err e = config_load(folder, config);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(file_read(log, 1 << 20, said, NULL), OK);
	free(path);
	free(log);
	return e;
}

static void the_example_loads_and_has_every_key(void **state)
{
	(void)state;
	struct buf text = {0}, said = {0};
	char *path = file_join(getenv("TEST_DATA"), "../../carillon.yaml.example");
	assert_int_equal(file_read(path, 1 << 20, &text, NULL), OK);
	struct config *c;
	assert_int_equal(load(text.p, &c, &said), OK);
	assert_string_equal(said.p, "");
	assert_true(c->n_sources >= 3);
	const struct config_source *udp = config_source(c, span_of("ourwiki"));
	assert_string_equal(udp->url, "udp://127.0.0.1:1338/ourwiki");
	assert_true(udp->from.n == 1 && strcmp(udp->from.items[0], "127.0.0.1") == 0);
	assert_true(c->sources[1].rate == 3 && c->sources[1].repeat);
	assert_true(c->sources[0].rate < 0);
	assert_int_equal(c->stations[0].channel.n, 2);
	assert_string_equal(c->shows[0].category, "Technology");
	assert_string_equal(c->base_url, "https://example.org");
	assert_int_equal(c->n_imports, 2);
	assert_string_equal(c->imports[1].files, "transcripts/**/*.txt");
	assert_string_equal(c->imports[1].as, "speaker-lines");
	assert_int_equal(c->n_planet, 2);
	assert_string_equal(c->planet[0].url, "https://example.org/feed.xml");
	assert_null(c->planet[0].title);
	assert_string_equal(c->planet[1].title, "Ada's bells");
	assert_true(c->planet_interval_ms == 3600000 && !c->planet_private);
	config_destroy(c);
	buf_finish(&text);
	buf_finish(&said);
	free(path);
}

static void every_fault_is_reported_with_its_line_and_the_nearest_key(void **state)
{
	(void)state;
	struct buf said = {0};
	struct config *c;
	assert_int_equal(load(
		"titel: x\n"
		"sources:\n"
		"  - {name: a, url: \"ftp://x\", mapping: mediawiki}\n"
		"  - {name: A b, url: \"https://x/\", maping: mediawiki}\n"
		"stations:\n"
		"  - name: s\n"
		"    match: {source: nope, actor_kind: [robot]}\n"
		"    score: hatnot\n"
		"shows: bells\n"
		"import:\n"
		"  - {files: \"*.txt\", as: webvt}\n"
		"  - {files: \"*.txt\",\n"
		"     as: zzzzzzzzz}\n"
		"  - {file: a, as: auto}\n"
		"  - {files: a, as: pyvideo-talk}\n", &c, &said), E_FORMAT);
	assert_null(c);
	static const char *const expected[] = {
		"carillon.yaml:1: unknown key 'titel' in carillon.yaml; did you mean 'title'?",
		"carillon.yaml:3: a source's url begins with",
		"carillon.yaml:4: 'A b' can't be a name",
		"carillon.yaml:4: unknown key 'maping' in a source; did you mean 'mapping'?",
		"carillon.yaml:4: a source has no 'mapping'",
		"carillon.yaml:7: no source is named 'nope'",
		"carillon.yaml:7: unknown actor_kind 'robot'",
		"carillon.yaml:8: there is no score 'hatnot'; did you mean 'hatnote'?",
		"carillon.yaml:9: 'shows' is a list; begin each entry with '- name:'",
		"carillon.yaml:11: 'webvt' is no kind of file; did you mean 'webvtt'?",
		"carillon.yaml:13: 'zzzzzzzzz' is no kind of file; 'carillon import --kinds' lists them",
		"carillon.yaml:14: unknown key 'file' in an import; did you mean 'files'?",
		"carillon.yaml:14: an import has no 'files'; add files: VALUE",
	};
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		if (!strstr(said.p, expected[i]))
			fail_msg("not said: %s\nbut: %s", expected[i], said.p);
	buf_finish(&said);
}

static void broken_yaml_is_one_line_with_its_place(void **state)
{
	(void)state;
	struct buf said = {0};
	struct config *c;
	assert_int_equal(load("title: x\nsources: [a\n", &c, &said), E_FORMAT);
	assert_non_null(strstr(said.p, "carillon.yaml:3: not YAML"));
	buf_clear(&said);
	assert_int_equal(load("title: \xFF\n", &c, &said), E_FORMAT);
	assert_non_null(strstr(said.p, "carillon.yaml:"));
	buf_finish(&said);
}

static void an_event_without_a_namespace_passes_any_namespace(void **state)
{
	(void)state;
	struct buf said = {0};
	struct config *c;
	assert_int_equal(load("sources: [{name: w, url: \"http://x/\", mapping: mediawiki}]\n"
		"stations: [{name: s, match: {source: w, channel: [enwiki], namespace: 0, actor_kind: [member, anon]}}]\n", &c, &said),
		OK);
	const struct config_station *s = config_station(c, span_of("s"));
	struct event ev = {.source = span_of("w"), .channel = span_of("enwiki"), .namespace_ = span_of("0"), .kind = span_of("edit")};
	assert_true(config_station_wants(s, &ev));
	ev.namespace_ = span_of("1");
	assert_false(config_station_wants(s, &ev));
	ev.namespace_ = (struct span){NULL, 0};
	assert_true(config_station_wants(s, &ev));
	ev.actor_kind = ACTOR_BOT;
	assert_false(config_station_wants(s, &ev));
	ev.actor_kind = ACTOR_ANON;
	ev.channel = span_of("dewiki");
	assert_false(config_station_wants(s, &ev));
	config_destroy(c);
	buf_finish(&said);
}

static void a_missing_site_is_said(void **state)
{
	(void)state;
	struct config *c;
	assert_int_equal(config_load("/nowhere/at/all", &c), E_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_loads_and_has_every_key),
		cmocka_unit_test(every_fault_is_reported_with_its_line_and_the_nearest_key),
		cmocka_unit_test(broken_yaml_is_one_line_with_its_place),
		cmocka_unit_test(an_event_without_a_namespace_passes_any_namespace),
		cmocka_unit_test(a_missing_site_is_said),
	};
	return cmocka_run_group_tests_name("config", tests, make_folder, remove_folder);
}

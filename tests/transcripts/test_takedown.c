/* takedown.h: which items a rule means, and that one which is written wrongly takes down rather too much.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "transcripts/takedown.h"

static void hear(void *data, int line, const char *text)
{
	buf_format(data, "%d: %s\n", line, text);
}

static struct people_rules *people_of(const char *yaml)
{
	struct people_rules *people = people_rules_read(span_of(yaml), NULL, NULL);
	assert_non_null(people);
	return people;
}

static char *media[] = {"one.mp3"}, *names[] = {"Ada", "Ben Hur"};
static const struct takedown_item episode = {.place = "bells", .address = "shows/bells/one", .file = "episodes/one.md",
	.transcript_file = "transcripts/one.vtt", .media = media, .n_media = 1, .names = names, .n_names = 2};

static void a_rule_means_a_page_a_file_or_a_person(void **state)
{
	static const struct {
		const char *rule;
		unsigned parts;
	} cases[] = {
		{"{item: /shows/bells/one}", TAKEDOWN_ALL},
		{"{item: shows/bells/one/}", TAKEDOWN_ALL},
		{"{item: 'https://example.org/shows/bells/one#t=12'}", TAKEDOWN_ALL},
		{"{item: 'https://example.org/cast/shows/bells/one?x=1'}", TAKEDOWN_ALL},
		{"{item: /shows/bells/%6fne}", TAKEDOWN_ALL},
		{"{item: /shows/bells/ones}", 0},
		{"{item: /shows/other/one}", 0},
		{"{item: /conferences/bells/one}", 0},
		{"{item: /shows/bells/one, what: page}", TAKEDOWN_ALL},
		{"{item: /shows/bells/one, what: recording}", TAKEDOWN_RECORDING},
		{"{item: /shows/bells/one, what: [recording, transcript]}", TAKEDOWN_RECORDING | TAKEDOWN_TRANSCRIPT},
		{"{file: episodes/one.md}", TAKEDOWN_ALL},
		{"{file: episodes/one.md, what: transcript}", TAKEDOWN_TRANSCRIPT},
		{"{file: one.md}", 0},
		{"{file: transcripts/one.vtt}", TAKEDOWN_TRANSCRIPT},
		{"{file: transcripts/one.vtt, what: page}", TAKEDOWN_ALL},
		{"{file: media/one.mp3}", TAKEDOWN_RECORDING},
		{"{file: one.mp3}", TAKEDOWN_RECORDING},
		{"{file: elsewhere/one.mp3}", 0},
		{"{person: Ada Bell}", TAKEDOWN_ALL},
		{"{person: A. Bell}", TAKEDOWN_ALL},
		{"{person: 'https://example.org/people/ada-bell'}", TAKEDOWN_ALL},
		{"{person: BEN HUR, what: recording}", TAKEDOWN_RECORDING},
		{"{person: Ben}", 0},
	};
	struct people_rules *people = people_of("people:\n  - {name: Ada Bell, aliases: [Ada, A. Bell]}\n");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf yaml = {0}, said = {0};
		const struct dialect_faults faults = {hear, &said};
		struct why why = {0};
		buf_format(&yaml, "- %s\n", cases[i].rule);
		struct takedown *t = takedown_read(buf_view(&yaml), people, &faults, &why);
		assert_non_null(t);
		assert_string_equal(said.p ? said.p : "", "");
		assert_int_equal(t->n, 1);
		if (takedown_match(t, 0, &episode, people) != cases[i].parts)
			fail_msg("%s gives %u", cases[i].rule, takedown_match(t, 0, &episode, people));
		takedown_destroy(t);
		buf_finish(&yaml);
		buf_finish(&said);
	}
	people_rules_destroy(people);
	(void)state;
}

static void what_is_wrong_is_told_with_its_line_and_takes_down_rather_too_much(void **state)
{
	static const struct {
		const char *yaml, *said;
		size_t n;
		unsigned parts;
	} cases[] = {
		{"- {item: /shows/bells/one, raeson: x}", "1: unknown key 'raeson'; did you mean reason", 1, TAKEDOWN_ALL},
		{"\n- {item: /shows/bells/one, what: sound}", "2: what: there is no part 'sound', so the whole page is taken down", 1, TAKEDOWN_ALL},
		{"- {item: /shows/bells/one, what: [recording, trnscript]}", "did you mean transcript", 1, TAKEDOWN_ALL},
		{"- {item: /shows/bells/one, date: tomorrow}", "'tomorrow' is no date", 1, TAKEDOWN_ALL},
		{"- {item: /stations/one}", "'item' is a page", 0, 0},
		{"- {item: one}", "'item' is a page", 0, 0},
		{"- {reason: none}", "one of item, file and person", 0, 0},
		{"- {item: /shows/bells/one, file: episodes/one.md}", "one of item, file and person", 0, 0},
		{"- [a, b]", "a rule is a map", 0, 0},
		{"", "", 0, 0},
		{"# nothing\n", "", 0, 0},
		{"~", "", 0, 0},
	};
	struct people_rules *people = people_of("");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf said = {0};
		const struct dialect_faults faults = {hear, &said};
		struct why why = {0};
		struct takedown *t = takedown_read(span_of(cases[i].yaml), people, &faults, &why);
		assert_non_null(t);
		buf_text(&said, "");
		if (!strstr(said.p, cases[i].said) || (!cases[i].said[0] && said.n))
			fail_msg("%s: %s", cases[i].yaml, said.p);
		assert_int_equal(t->n, cases[i].n);
		if (t->n)
			assert_int_equal(takedown_match(t, 0, &episode, people), cases[i].parts);
		takedown_destroy(t);
		buf_finish(&said);
	}
	static const char *const broken[] = {"- {item: [", "item: /shows/bells/one", "just words", "'quoted'", "- &a {item: x}\n- *a"};
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		struct why why = {0};
		assert_null(takedown_read(span_of(broken[i]), people, NULL, &why));
		assert_true(why.text[0] != '\0');
	}
	people_rules_destroy(people);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_means_a_page_a_file_or_a_person),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line_and_takes_down_rather_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

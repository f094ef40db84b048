/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/sample.h"

#include "transcripts/people_rules.h"

static struct buf faults, found;

static void on_fault(void *data, int line, const char *text)
{
	(void)data;
	buf_format(&faults, "%d: %s\n", line, text);
}

static struct people_rules *read_rules(const char *yaml)
{
	const struct dialect_faults to = {on_fault, NULL};
	struct why why = {0};
	buf_clear(&faults);
	buf_text(&faults, "");
	struct people_rules *r = people_rules_read(span_of(yaml), &to, &why);
	if (!r)
		fail_msg("%s", why.text);
	return r;
}

static void on_person(void *data, const char *slug, const char *name)
{
	(void)data;
	buf_format(&found, "%s%s=%s", found.n ? " " : "", slug, name);
}

static void check(const struct people_rules *r, const char *place, const char *name, const char *wanted)
{
	buf_clear(&found);
	buf_text(&found, "");
	people_rules_resolve(r, place, span_of(name), on_person, NULL);
	assert_string_equal(found.p, wanted);
}

static const char rules_text[] =
	"people:\n"
	"  - {name: Ada Bell, aliases: [KLINGEL, \"A. Bell\"], about: Rings.}\n"
	"  - name: Ben Hur\n"
	"    slug: ben\n"
	"    in: {bells: [Ben], towers: Hur}\n"
	"compound:\n"
	"  \"Ada Bell and Ben\": [A. Bell, Ben]\n"
	"nobody: [Various speakers, Announcer]\n";

static void without_a_rule_names_are_one_when_their_slugs_are(void **state)
{
	(void)state;
	struct people_rules *r = read_rules("");
	check(r, "bells", "Carla Chime", "carla-chime=Carla Chime");
	check(r, "bells", "CARLA CHIME", "carla-chime=CARLA CHIME");
	check(r, "bells", "Ada Bell and Ben", "ada-bell-and-ben=Ada Bell and Ben");
	check(r, "bells", "?!", "");
	check(r, "bells", "", "");
	people_rules_destroy(r);
}

static void aliases_lead_to_their_person_some_only_in_one_show(void **state)
{
	(void)state;
	struct people_rules *r = read_rules(rules_text);
	assert_string_equal(faults.p, "");
	check(r, "", "Klingel", "ada-bell=Ada Bell");
	check(r, "chimes", "a  bell", "ada-bell=Ada Bell");
	check(r, "bells", "BEN", "ben=Ben Hur");
	check(r, "towers", "Hur", "ben=Ben Hur");
	check(r, "chimes", "Hur", "hur=Hur");
	check(r, "towers", "Ben Hur", "ben=Ben Hur");
	assert_string_equal(people_rules_find(r, "ada-bell")->about, "Rings.");
	assert_null(people_rules_find(r, "nobody-known"));
	people_rules_destroy(r);
}

static void a_compound_is_everyone_in_it_and_nobody_is_nobody(void **state)
{
	(void)state;
	struct people_rules *r = read_rules(rules_text);
	check(r, "bells", "Ada Bell and Ben", "ada-bell=Ada Bell ben=Ben Hur");
	check(r, "chimes", "ada bell AND ben", "ada-bell=Ada Bell ben=Ben Hur");
	check(r, "chimes", "Various Speakers", "");
	people_rules_destroy(r);
}

static void what_cant_be_meant_is_reported_and_left_out(void **state)
{
	(void)state;
	struct people_rules *r = read_rules("people:\n  - {name: Ada, aliases: [Twin]}\n  - {name: Ben, aliases: [twin]}\n"
		"  - {aliases: [x]}\n  - {name: Carl, age: 3}\ncompound:\n  \"A and B\": A\nfolk: []\n");
	check(r, "", "Twin", "twin=Twin");
	check(r, "", "Carl", "carl=Carl");
	check(r, "", "A and B", "a-and-b=A and B");
	static const char *const starts[] = {"3: ", "4: ", "5: ", "7: ", "8: "};
	for (size_t i = 0; i < COUNT_OF(starts); i++)
		if (!strstr(faults.p, starts[i]))
			fail_msg("no fault in line %s:\n%s", starts[i], faults.p);
	people_rules_destroy(r);
	struct why why = {0};
	assert_null(people_rules_read(SPAN_LITERAL("- a"), NULL, &why));
	assert_null(people_rules_read(SPAN_LITERAL("a: [\n"), NULL, &why));
}

static void names_of_several_are_told_from_those_of_one(void **state)
{
	(void)state;
	static const char *const several[] = {"Ada Bell and Ben Hur", "Ada Bell, Ben Hur", "A. Bell, B. Hur, C. Chime",
		"Ada Bell & Ben", "Ada/Ben"};
	static const char *const one[] = {"Ada Bell", "Ada Bell, Jr.", "Ada Bell, PhD", "Andrea Sandberg", "Ada M. Bell"};
	for (size_t i = 0; i < COUNT_OF(several); i++)
		assert_true(people_name_is_compound(span_of(several[i])));
	for (size_t i = 0; i < COUNT_OF(one); i++)
		assert_false(people_name_is_compound(span_of(one[i])));
}

static int finish(void **state)
{
	(void)state;
	buf_finish(&faults);
	buf_finish(&found);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rule_names_are_one_when_their_slugs_are),
		cmocka_unit_test(aliases_lead_to_their_person_some_only_in_one_show),
		cmocka_unit_test(a_compound_is_everyone_in_it_and_nobody_is_nobody),
		cmocka_unit_test(what_cant_be_meant_is_reported_and_left_out),
		cmocka_unit_test(names_of_several_are_told_from_those_of_one),
	};
	return cmocka_run_group_tests(tests, NULL, finish);
}

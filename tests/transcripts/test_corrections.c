/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/sample.h"

#include "transcripts/corrections.h"

static struct buf faults, changes;

static void on_fault(void *data, int line, const char *text)
{
	(void)data;
	buf_format(&faults, "%d: %s\n", line, text);
}

static void on_change(void *data, size_t rule, int line, struct span before, struct span after)
{
	(void)data;
	buf_format(&changes, "%zu:%d: %.*s | %.*s\n", rule, line, SPAN_ARG(before), SPAN_ARG(after));
}

static struct corrections *read_rules(const char *yaml)
{
	const struct dialect_faults to = {on_fault, NULL};
	struct why why = {0};
	buf_clear(&faults);
	buf_text(&faults, "");
	struct corrections *c = corrections_read(span_of(yaml), &to, &why);
	if (!c)
		fail_msg("%s", why.text);
	return c;
}

/* Cues of one turn, joined by '|' again; "/" starts a turn. */
static char *correct(const char *yaml, const char *show, const char *cues, size_t *n)
{
	struct corrections *c = read_rules(yaml);
	struct transcript *t = transcript_create();
	struct span rest = span_of(cues), piece;
	int line = 1;
	transcript_add_turn(t, SPAN_LITERAL("Ada"));
	for (; span_next_piece(&rest, '|', &piece); line++) {
		if (span_starts(piece, "/")) {
			transcript_add_turn(t, SPAN_LITERAL("Ben"));
			piece = span_from(piece, 1);
		}
		transcript_add_cue(t, line * 1000, -1, piece, line);
	}
	transcript_finish_build(t);
	const struct correction_report report = {on_change, NULL};
	buf_clear(&changes);
	buf_text(&changes, "");
	*n = corrections_apply(c, show, t, &report);
	struct buf out = {0};
	buf_text(&out, "");
	for (size_t i = 0; i < t->n_turns; i++)
		for (size_t k = 0; k < t->turns[i].n_cues; k++)
			buf_format(&out, "%s%s%.*s", out.n ? "|" : "", i && !k ? "/" : "",
				SPAN_ARG(t->cues[t->turns[i].first_cue + k].text));
	transcript_destroy(t);
	corrections_destroy(c);
	return buf_take(&out);
}

static void check(const char *yaml, const char *cues, const char *wanted, size_t wanted_n)
{
	size_t n;
	char *out = correct(yaml, "bells", cues, &n);
	if (strcmp(out, wanted) != 0 || n != wanted_n)
		fail_msg("%s\n%s: %zu times '%s', not %zu times '%s'", yaml, cues, n, out, wanted_n, wanted);
	free(out);
}

static void whole_words_are_corrected_whatever_their_case(void **state)
{
	(void)state;
	const char *rule = "- {from: spacey, to: spaCy}";
	check(rule, "We use spacey here", "We use spaCy here", 1);
	check(rule, "Spacey, SPACEY and spacey's.", "spaCy, spaCy and spaCy's.", 3);
	check(rule, "spaceys and unspacey stay", "spaceys and unspacey stay", 0);
	check("- {from: \xC3\x96l, to: Oil}", "das \xC3\xB6l und \xC3\x96" "lbild", "das Oil und \xC3\x96" "lbild", 1);
	check("- {from: Polar's, to: Polars}", "with polar's frames", "with Polars frames", 1);
	check("- {from: c plus plus, to: C++}", "In c plus plus.", "In C++.", 1);
}

static void an_exact_rule_looks_at_the_case(void **state)
{
	(void)state;
	check("- {from: IT, to: it, exact: true}", "IT is it, It isn't IT.", "it is it, It isn't it.", 2);
}

static void words_across_cues_are_corrected_where_as_many_replace_them(void **state)
{
	(void)state;
	check("- {from: talk python to me, to: Talk Python To Me}", "on talk|python to|me today", "on Talk|Python To|Me today", 1);
	check("- {from: data base, to: database}", "a data|base here", "a data|base here", 0);
	check("- {from: data base, to: database}", "a data base here", "a database here", 1);
	check("- {from: big bell, to: small bell}", "a big|/bell", "a big|/bell", 0);
}

static void rules_follow_each_other_and_dont_see_their_own_words(void **state)
{
	(void)state;
	check("- {from: a, to: a a}", "a b a", "a a b a a", 2);
	check("- {from: one, to: two}\n- {from: two, to: three}", "one", "three", 2);
	check("- {from: two, to: three}\n- {from: one, to: two}", "one two", "two three", 2);
}

static void what_is_left_empty_goes_with_its_turn(void **state)
{
	(void)state;
	check("- {from: um, to: \"\"}", "so um yes|um|/um|/well", "so yes|/well", 3);
}

static void a_rule_of_a_show_is_for_that_show(void **state)
{
	(void)state;
	size_t n;
	const char *rule = "- {from: ding, to: dong, show: chimes}";
	check(rule, "ding", "ding", 0);
	char *out = correct(rule, "chimes", "ding", &n);
	assert_string_equal(out, "dong");
	free(out);
}

static void changes_are_told_with_their_line_and_counted_by_rule(void **state)
{
	(void)state;
	size_t n;
	free(correct("- {from: x, to: y}\n- {from: ding, to: dong}", "bells", "no|ding ding", &n));
	assert_string_equal(changes.p, "1:2: ding ding | dong ding\n1:2: dong ding | dong dong\n");
	struct corrections *c = read_rules("- {from: x, to: y}\n- {from: ding, to: dong}");
	assert_int_equal(corrections_count(c), 2);
	assert_int_equal(corrections_at(c, 1)->line, 2);
	corrections_destroy(c);
}

static void rules_that_cant_be_meant_are_reported_and_left_out(void **state)
{
	(void)state;
	struct corrections *c = read_rules("- {from: a}\n- {to: b}\n- {from: a, to: b, fast: yes}\n- {from: a, to: b, exact: 3}\n"
		"- word\n- {from: good, to: fine}\n");
	assert_int_equal(corrections_count(c), 1);
	for (int line = 1; line <= 5; line++) {
		char start[8];
		snprintf(start, sizeof start, "%d: ", line);
		if (!strstr(faults.p, start))
			fail_msg("no fault in line %d:\n%s", line, faults.p);
	}
	corrections_destroy(c);
	struct why why = {0};
	assert_null(corrections_read(SPAN_LITERAL("from: a"), NULL, &why));
	assert_null(corrections_read(SPAN_LITERAL("- {from: [}"), NULL, &why));
	assert_int_equal(why.line, 1);
}

/* Whatever the text, a corrected transcript has no more cues than before, and a second run of the same rule on words that
 * it can't make changes nothing. */
static void random_texts_stay_whole(void **state)
{
	(void)state;
	static const char *const words[] = {"ding", "Dong", "di", "ng", "\xC3\xB6l", ",", "ding-dong", "bell", "|", "|/bell", "'s"};
	uint32_t seed = 7;
	for (int round = 0; round < 2000; round++) {
		struct buf text = {0};
		buf_text(&text, "start");
		for (int i = 0; i < 30; i++) {
			seed = seed * 1664525u + 1013904223u;
			const char *word = words[(seed >> 8) % COUNT_OF(words)];
			buf_format(&text, "%s%s", word[0] == '|' ? "" : " ", word);
		}
		size_t n, again;
		const char *rules = "- {from: ding dong, to: tick tock}\n- {from: ding, to: \"\"}\n- {from: bell, to: chime bells}";
		char *once = correct(rules, "bells", text.p, &n), *twice = correct(rules, "bells", once, &again);
		assert_string_equal(once, twice);
		assert_int_equal(again, 0);
		assert_null(strstr(once, "ding dong"));
		free(once);
		free(twice);
		buf_finish(&text);
	}
}

static int finish(void **state)
{
	(void)state;
	buf_finish(&faults);
	buf_finish(&changes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_words_are_corrected_whatever_their_case),
		cmocka_unit_test(an_exact_rule_looks_at_the_case),
		cmocka_unit_test(words_across_cues_are_corrected_where_as_many_replace_them),
		cmocka_unit_test(rules_follow_each_other_and_dont_see_their_own_words),
		cmocka_unit_test(what_is_left_empty_goes_with_its_turn),
		cmocka_unit_test(a_rule_of_a_show_is_for_that_show),
		cmocka_unit_test(changes_are_told_with_their_line_and_counted_by_rule),
		cmocka_unit_test(rules_that_cant_be_meant_are_reported_and_left_out),
		cmocka_unit_test(random_texts_stay_whole),
	};
	return cmocka_run_group_tests(tests, NULL, finish);
}

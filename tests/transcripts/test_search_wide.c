/* What a search finds beyond the words as typed, and what it leaves out: forms of words, sponsor reads, people under other
 * names, talks; and suggestions.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include "transcripts/archive_parts.h"
#include "transcripts/completion.h"
#include "transcripts/people_rules.h"

static const char *const english[] = {
	"Ada|0|This is the show and you know that we ring the bells of the tower with them.",
	"|10|This episode is brought to you by Ropeworks.",
	"|15|Ropeworks makes ropes for bells. Visit ropeworks.com today.",
	"Ben|30|The ringer was ringing and the ringers rang. She rings it for you and for me.",
	"Ada|40|Use asyncio.gather and the pandas library on .NET, they are good for you and they are fast.",
	"|50|One panda is in the zoo, and this is what we have to say of it.",
	"Ada|60|Bells are the reason that you are here.",
	NULL};
static const char *const exact[] = {
	"Cleo|0|The bell is what this is about, and you know that they are in the tower that we have.",
	"|5|It was one bell, a bell, the bell of the town.", NULL};
static const char *const plural[] = {
	"Cleo|0|The bells are what this is about, and you know that they are in the tower that we have.",
	"|5|It was many bells, no, the bells of the town.", NULL};
static const char *const german[] = {
	"Dora|0|Das ist die Glocke, und ich weiß, dass sie nicht auf dem Turm ist, aber wir sind mit ihr gegangen.",
	"|9|Die Glocken in den Häusern läuten auch, wenn wir sie hören und sich eine bewegt.", NULL};
static const char *const french[] = {
	"Emile|0|Les cloches sont dans la tour, et nous avons une corde pour vous, mais je ne parle pas avec des amis.",
	"|9|Il parlait de la cloche qui est tombée, et ce que nous parlons est sur le toit.", NULL};

static void put_talk(const char *slug, const char *title, const char *speaker, const char *conference)
{
	struct document *d = sample_document(DOCUMENT_TALK, title, "2017-05-20", NULL);
	struct document_credit *credit = document_add_credit(d);
	document_set(&credit->name, span_of(speaker));
	document_set(&credit->role, SPAN_LITERAL("speaker"));
	struct archive_file file = {.path = "talks/all.json", .part = slug, .content_hash = 1, .show = "",
		.conference = conference, .slug = slug, .document = d};
	struct why why = {0};
	if (archive_put(archive, &file, &why))
		fail_msg("%s", why.text);
	document_destroy(d);
}

static int set_up(void **state)
{
	(void)state;
	static const char rules[] = "people:\n  - {name: Benjamin Bell, aliases: [Ben]}\n";
	struct people_rules *people = people_rules_read(SPAN_LITERAL(rules), NULL, NULL);
	archive_set_up(state);
	sample_put(archive, "english", sample_document(DOCUMENT_EPISODE, "Towers", "2018-06-01", sample_transcript(english)));
	sample_put(archive, "plural", sample_document(DOCUMENT_EPISODE, "Many", "2019-01-01", sample_transcript(plural)));
	sample_put(archive, "exact", sample_document(DOCUMENT_EPISODE, "One", "2019-01-01", sample_transcript(exact)));
	sample_put(archive, "german", sample_document(DOCUMENT_EPISODE, "Glocken", "2020-01-01", sample_transcript(german)));
	sample_put(archive, "french", sample_document(DOCUMENT_EPISODE, "Cloches", "2020-02-01", sample_transcript(french)));
	put_talk("casting", "Casting for beginners", "Frida Foundry", "towercon-2017");
	put_talk("ropes", "Ropes and knots", "Gus Rope", "towercon-2018");
	assert_int_equal(archive_settle_people(archive, people, 1, NULL), OK);
	assert_int_equal(archive_settle(archive, NULL), OK);
	people_rules_destroy(people);
	return 0;
}

/* The slugs of the hits in their order, and all their moments' marked words. */
static void check_request(struct search_request request, const char *slugs, const char *marked)
{
	struct search_result *r = search_by(request);
	struct buf found = {0}, marks = {0};
	buf_text(&found, "");
	buf_text(&marks, "");
	for (size_t i = 0; i < r->n_hits; i++) {
		buf_format(&found, "%s%s", i ? " " : "", r->hits[i].item->slug);
		for (size_t k = 0; k < r->hits[i].n_moments; k++)
			for (const char *p = r->hits[i].moments[k].html; (p = strstr(p, "<mark>")); p++)
				buf_format(&marks, "%s%.*s", marks.n ? "|" : "", (int)strcspn(p + 6, "<"), p + 6);
	}
	if (strcmp(found.p, slugs) != 0 || (marked && strcmp(marks.p, marked) != 0))
		fail_msg("%.*s: %s; %s", SPAN_ARG(request.query), found.p, marks.p);
	buf_finish(&found);
	buf_finish(&marks);
	search_result_free(r);
}

static void check(const char *query, const char *slugs, const char *marked)
{
	check_request((struct search_request){.query = span_of(query)}, slugs, marked);
}

static void a_word_finds_its_forms_in_the_recordings_languages(void **state)
{
	(void)state;
	check("ringed", "english", "ringing|rings|ring");
	check("glocke", "german", "Glocke|Glocken");
	check("haus", "german", "Häusern");
	check("parler", "french", "parle|parlait");
	check("\"glocke\"", "german", "Glocke");
	check("\"ringed\"", "", "");
}

static void what_was_typed_comes_before_its_other_forms(void **state)
{
	(void)state;
	struct search_result *r = search_by((struct search_request){.query = SPAN_LITERAL("bell")});
	assert_int_equal(r->total, 3);
	assert_string_equal(r->hits[0].item->slug, "exact");
	search_result_free(r);
	r = search_by((struct search_request){.query = SPAN_LITERAL("bells")});
	assert_string_equal(r->hits[0].item->slug, "plural");
	assert_string_equal(r->hits[r->n_hits - 1].item->slug, "exact");
	search_result_free(r);
}

static void names_of_code_have_no_forms(void **state)
{
	(void)state;
	check("asyncio.gather", "english", "asyncio.gather");
	check("asyncio.gathers", "", "");
	check(".nets", "", "");
	check("\"panda\"", "english", "panda");
}

static void what_is_said_for_a_sponsor_is_left_out_unless_asked_for(void **state)
{
	(void)state;
	check("ropeworks", "", "");
	check("\"makes ropes\"", "", "");
	check("with:sponsors ropeworks", "english", "Ropeworks. Ropeworks|ropeworks");
	check_request((struct search_request){.query = SPAN_LITERAL("ropeworks"), .with_sponsors = true}, "english", NULL);
	struct search_result *r = search_by((struct search_request){.query = SPAN_LITERAL("with:sponsors ropeworks")});
	assert_true(r->hits[0].moments[0].is_sponsored);
	search_result_free(r);
	r = search_by((struct search_request){.query = SPAN_LITERAL("\"bells\" show:bells item:english")});
	assert_int_equal(r->total, 1);
	for (size_t i = 0; i < r->hits[0].n_moments; i++) {
		assert_false(r->hits[0].moments[i].is_sponsored);
		assert_true(r->hits[0].moments[i].start < 10 || r->hits[0].moments[i].start >= 30);
	}
	search_result_free(r);
	check("speaker:ada ropeworks", "", "");
}

static void everything_that_one_person_said_is_shown(void **state)
{
	(void)state;
	struct buf lines[60];
	const char *spoken[61];
	for (int i = 0; i < 60; i++) {
		lines[i] = (struct buf){0};
		buf_format(&lines[i], "%s|%d|A clapper is what I speak of, number %d.", i % 2 ? "Ida" : "Jon", i * 60, i);
		spoken[i] = lines[i].p;
	}
	spoken[60] = NULL;
	sample_put(archive, "clappers", sample_document(DOCUMENT_EPISODE, "Clappers", "2021-01-01", sample_transcript(spoken)));
	const struct { const char *query; size_t moments, wanted; } cases[] = {
		{"clapper", 0, SEARCH_MOMENTS_DEFAULT}, {"clapper speaker:ida", 0, SEARCH_HIGHLIGHTS},
		{"clapper speaker:ida", 200, 30}, {"clapper item:clappers", 0, SEARCH_HIGHLIGHTS}, {"clapper", 1, 1},
		{"clapper", 5000, 20}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result *r = search_by((struct search_request){.query = span_of(cases[i].query),
			.moments = cases[i].moments});
		assert_int_equal(r->n_hits, 1);
		assert_int_equal(r->hits[0].n_moments, cases[i].wanted);
		for (size_t k = 0; strstr(cases[i].query, "ida") && k < r->hits[0].n_moments; k++)
			assert_string_equal(r->hits[0].moments[k].speaker, "Ida");
		search_result_free(r);
	}
	assert_int_equal(archive_remove(archive, "episodes/clappers.md", NULL), OK);
	for (int i = 0; i < 60; i++)
		buf_finish(&lines[i]);
}

static void a_person_is_found_by_another_name(void **state)
{
	(void)state;
	check("speaker:benjamin ringer", "english", "ringer|ringers");
	check("speaker:\"benjamin bell\" ringer", "english", "ringer|ringers");
	check("speaker:benjamin asyncio", "", "");
}

static void talks_are_found_by_kind_conference_and_speaker(void **state)
{
	(void)state;
	check("conference:towercon ropes", "ropes", NULL);
	check("conference:towercon-2017", "casting", NULL);
	check("conference:\"TowerCon 2017\" kind:talk", "casting", NULL);
	check("kind:talk -ropes", "casting", NULL);
	check("conference:tower", "", NULL);
	check("conference:towercon kind:episode", "", NULL);
	check("speaker:frida", "casting", NULL);
	check("speaker:frida beginner", "casting", NULL);
	check("speaker:gus beginner", "", NULL);
	check("year:2017", "casting ropes", NULL);
	check_request((struct search_request){.query = SPAN_LITERAL("knot"), .conference = SPAN_LITERAL("towercon"),
		.kind = SPAN_LITERAL("Talk")}, "ropes", NULL);
	check_request((struct search_request){.query = SPAN_LITERAL(""), .conference = SPAN_LITERAL("towercon-2018")}, "ropes", NULL);
	struct search_result *r = search_by((struct search_request){.query = SPAN_LITERAL("casting")});
	assert_string_equal(r->hits[0].kind, "talk");
	assert_string_equal(r->hits[0].url, "/conferences/towercon-2017/casting");
	search_result_free(r);
}

static void forms_over_the_limit_are_counted(void **state)
{
	(void)state;
	struct buf line = {0};
	/* English's stemmer takes these endings off. */
	static const char *const endings[] = {"", "s", "ed", "ing", "ings", "er", "ers", "edly", "ingly", "ation", "ations", "ational",
		"ative", "atively", "ator", "ators", "ively", "ive", "iveness", "ful", "fully", "fulness", "ment", "ments", "ness", "ly",
		"able", "ably", "ance", "ant", "ent"};
	buf_text(&line, "Kim|0|And this is what you have of it, for we are in the tower that was");
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		buf_format(&line, " connect%s", endings[i]);
	const char *const lines[] = {line.p, NULL};
	sample_put(archive, "forms", sample_document(DOCUMENT_EPISODE, "Forms", "2021-01-01", sample_transcript(lines)));
	assert_int_equal(archive_settle(archive, NULL), OK);
	struct search_result *r = search_by((struct search_request){.query = SPAN_LITERAL("connect")});
	assert_int_equal(r->total, 1);
	assert_true(r->n_forms_left_out > 0);
	struct buf out = {0};
	struct json_writer w;
	json_begin(&w, &out);
	search_write_json(&w, &(struct search_request){.query = SPAN_LITERAL("connect")}, r, SPAN_LITERAL(""));
	assert_non_null(strstr(out.p, "\"forms_left_out\":"));
	buf_finish(&out);
	search_result_free(r);
	assert_int_equal(archive_remove(archive, "episodes/forms.md", NULL), OK);
	assert_int_equal(archive_settle(archive, NULL), OK);
	buf_finish(&line);
}

static void check_suggestions(const char *typed, const char *wanted)
{
	struct completion *list;
	size_t n;
	struct buf found = {0};
	buf_text(&found, "");
	assert_int_equal(completions_find(archive, span_of(typed), 0, &list, &n, NULL), OK);
	for (size_t i = 0; i < n; i++)
		buf_format(&found, "%s%s:%s", i ? "|" : "", list[i].kind, list[i].text);
	if (strcmp(found.p, wanted) != 0)
		fail_msg("%s: %s", typed, found.p);
	completions_free(list, n);
	buf_finish(&found);
}

static void suggestions_begin_as_what_is_typed(void **state)
{
	(void)state;
	check_suggestions("rin", "word:ring|word:ringer");
	check_suggestions("b", "");
	check_suggestions("", "");
	check_suggestions("frid", "word:frida|person:Frida Foundry");
	check_suggestions("casting fo", "word:casting for|word:casting foundry|title:Casting for beginners");
	check_suggestions("speaker:fri", "person:speaker:\"Frida Foundry\" ");
	check_suggestions("ropes speaker:\"gus", "person:ropes speaker:\"Gus Rope\" ");
	check_suggestions("läut", "word:lauten");
	struct completion *list;
	size_t n;
	assert_int_equal(completions_find(archive, SPAN_LITERAL("frida"), 3, &list, &n, NULL), OK);
	assert_string_equal(list[n - 1].url, "/people/frida-foundry");
	completions_free(list, n);
	assert_int_equal(completions_find(archive, SPAN_LITERAL("casting"), 8, &list, &n, NULL), OK);
	assert_string_equal(list[n - 1].url, "/conferences/towercon-2017/casting");
	struct buf out = {0};
	struct json_writer w;
	json_begin(&w, &out);
	completions_write_json(&w, SPAN_LITERAL("casting"), list, n);
	cJSON *json = json_parse(buf_view(&out), NULL);
	assert_true(span_is(json_string(json_at(json, "/suggestions/0/kind")), "word"));
	assert_true(span_is(json_string(json_at(json, "/suggestions/0/url")), "/search?q=casting"));
	cJSON_Delete(json);
	buf_finish(&out);
	completions_free(list, n);
}

static void no_beginning_is_an_error(void **state)
{
	(void)state;
	const char *const typed[] = {"\"", "\" OR \"", "a\" b", "((((", "speaker:\"", "speaker:", "\xff\xfe", "  ", "-", "*", "a*", ":",
		"speaker:x speaker:\"a b\" c", "NEAR(a b"};
	for (size_t i = 0; i < COUNT_OF(typed); i++) {
		struct completion *list;
		size_t n;
		assert_int_equal(completions_find(archive, span_of(typed[i]), 20, &list, &n, NULL), OK);
		completions_free(list, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_finds_its_forms_in_the_recordings_languages),
		cmocka_unit_test(what_was_typed_comes_before_its_other_forms),
		cmocka_unit_test(names_of_code_have_no_forms),
		cmocka_unit_test(what_is_said_for_a_sponsor_is_left_out_unless_asked_for),
		cmocka_unit_test(everything_that_one_person_said_is_shown),
		cmocka_unit_test(a_person_is_found_by_another_name),
		cmocka_unit_test(talks_are_found_by_kind_conference_and_speaker),
		cmocka_unit_test(forms_over_the_limit_are_counted),
		cmocka_unit_test(suggestions_begin_as_what_is_typed),
		cmocka_unit_test(no_beginning_is_an_error),
	};
	return cmocka_run_group_tests(tests, set_up, archive_tear_down);
}

/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"


static const char *const tower[] = {
	"Anna Müller|0|Welcome to the tower, where we ring",
	"|4.5|the largest bell of",
	"|6|the whole town.",
	"Ben O'Neil|9.25|How do you build software for a carillon?",
	"|13|In C++ and a little C#,",
	"|15|but the museum's machine runs on .NET today.",
	"Anna Müller|20|We call asyncio.gather, then format an f-string.",
	"|25|The café in the tower serves crème brûlée.",
	"Ben O'Neil|30|Is 1 < 2 & \"quoted\" <script>alert(1)</script> fine?",
	NULL};
static const char *const market[] = {
	"Carla|0|The market has a bell too, a small bell, the bell of",
	"|5|the market.",
	"Carla|10|Nobody there writes Python, nobody at all.",
	"Dora|15|I like carillons and software, largely.",
	"Carla|20|Software is built elsewhere. A town needs it.",
	NULL};
static const char *const loose[] = {"|0|a plain transcript of a lecture on bells,", "|3.125|with no speakers", NULL};

static int set_up(void **state)
{
	archive_set_up(state);
	struct document *d = sample_document(DOCUMENT_EPISODE, "The Tower", "2018-06-01", sample_transcript(tower));
	free(d->notes);
	d->notes = mem_strdup("We speak of *campanology*.");
	sample_put(archive, "tower", d);
	sample_put(archive, "market", sample_document(DOCUMENT_EPISODE, "Market day", "2020-02-01",
		sample_transcript(market)));
	d = sample_document(DOCUMENT_EPISODE, "Not yet", "2020-03-01", sample_transcript(market));
	d->published = false;
	sample_put(archive, "draft", d);
	d = sample_document(DOCUMENT_TRANSCRIPT, "A lecture", NULL, sample_transcript(loose));
	free(d->show);
	d->show = mem_strdup("other show");
	sample_put(archive, "lecture", d);
	assert_int_equal(archive_settle(archive, NULL), OK);
	return 0;
}

static struct search_result *find(const char *query)
{
	return search_by((struct search_request){.query = span_of(query)});
}

/* The first hit's slug, its best moment's second, and how many hits there are. */
static void check_moment(const char *query, size_t total, const char *slug, double start, double end,
	const char *speaker)
{
	struct search_result *r = find(query);
	if (r->total != total || r->n_hits == 0 || !r->hits[0].n_moments)
		fail_msg("%s: %zu found", query, r->total);
	assert_string_equal(r->hits[0].item->slug, slug);
	const struct search_moment *m = &r->hits[0].moments[0];
	if (m->start != start || m->end != end)
		fail_msg("%s: at %g to %g, not %g to %g: %s", query, m->start, m->end, start, end, m->html);
	assert_string_equal(m->speaker, speaker);
	search_result_free(r);
}

static void check_total(const char *query, size_t total)
{
	struct search_result *r = find(query);
	if (r->total != total || r->n_hits != total)
		fail_msg("%s: %zu, not %zu", query, r->total, total);
	search_result_free(r);
}

static void a_phrase_is_found_across_cue_borders(void **state)
{
	(void)state;
	check_moment("\"we ring the largest bell\"", 1, "tower", 0, 6, "Anna Müller");
	check_moment("\"ring the largest bell of the whole\"", 1, "tower", 0, 9.25, "Anna Müller");
	check_moment("\"of the whole town\"", 1, "tower", 4.5, 9.25, "Anna Müller");
	/* Across a change of speaker too: it begins where its first word stands. */
	check_moment("\"whole town how do\"", 1, "tower", 6, 13, "Anna Müller");
	check_total("\"ring largest\"", 0);
	check_total("\"largest the bell\"", 0);
}

static void a_word_is_found_at_its_second(void **state)
{
	(void)state;
	check_moment("largest", 1, "tower", 4.5, 6, "Anna Müller");
	check_moment("speakers", 1, "lecture", 3.125, 5.125 - 0.8, "");
	struct search_result *r = find("speakers");
	assert_string_equal(r->hits[0].url, "/shows/other%20show/lecture");
	assert_string_equal(r->hits[0].moments[0].url, "/shows/other%20show/lecture#t=3.125");
	assert_string_equal(r->hits[0].kind, "transcript");
	search_result_free(r);
	r = find("largest");
	assert_string_equal(r->hits[0].moments[0].url, "/shows/bells/tower#t=4.5");
	assert_string_equal(r->hits[0].kind, "episode");
	search_result_free(r);
}

static void several_words_are_found_where_they_stand_closest(void **state)
{
	(void)state;
	check_moment("software town", 2, "market", 20, 23.2, "Carla");
	check_moment("whole largest", 1, "tower", 4.5, 9.25, "Anna Müller");
	check_total("largest python", 0);
	/* A word twice is wanted twice. */
	check_moment("bell too a small bell the bell", 1, "market", 0, 5, "Carla");
	check_moment("nobody there writes python nobody", 1, "market", 10, 15, "Carla");
}

static void names_of_code_are_found_as_typed(void **state)
{
	(void)state;
	check_moment("C++", 1, "tower", 13, 15, "Ben O'Neil");
	check_moment("c#", 1, "tower", 13, 15, "Ben O'Neil");
	check_moment(".net", 1, "tower", 15, 20, "Ben O'Neil");
	check_moment("net", 1, "tower", 15, 20, "Ben O'Neil");
	check_moment("asyncio.gather", 1, "tower", 20, 25, "Anna Müller");
	check_moment("f-string", 1, "tower", 20, 25, "Anna Müller");
	check_moment("f-str*", 1, "tower", 20, 25, "Anna Müller");
	check_total("c", 0);
}

static void diacritics_and_case_do_not_matter(void **state)
{
	(void)state;
	check_moment("CAFE", 1, "tower", 25, 30, "Anna Müller");
	check_moment("\"creme BRULEE\"", 1, "tower", 25, 30, "Anna Müller");
	check_moment("crème", 1, "tower", 25, 30, "Anna Müller");
}

static void beginnings_and_exclusions_work(void **state)
{
	(void)state;
	check_total("carillon*", 2);
	check_total("carillon", 2);
	check_total("\"carillon\"", 1);
	check_total("\"bell\"", 2);
	check_total("bell", 3);
	check_total("\"bell\" -largest", 1);
	check_total("\"bell\" -\"small bell\"", 1);
	check_total("\"bell\" -large*", 0);
	check_total("-python", 2);
	check_total("-python -lecture", 1);
}

static void title_and_notes_are_searched(void **state)
{
	(void)state;
	struct search_result *r = find("campanology");
	assert_int_equal(r->total, 1);
	assert_int_equal(r->hits[0].n_moments, 0);
	search_result_free(r);
	r = find("tower");
	assert_string_equal(r->hits[0].item->slug, "tower");
	search_result_free(r);
	/* One word in the title, the other in the speech. */
	check_total("market python", 1);
}

static void what_is_held_back_is_not_found(void **state)
{
	(void)state;
	check_total("nobody", 1);
	check_total("show:bells", 2);
}

static void a_speaker_narrows_to_what_they_said(void **state)
{
	(void)state;
	check_moment("speaker:dora software", 1, "market", 15, 20, "Dora");
	check_moment("software speaker:CARLA", 1, "market", 20, 23.2, "Carla");
	check_total("speaker:anna software", 0);
	check_moment("speaker:muller largest", 1, "tower", 4.5, 6, "Anna Müller");
	check_moment("speaker:\"anna müller\"", 1, "tower", 0, 4.5, "Anna Müller");
	check_moment("speaker:neil speaker:ben carillon", 1, "tower", 9.25, 13, "Ben O'Neil");
	check_total("speaker:nobody", 0);
	struct search_result *r = search_by((struct search_request){.query = SPAN_LITERAL("software"),
		.speaker = SPAN_LITERAL("O'Neil")});
	assert_int_equal(r->total, 1);
	assert_string_equal(r->hits[0].moments[0].speaker, "Ben O'Neil");
	search_result_free(r);
	r = find("speaker:anna");
	assert_int_equal(r->hits[0].n_moments, 2);
	assert_true(r->hits[0].moments[1].start == 20);
	search_result_free(r);
}

static void filters_narrow(void **state)
{
	(void)state;
	check_total("bell before:2020", 1);
	check_total("bell before:2020-02-02", 2);
	check_total("bell after:2018", 1);
	check_total("bell after:2018-05-31 before:2018-06-02", 1);
	check_total("bells show:\"other show\"", 1);
	check_total("bells show:none", 0);
	const struct search_request requests[] = {
		{.query = SPAN_LITERAL("bell*"), .kind = SPAN_LITERAL("transcript")},
		{.query = SPAN_LITERAL("bell"), .year = SPAN_LITERAL("2020")},
		{.query = SPAN_LITERAL("bell*"), .show = SPAN_LITERAL("Other Show")},
	};
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		struct search_result *r = search_by(requests[i]);
		assert_int_equal(r->total, 1);
		search_result_free(r);
	}
	const struct search_request nothing[] = {
		{.query = SPAN_LITERAL("bell"), .kind = SPAN_LITERAL("talk")},
		{.query = SPAN_LITERAL("bell"), .year = SPAN_LITERAL("soon")},
		{.query = SPAN_LITERAL("bell"), .year = SPAN_LITERAL("2017")},
		{.query = SPAN_LITERAL("")},
		{.query = SPAN_LITERAL(" * \" ")},
	};
	for (size_t i = 0; i < COUNT_OF(nothing); i++) {
		struct search_result *r = search_by(nothing[i]);
		assert_int_equal(r->total, 0);
		search_result_free(r);
	}
}

static void total_is_exact_on_every_page(void **state)
{
	(void)state;
	struct search_result *all = find("software"), *r;
	assert_int_equal(all->n_hits, 2);
	for (size_t i = 0; i < 3; i++) {
		r = search_by((struct search_request){.query = SPAN_LITERAL("software"), .limit = 1, .offset = i});
		assert_int_equal(r->total, 2);
		assert_int_equal(r->n_hits, i < 2);
		if (i < 2)
			assert_int_equal(r->hits[0].item->id, all->hits[i].item->id);
		search_result_free(r);
	}
	search_result_free(all);
}

static void snippets_are_escaped_and_marked(void **state)
{
	(void)state;
	struct search_result *r = find("quoted alert fine");
	const char *html = r->hits[0].moments[0].html;
	assert_non_null(strstr(html, "1 &lt; 2 &amp; "));
	assert_non_null(strstr(html, "&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; <mark>fine</mark>?"));
	assert_non_null(strstr(html, "&quot;<mark>quoted</mark>&quot;"));
	assert_null(strstr(html, "<script"));
	search_result_free(r);
	r = find("\"ring the largest bell of the\"");
	assert_string_equal(r->hits[0].moments[0].html,
		"Welcome to the tower, where we <mark>ring the largest bell of the</mark> whole town.");
	search_result_free(r);
	r = find("c++");
	assert_non_null(strstr(r->hits[0].moments[0].html, "In <mark>C++</mark> and"));
	search_result_free(r);
	r = find("asyncio.gather");
	assert_non_null(strstr(r->hits[0].moments[0].html, "<mark>asyncio.gather</mark>, then"));
	search_result_free(r);
}

static void a_misspelt_word_brings_a_suggestion(void **state)
{
	(void)state;
	const char *const cases[][2] = {{"softwrae", "software"}, {"Carilon \"towm\" bell", "carillon \"town\" bell"},
		{"speaker:ben sofware", "speaker:ben software"}, {"\"largst bell\"", "\"largest bell\""}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct search_result *r = find(cases[i][0]);
		assert_int_equal(r->total, 0);
		assert_non_null(r->did_you_mean);
		assert_string_equal(r->did_you_mean, cases[i][1]);
		search_result_free(r);
	}
	const char *const fine[] = {"software", "zzzzzzzzzz", "x9y8", "bell market tower"};
	for (size_t i = 0; i < COUNT_OF(fine); i++) {
		struct search_result *r = find(fine[i]);
		assert_null(r->did_you_mean);
		search_result_free(r);
	}
}

static void no_input_is_an_error(void **state)
{
	(void)state;
	const char *const listed[] = {"a OR b", "NEAR(", "NEAR(a b, 2)", "\"x", "*", ":", "C++", ".net", "a -b", "-", "--",
		"^a", "a*b", "{title}:x", "title:x", "- title", "'", "''", "\"\"", "\" \"", "(", ")", "a AND", "NOT a",
		"a NOT b",
		"\\", "%", ";DROP TABLE items", "speaker:\"", "before:9999-99-99", "after:0000", "before:0000", "*\"*\"*",
		"\xff\xfe", "\xe2\x80", "-\"", "-*", "a\tb\nc", "\xc2\xa0", "rank:1", "spoken:bell"};
	for (size_t i = 0; i < COUNT_OF(listed); i++)
		search_result_free(find(listed[i]));
	search_result_free(search_by((struct search_request){.query = span_make("bell\0market", 11)}));
	const char letters[] = "ab \"*-:()^{}+.,'\\%\n\0\xc3\xa9\xff\xe2\x80\x9c 129speakrbofwh";
	uint64_t seed = 7;
	for (int i = 0; i < 1000; i++) {
		char text[48];
		size_t n = 0;
		for (seed = seed * 6364136223846793005u + 1442695040888963407u; n < 1 + (seed >> 40) % 47; n++) {
			uint64_t mixed = (seed + n * 0x9E3779B97F4A7C15u) * 0xBF58476D1CE4E5B9u;
			text[n] = letters[(mixed >> 33) % (sizeof letters - 1)];
		}
		search_result_free(search_by((struct search_request){.query = span_make(text, n)}));
	}
}

static void json_is_as_promised(void **state)
{
	(void)state;
	struct search_request request = {.query = SPAN_LITERAL("\"whole town\" <")};
	struct search_result *r = search_by(request);
	struct buf out = {0};
	struct json_writer w;
	json_begin(&w, &out);
	search_write_json(&w, &request, r, SPAN_LITERAL("https://example.org"));
	cJSON *json = json_parse(buf_view(&out), NULL);
	assert_non_null(json);
	assert_true(span_is(json_string(json_get(json, "query")), "\"whole town\" <"));
	assert_true(cJSON_IsNull(json_get(json, "did_you_mean")));
	assert_true(cJSON_IsNumber(json_get(json, "took_ms")));
	assert_true(span_is(json_string(json_at(json, "/hits/0/url")), "https://example.org/shows/bells/tower"));
	assert_true(span_is(json_string(json_at(json, "/hits/0/date")), "2018-06-01T00:00:00Z"));
	assert_true(span_is(json_string(json_at(json, "/hits/0/title")), "The Tower"));
	assert_true(span_is(json_string(json_at(json, "/hits/0/moments/0/url")),
		"https://example.org/shows/bells/tower#t=6"));
	assert_true(span_is(json_string(json_at(json, "/hits/0/moments/0/speaker")), "Anna Müller"));
	assert_true(json_at(json, "/hits/0/moments/0/start")->valuedouble == 6);
	assert_int_equal(cJSON_GetArraySize(json), 5);
	cJSON_Delete(json);
	buf_finish(&out);
	search_result_free(r);
}

static void a_change_is_seen_by_an_open_reader(void **state)
{
	(void)state;
	struct archive *writer = archive;
	assert_int_equal(archive_open_reader(folder, &archive, NULL), OK);
	check_total("belfry", 0);
	static const char *const lines[] = {"Eve|2|Up in the belfry.", NULL};
	sample_put(writer, "belfry", sample_document(DOCUMENT_EPISODE, "Up", "2021-01-01", sample_transcript(lines)));
	check_moment("belfry", 1, "belfry", 2, 3.6, "Eve");
	check_moment("speaker:eve", 1, "belfry", 2, 3.6, "Eve");
	assert_int_equal(archive_remove(writer, "episodes/belfry.md", NULL), OK);
	check_total("belfry", 0);
	archive_close(archive);
	archive = writer;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_phrase_is_found_across_cue_borders),
		cmocka_unit_test(a_word_is_found_at_its_second),
		cmocka_unit_test(several_words_are_found_where_they_stand_closest),
		cmocka_unit_test(names_of_code_are_found_as_typed),
		cmocka_unit_test(diacritics_and_case_do_not_matter),
		cmocka_unit_test(beginnings_and_exclusions_work),
		cmocka_unit_test(title_and_notes_are_searched),
		cmocka_unit_test(what_is_held_back_is_not_found),
		cmocka_unit_test(a_speaker_narrows_to_what_they_said),
		cmocka_unit_test(filters_narrow),
		cmocka_unit_test(total_is_exact_on_every_page),
		cmocka_unit_test(snippets_are_escaped_and_marked),
		cmocka_unit_test(a_misspelt_word_brings_a_suggestion),
		cmocka_unit_test(no_input_is_an_error),
		cmocka_unit_test(json_is_as_promised),
		cmocka_unit_test(a_change_is_seen_by_an_open_reader),
	};
	return cmocka_run_group_tests(tests, set_up, archive_tear_down);
}

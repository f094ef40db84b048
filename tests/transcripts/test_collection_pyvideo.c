/* pyvideo's talks and conferences, ugly as they are.
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

#define TALK(members) "{\n\"title\": \"Bells\",\n\"speakers\": [\"Ada\"],\n\"videos\": [{" \
	"\"type\": \"youtube\", \"url\": " \
	"\"https://www.youtube.com/watch?v=abcdefghijk\"}],\n\"recorded\": \"2017-05-20\",\n" members "\n\"tags\": []\n}"

static const char path[] = "talks/PyCon Nowhere 2017/videos/on-bells.json";

static struct read_result read_talk(const char *text)
{
	return read_as(path, text, "pyvideo-talk");
}

static void a_talk_is_read_with_everything_that_it_says(void **state)
{
	(void)state;
	struct read_result r = read_talk("{\"title\":\" On\\n bells \",\"speakers\":[\"Ada\",\"Bob, Cid and "
		"Dee\"],\"recorded\":\"2017-05-20\","
		"\"description\":\"Long\\r\\n\\r\\ntext\\u200b here\\r\",\"summary\":\"Short\",\"language\":\"deu\","
			"\"duration\":1800,"
		"\"thumbnail_url\":\"https://example.org/t.jpg\",\"tags\":[\"bells\",\"towers\"],\"copyright_text\":\"CC BY 4.0\","
		"\"related_urls\":[\"https://example.org/a\",{\"label\":\"Slides\",\"url\":\"https://example.org/b\"}],"
			"\"quality_notes\":null,"
		"\"id\":7,\"category\":\"x\",\"alias\":\"video/7\",\"slug\":\"About_Bells\","
		"\"videos\":[{\"type\":\"youtube\",\"url\":\"http://youtu.be/abc-_fghijk\",\"length\":1801},"
		"{\"type\":\"mp4\",\"url\":\"https://example.org/v.mp4\",\"size\":1000},"
		"{\"type\":\"ogv\",\"url\":\"https://example.org/v.ogv\",\"length\":179163402}]}");
	assert_int_equal(r.faults.n, 0);
	assert_int_equal(r.c->n_documents, 1);
	const struct document *d = r.c->documents[0];
	assert_int_equal(d->kind, DOCUMENT_TALK);
	assert_string_equal(d->title, "On bells");
	assert_string_equal(d->slug, "about-bells");
	assert_string_equal(d->conference, "pycon-nowhere-2017");
	assert_string_equal(d->notes, "Long\n\ntext here");
	assert_string_equal(d->description, "Short");
	assert_string_equal(d->language, "de");
	assert_string_equal(d->license, "CC BY 4.0");
	assert_string_equal(d->image, "https://example.org/t.jpg");
	assert_int_equal(d->duration_ms, 1800000);
	assert_int_equal(d->published_ms, INT64_C(1495238400000));
	assert_int_equal(d->n_credits, 2);
	assert_string_equal(d->credits[1].name, "Bob, Cid and Dee");
	assert_string_equal(d->credits[1].role, "speaker");
	assert_int_equal(d->n_tags, 2);
	assert_int_equal(d->n_links, 2);
	assert_string_equal(d->links[0].url, "https://example.org/a");
	assert_string_equal(d->links[1].label, "Slides");
	assert_string_equal(d->youtube, "abc-_fghijk");
	assert_int_equal(d->n_media, 3);
	assert_int_equal(d->media[0].duration_ms, 1801000);
	assert_string_equal(d->media[1].type, "video/mp4");
	assert_int_equal(d->media[1].bytes, 1000);
	/* A length of two thousand days is bytes. */
	assert_int_equal(d->media[2].bytes, 179163402);
	assert_int_equal(d->media[2].duration_ms, 0);
	finish_result(&r);
}

static void chapters_are_drawn_from_a_description(void **state)
{
	(void)state;
	static const char *const lists[] = {
		"Talks:\\n\\n- 0:00 - Opening\\n- 4:50 - Ropes  and  knots\\n- 9:00: Wheels\\n\\nSee you.",
		/* reStructuredText's links, and its tables of links. */
		"-  `(0:00:00) <http://youtu.be/abcdefghijk?t=0>`_ Opening\\n-  `(0:04:50) <http://youtu.be/abcdefghijk?t=1>`_ Ropes and "
		"knots\\n-  `(0:09:00) <http://youtu.be/abcdefghijk>`_ Wheels",
		"   * - 00:00_\\n     - Opening\\n   * - 04:50_\\n     - Ropes and knots\\n   * - 09:00_\\n     - Wheels",
		"+ 0:00     | Opening |\\n+ 4:50     | Ropes  and  knots |\\n+ 9:00  | Wheels |"};
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct buf json = {0};
		buf_format(&json, "{\"title\":\"x\",\"speakers\":[],\"recorded\":\"2017-05-20\",\"duration\":700,\"description\":\"%s\","
			"\"videos\":[{\"type\":\"mp4\",\"url\":\"https://example.org/v.mp4\"}]}", lists[i]);
		struct read_result r = read_talk(json.p);
		const struct document *d = r.c->documents[0];
		static const char *const titles[] = {"Opening", "Ropes and knots", "Wheels"};
		static const int64_t starts[] = {0, 290000, 540000};
		assert_int_equal(d->n_chapters, 3);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(d->chapters[k].start_ms, starts[k]);
			assert_string_equal(d->chapters[k].title, titles[k]);
		}
		finish_result(&r);
		buf_finish(&json);
	}
	/* An evening's programme, two times, times that go back, and times behind the end. */
	static const char *const others[] = {"18:30 Doors\\n19:00 Talks\\n20:15 Tea", "0:00 a\\n1:00 b", "1:02 a\\n0:31 b\\n2:07 c",
		"5:01 a\\n10:02 b\\n30:03 c"};
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct buf json = {0};
		buf_format(&json, "{\"title\":\"x\",\"speakers\":[],\"recorded\":\"2017-05-20\",\"duration\":1700,\"description\":\"%s\","
			"\"videos\":[{\"type\":\"mp4\",\"url\":\"https://example.org/v.mp4\"}]}", others[i]);
		struct read_result r = read_talk(json.p);
		assert_int_equal(r.c->documents[0]->n_chapters, 0);
		finish_result(&r);
		buf_finish(&json);
	}
}

static void every_address_of_youtube_gives_its_id(void **state)
{
	(void)state;
	static const char *const urls[] = {"https://www.youtube.com/watch?v=abcdefghijk",
		"http://youtube.com/watch?v=abcdefghijk&t=5s",
		"https://youtu.be/abcdefghijk?t=5", "http://youtu.be/abcdefghijk", "//www.youtube.com/embed/abcdefghijk?rel=0",
		"https://www.youtube-nocookie.com/embed/abcdefghijk", "https://m.youtube.com/watch?feature=share&v=abcdefghijk",
		"www.youtube.com/v/abcdefghijk", "https://www.youtube.com/shorts/abcdefghijk",
			"https://www.youtube.com/live/abcdefghijk",
		"https://www.youtube.com/watch?a=b&amp;v=abcdefghijk", "HTTPS://WWW.YouTube.com/watch?v=abcdefghijk"};
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		struct buf text = {0};
		buf_format(&text, "{\"title\":\"B\",\"speakers\":[],\"recorded\":\"2017-01-01\",\"videos\":[{\"type\":\"youtube\","
			"\"url\":\"%s\"}]}",
			urls[i]);
		struct read_result r = read_talk(text.p);
		assert_string_equal(r.c->documents[0]->youtube, "abcdefghijk");
		assert_string_equal(r.c->documents[0]->media[0].url, urls[i]);
		finish_result(&r);
		buf_finish(&text);
	}
}

static void addresses_that_only_look_like_youtube_give_none(void **state)
{
	(void)state;
	static const char *const urls[] = {"https://www.youtube.com/user/abcdefghijk", "https://youtu.be/abc",
		"https://vimeo.com/12345678901",
		"https://notyoutube.com/watch?v=abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijklm",
			"https://www.youtube.com/"};
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		struct buf text = {0};
		buf_format(&text, "{\"title\":\"B\",\"speakers\":[],\"videos\":[{\"type\":\"x\",\"url\":\"%s\"}]}", urls[i]);
		struct read_result r = read_talk(text.p);
		assert_string_equal(r.c->documents[0]->youtube, "");
		finish_result(&r);
		buf_finish(&text);
	}
}

static void lengths_are_seconds_of_any_kind_and_absurd_ones_are_reported(void **state)
{
	(void)state;
	static const struct { const char *member; int64_t ms; int faults; } cases[] = {
		{"\"duration\": 61,", 61000, 0}, {"\"duration\": 61.5,", 61500, 0}, {"\"duration\": null,", 0, 0},
			{"\"duration\": 0,", 0, 0},
		{"", 0, 0}, {"\"duration\": 36230,", 36230000, 0}, {"\"duration\": 3060760,", 0, 1}, {"\"duration\": -5,", 0, 1},
		{"\"duration\": \"1:02:03\",", 3723000, 0}, {"\"duration\": \"soon\",", 0, 1}, {"\"duration\": [],", 0, 1},
		{"\"duration\": 1e300,", 0, 1}, {"\",duration\": 90,", 90000, 1},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf text = {0};
		buf_format(&text, TALK("%s"), cases[i].member);
		struct read_result r = read_talk(text.p);
		assert_int_equal(r.c->documents[0]->duration_ms, cases[i].ms);
		assert_int_equal(r.faults.n, cases[i].faults);
		assert_int_equal(r.c->n_faults, cases[i].faults);
		if (cases[i].faults)
			assert_int_equal(r.faults.last_line, 6);
		finish_result(&r);
		buf_finish(&text);
	}
}

static void recorded_is_a_day_or_a_moment_with_or_without_its_zone(void **state)
{
	(void)state;
	static const struct { const char *recorded; int64_t ms; } cases[] = {{"\"2010-05-19\"", INT64_C(1274227200000)},
		{"\"2010-05-19T10:00:00\"", INT64_C(1274263200000)}, {"\"2010-05-19T10:00:00+02:00\"", INT64_C(1274256000000)},
		{"null", INT64_MIN}, {"\"last spring\"", INT64_MIN}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf text = {0};
		buf_format(&text, "{\"title\":\"B\",\"speakers\":[],\"recorded\":%s,\"videos\":[{\"type\":\"x\",\"url\":\"u\"}]}",
			cases[i].recorded);
		struct read_result r = read_talk(text.p);
		assert_int_equal(r.c->documents[0]->published_ms, cases[i].ms);
		assert_int_equal(r.faults.n, cases[i].ms == INT64_MIN);
		finish_result(&r);
		buf_finish(&text);
	}
}

static void languages_become_bcp_47(void **state)
{
	(void)state;
	static const char *const languages[][2] = {{"eng", "en"}, {"spa", "es"}, {"rus", "ru"}, {"fra", "fr"}, {"por", "pt"},
		{"kor", "ko"},
		{"jpn", "ja"}, {"slk", "sk"}, {"lit", "lt"}, {"zho", "zh"}, {"tha", "th"}, {"eus", "eu"}, {"ces", "cs"},
			{"deu", "de"},
		{"ger", "de"}, {"en", "en"}, {"pt_BR", "pt-BR"}, {"zh-hant-tw", "zh-Hant-TW"}, {"gsw", "gsw"}, {"Dutch", "nl"},
		{"de-formal", "de"}, {"de, en", "mul"}, {"fil", "fil"}};
	for (size_t i = 0; i < COUNT_OF(languages); i++) {
		struct buf text = {0};
		buf_format(&text, TALK("\"language\": \"%s\","), languages[i][0]);
		struct read_result r = read_talk(text.p);
		assert_string_equal(r.c->documents[0]->language, languages[i][1]);
		assert_int_equal(r.faults.n, 0);
		finish_result(&r);
		buf_finish(&text);
	}
	struct read_result r = read_talk(TALK("\"language\": \"nobody's\","));
	assert_string_equal(r.c->documents[0]->language, "nobody's");
	assert_fault(&r, 6, "no language code");
	finish_result(&r);
}

static void misspelt_and_unknown_keys_are_told_with_their_lines(void **state)
{
	(void)state;
	struct read_result r = read_talk(TALK("\"related_url\": [\"https://example.org\"],\n\"title2\": "
		"\"Better\",\n\"tittle\": \"x\","));
	assert_int_equal(r.faults.n, 3);
	assert_fault(&r, 6, "related_url");
	assert_fault(&r, 7, "title2");
	assert_fault(&r, 8, "'tittle' is not a key");
	assert_int_equal(r.c->documents[0]->n_links, 1);
	finish_result(&r);
}

static void what_is_no_speaker_video_or_link_is_left_out_and_told(void **state)
{
	(void)state;
	struct read_result r = read_talk("{\"title\":\"B\",\n\"recorded\":\"2017-01-01\",\n\"speakers\":[\"\",\n\"  "
		"\",\nnull,\n\"Ada\"],\n"
		"\"related_urls\":[{\"label\":\"x\"},\n7],\n\"videos\":[{\"type\":\"x\"},\n{\"type\":\"y\",\"url\":\"u\"}]}");
	const struct document *d = r.c->documents[0];
	assert_int_equal(d->n_credits, 1);
	assert_int_equal(d->n_media, 1);
	assert_int_equal(d->n_links, 0);
	assert_int_equal(r.faults.n, 6);
	assert_fault(&r, 3, "speaker without a name");
	assert_fault(&r, 4, "speaker without a name");
	assert_fault(&r, 5, "speaker without a name");
	assert_fault(&r, 7, "without an address");
	assert_fault(&r, 8, "without an address");
	assert_fault(&r, 9, "video without an address");
	finish_result(&r);
}

static void a_title_that_is_missing_is_the_file_s_name(void **state)
{
	(void)state;
	struct read_result r = read_talk("{\"title\":\"\",\"speakers\":[],\"recorded\":\"2017-01-01\","
		"\"videos\":[{\"type\":\"x\",\"url\":\"u\"}]}");
	assert_string_equal(r.c->documents[0]->title, "on-bells");
	assert_string_equal(r.c->documents[0]->slug, "on-bells");
	assert_int_equal(r.faults.n, 1);
	finish_result(&r);
}

static void a_byte_order_mark_and_old_line_ends_change_nothing(void **state)
{
	(void)state;
	struct read_result r = read_talk("\xEF\xBB\xBF{\r\n\"title\":\"B\",\r\n\"speakers\":[\"\"],"
		"\r\n\"recorded\":\"2017-01-01\","
		"\"videos\":[{\"type\":\"x\",\"url\":\"u\"}]}\r\n");
	assert_int_equal(r.faults.n, 1);
	assert_fault(&r, 3, "speaker");
	finish_result(&r);
}

static void a_category_is_a_conference_named_by_its_folder(void **state)
{
	(void)state;
	struct read_result r = read_as("x/pycon-nowhere-2017/category.json", "{\"title\":\"PyCon Nowhere "
		"2017\",\"description\":null,"
		"\"url\":\"https://example.org\",\"start_date\":\"2017-05-20\",\"end_date\":\"2017-05-22\"}", "pyvideo-conference");
	assert_int_equal(r.c->n_conferences, 1);
	const struct conference *c = &r.c->conferences[0];
	assert_string_equal(c->name, "pycon-nowhere-2017");
	assert_string_equal(c->series, "pycon-nowhere");
	assert_string_equal(c->title, "PyCon Nowhere 2017");
	assert_int_equal(c->start_ms, INT64_C(1495238400000));
	assert_int_equal(c->end_ms, INT64_C(1495411200000));
	assert_int_equal(r.faults.n, 0);
	finish_result(&r);
	r = read_as("bostonbells/category.json", "{\"title\":\"Boston Bells\"}", "pyvideo-conference");
	assert_string_equal(r.c->conferences[0].series, "");
	assert_int_equal(r.c->conferences[0].start_ms, INT64_MIN);
	finish_result(&r);
}

static void json_that_breaks_off_is_declined_with_its_line(void **state)
{
	(void)state;
	struct read_result r = read_as(path, "{\n\"title\": \"Bells\",\n\"speakers\": [\"Ada\",],\n}", "broken-json");
	assert_non_null(r.c->decline);
	assert_non_null(strstr(r.c->reason, "line 3"));
	assert_int_equal(r.c->n_documents, 0);
	finish_result(&r);
}

static void other_json_and_text_is_left_to_others(void **state)
{
	(void)state;
	static const char *const texts[] = {"{\"segments\":[]}", "[0:12] Ada: text", "[transcript]\n", "WEBVTT\n", "", "{",
		"[1,2]", "\"x\"", "text",
		"{\"title\":\"x\"}", "# A page\n"};
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct read_result r = read_collection("x.txt", span_of(texts[i]));
		assert_null(r.c);
		finish_result(&r);
	}
}

static void a_comment_before_the_json_is_skipped_and_told(void **state)
{
	(void)state;
	struct read_result r = read_talk("// copied from a site\n/* and\nagain */\n" TALK("\"duration\": -1,"));
	assert_int_equal(r.faults.n, 2);
	assert_fault(&r, 9, "duration");
	assert_fault(&r, 1, "comment");
	finish_result(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_talk_is_read_with_everything_that_it_says),
		cmocka_unit_test(chapters_are_drawn_from_a_description),
		cmocka_unit_test(every_address_of_youtube_gives_its_id),
		cmocka_unit_test(addresses_that_only_look_like_youtube_give_none),
		cmocka_unit_test(lengths_are_seconds_of_any_kind_and_absurd_ones_are_reported),
		cmocka_unit_test(recorded_is_a_day_or_a_moment_with_or_without_its_zone),
		cmocka_unit_test(languages_become_bcp_47),
		cmocka_unit_test(misspelt_and_unknown_keys_are_told_with_their_lines),
		cmocka_unit_test(what_is_no_speaker_video_or_link_is_left_out_and_told),
		cmocka_unit_test(a_title_that_is_missing_is_the_file_s_name),
		cmocka_unit_test(a_byte_order_mark_and_old_line_ends_change_nothing),
		cmocka_unit_test(a_category_is_a_conference_named_by_its_folder),
		cmocka_unit_test(json_that_breaks_off_is_declined_with_its_line),
		cmocka_unit_test(other_json_and_text_is_left_to_others),
		cmocka_unit_test(a_comment_before_the_json_is_skipped_and_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

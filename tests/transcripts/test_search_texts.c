/* What a search shows of what isn't spoken: chapters' titles at their second, notes, and whose talk it was.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include "transcripts/archive_parts.h"
#include "transcripts/search_texts.h"

static const char *const speech[] = {"Ada|0|Welcome to the tower.", "Ben|65|Here hangs the tenor, as they call it.",
	"Ada|130|And the ropes go up to it.", NULL};

static void add_chapter(struct document *d, int64_t start_ms, int64_t end_ms, const char *title)
{
	struct document_chapter *c = document_add_chapter(d);
	c->start_ms = start_ms;
	c->end_ms = end_ms;
	document_set(&c->title, span_of(title));
}

static void put_collection(void)
{
	struct collection *c = mem_new(1, sizeof *c);
	static const struct collection_dialect dialect = {.name = "talks", .label = "talks"};
	static const struct archive_place places[] = {{"", "towercon-2017"}, {"", "towercon-2017"}};
	c->dialect = &dialect;
	c->reason = mem_strdup("made up");
	struct document *d = collection_add_document(c, DOCUMENT_TALK);
	document_set(&d->title, SPAN_LITERAL("Lightning talks"));
	add_chapter(d, 0, -1, "Opening");
	add_chapter(d, 61500, -1, "Gus: <Knots> & splices");
	add_chapter(d, 300000, 420000, "Frida: casting a bell");
	d = collection_add_document(c, DOCUMENT_TALK);
	document_set(&d->title, SPAN_LITERAL("On gudgeons"));
	document_add_tag(d, SPAN_LITERAL("bearings"));
	document_set(&d->notes, SPAN_LITERAL("Some forty words come first, so that the one which is looked for stands far behind them "
		"all: one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
		"eighteen nineteen twenty, and four more of them. A **headstock** holds it, they say <here>."));
	struct conference *conference = collection_add_conference(c);
	document_set(&conference->name, SPAN_LITERAL("towercon-2017"));
	document_set(&conference->title, SPAN_LITERAL("TowerCon 2017 in the Valley"));
	struct why why = {0};
	if (archive_put_collection(archive, "talks/all.json", 1, c, places, &why))
		fail_msg("%s", why.text);
	collection_destroy(c);
}

static int set_up(void **state)
{
	archive_set_up(state);
	struct document *d = sample_document(DOCUMENT_EPISODE, "The tower", "2018-06-01", sample_transcript(speech));
	add_chapter(d, 60000, -1, "The tenor and its ropes");
	add_chapter(d, 120000, -1, "Up");
	sample_put(archive, "tower", d);
	put_collection();
	assert_int_equal(archive_settle(archive, NULL), OK);
	return 0;
}

static struct search_result *find(const char *query, size_t moments)
{
	return search_by((struct search_request){.query = span_of(query), .moments = moments});
}

static void a_chapter_is_found_at_its_second(void **state)
{
	(void)state;
	struct search_result *r = find("knots splices", 0);
	assert_int_equal(r->total, 1);
	assert_int_equal(r->hits[0].n_moments, 1);
	const struct search_moment *m = &r->hits[0].moments[0];
	assert_true(m->is_chapter);
	assert_true(m->start == 61.5 && m->end == 300);
	assert_string_equal(m->html, "Gus: &lt;<mark>Knots&gt; &amp; splices</mark>");
	assert_string_equal(m->url, "/conferences/towercon-2017/lightning-talks#t=61.5");
	assert_null(r->hits[0].summary);
	search_result_free(r);
	r = find("\"casting a bell\"", 0);
	assert_int_equal(r->hits[0].n_moments, 1);
	assert_true(r->hits[0].moments[0].start == 300 && r->hits[0].moments[0].end == 420);
	assert_string_equal(r->hits[0].moments[0].html, "Frida: <mark>casting a bell</mark>");
	search_result_free(r);
	/* A beginning, and a word of the other chapter: each has one of two. */
	r = find("cast* knots", 0);
	assert_int_equal(r->hits[0].n_moments, 2);
	search_result_free(r);
}

static void what_was_said_stays_beside_it(void **state)
{
	(void)state;
	struct search_result *r = find("tenor", 0);
	assert_int_equal(r->hits[0].n_moments, 2);
	assert_true(r->hits[0].moments[0].is_chapter && r->hits[0].moments[0].start == 60);
	assert_true(!r->hits[0].moments[1].is_chapter && r->hits[0].moments[1].start == 65);
	search_result_free(r);
	/* Where there is room for one, it is what was said. */
	r = find("tenor", 1);
	assert_int_equal(r->hits[0].n_moments, 1);
	assert_true(r->hits[0].moments[0].start == 65);
	search_result_free(r);
	/* Only one of the words is in a title: then that's no place of both. */
	r = find("tower ropes", 0);
	for (size_t i = 0; i < r->hits[0].n_moments; i++)
		assert_false(r->hits[0].moments[i].is_chapter);
	search_result_free(r);
	/* Nobody spoke the title. */
	r = find("speaker:ben tenor", 0);
	assert_int_equal(r->hits[0].n_moments, 1);
	assert_false(r->hits[0].moments[0].is_chapter);
	search_result_free(r);
}

static void a_hit_without_a_moment_shows_its_notes(void **state)
{
	(void)state;
	struct search_result *r = find("headstocks", 0);
	if (!r->total) { /* other forms are looked for where the language is known */
		search_result_free(r);
		r = find("headstock", 0);
	}
	assert_int_equal(r->total, 1);
	assert_int_equal(r->hits[0].n_moments, 0);
	assert_non_null(strstr(r->hits[0].summary, "… "));
	assert_non_null(strstr(r->hits[0].summary, "A <mark>headstock</mark> holds it, they say"));
	assert_null(strstr(r->hits[0].summary, "Some forty"));
	search_result_free(r);
	/* The title alone: the notes from their start, without the tags. */
	r = find("gudgeons", 0);
	assert_memory_equal(r->hits[0].summary, "Some forty words", 16);
	assert_non_null(strstr(r->hits[0].summary, " …"));
	search_result_free(r);
	/* Nothing to show. */
	r = find("lightning", 0);
	assert_null(r->hits[0].summary);
	search_result_free(r);
}

static void a_talk_s_hit_names_its_conference(void **state)
{
	(void)state;
	struct search_request request = {.query = SPAN_LITERAL("gudgeons")};
	struct search_result *r = find("gudgeons", 0);
	struct buf out = {0};
	struct json_writer w;
	assert_string_equal(r->hits[0].conference_title, "TowerCon 2017 in the Valley");
	json_begin(&w, &out);
	search_write_json(&w, &request, r, SPAN_LITERAL(""));
	cJSON *json = json_parse(buf_view(&out), NULL);
	assert_true(span_is(json_string(json_at(json, "/hits/0/conference")), "towercon-2017"));
	assert_true(span_is(json_string(json_at(json, "/hits/0/conference_title")), "TowerCon 2017 in the Valley"));
	assert_true(json_string(json_at(json, "/hits/0/summary")).n > 0);
	cJSON_Delete(json);
	buf_finish(&out);
	search_result_free(r);
	r = find("tower", 0);
	for (size_t i = 0; i < r->n_hits; i++)
		assert_true((r->hits[i].conference_title != NULL) == (r->hits[i].item->conference[0] != '\0'));
	search_result_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chapter_is_found_at_its_second),
		cmocka_unit_test(what_was_said_stays_beside_it),
		cmocka_unit_test(a_hit_without_a_moment_shows_its_notes),
		cmocka_unit_test(a_talk_s_hit_names_its_conference),
	};
	return cmocka_run_group_tests(tests, set_up, archive_tear_down);
}

/* Code And Talk's records: talks with codes, lists of episodes, people, events, series.
 * SPDX-License-Identifier: MIT */
#include "collection_help.h"

static const char talk[] = "{\n\"title\": \"Bells\",\n\"length\": \"1:02:03\",\n\"recorded\": "
	"\"2016-09-17\",\n\"speakers\": [\"ada-bell\", \"\"],\n"
	"\"tags\": [\"bells\"],\n\"thumbnail_url\": \"https://example.org/t.jpg\",\n\"description\": \"Notes\",\n\"views\": "
		"\"124\",\n"
	"\"favorite\": \"0\",\n\"likes\": 3,\n\"slides\": \"https://example.org/s.pdf\",\n\"language\": \"Dutch\",\n"
	"\"videos\": [{\"type\": \"youtube\", \"code\": \"abcdefghijk\"}, {\"type\": \"vimeo\", \"code\": \"123\"}]\n}";
static const char talk_path[] = "videos/bells-2016/on-bells.json";

static void a_talk_names_its_people_by_key_and_its_recordings_by_address(void **state)
{
	(void)state;
	struct read_result r = read_as(talk_path, talk, "codeandtalk-talk");
	assert_int_equal(r.faults.n, 1);
	assert_fault(&r, 5, "without a name");
	const struct document *d = r.c->documents[0];
	assert_int_equal(d->kind, DOCUMENT_TALK);
	assert_string_equal(d->conference, "bells-2016");
	assert_string_equal(d->slug, "on-bells");
	assert_string_equal(d->language, "nl");
	assert_int_equal(d->duration_ms, 3723000);
	assert_int_equal(d->n_credits, 1);
	assert_string_equal(d->credits[0].ref, "ada-bell");
	assert_string_equal(d->credits[0].name, "");
	assert_string_equal(d->youtube, "abcdefghijk");
	assert_string_equal(d->media[0].url, "https://www.youtube.com/watch?v=abcdefghijk");
	assert_string_equal(d->media[1].url, "https://vimeo.com/123");
	assert_string_equal(d->links[0].label, "Slides");
	assert_string_equal(d->notes, "Notes");
	finish_result(&r);
}

static void its_longer_description_lies_beside_it(void **state)
{
	(void)state;
	char *sibling = collection_sibling(talk_path);
	assert_string_equal(sibling, "videos/bells-2016/on-bells.html");
	free(sibling);
	assert_null(collection_sibling("people/ada.json"));
	assert_null(collection_sibling("videos/bells-2016/on-bells.html"));
	struct read_result r = read_as(talk_path, talk, "codeandtalk-talk");
	collection_take_sibling(r.c, span_of("<p>More\r\n"));
	assert_string_equal(r.c->documents[0]->notes, "Notes\n\n<p>More");
	finish_result(&r);
	r = read_as("videos/bells-2016/on-bells.html", "<p>More", "codeandtalk-description");
	assert_non_null(strstr(r.c->decline, ".json"));
	finish_result(&r);
	r = read_as("videos/bells-2016/on-bells.hml", "<p>More", "codeandtalk-description");
	assert_non_null(strstr(r.c->decline, "rename"));
	finish_result(&r);
}

static void a_talk_that_was_renamed_stays_out(void **state)
{
	(void)state;
	struct read_result r = read_as("videos/bells-2016/on-bells.json_removed", talk, "codeandtalk-talk");
	assert_non_null(r.c->decline);
	assert_int_equal(r.c->n_documents, 0);
	finish_result(&r);
}

static void a_list_of_episodes_belongs_to_the_show_of_its_name(void **state)
{
	(void)state;
	struct read_result r = read_as("podcasts/Bell-Tower.json", "[\n{\"ep\":\"1\",\"title\":\"One\","
		"\"permalink\":\"https://example.org/1\","
		"\"date\":\"2016-01-01\",\"guests\":[\"ada-bell\"],\"hosts\":[\"bob\"],\"keywords\":[\"k\"]},\n"
		"{\"ep\":\"1\",\"title\":\"One\",\"permalink\":\"https://example.org/2\",\"date\":\"2016-01-02\",\"guests\":[],"
			"\"hosts\":[]},\n"
		"{\"title\":\"Three\",\"permalink\":\"https://example.org/3\",\"date\":\"soon\",\"hosts\":[\"bob\"]},\n"
		"{\"ep\":4,\"title\":\"Four\",\"permalink\":\"https://example.org/4\",\"hosts\":[\"bob\"],\"stray\":1},\n7\n]",
		"codeandtalk-episodes");
	assert_int_equal(r.c->n_documents, 4);
	const struct document *const *d = (const struct document *const *)r.c->documents;
	assert_int_equal(d[0]->kind, DOCUMENT_EPISODE);
	assert_string_equal(d[0]->show, "bell-tower");
	assert_string_equal(d[0]->guid, "https://example.org/1");
	assert_string_equal(d[0]->page_url, "https://example.org/1");
	assert_int_equal(d[0]->episode, 1);
	assert_int_equal(d[0]->n_credits, 2);
	assert_string_equal(d[0]->credits[0].role, "host");
	assert_string_equal(d[0]->credits[1].role, "guest");
	assert_string_equal(d[0]->slug, "one");
	assert_string_equal(d[1]->slug, "one-2");
	assert_int_equal(d[2]->episode, 0);
	assert_int_equal(d[3]->episode, 4);
	assert_int_equal(r.faults.n, 5);
	assert_fault(&r, 3, "number 1 is 'One' too");
	assert_fault(&r, 4, "no number");
	assert_fault(&r, 4, "no date");
	assert_fault(&r, 5, "'stray'");
	assert_fault(&r, 6, "isn't an episode");
	finish_result(&r);
}

static void an_empty_list_is_told(void **state)
{
	(void)state;
	struct read_result r = read_as("podcasts/nothing.json", "[]", "codeandtalk-episodes");
	assert_fault(&r, 1, "empty");
	finish_result(&r);
}

static void a_person_has_a_page_and_a_place(void **state)
{
	(void)state;
	struct read_result r = read_as("people/ada-bell.json", "{\"name\":\"Ada "
		"Bell\",\"twitter\":\"ada\",\"github\":\"adabell\",\"home\":\"\","
		"\"city\":\"Ghent\",\"state\":\"\",\"country\":\"Belgium\",\"topics\":[]}", "codeandtalk-person");
	assert_int_equal(r.faults.n, 0);
	const struct person_record *p = &r.c->persons[0];
	assert_string_equal(p->ref, "ada-bell");
	assert_string_equal(p->name, "Ada Bell");
	assert_string_equal(p->url, "https://github.com/adabell");
	assert_string_equal(p->place, "Ghent, Belgium");
	finish_result(&r);
	r = read_as("people/x.json", "[{\"name\":\"Ada Bell\"}]", "codeandtalk-person");
	assert_int_equal(r.c->n_persons, 1);
	assert_fault(&r, 1, "is a list");
	finish_result(&r);
}

static void an_event_is_a_conference_wherever_it_lies(void **state)
{
	(void)state;
	static const char event[] = "{\"name\":\"Bells 2016\",\"event_start\":\"2016-09-17\",\"event_end\":\"2016-09-16\",\n"
		"\"website\":\"https://example.org\",\"languages\":[\"English\"],\"location\":{\"city\":\"Ghent\",\"state\":\"\","
			"\"country\":\"Belgium\"},"
		"\"tags\":[],\"cfp_end\":\"\"}";
	static const char *const paths[] = {"events/bells-2016.json", "podcasts/bells-2016.json"};
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct read_result r = read_as(paths[i], event, "codeandtalk-event");
		const struct conference *c = &r.c->conferences[0];
		assert_string_equal(c->name, "bells-2016");
		assert_string_equal(c->series, "bells");
		assert_string_equal(c->place, "Ghent, Belgium");
		assert_string_equal(c->language, "en");
		assert_fault(&r, 1, "ends before it starts");
		finish_result(&r);
	}
	struct read_result r = read_as("events/x.json", "{\"name\":\"\",\"event_start\":\"2017-01-01\"}", "codeandtalk-event");
	assert_non_null(r.c->decline);
	finish_result(&r);
	r = read_as("events/x.json", "{\"name\":\"X\",\"event_start\":\"2017-01-01\",\"location\":\"Online\"}",
		"codeandtalk-event");
	assert_string_equal(r.c->conferences[0].place, "Online");
	finish_result(&r);
}

static void series_are_conferences_that_name_themselves(void **state)
{
	(void)state;
	struct read_result r = read_as("series.json", "{\"bells\":{\"name\":\"Bells\",\"description\":\"d\","
		"\"comment\":\"\"},\"towers\":{\"name\":\"Towers\","
		"\"description\":\"\",\"comment\":\"\",\"url\":\"https://example.org\"}}", "codeandtalk-series");
	assert_int_equal(r.c->n_conferences, 2);
	assert_string_equal(r.c->conferences[1].name, "towers");
	assert_string_equal(r.c->conferences[1].series, "towers");
	finish_result(&r);
}

static void lists_that_hold_no_records_are_declined_with_a_reason(void **state)
{
	(void)state;
	struct read_result r = read_as("locations.json", "{\"Belgium\":{\"Ghent\":\"1\",\"_area_\":{\"Europe\":\"1\"}}}",
		"codeandtalk-list");
	assert_non_null(r.c->decline);
	finish_result(&r);
	r = read_as("tags.json", "{\"bells\":{\"name\":\"bells\",\"description\":\"\",\"url\":\"\"}}", "codeandtalk-list");
	assert_non_null(r.c->decline);
	finish_result(&r);
	r = read_as("sources.json", "[{\"name\":\"a\",\"title\":\"A\",\"url\":\"https://a.example\","
		"\"feed\":\"https://a.example/feed\"},{\"name\":\"b\","
		"\"title\":\"B\",\"url\":\"u\",\"feed\":\"\"}]", "codeandtalk-list");
	assert_int_equal(r.c->n_subscriptions, 1);
	assert_string_equal(r.c->subscriptions[0].feed_url, "https://a.example/feed");
	assert_fault(&r, 1, "no feed");
	finish_result(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_talk_names_its_people_by_key_and_its_recordings_by_address),
		cmocka_unit_test(its_longer_description_lies_beside_it),
		cmocka_unit_test(a_talk_that_was_renamed_stays_out),
		cmocka_unit_test(a_list_of_episodes_belongs_to_the_show_of_its_name),
		cmocka_unit_test(an_empty_list_is_told),
		cmocka_unit_test(a_person_has_a_page_and_a_place),
		cmocka_unit_test(an_event_is_a_conference_wherever_it_lies),
		cmocka_unit_test(series_are_conferences_that_name_themselves),
		cmocka_unit_test(lists_that_hold_no_records_are_declined_with_a_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

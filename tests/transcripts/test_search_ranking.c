/* Which recording comes first, and which of its moments: by where the words are, how rare, how often and how near to each
 * other, and among equals by date and place.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"


/* Each says so many words that its length is the others'. */
static void put(const char *slug, const char *title, const char *date, const char *words, size_t n_words)
{
	struct buf line = {0};
	buf_format(&line, "Ada|0|%s", words);
	size_t n = 1;
	for (const char *p = words; *p; p++)
		n += *p == ' ';
	for (; n < n_words; n++)
		buf_format(&line, " filler%zu", n % 7);
	const char *const lines[] = {line.p, NULL};
	sample_put(archive, slug, sample_document(DOCUMENT_EPISODE, title, date, sample_transcript(lines)));
	buf_finish(&line);
}

static void check_order(const char *query, const char *wanted)
{
	struct buf order = {0};
	assert_int_equal(archive_settle(archive, NULL), OK);
	struct search_result *r = search_by((struct search_request){.query = span_of(query)});
	for (size_t i = 0; i < r->n_hits; i++)
		buf_format(&order, "%s%s", i ? " " : "", r->hits[i].item->slug);
	buf_text(&order, "");
	assert_string_equal(order.p, wanted);
	for (size_t i = 1; i < r->n_hits; i++)
		assert_true(r->hits[i].score <= r->hits[i - 1].score);
	buf_finish(&order);
	search_result_free(r);
}

static void the_title_says_most_then_people_chapters_notes_and_speech(void **state)
{
	(void)state;
	static const char *const slugs[] = {"speech", "notes", "chapters", "people", "title"};
	/* The worst are the newest, so that dates can't help. */
	for (int i = 0; i < 5; i++) {
		const char *const lines[] = {i == 0 ? "Ada|0|They say gudgeon here, once." : "Ada|0|They say nothing here, once.", NULL};
		char date[16];
		snprintf(date, sizeof date, "20%02d-01-01", 20 - i);
		struct document *d = sample_document(DOCUMENT_EPISODE, i == 4 ? "The gudgeon" : "The wheel", date,
			sample_transcript(lines));
		document_set(&d->notes, i == 1 ? SPAN_LITERAL("Notes on a gudgeon.") : SPAN_LITERAL("Notes on a thing."));
		struct document_chapter *c = document_add_chapter(d);
		document_set(&c->title, i == 2 ? SPAN_LITERAL("A gudgeon") : SPAN_LITERAL("A thing"));
		struct document_credit *credit = document_add_credit(d);
		document_set(&credit->name, i == 3 ? SPAN_LITERAL("Gus Gudgeon") : SPAN_LITERAL("Gus Wheel"));
		sample_put(archive, slugs[i], d);
	}
	put("other", "Else", "2000-01-01", "nothing of the kind", 8);
	check_order("\"gudgeon\"", "title people chapters notes speech");
}

static void rare_words_say_more_than_common_ones(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		char slug[8];
		snprintf(slug, sizeof slug, "o%d", i);
		put(slug, "Else", "2019-01-01", "the tower", 40);
	}
	put("common", "A", "2020-01-01", "gudgeon x y z tower x y z tower x y z tower x y z tower", 40);
	put("rare", "B", "2010-01-01", "tower x y z gudgeon x y z gudgeon x y z gudgeon x y z gudgeon", 40);
	check_order("\"gudgeon\" \"tower\"", "rare common");
}

static void of_the_same_words_the_shorter_recording_is_more_about_them(void **state)
{
	(void)state;
	put("long", "A", "2020-01-01", "a gudgeon", 400);
	put("short", "B", "2010-01-01", "a gudgeon", 40);
	put("other", "C", "2010-01-01", "nothing", 40);
	check_order("\"gudgeon\"", "short long");
}

static void words_that_stand_near_each_other_come_first(void **state)
{
	(void)state;
	put("apart", "A", "2020-01-01", "gudgeon a b c d e f g h i j k l m n o p q r s t u v w x y z headstock", 60);
	put("near", "B", "2010-01-01", "a b c gudgeon and headstock", 60);
	for (int i = 0; i < 6; i++) {
		char slug[8];
		snprintf(slug, sizeof slug, "o%d", i);
		put(slug, "Else", "2019-01-01", "nothing", 60);
	}
	check_order("gudgeon headstock", "near apart");
	/* In the order in which they were typed. */
	put("turned", "C", "2021-01-01", "a b c headstock gudgeon", 60);
	put("typed", "D", "2009-01-01", "a b c gudgeon headstock", 60);
	check_order("gudgeon headstock", "typed turned near apart");
}

/* However common its words are, and however often others say them. */
static void a_quote_comes_first(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) {
		char slug[8];
		snprintf(slug, sizeof slug, "o%d", i);
		put(slug, "Else", "2020-01-01", "for the you and like for the you and like for the you and like for the you and like", 60);
	}
	put("quote", "A", "2001-01-01", "it is for you and like that", 60);
	check_order("for you and like", "quote o0 o1 o10 o11 o2 o3 o4 o5 o6 o7 o8 o9");
}

static void among_equals_the_newer_comes_first_then_it_is_by_place(void **state)
{
	(void)state;
	/* Not in the order in which they came. */
	static const char *const slugs[] = {"c", "a", "d", "b"};
	for (int i = 0; i < 4; i++)
		put(slugs[i], "Same", i == 2 ? "2021-01-01" : "2020-01-01", "a gudgeon", 30);
	check_order("gudgeon", "d a b c");
}

static void the_best_moment_comes_first_within_a_hit(void **state)
{
	(void)state;
	static const char *const lines[] = {"Ada|0|A gudgeon, and much else is said here before anybody comes to speak of the other.",
		"|10|Only now a headstock.", "|50|So the gudgeon is in the headstock, they say.", "|90|And gudgeon headstock, side by side.",
		NULL};
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", "2020-01-01", sample_transcript(lines)));
	assert_int_equal(archive_settle(archive, NULL), OK);
	struct search_request request = {.query = SPAN_LITERAL("gudgeon headstock")};
	struct search_result *r;
	assert_int_equal(search_run(archive, &request, &r, NULL), OK);
	assert_int_equal(r->hits[0].n_moments, 3);
	assert_true(r->hits[0].moments[0].start == 90);
	assert_true(r->hits[0].moments[1].start == 50);
	assert_true(r->hits[0].moments[2].start == 0);
	search_result_free(r);
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, archive_set_up, archive_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(the_title_says_most_then_people_chapters_notes_and_speech),
		ONE(rare_words_say_more_than_common_ones),
		ONE(of_the_same_words_the_shorter_recording_is_more_about_them),
		ONE(words_that_stand_near_each_other_come_first),
		ONE(a_quote_comes_first),
		ONE(among_equals_the_newer_comes_first_then_it_is_by_place),
		ONE(the_best_moment_comes_first_within_a_hit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

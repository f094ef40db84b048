/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/sample.h"

#include "transcripts/language.h"
#include "transcripts/sponsors.h"

#include <sqlite3.h>

/* The text of read i, cues joined by a blank. */
static char *text_of(const struct transcript *t, const struct sponsor_read *read)
{
	struct buf out = {0};
	for (size_t i = read->first_cue; i <= read->last_cue; i++) {
		size_t from = i == read->first_cue ? read->first_byte : 0;
		size_t to = i == read->last_cue ? read->end_byte : t->cues[i].text.n;
		buf_text(&out, out.n ? " " : "");
		buf_add(&out, t->cues[i].text.p + from, to - from);
	}
	buf_text(&out, "");
	return buf_take(&out);
}

static void check(const char *const *lines, size_t n_wanted, const char *const *wanted)
{
	struct transcript *t = sample_transcript(lines);
	size_t n;
	struct sponsor_read *reads = sponsors_find(t, &n);
	assert_int_equal(n, n_wanted);
	for (size_t i = 0; i < n; i++) {
		char *text = text_of(t, &reads[i]);
		assert_string_equal(text, wanted[i]);
		assert_non_null(reads[i].opening);
		free(text);
	}
	free(reads);
	transcript_destroy(t);
}

static void a_read_goes_from_its_opening_to_the_thanks(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"Host|600|And that is why bells have clappers.",
		"|605|This portion of the show is brought to you by Ropeworks.",
		"|610|You know how ropes wear out.",
		"|616|I used to change mine every year. It was no fun at all.",
		"|640|With Ropeworks you get a rope that lasts.",
		"|650|Just visit ropeworks.example.com/bells and get started.",
		"|655|Thank you to Ropeworks for supporting the show.",
		"Guest|661|So, as I was saying, clappers are made of iron.",
		"|700|You can visit the foundry any time.",
		NULL};
	static const char *const wanted[] = {"This portion of the show is brought to you by Ropeworks. You know how ropes wear "
		"out. I used to change mine every year. It was no fun at all. With Ropeworks you get a rope that lasts. Just visit "
		"ropeworks.example.com/bells and get started. Thank you to Ropeworks for supporting the show."};
	check(lines, 1, wanted);
}

static void it_begins_and_ends_inside_of_a_line(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"Host|40|Follow us wherever bells ring. This episode is brought to you by Ropeworks and",
		"|45|Clapper Inc. Welcome to the show, Ada.",
		"Ada|49|Hello.",
		NULL};
	static const char *const wanted[] = {"This episode is brought to you by Ropeworks and Clapper Inc."};
	check(lines, 1, wanted);
	/* A turn's whole text in one line. */
	static const char *const one[] = {"Host|900|I see. This episode is sponsored by Ropeworks. Check them out at "
		"ropeworks.com. Now, back to the show. How loud is it?", "Ada|990|Loud.", NULL};
	static const char *const one_wanted[] = {"This episode is sponsored by Ropeworks. Check them out at ropeworks.com."};
	check(one, 1, one_wanted);
}

static void an_opening_may_cross_a_border(void **state)
{
	(void)state;
	static const char *const lines[] = {"Host|10|Well. This episode is brought", "|13|to you by Ropeworks.",
		"|16|Ada, how are you?", NULL};
	static const char *const wanted[] = {"This episode is brought to you by Ropeworks."};
	check(lines, 1, wanted);
}

static void who_speaks_of_sponsors_is_none(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"Ada|10|Our project is being sponsored by a bell foundry.",
		"|15|You can sponsor us on our page, and visit us there.",
		"|25|And the next release is supported by the town.",
		"|30|We have a sponsor, we thank them every day.",
		"Host|40|Which languages are supported by it?",
		NULL};
	check(lines, 0, NULL);
}

static void a_sponsors_name_is_enough_later(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"Host|30|This episode is brought to you by Ropeworks.",
		"|40|Hi everyone. Ada casts bells.",
		"Ada|400|We cast them in spring.",
		"Host|900|Let me tell you about Ropeworks.",
		"|910|Ropeworks makes ropes.",
		"|915|You should check it out.",
		"|918|Visit ropeworks.com today.",
		"Ada|925|In spring the ground is soft.",
		"|1500|They once had Ropeworks on the tower.",
		"|1510|It was long ago.",
		NULL};
	static const char *const wanted[] = {"This episode is brought to you by Ropeworks.",
		"Let me tell you about Ropeworks. Ropeworks makes ropes. You should check it out. Visit ropeworks.com today."};
	check(lines, 2, wanted);
}

static void a_break_is_one_as_a_whole(void **state)
{
	(void)state;
	static const char *const lines[] = {"Host|10|Wait a moment.", "Break|20|Buy ropes.", "|25|Now.", "Ada|30|So.", NULL};
	static const char *const wanted[] = {"Buy ropes. Now."};
	check(lines, 1, wanted);
}

static void languages_are_known_by_code_name_and_sound(void **state)
{
	(void)state;
	const char *const said[][2] = {{"en", "en"}, {"en-GB", "en"}, {"English", "en"}, {"eng", "en"}, {"deu", "de"}, {"ger", "de"},
		{"de_AT", "de"}, {"fr", "fr"}, {"nb", "no"}};
	for (size_t i = 0; i < COUNT_OF(said); i++)
		assert_string_equal(language_code(span_of(said[i][0])), said[i][1]);
	assert_null(language_code(span_of("")));
	assert_null(language_code(span_of("tlh")));
	assert_null(language_code(span_of("e")));
	sqlite3 *db;
	struct tokens *tokens;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(tokens_create(db, &tokens, NULL), OK);
	const char *const heard[][2] = {
		{"en", "and you know that the bell is in the tower and it was cast with the iron that they had"},
		{"de", "und das ist die Glocke, die wir nicht mit dem Seil läuten, aber ich weiß auch, dass sie auf dem Turm ist"},
		{"fr", "je ne sais pas qui est dans la tour avec les cloches, mais nous avons une corde pour vous et des amis"},
		{"es", "y los que tocan las campanas con una cuerda, pero como esto es muy fuerte, cuando el pueblo duerme"},
	};
	for (size_t i = 0; i < COUNT_OF(heard); i++)
		assert_string_equal(language_guess(tokens, span_of(heard[i][1])), heard[i][0]);
	assert_null(language_guess(tokens, span_of("bell")));
	assert_null(language_guess(tokens, span_of("")));
	tokens_destroy(tokens);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_goes_from_its_opening_to_the_thanks),
		cmocka_unit_test(it_begins_and_ends_inside_of_a_line),
		cmocka_unit_test(an_opening_may_cross_a_border),
		cmocka_unit_test(who_speaks_of_sponsors_is_none),
		cmocka_unit_test(a_sponsors_name_is_enough_later),
		cmocka_unit_test(a_break_is_one_as_a_whole),
		cmocka_unit_test(languages_are_known_by_code_name_and_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

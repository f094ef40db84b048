/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include "transcripts/archive_store.h"
#include "transcripts/references.h"

static const char *const ada[] = {"Ada Bell"}, *const ben[] = {"Ben Hamed Hür"};

static const struct reference_target targets[] = {
	{1, "bells", "", "On Ropes and their Splices", 25},
	{2, "bells", "", "On Wheels", 26},
	{3, "bells", "", "Another One", 126},
	{4, "chimes", "", "Small Chimes of the North", 25},
	{5, "", "ropeconf-2017", "Ropes of Hemp: a Survey", 0, ada, 1},
	{6, "", "ropeconf-2017", "Lightning Talks Session", 0},
	{7, "", "ropeconf-2018", "Lightning Talks Session", 0},
	{8, "", "ropeconf-2018", "Clappers, Headstocks and Stays", 0, ada, 1},
	{10, "", "ropeconf-2018", "Grease: how's it going?", 0, ben, 1},
	{11, "", "ropeconf-2018", "Tuning Bells by Ear Alone - What We Learned", 0},
};
static const struct reference_show shows[] = {{"bells", "Bells Weekly"}, {"chimes", "Small Chimes"}};

/* "TARGET@CUE words" each, with '|' between. */
static void check(int64_t from, const char *const *lines, const char *wanted)
{
	struct reference_index *x = reference_index_create(archive->tokens, targets, COUNT_OF(targets), shows, COUNT_OF(shows), NULL);
	struct transcript *t = sample_transcript(lines);
	struct reference *list;
	size_t n;
	struct buf found = {0};
	struct span *cues = mem_new(t->n_cues, sizeof *cues);
	for (size_t i = 0; i < t->n_cues; i++)
		cues[i] = t->cues[i].text;
	struct spoken_words spoken;
	spoken_words_read(&spoken, archive->tokens, cues, t->n_cues);
	references_find(x, from, "bells", &spoken, &list, &n);
	spoken_words_finish(&spoken);
	free(cues);
	buf_text(&found, "");
	for (size_t i = 0; i < n; i++)
		buf_format(&found, "%s%lld@%zu %s", i ? "|" : "", (long long)list[i].target, list[i].cue, list[i].words);
	assert_string_equal(found.p, wanted);
	references_free(list, n);
	buf_finish(&found);
	transcript_destroy(t);
	reference_index_destroy(x);
}

static void numbers_lead_to_the_same_show(void **state)
{
	(void)state;
	check(9, (const char *const[]){"Ada|0|You heard it in episode 25, and", "|4|again in Episode number twenty six.", NULL},
		"1@0 episode 25|2@1 Episode number twenty six");
	check(9, (const char *const[]){"Ada|0|That was show number one hundred and twenty-six.", NULL},
		"3@0 show number one hundred and twenty-six");
	check(9, (const char *const[]){"Ada|0|That was show number one hundred twenty-six.", NULL},
		"3@0 show number one hundred twenty-six");
	check(9, (const char *const[]){"Ada|0|We show 25 things, chapter 26, episode 99, 25 episodes.", NULL}, "");
	check(1, (const char *const[]){"Ada|0|This is episode 25.", NULL}, "");
}

static void a_show_named_beside_the_number_has_it(void **state)
{
	(void)state;
	check(9, (const char *const[]){"Ada|0|In episode 25 of Small Chimes you heard it.", NULL}, "4@0 episode 25");
	check(9, (const char *const[]){"Ada|0|Small Chimes, episode 25, and then Folge 26.", NULL}, "4@0 episode 25|2@0 Folge 26");
	check(9, (const char *const[]){"Ada|0|Episodes 25 and 26, please.", NULL}, "1@0 Episodes 25|2@0 26");
}

static void titles_are_found_across_cues_once_and_the_longest(void **state)
{
	(void)state;
	check(9, (const char *const[]){"Ada|0|See on ropes and", "|2|their splices, and her talk Ropes of", "Ben|4|hemp, a survey!",
		"|6|On ropes and their splices again.", NULL}, "1@0 on ropes and their splices|5@1 Ropes of hemp, a survey");
}

static void a_titles_part_before_its_colon_may_stand_for_it(void **state)
{
	(void)state;
	check(9, (const char *const[]){"Ada|0|The keynote, tuning bells by ear alone, I think.", NULL},
		"11@0 tuning bells by ear alone");
}

static void a_talk_is_known_by_its_speaker_and_what_it_is_about(void **state)
{
	(void)state;
	check(9, (const char *const[]){"Ada|0|Then came Ada Bell's talk", "|4|on the clapper and on headstocks.", NULL},
		"8@0 Ada Bell … clapper, headstocks");
	check(9, (const char *const[]){"Ada|0|Then Ada Bell spoke", "|4|of the clapper, a stay and of headstocks.", NULL},
		"8@0 Ada Bell … clapper, headstocks, stay");
	check(9, (const char *const[]){"Ada|0|Then Ada Bell talked", "|4|of the clapper and of headstocks.", NULL}, "");
	check(9, (const char *const[]){"Ada|0|I like Ada Bell a lot; what a clapper.", NULL}, "");
	/* The only telling word of its title, and a talk is spoken of. */
	check(9, (const char *const[]){"Ada|0|There was Ben Hamed Hur's talk about grease.", NULL},
		"10@0 Ben Hamed Hur … grease");
	check(9, (const char *const[]){"Ada|0|There was Ben Hamed Hur, all in grease.", NULL}, "");
	/* The only one of his at the edition that is named. */
	check(9, (const char *const[]){"Ada|0|We met at RopeConf in 2018.", "|9|Ada Bell gave a talk, too.", NULL},
		"8@1 Ada Bell … talk");
	check(9, (const char *const[]){"Ada|0|We met at RopeConf.", "|9|Ada Bell gave a talk, too.", NULL}, "");
}

static void what_two_have_or_says_too_little_is_not_found(void **state)
{
	(void)state;
	check(9, (const char *const[]){"Ada|0|A lightning talks session on wheels, another one.", NULL}, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_lead_to_the_same_show),
		cmocka_unit_test(a_show_named_beside_the_number_has_it),
		cmocka_unit_test(a_titles_part_before_its_colon_may_stand_for_it),
		cmocka_unit_test(a_talk_is_known_by_its_speaker_and_what_it_is_about),
		cmocka_unit_test(titles_are_found_across_cues_once_and_the_longest),
		cmocka_unit_test(what_two_have_or_says_too_little_is_not_found),
	};
	return cmocka_run_group_tests(tests, archive_set_up, archive_tear_down);
}

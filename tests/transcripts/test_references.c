/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/sample.h"

#include "transcripts/archive_store.h"
#include "transcripts/references.h"

static char *folder;
static struct archive *archive;

static const struct reference_target targets[] = {
	{1, "bells", "On Ropes and their Splices", 25},
	{2, "bells", "On Wheels", 26},
	{3, "bells", "Another One", 126},
	{4, "chimes", "Small Chimes of the North", 25},
	{5, "", "Ropes of Hemp: a Survey", 0},
	{6, "", "Lightning Talks Session", 0},
	{7, "", "Lightning Talks Session", 0},
};

static int set_up(void **state)
{
	(void)state;
	folder = sample_folder();
	return archive_open(folder, &archive, NULL) != OK;
}

static int tear_down(void **state)
{
	(void)state;
	archive_close(archive);
	sample_folder_remove(folder);
	return 0;
}

/* "TARGET@CUE words" each, with '|' between. */
static void check(int64_t from, const char *const *lines, const char *wanted)
{
	struct reference_index *x = reference_index_create(archive->tokens, targets, COUNT_OF(targets));
	struct transcript *t = sample_transcript(lines);
	struct reference *list;
	size_t n;
	struct buf found = {0};
	references_find(x, from, "bells", t, &list, &n);
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
	check(9, (const char *const[]){"Ada|0|That was show number one hundred and twenty-six.", NULL}, "");
	check(9, (const char *const[]){"Ada|0|That was show number one hundred twenty-six.", NULL},
		"3@0 show number one hundred twenty-six");
	check(9, (const char *const[]){"Ada|0|We show 25 things, chapter 26, episode 99, 25 episodes.", NULL}, "");
	check(1, (const char *const[]){"Ada|0|This is episode 25.", NULL}, "");
}

static void titles_are_found_across_cues_once_and_the_longest(void **state)
{
	(void)state;
	check(9, (const char *const[]){"Ada|0|See on ropes and", "|2|their splices, and Ropes of", "Ben|4|hemp, a survey!",
		"|6|On ropes and their splices again.", NULL}, "1@0 on ropes and their splices|5@1 Ropes of hemp, a survey");
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
		cmocka_unit_test(titles_are_found_across_cues_once_and_the_longest),
		cmocka_unit_test(what_two_have_or_says_too_little_is_not_found),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

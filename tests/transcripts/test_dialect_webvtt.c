/* SPDX-License-Identifier: MIT */
#include "dialect_help.h"

static void voices_are_speakers_and_what_is_malformed_is_reported(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("voices.vtt", &faults);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_webvtt);
	assert_int_equal(t->n_cues, 7);
	assert_cue(t, 0, 1000, 2500, "Ding & dong");
	assert_span(t->turns[0].speaker, "The Host");
	assert_cue(t, 1, 1000, 2500, "ring on");
	assert_span(t->turns[1].speaker, "");
	assert_cue(t, 2, 2500, 2500, "No length");
	assert_cue(t, 3, 3000, 5000, "Who rings?");
	assert_span(t->turns[3].speaker, "A Guest");
	assert_cue(t, 4, 3000, 5000, "I do.");
	/* A caption that is only a number is a caption. */
	assert_cue(t, 5, 360007000, 360008000, "1923");
	assert_cue(t, 6, 360009000, 360010000, "a < b and 3 > 2");
	assert_int_equal(t->cues[0].line, 11);
	assert_int_equal(t->n_faults, 2);
	assert_string_equal(r.all.p,
		"22: '00:00:06 --> 00:00:07' isn't a cue's timing (00:00:00.000 --> 00:00:00.000); the cue "
		"was left out\n25: text without a time; it was left out\n");
	document_destroy(d);
	buf_finish(&r.all);
}

static void scrolling_captions_lose_their_repetitions(void **state)
{
	(void)state;
	struct document *d = fixture_document("scrolling.vtt", NULL);
	assert_int_equal(d->transcript->n_cues, 3);
	assert_cue(d->transcript, 0, 0, 2000, "the bells of");
	assert_cue(d->transcript, 1, 2010, 4000, "the town");
	assert_cue(d->transcript, 2, 4010, 6000, "ring again");
	document_destroy(d);
}

static void a_cue_that_shows_plain_what_was_just_stamped_goes(void **state)
{
	(void)state;
	struct document *d = read_text("x.vtt",
		"WEBVTT\nKind: captions\nLanguage: en\n\n00:00.000 --> 00:02.000 align:start\n \n"
		"the<00:00:00.500><c> bells</c>\n\n00:02.000 --> 00:02.010\nthe bells\n \n\n", NULL);
	assert_int_equal(d->transcript->n_cues, 1);
	assert_cue(d->transcript, 0, 0, 2000, "the bells");
	assert_string_equal(d->language, "en");
	document_destroy(d);
}

static void a_line_that_is_said_twice_stays_twice(void **state)
{
	(void)state;
	struct document *d = read_text("x.vtt",
		"WEBVTT\n\n00:01.000 --> 00:02.000\nYeah.\n\n00:02.000 --> 00:03.000\nYeah.\n\n"
		"00:03.000 --> 00:04.000\nYeah.\n", NULL);
	assert_int_equal(d->transcript->n_cues, 3);
	document_destroy(d);
}

static void a_body_without_its_first_line_is_recognised(void **state)
{
	(void)state;
	struct document *d = fixture_document("headless.vtt", NULL);
	assert_ptr_equal(d->dialect, &dialect_webvtt);
	assert_int_equal(d->transcript->n_cues, 2);
	assert_non_null(strstr(d->reason, "WEBVTT line is missing"));
	document_destroy(d);
}

static void a_file_without_cues_is_refused_with_a_reason(void **state)
{
	(void)state;
	struct document *d = read_text("x.vtt", "WEBVTT\n\nNOTE nothing here\n", NULL);
	assert_int_equal(d->kind, DOCUMENT_UNKNOWN);
	assert_null(d->transcript);
	assert_non_null(strstr(d->reason, "no cue"));
	document_destroy(d);
}

static void tags_that_never_close_and_lone_ends_lose_no_words(void **state)
{
	(void)state;
	struct document *d = read_text("x.vtt",
		"WEBVTT\n\n00:01.000 --> 00:02.000\none <two three\n\n00:02.000 --> 00:03.000\n"
		"</i>four</v> five<>\n\n00:03.000 --> 00:02.000\nsix\nseven\n00:04.000 --> 00:05.000\neight", NULL);
	assert_int_equal(d->transcript->n_cues, 5);
	assert_cue(d->transcript, 0, 1000, 2000, "one <two three");
	assert_cue(d->transcript, 1, 2000, 3000, "four");
	assert_cue(d->transcript, 2, 2000, 3000, "five");
	assert_cue(d->transcript, 3, 3000, 3000, "six seven");
	assert_cue(d->transcript, 4, 4000, 5000, "eight");
	document_destroy(d);
}

static void loose_subrip_is_read_with_its_speakers(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("captions.srt", &faults);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_subrip);
	assert_int_equal(t->n_cues, 5);
	assert_int_equal(t->n_turns, 3);
	assert_cue(t, 0, 500, 2040, "Ring the bell, please.");
	assert_span(t->turns[0].speaker, "Anna");
	assert_cue(t, 1, 2040, 3000, "Which one?");
	assert_span(t->turns[1].speaker, "BERT");
	assert_cue(t, 2, 3000, 4000, "1923");
	assert_cue(t, 3, 4000, 5000, "The great one & the small one.");
	assert_cue(t, 4, 3605000, 3606000, "Now.");
	assert_int_equal(t->n_faults, 1);
	assert_int_equal(r.last_line, 22);
	document_destroy(d);
	buf_finish(&r.all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(voices_are_speakers_and_what_is_malformed_is_reported),
		cmocka_unit_test(scrolling_captions_lose_their_repetitions),
		cmocka_unit_test(a_cue_that_shows_plain_what_was_just_stamped_goes),
		cmocka_unit_test(a_line_that_is_said_twice_stays_twice),
		cmocka_unit_test(a_body_without_its_first_line_is_recognised),
		cmocka_unit_test(a_file_without_cues_is_refused_with_a_reason),
		cmocka_unit_test(loose_subrip_is_read_with_its_speakers),
		cmocka_unit_test(tags_that_never_close_and_lone_ends_lose_no_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

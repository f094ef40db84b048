/* The dialects of plain text: speaker lines, stamped lines, stamps inside paragraphs, planet pages.
 * SPDX-License-Identifier: MIT */
#include "dialect_help.h"

static void a_line_with_a_speaker_is_a_turn_and_lines_without_a_stamp_continue_it(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("speaker_lines.txt", &faults);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_speaker_lines);
	assert_string_equal(d->reason, "6 of 11 lines read 'MM:SS Speaker: text'");
	assert_string_equal(d->title, "#12: How a carillon is tuned");
	assert_int_equal(r.n, 0);
	assert_int_equal(t->n_turns, 6);
	assert_int_equal(t->n_cues, 7);
	assert_cue(t, 0, 0, 9000, "Welcome to the tower. Today's question: why does a bell sound minor?");
	assert_cue(t, 1, 9000, 21000,
		"Thank you. It is the third partial, the tierce. It rings a minor third above the prime.");
	assert_span(t->turns[1].speaker, "Guest van Toren");
	assert_int_equal(t->cues[0].line, 7);
	/* Past the hour the stamps have three parts; a line that names nobody goes on with the turn. */
	assert_cue(t, 5, 3605000, 3607000, "Goodbye.");
	assert_int_equal(t->turns[5].n_cues, 2);
	document_destroy(d);
	buf_finish(&r.all);
}

static void a_colon_later_in_the_sentence_makes_no_speaker(void **state)
{
	(void)state;
	struct document *d = read_text("x.txt",
		"00:00 We said this: ring the bells.\n00:05 http://example.org/ is the place.\n"
		"00:09 At ten: the bourdon.\n", NULL);
	assert_ptr_equal(d->dialect, &dialect_stamped_lines);
	assert_int_equal(d->transcript->n_turns, 1);
	assert_cue(d->transcript, 2, 9000, 10600, "At ten: the bourdon.");
	document_destroy(d);
}

static void names_in_capitals_with_particles_numbers_and_brackets_are_speakers(void **state)
{
	(void)state;
	struct document *d = read_text("x.txt",
		"0:00:00 KENNEDY: a\n[0:00:05] Speaker 2: b\n0:00:06 \xC5\x81ukasz van der Berg: c\n"
		"0:00:07 Host (live): d\n", NULL);
	assert_int_equal(d->transcript->n_turns, 4);
	assert_span(d->transcript->turns[0].speaker, "KENNEDY");
	assert_span(d->transcript->turns[1].speaker, "Speaker 2");
	assert_span(d->transcript->turns[2].speaker, "\xC5\x81ukasz van der Berg");
	assert_span(d->transcript->turns[3].speaker, "Host (live)");
	document_destroy(d);
}

static void a_speaker_may_stand_before_the_stamp(void **state)
{
	(void)state;
	struct document *d = fixture_document("tabs.txt", NULL);
	assert_ptr_equal(d->dialect, &dialect_speaker_lines);
	assert_int_equal(d->transcript->n_turns, 3);
	assert_span(d->transcript->turns[1].speaker, "Bert");
	assert_cue(d->transcript, 1, 3000, 5000, "Good evening.");
	document_destroy(d);
}

static void stamped_lines_keep_equal_and_backward_times(void **state)
{
	(void)state;
	struct document *d = fixture_document("stamped_lines.txt", NULL);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_stamped_lines);
	assert_string_equal(d->reason, "6 of 6 lines read 'HH:MM:SS text'");
	assert_int_equal(t->n_cues, 6);
	assert_int_equal(t->n_turns, 1);
	assert_cue(t, 1, 4000, 4000, "It weighs eight tonnes.");
	assert_cue(t, 3, 9000, 3600000, "am I right?");
	assert_cue(t, 4, 3600000, 3600000, "Hours may have one digit,");
	assert_cue(t, 5, 3590000, 3592400, "and a clock may go back.");
	document_destroy(d);
}

static void old_macs_word_processors_and_lone_stamps_are_read(void **state)
{
	(void)state;
	struct document *d = fixture_document("old_mac.txt", NULL);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_stamped_lines);
	assert_int_equal(t->n_cues, 6);
	/* Nobody stamped the introduction, but there was time for it. */
	assert_cue(t, 0, 0, 36000, "This is what nobody stamped,");
	assert_cue(t, 1, 36000, 41000, "Hello and welcome.");
	assert_cue(t, 2, 41000, 50000, "Tabs too. [music]");
	assert_cue(t, 3, 50000, 55000, "A stamp alone.");
	assert_cue(t, 4, 55000, 62000, "In brackets.");
	assert_cue(t, 5, 62000, 63000, "Glued.");
	/* U+2028 breaks a line, but not one that an editor counts. */
	assert_int_equal(t->cues[1].line, 2);
	assert_int_equal(t->cues[2].line, 2);
	assert_int_equal(t->cues[3].line, 5);
	document_destroy(d);
}

static void a_stamp_without_words_is_reported(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = read_text("x.txt", "00:01 a\n00:02\n00:03 b\n00:04\n", &faults);
	assert_int_equal(d->transcript->n_cues, 2);
	assert_int_equal(d->transcript->n_faults, 2);
	assert_string_equal(r.all.p, "2: a time without words; it was left out\n4: a time without words; it was left out\n");
	document_destroy(d);
	buf_finish(&r.all);
}

static void marks_of_another_voice_start_a_turn(void **state)
{
	(void)state;
	struct document *d = read_text("x.txt", "00:00:01 >> Hello.\n00:00:02 Still me.\n00:00:03 - And me.\n", NULL);
	assert_int_equal(d->transcript->n_turns, 2);
	assert_int_equal(d->transcript->turns[0].n_cues, 2);
	assert_cue(d->transcript, 2, 3000, 4000, "And me.");
	document_destroy(d);
}

static void times_inside_paragraphs_are_cues_and_clock_times_are_text(void **state)
{
	(void)state;
	struct document *d = fixture_document("inline_stamps.txt", NULL);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_inline_stamps);
	assert_string_equal(d->reason, "4 times stand inside its paragraphs and 3 at their start, in order");
	assert_int_equal(t->n_turns, 3);
	assert_int_equal(t->n_cues, 7);
	assert_cue(t, 0, 5000, 12000,
		"The tower opens at 9:30 on Sundays, and one climbs three hundred steps to the bells, slowly.");
	assert_cue(t, 1, 12000, 18000, "Then comes the drum.");
	assert_cue(t, 2, 18000, 25000, "It turns once an hour, and its pins pull the wires of the bells in order.");
	assert_cue(t, 4, 33000, 41000,
		"at the height of the \xE2\x80\x9Cold\xE2\x80\x9D gallery. The player sits with the back to the town.");
	assert_int_equal(t->cues[6].start_ms, 48000);
	assert_span(t->cues[6].text, "We met there at 19:30 and left at 7:15, all of us.");
	document_destroy(d);
}

static void speakers_are_read_inside_paragraphs_too(void **state)
{
	(void)state;
	struct document *d = read_text("x.txt",
		"0:01 Anna: Good morning to all of you. 0:04 It is early.\n\n0:06 Bert: Yes. 0:08 Anna: "
		"And cold. 0:10 Very cold indeed.\n", NULL);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_inline_stamps);
	assert_int_equal(t->n_cues, 5);
	assert_int_equal(t->n_turns, 3);
	assert_span(t->turns[1].speaker, "Bert");
	assert_cue(t, 3, 8000, 10000, "And cold.");
	assert_span(t->turns[2].speaker, "Anna");
	document_destroy(d);
}

static void an_article_that_mentions_times_is_no_transcript(void **state)
{
	(void)state;
	struct document *d = read_text("x.txt", "The tower opens at 9:30 and closes at 17:00 on Sundays.\n\n"
		"On market days one rings at 9:45, at 10:15 am and at 11:00 pm; the ratio of 3:2 is a fifth.\n", NULL);
	assert_int_equal(d->kind, DOCUMENT_UNKNOWN);
	assert_true(*d->reason);
	document_destroy(d);
}

static void a_planet_page_is_recognised_and_declined(void **state)
{
	(void)state;
	struct document *d = fixture_document("planet.txt", NULL);
	assert_int_equal(d->kind, DOCUMENT_DECLINED);
	assert_ptr_equal(d->dialect, &dialect_planet_page);
	assert_null(d->transcript);
	assert_non_null(strstr(d->reason, "2 posts end in 'by NAME at DATE'"));
	document_destroy(d);
}

static void dialects_are_found_by_their_label(void **state)
{
	(void)state;
	assert_ptr_equal(dialect_named(span_of("webvtt")), &dialect_webvtt);
	assert_ptr_equal(dialect_named(span_of("speaker-lines")), &dialect_speaker_lines);
	assert_null(dialect_named(span_of("no-such")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_with_a_speaker_is_a_turn_and_lines_without_a_stamp_continue_it),
		cmocka_unit_test(a_colon_later_in_the_sentence_makes_no_speaker),
		cmocka_unit_test(names_in_capitals_with_particles_numbers_and_brackets_are_speakers),
		cmocka_unit_test(a_speaker_may_stand_before_the_stamp),
		cmocka_unit_test(stamped_lines_keep_equal_and_backward_times),
		cmocka_unit_test(old_macs_word_processors_and_lone_stamps_are_read),
		cmocka_unit_test(a_stamp_without_words_is_reported),
		cmocka_unit_test(marks_of_another_voice_start_a_turn),
		cmocka_unit_test(times_inside_paragraphs_are_cues_and_clock_times_are_text),
		cmocka_unit_test(speakers_are_read_inside_paragraphs_too),
		cmocka_unit_test(an_article_that_mentions_times_is_no_transcript),
		cmocka_unit_test(a_planet_page_is_recognised_and_declined),
		cmocka_unit_test(dialects_are_found_by_their_label),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "dialect_help.h"

#include "transcripts/kinds.h"

static void expect_faults(struct recorded *r, const char *all)
{
	assert_string_equal(r->all.p ? r->all.p : "", all);
	buf_finish(&r->all);
}

static void podcasting_json_is_segments_with_speakers(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("podcasting.json", &faults);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_podcasting_json);
	assert_int_equal(t->n_turns, 4);
	assert_int_equal(t->n_cues, 5);
	assert_span(t->turns[0].speaker, "Ada");
	assert_int_equal(t->turns[0].n_cues, 2);
	assert_span(t->turns[2].speaker, "");
	assert_cue(t, 0, 500, 2250, "Welcome to the bells.");
	assert_cue(t, 1, 2250, 6000, "They ring at noon.");
	assert_cue(t, 2, 6000, 7000, "And at \"six\".");
	assert_int_equal(t->cues[2].line, 6);
	assert_cue(t, 3, 8000, 8000, "Who said that?");
	assert_true(t->cues[4].untimed);
	assert_int_equal(t->n_untimed, 1);
	document_destroy(d);
	expect_faults(&r, "12: the words end before they start; they were given no length\n"
		"13: words without a time; they were given the last one before them\n"
		"14: a segment without a body; it was left out\n");
}

static void podcasting_html_is_cite_time_and_p(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("podcasting.html", &faults);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_podcasting_html);
	assert_int_equal(t->n_turns, 3);
	assert_span(t->turns[0].speaker, "Ada");
	assert_span(t->turns[1].speaker, "Guest");
	assert_span(t->turns[2].speaker, "");
	assert_int_equal(t->n_cues, 5);
	assert_cue(t, 0, 0, 62500, "Welcome to the bells & ropes.");
	assert_true(t->cues[1].untimed);
	assert_cue(t, 2, 62500, 3723000, "Thanks, 3 < 4.");
	assert_cue(t, 4, 3723000, 3724000, "Dong.");
	document_destroy(d);
	expect_faults(&r, "13: 'noon' isn't a time; what follows was given the one before, write it as M:SS\n"
		"18: a time without words; it was left out\n"
		"16: words outside <cite>, <time> and <p>, 1 passage from here on; left out, put what was said into <p>\n");
}

static void whisper_says_nan_and_falls_into_loops(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("whisper.json", &faults);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_whisper);
	assert_string_equal(d->language, "en");
	assert_int_equal(t->n_turns, 1);
	assert_int_equal(t->n_cues, 7);
	assert_cue(t, 0, 0, 2480, "The bells ring.");
	assert_cue(t, 1, 2480, 2480, "They ring.");
	assert_int_equal(t->cues[1].line, 5);
	document_destroy(d);
	expect_faults(&r,
		"6: the same words 5 times one after the other, which looks like a recogniser's loop; they were kept, "
		"listen and delete what wasn't said\n");
}

static void whisper_s_words_and_its_relatives_speakers_are_read(void **state)
{
	(void)state;
	struct document *d = read_text("a.json", "{\"language\": \"english\", \"duration\": 12.5, \"words\": [\n"
		"{\"word\": \"Ding.\", \"start\": 0.25, \"end\": 1},\n{\"word\": \"Dong\", \"start\": 1, \"end\": 2}]}", NULL);
	assert_ptr_equal(d->dialect, &dialect_whisper);
	assert_string_equal(d->language, "en");
	assert_int_equal(d->duration_ms, 12500);
	assert_cue(d->transcript, 0, 250, 1000, "Ding.");
	assert_cue(d->transcript, 1, 1000, 2000, "Dong");
	assert_int_equal(d->transcript->cues[1].line, 3);
	document_destroy(d);
	d = read_text("a.json",
		"{\"segments\": [{\"start\": 0, \"end\": 1, \"text\": \"Ding\", \"speaker\": \"SPEAKER_00\"}, "
		"{\"start\": 1, \"end\": 2, \"text\": \"Dong\", \"speaker\": \"SPEAKER_01\"}]}", NULL);
	assert_int_equal(d->transcript->n_turns, 2);
	assert_span(d->transcript->turns[1].speaker, "SPEAKER_01");
	document_destroy(d);
}

static void whisper_s_table_counts_milliseconds(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("whisper.tsv", &faults);
	assert_ptr_equal(d->dialect, &dialect_whisper_tsv);
	assert_int_equal(d->transcript->n_cues, 3);
	assert_cue(d->transcript, 1, 2480, 2480, "They ring.");
	assert_cue(d->transcript, 2, 4000, 4000, "Backwards.");
	assert_int_equal(d->transcript->n_faults, 1);
	assert_int_equal(r.n, 2);
	document_destroy(d);
	buf_finish(&r.all);
}

static void whisper_cpp_has_offsets_or_stamps(void **state)
{
	(void)state;
	struct document *d = fixture_document("whisper_cpp.json", NULL);
	assert_ptr_equal(d->dialect, &dialect_whisper_cpp);
	assert_string_equal(d->language, "de");
	assert_int_equal(d->transcript->n_cues, 2);
	assert_cue(d->transcript, 0, 0, 2480, "Die Glocken.");
	assert_cue(d->transcript, 1, 62500, 63000, "Sie klingen.");
	assert_int_equal(d->transcript->cues[1].line, 11);
	document_destroy(d);
}

static void assemblyai_s_sentences_are_who_says_most_of_them(void **state)
{
	(void)state;
	struct document *d = fixture_document("assemblyai.json", NULL);
	const struct transcript *t = d->transcript;
	assert_ptr_equal(d->dialect, &dialect_assemblyai);
	assert_int_equal(d->duration_ms, 3500);
	assert_int_equal(t->n_turns, 3);
	assert_span(t->turns[0].speaker, "A");
	assert_span(t->turns[1].speaker, "B");
	assert_cue(t, 1, 1178, 2000, "They do.");
	assert_int_equal(t->cues[2].line, 8);
	document_destroy(d);
}

static void assemblyai_s_words_become_sentences_and_its_chapters_chapters(void **state)
{
	(void)state;
	struct document *d = fixture_document("assemblyai_words.json", NULL);
	const struct transcript *t = d->transcript;
	assert_int_equal(t->n_turns, 2);
	assert_cue(t, 0, 100, 450, "The bells ring.");
	assert_cue(t, 1, 500, 700, "They do.");
	assert_int_equal(t->cues[1].line, 5);
	assert_cue(t, 2, 800, 900, "Yes");
	assert_span(t->turns[1].speaker, "B");
	assert_int_equal(d->n_chapters, 2);
	assert_string_equal(d->chapters[0].title, "Bells");
	assert_string_equal(d->chapters[1].title, "Of ropes");
	assert_int_equal(d->chapters[1].start_ms, 500);
	assert_string_equal(d->language, "en_us");
	document_destroy(d);
	d = read_text("a.json",
		"{\"status\": \"completed\", \"audio_url\": \"x\", \"utterances\": [{\"speaker\": \"B\", \"text\": "
		"\"Ding. Dong.\", \"start\": 0, \"end\": 9, \"words\": [{\"text\": \"Ding.\", \"start\": 1, \"end\": 2}, "
		"{\"text\": \"Dong.\", \"start\": 3, \"end\": 4}]}]}", NULL);
	assert_int_equal(d->transcript->n_turns, 1);
	assert_span(d->transcript->turns[0].speaker, "B");
	assert_cue(d->transcript, 1, 3, 4, "Dong.");
	document_destroy(d);
	d = read_text("a.json",
		"{\"status\": \"completed\", \"audio_url\": \"x\", \"utterances\": [{\"speaker\": \"B\", \"text\": "
		"\"Ding.\", \"start\": 0, \"end\": 9}], \"chapters\": [{\"gist\": \"Late\", \"start\": 5, \"end\": 9}, "
		"{\"gist\": \"Early\", \"start\": 0, \"end\": 5}]}", NULL);
	assert_int_equal(d->n_chapters, 2);
	assert_string_equal(d->chapters[0].title, "Early");
	document_destroy(d);
}

static void an_answer_without_words_is_declined_with_its_reason(void **state)
{
	(void)state;
	struct document *d = fixture_document("assemblyai_summary.json", NULL);
	assert_int_equal(d->kind, DOCUMENT_DECLINED);
	assert_ptr_equal(d->dialect, &dialect_assemblyai_summary);
	assert_non_null(strstr(d->reason, "without a single time"));
	assert_null(d->transcript);
	document_destroy(d);
}

static void other_json_is_refused_and_broken_json_said_to_be(void **state)
{
	(void)state;
	struct document *d = read_text("a.json", "{\"segments\": [{\"body\": \"x\", \"startTime\": 1}", NULL);
	assert_int_equal(d->kind, DOCUMENT_UNKNOWN);
	assert_non_null(strstr(d->reason, "broken: not JSON at byte"));
	document_destroy(d);
	d = read_text("a.json", "{\"segments\": []}", NULL);
	assert_non_null(strstr(d->reason, "none of a transcript that is known"));
	document_destroy(d);
	/* Known, but without a word: never a silent empty transcript. */
	d = read_text("a.json", "{\"segments\": [{\"startTime\": 1, \"body\": \" \"}]}", NULL);
	assert_int_equal(d->kind, DOCUMENT_UNKNOWN);
	assert_non_null(strstr(d->reason, "no cue in it"));
	assert_null(d->transcript);
	document_destroy(d);
}

static void what_somebody_says_a_file_is_goes_before_detection(void **state)
{
	(void)state;
	struct span text = span_of("0:00 Ada: Ding.\n0:10 Dong.\n");
	struct document *d = document_read_as("a.txt", text, span_of("stamped-lines"), "it was said so", NULL);
	assert_ptr_equal(d->dialect, &dialect_stamped_lines);
	assert_span(d->transcript->cues[0].text, "Ada: Ding.");
	document_destroy(d);
	d = document_read_as("a.txt", text, span_of("whisper"), "it was said so", NULL);
	assert_int_equal(d->kind, DOCUMENT_UNKNOWN);
	assert_non_null(strstr(d->reason, "it was said so"));
	document_destroy(d);
	d = document_read_as("a.txt", text, span_of("wisper"), "it was said so", NULL);
	assert_string_equal(d->reason, "'wisper' isn't a dialect; did you mean 'whisper'");
	assert_string_equal(d->slug, "a");
	document_destroy(d);
	d = document_read_as("a.txt", text, span_of("page"), "it was said so", NULL);
	assert_int_equal(d->kind, DOCUMENT_UNKNOWN);
	document_destroy(d);
	d = document_read_as("a.txt", span_of("---\ntitle: x\nmp3: a.mp3\n---\n"), span_of("page"), "it was said so", NULL);
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	document_destroy(d);
}

static void every_dialect_has_its_own_label(void **state)
{
	(void)state;
	const struct dialect *d;
	size_t n = 0;
	for (; (d = dialect_at(n)); n++) {
		assert_ptr_equal(dialect_named(span_of(d->label)), d);
		assert_true((d->parse == NULL) == (d->decline != NULL));
	}
	assert_int_equal(n, 20);
}

static void every_kind_has_its_own_label(void **state)
{
	(void)state;
	struct kind k, other;
	size_t n = 0, n_collections = 0;
	for (; kind_at(n, &k); n++) {
		assert_true(*k.name && strcmp(k.label, "auto") != 0);
		assert_true(kind_named(span_of(k.label), &other) && other.of == k.of && strcmp(other.name, k.name) == 0);
		n_collections += k.of == KIND_COLLECTION;
		if (k.of == KIND_COLLECTION)
			continue;
		/* Whatever it is said to be, it is read or refused as that. */
		struct document *d = document_read_as("a.txt", span_of("No words of any kind."), span_of(k.label), "so", NULL);
		assert_true(d->kind != DOCUMENT_EPISODE && d->kind != DOCUMENT_TALK);
		assert_null(strstr(d->reason, "isn't a dialect"));
		document_destroy(d);
	}
	assert_true(n > 40 && n_collections > 15);
	assert_string_equal(kind_nearest(span_of("chapter-json")), "chapters-json");
	assert_string_equal(kind_nearest(span_of("auot")), "auto");
	assert_null(kind_nearest(span_of("zzzzzzzzzz")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(podcasting_json_is_segments_with_speakers),
		cmocka_unit_test(podcasting_html_is_cite_time_and_p),
		cmocka_unit_test(whisper_says_nan_and_falls_into_loops),
		cmocka_unit_test(whisper_s_words_and_its_relatives_speakers_are_read),
		cmocka_unit_test(whisper_s_table_counts_milliseconds),
		cmocka_unit_test(whisper_cpp_has_offsets_or_stamps),
		cmocka_unit_test(assemblyai_s_sentences_are_who_says_most_of_them),
		cmocka_unit_test(assemblyai_s_words_become_sentences_and_its_chapters_chapters),
		cmocka_unit_test(an_answer_without_words_is_declined_with_its_reason),
		cmocka_unit_test(other_json_is_refused_and_broken_json_said_to_be),
		cmocka_unit_test(what_somebody_says_a_file_is_goes_before_detection),
		cmocka_unit_test(every_dialect_has_its_own_label),
		cmocka_unit_test(every_kind_has_its_own_label),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

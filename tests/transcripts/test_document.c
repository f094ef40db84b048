/* SPDX-License-Identifier: MIT */
#include "dialect_help.h"

static void a_page_gives_front_matter_notes_and_transcript(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("code_maven.md", &faults);
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_ptr_equal(d->dialect, &dialect_code_maven);
	assert_string_equal(d->title, "Bells #3: Tuning");
	assert_string_equal(d->slug, "code-maven");
	assert_string_equal(d->author, "tower");
	assert_string_equal(d->description, "How a bell is tuned");
	assert_string_equal(d->media_file, "/media/bells-3.mp3");
	assert_int_equal(d->media_bytes, 1200345);
	assert_int_equal(d->published_ms, 1777888801000);
	assert_string_equal(d->youtube, "abcDEF_123-");
	assert_int_equal(d->n_tags, 2);
	assert_string_equal(d->tags[1], "tuning");
	assert_true(d->published);
	/* 25.01 is how somebody wrote 25:01. */
	assert_int_equal(d->duration_ms, 1501000);
	assert_non_null(strstr(r.all.p, "11: time '25.01' has a dot; it was read as 25:01"));
	assert_string_equal(d->notes,
		"About [tuning](https://example.org/tuning).\n\n\n\n## Links\n\n* [Tower](https://example.org/)\n\n"
		"## Technical info\n\nRecorded in the tower.\n");
	assert_int_equal(d->notes_line, 19);
	document_destroy(d);
	buf_finish(&r.all);
}

static void entries_are_turns_with_declared_names_and_markup_reduced(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = fixture_document("code_maven.md", &faults);
	const struct transcript *t = d->transcript;
	assert_int_equal(t->n_turns, 5);
	assert_int_equal(t->n_cues, 5);
	assert_span(t->turns[0].speaker, "The Host");
	assert_cue(t, 0, 3000, 18000,
		"Welcome to the tower, where \xE2\x80\x9C" "every bell is a chord\xE2\x80\x9D & more. It is cold here.");
	assert_int_equal(t->cues[0].line, 35);
	assert_cue(t, 1, 18000, 25000, "On the same line.");
	assert_span(t->turns[1].speaker, "A. Tuner");
	assert_cue(t, 2, 25000, 3602000, "Indented <text> of code with a List<String>.");
	assert_span(t->turns[3].speaker, "visitor");
	assert_non_null(strstr(r.all.p, "44: speaker 'visitor' isn't declared"));
	assert_non_null(strstr(r.all.p, "46: '1:5' isn't a time"));
	assert_int_equal(t->n_faults, 2);
	document_destroy(d);
	buf_finish(&r.all);
}

static void the_first_drafts_spelling_is_read(void **state)
{
	(void)state;
	struct document *d = fixture_document("draft.md", NULL);
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_false(d->published);
	assert_string_equal(d->media_file, "draft.mp3");
	assert_int_equal(d->transcript->n_turns, 2);
	assert_span(d->transcript->turns[1].speaker, "A Guest");
	assert_cue(d->transcript, 0, 0, 7000, "Hello.");
	assert_string_equal(d->notes, "Some words.\n");
	document_destroy(d);
}

static void our_own_keys_are_read(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = read_text("Any File.md",
		"---\ntitle: T\nslug: My Slug\nshow: bells\ndate: 2026-11-20\nauthor: [A, B]\n"
		"image: a.png\nguid: g-1\nseason: 2\nepisode: 7\nexplicit: yes\ntags: one, two\nmedia: m.opus\ntranscript: t.vtt\n"
		"duration: PT1H2M3S\nyoutube: xyz\nown_key: [1]\n---\nNotes.\n", &faults);
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_int_equal(r.n, 0);
	assert_string_equal(d->slug, "my-slug");
	assert_string_equal(d->show, "bells");
	assert_string_equal(d->author, "A, B");
	assert_string_equal(d->guid, "g-1");
	assert_string_equal(d->transcript_file, "t.vtt");
	assert_string_equal(d->media_file, "m.opus");
	assert_int_equal(d->season, 2);
	assert_int_equal(d->episode, 7);
	assert_true(d->explicit_);
	assert_int_equal(d->n_tags, 2);
	assert_int_equal(d->duration_ms, 3723000);
	assert_null(d->transcript);
	document_destroy(d);
}

static void values_of_a_wrong_type_are_reported_with_their_line(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = read_text("x.md", "---\ntitle: [a]\nseason: two\npublished: perhaps\ndate: yesterday\n"
		"mp3:\n  file: a.mp3\n  size: big\n  time: long\n---\n# A heading\n", &faults);
	assert_int_equal(d->kind, DOCUMENT_EPISODE);
	assert_string_equal(d->title, "A heading");
	assert_true(d->published);
	assert_int_equal(d->published_ms, INT64_MIN);
	assert_int_equal(r.n, 7); /* and the missing title */
	assert_non_null(strstr(r.all.p, "2: title should be a text"));
	assert_non_null(strstr(r.all.p, "3: season should be a whole number"));
	assert_non_null(strstr(r.all.p, "4: published should be true or false"));
	assert_non_null(strstr(r.all.p, "5: date should be a date"));
	assert_non_null(strstr(r.all.p, "8: size should be a whole number"));
	assert_non_null(strstr(r.all.p, "9: time should be a time"));
	document_destroy(d);
	buf_finish(&r.all);
}

static void an_unclosed_transcript_is_reported_and_read(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct document *d = read_text("x.md",
		"---\ntitle: T\n---\nNotes.\n\n## Transcript\n\n[transcript]\n[a host1 Anna]\n"
		"[0:01] a: Hello.\n", &faults);
	assert_int_equal(d->transcript->n_turns, 1);
	assert_string_equal(d->notes, "Notes.\n");
	assert_non_null(strstr(r.all.p, "8: [transcript] is never closed"));
	document_destroy(d);
	buf_finish(&r.all);
}

static void placeholders_in_code_stay(void **state)
{
	(void)state;
	struct document *d = read_text("x.md",
		"---\ntitle: T\nmp3: a.mp3\n---\n```\n{% youtube id=\"no\" %}\n<podcast>\n```\n"
		"Before {% include file=\"x\" %} after.\n", NULL);
	assert_string_equal(d->youtube, "");
	assert_string_equal(d->notes, "```\n{% youtube id=\"no\" %}\n<podcast>\n```\nBefore  after.\n");
	document_destroy(d);
}

static void expect_refusal(const char *name, struct span bytes, enum document_kind kind, int line, const char *part)
{
	struct document *d = document_read(name, bytes, NULL);
	if (!strstr(d->reason, part))
		print_error("%s: '%s' lacks '%s'\n", name, d->reason, part);
	assert_int_equal(d->kind, kind);
	assert_non_null(strstr(d->reason, part));
	assert_int_equal(d->reason_line, line);
	assert_null(d->transcript);
	assert_true(*d->slug);
	document_destroy(d);
}

static void what_can_t_be_read_is_refused_with_its_reason(void **state)
{
	(void)state;
	expect_refusal("a.md", span_of(""), DOCUMENT_UNKNOWN, 0, "empty");
	expect_refusal("a.txt", span_of(" \n\xC2\xA0\n"), DOCUMENT_UNKNOWN, 0, "blanks");
	expect_refusal("a.md", SPAN_LITERAL("\x89PNG\r\n\x1A\n\0\0"), DOCUMENT_UNKNOWN, 0, "PNG");
	expect_refusal("a.txt", SPAN_LITERAL("ID3\x04\0\0"), DOCUMENT_UNKNOWN, 0, "MP3");
	expect_refusal("a.txt", SPAN_LITERAL("\xFF\xFE" "0\0"), DOCUMENT_UNKNOWN, 0, "no line reads");
	expect_refusal("a.stl", SPAN_LITERAL("850STL25.01\0\0"), DOCUMENT_UNKNOWN, 0, "EBU STL");
	expect_refusal("a.ttml", span_of("<?xml version='1.0'?>\n<tt xmlns='http://www.w3.org/ns/ttml'></tt>"),
		DOCUMENT_DECLINED, 0,
		"TTML");
	expect_refusal("a.ass", span_of("[Script Info]\nTitle: x\n"), DOCUMENT_DECLINED, 0, "SubStation");
	expect_refusal("a.sub", span_of("{25}{50}Ding\n{60}{80}Dong\n"), DOCUMENT_DECLINED, 0, "MicroDVD");
	expect_refusal("a.txt", SPAN_LITERAL("0:01 a\n0:02 \0b\n"), DOCUMENT_UNKNOWN, 2, "NUL");
	expect_refusal("a.txt", SPAN_LITERAL("\xC3\xA9\xC3\xA9\xC3\xA9\n\xFF\xFE\n"), DOCUMENT_UNKNOWN, 2, "UTF-8");
	expect_refusal("a.txt", span_of("Only words."), DOCUMENT_UNKNOWN, 0, "no line reads");
	expect_refusal("a.json", span_of("{\"a\": 1}"), DOCUMENT_UNKNOWN, 0, "JSON");
	expect_refusal("a.md", span_of("# Title\n\nWords.\n"), DOCUMENT_UNKNOWN, 0, "Markdown without front matter");
	expect_refusal("a.md", span_of("---\ntitle: x\n"), DOCUMENT_UNKNOWN, 1, "never ends");
	expect_refusal("a.md", span_of("---\ntitle: x\n\tb: [\n---\n"), DOCUMENT_UNKNOWN, 3, "front matter");
	expect_refusal("a.md", span_of("---\n- a\n---\n"), DOCUMENT_UNKNOWN, 2, "front matter");
	expect_refusal("a.md", span_of("---\ntitle: About us\n---\nWords.\n"), DOCUMENT_DECLINED, 0, "no episode");
}

static void a_few_broken_bytes_are_repaired_and_reported(void **state)
{
	(void)state;
	struct recorded r;
	struct dialect_faults faults = recorder(&r);
	struct buf text = {0};
	for (int i = 0; i < 20; i++)
		buf_format(&text, "00:%02d The bells ring over the town.\n", i);
	buf_text(&text, "00:19 \xC3\x89t\xC3\xA9\n00:20 Caf\xE9 closed.\n");
	struct document *d = document_read("x.txt", buf_view(&text), &faults);
	assert_int_equal(d->kind, DOCUMENT_TRANSCRIPT);
	assert_span(d->transcript->cues[21].text, "Caf\xEF\xBF\xBD closed.");
	assert_int_equal(r.n, 1);
	assert_int_equal(r.last_line, 22);
	document_destroy(d);
	buf_finish(&text);
	buf_finish(&r.all);
}

static void slugs_come_from_the_name_and_are_never_empty(void **state)
{
	(void)state;
	struct document *d = read_text("dir/078_Mr. X .vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\na\n", NULL);
	assert_string_equal(d->slug, "078-mr-x");
	document_destroy(d);
	d = read_text("---.txt", "0:01 a\n", NULL);
	assert_string_equal(d->slug, "untitled");
	document_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_gives_front_matter_notes_and_transcript),
		cmocka_unit_test(entries_are_turns_with_declared_names_and_markup_reduced),
		cmocka_unit_test(the_first_drafts_spelling_is_read),
		cmocka_unit_test(our_own_keys_are_read),
		cmocka_unit_test(values_of_a_wrong_type_are_reported_with_their_line),
		cmocka_unit_test(an_unclosed_transcript_is_reported_and_read),
		cmocka_unit_test(placeholders_in_code_stay),
		cmocka_unit_test(what_can_t_be_read_is_refused_with_its_reason),
		cmocka_unit_test(a_few_broken_bytes_are_repaired_and_reported),
		cmocka_unit_test(slugs_come_from_the_name_and_are_never_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

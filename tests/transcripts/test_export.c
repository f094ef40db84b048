/* SPDX-License-Identifier: MIT */
#include "random_transcript.h"

#include "base/json.h"
#include "transcripts/export.h"

static struct transcript *small(void)
{
	struct transcript *t = transcript_create();
	transcript_add_turn(t, span_of("A & B"));
	transcript_add_cue(t, 1000, 2000, span_of("one --> <two>"), 1);
	transcript_add_cue(t, 2000, 2000, span_of("no length"), 2);
	transcript_add_turn(t, span_of(""));
	transcript_add_cue(t, 3723250, -1, span_of("- three"), 3);
	transcript_finish_build(t);
	return t;
}

static void expect(void (*export)(const struct transcript *, struct buf *), const char *text)
{
	struct transcript *t = small();
	struct buf out = {0};
	export(t, &out);
	assert_string_equal(out.p, text);
	buf_finish(&out);
	transcript_destroy(t);
}

static void each_format_is_written_as_its_readers_want_it(void **state)
{
	(void)state;
	expect(export_vtt, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v A &amp; B>one --&gt; &lt;two&gt;\n\n"
		"00:00:02.000 --> 00:00:02.001\n<v A &amp; B>no length\n\n01:02:03.250 --> 01:02:04.250\n\xE2\x81\xA0- three\n");
	expect(export_srt,
		"1\n00:00:01,000 --> 00:00:02,000\nA & B: one --\xE2\x81\xA0> <two>\n\n2\n00:00:02,000 --> 00:00:02,001\nno length\n\n"
		"3\n01:02:03,250 --> 01:02:04,250\n- three\n");
	expect(export_text, "[0:01] A & B: one --\xE2\x81\xA0> <two> no length\n\n[1:02:03] - three\n");
}

static void the_json_is_podcasting_2_0s(void **state)
{
	(void)state;
	struct transcript *t = small();
	struct buf out = {0};
	struct why why;
	export_json(t, &out);
	cJSON *json = json_parse(span_trim(buf_view(&out)), &why);
	assert_non_null(json);
	assert_span(json_string(json_at(json, "/version")), "1.0.0");
	assert_span(json_string(json_at(json, "/segments/0/speaker")), "A & B");
	assert_span(json_string(json_at(json, "/segments/0/body")), "one --> <two>");
	assert_true(json_at(json, "/segments/2/startTime")->valuedouble == 3723.25);
	assert_null(json_at(json, "/segments/2/speaker"));
	assert_null(json_at(json, "/segments/3"));
	cJSON_Delete(json);
	buf_finish(&out);
	transcript_destroy(t);
}

static void an_exported_webvtt_reads_back_as_the_same_turns_and_cues(void **state)
{
	(void)state;
	uint32_t seed = 20261120;
	for (int i = 0; i < 3000; i++) {
		struct transcript *t = random_transcript(&seed);
		struct buf vtt = {0};
		export_vtt(t, &vtt);
		struct transcript *back = dialect_webvtt.parse(buf_view(&vtt), 1, NULL);
		assert_int_equal(back->n_faults, 0);
		assert_same(t, back);
		transcript_destroy(back);
		transcript_destroy(t);
		buf_finish(&vtt);
	}
}

static void fixtures_survive_the_round_trip(void **state)
{
	(void)state;
	static const char *const names[] = {"speaker_lines.txt", "inline_stamps.txt", "old_mac.txt", "tabs.txt",
		"scrolling.vtt"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct document *d = fixture_document(names[i], NULL);
		struct buf vtt = {0};
		export_vtt(d->transcript, &vtt);
		struct transcript *back = dialect_webvtt.parse(buf_view(&vtt), 1, NULL);
		assert_same(d->transcript, back);
		transcript_destroy(back);
		buf_finish(&vtt);
		document_destroy(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_is_written_as_its_readers_want_it),
		cmocka_unit_test(the_json_is_podcasting_2_0s),
		cmocka_unit_test(an_exported_webvtt_reads_back_as_the_same_turns_and_cues),
		cmocka_unit_test(fixtures_survive_the_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

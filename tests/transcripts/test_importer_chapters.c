/* Chapters in a file of their own belong to the episode or the talk that names them or has their name; what changes is
 * read again, and what nobody claims is reported.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/importer_help.h"

#include "transcripts/archive_parts.h"

#define PAGE(more) "---\ntitle: One\n" more "mp3:\n  file: /media/one.mp3\n---\n\nNotes.\n"
#define JSON(title) "{\"version\": \"1.2.0\", \"chapters\": [{\"startTime\": 0, \"title\": \"Start\"}, " \
	"{\"startTime\": 61.5, \"title\": \"" title "\"}, {\"startTime\": 90, \"title\": \"End\"}]}"
static const char psc[] = "<?xml version=\"1.0\"?>\n<psc:chapters version=\"1.2\" xmlns:psc=\"http://podlove.org/simple-chapters\">\n"
	"<psc:chapter start=\"0\" title=\"Podlove\"/><psc:chapter start=\"1:00\" title=\"Two\"/></psc:chapters>\n";
static const char captions[] = "WEBVTT\n\n00:01.000 --> 00:02.000\nDing dong.\n";
static const char talk_json[] = "{\"title\": \"On Ropes\", \"speakers\": [\"Ada\"], \"recorded\": \"2020-05-02\", \"duration\": 600,"
	" \"description\": \"0:00 Own start\\n1:00 Own middle\\n2:00 Own end\", \"language\": \"eng\","
	" \"videos\": [{\"type\": \"youtube\", \"url\": \"https://www.youtube.com/watch?v=abcdefghijk\"}]}";

/* "0 Start|61500 Ropes|": of an episode of bells, or of a talk of towers-2020. */
static void check_chapters(bool is_talk, const char *slug, const char *wanted)
{
	struct buf text = {0};
	struct archive_item *item = is_talk ? archive_find_talk(archive, "towers-2020", slug) : archive_find(archive, "bells", slug);
	assert_non_null(item);
	struct document *d = archive_parts(archive, item->id);
	buf_text(&text, "");
	for (size_t i = 0; i < d->n_chapters; i++)
		buf_format(&text, "%lld %s|", (long long)d->chapters[i].start_ms, d->chapters[i].title);
	assert_string_equal(text.p, wanted);
	document_destroy(d);
	archive_item_free(item);
	buf_finish(&text);
}

static void a_page_takes_the_file_that_it_names_and_sees_it_change(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", PAGE("chapters: special.json\n"));
	sample_write(folder, "episodes/special.json", JSON("Ropes"));
	import_site();
	check_no_fault();
	check_line("episodes/special.json taken 0 0\n\tchapters, 3 chapters: ");
	check_line("they belong to episodes/one.md");
	check_chapters(false, "one", "0 Start|61500 Ropes|90000 End|");
	assert_int_equal(count_found("ropes"), 1);
	import_site();
	check_line("episodes/one.md unchanged");
	check_line("episodes/special.json unchanged");
	assert_int_equal(counts.unchanged, 2);
	sample_write(folder, "episodes/special.json", JSON("Gudgeons"));
	import_site();
	check_line("episodes/special.json taken");
	check_chapters(false, "one", "0 Start|61500 Gudgeons|90000 End|");
	assert_int_equal(count_found("ropes"), 0);
	lose_archive();
	import_site();
	check_chapters(false, "one", "0 Start|61500 Gudgeons|90000 End|");
}

static void the_name_joins_it_beside_a_transcript_of_the_same_name(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", PAGE(""));
	sample_write(folder, "transcripts/one.vtt", captions);
	sample_write(folder, "transcripts/one.chapters.json", JSON("Ropes"));
	sample_write(folder, "episodes/two.md", PAGE(""));
	sample_write(folder, "episodes/two.json", JSON("Wheels"));
	sample_write(folder, "episodes/three.md", PAGE(""));
	sample_write(folder, "episodes/three.psc", psc);
	sample_write(folder, "episodes/four.md", PAGE(""));
	sample_write(folder, "episodes/four.chapters.txt", "Chapters:\n00:00:00 Intro\n00:01:00 Lines\n");
	import_site();
	check_line("transcripts/one.vtt taken 1 1\n");
	check_chapters(false, "one", "0 Start|61500 Ropes|90000 End|");
	check_chapters(false, "two", "0 Start|61500 Wheels|90000 End|");
	check_chapters(false, "three", "0 Podlove|60000 Two|");
	check_chapters(false, "four", "0 Intro|60000 Lines|");
	check_fault("episodes/four.chapters.txt:1: a line without a time and a title");
	assert_int_equal(counts.faults, 1);
	assert_int_equal(counts.transcripts, 0);
	assert_int_equal(count_found("\"ding dong\""), 1);
	import_site();
	assert_int_equal(counts.unchanged, 9);
}

static void of_several_files_the_one_that_says_most_is_read(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", PAGE(""));
	sample_write(folder, "episodes/one.chapters.json", JSON("Ropes"));
	sample_write(folder, "episodes/one.chapters.txt", "00:00:00 Lines\n");
	sample_write(folder, "episodes/one.psc", psc);
	for (int i = 0; i < 2; i++) {
		import_site();
		check_no_fault();
		check_line("episodes/one.psc declined 0 0\n\t: episodes/one.chapters.json was read for the chapters of episodes/one.md");
		check_line("episodes/one.chapters.txt declined");
		check_chapters(false, "one", "0 Start|61500 Ropes|90000 End|");
	}
	check_line("episodes/one.md unchanged");
	remove_file("episodes/one.chapters.json");
	site.forget = true;
	import_site();
	check_chapters(false, "one", "0 Podlove|60000 Two|");
}

static void chapters_in_the_head_stay_and_those_in_the_notes_give_way(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", PAGE("chapters: [\"0:00 Head\", \"1:00 Tail\"]\n"));
	sample_write(folder, "episodes/one.chapters.json", JSON("Ropes"));
	sample_write(folder, "episodes/two.md", PAGE("") "\n* 0:00 - Noted\n* 1:00 - Down\n* 2:00 - Here\n");
	import_site();
	check_no_fault();
	check_line("episodes/one.chapters.json declined 0 0\n\t: episodes/one.md has chapters of its own");
	check_chapters(false, "one", "0 Head|60000 Tail|");
	check_chapters(false, "two", "0 Noted|60000 Down|120000 Here|");
	sample_write(folder, "episodes/two.chapters.json", JSON("Wheels"));
	import_site();
	check_line("episodes/two.chapters.json taken");
	check_line("episodes/one.md unchanged");
	check_line("episodes/one.chapters.json declined");
	check_chapters(false, "two", "0 Start|61500 Wheels|90000 End|");
	/* When it goes, the page's own are back. */
	remove_file("episodes/two.chapters.json");
	import_site();
	check_fault("episodes/two.chapters.json:0: the file has vanished");
	check_chapters(false, "two", "0 Start|61500 Wheels|90000 End|");
	sample_write(folder, "episodes/two.md", PAGE("author: Ada\n") "\n* 0:00 - Noted\n* 1:00 - Down\n* 2:00 - Here\n");
	import_site();
	check_chapters(false, "two", "0 Start|61500 Wheels|90000 End|");
	site.forget = true;
	import_site();
	check_chapters(false, "two", "0 Noted|60000 Down|120000 Here|");
	import_site();
	check_no_fault();
}

static void a_claim_that_fails_is_a_fault(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", PAGE("chapters: nowhere.json\n"));
	sample_write(folder, "episodes/two.md", PAGE("chapters: both.json\n"));
	sample_write(folder, "episodes/twice.md", PAGE("chapters: both.json\n"));
	sample_write(folder, "episodes/both.json", JSON("Ropes"));
	sample_write(folder, "episodes/three.md", PAGE("chapters: lines.txt\n"));
	sample_write(folder, "episodes/lines.txt", "0:00 One\n1:00 Two\n");
	sample_write(folder, "episodes/four.md", PAGE("chapters: prose.txt\n"));
	sample_write(folder, "episodes/prose.txt", "Nothing but prose.\n");
	import_site();
	check_fault("episodes/one.md:0: its chapters nowhere.json aren't there");
	check_fault("episodes/two.md:0: its file of chapters episodes/both.json belongs to another page already");
	check_fault("episodes/prose.txt:0: not recognised: its page names it for its chapters, but there is no chapter");
	check_chapters(false, "three", "0 One|60000 Two|");
	assert_int_equal(counts.episodes, 5);
	assert_int_equal(counts.transcripts, 0);
}

static void what_another_page_claims_is_taken_from_the_one_that_had_it_by_name(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", PAGE(""));
	sample_write(folder, "episodes/one.chapters.json", JSON("Ropes"));
	sample_write(folder, "transcripts/one.vtt", captions);
	import_site();
	check_chapters(false, "one", "0 Start|61500 Ropes|90000 End|");
	/* A page that comes first. */
	sample_write(folder, "episodes/another.md", PAGE("chapters: one.chapters.json\ntranscript: one.vtt\n"));
	for (int i = 0; i < 2; i++) {
		import_site();
		check_no_fault();
		check_chapters(false, "one", "");
		check_chapters(false, "another", "0 Start|61500 Ropes|90000 End|");
		assert_int_equal(count_found("\"ding dong\""), 1);
	}
	assert_int_equal(counts.unchanged, 4);
}

static void chapters_that_nobody_claims_are_reported(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/lost.chapters.json", JSON("Ropes"));
	for (int i = 0; i < 2; i++) {
		import_site();
		check_line("transcripts/lost.chapters.json declined");
		check_fault("transcripts/lost.chapters.json:0: these chapters are nobody's; ");
		assert_int_equal(counts.faults, 1);
	}
	sample_write(folder, "episodes/lost.md", PAGE(""));
	import_site();
	check_no_fault();
	check_chapters(false, "lost", "0 Start|61500 Ropes|90000 End|");
}

static void a_talk_takes_the_file_that_has_its_name(void **state)
{
	(void)state;
	sample_write(folder, "talks/towers-2020/videos/on-ropes.json", talk_json);
	import_site();
	struct archive_item *item = archive_find_talk(archive, "towers-2020", "on-ropes");
	struct document *own = archive_parts(archive, item->id);
	bool has_own = own->n_chapters > 0;
	document_destroy(own);
	archive_item_free(item);
	const char *before = has_own ? "0 Own start|60000 Own middle|120000 Own end|" : "";
	check_chapters(true, "on-ropes", before);
	sample_write(folder, "talks/towers-2020/captions/on-ropes.en.vtt", captions);
	sample_write(folder, "talks/towers-2020/captions/on-ropes.psc", psc);
	import_site();
	check_no_fault();
	check_line("on-ropes.psc taken 0 0\n\tchapters, 2 chapters: ");
	check_line("they belong to the talk on-ropes of towers-2020");
	check_chapters(true, "on-ropes", "0 Podlove|60000 Two|");
	assert_int_equal(count_found("podlove \"ding dong\""), 1);
	import_site();
	assert_int_equal(counts.unchanged, 3);
	assert_int_equal(counts.transcripts, 0);
	/* A better one, then the talk itself changes: both files stay with it. */
	sample_write(folder, "talks/towers-2020/captions/on-ropes.chapters.json", JSON("Ropes"));
	for (int i = 0; i < 2; i++) {
		import_site();
		check_chapters(true, "on-ropes", "0 Start|61500 Ropes|90000 End|");
	}
	check_line("on-ropes.psc declined");
	check_line("on-ropes.chapters.json unchanged");
	struct buf changed = {0};
	buf_text(&changed, talk_json);
	changed.p[strlen("{\"title\": \"On Rope")] = 'S';
	sample_write(folder, "talks/towers-2020/videos/on-ropes.json", changed.p);
	buf_finish(&changed);
	import_site();
	check_line("videos/on-ropes.json taken");
	check_chapters(true, "on-ropes", "0 Start|61500 Ropes|90000 End|");
	assert_int_equal(count_found("start \"ding dong\""), 1);
	/* Forgotten, the talk's own count again. */
	remove_file("talks/towers-2020/captions/on-ropes.chapters.json");
	remove_file("talks/towers-2020/captions/on-ropes.psc");
	import_site();
	check_fault("on-ropes.chapters.json:0: the file has vanished");
	check_chapters(true, "on-ropes", "0 Start|61500 Ropes|90000 End|");
	site.forget = true;
	import_site();
	check_chapters(true, "on-ropes", before);
	assert_int_equal(count_found("\"ding dong\""), 1);
}

static void a_file_may_be_said_to_be_chapters(void **state)
{
	(void)state;
	static const struct kind_rule rules[] = {{"episodes/*.marks", "chapters-lines", 3}};
	sample_write(folder, "episodes/one.md", PAGE(""));
	sample_write(folder, "episodes/one.marks", "0:00 One\n1:00 Two\n");
	site.kinds = rules;
	site.n_kinds = 1;
	import_site();
	check_no_fault();
	check_line("carillon.yaml:3 says so");
	check_chapters(false, "one", "0 One|60000 Two|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_page_takes_the_file_that_it_names_and_sees_it_change, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_name_joins_it_beside_a_transcript_of_the_same_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_several_files_the_one_that_says_most_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(chapters_in_the_head_stay_and_those_in_the_notes_give_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_claim_that_fails_is_a_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_another_page_claims_is_taken_from_the_one_that_had_it_by_name, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(chapters_that_nobody_claims_are_reported, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_talk_takes_the_file_that_has_its_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_may_be_said_to_be_chapters, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

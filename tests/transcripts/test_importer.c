/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/importer_help.h"

static const char page_with_block[] =
	"---\ntitle: One\ntimestamp: 2020-01-02T03:04:05\npublished: true\nmp3:\n  file: /media/one.mp3\n---\n\n"
	"Notes of one.\n\n[transcript]\n"
	"[anna host1 Anna Bell]\n\n[00:00] anna:\nGood morning, tower.\n\n[00:05] anna:\nIt rings.\n"
	"[/transcript]\n";
static const char page_alone[] =
	"---\ntitle: Two\ntimestamp: 2020-02-02T03:04:05\npublished: true\nmp3:\n  file: /media/two.mp3\n---\n\n"
	"Notes of two.\n";
static const char page_claiming[] =
	"---\ntitle: Three\ntimestamp: 2020-03-02T03:04:05\npublished: true\ntranscript: special.vtt\nmp3:\n"
	"  file: /media/three.mp3\n---\n\nNotes of three.\n";
static const char captions[] =
	"WEBVTT\n\n00:00:01.000 --> 00:00:03.500\n<v Ben Clapper>The clapper strikes\n\n"
	"00:00:03.500 --> 00:00:06.000\nthe rim.\n";
static const char speakers[] = "00:00 Carla Chime: A chime is small.\n\n00:07 Dora Dong: A bell is large.\n\n"
	"00:15 Carla Chime: So it is.\n\n00:20 Dora Dong: Well said.\n";

static void write_site(void)
{
	sample_write(folder, "episodes/one.md", page_with_block);
	sample_write(folder, "episodes/two.md", page_alone);
	sample_write(folder, "episodes/three.md", page_claiming);
	sample_write(folder, "transcripts/two.vtt", captions);
	sample_write(folder, "transcripts/special.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nVery special.\n");
	sample_write(folder, "transcripts/Free Talk.txt", speakers);
}

static void transcripts_join_their_episodes(void **state)
{
	(void)state;
	write_site();
	import_site();
	check_no_fault();
	check_line("episodes/one.md taken 2 2\n");
	check_line("episodes/two.md taken 0 0\n");
	check_line("transcripts/two.vtt taken ");
	check_line("transcripts/special.vtt taken 1 1\n");
	check_line("transcripts/Free Talk.txt taken 4 4\n");
	assert_int_equal(counts.files, 6);
	assert_int_equal(counts.episodes, 3);
	assert_int_equal(counts.transcripts, 1);
	struct archive_item *item = archive_find(archive, "bells", "two");
	assert_non_null(item);
	assert_int_equal(item->n_cues, 2);
	assert_int_equal(item->kind, ARCHIVE_EPISODE);
	archive_item_free(item);
	item = archive_find(archive, "bells", "free-talk");
	assert_non_null(item);
	assert_int_equal(item->kind, ARCHIVE_TRANSCRIPT);
	assert_string_equal(item->title, "Free Talk");
	archive_item_free(item);
	assert_int_equal(count_found("\"strikes the rim\""), 1);
	assert_int_equal(count_found("\"very special\""), 1);
}

static void what_has_not_changed_is_left_alone(void **state)
{
	(void)state;
	write_site();
	import_site();
	struct archive_item *before = archive_find(archive, "bells", "two");
	char *database = file_join(folder, "var/archive.db-wal");
	struct stat first, second;
	assert_int_equal(stat(database, &first), 0);
	import_site();
	check_no_fault();
	assert_int_equal(counts.unchanged, 6);
	assert_int_equal(counts.episodes, 3);
	assert_int_equal(counts.cues, 9);
	assert_null(strstr(lines.p, "taken"));
	assert_int_equal(stat(database, &second), 0);
	assert_true(first.st_size == second.st_size && first.st_mtim.tv_nsec == second.st_mtim.tv_nsec);
	free(database);
	/* One that has changed is read again, alone. */
	sample_write(folder, "transcripts/two.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nSilence.\n");
	import_site();
	assert_int_equal(counts.unchanged, 4);
	struct archive_item *after = archive_find(archive, "bells", "two");
	assert_int_equal(before->id, after->id);
	assert_int_equal(after->n_cues, 1);
	archive_item_free(before);
	archive_item_free(after);
	assert_int_equal(count_found("clapper"), 0);
}

static void a_transcript_that_comes_later_joins(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/two.vtt", captions);
	import_site();
	check_line("transcripts/two.vtt taken");
	struct archive_item *item = archive_find(archive, "bells", "two");
	assert_int_equal(item->kind, ARCHIVE_TRANSCRIPT);
	archive_item_free(item);
	sample_write(folder, "episodes/two.md", page_alone);
	import_site();
	check_no_fault();
	item = archive_find(archive, "bells", "two");
	assert_int_equal(item->kind, ARCHIVE_EPISODE);
	assert_int_equal(item->n_cues, 2);
	archive_item_free(item);
	assert_int_equal(count_found("clapper"), 1);
}

static void what_has_vanished_is_reported_and_kept(void **state)
{
	(void)state;
	write_site();
	import_site();
	remove_file("episodes/one.md");
	remove_file("transcripts/two.vtt");
	import_site();
	check_fault("episodes/one.md:0: the file has vanished");
	check_fault("transcripts/two.vtt:0: the file has vanished");
	assert_int_equal(counts.vanished, 2);
	assert_int_equal(count_found("clapper"), 1);
	assert_int_equal(count_found("\"good morning\""), 1);
	/* The page changes, and its vanished transcript still keeps its words. */
	sample_write(folder, "episodes/two.md",
		"---\ntitle: New title\nmp3:\n  file: /media/two.mp3\npublished: true\n---\n\nX\n");
	import_site();
	assert_int_equal(count_found("clapper"), 1);
	assert_int_equal(count_found("\"new title\""), 1);
	site.forget = true;
	import_site();
	check_no_fault();
	check_line("episodes/one.md forgotten");
	assert_int_equal(count_found("clapper"), 0);
	assert_int_equal(count_found("\"good morning\""), 0);
	assert_int_equal(count_found("\"new title\""), 1);
	site.forget = false;
	import_site();
	check_no_fault();
}

static void a_renamed_page_keeps_its_slug(void **state)
{
	(void)state;
	sample_write(folder, "episodes/a.md",
		"---\ntitle: A\nslug: same\npublished: true\nmp3:\n  file: /media/a.mp3\n---\nText\n");
	import_site();
	remove_file("episodes/a.md");
	sample_write(folder, "episodes/b.md",
		"---\ntitle: B\nslug: same\npublished: true\nmp3:\n  file: /media/a.mp3\n---\nText\n");
	import_site();
	check_no_fault();
	struct archive_item *item = archive_find(archive, "bells", "same");
	assert_string_equal(item->path, "episodes/b.md");
	archive_item_free(item);
}

static void two_files_with_one_slug_are_a_fault_that_names_both(void **state)
{
	(void)state;
	sample_write(folder, "episodes/a.md",
		"---\ntitle: A\nslug: same\npublished: true\nmp3:\n  file: /media/a.mp3\n---\nText\n");
	sample_write(folder, "episodes/b.md",
		"---\ntitle: B\nslug: same\npublished: true\nmp3:\n  file: /media/a.mp3\n---\nText\n");
	import_site();
	check_fault("episodes/b.md:0: the slug same belongs to episodes/a.md already");
	assert_int_equal(counts.faults, 1);
	assert_int_equal(counts.episodes, 1);
}

static void forms_of_one_transcript_are_read_once(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/talk.txt", speakers);
	sample_write(folder, "transcripts/talk.vtt", captions);
	import_site();
	check_no_fault();
	check_line("transcripts/talk.vtt taken");
	check_line("transcripts/talk.txt declined");
	assert_int_equal(counts.transcripts, 1);
}

static void a_page_with_its_own_transcript_keeps_it(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", page_with_block);
	sample_write(folder, "transcripts/one.vtt", captions);
	import_site();
	check_no_fault();
	check_line("transcripts/one.vtt declined");
	assert_int_equal(count_found("\"good morning\""), 1);
	assert_int_equal(count_found("clapper"), 0);
	import_site();
	check_line("episodes/one.md unchanged");
	check_line("transcripts/one.vtt declined");
}

static void places_elsewhere_are_remembered(void **state)
{
	(void)state;
	char *other = sample_folder();
	sample_write(other, "deep/talk.txt", speakers);
	const char *const paths[] = {other};
	assert_int_equal(import_paths(paths, 1, NULL), OK);
	check_no_fault();
	check_line("/deep/talk.txt taken 4 4");
	assert_int_equal(count_found("chime"), 1);
	import_site();
	check_line("/deep/talk.txt unchanged");
	/* The archive is lost, the place is not. */
	archive_close(archive);
	char *var = file_join(folder, "var"), *db = file_join(var, "archive.db");
	assert_int_equal(unlink(db), 0);
	assert_int_equal(archive_open(var, &archive, NULL), OK);
	import_site();
	check_line("/deep/talk.txt taken 4 4");
	/* And when the place is gone it is said once. */
	sample_folder_remove(other);
	import_site();
	check_fault("it isn't there any more");
	assert_int_equal(counts.faults, 1);
	assert_int_equal(count_found("chime"), 1);
	site.forget = true;
	import_site();
	check_no_fault();
	assert_int_equal(count_found("chime"), 0);
	free(var);
	free(db);
}

static void a_path_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	const char *const paths[] = {"/nowhere/at/all"};
	struct why why = {0};
	assert_int_equal(import_paths(paths, 1, &why), E_GONE);
	assert_non_null(strstr(why.text, "/nowhere/at/all"));
}

static void one_bad_file_never_stops_the_rest(void **state)
{
	(void)state;
	write_site();
	sample_write(folder, "episodes/broken.md", "---\ntitle: [never closed\n---\nText\n");
	sample_write(folder, "transcripts/noise.txt", "Just some prose, and\nmore of it.\n");
	sample_write(folder, "transcripts/cover.png", "\x89PNG");
	sample_write(folder, "episodes/missing.md",
		"---\ntitle: M\npublished: true\ntranscript: nowhere.vtt\nmp3:\n  file: /media/m.mp3\n---\nText\n");
	import_site();
	check_fault("episodes/broken.md:");
	check_fault("transcripts/noise.txt:");
	check_fault("episodes/missing.md:0: its transcript nowhere.vtt isn't there");
	check_line("transcripts/cover.png declined");
	check_line("episodes/broken.md unknown");
	assert_int_equal(counts.not_recognised, 2);
	assert_int_equal(counts.episodes, 4);
	assert_int_equal(counts.transcripts, 1);
}

static void append_dump(struct buf *out)
{
	struct archive_item **items;
	size_t n;
	assert_int_equal(archive_list(archive, NULL, false, 1000, 0, &items, &n, NULL), OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_item *item = items[i];
		struct buf notes = {0};
		(void)archive_notes(archive, item->id, &notes);
		buf_format(out, "%s|%s|%s|%s|%lld|%lld|%zu|%zu|%s\n", item->path, item->show, item->slug, item->title,
			(long long)item->published_ms, (long long)item->id, item->n_turns, item->n_cues, notes.p);
		buf_finish(&notes);
		struct transcript *t = archive_transcript(archive, item->id);
		for (size_t k = 0; t && k < t->n_turns; k++)
			buf_format(out, "turn %.*s %zu %zu\n", SPAN_ARG(t->turns[k].speaker), t->turns[k].first_cue,
				t->turns[k].n_cues);
		for (size_t k = 0; t && k < t->n_cues; k++)
			buf_format(out, "%lld %lld %d %.*s\n", (long long)t->cues[k].start_ms, (long long)t->cues[k].end_ms,
				t->cues[k].line, SPAN_ARG(t->cues[k].text));
		transcript_destroy(t);
		archive_item_free(item);
	}
	free(items);
}

static void a_rebuild_gives_the_same_archive(void **state)
{
	(void)state;
	struct buf before = {0}, after = {0};
	write_site();
	import_site();
	append_dump(&before);
	archive_close(archive);
	char *var = file_join(folder, "var");
	sample_remove(var);
	assert_int_equal(archive_open(var, &archive, NULL), OK);
	free(var);
	import_site();
	append_dump(&after);
	assert_true(before.n > 300);
	assert_string_equal(before.p, after.p);
	buf_finish(&before);
	buf_finish(&after);
}

static void a_change_of_the_default_show_moves_its_items(void **state)
{
	(void)state;
	static const char *const others[] = {"towers", "bells"};
	write_site();
	import_site();
	site.shows = others;
	site.n_shows = 2;
	import_site();
	check_no_fault();
	struct archive_item *item = archive_find(archive, "towers", "two");
	assert_non_null(item);
	archive_item_free(item);
	assert_null(archive_find(archive, "bells", "two"));
}

static const char talk[] = "{\"title\": \"On Ropes\", \"speakers\": [\"Ada Bell\"], \"recorded\": \"2020-05-02\", \"language\": \"eng\","
	" \"duration\": 100, \"videos\": [{\"type\": \"mp4\", \"url\": \"https://example.org/v.mp4\"}]}";

static void write_schedule(const char *optout)
{
	struct buf xml = {0};
	buf_format(&xml, "<schedule><conference><acronym>night-2018</acronym><title>Night</title></conference><day index=\"1\" "
		"date=\"2018-01-01\"><room name=\"Loft\"><event id=\"7\" guid=\"0f8d5b0e-0000-4000-8000-000000000007\"><date>"
		"2018-01-01T10:00:00+01:00</date><start>10:00</start><duration>00:30</duration><title>Owls</title><persons><person "
		"id=\"1\">Ben Hur</person></persons><recording><optout>%s</optout></recording></event></room></day></schedule>", optout);
	sample_write(folder, "talks/night-2018/schedule.xml", xml.p);
	buf_finish(&xml);
}

static void who_opts_out_later_is_left_out_from_then_on(void **state)
{
	(void)state;
	write_schedule("false");
	sample_write(folder, "talks/night-2018/owls.vtt", captions);
	import_site();
	assert_int_equal(count_found("clapper"), 1);
	write_schedule("true");
	import_site();
	check_line("talks/night-2018/owls.vtt declined ");
	assert_int_equal(count_found("clapper"), 0);
	assert_int_equal(count_found("owls"), 1);
	write_schedule("false");
	import_site();
	assert_int_equal(count_found("clapper"), 1);
}

static void a_talk_has_one_of_its_transcripts_in_its_own_language(void **state)
{
	(void)state;
	sample_write(folder, "talks/towers-2020/videos/on-ropes.json", talk);
	sample_write(folder, "transcripts/on-ropes.de.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nEin Seil.\n");
	import_site();
	check_line("transcripts/on-ropes.de.vtt taken ");
	assert_int_equal(count_found("seil"), 1);
	sample_write(folder, "transcripts/on-ropes.en.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nA strand.\n");
	for (int i = 0; i < 2; i++) {
		import_site();
		check_no_fault();
		check_line(i ? "transcripts/on-ropes.en.vtt unchanged 1 1\n" : "transcripts/on-ropes.en.vtt taken 1 1\n");
		check_line("transcripts/on-ropes.de.vtt declined ");
		assert_int_equal(count_found("strand"), 1);
		assert_int_equal(count_found("seil"), 0);
		assert_int_equal(counts.cues, 1);
	}
	remove_file("transcripts/on-ropes.en.vtt");
	site.forget = true;
	import_site();
	check_line("transcripts/on-ropes.de.vtt taken ");
	assert_int_equal(count_found("seil"), 1);
	assert_int_equal(count_found("strand"), 0);
}

static void what_belonged_to_a_forgotten_page_stands_alone(void **state)
{
	(void)state;
	sample_write(folder, "episodes/two.md", page_alone);
	sample_write(folder, "transcripts/two.vtt", captions);
	import_site();
	remove_file("episodes/two.md");
	import_site();
	check_fault("episodes/two.md:0: the file has vanished");
	check_line("transcripts/two.vtt unchanged ");
	site.forget = true;
	import_site();
	check_no_fault();
	check_line("transcripts/two.vtt taken 2 2\n");
	assert_int_equal(counts.transcripts, 1);
	assert_int_equal(counts.episodes, 0);
	assert_int_equal(count_found("clapper"), 1);
}

static void a_file_that_becomes_something_else_leaves_nothing_behind(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/two.vtt", captions);
	sample_write(folder, "talks/towers-2020/videos/on-ropes.json", talk);
	sample_write(folder, "episodes/one.md", page_with_block);
	import_site();
	assert_int_equal(count_found("clapper") + count_found("ropes") + count_found("rings"), 3);
	sample_write(folder, "transcripts/two.vtt", "Nothing with a time.\n");
	sample_write(folder, "talks/towers-2020/videos/on-ropes.json", "{\"title\": \"On Ropes\", ");
	sample_write(folder, "episodes/one.md", "---\ntitle: A page\n---\n\nIt names no recording.\n");
	import_site();
	assert_int_equal(count_found("clapper") + count_found("ropes") + count_found("rings"), 0);
	assert_int_equal(counts.episodes + counts.talks + counts.transcripts, 0);
}

static void a_talk_with_a_page_s_name_is_still_a_talk(void **state)
{
	(void)state;
	sample_write(folder, "episodes/two.md", page_alone);
	sample_write(folder, "talks/towers-2020/videos/two.json", talk);
	import_site();
	check_no_fault();
	check_line("talks/towers-2020/videos/two.json taken ");
	assert_int_equal(counts.episodes, 1);
	assert_int_equal(counts.talks, 1);
}

static void whisper_s_json_is_read_though_it_is_none(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/heard.json", "{\"text\": \" A bell.\", \"segments\": [{\"id\": 0, \"seek\": 0, \"start\": 0.0, "
		"\"end\": 2.5, \"text\": \" A bell.\", \"avg_logprob\": NaN, \"compression_ratio\": 1.0, \"no_speech_prob\": 0.1}], "
		"\"language\": \"en\"}");
	import_site();
	check_no_fault();
	check_line("transcripts/heard.json taken 1 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(transcripts_join_their_episodes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_has_not_changed_is_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_transcript_that_comes_later_joins, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_has_vanished_is_reported_and_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_renamed_page_keeps_its_slug, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_files_with_one_slug_are_a_fault_that_names_both, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forms_of_one_transcript_are_read_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_page_with_its_own_transcript_keeps_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(places_elsewhere_are_remembered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_path_that_is_not_there_is_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_bad_file_never_stops_the_rest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_rebuild_gives_the_same_archive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_opts_out_later_is_left_out_from_then_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_talk_has_one_of_its_transcripts_in_its_own_language, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_belonged_to_a_forgotten_page_stands_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_becomes_something_else_leaves_nothing_behind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_talk_with_a_page_s_name_is_still_a_talk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whisper_s_json_is_read_though_it_is_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_change_of_the_default_show_moves_its_items, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

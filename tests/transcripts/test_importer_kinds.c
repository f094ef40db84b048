/* What an owner says that files are goes before what their content looks like, is remembered, and can be taken back.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/importer_help.h"

/* By its content four speakers' lines; by its owner's word lines that begin with words and a colon. */
static const char odd[] = "00:00 Carla: A chime is small.\n\n00:07 Dora: A bell is large.\n\n00:15 Carla: So it is.\n\n"
	"00:20 Dora: Well said.\n";

static void import_as(const char *label, const char *path)
{
	char *full = path[0] == '/' ? mem_strdup(path) : file_join(folder, path);
	const char *const paths[] = {full};
	struct why why = {0};
	site.as = label;
	if (import_paths(paths, 1, &why) != OK)
		fail_msg("%s", why.text);
	site.as = NULL;
	free(full);
}

/* 2 speakers where the names were understood. */
static size_t speakers_of(const char *slug)
{
	struct archive_item *item = archive_find(archive, "bells", slug);
	assert_non_null(item);
	struct transcript *t = archive_transcript(archive, item->id);
	size_t n = 0;
	for (size_t i = 0; i < t->n_turns; i++)
		n += t->turns[i].speaker.n > 0;
	transcript_destroy(t);
	archive_item_free(item);
	return n > 0 ? 2 : 0;
}

static void check_elsewhere(const char *wanted)
{
	struct buf text = {0};
	char *path = file_join(folder, "var/elsewhere");
	enum err e = file_read(path, 1 << 20, &text, NULL);
	buf_text(&text, "");
	if (e == E_GONE)
		assert_string_equal(wanted, "");
	else
		assert_string_equal(text.p, wanted);
	buf_finish(&text);
	free(path);
}

static void what_as_says_is_read_so_until_it_is_taken_back(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/odd.txt", odd);
	import_site();
	check_line("speaker lines");
	assert_int_equal(speakers_of("odd"), 2);
	/* The bytes are the same, and it is read again. */
	import_as("stamped-lines", "transcripts/odd.txt");
	check_no_fault();
	check_line("transcripts/odd.txt taken 1 4\n");
	check_line("'carillon import --as' said so");
	assert_int_equal(speakers_of("odd"), 0);
	check_elsewhere("as stamped-lines transcripts/odd.txt\n");
	import_site();
	check_line("transcripts/odd.txt unchanged");
	lose_archive();
	import_site();
	check_line("transcripts/odd.txt taken 1 4\n");
	assert_int_equal(speakers_of("odd"), 0);
	import_as("auto", "transcripts/odd.txt");
	check_line("transcripts/odd.txt taken 4 4\n");
	assert_int_equal(speakers_of("odd"), 2);
	check_elsewhere("");
	import_site();
	check_line("transcripts/odd.txt unchanged");
}

static void a_folder_says_it_for_all_below_it_but_what_says_otherwise(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/old/one.txt", odd);
	sample_write(folder, "transcripts/old/two.txt", odd);
	sample_write(folder, "transcripts/older.txt", odd);
	import_as("stamped-lines", "transcripts/old");
	import_as("auto", "transcripts/old/two.txt");
	assert_int_equal(speakers_of("one"), 0);
	assert_int_equal(speakers_of("two"), 2);
	assert_int_equal(speakers_of("older"), 2);
	check_elsewhere("as stamped-lines transcripts/old\nas auto transcripts/old/two.txt\n");
	import_as("stamped-lines", "transcripts/old");
	assert_int_equal(speakers_of("two"), 0);
	check_elsewhere("as stamped-lines transcripts/old\n");
	import_as("auto", "transcripts/old");
	assert_int_equal(speakers_of("one"), 2);
	check_elsewhere("");
}

static void what_is_said_of_a_place_elsewhere_is_remembered_with_it(void **state)
{
	(void)state;
	char *other = sample_folder();
	struct buf wanted = {0};
	sample_write(other, "my talk.txt", odd);
	char *file = file_join(other, "my talk.txt"), *real = realpath(file, NULL);
	/* As an older program left it. */
	buf_format(&wanted, "%s\n", real);
	sample_write(folder, "var/elsewhere", wanted.p);
	import_site();
	assert_int_equal(speakers_of("my-talk"), 2);
	check_elsewhere(wanted.p);
	import_as("stamped-lines", file);
	buf_format(&wanted, "as stamped-lines %s\n", real);
	check_elsewhere(wanted.p);
	lose_archive();
	import_site();
	assert_int_equal(speakers_of("my-talk"), 0);
	/* And both are forgotten with the file. */
	assert_int_equal(unlink(file), 0);
	import_site();
	check_elsewhere(wanted.p);
	site.forget = true;
	import_site();
	check_elsewhere("");
	buf_finish(&wanted);
	free(file);
	free(real);
	sample_folder_remove(other);
}

static void patterns_in_the_configuration_say_it_and_the_first_that_fits_counts(void **state)
{
	(void)state;
	static const struct kind_rule rules[] = {{"transcripts/new/*", "auto", 7}, {"transcripts/**/*.txt", "stamped-lines", 8},
		{"transcripts/*.txt", "webvtt", 9}};
	sample_write(folder, "transcripts/one.txt", odd);
	sample_write(folder, "transcripts/new/two.txt", odd);
	sample_write(folder, "transcripts/new/deep/three.txt", odd);
	import_site();
	site.kinds = rules;
	site.n_kinds = COUNT_OF(rules);
	import_site();
	check_no_fault();
	check_line("transcripts/one.txt taken 1 4\n");
	check_line("carillon.yaml:8 says so");
	check_line("transcripts/new/two.txt unchanged");
	check_line("transcripts/new/deep/three.txt taken 1 4\n");
	/* What was said of the file itself goes before. */
	import_as("speaker-lines", "transcripts/one.txt");
	assert_int_equal(speakers_of("one"), 2);
	import_as("auto", "transcripts/one.txt");
	assert_int_equal(speakers_of("one"), 0);
	site.n_kinds = 0;
	import_site();
	check_line("transcripts/one.txt taken 4 4\n");
	assert_int_equal(speakers_of("one"), 2);
}

static size_t uses[3];

static void on_kind(void *data, const struct kind_rule *kind, size_t n)
{
	(void)data;
	uses[kind->line] = n;
}

static void how_many_files_each_pattern_was_first_for_is_told(void **state)
{
	(void)state;
	static const struct kind_rule rules[] = {{"transcripts/*.txt", "auto", 0}, {"transcripts/one.*", "webvtt", 1},
		{"talks/**", "page", 2}};
	sample_write(folder, "transcripts/one.txt", odd);
	sample_write(folder, "transcripts/two.txt", odd);
	site.kinds = rules;
	site.n_kinds = COUNT_OF(rules);
	const struct importer_report report = {.kind = on_kind};
	uses[1] = uses[2] = 9;
	assert_int_equal(importer_run(archive, &site, NULL, 0, &report, &counts, NULL), OK);
	assert_int_equal(uses[0], 2);
	assert_int_equal(uses[1], 0);
	assert_int_equal(uses[2], 0);
}

static void a_wrong_word_is_a_fault_until_it_is_taken_back(void **state)
{
	(void)state;
	sample_write(folder, "transcripts/odd.txt", odd);
	import_site();
	import_as("webvtt", "transcripts/odd.txt");
	check_fault("transcripts/odd.txt:0: not recognised: 'carillon import --as' said so, but there is no cue in it");
	assert_int_equal(count_found("chime"), 0);
	import_as("auto", "transcripts/odd.txt");
	check_no_fault();
	assert_int_equal(count_found("chime"), 1);
	/* A label that this program doesn't know, in what another one left. */
	sample_write(folder, "var/elsewhere", "as minstrel transcripts/odd.txt\n# what is this?\nas \nas webvtt\n");
	import_site();
	check_fault("says that it is 'minstrel', which is no kind of file");
	assert_int_equal(counts.faults, 1);
	check_line("transcripts/odd.txt unchanged");
	assert_int_equal(count_found("chime"), 1);
}

static void a_told_transcript_joins_its_page_and_a_told_page_is_one(void **state)
{
	(void)state;
	sample_write(folder, "episodes/one.md", "---\ntitle: One\nmp3:\n  file: /media/one.mp3\n---\n\nNotes.\n");
	/* Markdown is a page's unless somebody says otherwise. */
	sample_write(folder, "transcripts/one.md", "**Ada:** Ding.\n\n**Ben:** Dong.\n");
	sample_write(folder, "transcripts/two.txt", "---\ntitle: Two\nmp3:\n  file: /media/two.mp3\n---\n\nGongs.\n");
	import_as("changelog", "transcripts/one.md");
	check_line("transcripts/one.md taken 2 2\n");
	check_line("it belongs to episodes/one.md");
	import_as("page", "transcripts/two.txt");
	check_line("an episode page: 'carillon import --as' said so; front matter");
	assert_int_equal(counts.episodes, 2);
	lose_archive();
	import_site();
	check_line("transcripts/one.md taken 2 2\n");
	assert_int_equal(counts.episodes, 2);
	assert_int_equal(count_found("dong"), 1);
}

static const char records[] = "{\"title\": \"On Ropes\", \"speakers\": [\"Ada\"], \"recorded\": \"2020-05-02\", \"duration\": 60,"
	" \"description\": \"\", \"language\": \"eng\", \"videos\": [{\"type\": \"youtube\", \"url\": \"https://youtu.be/abcdefghijk\"}]}";

static void a_file_of_records_that_is_said_to_be_another_leaves_nothing_behind(void **state)
{
	(void)state;
	static const char talk[] = "talks/towers-2020/videos/on-ropes.json";
	sample_write(folder, talk, records);
	import_site();
	check_line("1 talk");
	assert_int_equal(counts.talks, 1);
	assert_int_equal(count_found("ropes"), 1);
	import_as("whisper", talk);
	check_line("on-ropes.json unknown");
	assert_int_equal(counts.talks, 0);
	assert_int_equal(count_found("ropes"), 0);
	import_as("pyvideo-talk", talk);
	check_line("1 talk");
	check_line("'carillon import --as' said so");
	assert_int_equal(count_found("ropes"), 1);
	/* Surely none: declined. */
	import_as("opml", talk);
	check_line("on-ropes.json declined");
	check_line("nothing in it is as in such a file");
	assert_int_equal(count_found("ropes"), 0);
	/* A file that becomes a transcript by its content. */
	import_as("auto", talk);
	sample_write(folder, talk, "{\"segments\": [{\"id\": 0, \"start\": 0.0, \"end\": 2.5, \"text\": \" Ding dong.\"}], "
		"\"text\": \" Ding dong.\", \"language\": \"en\"}");
	import_site();
	assert_int_equal(count_found("\"ding dong\""), 1);
	assert_int_equal(counts.talks, 0);
	assert_int_equal(counts.transcripts, 1);
	assert_null(archive_find_talk(archive, "towers-2020", "on-ropes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_as_says_is_read_so_until_it_is_taken_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_folder_says_it_for_all_below_it_but_what_says_otherwise, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_said_of_a_place_elsewhere_is_remembered_with_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(patterns_in_the_configuration_say_it_and_the_first_that_fits_counts, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(how_many_files_each_pattern_was_first_for_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrong_word_is_a_fault_until_it_is_taken_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_told_transcript_joins_its_page_and_a_told_page_is_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_of_records_that_is_said_to_be_another_leaves_nothing_behind, set_up,
			tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

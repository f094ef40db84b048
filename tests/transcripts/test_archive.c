/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include <sqlite3.h>


static const char *const first[] = {"Anna|0|Good morning.", "|1.5|This is the first", "Ben|3|And this an answer.",
	NULL};
static const char *const second[] = {"Anna|0|All of it is new.", NULL};

/* Runs SQL beside the archive's own connection. */
static void run_sql(const char *sql)
{
	sqlite3 *db;
	char *path = file_join(folder, "archive.db");
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(path);
}

static void what_is_put_is_read_again(void **state)
{
	(void)state;
	struct document *d = sample_document(DOCUMENT_EPISODE, "One", "2020-05-06T07:08:09", sample_transcript(first));
	free(d->notes);
	d->notes = mem_strdup("# Notes\n");
	d->tags = mem_new(2, sizeof *d->tags);
	d->tags[0] = mem_strdup("bells");
	d->tags[1] = mem_strdup("towers and more");
	d->n_tags = 2;
	d->episode = 7;
	d->explicit_ = true;
	sample_put(archive, "one", d);
	struct archive_item *item = archive_find(archive, "bells", "one");
	assert_non_null(item);
	assert_string_equal(item->title, "One");
	struct buf notes = {0};
	assert_true(item->has_notes && archive_notes(archive, item->id, &notes));
	assert_string_equal(notes.p, "# Notes\n");
	buf_finish(&notes);
	assert_string_equal(item->path, "episodes/one.md");
	assert_true(item->kind == ARCHIVE_EPISODE && item->published && item->explicit_);
	assert_int_equal(item->episode, 7);
	assert_int_equal(item->published_ms, 1588748889000);
	assert_int_equal(item->n_turns, 2);
	assert_int_equal(item->n_cues, 3);
	assert_int_equal(item->n_tags, 2);
	assert_string_equal(item->tags[0], "bells");
	assert_string_equal(item->tags[1], "towers and more");
	struct transcript *t = archive_transcript(archive, item->id), *wanted = sample_transcript(first);
	assert_int_equal(t->n_cues, wanted->n_cues);
	assert_int_equal(t->n_turns, wanted->n_turns);
	for (size_t i = 0; i < t->n_cues; i++) {
		assert_true(span_equal(t->cues[i].text, wanted->cues[i].text));
		assert_int_equal(t->cues[i].start_ms, wanted->cues[i].start_ms);
		assert_int_equal(t->cues[i].end_ms, wanted->cues[i].end_ms);
		assert_int_equal(t->cues[i].line, wanted->cues[i].line);
	}
	for (size_t i = 0; i < t->n_turns; i++) {
		assert_true(span_equal(t->turns[i].speaker, wanted->turns[i].speaker));
		assert_int_equal(t->turns[i].first_cue, wanted->turns[i].first_cue);
		assert_int_equal(t->turns[i].n_cues, wanted->turns[i].n_cues);
	}
	transcript_destroy(t);
	transcript_destroy(wanted);
	archive_item_free(item);
	assert_null(archive_find(archive, "bells", "two"));
	assert_null(archive_find(archive, "", "one"));
	item = archive_find(archive, NULL, "one");
	assert_non_null(item);
	archive_item_free(item);
}

static void what_has_no_time_of_its_own_stays_so(void **state)
{
	(void)state;
	struct transcript *t = transcript_create();
	transcript_add_untimed_cue(t, -1, span_of("Somewhen."), 2000000000);
	transcript_add_cue(t, 61000, 62000, span_of("At a minute."), 2);
	transcript_add_untimed_cue(t, -1, span_of("Thereafter."), 3);
	transcript_finish_build(t);
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, t));
	struct archive_item *item = archive_find(archive, "bells", "one");
	assert_int_equal(item->n_cues, 3);
	assert_int_equal(item->n_untimed, 2);
	t = archive_transcript(archive, item->id);
	assert_int_equal(t->n_untimed, 2);
	assert_true(t->cues[0].untimed && !t->cues[1].untimed && t->cues[2].untimed);
	assert_int_equal(t->cues[0].line, 2000000000);
	assert_int_equal(t->cues[0].end_ms, 61000);
	assert_int_equal(t->cues[2].start_ms, 61000);
	assert_int_equal(t->cues[2].line, 3);
	transcript_destroy(t);
	archive_item_free(item);
	assert_int_equal(count_found("thereafter"), 1);
}

static void a_path_is_replaced_whole(void **state)
{
	(void)state;
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, sample_transcript(first)));
	assert_int_equal(count_found("morning"), 1);
	assert_int_equal(count_found("new"), 0);
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, sample_transcript(second)));
	assert_int_equal(count_found("morning"), 0);
	assert_int_equal(count_found("new"), 1);
	assert_int_equal(count_found("speaker:ben"), 0);
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "Without words", NULL, NULL));
	assert_int_equal(count_found("new"), 0);
	assert_int_equal(count_found("without"), 1);
	assert_int_equal(archive_remove(archive, "episodes/one.md", NULL), OK);
	assert_int_equal(count_found("without"), 0);
	assert_null(archive_find(archive, "bells", "one"));
	assert_int_equal(archive_settle(archive, NULL), OK);
	run_sql("SELECT 1"); /* and it is still a whole database */
}

static void the_index_agrees_with_the_texts_after_changes(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 20; i++) {
			char slug[16];
			snprintf(slug, sizeof slug, "item-%d", i);
			sample_put(archive, slug, sample_document(DOCUMENT_EPISODE, slug, NULL,
				sample_transcript((i + round) % 2 ? first : second)));
		}
	assert_int_equal(archive_remove(archive, "episodes/item-3.md", NULL), OK);
	assert_int_equal(archive_settle(archive, NULL), OK);
	assert_int_equal(count_found("answer"), 9);
	assert_int_equal(count_found("new"), 10);
	assert_int_equal(count_found("item"), 19);
}

static void hashes_tell_what_is_in(void **state)
{
	(void)state;
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, NULL));
	uint64_t hash = span_hash(SPAN_LITERAL("one"));
	assert_true(archive_has(archive, "episodes/one.md", hash));
	assert_false(archive_has(archive, "episodes/one.md", hash + 1));
	assert_false(archive_has(archive, "episodes/two.md", hash));
}

static void two_paths_cannot_have_one_slug(void **state)
{
	(void)state;
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, sample_transcript(first)));
	struct document *d = sample_document(DOCUMENT_EPISODE, "Other", NULL, sample_transcript(second));
	struct archive_file file = {.path = "episodes/other.md", .show = "bells", .slug = "one", .document = d};
	struct why why = {0};
	assert_int_equal(archive_put(archive, &file, &why), E_DENIED);
	assert_non_null(strstr(why.text, "episodes/one.md"));
	assert_int_equal(count_found("morning"), 1);
	assert_int_equal(count_found("new"), 0);
	file.show = "another";
	assert_int_equal(archive_put(archive, &file, &why), OK);
	document_destroy(d);
}

static void a_batch_rolled_back_leaves_nothing(void **state)
{
	(void)state;
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, sample_transcript(first)));
	assert_int_equal(archive_begin(archive, NULL), OK);
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, sample_transcript(second)));
	sample_put(archive, "two", sample_document(DOCUMENT_EPISODE, "Two", NULL, sample_transcript(second)));
	archive_rollback(archive);
	assert_int_equal(count_found("new"), 0);
	assert_int_equal(count_found("morning"), 1);
	assert_null(archive_find(archive, "bells", "two"));
}

static void lists_are_newest_first(void **state)
{
	(void)state;
	sample_put(archive, "undated", sample_document(DOCUMENT_EPISODE, "c", NULL, NULL));
	sample_put(archive, "old", sample_document(DOCUMENT_EPISODE, "b", "2001-01-01", NULL));
	sample_put(archive, "new", sample_document(DOCUMENT_EPISODE, "a", "2020-01-01", NULL));
	sample_put(archive, "loose", sample_document(DOCUMENT_TRANSCRIPT, "d", NULL, sample_transcript(first)));
	struct archive_item **items;
	size_t n;
	assert_int_equal(archive_list(archive, "bells", true, 10, 0, &items, &n, NULL), OK);
	assert_int_equal(n, 3);
	assert_string_equal(items[0]->slug, "new");
	assert_string_equal(items[1]->slug, "old");
	assert_string_equal(items[2]->slug, "undated");
	assert_true(items[2]->published_ms == INT64_MIN);
	for (size_t i = 0; i < n; i++)
		archive_item_free(items[i]);
	free(items);
	assert_int_equal(archive_list(archive, NULL, false, 2, 2, &items, &n, NULL), OK);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		archive_item_free(items[i]);
	free(items);
}

static void an_older_archive_is_emptied_and_a_newer_one_refused(void **state)
{
	(void)state;
	struct why why = {0};
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, sample_transcript(first)));
	archive_close(archive);
	archive = NULL;
	run_sql("DROP TABLE words; CREATE TABLE left_over(x); PRAGMA user_version=-1");
	assert_int_equal(archive_open_reader(folder, &archive, &why), E_GONE);
	assert_int_equal(archive_open(folder, &archive, &why), OK);
	assert_int_equal(count_found("morning"), 0);
	sample_put(archive, "one", sample_document(DOCUMENT_EPISODE, "One", NULL, sample_transcript(first)));
	assert_int_equal(archive_settle(archive, NULL), OK);
	assert_int_equal(count_found("morning"), 1);
	archive_close(archive);
	archive = NULL;
	run_sql("PRAGMA user_version=99");
	assert_int_equal(archive_open(folder, &archive, &why), E_FORMAT);
	assert_non_null(strstr(why.text, "newer"));
	assert_int_equal(archive_open_reader(folder, &archive, &why), E_FORMAT);
	assert_null(archive);
}

static void what_is_no_database_is_refused(void **state)
{
	(void)state;
	struct why why = {0};
	archive_close(archive);
	archive = NULL;
	sample_remove(folder);
	assert_int_equal(archive_open_reader(folder, &archive, &why), E_GONE);
	sample_write(folder, "archive.db", "This is a letter, and it is long enough to be read as the head of a file.");
	assert_int_equal(archive_open(folder, &archive, &why), E_FORMAT);
	sample_remove(folder);
	sample_write(folder, "var", "a file");
	char *var = file_join(folder, "var");
	assert_int_not_equal(archive_open(var, &archive, &why), OK);
	free(var);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_put_is_read_again, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(what_has_no_time_of_its_own_stays_so, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(a_path_is_replaced_whole, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(the_index_agrees_with_the_texts_after_changes, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(hashes_tell_what_is_in, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(two_paths_cannot_have_one_slug, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(a_batch_rolled_back_leaves_nothing, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(lists_are_newest_first, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(an_older_archive_is_emptied_and_a_newer_one_refused, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_database_is_refused, archive_set_up, archive_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

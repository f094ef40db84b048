/* SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transcripts/archive_build.h"

static const char *const said[] = {"Anna|0|Good morning.", NULL};

static int set_up(void **state)
{
	(void)state;
	folder = sample_folder();
	return 0;
}

static bool is_there(const char *name)
{
	char *path = file_join(folder, name);
	bool is = file_exists(path);
	free(path);
	return is;
}

static void build_name(char name[static 40], long pid)
{
	snprintf(name, 40, "archive.db.%ld", pid);
}

static void build_one(const char *slug)
{
	assert_int_equal(archive_build_open(folder, &archive, NULL), OK);
	sample_put(archive, slug, sample_document(DOCUMENT_EPISODE, slug, NULL, sample_transcript(said)));
}

static bool has(struct archive *a, const char *slug)
{
	struct archive_item *item = archive_find(a, "bells", slug);
	archive_item_free(item);
	return item != NULL;
}

static void close_it(void)
{
	archive_close(archive);
	archive = NULL;
}

static void assert_kept(const char *slug)
{
	char own[40];
	build_name(own, getpid());
	assert_true(is_there("archive.db"));
	assert_false(is_there(own));
	assert_int_equal(archive_open(folder, &archive, NULL), OK);
	assert_true(has(archive, slug));
	assert_int_equal(archive_settle(archive, NULL), OK);
}

static void a_sites_first_archive_is_read_beside_its_place_and_put_there_whole(void **state)
{
	(void)state;
	struct archive *reader;
	char own[40];
	build_name(own, getpid());
	build_one("one");
	assert_true(is_there(own));
	assert_false(is_there("archive.db"));
	struct archive_saving *saving = archive_save_begin(archive);
	assert_int_equal(archive_build_reader(archive, folder, &reader, NULL), OK);
	assert_true(has(reader, "one"));
	archive_save_end(saving);
	assert_true(is_there("archive.db"));
	assert_true(has(reader, "one"));
	archive_close(reader);
	close_it();
	assert_kept("one");
}

static void what_was_not_saved_leaves_nothing(void **state)
{
	(void)state;
	char own[40];
	build_name(own, getpid());
	build_one("one");
	close_it();
	assert_false(is_there(own));
	assert_false(is_there("archive.db"));
}

static void an_archive_that_came_meanwhile_stays(void **state)
{
	(void)state;
	struct archive *other;
	build_one("one");
	assert_int_equal(archive_open(folder, &other, NULL), OK);
	sample_put(other, "two", sample_document(DOCUMENT_EPISODE, "two", NULL, sample_transcript(said)));
	archive_save_end(archive_save_begin(archive));
	close_it();
	archive_close(other);
	assert_kept("two");
	assert_false(has(archive, "one"));
}

static void an_archive_that_is_there_is_written_where_it_is(void **state)
{
	(void)state;
	struct archive *reader;
	char own[40];
	build_name(own, getpid());
	assert_int_equal(archive_open(folder, &archive, NULL), OK);
	close_it();
	build_one("one");
	assert_false(is_there(own));
	struct archive_saving *saving = archive_save_begin(archive);
	assert_int_equal(archive_build_reader(archive, folder, &reader, NULL), OK);
	assert_true(has(reader, "one"));
	archive_close(reader);
	archive_save_end(saving);
	close_it();
	assert_kept("one");
}

static void what_a_dead_process_left_is_removed_and_a_living_ones_is_not(void **state)
{
	(void)state;
	char dead[40], living[40];
	pid_t child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	build_name(dead, child);
	build_name(living, getppid());
	sample_write(folder, dead, "half of one");
	char journal[60];
	snprintf(journal, sizeof journal, "%s-journal", dead);
	sample_write(folder, journal, "half of one");
	sample_write(folder, living, "half of one");
	sample_write(folder, "archive.db.old", "the owner's");
	build_one("one");
	assert_false(is_there(dead));
	assert_false(is_there(journal));
	assert_true(is_there(living));
	assert_true(is_there("archive.db.old"));
}

static void a_journal_without_its_archive_is_not_taken_for_the_new_ones(void **state)
{
	(void)state;
	assert_int_equal(archive_open(folder, &archive, NULL), OK);
	sample_put(archive, "old", sample_document(DOCUMENT_EPISODE, "old", NULL, sample_transcript(said)));
	/* Its owner deletes the archive alone while it is open, and the process dies. */
	char *from = file_join(folder, "archive.db-wal"), *to = file_join(folder, "wal"), *db = file_join(folder, "archive.db");
	assert_int_equal(link(from, to), 0);
	close_it();
	assert_int_equal(rename(to, from), 0);
	assert_int_equal(unlink(db), 0);
	build_one("one");
	archive_save_end(archive_save_begin(archive));
	close_it();
	assert_kept("one");
	assert_false(has(archive, "old"));
	free(from);
	free(to);
	free(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_sites_first_archive_is_read_beside_its_place_and_put_there_whole, set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(what_was_not_saved_leaves_nothing, set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(an_archive_that_came_meanwhile_stays, set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(an_archive_that_is_there_is_written_where_it_is, set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(what_a_dead_process_left_is_removed_and_a_living_ones_is_not, set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(a_journal_without_its_archive_is_not_taken_for_the_new_ones, set_up, archive_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

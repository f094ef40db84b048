/* An archive whose index was left for later: the vocabulary is counted all the same, and whoever searches first has all.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include "base/buf.h"
#include "transcripts/archive_store.h"

static const char *const bells[] = {"Ada|0|The bell is rung, and .NET and C++ ring it with asyncio.gather.",
	"Ben|5|Bells are rung by ringers who rang the bell before.", NULL};
static const char *const ropes[] = {"Ada|0|A rope is spliced, the ropes of the tower are long, and you know that it is for them.", NULL};
static const char *const cloche[] = {"Emile|0|Les cloches sont dans la tour, et nous avons une corde pour vous, mais je ne parle pas.", NULL};

static void put(const char *slug, const char *const *lines)
{
	sample_put(archive, slug, sample_document(DOCUMENT_EPISODE, slug, "2020-01-01", sample_transcript(lines)));
}

/* A table's rows as text. */
static char *rows(const char *sql)
{
	struct buf out = {0};
	sqlite3_stmt *s = db_prepare(archive->db, sql);
	while (sqlite3_step(s) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(s); i++)
			buf_format(&out, "%s|", (const char *)sqlite3_column_text(s, i));
		buf_char(&out, '\n');
	}
	sqlite3_finalize(s);
	buf_text(&out, "");
	return buf_take(&out);
}

static const char words_sql[] = "SELECT * FROM words ORDER BY n_bytes, word", stems_sql[] = "SELECT * FROM stems ORDER BY 1, 2, 3",
	index_sql[] = "SELECT term, doc, cnt FROM temp.vocabulary ORDER BY 1";

static void open_again(bool defers)
{
	archive_close(archive);
	assert_int_equal(archive_open(folder, &archive, NULL), OK);
	if (defers)
		archive_defer_index(archive);
}

static void settle(void)
{
	struct why why = {0};
	if (archive_settle(archive, &why))
		fail_msg("%s", why.text);
}

static void words_counted_from_the_texts_are_those_of_the_index(void **state)
{
	(void)state;
	open_again(true);
	put("bells", bells);
	put("ropes", ropes);
	put("cloche", cloche);
	settle();
	char *words = rows(words_sql), *stems = rows(stems_sql);
	assert_non_null(strstr(words, "|bell|1|2|"));
	assert_non_null(strstr(words, "|c++|1|1|"));
	assert_true(archive_awaits_index(archive));
	open_again(false);
	settle();
	char *indexed = rows(words_sql), *indexed_stems = rows(stems_sql);
	assert_string_equal(words, indexed);
	assert_string_equal(stems, indexed_stems);
	assert_false(archive_awaits_index(archive));
	free(words);
	free(stems);
	free(indexed);
	free(indexed_stems);
}

static void what_was_deferred_is_found_after_settling(void **state)
{
	(void)state;
	put("bells", bells);
	settle();
	open_again(true);
	put("ropes", ropes);
	settle();
	assert_int_equal(count_found("bell"), 1);
	assert_int_equal(count_found("rope"), 0);
	open_again(false);
	settle();
	assert_int_equal(count_found("bell"), 1);
	assert_int_equal(count_found("rope"), 1);
	settle(); /* and again: nothing is indexed twice */
	assert_int_equal(count_found("rope"), 1);
}

/* FTS5 must be told what it had indexed, and of nothing else: else its counts are damaged for good. */
static void changes_and_removals_before_settling_leave_the_index_whole(void **state)
{
	(void)state;
	put("bells", bells);
	put("ropes", ropes);
	settle();
	open_again(true);
	put("bells", ropes);   /* was indexed, is not */
	put("cloche", cloche);
	put("cloche", bells);  /* was not, is not */
	put("gone", cloche);
	assert_int_equal(archive_remove(archive, "episodes/gone.md", NULL), OK);
	assert_int_equal(archive_remove(archive, "episodes/ropes.md", NULL), OK);
	settle();
	open_again(false);
	settle();
	assert_int_equal(count_found("corde"), 0);
	assert_int_equal(count_found("spliced"), 1);
	assert_int_equal(count_found("ringers"), 1);
	struct why why = {0};
	if (db_run(archive->db, "INSERT INTO spoken(spoken) VALUES('integrity-check')", &why))
		fail_msg("%s", why.text);
	char *index = rows(index_sql);
	assert_null(strstr(index, "corde"));
	free(index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_counted_from_the_texts_are_those_of_the_index, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(what_was_deferred_is_found_after_settling, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(changes_and_removals_before_settling_leave_the_index_whole, archive_set_up,
			archive_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

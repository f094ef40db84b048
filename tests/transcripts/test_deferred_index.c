/* An archive whose index was left for later: whoever searches first has all, and what needs the words meanwhile has the
 * same of the texts.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include "base/buf.h"
#include "transcripts/archive_references.h"
#include "transcripts/archive_store.h"
#include "transcripts/words.h"

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

static const char words_sql[] = "SELECT * FROM words ORDER BY n_bytes, word", 
	/* Words that are gone may stay there: nobody finds them. */
	stems_sql[] = "SELECT language, stem, word FROM stems JOIN words USING(word) ORDER BY 1, 2, 3",
	names_sql[] = "SELECT text FROM names ORDER BY 1",
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

/* As the index will know them. */
static void words_are_counted_from_the_texts_meanwhile(void **state)
{
	(void)state;
	put("ropes", ropes);
	settle();
	open_again(true);
	put("bells", bells);
	put("cloche", cloche);
	settle();
	assert_true(archive_awaits_index(archive));
	struct archive *waiting = archive;
	struct word_counts *counts;
	assert_int_equal(word_counts_open(waiting, &counts, NULL), OK);
	assert_int_equal(archive_open(folder, &archive, NULL), OK);
	settle();
	assert_false(archive_awaits_index(archive));
	struct word_counts *known;
	assert_int_equal(word_counts_open(archive, &known, NULL), OK);
	assert_int_equal(word_counts_all(counts), word_counts_all(known));
	sqlite3_stmt *s = db_prepare(archive->db, "SELECT word, n_times FROM words");
	size_t n = 0;
	for (; sqlite3_step(s) == SQLITE_ROW; n++) {
		assert_int_equal(word_counts_times(counts, db_column_span(s, 0)), sqlite3_column_int64(s, 1));
		assert_int_equal(word_counts_times(known, db_column_span(s, 0)), sqlite3_column_int64(s, 1));
	}
	assert_true(n > 40);
	sqlite3_finalize(s);
	assert_int_equal(word_counts_times(counts, SPAN_LITERAL("c++")), 1);
	assert_int_equal(word_counts_times(counts, SPAN_LITERAL("net")), 1);
	assert_int_equal(word_counts_times(counts, SPAN_LITERAL("nowhere")), 0);
	assert_int_equal(word_counts_times(known, SPAN_LITERAL("nowhere")), 0);
	word_counts_close(counts);
	word_counts_close(known);
	archive_close(waiting);
}

static void several_runs_that_defer_leave_what_one_import_gives(void **state)
{
	(void)state;
	put("bells", bells);
	put("ropes", ropes);
	put("cloche", cloche);
	settle();
	char *words = rows(words_sql), *stems = rows(stems_sql), *names = rows(names_sql);
	archive_tear_down(NULL);
	archive_set_up(NULL);
	put("bells", ropes);
	put("gone", cloche);
	settle();
	open_again(true);
	put("bells", bells);
	settle();
	open_again(true);
	put("ropes", ropes);
	assert_int_equal(archive_remove(archive, "episodes/gone.md", NULL), OK);
	settle();
	settle(); /* nothing new */
	open_again(true);
	put("cloche", cloche);
	settle();
	assert_true(archive_awaits_index(archive));
	open_again(false);
	settle();
	assert_false(archive_awaits_index(archive));
	char *again[] = {rows(words_sql), rows(stems_sql), rows(names_sql)};
	assert_non_null(strstr(again[1], "bells"));
	assert_string_equal(again[0], words);
	assert_string_equal(again[1], stems);
	assert_string_equal(again[2], names);
	struct search_result *r = search_by((struct search_request){.query = SPAN_LITERAL("spliecd")});
	assert_non_null(r->did_you_mean);
	assert_string_equal(r->did_you_mean, "spliced");
	search_result_free(r);
	for (size_t i = 0; i < COUNT_OF(again); i++)
		free(again[i]);
	free(words);
	free(stems);
	free(names);
}

/* Both are spoken of; the words of one are said so often that they tell nothing. */
static void put_spoken_titles(void)
{
	struct transcript *t = transcript_create();
	transcript_add_turn(t, SPAN_LITERAL("Ada"));
	for (int i = 0; i < 30; i++)
		transcript_add_cue(t, i * 1000, -1, SPAN_LITERAL("We are ringing in towers."), i + 1);
	transcript_add_cue(t, 40000, -1, SPAN_LITERAL("That was in Ringing Towers, not in Splicing Hempen Cordage."), 41);
	transcript_finish_build(t);
	sample_put(archive, "speaks", sample_document(DOCUMENT_EPISODE, "Nothing", "2020-01-01", t));
	sample_put(archive, "ringing", sample_document(DOCUMENT_EPISODE, "Ringing Towers", "2020-01-02", NULL));
	sample_put(archive, "splicing", sample_document(DOCUMENT_EPISODE, "Splicing Hempen Cordage", "2020-01-03", NULL));
}

static char *references(void)
{
	struct why why = {0};
	struct reference_rules *none = reference_rules_read(SPAN_LITERAL(""), NULL, &why);
	assert_non_null(none);
	const struct archive_reference_rules rules = {.rules = none, .base_url = ""};
	if (archive_settle_references(archive, &rules, &why))
		fail_msg("%s", why.text);
	reference_rules_destroy(none);
	return rows("SELECT f.slug, t.slug, start_ms, words FROM refs JOIN items f ON f.id=item JOIN items t ON t.id=target"
		" ORDER BY 1, 2");
}

static void references_are_the_same_while_the_index_waits(void **state)
{
	(void)state;
	put_spoken_titles();
	settle();
	char *with_index = references();
	archive_tear_down(NULL);
	archive_set_up(NULL);
	put("bells", bells); /* another vocabulary, which counts no more */
	settle();
	assert_int_equal(archive_remove(archive, "episodes/bells.md", NULL), OK);
	open_again(true);
	put_spoken_titles();
	settle();
	assert_true(archive_awaits_index(archive));
	char *without = references();
	assert_string_equal(without, "speaks|splicing|40000|Splicing Hempen Cordage|\n");
	assert_string_equal(without, with_index);
	free(with_index);
	free(without);
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
		cmocka_unit_test_setup_teardown(words_are_counted_from_the_texts_meanwhile, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(several_runs_that_defer_leave_what_one_import_gives, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(references_are_the_same_while_the_index_waits, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(what_was_deferred_is_found_after_settling, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(changes_and_removals_before_settling_leave_the_index_whole, archive_set_up,
			archive_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

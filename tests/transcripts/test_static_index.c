/* The search's index as files: what stands in them, and that words are joined to their other forms as a query is.
 * SPDX-License-Identifier: MIT */
#include "tests/transcripts/archive_help.h"

#include "base/buf.h"
#include "transcripts/archive_store.h"
#include "transcripts/language.h"
#include "transcripts/static_index.h"
#include "transcripts/vocabulary.h"
#include "transcripts/word_forms.h"

static const char *const bells[] = {"Ada|0|The bell is rung, and .NET and C++ ring it. The bell!",
	"Ben|5|Bells are rung by ringers.", NULL};
static const char *const glocken[] = {"Ada|0|Und die Glocke ist nicht im Turm, die Glocken sind auf der Brücke,"
	" ich und wir mit dem Rufen rufe.", NULL};

static void put(const char *slug, const char *const *lines)
{
	sample_put(archive, slug, sample_document(DOCUMENT_EPISODE, slug, "2020-01-01", sample_transcript(lines)));
}

static void settle(void)
{
	struct why why = {0};
	if (archive_settle(archive, &why))
		fail_msg("%s", why.text);
}

static enum err take_file(void *data, const char *file, struct span bytes, struct why *why)
{
	struct buf *all = data;
	(void)why;
	buf_format(all, "%s:\n", file);
	buf_span(all, bytes);
	return OK;
}

/* Of the items with these slugs, in this order. Owned. */
static char *write_index(const char *const *slugs, size_t n)
{
	struct static_index_item items[4];
	struct buf out = {0};
	struct why why = {0};
	for (size_t i = 0; i < n; i++) {
		struct archive_item *item = archive_find(archive, "bells", slugs[i]);
		assert_non_null(item);
		items[i] = (struct static_index_item){item->id, "where", "Bells"};
		archive_item_free(item);
	}
	if (static_index_write(archive, items, n, take_file, &out, &why))
		fail_msg("%s", why.text);
	buf_text(&out, "");
	return buf_take(&out);
}

static void check_line(const char *index, const char *line)
{
	assert_non_null(index);
	if (!strstr(index, line))
		fail_msg("no %s in %.2000s", line, index);
}

static void each_word_has_its_forms_and_places(void **state)
{
	(void)state;
	put("one", bells);
	put("two", glocken);
	put("three", bells);
	settle();
	static const char *const slugs[] = {"two", "three", "one"};
	char *index = write_index(slugs, COUNT_OF(slugs));
	check_line(index, "search/words/0.txt:\n.net\t\t1S5;2S5\nada\t\t0P0;1P0;2P0\nand\t\t1S4.2;2S4.2\n");
	check_line(index, "\nbell\tbells\t1S1.a;2S1.a\nbells\tbell\t1Sc;2Sc\nben\t\t1P1;2P1\n");
	check_line(index, "\nc++\t\t1S7;2S7\n");
	check_line(index, "\nglocke\tglocken\t0S2\nglocken\tglocke\t0S8\n");
	check_line(index, "\nnet\t\t1S5;2S5\n");
	check_line(index, "\nthree\t\t1T0\n");
	check_line(index, "search/index.json:\n{\"version\":1,\"items\":[[\"where\",\"two\",\"2020-01-01\",\"episode\",\"bells\","
		"\"\",\"Bells\",\"two\",");
	check_line(index, "\"shards\":[\".net\"]}\n");
	free(index);
}

/* Whatever an item has that isn't published, or had once. */
static void only_what_is_published_gives_words_and_forms(void **state)
{
	(void)state;
	static const char *const english[] = {"Ada|0|This is the bell that you have, and these are the bells that we have for"
		" it.", NULL};
	static const char *const ringing[] = {"Ada|0|This is ringing the belled bells, and it is what they are for, you and"
		" that one.", NULL};
	put("one", english);
	put("draft", ringing);
	put("gone", ringing);
	settle();
	assert_int_equal(archive_remove(archive, "episodes/gone.md", NULL), OK);
	settle();
	char *index = write_index((const char *const[]){"one"}, 1);
	assert_null(strstr(index, "ringing"));
	assert_null(strstr(index, "belled"));
	check_line(index, "\nbell\tbells\t");
	free(index);
}

static void a_word_of_many_places_has_all_of_them(void **state)
{
	(void)state;
	struct transcript *t = transcript_create();
	transcript_add_turn(t, SPAN_LITERAL("Ada"));
	for (int i = 0; i < 40000; i++)
		transcript_add_cue(t, i * 10, -1, span_of(i % 2 ? "often" : i == 38000 ? "once" : "again"), i + 1);
	transcript_finish_build(t);
	sample_put(archive, "long", sample_document(DOCUMENT_EPISODE, "Long", NULL, t));
	settle();
	char *index = write_index((const char *const[]){"long"}, 1);
	struct buf wanted = {0};
	buf_text(&wanted, "\noften\t\t0S1");
	for (int i = 1; i < 20000; i++)
		buf_text(&wanted, ".2");
	buf_char(&wanted, '\n');
	check_line(index, wanted.p);
	check_line(index, "\nonce\t\t0Stbk\n"); /* 38000 */
	/* Each larger than a file should be: alone in one. */
	check_line(index, "\"shards\":[\"ada\",");
	buf_finish(&wanted);
	free(index);
}

/* ---- forms ---- */

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Lines sorted: SQL has no order of its own. */
static char *sorted_lines(struct buf *all)
{
	struct span rest = buf_view(all), line;
	char *lines[4096];
	size_t n = 0;
	while (n < COUNT_OF(lines) && span_next_line(&rest, &line))
		lines[n++] = span_dup(line);
	qsort(lines, n, sizeof *lines, by_text);
	struct buf out = {0};
	for (size_t i = 0; i < n; i++) {
		buf_format(&out, "%s\n", lines[i]);
		free(lines[i]);
	}
	buf_finish(all);
	buf_text(&out, "");
	return buf_take(&out);
}

/* As a query of the archive is widened (stems.c). */
static char *forms_of_stems(void)
{
	sqlite3_stmt *s = db_prepare(archive->db,
		"SELECT a.word, b.word FROM stems a JOIN stems b USING(language, stem) WHERE a.word<>b.word"
		" UNION SELECT stems.word, stem FROM stems JOIN words ON words.word=stem"
		" UNION SELECT stem, stems.word FROM stems JOIN words ON words.word=stem");
	struct buf out = {0};
	while (sqlite3_step(s) == SQLITE_ROW)
		buf_format(&out, "%s %s\n", (const char *)sqlite3_column_text(s, 0), (const char *)sqlite3_column_text(s, 1));
	sqlite3_finalize(s);
	return sorted_lines(&out);
}

static char *forms_of_vocabulary(void)
{
	struct vocabulary v = {0};
	struct buf out = {0};
	uint32_t languages = 0;
	sqlite3_stmt *s = db_prepare(archive->db, "SELECT word FROM words ORDER BY n_times");
	while (sqlite3_step(s) == SQLITE_ROW)
		vocabulary_add(&v, db_column_span(s, 0));
	sqlite3_finalize(s);
	for (size_t i = 0; i < LANGUAGES; i++)
		if (strstr("de en fr", language_codes[i]))
			languages |= 1u << i;
	uint32_t *sorted = vocabulary_sorted(&v);
	struct word_forms *forms = word_forms_create(&v, sorted, languages);
	for (uint32_t rank = 0; rank < v.n; rank++) {
		const uint32_t *ranks;
		size_t n = word_forms_of(forms, rank, &ranks);
		for (size_t i = 0; i < n; i++) {
			struct span a = vocabulary_word(&v, sorted[rank]), b = vocabulary_word(&v, sorted[ranks[i]]);
			assert_true(i == 0 || ranks[i - 1] < ranks[i]);
			buf_format(&out, "%.*s %.*s\n", SPAN_ARG(a), SPAN_ARG(b));
		}
	}
	word_forms_destroy(forms);
	free(sorted);
	vocabulary_finish(&v);
	return sorted_lines(&out);
}

static void forms_are_those_that_widen_a_query(void **state)
{
	(void)state;
	static const char *const english[] = {"Ada|0|The generous generations generate general generals, and they are generously"
		" general; one universe is of all universities, this university and its universal news, the new newest for you and"
		" they die dying, skies skis ski sky.", NULL};
	static const char *const french[] = {"Emile|0|Les cloches sont dans la tour, la cloche sonne, elles sonnent, sonner est"
		" sonné; nous avons des généraux et un général pour vous, mais je ne parle pas, ils parlent, parler avec les"
		" nouvelles nouveaux.", NULL};
	put("english", english);
	put("french", french);
	put("german", glocken);
	put("bells", bells);
	settle();
	sqlite3_stmt *s = db_prepare(archive->db, "SELECT group_concat(language) FROM (SELECT DISTINCT language FROM stems"
		" ORDER BY 1)");
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(s, 0), "de,en,fr");
	sqlite3_finalize(s);
	char *wanted = forms_of_stems(), *made = forms_of_vocabulary();
	check_line(wanted, "cloche cloches\n");
	check_line(wanted, "bells bell\n");
	assert_string_equal(made, wanted);
	free(wanted);
	free(made);
}

/* ---- the vocabulary ---- */

static void words_are_found_again_and_sorted_bytewise(void **state)
{
	(void)state;
	struct vocabulary v = {0};
	char word[40];
	uint32_t seed = 1;
	assert_int_equal(vocabulary_find(&v, SPAN_LITERAL("a")), VOCABULARY_NONE);
	/* Few letters, so that words of each length come again and begin alike. */
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1103515245u + 12345u;
		size_t n = 1 + (seed >> 16) % 20;
		for (size_t k = 0; k < n; k++) {
			seed = seed * 1103515245u + 12345u;
			word[k] = "ab\xC3\xBC"[(seed >> 16) % (k % 9 ? 2 : 4)];
		}
		struct span text = span_make(word, n);
		size_t before = v.n, known = vocabulary_find(&v, text), number = vocabulary_add(&v, text);
		assert_int_equal(number, known == VOCABULARY_NONE ? before : known);
		assert_int_equal(v.n, known == VOCABULARY_NONE ? before + 1 : before);
		assert_true(span_equal(vocabulary_word(&v, number), text));
		assert_int_equal(vocabulary_find(&v, text), number);
	}
	assert_true(v.n > 5000);
	uint32_t *sorted = vocabulary_sorted(&v);
	for (size_t i = 1; i < v.n; i++) {
		struct span a = vocabulary_word(&v, sorted[i - 1]), b = vocabulary_word(&v, sorted[i]);
		int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
		assert_true(order < 0 || (order == 0 && a.n < b.n));
	}
	free(sorted);
	vocabulary_finish(&v);
	sorted = vocabulary_sorted(&v);
	assert_int_equal(v.n, 0);
	free(sorted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_word_has_its_forms_and_places, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(only_what_is_published_gives_words_and_forms, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(a_word_of_many_places_has_all_of_them, archive_set_up, archive_tear_down),
		cmocka_unit_test_setup_teardown(forms_are_those_that_widen_a_query, archive_set_up, archive_tear_down),
		cmocka_unit_test(words_are_found_again_and_sorted_bytewise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

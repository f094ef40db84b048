/* What somebody types into the search box: never an error for FTS5.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <sqlite3.h>

#include "transcripts/query.h"

static sqlite3 *db;
static struct tokens *tokens;
static sqlite3_stmt *find;

static void open_database(void)
{
	ASSERT(sqlite3_open(":memory:", &db) == SQLITE_OK && tokens_create(db, &tokens, NULL) == OK);
	ASSERT(sqlite3_exec(db, "CREATE VIRTUAL TABLE t USING fts5(x, tokenize = 'carillon');"
		"INSERT INTO t VALUES ('the bells ring c++ f-string')", NULL, NULL, NULL) == SQLITE_OK);
	ASSERT(sqlite3_prepare_v2(db, "SELECT rowid FROM t WHERE t MATCH ?", -1, &find, NULL) == SQLITE_OK);
}

static void run(const struct buf *expression)
{
	int result;
	sqlite3_bind_text(find, 1, expression->p, (int)expression->n, SQLITE_STATIC);
	while ((result = sqlite3_step(find)) == SQLITE_ROW)
		;
	ASSERT(result == SQLITE_DONE);
	sqlite3_reset(find);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query q;
	struct buf expression = {0};
	if (!db)
		open_database();
	query_parse(&q, tokens, span_make((const char *)data, size));
	ASSERT(q.n_words <= QUERY_WORDS_MAX && q.speakers.n <= QUERY_NAMES_MAX && q.shows.n <= QUERY_NAMES_MAX);
	query_expression(&q, &expression);
	if (expression.n)
		run(&expression);
	query_finish(&q);
	buf_finish(&expression);
	return 0;
}

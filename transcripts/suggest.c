/* SPDX-License-Identifier: MIT */
#include "transcripts/suggest.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/nearest.h"

enum {
	SHORTEST_WORD = 3,   /* shorter ones are near to everything */
	SHORT_WORD = 4,      /* up to here one edit is already much */
	TIMES_AS_COMMON = 10 /* a word that was heard must be this much rarer than what it is taken for */
};

static bool has_digit(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] >= '0' && word.p[i] <= '9')
			return true;
	return false;
}

static int64_t times_heard(struct archive *a, struct span word)
{
	sqlite3_stmt *s = archive_statement(a, SQL_WORD);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)word.n);
	db_bind_span(s, 2, word);
	int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 1) : 0;
	sqlite3_reset(s);
	return n;
}

/* The nearest known word into *best; among equally near ones that said most often. */
static bool find_nearest(struct archive *a, struct span word, struct buf *best)
{
	int64_t known = times_heard(a, word), best_times = 0;
	unsigned best_distance = word.n <= SHORT_WORD ? 1 : 2;
	bool found = false;
	sqlite3_stmt *s = archive_statement(a, SQL_WORDS_LIKE);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)word.n - 2);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)word.n + 2);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct span other = db_column_span(s, 0);
		int64_t times = sqlite3_column_int64(s, 2);
		if (times <= known * TIMES_AS_COMMON || has_digit(other))
			continue;
		unsigned distance = edit_distance(word, other);
		if (distance == 0 || distance > best_distance || (found && distance == best_distance && times <= best_times))
			continue;
		best_distance = distance;
		best_times = times;
		found = true;
		buf_clear(best);
		buf_span(best, other);
	}
	sqlite3_reset(s);
	return found;
}

char *suggest(struct archive *a, const struct query *q, struct span typed)
{
	struct buf out = {0}, nearest = {0};
	size_t done = 0;
	bool better = false;
	for (size_t i = 0; i < q->n_words; i++) {
		const struct query_word *word = &q->words[i];
		struct span text = span_of(word->text);
		/* Words come in the order in which they were typed. */
		if (word->prefix || text.n < SHORTEST_WORD || has_digit(text) || word->at < done ||
				!find_nearest(a, text, &nearest))
			continue;
		buf_add(&out, typed.p + done, word->at - done);
		buf_span(&out, buf_view(&nearest));
		done = word->at + word->n_bytes;
		better = true;
	}
	if (better)
		buf_span(&out, span_from(typed, done));
	buf_finish(&nearest);
	if (better)
		return buf_take(&out);
	buf_finish(&out);
	return NULL;
}

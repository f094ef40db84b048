/* SPDX-License-Identifier: MIT */
#include "transcripts/words.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/vocabulary.h"

struct word_counts {
	struct archive *archive;
	bool is_counted;              /* here, from the texts: else the archive's table knows */
	struct vocabulary vocabulary;
	int64_t *times;               /* by a word's number */
	size_t room;
	int64_t n;
};

static void count_word(struct word_counts *c, struct span word)
{
	size_t n_known = c->vocabulary.n, number = vocabulary_add(&c->vocabulary, word);
	if (number == n_known) {
		if (number == c->room) {
			c->room = c->room ? c->room * 2 : 1 << 12;
			c->times = mem_grow(c->times, c->room, sizeof *c->times);
		}
		c->times[number] = 0;
	}
	c->times[number]++;
	c->n++;
}

/* A document is found by both forms of a name of code. */
static bool take_token(void *data, const struct token *token)
{
	count_word(data, token->text);
	if (token->plain.n)
		count_word(data, token->plain);
	return true;
}

static enum err read_texts(struct word_counts *c, struct why *why)
{
	struct archive *a = c->archive;
	sqlite3_stmt *s = db_prepare(a->db, "SELECT title, people, notes, chapters, speech FROM texts");
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW)
		for (int column = 0; column < COLUMN_COUNT; column++)
			tokens_each(a->tokens, db_column_span(s, column), take_token, c);
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_finalize(s);
	return e;
}

static enum err read_sum(struct word_counts *c, struct why *why)
{
	sqlite3_stmt *s = db_prepare(c->archive->db, "SELECT sum(n_times) FROM words");
	enum err e = OK;
	if (sqlite3_step(s) == SQLITE_ROW)
		c->n = sqlite3_column_int64(s, 0);
	else
		e = db_error(c->archive->db, why);
	sqlite3_finalize(s);
	return e;
}

enum err word_counts_open(struct archive *a, struct word_counts **counts, struct why *why)
{
	struct word_counts *c = mem_new(1, sizeof *c);
	c->archive = a;
	c->is_counted = archive_awaits_index(a);
	enum err e = c->is_counted ? read_texts(c, why) : read_sum(c, why);
	*counts = NULL;
	if (e)
		word_counts_close(c);
	else
		*counts = c;
	return e;
}

int64_t word_counts_times(struct word_counts *c, struct span word)
{
	if (c->is_counted) {
		size_t number = vocabulary_find(&c->vocabulary, word);
		return number == VOCABULARY_NONE ? 0 : c->times[number];
	}
	sqlite3_stmt *s = archive_statement(c->archive, SQL_WORD);
	sqlite3_bind_int64(s, 1, (int64_t)word.n);
	db_bind_span(s, 2, word);
	int64_t times = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 1) : 0;
	sqlite3_reset(s);
	return times;
}

int64_t word_counts_all(const struct word_counts *c)
{
	return c->n;
}

void word_counts_close(struct word_counts *c)
{
	if (!c)
		return;
	vocabulary_finish(&c->vocabulary);
	free(c->times);
	free(c);
}

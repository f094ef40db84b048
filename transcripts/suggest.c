/* SPDX-License-Identifier: MIT */
#include "transcripts/suggest.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "transcripts/catalogue.h"

enum {
	SHORTEST_WORD = 3,   /* shorter ones are near to everything */
	SHORT_WORD = 4,      /* up to here one edit is already much */
	RARE = 20,           /* what was said more often is no slip */
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

/* One edit changes the set of letters by two at most. */
static bool may_be_near(uint32_t letters, uint32_t others, unsigned distance)
{
	unsigned n = 0;
	for (uint32_t different = letters ^ others; different; different &= different - 1)
		n++;
	return n <= 2 * distance;
}

/* The nearest known word, borrowed; empty when there is none. Among equally near ones that said most often. */
static struct span find_nearest(struct archive *a, struct span word)
{
	int64_t known = times_heard(a, word), best_times = 0;
	unsigned best_distance = word.n <= SHORT_WORD ? 1 : 2;
	uint32_t letters = catalogue_letters(word);
	struct span best = {"", 0};
	if (known > RARE)
		return best;
	catalogue_read_words(a);
	const struct catalogue *c = a->catalogue;
	for (size_t i = 0; i < c->n_words && c->words[i].n_bytes <= word.n + 2; i++) {
		const struct catalogue_word *other = &c->words[i];
		if (other->n_bytes + 2 < word.n || other->n_times <= known * TIMES_AS_COMMON ||
				!may_be_near(letters, other->letters, best_distance))
			continue;
		struct span text = span_make(other->text, other->n_bytes);
		unsigned distance = edit_distance(word, text);
		if (distance == 0 || distance > best_distance ||
				(best.n && distance == best_distance && other->n_times <= best_times) || has_digit(text))
			continue;
		best_distance = distance;
		best_times = other->n_times;
		best = text;
	}
	return best;
}

char *suggest(struct archive *a, const struct query *q, struct span typed)
{
	struct buf out = {0};
	size_t done = 0;
	bool better = false;
	for (size_t i = 0; i < q->n_words; i++) {
		const struct query_word *word = &q->words[i];
		struct span text = span_of(word->text);
		/* Words come in the order in which they were typed. */
		if (word->prefix || word->n_forms || text.n < SHORTEST_WORD || has_digit(text) || word->at < done)
			continue;
		struct span nearest = find_nearest(a, text);
		if (!nearest.n)
			continue;
		buf_add(&out, typed.p + done, word->at - done);
		buf_span(&out, nearest);
		done = word->at + word->n_bytes;
		better = true;
	}
	if (better)
		buf_span(&out, span_from(typed, done));
	if (better)
		return buf_take(&out);
	buf_finish(&out);
	return NULL;
}

/* completion_count.c - the names, and the pairs of words that are said together.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/completion.h"

enum {
	COMMON = 100,          /* words so frequent that pairs with them say nothing */
	SELDOM = 5,            /* times; words and pairs said less often are no suggestion */
	PAIRS_KEPT = 50000,
	PAIRS_COUNTED = 1 << 21, /* at once: then those that came up only once so far are forgotten */
};

/* Row numbers as in completion_names.h: 4294967296 is its distance between kinds. */
static const char names_sql[] =
	"DELETE FROM names;"
	"INSERT INTO names(rowid, text, ref) SELECT row_number() OVER (ORDER BY n_episodes+n_talks DESC, slug), name, slug"
	" FROM people;"
	"INSERT INTO names(rowid, text, ref) SELECT 4294967296+row_number() OVER (ORDER BY max(start_ms) DESC NULLS LAST,"
	" name), max(title), name FROM conferences WHERE title<>'' GROUP BY name;"
	"INSERT INTO names(rowid, text, ref) SELECT 8589934592+row_number() OVER (ORDER BY published_ms DESC NULLS LAST,"
	" show, conference, slug), title, id FROM items WHERE published AND title<>'';";

/* Words by their text, with numbers; open addressing. */
struct numbers {
	struct span *words;      /* by number */
	uint32_t *slots;         /* number + 1, 0 = free */
	size_t n, n_slots;
	struct buf texts;
};

struct pair {
	uint64_t words;          /* first << 32 | second */
	uint32_t n_times;        /* 0 = free */
};
struct pairs {
	struct pair *all;
	size_t n, n_slots;
	const struct numbers *numbers;
	int64_t before;          /* the number of the word before, -1 = none that counts */
};

static uint32_t *slot_of(const struct numbers *n, struct span word)
{
	size_t i = span_hash(word) & (n->n_slots - 1);
	while (n->slots[i] && !span_equal(n->words[n->slots[i] - 1], word))
		i = (i + 1) & (n->n_slots - 1);
	return &n->slots[i];
}

static void numbers_finish(struct numbers *n)
{
	free(n->words);
	free(n->slots);
	buf_finish(&n->texts);
}

/* The most often said come first: their numbers say which are common. */
static void number_words(struct archive *a, struct numbers *n)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT word FROM words WHERE n_times>=?1 ORDER BY n_times DESC, word");
	sqlite3_bind_int(s, 1, SELDOM);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct span word = db_column_span(s, 0);
		if ((n->n & (n->n - 1)) == 0)
			n->words = mem_grow(n->words, n->n ? n->n * 2 : 1, sizeof *n->words);
		n->words[n->n++].n = word.n;
		buf_span(&n->texts, word);
	}
	sqlite3_finalize(s);
	const char *p = n->texts.p;
	for (n->n_slots = 64; n->n_slots < 2 * n->n; n->n_slots *= 2)
		;
	n->slots = mem_new(n->n_slots, sizeof *n->slots);
	for (size_t i = 0; i < n->n; i++) {
		n->words[i].p = p;
		p += n->words[i].n;
		*slot_of(n, n->words[i]) = (uint32_t)i + 1;
	}
}

static struct pair *find_pair(const struct pairs *p, uint64_t words)
{
	size_t i = (words * 0x9E3779B97F4A7C15u) >> 32 & (p->n_slots - 1);
	while (p->all[i].n_times && p->all[i].words != words)
		i = (i + 1) & (p->n_slots - 1);
	return &p->all[i];
}

/* Into a table of this size, without those that came up fewer times than least. */
static void rehash(struct pairs *p, size_t n_slots, uint32_t least)
{
	struct pair *old = p->all;
	size_t n_old = p->n_slots;
	p->all = mem_new(n_slots, sizeof *p->all);
	p->n_slots = n_slots;
	p->n = 0;
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].n_times < least || old[i].n_times == 0)
			continue;
		*find_pair(p, old[i].words) = old[i];
		p->n++;
	}
	free(old);
}

static bool count_token(void *data, const struct token *token)
{
	struct pairs *p = data;
	int64_t number = (int64_t)*slot_of(p->numbers, token->text) - 1;
	if (number < COMMON || token->text.n < 2) {
		p->before = -1;
		return true;
	}
	if (p->before >= 0 && p->before != number) {
		struct pair *pair = find_pair(p, (uint64_t)p->before << 32 | (uint64_t)number);
		if (pair->n_times++ == 0) {
			pair->words = (uint64_t)p->before << 32 | (uint64_t)number;
			if (++p->n * 2 > p->n_slots) {
				bool full = p->n >= PAIRS_COUNTED;
				rehash(p, full ? p->n_slots : p->n_slots * 2, full ? 2 : 1);
			}
		}
	}
	p->before = number;
	return true;
}

static int by_times(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	if (x->n_times != y->n_times)
		return x->n_times < y->n_times ? 1 : -1;
	return (x->words > y->words) - (x->words < y->words);
}

static enum err put_pairs(struct archive *a, struct pairs *p, struct why *why)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n_slots; i++)
		if (p->all[i].n_times >= SELDOM)
			p->all[n++] = p->all[i];
	if (n)
		qsort(p->all, n, sizeof *p->all, by_times);
	sqlite3_stmt *put = db_prepare(a->db, "INSERT INTO pairs(first, second, n_times) VALUES(?1,?2,?3)");
	enum err e = OK;
	for (size_t i = 0; i < n && i < PAIRS_KEPT && !e; i++) {
		db_bind_span(put, 1, p->numbers->words[p->all[i].words >> 32]);
		db_bind_span(put, 2, p->numbers->words[p->all[i].words & UINT32_MAX]);
		sqlite3_bind_int64(put, 3, p->all[i].n_times);
		e = archive_step(a, put, why);
	}
	sqlite3_finalize(put);
	return e;
}

static enum err count_pairs(struct archive *a, struct why *why)
{
	struct numbers numbers = {0};
	struct pairs pairs = {.numbers = &numbers};
	number_words(a, &numbers);
	rehash(&pairs, 1 << 16, 1);
	enum err e = db_run(a->db, "DELETE FROM pairs", why);
	sqlite3_stmt *s = db_prepare(a->db, "SELECT speech, notes FROM texts");
	int code = SQLITE_DONE;
	while (!e && (code = sqlite3_step(s)) == SQLITE_ROW) {
		for (int i = 0; i < 2; i++) {
			pairs.before = -1;
			tokens_each(a->tokens, db_column_span(s, i), count_token, &pairs);
		}
	}
	if (!e && code != SQLITE_DONE)
		e = db_error(a->db, why);
	sqlite3_finalize(s);
	if (!e)
		e = put_pairs(a, &pairs, why);
	free(pairs.all);
	numbers_finish(&numbers);
	return e;
}

enum err completions_count(struct archive *a, bool much_has_changed, struct why *why)
{
	enum err e = db_run(a->db, names_sql, why);
	return e || !much_has_changed ? e : count_pairs(a, why);
}

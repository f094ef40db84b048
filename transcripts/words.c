/* SPDX-License-Identifier: MIT */
#include "transcripts/words.h"

#include <stdlib.h>

#include "base/mem.h"

enum { FIRST_SLOTS = 1 << 14 };

struct counted {
	uint64_t hash;
	size_t at, n;            /* in letters */
	int64_t n_items, n_times;
	size_t last_item;        /* counted from 1 */
};

struct counting {
	struct buf letters;      /* all words, one behind the other */
	struct counted *list;
	size_t n, room;
	uint32_t *slots;         /* numbers in list + 1, by hash; a power of two */
	size_t n_slots;
	size_t item;             /* that is read now, from 1 */
};

static void grow(struct counting *c)
{
	c->n_slots = c->n_slots ? c->n_slots * 2 : FIRST_SLOTS;
	c->room = c->n_slots / 2;
	free(c->slots);
	c->slots = mem_new(c->n_slots, sizeof *c->slots);
	c->list = mem_grow(c->list, c->room, sizeof *c->list);
	for (size_t i = 0; i < c->n; i++) {
		size_t slot = c->list[i].hash & (c->n_slots - 1);
		while (c->slots[slot])
			slot = (slot + 1) & (c->n_slots - 1);
		c->slots[slot] = (uint32_t)i + 1;
	}
}

static void count_word(struct counting *c, struct span word)
{
	if (c->n == c->room)
		grow(c);
	uint64_t hash = span_hash(word);
	size_t slot = hash & (c->n_slots - 1);
	struct counted *found = NULL;
	for (; c->slots[slot] && !found; slot = (slot + 1) & (c->n_slots - 1)) {
		struct counted *one = &c->list[c->slots[slot] - 1];
		if (one->hash == hash && one->n == word.n && memcmp(c->letters.p + one->at, word.p, word.n) == 0)
			found = one;
	}
	if (!found) {
		found = &c->list[c->n++];
		*found = (struct counted){.hash = hash, .at = c->letters.n, .n = word.n};
		buf_span(&c->letters, word);
		c->slots[slot] = (uint32_t)c->n;
	}
	found->n_times++;
	found->n_items += found->last_item != c->item;
	found->last_item = c->item;
}

/* A document is found by both forms of a name of code. */
static bool take_token(void *data, const struct token *token)
{
	count_word(data, token->text);
	if (token->plain.n)
		count_word(data, token->plain);
	return true;
}

static enum err read_texts(struct archive *a, struct counting *c, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, "SELECT title, people, notes, chapters, speech FROM texts");
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		c->item++;
		for (int column = 0; column < COLUMN_COUNT; column++)
			tokens_each(a->tokens, db_column_span(s, column), take_token, c);
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_finalize(s);
	return e;
}

static enum err write_counts(struct archive *a, const struct counting *c, struct why *why)
{
	sqlite3_stmt *s = db_prepare(a->db, "INSERT INTO temp.counted_words VALUES(?1,?2,?3)");
	enum err e = OK;
	for (size_t i = 0; i < c->n && !e; i++) {
		const struct counted *one = &c->list[i];
		db_bind_span(s, 1, span_make(c->letters.p + one->at, one->n));
		sqlite3_bind_int64(s, 2, one->n_items);
		sqlite3_bind_int64(s, 3, one->n_times);
		e = archive_step(a, s, why);
	}
	sqlite3_finalize(s);
	return e;
}

enum err words_count(struct archive *a, struct why *why)
{
	struct counting c = {0};
	enum err e = db_run(a->db, "CREATE TEMP TABLE IF NOT EXISTS counted_words(term TEXT NOT NULL, doc INTEGER NOT NULL, cnt INTEGER"
		" NOT NULL); DELETE FROM temp.counted_words", why);
	if (!e)
		e = read_texts(a, &c, why);
	if (!e)
		e = write_counts(a, &c, why);
	buf_finish(&c.letters);
	free(c.list);
	free(c.slots);
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/catalogue.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/query.h"

void catalogue_destroy(struct catalogue *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].show);
		free(c->items[i].voices);
	}
	free(c->items);
	free(c->words);
	buf_finish(&c->_word_texts);
	free(c);
}

uint32_t catalogue_letters(struct span word)
{
	uint32_t letters = 0;
	for (size_t i = 0; i < word.n; i++)
		letters |= word.p[i] >= 'a' && word.p[i] <= 'z' ? 1u << (word.p[i] - 'a') : 1u << 26;
	return letters;
}

void catalogue_read_words(struct archive *a)
{
	struct catalogue *c = a->catalogue;
	if (c->words)
		return;
	sqlite3_stmt *s = archive_statement(a, SQL_WORDS);
	size_t room = 1024;
	c->words = mem_new(room, sizeof *c->words);
	while (sqlite3_step(s) == SQLITE_ROW) {
		struct span word = db_column_span(s, 0);
		if (c->n_words == room) {
			room *= 2;
			c->words = mem_grow(c->words, room, sizeof *c->words);
		}
		c->words[c->n_words++] = (struct catalogue_word){.n_bytes = (uint32_t)word.n,
			.letters = catalogue_letters(word), .n_times = sqlite3_column_int64(s, 1)};
		buf_add(&c->_word_texts, word.p, word.n);
		buf_char(&c->_word_texts, '\0');
	}
	sqlite3_reset(s);
	char *text = c->_word_texts.p;
	for (size_t i = 0; i < c->n_words; text += c->words[i++].n_bytes + 1)
		c->words[i].text = text;
}

const struct catalogue_item *catalogue_find(const struct catalogue *c, int64_t id)
{
	size_t low = 0, high = c->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (c->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->n && c->items[low].id == id ? &c->items[low] : NULL;
}

static char *fold(struct archive *a, struct span name)
{
	struct buf folded = {0};
	query_fold_name(a->tokens, name, &folded);
	buf_text(&folded, "");
	return buf_take(&folded);
}

static enum err read_items(struct archive *a, struct catalogue *c, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_CATALOGUE);
	double notes = 0, speech = 0;
	int code;
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		if ((c->n & (c->n - 1)) == 0)
			c->items = mem_grow(c->items, c->n ? c->n * 2 : 1, sizeof *c->items);
		struct catalogue_item *item = &c->items[c->n++];
		*item = (struct catalogue_item){
			.id = sqlite3_column_int64(s, 0),
			.show = fold(a, db_column_span(s, 1)),
			.is_episode = sqlite3_column_int(s, 2) == ARCHIVE_EPISODE,
			.published = sqlite3_column_int(s, 3),
			.published_ms = sqlite3_column_type(s, 4) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(s, 4),
			.n_notes_tokens = (uint32_t)sqlite3_column_int64(s, 5),
			.n_speech_tokens = (uint32_t)sqlite3_column_int64(s, 6),
		};
		notes += item->n_notes_tokens;
		speech += item->n_speech_tokens;
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	c->mean_notes_tokens = notes > (double)c->n ? notes / (double)c->n : 1;
	c->mean_speech_tokens = speech > (double)c->n ? speech / (double)c->n : 1;
	return e;
}

static enum err read_voices(struct archive *a, struct catalogue *c, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_CATALOGUE_VOICES);
	struct buf names = {0};
	struct catalogue_item *item = NULL;
	int code;
	do {
		code = sqlite3_step(s);
		int64_t id = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
		if (item && item->id != id)
			item->voices = buf_take(&names);
		item = code == SQLITE_ROW ? (struct catalogue_item *)catalogue_find(c, id) : NULL;
		if (item) {
			query_fold_name(a->tokens, db_column_span(s, 1), &names);
			buf_char(&names, '\n');
		}
	} while (code == SQLITE_ROW);
	buf_finish(&names);
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	return e;
}

enum err catalogue_get(struct archive *a, const struct catalogue **catalogue, struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, SQL_DATA_VERSION);
	int64_t version = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	struct catalogue *c = a->catalogue;
	if (!c || c->data_version != version || c->generation != a->generation) {
		a->catalogue = NULL;
		catalogue_destroy(c);
		c = mem_new(1, sizeof *c);
		c->data_version = version;
		c->generation = a->generation;
		enum err e = read_items(a, c, why);
		if (!e)
			e = read_voices(a, c, why);
		if (e) {
			catalogue_destroy(c);
			return e;
		}
		a->catalogue = c;
	}
	*catalogue = c;
	return OK;
}

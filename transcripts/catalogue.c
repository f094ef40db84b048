/* SPDX-License-Identifier: MIT */
#include "transcripts/catalogue.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/language.h"
#include "transcripts/query.h"

void catalogue_destroy(struct catalogue *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].show);
		free(c->items[i].conference);
		free(c->items[i].slug);
		free(c->items[i].sponsors);
		free(c->items[i].voices);
		free(c->items[i].people);
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

static void take_heard(struct catalogue *c, struct catalogue_item *item, struct span language, struct span sponsors)
{
	for (size_t i = 0; i < LANGUAGES; i++)
		if (span_is(language, language_codes[i]))
			item->language = 1u << i;
	c->languages |= item->language;
	item->n_sponsors = sponsors.n / 8;
	if (!item->n_sponsors)
		return;
	item->sponsors = mem_new(2 * item->n_sponsors, sizeof *item->sponsors);
	for (size_t i = 0; i < 2 * item->n_sponsors; i++)
		item->sponsors[i] = unpack_u32(sponsors.p + 4 * i);
}

bool catalogue_is_sponsored(const struct catalogue_item *item, uint32_t word, size_t *from)
{
	while (*from < item->n_sponsors && item->sponsors[2 * *from + 1] <= word)
		++*from;
	return *from < item->n_sponsors && item->sponsors[2 * *from] <= word;
}

/* Lines are "name as written / person / person". */
static bool has_whole_name(struct span line, const char *name)
{
	for (;;) {
		size_t end = span_search(line, SPAN_LITERAL(" / "), 0);
		if (span_is(span_make(line.p, end), name))
			return true;
		if (end == line.n)
			return false;
		line = span_from(line, end + 3);
	}
}

bool catalogue_voice_fits(const struct query *q, struct span line)
{
	for (size_t i = 0; i < q->speakers.n; i++)
		if (q->whole_names ? !has_whole_name(line, q->speakers.names[i])
				: span_search(line, span_of(q->speakers.names[i]), 0) == line.n)
			return false;
	return true;
}

static const char *kind_of(const struct catalogue_item *item)
{
	static const char *const names[] = {[ARCHIVE_TRANSCRIPT] = "transcript", [ARCHIVE_EPISODE] = "episode",
		[ARCHIVE_TALK] = "talk"};
	return names[item->kind];
}

/* "pycon us" is every edition of PyCon US, "pycon us 2017" the one. */
static bool is_of_conferences(const struct query_names *wanted, struct span conference)
{
	for (size_t i = 0; i < wanted->n; i++) {
		size_t n = strlen(wanted->names[i]);
		if (!span_starts(conference, wanted->names[i]) || (conference.n > n && conference.p[n] != ' '))
			return false;
	}
	return wanted->n == 0 || conference.n > 0;
}

static bool all_are(const struct query_names *wanted, const char *name)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (strcmp(wanted->names[i], name) != 0)
			return false;
	return true;
}

bool catalogue_passes(const struct catalogue_item *item, const struct query *q)
{
	if (!item->published || !all_are(&q->kinds, kind_of(item)) || !all_are(&q->shows, item->show) ||
			!all_are(&q->items, item->slug) || !is_of_conferences(&q->conferences, span_of(item->conference)))
		return false;
	bool dated = q->from_ms != INT64_MIN || q->before_ms != INT64_MAX;
	if (dated && (item->published_ms == INT64_MIN || item->published_ms < q->from_ms ||
			item->published_ms >= q->before_ms))
		return false;
	if (!q->speakers.n)
		return true;
	/* Where nobody's words are told apart, who took part in it counts. */
	struct span lines = span_of(item->voices ? item->voices : item->people), line;
	while (span_next_line(&lines, &line))
		if (catalogue_voice_fits(q, line))
			return true;
	return false;
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
			.kind = (enum archive_kind)sqlite3_column_int(s, 1),
			.show = fold(a, db_column_span(s, 2)),
			.conference = fold(a, db_column_span(s, 3)),
			.slug = fold(a, db_column_span(s, 4)),
			.published = sqlite3_column_int(s, 5),
			.published_ms = sqlite3_column_type(s, 6) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(s, 6),
			.n_notes_tokens = (uint32_t)sqlite3_column_int64(s, 7),
			.n_speech_tokens = (uint32_t)sqlite3_column_int64(s, 8),
		};
		take_heard(c, item, db_column_span(s, 9),
			span_make(sqlite3_column_blob(s, 10), (size_t)sqlite3_column_bytes(s, 10)));
		notes += item->n_notes_tokens;
		speech += item->n_speech_tokens;
	}
	enum err e = code == SQLITE_DONE ? OK : db_error(a->db, why);
	sqlite3_reset(s);
	c->mean_notes_tokens = notes > (double)c->n ? notes / (double)c->n : 1;
	c->mean_speech_tokens = speech > (double)c->n ? speech / (double)c->n : 1;
	return e;
}

/* Rows of item, number, name, other name; a line a number. Voices and people have the same shape. */
static enum err read_names(struct archive *a, struct catalogue *c, enum archive_statement which, size_t field,
	struct why *why)
{
	sqlite3_stmt *s = archive_statement(a, which);
	struct buf names = {0};
	struct catalogue_item *item = NULL;
	int64_t number = -1;
	int code;
	do {
		code = sqlite3_step(s);
		int64_t id = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
		if (item && item->id != id) {
			buf_char(&names, '\n');
			*(char **)((char *)item + field) = buf_take(&names);
			number = -1;
		}
		item = code == SQLITE_ROW ? (struct catalogue_item *)catalogue_find(c, id) : NULL;
		if (!item)
			continue;
		if (sqlite3_column_int64(s, 1) != number) {
			if (number >= 0)
				buf_char(&names, '\n');
			query_fold_name(a->tokens, db_column_span(s, 2), &names);
			number = sqlite3_column_int64(s, 1);
		}
		/* One voice may be several people, and each is called otherwise elsewhere. */
		if (db_column_span(s, 3).n) {
			buf_text(&names, " / ");
			query_fold_name(a->tokens, db_column_span(s, 3), &names);
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
			e = read_names(a, c, SQL_CATALOGUE_VOICES, offsetof(struct catalogue_item, voices), why);
		if (!e)
			e = read_names(a, c, SQL_CATALOGUE_PEOPLE, offsetof(struct catalogue_item, people), why);
		if (e) {
			catalogue_destroy(c);
			return e;
		}
		a->catalogue = c;
	}
	*catalogue = c;
	return OK;
}

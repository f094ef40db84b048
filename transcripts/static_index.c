/* SPDX-License-Identifier: MIT */
#include "transcripts/static_index.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/catalogue.h"
#include "transcripts/language.h"
#include "transcripts/query.h"

enum { SHARD_BYTES = 48 << 10 }; /* a word that has more is alone in one */

/* ---- an item's speech ---- */

void static_index_moments_file(size_t number, struct buf *out)
{
	buf_format(out, "search/moments/%zu.json", number);
}

static void write_voices(struct archive *a, int64_t id, struct json_writer *w)
{
	sqlite3_stmt *s = archive_statement(a, SQL_VOICES);
	sqlite3_bind_int64(s, 1, id);
	json_key(w, "voices");
	json_open(w, '[');
	while (sqlite3_step(s) == SQLITE_ROW)
		json_text(w, db_column_span(s, 0));
	json_close(w, ']');
	sqlite3_reset(s);
}

static void write_cues(struct json_writer *w, struct span speech, struct span cues, struct span turns)
{
	size_t n_cues = cues.n / CUE_BYTES, n_turns = turns.n / TURN_BYTES, turn = 0;
	uint32_t voice = 0;
	json_key(w, "cues");
	json_open(w, '[');
	for (size_t i = 0; i < n_cues; i++) {
		while (turn < n_turns && unpack_turn(turns.p, turn).first_cue <= i)
			voice = unpack_turn(turns.p, turn++).voice;
		struct packed_cue cue = unpack_cue(cues.p, i);
		size_t end = i + 1 < n_cues ? unpack_cue(cues.p, i + 1).offset - 1 : speech.n;
		if (cue.offset > end || end > speech.n)
			break; /* a damaged row */
		json_open(w, '[');
		json_int(w, cue.first_token);
		if (cue.untimed)
			json_null(w);
		else
			json_number(w, cue.start_ms / 1000.0);
		json_int(w, voice);
		json_text(w, span_make(speech.p + cue.offset, end - cue.offset));
		json_close(w, ']');
	}
	json_close(w, ']');
}

enum err static_index_moments(struct archive *a, int64_t id, struct buf *out, struct why *why)
{
	sqlite3_stmt *speech = archive_statement(a, SQL_SPEECH), *cues = archive_statement(a, SQL_CUES);
	struct json_writer w;
	sqlite3_bind_int64(speech, 1, id);
	sqlite3_bind_int64(cues, 1, id);
	int speech_code = sqlite3_step(speech), cues_code = sqlite3_step(cues);
	enum err e = (speech_code == SQLITE_ROW || speech_code == SQLITE_DONE) &&
		(cues_code == SQLITE_ROW || cues_code == SQLITE_DONE) ? OK : db_error(a->db, why);
	if (!e) {
		json_begin(&w, out);
		json_open(&w, '{');
		write_voices(a, id, &w);
		struct span text = speech_code == SQLITE_ROW ? db_column_span(speech, 0) : (struct span){0};
		struct span packed[2] = {{0}};
		for (int i = 0; i < 2 && cues_code == SQLITE_ROW; i++)
			packed[i] = span_make(sqlite3_column_blob(cues, i), (size_t)sqlite3_column_bytes(cues, i));
		write_cues(&w, text, packed[0], packed[1]);
		json_close(&w, '}');
		buf_char(out, '\n');
	}
	sqlite3_reset(speech);
	sqlite3_reset(cues);
	return e;
}

/* ---- the words ----
 * Made from the texts by the tokenizer that made the archive's own index, rather than read from that: its rows a place cost
 * five times as much. Memory is about what the files take. */

struct word {
	struct buf text, places;
	uint64_t hash;
	uint32_t item, offset;  /* of its last place */
	char column;
};

struct writing {
	struct archive *a;
	const struct static_index_item *items;
	size_t n_items;
	const struct catalogue *catalogue;
	struct word *words;
	size_t n_words;
	uint32_t *slots;        /* numbers of words + 1, by hash; a power of two */
	size_t n_slots;
	uint32_t item, offset;  /* what is read now */
	char column;
	sqlite3_stmt *forms;    /* pairs of words, by the first; stands at the next pair */
	bool has_form;
	struct buf shard, shards; /* the shard that fills; the list of first words */
	struct json_writer shards_writer;
	size_t n_shards;
	enum err (*put)(void *data, const char *file, struct span bytes, struct why *why);
	void *data;
};

static void write_number(struct buf *out, uint64_t number)
{
	char digits[16];
	size_t n = sizeof digits;
	do
		digits[--n] = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
	while (number /= 36);
	buf_add(out, digits + n, sizeof digits - n);
}

static void grow_slots(struct writing *w)
{
	free(w->slots);
	w->n_slots = w->n_slots ? w->n_slots * 2 : 1 << 12;
	w->slots = mem_new(w->n_slots, sizeof *w->slots);
	for (size_t i = 0; i < w->n_words; i++) {
		size_t slot = w->words[i].hash & (w->n_slots - 1);
		while (w->slots[slot])
			slot = (slot + 1) & (w->n_slots - 1);
		w->slots[slot] = (uint32_t)i + 1;
	}
}

static struct word *word_of(struct writing *w, struct span text)
{
	if (w->n_words * 2 >= w->n_slots)
		grow_slots(w);
	uint64_t hash = span_hash(text);
	size_t slot = hash & (w->n_slots - 1);
	for (; w->slots[slot]; slot = (slot + 1) & (w->n_slots - 1)) {
		struct word *word = &w->words[w->slots[slot] - 1];
		if (word->hash == hash && span_equal(buf_view(&word->text), text))
			return word;
	}
	if ((w->n_words & (w->n_words - 1)) == 0)
		w->words = mem_grow(w->words, w->n_words ? w->n_words * 2 : 1, sizeof *w->words);
	struct word *word = &w->words[w->n_words++];
	*word = (struct word){.hash = hash};
	buf_span(&word->text, text);
	w->slots[slot] = (uint32_t)w->n_words;
	return word;
}

static void add_place(struct writing *w, struct span text)
{
	struct word *word = word_of(w, text);
	struct buf *places = &word->places;
	if (!places->n || word->item != w->item) {
		if (places->n)
			buf_char(places, ';');
		write_number(places, w->item);
		word->column = '\0';
	}
	bool begins = word->column != w->column;
	buf_char(places, begins ? w->column : '.');
	write_number(places, begins ? w->offset : w->offset - word->offset);
	word->item = w->item;
	word->column = w->column;
	word->offset = w->offset;
}

static bool take_token(void *data, const struct token *token)
{
	struct writing *w = data;
	add_place(w, token->text);
	if (token->plain.n)
		add_place(w, token->plain);
	w->offset++;
	return true;
}

static enum err read_texts(struct writing *w, struct why *why)
{
	sqlite3_stmt *s = db_prepare(w->a->db, "SELECT title, people, notes, chapters, speech FROM texts WHERE item=?1");
	static const char columns[] = {[COLUMN_TITLE] = 'T', [COLUMN_PEOPLE] = 'P', [COLUMN_NOTES] = 'N',
		[COLUMN_CHAPTERS] = 'C', [COLUMN_SPEECH] = 'S'};
	enum err e = OK;
	for (size_t i = 0; i < w->n_items && !e; i++) {
		sqlite3_bind_int64(s, 1, w->items[i].id);
		int code = sqlite3_step(s);
		for (int column = 0; code == SQLITE_ROW && column < COLUMN_COUNT; column++) {
			w->item = (uint32_t)i;
			w->column = columns[column];
			w->offset = 0;
			tokens_each(w->a->tokens, db_column_span(s, column), take_token, w);
		}
		if (code != SQLITE_ROW && code != SQLITE_DONE)
			e = db_error(w->a->db, why);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	return e;
}

static enum err end_shard(struct writing *w, struct why *why)
{
	if (!w->shard.n)
		return OK;
	struct buf file = {0};
	buf_format(&file, "search/words/%zu.txt", w->n_shards++);
	enum err e = w->put(w->data, file.p, buf_view(&w->shard), why);
	buf_finish(&file);
	buf_clear(&w->shard);
	return e;
}

static int compare(struct span a, struct span b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return order ? order : a.n < b.n ? -1 : a.n > b.n;
}

static int by_text(const void *a, const void *b)
{
	return compare(buf_view(&((const struct word *)a)->text), buf_view(&((const struct word *)b)->text));
}

/* Both walk in the same order. */
static void write_forms(struct writing *w, struct span word, struct buf *line)
{
	bool first = true;
	int order = 1;
	while (w->has_form && (order = compare(db_column_span(w->forms, 0), word)) <= 0) {
		if (order == 0) {
			if (!first)
				buf_char(line, ' ');
			buf_span(line, db_column_span(w->forms, 1));
			first = false;
		}
		w->has_form = sqlite3_step(w->forms) == SQLITE_ROW;
	}
}

static enum err write_words(struct writing *w, struct why *why)
{
	enum err e = OK;
	if (w->n_words)
		qsort(w->words, w->n_words, sizeof *w->words, by_text);
	for (size_t i = 0; i < w->n_words && !e; i++) {
		const struct word *word = &w->words[i];
		if (w->shard.n + word->places.n > SHARD_BYTES)
			e = end_shard(w, why);
		if (!w->shard.n)
			json_text(&w->shards_writer, buf_view(&word->text));
		buf_span(&w->shard, buf_view(&word->text));
		buf_char(&w->shard, '\t');
		write_forms(w, buf_view(&word->text), &w->shard);
		buf_char(&w->shard, '\t');
		buf_span(&w->shard, buf_view(&word->places));
		buf_char(&w->shard, '\n');
	}
	return e ? e : end_shard(w, why);
}

static void free_words(struct writing *w)
{
	for (size_t i = 0; i < w->n_words; i++) {
		buf_finish(&w->words[i].text);
		buf_finish(&w->words[i].places);
	}
	free(w->words);
	free(w->slots);
}

/* Words of one stem, and the stem where it is a word; as stems.c has it, but not told apart by language. */
static const char forms_sql[] =
	"SELECT a.word, b.word FROM stems a JOIN stems b USING(language, stem) WHERE a.word<>b.word"
	" UNION SELECT word, stem FROM stems WHERE EXISTS(SELECT 1 FROM words w WHERE w.n_bytes=length(CAST(stem AS BLOB)) AND"
	" w.word=stem)"
	" UNION SELECT stem, word FROM stems WHERE EXISTS(SELECT 1 FROM words w WHERE w.n_bytes=length(CAST(stem AS BLOB)) AND"
	" w.word=stem) ORDER BY 1, 2";

/* ---- the items ---- */

static void write_lines(struct json_writer *w, const char *lines)
{
	struct span rest = span_of(lines), line;
	json_open(w, '[');
	while (span_next_line(&rest, &line))
		json_text(w, line);
	json_close(w, ']');
}

static enum err write_item(struct writing *writing, struct json_writer *w, const struct static_index_item *entry,
	struct why *why)
{
	static const char *const kinds[] = {[ARCHIVE_TRANSCRIPT] = "transcript", [ARCHIVE_EPISODE] = "episode",
		[ARCHIVE_TALK] = "talk"};
	struct archive_item *item = archive_item_by_id(writing->a, entry->id);
	const struct catalogue_item *known = catalogue_find(writing->catalogue, entry->id);
	if (!item || !known) {
		archive_item_free(item);
		return why_set(why, E_AGAIN, "the archive has changed meanwhile; publish again");
	}
	struct buf date = {0};
	if (item->published_ms != INT64_MIN)
		time_format_iso(&date, item->published_ms);
	json_open(w, '[');
	json_text(w, span_of(entry->link));
	json_text(w, span_of(item->title[0] ? item->title : item->slug));
	json_text(w, span_make(date.p, date.n < 10 ? date.n : 10));
	json_text(w, span_of(kinds[item->kind]));
	json_text(w, span_of(known->show));
	json_text(w, span_of(known->conference));
	json_text(w, span_of(entry->place));
	json_text(w, span_of(known->slug));
	write_lines(w, known->voices ? known->voices : known->people ? known->people : "");
	json_open(w, '[');
	for (size_t i = 0; i < 2 * known->n_sponsors; i++)
		json_int(w, known->sponsors[i]);
	json_close(w, ']');
	json_int(w, known->n_speech_tokens);
	json_bool(w, known->voices != NULL);
	json_close(w, ']');
	buf_finish(&date);
	archive_item_free(item);
	return OK;
}

static enum err write_index(struct writing *writing, struct why *why)
{
	struct buf out = {0};
	struct json_writer w;
	enum err e = OK;
	json_begin(&w, &out);
	json_open(&w, '{');
	json_key(&w, "version");
	json_int(&w, 1);
	json_key(&w, "items");
	json_open(&w, '[');
	for (size_t i = 0; i < writing->n_items && !e; i++)
		e = write_item(writing, &w, &writing->items[i], why);
	json_close(&w, ']');
	json_key(&w, "shards");
	buf_span(&out, buf_view(&writing->shards));
	json_close(&w, '}');
	buf_char(&out, '\n');
	if (!e)
		e = writing->put(writing->data, STATIC_INDEX_FILE, buf_view(&out), why);
	buf_finish(&out);
	return e;
}

enum err static_index_write(struct archive *a, const struct static_index_item *items, size_t n_items,
	enum err (*put)(void *data, const char *file, struct span bytes, struct why *why), void *data, struct why *why)
{
	struct writing w = {.a = a, .items = items, .n_items = n_items, .put = put, .data = data};
	enum err e = catalogue_get(a, &w.catalogue, why);
	if (e)
		goto end;
	e = read_texts(&w, why);
	if (e)
		goto end;
	w.forms = db_prepare(a->db, forms_sql);
	w.has_form = sqlite3_step(w.forms) == SQLITE_ROW;
	json_begin(&w.shards_writer, &w.shards);
	json_open(&w.shards_writer, '[');
	e = write_words(&w, why);
	json_close(&w.shards_writer, ']');
	if (!e)
		e = write_index(&w, why);
	sqlite3_finalize(w.forms);
end:
	free_words(&w);
	buf_finish(&w.shard);
	buf_finish(&w.shards);
	return e;
}

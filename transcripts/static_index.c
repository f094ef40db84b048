/* SPDX-License-Identifier: MIT */
#include "transcripts/static_index.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "transcripts/archive_store.h"
#include "transcripts/catalogue.h"
#include "transcripts/vocabulary.h"
#include "transcripts/word_forms.h"

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

enum {
	NUMBER_BYTES = 7,       /* at most, below 2^32 in base 36 */
	ITEM_BYTES = 1 + NUMBER_BYTES, /* with a ';' */
	PLACE_BYTES = ITEM_BYTES + 1 + NUMBER_BYTES,
	PIECE_FIRST = 24, PIECE_MAX = 4 << 10,
	BLOCK_BYTES = 256 << 10,
	SMALL_NUMBERS = 36 * 36,
};

/* A stretch of a word's places. Most words stand in few: those of all lie close together, in blocks. */
struct piece {
	struct piece *next;
	uint32_t n;             /* known when the next begins; of the last the word knows its end */
	uint32_t room;
	char text[];
};

/* What is touched for each word of a text, half a cache line. */
struct word {
	char *end;              /* of its places, in the last piece */
	struct piece *last;
	uint32_t item, offset;  /* of its last place */
	uint32_t room;          /* bytes, in the last piece */
	char column;
};

struct block {
	struct block *next;
	_Alignas(struct piece) char bytes[BLOCK_BYTES];
};

struct writing {
	struct archive *a;
	const struct static_index_item *items;
	size_t n_items;
	const struct catalogue *catalogue;
	struct vocabulary vocabulary;
	struct word *words;     /* by number */
	struct piece **pieces;  /* by number, each word's first */
	size_t words_room;
	struct block *blocks;
	size_t block_n;         /* bytes of the first block in use */
	char small[SMALL_NUMBERS][2]; /* in base 36 */
	uint32_t item, offset;  /* what is read now */
	char column;
	char item_text[ITEM_BYTES]; /* as it stands before places */
	size_t item_bytes;
	struct buf shard, shards; /* the shard that fills; the list of first words */
	struct json_writer shards_writer;
	size_t n_shards;
	enum err (*put)(void *data, const char *file, struct span bytes, struct why *why);
	void *data;
};

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void make_small(struct writing *w)
{
	for (size_t i = 0; i < SMALL_NUMBERS; i++) {
		w->small[i][0] = digits[i < 36 ? i : i / 36];
		w->small[i][1] = digits[i % 36];
	}
}

/* Two bytes are always written. */
static char *write_number(const struct writing *w, char *out, uint32_t number)
{
	if (number < SMALL_NUMBERS) {
		memcpy(out, w->small[number], 2);
		return out + (number < 36 ? 1 : 2);
	}
	char reversed[8];
	size_t n = 0;
	do
		reversed[n++] = digits[number % 36];
	while (number /= 36);
	while (n)
		*out++ = reversed[--n];
	return out;
}

static struct piece *new_piece(struct writing *w, size_t room)
{
	size_t align = _Alignof(struct piece), n = (sizeof(struct piece) + room + align - 1) / align * align;
	if (!w->blocks || w->block_n + n > BLOCK_BYTES) {
		struct block *block = mem_new(1, sizeof *block);
		block->next = w->blocks;
		w->blocks = block;
		w->block_n = 0;
	}
	struct piece *piece = (struct piece *)(void *)(w->blocks->bytes + w->block_n);
	w->block_n += n;
	piece->room = (uint32_t)(n - sizeof *piece);
	return piece;
}

static void begin_piece(struct writing *w, struct word *word, size_t room)
{
	struct piece *piece = new_piece(w, room);
	if (word->last) {
		word->last->n = (uint32_t)(word->end - word->last->text);
		word->last->next = piece;
	}
	word->last = piece;
	word->end = piece->text;
	word->room = piece->room;
}

static void add_word(struct writing *w, size_t number)
{
	if (number >= w->words_room) {
		w->words_room = w->words_room ? w->words_room * 2 : 1 << 12;
		w->words = mem_grow(w->words, w->words_room, sizeof *w->words);
		w->pieces = mem_grow(w->pieces, w->words_room, sizeof(struct piece *));
	}
	struct word *word = &w->words[number];
	*word = (struct word){.item = UINT32_MAX};
	begin_piece(w, word, PIECE_FIRST);
	w->pieces[number] = word->last;
}

/* Without a branch for what is new: as many words come again as don't, and a processor guesses wrong. */
static void add_place(struct writing *w, struct word *word)
{
	if (word->room < PLACE_BYTES)
		begin_piece(w, word, word->last->room * 2 < PIECE_MAX ? word->last->room * 2 : PIECE_MAX);
	bool is_item = word->item != w->item, begins = is_item | (word->column != w->column);
	char *out = word->end;
	memcpy(out, w->item_text, ITEM_BYTES);
	out += is_item ? w->item_bytes : 0;
	*out++ = begins ? w->column : '.';
	out = write_number(w, out, w->offset - (begins ? 0 : word->offset));
	word->room -= (uint32_t)(out - word->end);
	word->end = out;
	word->item = w->item;
	word->column = w->column;
	word->offset = w->offset;
}

static void begin_item(struct writing *w, size_t number)
{
	w->item = (uint32_t)number;
	w->item_text[0] = ';'; /* before a word's first, too: it is left out when that is written */
	w->item_bytes = (size_t)(write_number(w, w->item_text + 1, w->item) - w->item_text);
}

static void take_word(struct writing *w, struct span text)
{
	size_t n_known = w->vocabulary.n, number = vocabulary_add(&w->vocabulary, text);
	if (number == n_known)
		add_word(w, number);
	add_place(w, &w->words[number]);
}

static bool take_token(void *data, const struct token *token)
{
	struct writing *w = data;
	take_word(w, token->text);
	if (token->plain.n)
		take_word(w, token->plain);
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
		begin_item(w, i);
		sqlite3_bind_int64(s, 1, w->items[i].id);
		int code = sqlite3_step(s);
		for (int column = 0; code == SQLITE_ROW && column < COLUMN_COUNT; column++) {
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

/* All its pieces know their lengths then. */
static size_t end_places(struct word *word, const struct piece *first)
{
	size_t n = 0;
	word->last->n = (uint32_t)(word->end - word->last->text);
	for (const struct piece *piece = first; piece; piece = piece->next)
		n += piece->n;
	return n - 1; /* without the first ';' */
}

static void write_forms(struct writing *w, const uint32_t *sorted, struct word_forms *forms, uint32_t rank)
{
	const uint32_t *ranks;
	size_t n = word_forms_of(forms, rank, &ranks);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(&w->shard, ' ');
		buf_span(&w->shard, vocabulary_word(&w->vocabulary, sorted[ranks[i]]));
	}
}

static enum err write_words(struct writing *w, struct why *why)
{
	enum err e = OK;
	uint32_t *sorted = vocabulary_sorted(&w->vocabulary);
	struct word_forms *forms = word_forms_create(&w->vocabulary, sorted, w->catalogue->languages);
	for (size_t rank = 0; rank < w->vocabulary.n && !e; rank++) {
		const struct piece *piece = w->pieces[sorted[rank]];
		struct span text = vocabulary_word(&w->vocabulary, sorted[rank]);
		if (w->shard.n + end_places(&w->words[sorted[rank]], piece) > SHARD_BYTES)
			e = end_shard(w, why);
		if (!w->shard.n)
			json_text(&w->shards_writer, text);
		buf_span(&w->shard, text);
		buf_char(&w->shard, '\t');
		write_forms(w, sorted, forms, (uint32_t)rank);
		buf_char(&w->shard, '\t');
		for (size_t skip = 1; piece; piece = piece->next, skip = 0)
			buf_add(&w->shard, piece->text + skip, piece->n - skip);
		buf_char(&w->shard, '\n');
	}
	word_forms_destroy(forms);
	free(sorted);
	return e ? e : end_shard(w, why);
}

static void free_words(struct writing *w)
{
	for (struct block *block = w->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	vocabulary_finish(&w->vocabulary);
	free(w->words);
	free(w->pieces);
}

/* ---- the items ---- */

static void write_lines(struct json_writer *w, const char *lines)
{
	struct span rest = span_of(lines), line;
	json_open(w, '[');
	while (span_next_line(&rest, &line))
		json_text(w, line);
	json_close(w, ']');
}

/* s: title and slug of an item. */
static enum err write_item(struct writing *writing, struct json_writer *w, const struct static_index_item *entry,
	sqlite3_stmt *s, struct why *why)
{
	static const char *const kinds[] = {[ARCHIVE_TRANSCRIPT] = "transcript", [ARCHIVE_EPISODE] = "episode",
		[ARCHIVE_TALK] = "talk"};
	const struct catalogue_item *known = catalogue_find(writing->catalogue, entry->id);
	sqlite3_bind_int64(s, 1, entry->id);
	if (!known || sqlite3_step(s) != SQLITE_ROW) {
		sqlite3_reset(s);
		return why_set(why, E_AGAIN, "the archive has changed meanwhile; publish again");
	}
	struct span title = db_column_span(s, 0);
	struct buf date = {0};
	if (known->published_ms != INT64_MIN)
		time_format_iso(&date, known->published_ms);
	json_open(w, '[');
	json_text(w, span_of(entry->link));
	json_text(w, title.n ? title : db_column_span(s, 1));
	json_text(w, span_make(date.p, date.n < 10 ? date.n : 10));
	json_text(w, span_of(kinds[known->kind]));
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
	sqlite3_reset(s);
	return OK;
}

static enum err write_index(struct writing *writing, struct why *why)
{
	struct buf out = {0};
	struct json_writer w;
	enum err e = OK;
	sqlite3_stmt *s = db_prepare(writing->a->db, "SELECT title, slug FROM items WHERE id=?1");
	json_begin(&w, &out);
	json_open(&w, '{');
	json_key(&w, "version");
	json_int(&w, 1);
	json_key(&w, "items");
	json_open(&w, '[');
	for (size_t i = 0; i < writing->n_items && !e; i++)
		e = write_item(writing, &w, &writing->items[i], s, why);
	sqlite3_finalize(s);
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
	make_small(&w);
	e = read_texts(&w, why);
	if (e)
		goto end;
	json_begin(&w.shards_writer, &w.shards);
	json_open(&w.shards_writer, '[');
	e = write_words(&w, why);
	json_close(&w.shards_writer, ']');
	if (!e)
		e = write_index(&w, why);
end:
	free_words(&w);
	buf_finish(&w.shard);
	buf_finish(&w.shards);
	return e;
}

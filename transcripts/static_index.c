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

/* ---- the words ---- */

struct writing {
	struct archive *a;
	const struct static_index_item *items;
	size_t n_items;
	const struct catalogue *catalogue;
	uint32_t *numbers;      /* of the catalogue's items, by their place there; UINT32_MAX: not published */
	sqlite3_stmt *forms;    /* pairs of words, by the first; stands at the next pair */
	bool has_form;
	struct buf shard, shards; /* the shard that fills; the list of first words */
	struct json_writer shards_writer;
	size_t n_shards;
	enum err (*put)(void *data, const char *file, struct span bytes, struct why *why);
	void *data;
};

/* The columns of fts5vocab are named: their first letters differ. */
static char column_letter(const char *name)
{
	return (char)(name[0] - 'a' + 'A');
}

static void write_number(struct buf *out, uint64_t number)
{
	char digits[16];
	size_t n = sizeof digits;
	do
		digits[--n] = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
	while (number /= 36);
	buf_add(out, digits + n, sizeof digits - n);
}

static uint32_t number_of(const struct writing *w, int64_t id)
{
	const struct catalogue_item *item = catalogue_find(w->catalogue, id);
	return item ? w->numbers[item - w->catalogue->items] : UINT32_MAX;
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

/* A word's line: what stands before its places, and the places. */
struct word_line {
	struct buf word, places;
	int64_t item;   /* the archive's number */
	bool is_there;  /* the item is published */
	char column;
	int64_t offset;
	bool any;
};

static enum err end_word(struct writing *w, struct word_line *line, struct why *why)
{
	if (!line->places.n)
		return OK;
	enum err e = w->shard.n + line->places.n > SHARD_BYTES ? end_shard(w, why) : OK;
	if (!w->shard.n)
		json_text(&w->shards_writer, buf_view(&line->word));
	buf_span(&w->shard, buf_view(&line->word));
	buf_char(&w->shard, '\t');
	write_forms(w, buf_view(&line->word), &w->shard);
	buf_char(&w->shard, '\t');
	buf_span(&w->shard, buf_view(&line->places));
	buf_char(&w->shard, '\n');
	buf_clear(&line->places);
	return e;
}

static void add_place(struct writing *w, struct word_line *line, int64_t item, const char *column, int64_t offset)
{
	char letter = column_letter(column);
	if (!line->any || item != line->item) {
		uint32_t number = number_of(w, item);
		line->is_there = number != UINT32_MAX;
		line->item = item;
		line->any = true;
		line->column = '\0';
		if (line->is_there) {
			if (line->places.n)
				buf_char(&line->places, ';');
			write_number(&line->places, number);
		}
	}
	if (!line->is_there)
		return;
	bool begins = letter != line->column;
	buf_char(&line->places, begins ? letter : '.');
	write_number(&line->places, (uint64_t)(begins ? offset : offset - line->offset));
	line->column = letter;
	line->offset = offset;
}

static enum err write_words(struct writing *w, struct why *why)
{
	enum err e = db_run(w->a->db, "CREATE VIRTUAL TABLE IF NOT EXISTS temp.places USING fts5vocab('main', 'spoken',"
		" 'instance')", why);
	if (e)
		return e;
	sqlite3_stmt *s = db_prepare(w->a->db, "SELECT term, doc, col, offset FROM temp.places");
	struct word_line line = {.item = 0};
	int code;
	while (!e && (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct span word = db_column_span(s, 0);
		if (!span_equal(word, buf_view(&line.word))) {
			e = end_word(w, &line, why);
			buf_clear(&line.word);
			buf_span(&line.word, word);
			line.any = false;
		}
		add_place(w, &line, sqlite3_column_int64(s, 1), (const char *)sqlite3_column_text(s, 2), sqlite3_column_int64(s, 3));
	}
	if (!e && code != SQLITE_DONE)
		e = db_error(w->a->db, why);
	if (!e)
		e = end_word(w, &line, why);
	if (!e)
		e = end_shard(w, why);
	sqlite3_finalize(s);
	buf_finish(&line.word);
	buf_finish(&line.places);
	return e;
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

static uint32_t *number_items(const struct writing *w)
{
	uint32_t *numbers = mem_new(w->catalogue->n + 1, sizeof *numbers);
	memset(numbers, 0xFF, (w->catalogue->n + 1) * sizeof *numbers);
	for (size_t i = 0; i < w->n_items; i++) {
		const struct catalogue_item *item = catalogue_find(w->catalogue, w->items[i].id);
		if (item)
			numbers[item - w->catalogue->items] = (uint32_t)i;
	}
	return numbers;
}

enum err static_index_write(struct archive *a, const struct static_index_item *items, size_t n_items,
	enum err (*put)(void *data, const char *file, struct span bytes, struct why *why), void *data, struct why *why)
{
	struct writing w = {.a = a, .items = items, .n_items = n_items, .put = put, .data = data};
	enum err e = archive_step(a, archive_statement(a, SQL_BEGIN_READING), why);
	if (e)
		return e;
	e = catalogue_get(a, &w.catalogue, why);
	if (e)
		goto end;
	w.numbers = number_items(&w);
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
	free(w.numbers);
	buf_finish(&w.shard);
	buf_finish(&w.shards);
	enum err ended = archive_step(a, archive_statement(a, SQL_COMMIT), why);
	return e ? e : ended;
}

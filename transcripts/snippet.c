/* SPDX-License-Identifier: MIT */
#include "transcripts/snippet.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

enum {
	SNIPPET_WORDS = 16,
	LEAD_WORDS = 5,       /* at most, before the moment */
	PART_WORDS = 7,       /* of each end of a moment that is longer than a snippet */
	SNIPPET_BYTES = 2000, /* words without blanks don't make a page of it */
};

static const char damaged[] = "the archive is damaged; delete archive.db and import again";

static void forget_voices(struct speech_view *v)
{
	for (size_t i = 0; i < v->n_voices; i++)
		free(v->voices[i]);
	free(v->voices);
	v->voices = NULL;
	v->n_voices = 0;
}

void speech_view_finish(struct speech_view *v)
{
	forget_voices(v);
	sqlite3_blob_close(v->_text);
	if (v->archive)
		archive_statement(v->archive, SQL_VIEW);
	buf_finish(&v->_slice);
	*v = (struct speech_view){0};
}

enum err speech_view_load(struct speech_view *v, struct archive *a, int64_t item, uint32_t n_tokens, struct why *why)
{
	if (v->archive == a && v->item == item)
		return OK;
	sqlite3_stmt *s = archive_statement(a, SQL_VIEW);
	v->cues = v->turns = (struct span){"", 0};
	forget_voices(v);
	v->archive = a;
	v->item = item;
	v->n_tokens = n_tokens;
	sqlite3_bind_int64(s, 1, item);
	int code = sqlite3_step(s);
	if (code == SQLITE_ROW) {
		v->cues = span_make(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
		v->turns = span_make(sqlite3_column_blob(s, 1), (size_t)sqlite3_column_bytes(s, 1));
		v->kind = (enum archive_kind)sqlite3_column_int(s, 2);
		struct span *const texts[] = {&v->show, &v->conference, &v->slug, &v->title};
		for (size_t i = 0; i < COUNT_OF(texts); i++)
			*texts[i] = db_column_span(s, 3 + (int)i);
		v->published_ms = sqlite3_column_type(s, 7) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(s, 7);
	}
	enum err e = code == SQLITE_ROW ? OK
		: code == SQLITE_DONE ? why_set(why, E_FORMAT, "%s", damaged) : db_error(a->db, why);
	v->n_cues = v->cues.n / CUE_BYTES;
	v->n_turns = v->turns.n / TURN_BYTES;
	if (e)
		v->item = 0;
	if (e || !v->n_turns)
		return e;
	s = archive_statement(a, SQL_VOICES);
	sqlite3_bind_int64(s, 1, item);
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		v->voices = mem_grow(v->voices, v->n_voices + 1, sizeof *v->voices);
		v->voices[v->n_voices++] = span_dup(db_column_span(s, 0));
	}
	if (code != SQLITE_DONE)
		e = db_error(a->db, why);
	sqlite3_reset(s);
	return e;
}

/* The last of n records whose first number is at most value; records are ordered by it. */
static size_t last_at_most(const char *records, size_t n, size_t record_bytes, uint32_t value)
{
	size_t low = 0, high = n;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (unpack_u32(records + middle * record_bytes) <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t speech_view_cue_of(const struct speech_view *v, uint32_t token)
{
	return last_at_most(v->cues.p, v->n_cues, CUE_BYTES, token);
}

size_t speech_view_turn_of(const struct speech_view *v, size_t cue)
{
	return last_at_most(v->turns.p, v->n_turns, TURN_BYTES, (uint32_t)cue);
}

void speech_view_turn_tokens(const struct speech_view *v, size_t turn, uint32_t *first, uint32_t *end)
{
	size_t cue = unpack_turn(v->turns.p, turn).first_cue;
	size_t next = turn + 1 < v->n_turns ? unpack_turn(v->turns.p, turn + 1).first_cue : v->n_cues;
	*first = cue < v->n_cues ? unpack_cue(v->cues.p, cue).first_token : v->n_tokens;
	*end = next < v->n_cues ? unpack_cue(v->cues.p, next).first_token : v->n_tokens;
}

const char *speech_view_speaker(const struct speech_view *v, size_t turn)
{
	uint32_t voice = turn < v->n_turns ? unpack_turn(v->turns.p, turn).voice : 0;
	return voice && voice <= v->n_voices ? v->voices[voice - 1] : "";
}

static enum err open_text(struct speech_view *v, struct why *why)
{
	if (v->_text && v->_text_item == v->item)
		return OK;
	int code = v->_text ? sqlite3_blob_reopen(v->_text, v->item)
		: sqlite3_blob_open(v->archive->db, "main", "texts", "speech", v->item, 0, &v->_text);
	v->_text_item = code == SQLITE_OK ? v->item : 0;
	return code == SQLITE_OK ? OK : db_error(v->archive->db, why);
}

/* The text of the cues that have these words, into v->_slice; *token is the number of its first word. */
static enum err read_slice(struct speech_view *v, uint32_t from, uint32_t to, uint32_t *token, struct why *why)
{
	size_t first = speech_view_cue_of(v, from), last = speech_view_cue_of(v, to);
	enum err e = open_text(v, why);
	if (e)
		return e;
	struct packed_cue cue = unpack_cue(v->cues.p, first);
	size_t n = (size_t)sqlite3_blob_bytes(v->_text);
	size_t end = last + 1 < v->n_cues ? unpack_cue(v->cues.p, last + 1).offset : n;
	if (cue.offset > end || end > n)
		return why_set(why, E_FORMAT, "%s", damaged);
	buf_clear(&v->_slice);
	buf_reserve(&v->_slice, end - cue.offset + 1);
	if (sqlite3_blob_read(v->_text, v->_slice.p, (int)(end - cue.offset), (int)cue.offset) != SQLITE_OK)
		return db_error(v->archive->db, why);
	v->_slice.n = end - cue.offset;
	*token = cue.first_token;
	return OK;
}

/* What is written of a slice. */
struct writing {
	const struct moment *moment;
	struct span text;
	uint32_t token, from, to; /* token: the next one's number */
	size_t done;              /* bytes of text that were written or passed over */
	size_t end;               /* of the last word; what is between is written when a mark begins or ends */
	size_t start;
	bool started, marked;
	struct buf *html;
};

static bool is_marked(const struct moment *m, uint32_t token)
{
	for (size_t i = 0; i < m->n_marks; i++)
		if (token >= m->marks[i].at && token - m->marks[i].at < m->marks[i].n)
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n';
}

static void write_text(struct writing *w, size_t end)
{
	while (w->done < end) {
		struct span piece = span_make(w->text.p + w->done, end - w->done);
		piece.n = span_find(piece, '\n');
		escape_html(w->html, piece);
		w->done += piece.n;
		if (w->done < end) {
			buf_char(w->html, ' ');
			w->done++;
		}
	}
}

static bool write_token(void *data, const struct token *token)
{
	struct writing *w = data;
	uint32_t number = w->token++;
	if (number < w->from)
		return true;
	if (number > w->to)
		return false;
	if (!w->started) {
		w->started = true;
		w->done = token->start;
		while (w->done > 0 && !is_blank(w->text.p[w->done - 1]))
			w->done--;
		w->start = w->done;
	}
	bool mark = is_marked(w->moment, number);
	if (w->marked && !mark) {
		write_text(w, w->end);
		buf_text(w->html, "</mark>");
	} else if (mark && !w->marked) {
		write_text(w, token->start);
		buf_text(w->html, "<mark>");
	}
	w->marked = mark;
	w->end = token->end;
	return w->end - w->start < SNIPPET_BYTES;
}

static enum err write_words(struct speech_view *v, const struct moment *moment, uint32_t from, uint32_t to,
	struct buf *html, struct why *why)
{
	struct writing w = {.moment = moment, .from = from, .to = to, .html = html};
	enum err e = read_slice(v, from, to, &w.token, why);
	if (e)
		return e;
	w.text = buf_view(&v->_slice);
	tokens_each(v->archive->tokens, w.text, write_token, &w);
	write_text(&w, w.end);
	if (w.marked)
		buf_text(html, "</mark>");
	size_t end = w.done;
	while (end < w.text.n && !is_blank(w.text.p[end]) && end - w.done < 16)
		end++;
	if (end < w.text.n && !is_blank(w.text.p[end]))
		end = w.done; /* no end of a word in sight */
	write_text(&w, end);
	return OK;
}

enum err snippet_write(struct speech_view *v, const struct moment *m, struct buf *html, struct why *why)
{
	uint32_t low = 0, high = v->n_tokens;
	if (v->n_turns) {
		uint32_t first, end;
		speech_view_turn_tokens(v, speech_view_turn_of(v, speech_view_cue_of(v, m->first)), &first, &end);
		low = first;
		if (m->last < end)
			high = end;
	}
	uint32_t n = m->last - m->first + 1;
	bool whole = n <= SNIPPET_WORDS;
	uint32_t lead = whole ? (SNIPPET_WORDS - n) / 3 + 1 : 2;
	lead = lead > LEAD_WORDS ? LEAD_WORDS : lead;
	uint32_t from = m->first - low > lead ? m->first - lead : low;
	uint32_t to = whole ? from + SNIPPET_WORDS - 1 : m->last + 2;
	if (to < m->last)
		to = m->last;
	if (to >= high) {
		to = high - 1;
		if (whole && to - low >= SNIPPET_WORDS)
			from = from < to - SNIPPET_WORDS + 1 ? from : to - SNIPPET_WORDS + 1;
		else if (whole)
			from = low;
	}
	if (from > low)
		buf_text(html, "… ");
	enum err e;
	if (whole) {
		e = write_words(v, m, from, to, html, why);
	} else {
		e = write_words(v, m, from, m->first + PART_WORDS - 1, html, why);
		buf_text(html, " … ");
		if (!e)
			e = write_words(v, m, m->last - PART_WORDS + 1, to, html, why);
	}
	if (to + 1 < high)
		buf_text(html, " …");
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "server/recording.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "server/sse.h"

static const char endings[] = "a recording is a .sse, .ndjson or .jsonl file";

struct recording {
	enum recording_kind kind;
	struct buf bytes;    /* what was pushed */
	size_t taken;        /* of bytes: already read */
	size_t searched;     /* of bytes: no line ends between taken and here */
	uint64_t start;      /* the file's offset of bytes' first */
	int line;            /* the one that is being read */
	bool ended;
	bool in_line;        /* the front of this line was already read over */

	struct sse sse;
	struct buf data, id; /* of the event that sse dispatched */
	enum recorded_what what;
	bool dispatched;
	int event_line;      /* at which the event that is being read began; 0 between events */
};

enum err recording_kind_of(const char *path, enum recording_kind *kind, struct why *why)
{
	struct span ending = file_ending(path);
	if (span_equal_nocase(ending, span_of("sse")))
		*kind = RECORDING_SSE;
	else if (span_equal_nocase(ending, span_of("ndjson")) || span_equal_nocase(ending, span_of("jsonl")))
		*kind = RECORDING_LINES;
	else
		return why_set(why, E_FORMAT, "not a recording by its name; %s", endings);
	return OK;
}

enum recording_kind recording_kind_by(struct span first_bytes)
{
	struct span s = span_trim(first_bytes);
	if (span_starts(s, "\xEF\xBB\xBF"))
		s = span_trim(span_from(s, 3));
	return s.n && (s.p[0] == '{' || s.p[0] == '[') ? RECORDING_LINES : RECORDING_SSE;
}

enum err recording_check(struct span first_bytes, struct why *why)
{
	if (first_bytes.n == 0)
		return why_set(why, E_FORMAT, "the file is empty; %s", endings);
	if (span_find(first_bytes, '\0') < first_bytes.n)
		return why_set(why, E_FORMAT, "the file is binary, not text; %s", endings);
	return OK;
}

static bool take_event(void *data, const struct sse_event *ev)
{
	struct recording *r = data;
	buf_clear(&r->data);
	buf_clear(&r->id);
	buf_span(&r->data, ev->data);
	buf_span(&r->id, ev->id);
	r->what = ev->oversize ? RECORDED_OVERSIZE : span_is(ev->type, "error") ? RECORDED_ERROR : RECORDED_MESSAGE;
	r->dispatched = true;
	return true;
}

struct recording *recording_create(enum recording_kind kind, uint64_t start)
{
	struct recording *r = mem_new(1, sizeof *r);
	r->kind = kind;
	r->start = start;
	r->line = 1;
	sse_init(&r->sse, RECORDING_MESSAGE_MAX, take_event, r);
	return r;
}

void recording_destroy(struct recording *r)
{
	if (!r)
		return;
	sse_finish(&r->sse);
	buf_finish(&r->bytes);
	buf_finish(&r->data);
	buf_finish(&r->id);
	free(r);
}

void recording_push(struct recording *r, struct span bytes)
{
	buf_drop(&r->bytes, r->taken);
	r->start += r->taken;
	r->searched -= r->taken;
	r->taken = 0;
	buf_span(&r->bytes, bytes);
}

void recording_end(struct recording *r)
{
	r->ended = true;
}

/* A line with its end, or the front of one. */
struct piece {
	struct span bytes;
	bool ends; /* the line's end is in it */
};

/* Offset behind the line's end, or 0 when it isn't there yet. Event streams know CR alone as an end too; when it is the
 * last byte so far, an LF may still follow. */
static size_t find_line_end(struct recording *r)
{
	const char *p = r->bytes.p;
	for (size_t i = r->searched; i < r->bytes.n; i++) {
		if (p[i] == '\n')
			return i + 1;
		if (p[i] != '\r' || r->kind != RECORDING_SSE)
			continue;
		if (i + 1 == r->bytes.n && !r->ended) {
			r->searched = i;
			return 0;
		}
		return i + 1 < r->bytes.n && p[i + 1] == '\n' ? i + 2 : i + 1;
	}
	r->searched = r->bytes.n;
	return 0;
}

static enum err take_piece(struct recording *r, struct piece *piece)
{
	size_t n_left = r->bytes.n - r->taken;
	if (r->ended && n_left == 0)
		return E_GONE;
	size_t end = find_line_end(r);
	piece->ends = end > 0;
	if (!end && (r->ended || n_left > RECORDING_MESSAGE_MAX))
		end = r->searched > r->taken ? r->searched : r->bytes.n;
	if (!end)
		return E_AGAIN;
	piece->bytes = span_make(r->bytes.p + r->taken, end - r->taken);
	r->taken = r->searched = end;
	return OK;
}

static bool next_sse(struct recording *r, struct piece piece, struct recorded *next)
{
	struct span text = span_trim(piece.bytes);
	if (!r->in_line && !r->event_line && text.n && text.p[0] != ':')
		r->event_line = r->line;
	bool blank = !r->in_line && !text.n && piece.ends;
	size_t used = sse_push(&r->sse, piece.bytes);
	ASSERT(used == piece.bytes.n); /* take_event takes each */
	next->line = r->event_line;
	if (blank)
		r->event_line = 0;
	if (!r->dispatched)
		return false;
	r->dispatched = false;
	next->what = r->what;
	next->data = buf_view(&r->data);
	next->id = buf_view(&r->id);
	return true;
}

static bool next_line(struct recording *r, struct piece piece, struct recorded *next)
{
	struct span text = piece.bytes;
	if (r->line == 1 && r->start == 0 && span_starts(text, "\xEF\xBB\xBF"))
		text = span_from(text, 3);
	text = span_trim(text);
	next->line = r->line;
	if (r->in_line || text.n > RECORDING_MESSAGE_MAX) {
		/* Told once, when the whole of it has been read over. */
		next->what = RECORDED_OVERSIZE;
		return piece.ends;
	}
	next->what = RECORDED_MESSAGE;
	next->data = text;
	return text.n > 0;
}

/* The file ended inside something that hasn't been told yet. */
static bool was_cut(struct recording *r, struct recorded *next)
{
	bool in_event = r->event_line > 0, in_long_line = r->kind == RECORDING_LINES && r->in_line;
	next->what = in_event ? RECORDED_CUT : RECORDED_OVERSIZE;
	next->line = in_event ? r->event_line : r->line;
	r->event_line = 0;
	r->in_line = false;
	return in_event || in_long_line;
}

enum err recording_next(struct recording *r, struct recorded *next)
{
	for (;;) {
		struct piece piece;
		enum err e = take_piece(r, &piece);
		*next = (struct recorded){.end = r->start + r->taken};
		if (e == E_GONE && was_cut(r, next))
			return OK;
		if (e)
			return e;
		bool is_one = r->kind == RECORDING_SSE ? next_sse(r, piece, next) : next_line(r, piece, next);
		r->in_line = !piece.ends && !is_one;
		if (piece.ends)
			r->line++;
		if (is_one)
			return OK;
	}
}

/* Seconds or milliseconds: what would lie after the year 5138 as seconds is meant as milliseconds. */
static bool time_of(const cJSON *item, int64_t *ms)
{
	static const double seconds_most = 1e11, ms_most = 1e14;
	struct span text = json_string(item);
	double number = cJSON_IsNumber(item) ? item->valuedouble : 0;
	if (text.n && !span_to_double(text, &number))
		return time_parse(text, ms) == OK;
	if (!(number > 0 && number < ms_most))
		return false;
	*ms = (int64_t)(number < seconds_most ? number * 1000 : number);
	return true;
}

bool recording_time(struct span message, int64_t *ms)
{
	static const char *const places[] = {"/received_ms", "/received", "/meta/dt", "/time", "/timestamp", "/t"};
	cJSON *root = json_parse(message, NULL);
	bool found = false;
	for (size_t i = 0; i < COUNT_OF(places) && !found; i++)
		found = time_of(json_at(root, places[i]), ms);
	cJSON_Delete(root);
	return found;
}

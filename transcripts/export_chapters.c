/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "transcripts/chapters.h"
#include "transcripts/export.h"
#include "transcripts/lines.h"

enum { FEWEST_FOR_APPLE = 3 };

static int by_start(const void *a, const void *b)
{
	const struct document_chapter *x = *(const struct document_chapter *const *)a,
		*y = *(const struct document_chapter *const *)b;
	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms ? -1 : 1;
	return (x > y) - (x < y); /* of one list: their order in it */
}

/* Owned pointers into the list. */
static const struct document_chapter **in_order(const struct document_chapter *chapters, size_t n)
{
	const struct document_chapter **sorted = mem_new(n + 1, sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &chapters[i];
	qsort(sorted, n, sizeof(*sorted), by_start);
	return sorted;
}

/* On one line: blanks and controls become single blanks. */
static void fold(struct buf *out, struct span text)
{
	bool blank = false;
	buf_clear(out);
	text = lines_trim(text);
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7F) {
			blank = true;
			continue;
		}
		if (blank)
			buf_char(out, ' ');
		blank = false;
		buf_char(out, text.p[i]);
	}
}

static void add_member(struct json_writer *w, const char *key, const char *value)
{
	struct span trimmed = lines_trim(span_of(value));
	if (trimmed.n == 0)
		return;
	json_key(w, key);
	json_text(w, trimmed);
}

void export_chapters_json(const struct document_chapter *chapters, size_t n, struct buf *out)
{
	const struct document_chapter **sorted = in_order(chapters, n);
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '{');
	json_key(&w, "version");
	json_text(&w, span_of("1.2.0"));
	json_key(&w, "chapters");
	json_open(&w, '[');
	for (size_t i = 0; i < n; i++) {
		const struct document_chapter *c = sorted[i];
		json_open(&w, '{');
		json_key(&w, "startTime");
		json_number(&w, (double)c->start_ms / 1000);
		if (c->end_ms >= c->start_ms) {
			json_key(&w, "endTime");
			json_number(&w, (double)c->end_ms / 1000);
		}
		add_member(&w, "title", c->title);
		add_member(&w, "url", c->url);
		add_member(&w, "img", c->image);
		if (c->is_hidden) {
			json_key(&w, "toc");
			json_bool(&w, false);
		}
		json_close(&w, '}');
	}
	json_close(&w, ']');
	json_close(&w, '}');
	buf_char(out, '\n');
	free(sorted);
}

static void add_attribute(struct buf *out, const char *name, const char *value, struct buf *room)
{
	fold(room, span_of(value));
	if (room->n == 0)
		return;
	buf_format(out, " %s=\"", name);
	escape_xml(out, buf_view(room));
	buf_char(out, '"');
}

void export_chapters_psc(const struct document_chapter *chapters, size_t n, struct buf *out)
{
	const struct document_chapter **sorted = in_order(chapters, n);
	struct buf room = {0};
	buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<psc:chapters version=\"1.2\" xmlns:psc=\"http://podlove.org/simple-chapters\">\n");
	for (size_t i = 0; i < n; i++) {
		const struct document_chapter *c = sorted[i];
		if (c->is_hidden)
			continue;
		buf_text(out, "\t<psc:chapter start=\"");
		stamp_write(out, c->start_ms, true);
		buf_char(out, '"');
		add_attribute(out, "title", c->title, &room);
		add_attribute(out, "href", c->url, &room);
		add_attribute(out, "image", c->image, &room);
		buf_text(out, "/>\n");
	}
	buf_text(out, "</psc:chapters>\n");
	buf_finish(&room);
	free(sorted);
}

bool export_chapters_description(const struct document_chapter *chapters, size_t n, struct buf *out)
{
	const struct document_chapter **sorted = in_order(chapters, n);
	struct buf room = {0};
	size_t n_lines = 0;
	for (size_t i = 0; i < n; i++) {
		const struct document_chapter *c = sorted[i];
		fold(&room, span_of(c->title));
		struct span title = chapters_trim_title(buf_view(&room));
		if (c->is_hidden || title.n == 0)
			continue;
		if (n_lines == 0 && c->start_ms >= 1000) {
			buf_text(out, "00:00:00 Intro\n");
			n_lines++;
		}
		int64_t s = c->start_ms / 1000;
		buf_format(out, "%02d:%02d:%02d %.*s\n", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), SPAN_ARG(title));
		n_lines++;
	}
	buf_finish(&room);
	free(sorted);
	return n_lines >= FEWEST_FOR_APPLE;
}

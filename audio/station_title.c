/* SPDX-License-Identifier: MIT */
#include "audio/station_title.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"

static const char opening[] = "StreamTitle='", closing[] = "';";
enum { TEXT_MAX = 255 * 16 - (sizeof opening - 1) - (sizeof closing - 1) };

/* Up to `room` bytes of it: whole characters, and none that ends or hides something. */
static void add_harmless(struct buf *out, struct span text, size_t room)
{
	size_t end = out->n + room;
	while (text.n) {
		uint32_t c;
		text = span_from(text, utf8_decode(text, &c));
		if (c < 0x20 || (c >= 0x7F && c < 0xA0))
			c = ' ';
		else if (c == '\'')
			c = 0x2019; /* right single quotation mark */
		else if (c == ';')
			c = 0xFF1B; /* fullwidth semicolon */
		size_t before = out->n;
		utf8_append(out, c);
		if (out->n > end) {
			out->n = before;
			return;
		}
	}
}

void icy_block(struct buf *out, struct span text, const char *station)
{
	size_t start = out->n;
	buf_char(out, 0);
	buf_text(out, opening);
	struct buf tail = {0};
	if (station) {
		buf_text(&tail, text.n ? " - " : "");
		add_harmless(&tail, span_of(station), TEXT_MAX / 2);
	}
	add_harmless(out, text, TEXT_MAX - tail.n);
	buf_span(out, buf_view(&tail));
	buf_finish(&tail);
	buf_text(out, closing);
	while ((out->n - start - 1) % 16)
		buf_char(out, 0);
	out->p[start] = (char)((out->n - start - 1) / 16);
}

static void show(struct station_title *t, struct span text, int64_t now_ms)
{
	struct buf block = {0};
	icy_block(&block, text, t->station);
	t->since_ms = now_ms;
	bool is_same = t->block && span_equal(buf_view(&block), span_make((const char *)msg_bytes(t->block), t->block->n));
	if (!is_same) {
		msg_unref(t->block);
		t->block = msg_from(buf_view(&block));
	}
	buf_finish(&block);
}

void station_title_init(struct station_title *t, const char *station)
{
	*t = (struct station_title){.station = mem_strdup(station)};
	show(t, SPAN_LITERAL(""), INT64_MIN / 2);
}

void station_title_finish(struct station_title *t)
{
	free(t->station);
	buf_finish(&t->candidate);
	msg_unref(t->block);
}

void station_title_offer(struct station_title *t, struct span text, float weight, int64_t now_ms)
{
	bool is_early = now_ms - t->since_ms < TITLE_SHOWN_MS - TITLE_CHOICE_MS;
	if (!text.n || is_early || (t->candidate.n && weight < t->weight))
		return;
	buf_clear(&t->candidate);
	buf_span(&t->candidate, text);
	t->weight = weight;
}

struct msg *station_title_now(struct station_title *t, int64_t now_ms)
{
	if (t->candidate.n && now_ms - t->since_ms >= TITLE_SHOWN_MS) {
		show(t, buf_view(&t->candidate), now_ms);
		buf_clear(&t->candidate);
	}
	return t->block;
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/export.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/subrip.h"

/* A cue with its place: what is written when the cues are put in order of time. */
struct placed {
	const struct cue *cue;
	const struct turn *turn;
	size_t index;
	bool first_of_turn;
};

static int by_start(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->cue->start_ms != y->cue->start_ms)
		return x->cue->start_ms < y->cue->start_ms ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static struct placed *place_in_order(const struct transcript *t)
{
	struct placed *placed = mem_new(t->n_cues + 1, sizeof *placed);
	for (size_t i = 0; i < t->n_turns; i++) {
		const struct turn *turn = &t->turns[i];
		for (size_t k = turn->first_cue; k < turn->first_cue + turn->n_cues; k++)
			placed[k] = (struct placed){&t->cues[k], turn, k, k == turn->first_cue};
	}
	qsort(placed, t->n_cues, sizeof *placed, by_start);
	return placed;
}

static int64_t valid_end(const struct cue *cue)
{
	return cue->end_ms > cue->start_ms ? cue->end_ms : cue->start_ms + 1;
}

/* The three characters that WebVTT escapes; > too, so that no text reads as --> */
static void add_vtt_text(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		switch (text.p[i]) {
		case '&': buf_text(out, "&amp;"); break;
		case '<': buf_text(out, "&lt;"); break;
		case '>': buf_text(out, "&gt;"); break;
		default: buf_char(out, text.p[i]);
		}
	}
}

void export_vtt(const struct transcript *t, struct buf *out)
{
	struct placed *placed = place_in_order(t);
	buf_text(out, "WEBVTT\n");
	for (size_t i = 0; i < t->n_cues; i++) {
		const struct placed *p = &placed[i];
		struct span speaker = p->turn->speaker;
		if (i && p->first_of_turn && span_equal(speaker, placed[i - 1].turn->speaker))
			buf_text(out, "\nNOTE turn\n");
		buf_char(out, '\n');
		stamp_write(out, p->cue->start_ms, true);
		buf_text(out, " --> ");
		stamp_write(out, valid_end(p->cue), true);
		buf_char(out, '\n');
		if (speaker.n) {
			buf_text(out, "<v ");
			add_vtt_text(out, speaker);
			/* A name that ends in "--" would make an arrow. */
			buf_text(out, span_ends(speaker, "-") ? " >" : ">");
		} else if (span_starts(p->cue->text, "- ") || span_starts(p->cue->text, ">>")) {
			/* An invisible word joiner: without it the importer would take this for a new voice's mark. */
			buf_text(out, "\xE2\x81\xA0");
		}
		add_vtt_text(out, p->cue->text);
		buf_char(out, '\n');
	}
	free(placed);
}

static void add_srt_stamp(struct buf *out, int64_t ms)
{
	stamp_write(out, ms, true);
	out->p[out->n - 4] = ',';
}

static const char word_joiner[] = "\xE2\x81\xA0";

/* An arrow would make the line a timing. */
static void add_without_arrows(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '>' && i >= 2 && text.p[i - 1] == '-' && text.p[i - 2] == '-')
			buf_text(out, word_joiner);
		buf_char(out, text.p[i]);
	}
}

/* SubRip knows no escapes. */
static void add_srt_text(struct buf *out, struct span text)
{
	struct buf read_back = {0};
	subrip_decode(&read_back, text);
	if (span_equal(buf_view(&read_back), text)) {
		add_without_arrows(out, text);
	} else {
		for (size_t i = 0; i < text.n; i++) {
			if (text.p[i] == '>' && i >= 2 && text.p[i - 1] == '-' && text.p[i - 2] == '-')
				buf_text(out, word_joiner);
			buf_char(out, text.p[i]);
			if (text.p[i] == '<' || text.p[i] == '&' || text.p[i] == '{')
				buf_text(out, word_joiner);
		}
	}
	buf_finish(&read_back);
}

void export_srt(const struct transcript *t, struct buf *out)
{
	struct placed *placed = place_in_order(t);
	struct buf text = {0};
	for (size_t i = 0; i < t->n_cues; i++) {
		const struct placed *p = &placed[i];
		buf_format(out, "%s%zu\n", i ? "\n" : "", i + 1);
		add_srt_stamp(out, p->cue->start_ms);
		buf_text(out, " --> ");
		add_srt_stamp(out, valid_end(p->cue));
		buf_char(out, '\n');
		buf_clear(&text);
		if (p->first_of_turn && p->turn->speaker.n)
			buf_format(&text, "%.*s: ", SPAN_ARG(p->turn->speaker));
		buf_span(&text, p->cue->text);
		add_srt_text(out, buf_view(&text));
		buf_char(out, '\n');
	}
	buf_finish(&text);
	free(placed);
}

bool export_has_times(const struct transcript *t)
{
	for (size_t i = 0; i < t->n_cues; i++)
		if (!t->cues[i].untimed)
			return true;
	return false;
}

static void add_time(struct buf *out, int64_t ms)
{
	buf_text(out, "<time>");
	stamp_write(out, ms, false);
	if (ms % 1000)
		buf_format(out, ".%03d", (int)(ms % 1000));
	buf_text(out, "</time>\n");
}

/* What stands before the cue's <p>. */
static void add_html_time(struct buf *out, const struct cue *cue, bool is_first, int64_t last_ms)
{
	if (!cue->untimed || cue->start_ms != last_ms)
		add_time(out, cue->start_ms);
	if (cue->untimed && (is_first || cue->start_ms != last_ms))
		buf_text(out, "<time></time>\n");
}

void export_html(const struct transcript *t, struct buf *out)
{
	int64_t last_ms = 0;
	for (size_t i = 0; i < t->n_turns; i++) {
		const struct turn *turn = &t->turns[i];
		if (turn->speaker.n) {
			buf_text(out, "<cite>");
			escape_html(out, turn->speaker);
			buf_text(out, ":</cite>\n");
		} else if (i) {
			buf_text(out, "<cite></cite>\n");
		}
		for (size_t k = turn->first_cue; k < turn->first_cue + turn->n_cues; k++) {
			add_html_time(out, &t->cues[k], k == 0, last_ms);
			last_ms = t->cues[k].start_ms;
			buf_text(out, "<p>");
			escape_html(out, t->cues[k].text);
			buf_text(out, "</p>\n");
		}
	}
}

void export_json(const struct transcript *t, struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '{');
	json_key(&w, "version");
	json_text(&w, span_of("1.0.0"));
	json_key(&w, "segments");
	json_open(&w, '[');
	for (size_t i = 0; i < t->n_turns; i++) {
		const struct turn *turn = &t->turns[i];
		for (size_t k = turn->first_cue; k < turn->first_cue + turn->n_cues; k++) {
			json_open(&w, '{');
			if (turn->speaker.n) {
				json_key(&w, "speaker");
				json_text(&w, turn->speaker);
			}
			json_key(&w, "startTime");
			json_number(&w, (double)t->cues[k].start_ms / 1000);
			json_key(&w, "endTime");
			json_number(&w, (double)t->cues[k].end_ms / 1000);
			json_key(&w, "body");
			json_text(&w, t->cues[k].text);
			json_close(&w, '}');
		}
	}
	json_close(&w, ']');
	json_close(&w, '}');
	buf_char(out, '\n');
}

void export_text(const struct transcript *t, struct buf *out)
{
	for (size_t i = 0; i < t->n_turns; i++) {
		const struct turn *turn = &t->turns[i];
		buf_text(out, i ? "\n[" : "[");
		if (t->cues[turn->first_cue].untimed)
			buf_text(out, "--:--");
		else
			stamp_write(out, t->cues[turn->first_cue].start_ms, false);
		buf_text(out, "] ");
		if (turn->speaker.n) {
			add_without_arrows(out, turn->speaker);
			buf_text(out, ": ");
		}
		for (size_t k = turn->first_cue; k < turn->first_cue + turn->n_cues; k++) {
			if (k > turn->first_cue)
				buf_char(out, ' ');
			add_without_arrows(out, t->cues[k].text);
		}
		buf_char(out, '\n');
	}
}

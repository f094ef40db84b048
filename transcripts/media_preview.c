/* SPDX-License-Identifier: MIT */
#include "transcripts/media_preview.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/media_json.h"

enum { BARS = 400, LEAST_BAR = 1 };

/* ---- the waveform ---- */

/* The largest byte of bar i. */
static unsigned bar_peak(const struct media_study *s, size_t i, size_t n_bars)
{
	size_t from = i * s->peaks.n / n_bars, to = (i + 1) * s->peaks.n / n_bars;
	unsigned most = 0;
	for (size_t k = from; k < to; k++)
		most = (unsigned char)s->peaks.p[k] > most ? (unsigned char)s->peaks.p[k] : most;
	return most;
}

bool media_preview_wave(const struct media_study *s, struct buf *path)
{
	size_t n_bars = s->peaks.n < BARS ? s->peaks.n : BARS;
	unsigned loudest = 0;
	for (size_t i = 0; i < n_bars; i++) {
		unsigned peak = bar_peak(s, i, n_bars);
		loudest = peak > loudest ? peak : loudest;
	}
	if (!loudest)
		return false;
	for (size_t i = 0; i < n_bars; i++) {
		unsigned peak = bar_peak(s, i, n_bars);
		/* Quarters of a decibel to amplitude; a root of it shows quiet speech beside loud. */
		double height = peak ? pow(10.0, ((double)peak - loudest) / 80.0 * 0.7) * MEDIA_WAVE_HEIGHT : 0;
		int half = (int)(height / 2 + 0.5), middle = MEDIA_WAVE_HEIGHT / 2;
		half = half < LEAST_BAR ? LEAST_BAR : half;
		double x = ((double)i + 0.5) * MEDIA_WAVE_WIDTH / (double)n_bars;
		buf_format(path, "M%.4g %dv%d", x, middle - half, 2 * half);
	}
	return true;
}

static bool wave_svg(const struct media_study *s, struct buf *out)
{
	size_t n = s->peaks.n && s->peaks.n < BARS ? s->peaks.n : BARS;
	buf_format(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">"
		"<path fill=\"none\" stroke=\"#8a5a00\" stroke-width=\"%.3g\" d=\"", MEDIA_WAVE_WIDTH, MEDIA_WAVE_HEIGHT,
		0.65 * MEDIA_WAVE_WIDTH / (double)n);
	bool good = media_preview_wave(s, out);
	buf_text(out, "\"/></svg>\n");
	return good;
}

static bool peaks_json(const struct media_study *s, struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '{');
	json_key(&w, "peaks_a_second");
	json_int(&w, 10);
	json_key(&w, "peaks");
	json_open(&w, '[');
	for (size_t i = 0; i < s->peaks.n; i++)
		json_int(&w, (unsigned char)s->peaks.p[i]);
	json_close(&w, ']');
	json_close(&w, '}');
	return s->peaks.n > 0;
}

static bool about_json(const struct media_study *s, struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open(&w, '{');
	media_json_members(&w, s, false);
	json_close(&w, '}');
	return true;
}

/* ---- pictures ---- */

/* A cue a picture, as players' thumbnail tracks have it: a Media Fragment of the sheet beside this file. */
static bool board_vtt(const struct media_study *s, struct buf *out)
{
	const struct media_board_shape *b = &s->board;
	buf_text(out, "WEBVTT\n\n");
	for (int i = 0; i < b->n; i++) {
		int64_t start = i * b->interval_ms, end = start + b->interval_ms;
		if (i == b->n - 1 && s->info.duration_ms > start)
			end = s->info.duration_ms;
		stamp_write(out, start, true);
		buf_text(out, " --> ");
		stamp_write(out, end, true);
		buf_format(out, "\nstoryboard.jpg#xywh=%d,%d,%d,%d\n\n", i % b->columns * b->width, i / b->columns * b->height,
			b->width, b->height);
	}
	return b->n > 0;
}

static bool copy(const struct buf *from, struct buf *out)
{
	buf_span(out, buf_view(from));
	return from->n > 0;
}

static bool board_jpeg(const struct media_study *s, struct buf *out)
{
	return copy(&s->storyboard, out);
}

static bool poster_jpeg(const struct media_study *s, struct buf *out)
{
	return copy(&s->poster, out);
}

static bool cover_jpeg(const struct media_study *s, struct buf *out)
{
	return copy(&s->cover, out);
}

static const struct {
	const char *part, *type;
	bool (*write)(const struct media_study *s, struct buf *out);
} parts[] = {
	{"about.json", "application/json", about_json},
	{"waveform.svg", "image/svg+xml", wave_svg},
	{"peaks.json", "application/json", peaks_json},
	{"storyboard.jpg", "image/jpeg", board_jpeg},
	{"storyboard.vtt", "text/vtt; charset=utf-8", board_vtt},
	{"poster.jpg", "image/jpeg", poster_jpeg},
	{"cover.jpg", "image/jpeg", cover_jpeg},
};

bool media_preview(const struct media_study *s, const char *part, struct buf *out, const char **type)
{
	size_t n_before = out->n;
	int64_t number;
	struct span name = span_of(part);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		if (strcmp(part, parts[i].part) != 0)
			continue;
		*type = parts[i].type;
		if (parts[i].write(s, out))
			return true;
		out->n = n_before;
		return false;
	}
	if (!span_starts(name, "captions-") || !span_ends(name, ".vtt") ||
	    !span_to_i64(span_make(part + 9, name.n - 13), &number) || number < 1 || number > (int64_t)s->n_captions)
		return false;
	buf_text(out, s->captions[number - 1].vtt);
	*type = "text/vtt; charset=utf-8";
	return true;
}

bool media_preview_part(const struct media_study *s, size_t i, struct buf *part)
{
	struct buf trial = {0};
	const char *type;
	for (size_t k = 0; k < COUNT_OF(parts); k++) {
		buf_clear(&trial);
		if (!media_preview(s, parts[k].part, &trial, &type) || i--)
			continue;
		buf_text(part, parts[k].part);
		buf_finish(&trial);
		return true;
	}
	buf_finish(&trial);
	if (i >= s->n_captions)
		return false;
	buf_format(part, "captions-%zu.vtt", i + 1);
	return true;
}

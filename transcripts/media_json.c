/* SPDX-License-Identifier: MIT */
#include "transcripts/media_json.h"

#include <math.h>

static void text(struct json_writer *w, const char *key, const char *value)
{
	json_key(w, key);
	json_text(w, span_of(value));
}

static void whole(struct json_writer *w, const char *key, int64_t value)
{
	json_key(w, key);
	json_int(w, value);
}

static void number(struct json_writer *w, const char *key, double value)
{
	json_key(w, key);
	json_number(w, value);
}

static void open_object(struct json_writer *w, const char *key)
{
	json_key(w, key);
	json_open(w, '{');
}

static void add_sound(struct json_writer *w, const struct media_study *s)
{
	if (s->n_channels) {
		open_object(w, "audio");
		text(w, "codec", s->audio_codec);
		whole(w, "sample_rate", s->sample_rate);
		whole(w, "channels", s->n_channels);
		json_close(w, '}');
	}
	if (s->has_loudness) {
		open_object(w, "loudness");
		number(w, "lufs", s->lufs <= MEDIA_SILENT_DB ? NAN : s->lufs);
		number(w, "range_lu", s->range_lu);
		number(w, "true_peak_db", s->true_peak_db <= MEDIA_SILENT_DB ? NAN : s->true_peak_db);
		json_close(w, '}');
	}
}

static void add_pictures(struct json_writer *w, const struct media_study *s)
{
	if (s->width) {
		open_object(w, "video");
		text(w, "codec", s->video_codec);
		whole(w, "width", s->width);
		whole(w, "height", s->height);
		number(w, "frames_a_second", s->frames_a_1000s / 1000.0);
		json_close(w, '}');
	}
	if (s->cover_width) {
		open_object(w, "cover");
		whole(w, "width", s->cover_width);
		whole(w, "height", s->cover_height);
		json_close(w, '}');
	}
	if (s->board.n) {
		open_object(w, "storyboard");
		whole(w, "pictures", s->board.n);
		whole(w, "columns", s->board.columns);
		whole(w, "width", s->board.width);
		whole(w, "height", s->board.height);
		number(w, "seconds", (double)s->board.interval_ms / 1000);
		json_close(w, '}');
	}
}

static void add_lists(struct json_writer *w, const struct media_study *s)
{
	open_object(w, "tags");
	for (size_t i = 0; i < s->n_tags; i++)
		text(w, s->tags[i].name, s->tags[i].value);
	json_close(w, '}');
	json_key(w, "chapters");
	json_open(w, '[');
	for (size_t i = 0; i < s->n_chapters; i++) {
		json_open(w, '{');
		number(w, "start", (double)s->chapters[i].start_ms / 1000);
		number(w, "end", (double)s->chapters[i].end_ms / 1000);
		text(w, "title", s->chapters[i].title);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_key(w, "captions");
	json_open(w, '[');
	for (size_t i = 0; i < s->n_captions; i++) {
		json_open(w, '{');
		text(w, "language", s->captions[i].language);
		text(w, "title", s->captions[i].title);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void media_json_members(struct json_writer *w, const struct media_study *s, bool with_peaks)
{
	text(w, "type", s->info.mime);
	text(w, "format", s->format);
	whole(w, "bytes", s->info.n_bytes);
	number(w, "seconds", (double)s->info.duration_ms / 1000);
	if (s->declared_ms)
		number(w, "declared_seconds", (double)s->declared_ms / 1000);
	whole(w, "bits_a_second", s->bits_a_second);
	add_sound(w, s);
	add_pictures(w, s);
	add_lists(w, s);
	if (s->n_damaged)
		whole(w, "damaged_packets", s->n_damaged);
	if (!with_peaks)
		return;
	json_key(w, "peaks");
	json_open(w, '[');
	for (size_t i = 0; i < s->peaks.n; i++)
		json_int(w, (unsigned char)s->peaks.p[i]);
	json_close(w, ']');
}

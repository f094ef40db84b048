/* SPDX-License-Identifier: MIT */
#include "transcripts/media_study.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/media_job.h"

/* A pass takes processor time with the file's size: a minute, and a second for each four megabytes, up to half an
 * hour. */
enum { PASS_SECONDS = 60, PASS_SECONDS_MOST = 1800, BYTES_A_SECOND = 4 << 20 };

void media_study_init(struct media_study *s)
{
	*s = (struct media_study){0};
}

void media_study_finish(struct media_study *s)
{
	for (size_t i = 0; i < s->n_chapters; i++)
		free(s->chapters[i].title);
	for (size_t i = 0; i < s->n_tags; i++) {
		free(s->tags[i].name);
		free(s->tags[i].value);
	}
	for (size_t i = 0; i < s->n_captions; i++) {
		free(s->captions[i].language);
		free(s->captions[i].title);
		free(s->captions[i].vtt);
	}
	free(s->chapters);
	free(s->tags);
	free(s->captions);
	buf_finish(&s->peaks);
	buf_finish(&s->cover);
	buf_finish(&s->storyboard);
	buf_finish(&s->poster);
	media_study_init(s);
}

/* ---- records ---- */

/* The next number of a record; false: there is none, or it is outside. */
static bool take_number(struct span *rest, int64_t least, int64_t most, int64_t *n)
{
	struct span word;
	return span_next_piece(rest, ' ', &word) && span_to_i64(word, n) && *n >= least && *n <= most;
}

static bool take_numbers(struct span *rest, int64_t least, int64_t most, int64_t *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!take_number(rest, least, most, &numbers[i]))
			return false;
	return true;
}

/* A child's words may be anything. */
static char *words(struct span text)
{
	struct buf out = {0};
	struct buf clean = {0};
	utf8_append_repaired(&out, text);
	for (size_t i = 0; i < out.n; i++)
		if (out.p[i])
			buf_char(&clean, out.p[i]);
	buf_finish(&out);
	return clean.p ? buf_take(&clean) : mem_strdup("");
}

static bool take_name(struct span text, char name[32])
{
	if (text.n >= 32)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= 0x20 || (unsigned char)text.p[i] > 0x7E)
			return false;
	memcpy(name, text.p ? text.p : "", text.n);
	name[text.n] = '\0';
	return true;
}

static bool take_media(struct media_study *s, struct span value)
{
	int64_t type, ms, has_video;
	if (!take_number(&value, 0, MEDIA_TYPES - 1, &type) || !take_number(&value, 0, MEDIA_LONGEST_MS, &ms) ||
	    !take_number(&value, 0, 1, &has_video))
		return false;
	s->info.mime = media_types[type];
	s->info.duration_ms = ms;
	s->info.has_video = has_video == 1;
	return true;
}

static bool take_declared(struct media_study *s, struct span value)
{
	return take_number(&value, 0, INT64_MAX, &s->declared_ms);
}

static bool take_format(struct media_study *s, struct span value)
{
	return take_name(value, s->format);
}

static bool take_audio(struct media_study *s, struct span value)
{
	int64_t numbers[2];
	if (!take_numbers(&value, 0, MEDIA_RATE_MOST, numbers, 2))
		return false;
	s->sample_rate = (int)numbers[0];
	s->n_channels = (int)numbers[1];
	return take_name(value, s->audio_codec);
}

static bool take_video(struct media_study *s, struct span value)
{
	int64_t sides[2], rate;
	if (!take_numbers(&value, 0, MEDIA_SIDE_MOST, sides, 2) || !take_number(&value, 0, MEDIA_FRAMES_MOST, &rate))
		return false;
	s->width = (int)sides[0];
	s->height = (int)sides[1];
	s->frames_a_1000s = (int)rate;
	return take_name(value, s->video_codec);
}

static bool take_loudness(struct media_study *s, struct span value)
{
	int64_t thousandths[3];
	if (!take_numbers(&value, -1000000, 1000000, thousandths, 3))
		return false;
	s->has_loudness = true;
	s->lufs = (double)thousandths[0] / 1000;
	s->range_lu = (double)thousandths[1] / 1000;
	s->true_peak_db = (double)thousandths[2] / 1000;
	return true;
}

static bool take_damaged(struct media_study *s, struct span value)
{
	return take_number(&value, 0, INT64_MAX, &s->n_damaged);
}

static bool take_chapter(struct media_study *s, struct span value)
{
	int64_t times[2];
	if (!take_numbers(&value, 0, INT64_MAX, times, 2) || s->n_chapters >= MEDIA_CHAPTERS)
		return false;
	s->chapters = mem_grow(s->chapters, s->n_chapters + 1, sizeof *s->chapters);
	s->chapters[s->n_chapters++] = (struct media_chapter){times[0], times[1], words(value)};
	return true;
}

static bool take_tag(struct media_study *s, struct span value)
{
	size_t equals = span_find(value, '=');
	if (equals == value.n || s->n_tags >= MEDIA_TAGS)
		return false;
	s->tags = mem_grow(s->tags, s->n_tags + 1, sizeof *s->tags);
	s->tags[s->n_tags++] = (struct media_tag){words(span_make(value.p, equals)), words(span_from(value, equals + 1))};
	return true;
}

static bool take_captions(struct media_study *s, struct span value)
{
	struct span language, title, vtt = value;
	if (s->n_captions >= MEDIA_CAPTIONS || !span_next_line(&vtt, &language) || !span_next_line(&vtt, &title))
		return false;
	s->captions = mem_grow(s->captions, s->n_captions + 1, sizeof *s->captions);
	s->captions[s->n_captions++] = (struct media_caption){words(language), words(title), words(vtt)};
	return true;
}

static bool take_cover_size(struct media_study *s, struct span value)
{
	int64_t sides[2];
	if (!take_numbers(&value, 1, MEDIA_SIDE_MOST, sides, 2))
		return false;
	s->cover_width = (int)sides[0];
	s->cover_height = (int)sides[1];
	return true;
}

static bool take_board(struct media_study *s, struct span value)
{
	int64_t numbers[4], interval;
	if (!take_numbers(&value, 1, 2000, numbers, 4) || !take_number(&value, 1, MEDIA_LONGEST_MS, &interval))
		return false;
	s->board = (struct media_board_shape){(int)numbers[0], (int)numbers[1], (int)numbers[2], (int)numbers[3], interval};
	return true;
}

static bool take_jpeg(struct buf *out, struct span value)
{
	if (!span_starts(value, "\xff\xd8\xff"))
		return false;
	buf_clear(out);
	buf_span(out, value);
	return true;
}

static bool take_cover(struct media_study *s, struct span value)
{
	return take_jpeg(&s->cover, value);
}

static bool take_storyboard(struct media_study *s, struct span value)
{
	return take_jpeg(&s->storyboard, value);
}

static bool take_poster(struct media_study *s, struct span value)
{
	return value.n == 0 || take_jpeg(&s->poster, value);
}

static bool take_peaks(struct media_study *s, struct span value)
{
	buf_clear(&s->peaks);
	buf_span(&s->peaks, value);
	return true;
}

bool media_study_take(struct media_study *s, struct span key, struct span value)
{
	static const struct {
		const char *key;
		bool (*take)(struct media_study *s, struct span value);
	} takers[] = {
		{"media", take_media}, {"declared", take_declared}, {"format", take_format}, {"audio", take_audio},
		{"video", take_video}, {"loudness", take_loudness}, {"damaged", take_damaged}, {"chapter", take_chapter},
		{"tag", take_tag}, {"captions", take_captions}, {"cover-size", take_cover_size}, {"cover", take_cover},
		{"board", take_board}, {"storyboard", take_storyboard}, {"poster", take_poster}, {"peaks", take_peaks},
	};
	for (size_t i = 0; i < COUNT_OF(takers); i++)
		if (span_is(key, takers[i].key))
			return takers[i].take(s, value);
	return false;
}

const char *media_study_tag(const struct media_study *s, const char *name)
{
	for (size_t i = 0; i < s->n_tags; i++)
		if (strcasecmp(s->tags[i].name, name) == 0)
			return s->tags[i].value;
	return NULL;
}

/* ---- the pass ---- */

struct pass {
	struct media_study *study;
	const struct media_watcher *watcher;
	struct buf *keep;
};

static bool take_record(void *data, struct span key, struct span value)
{
	struct pass *p = data;
	int64_t thousandths;
	if (span_is(key, "progress")) {
		if (!take_number(&value, 0, 1000, &thousandths))
			return false;
		if (p->watcher && p->watcher->progress)
			p->watcher->progress(p->watcher->data, (int)thousandths);
		return true;
	}
	if (!media_study_take(p->study, key, value))
		return false;
	if (p->keep) {
		buf_format(p->keep, "%.*s %zu\n", SPAN_ARG(key), value.n);
		buf_span(p->keep, value);
	}
	return true;
}

enum err media_study(const char *path, const struct media_watcher *watcher, struct media_study *s, struct buf *keep,
	struct why *why)
{
	struct stat info;
	struct pass pass = {s, watcher, keep};
	int file;
	enum err e = media_open(path, &file, &info, why);
	if (e)
		return e;
	int64_t seconds = PASS_SECONDS + info.st_size / BYTES_A_SECOND;
	const struct media_job job = {.work = MEDIA_STUDY, .settings = "", .file = file, .output = -1,
		.seconds = seconds < PASS_SECONDS_MOST ? (int)seconds : PASS_SECONDS_MOST, .stop = watcher ? watcher->stop : NULL,
		.is_gentle = watcher && watcher->is_gentle, .record = take_record, .data = &pass};
	e = media_job_run(&job, why);
	close(file);
	if (!e && !s->info.mime)
		e = why_set(why, E_IO, "the media child said nothing of it; is the file damaged?");
	s->info.n_bytes = info.st_size;
	if (!e && s->info.duration_ms > 0)
		s->bits_a_second = (int64_t)((double)info.st_size * 8000 / (double)s->info.duration_ms + 0.5);
	return e;
}

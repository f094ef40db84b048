/* SPDX-License-Identifier: MIT */
#include "transcripts/media_make.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/media_job.h"

enum {
	ROUNDS = 4,
	SECONDS_LEAST = 120, SECONDS_MOST = 24 * 3600, /* of processor time; encoders get ten times as long as it plays */
	ARTWORK_SECONDS = 60,
	SPARE_BYTES = 64 << 20,
};
static const double peak_ceiling_db = -1.0, first_margin_db = 0.3, close_enough_lu = 0.3, accepted_lu = 0.5,
	most_gain_db = 60.0;

struct making {
	struct media_job job;
	struct stat info;
	char *temporary;
	const struct media_watcher *watcher;
	struct media_rendition *rendition;
	struct media_artwork *artwork;
};

/* ---- records ---- */

static bool take_numbers(struct span *rest, int64_t *numbers, size_t n)
{
	struct span word;
	for (size_t i = 0; i < n; i++)
		if (!span_next_piece(rest, ' ', &word) || !span_to_i64(word, &numbers[i]) || numbers[i] < 0)
			return false;
	return true;
}

static bool take_segment(struct media_rendition *r, struct span value)
{
	int64_t numbers[3];
	if (!take_numbers(&value, numbers, 3) || r->n_segments >= 100000)
		return false;
	r->segments = mem_grow(r->segments, r->n_segments + 1, sizeof *r->segments);
	r->segments[r->n_segments++] = (struct media_segment){numbers[0], numbers[1], numbers[2]};
	return true;
}

static bool take_rendition(struct media_rendition *r, struct span value)
{
	int64_t sides[2];
	if (!take_numbers(&value, sides, 2) || sides[0] > 32768 || sides[1] > 32768 || value.n >= sizeof r->codecs)
		return false;
	for (size_t i = 0; i < value.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.,", value.p[i]))
			return false;
	r->width = (int)sides[0];
	r->height = (int)sides[1];
	snprintf(r->codecs, sizeof r->codecs, "%.*s", SPAN_ARG(value));
	return true;
}

static bool take_record(void *data, struct span key, struct span value)
{
	struct making *m = data;
	int64_t numbers[3];
	if (span_is(key, "progress")) {
		if (!take_numbers(&value, numbers, 1))
			return false;
		if (m->watcher && m->watcher->progress)
			m->watcher->progress(m->watcher->data, (int)numbers[0]);
		return true;
	}
	if (m->rendition && span_is(key, "segment"))
		return take_segment(m->rendition, value);
	if (m->rendition && span_is(key, "rendition"))
		return take_rendition(m->rendition, value);
	if (m->rendition && span_is(key, "init"))
		return take_numbers(&value, &m->rendition->init_bytes, 1);
	if (!m->artwork || !span_is(key, "artwork") || !take_numbers(&value, numbers, 3) || numbers[0] > 3000)
		return false;
	*m->artwork = (struct media_artwork){(int)numbers[0], (int)numbers[1], (int)numbers[2]};
	return true;
}

/* ---- one file from another ---- */

/* Opens both; the new one beside the place where it will be. */
static enum err begin(struct making *m, const char *from, const char *to, struct why *why)
{
	struct buf name = {0};
	const char *slash = strrchr(to, '/');
	enum err e = media_open(from, &m->job.file, &m->info, why);
	if (e)
		return e;
	buf_add(&name, to, slash ? (size_t)(slash - to + 1) : 0);
	buf_format(&name, ".%s.XXXXXX", slash ? slash + 1 : to);
	m->temporary = buf_take(&name);
	m->job.output = mkostemp(m->temporary, O_CLOEXEC);
	m->job.record = take_record;
	m->job.data = m;
	m->job.settings = "";
	m->job.stop = m->watcher ? m->watcher->stop : NULL;
	if (m->job.output >= 0)
		return OK;
	e = why_set(why, E_IO, "can't write beside %s: %s", to, strerror(errno));
	close(m->job.file);
	free(m->temporary);
	return e;
}

static enum err run(struct making *m, struct why *why)
{
	if (lseek(m->job.file, 0, SEEK_SET) || ftruncate(m->job.output, 0) || lseek(m->job.output, 0, SEEK_SET))
		return why_set(why, E_IO, "can't write %s: %s", m->temporary, strerror(errno));
	return media_job_run(&m->job, why);
}

static enum err put_in_place(const struct making *m, const char *to, struct why *why)
{
	struct stat old;
	/* As the one that it replaces, else as the one that it was made of. */
	mode_t mode = stat(to, &old) == 0 ? old.st_mode : m->info.st_mode;
	if (fchmod(m->job.output, mode & 0777) || fsync(m->job.output) || rename(m->temporary, to))
		return why_set(why, E_IO, "can't write %s: %s", to, strerror(errno));
	return OK;
}

static enum err finish(struct making *m, const char *to, enum err e, struct why *why)
{
	if (!e)
		e = put_in_place(m, to, why);
	if (e)
		unlink(m->temporary);
	close(m->job.file);
	close(m->job.output);
	free(m->temporary);
	return e;
}

static int seconds_for(int64_t duration_ms)
{
	int64_t seconds = SECONDS_LEAST + duration_ms / 100;
	return seconds < SECONDS_MOST ? (int)seconds : SECONDS_MOST;
}

/* ---- loudness ---- */

static enum err normalise(struct making *m, double target, const struct media_study *before, struct media_study *after,
	struct why *why)
{
	double gain = target - before->lufs, ceiling = peak_ceiling_db - first_margin_db;
	char settings[MEDIA_SETTINGS];
	m->job.work = MEDIA_NORMALISE;
	m->job.settings = settings;
	m->job.seconds = seconds_for(before->info.duration_ms);
	m->job.most_bytes = 2 * before->info.n_bytes + SPARE_BYTES;
	for (int round = 0; round < ROUNDS; round++) {
		snprintf(settings, sizeof settings, "%lld %lld", llround(gain * 1000), llround(ceiling * 1000));
		media_study_finish(after);
		enum err e = run(m, why);
		if (!e)
			e = media_study(m->temporary, m->watcher, after, NULL, why);
		if (e)
			return e;
		double off = target - after->lufs, over = after->true_peak_db - peak_ceiling_db;
		if (fabs(off) <= close_enough_lu && over <= 0)
			return OK;
		/* What the limiter took away is given back, what the encoder added is taken away. */
		gain += off;
		if (over > 0)
			ceiling -= over + 0.1;
		if (round == ROUNDS - 1 && fabs(off) <= accepted_lu && over <= 0)
			return OK;
	}
	return why_set(why, E_LIMIT, "%.1f LUFS can't be had with peaks below %.0f dBTP, only %.1f with %.1f; say a lower "
		"--target",
		target, peak_ceiling_db, after->lufs, after->true_peak_db);
}

enum err media_normalise(const char *from, const char *to, double target, const struct media_watcher *watcher,
	struct media_study *before, struct media_study *after, struct why *why)
{
	struct making m = {.watcher = watcher};
	media_study_init(before);
	media_study_init(after);
	enum err e = media_study(from, watcher, before, NULL, why);
	if (e)
		return e;
	if (!before->has_loudness || before->lufs <= MEDIA_SILENT_DB)
		return why_set(why, E_FORMAT, "it has no sound that can be measured; nothing to make louder");
	if (target - before->lufs > most_gain_db)
		return why_set(why, E_FORMAT, "at %.1f LUFS it is next to silence; nothing to make louder", before->lufs);
	e = begin(&m, from, to, why);
	return e ? e : finish(&m, to, normalise(&m, target, before, after, why), why);
}

/* ---- renditions ---- */

enum err media_rendition(const char *from, int height, const char *to, const struct media_watcher *watcher,
	struct media_rendition *r, struct why *why)
{
	struct making m = {.watcher = watcher, .rendition = r};
	struct media_info info;
	char settings[MEDIA_SETTINGS];
	*r = (struct media_rendition){0};
	enum err e = media_probe(from, &info, why);
	e = e ? e : begin(&m, from, to, why);
	if (e)
		return e;
	snprintf(settings, sizeof settings, "%d", height);
	m.job.work = MEDIA_RENDITION;
	m.job.settings = settings;
	m.job.seconds = seconds_for(info.duration_ms * 2);
	/* 20 Mb/s is more than any of these come to. */
	m.job.most_bytes = SPARE_BYTES + info.duration_ms * 2500 + info.n_bytes;
	e = run(&m, why);
	if (!e && (!r->n_segments || !r->width || !r->init_bytes))
		e = why_set(why, E_FORMAT, "it has no pictures that can be read");
	return finish(&m, to, e, why);
}

void media_rendition_finish(struct media_rendition *r)
{
	free(r->segments);
	*r = (struct media_rendition){0};
}

static void add_name(struct buf *out, const char *name)
{
	escape_url(out, span_of(name));
}

void media_rendition_playlist(const struct media_rendition *r, const char *name, struct buf *out)
{
	int64_t longest_ms = 1000;
	for (size_t i = 0; i < r->n_segments; i++)
		longest_ms = r->segments[i].ms > longest_ms ? r->segments[i].ms : longest_ms;
	buf_format(out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%lld\n#EXT-X-PLAYLIST-TYPE:VOD\n"
		"#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"", (long long)(longest_ms + 500) / 1000);
	add_name(out, name);
	buf_format(out, "\",BYTERANGE=\"%lld@0\"\n", (long long)r->init_bytes);
	for (size_t i = 0; i < r->n_segments; i++) {
		const struct media_segment *s = &r->segments[i];
		buf_format(out, "#EXTINF:%lld.%03lld,\n#EXT-X-BYTERANGE:%lld@%lld\n", (long long)(s->ms / 1000),
			(long long)(s->ms % 1000), (long long)s->n_bytes, (long long)s->at);
		add_name(out, name);
		buf_char(out, '\n');
	}
	buf_text(out, "#EXT-X-ENDLIST\n");
}

void media_rendition_master(const struct media_rendition *all, char *const *playlists, size_t n, struct buf *out)
{
	buf_text(out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
	for (size_t i = 0; i < n; i++) {
		int64_t bytes = 0, ms = 0, peak = 0;
		for (size_t k = 0; k < all[i].n_segments; k++) {
			const struct media_segment *s = &all[i].segments[k];
			int64_t bits = s->ms > 0 ? s->n_bytes * 8000 / s->ms : 0;
			bytes += s->n_bytes;
			ms += s->ms;
			peak = bits > peak ? bits : peak;
		}
		buf_format(out, "#EXT-X-STREAM-INF:BANDWIDTH=%lld,AVERAGE-BANDWIDTH=%lld,RESOLUTION=%dx%d,CODECS=\"%s\"\n",
			(long long)peak, (long long)(ms ? bytes * 8000 / ms : 0), all[i].width, all[i].height, all[i].codecs);
		add_name(out, playlists[i]);
		buf_char(out, '\n');
	}
}

/* ---- artwork ---- */

enum err media_artwork(const char *from, const char *to, bool is_png, struct media_artwork *a, struct why *why)
{
	struct making m = {.artwork = a};
	*a = (struct media_artwork){0};
	enum err e = begin(&m, from, to, why);
	if (e)
		return e;
	m.job.work = MEDIA_ARTWORK;
	m.job.settings = is_png ? "png" : "jpeg";
	m.job.seconds = ARTWORK_SECONDS;
	m.job.most_bytes = SPARE_BYTES;
	e = run(&m, why);
	if (!e && !a->side)
		e = why_set(why, E_IO, "the media child said nothing of it; is the file damaged?");
	return finish(&m, to, e, why);
}

/* SPDX-License-Identifier: MIT */
#include "server/tape.h"

#include <stdlib.h>

#include "audio/chapters.h"
#include "base/clock.h"
#include "base/mem.h"
#include "server/log.h"

struct window {
	const struct tape *tape;
	struct log_reader *log;
};

static enum err next_wanted(void *data, const struct event **ev, struct why *why)
{
	struct window *w = data;
	for (;;) {
		enum err e = log_reader_next(w->log, ev, why);
		if (e || (config_station_wants(w->tape->station, *ev) && filter_wants(w->tape->filter, *ev)))
			return e;
	}
}

static void progress(void *data, uint64_t done, uint64_t total)
{
	struct window *w = data;
	if (w->tape->progress)
		w->tape->progress(w->tape->data, done, total);
}

/* The names and addresses of the sources that the station listens to. */
static void write_sources(struct buf *out, const struct tape *t)
{
	for (size_t i = 0; i < t->config->n_sources; i++) {
		const struct config_source *s = &t->config->sources[i];
		if (config_list_passes(&t->station->source, span_of(s->name)))
			buf_format(out, "%s%s (%s)", out->n ? ", " : "", s->name, s->url);
	}
}

static enum err open_encoder(const struct tape *t, const struct chapters *chapters, struct encoder **encoder, struct why *why)
{
	struct buf title = {0}, date = {0}, comment = {0}, source = {0};
	time_format_iso(&date, t->from_ms);
	buf_format(&title, "%s, %s", t->station->title, date.p);
	buf_format(&comment, "Events from %s to ", date.p);
	time_format_iso(&comment, t->to_ms);
	if (t->speed != 1)
		buf_format(&comment, ", %g times as fast", t->speed);
	date.p[10] = '\0'; /* the day */
	write_sources(&source, t);
	const struct encoder_tags tags = {title.p, t->config->title, date.p, comment.p, source.p, chapters->items, chapters->n};
	enum err e = encoder_open_file(t->path, t->format, &tags, encoder, why);
	buf_finish(&title);
	buf_finish(&date);
	buf_finish(&comment);
	buf_finish(&source);
	return e;
}

static enum err record(struct window *w, struct render_job *job, struct render_result *result, struct why *why)
{
	const struct tape *t = w->tape;
	struct chapters chapters = {0};
	struct encoder *encoder = NULL;
	enum err e = log_reader_window(w->log, t->from_ms, t->to_ms, why);
	if (!e)
		e = chapters_find(job, t->station->title, &chapters, why);
	if (!e)
		e = log_reader_window(w->log, t->from_ms, t->to_ms, why);
	if (!e)
		e = open_encoder(t, &chapters, &encoder, why);
	if (!e)
		e = render_to(encoder, job, result, why);
	if (!e)
		e = encoder_finish(encoder, why);
	encoder_destroy(encoder);
	chapters_finish(&chapters);
	return e;
}

enum err tape_record(const struct tape *t, struct render_result *result, struct why *why)
{
	struct window window = {.tape = t};
	struct render_job job = {.from_ms = t->from_ms, .to_ms = t->to_ms, .speed = t->speed,
		.seed = (uint32_t)span_fnv(span_of(t->station->name)), .next = next_wanted, .data = &window, .progress = progress, .stop = t->stop};
	enum err e = log_reader_open(t->var, &window.log, why);
	if (e == E_GONE)
		return why_set(why, e, "%s holds no events yet; run carillon serve for a while, or carillon replay", t->var);
	if (e)
		return e;
	job.score = score_create(t->station->score);
	e = record(&window, &job, result, why);
	score_destroy(job.score);
	log_reader_close(window.log);
	return e;
}

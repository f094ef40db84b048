/* Events are played at (time - from) / speed; the score sees that time too, so that its cap counts what one hears.
 * SPDX-License-Identifier: MIT */
#include "audio/render.h"

#include <math.h>
#include <stdlib.h>

#include "audio/synth/synth.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
	BLOCK = 480,
	FRAMES_A_MS = SYNTH_RATE / 1000,
	TAIL_MAX = 15 * SYNTH_RATE,
	PROGRESS_US = 100000,
};

/* Rounds to zero in 16 bits. */
#define SILENT (0.5f / 32768)

struct rendering {
	const struct render_job *job;
	struct render_result *result;
	struct synth *synth;
	const struct event *ahead; /* read, but not its turn yet */
	bool ended;                /* no more events */
	uint64_t window;           /* frames */
	uint64_t last_note;        /* frame of the latest note so far */
	int64_t told_us;
};

static int64_t playing_ms(const struct render_job *job, const struct event *ev)
{
	return (int64_t)floor((double)(ev->time_ms - job->from_ms) / job->speed);
}

static void play(struct rendering *r, const struct event *ev)
{
	struct note notes[SCORE_NOTES_MAX];
	size_t n = score_play(r->job->score, ev, playing_ms(r->job, ev), notes);
	r->result->events++;
	for (size_t i = 0; i < n; i++) {
		struct synth_note note = {
			.frame = notes[i].at_ms > 0 ? (uint64_t)notes[i].at_ms * FRAMES_A_MS : 0,
			.instrument = notes[i].instrument,
			.key = notes[i].key,
			.level = notes[i].level,
			.pan = notes[i].pan,
		};
		if (!synth_note(r->synth, &note)) {
			r->result->notes_dropped++;
			continue;
		}
		r->result->notes++;
		r->last_note = note.frame > r->last_note ? note.frame : r->last_note;
	}
}

/* Plays every event whose turn comes before the frame. */
static enum err play_until(struct rendering *r, uint64_t frame, struct why *why)
{
	while (!r->ended) {
		if (!r->ahead) {
			enum err e = r->job->next(r->job->data, &r->ahead, why);
			if (e == E_GONE) {
				r->ended = true;
				break;
			}
			if (e)
				return e;
		}
		int64_t at_ms = playing_ms(r->job, r->ahead);
		if (at_ms >= 0 && (uint64_t)at_ms * FRAMES_A_MS >= frame)
			break;
		play(r, r->ahead);
		r->ahead = NULL;
	}
	return OK;
}

static float peak_of(const float *block, size_t n)
{
	float peak = 0;
	for (size_t i = 0; i < n * 2; i++)
		peak = fmaxf(peak, fabsf(block[i]));
	return peak;
}

static void tell_progress(struct rendering *r)
{
	if (!r->job->progress)
		return;
	int64_t now = clock_mono_us();
	if (now - r->told_us < PROGRESS_US)
		return;
	r->told_us = now;
	uint64_t done = r->result->frames;
	r->job->progress(r->job->data, done < r->window ? done : r->window, r->window);
}

/* The window is as long as it was asked for, silent or not; the tail ends when nothing sounds any more. */
static enum err render_blocks(struct rendering *r, struct encoder *encoder, struct why *why)
{
	float block[BLOCK * 2], peak = 0;
	uint64_t end = r->window + TAIL_MAX;
	for (;;) {
		uint64_t at = r->result->frames;
		bool is_quiet = peak < SILENT && synth_voices(r->synth) == 0 && r->ended && at > r->last_note;
		if (at >= end || (at >= r->window && is_quiet))
			return OK;
		if (r->job->stop && atomic_load(r->job->stop))
			return why_set(why, E_GONE, "it was stopped");
		uint64_t limit = at < r->window ? r->window : end;
		size_t n = limit - at < BLOCK ? (size_t)(limit - at) : BLOCK;
		enum err e = play_until(r, at + n, why);
		if (e)
			return e;
		synth_render(r->synth, block, n);
		peak = peak_of(block, n);
		r->result->peak = fmaxf(r->result->peak, peak);
		e = encoder_write(encoder, block, n, why);
		if (e)
			return e;
		r->result->frames += n;
		tell_progress(r);
	}
}

enum err render_to(struct encoder *encoder, const struct render_job *job, struct render_result *result, struct why *why)
{
	ASSERT(job->speed > 0 && job->to_ms >= job->from_ms);
	*result = (struct render_result){0};
	struct rendering r = {.job = job, .result = result, .told_us = clock_mono_us()};
	r.window = (uint64_t)ceil((double)(job->to_ms - job->from_ms) / job->speed * FRAMES_A_MS);
	r.synth = mem_new(1, synth_size());
	synth_init(r.synth, job->seed);
	enum err e = render_blocks(&r, encoder, why);
	free(r.synth);
	return e;
}

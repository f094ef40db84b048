/* Policies of the three rings:
 *   commands: a dozen at most are under way; full means that the thread is stuck, and the caller says so.
 *   notes: full -> the note isn't taken; the station counts it.
 *   made: full (the loop doesn't collect) -> pages are dropped and counted; the start or end of a format is kept until
 *   there is room, because what follows makes no sense without it.
 * SPDX-License-Identifier: MIT */
#include "audio/station_thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/ring.h"

enum {
	BLOCK_US = 10000,
	BEHIND_US = 1000000, /* a process that was stopped goes on from now instead of rendering what nobody heard */
	PACK_FRAMES = STATION_BLOCK * STATION_MADE_BLOCKS,
	HISTORY_FRAMES = PACK_FRAMES * STATION_BURST,
	NOTES = 1024,
	COMMANDS = 64,
	MADE = 512,
};

enum command_kind { COMMAND_ENCODE, COMMAND_DROP, COMMAND_EXIT };
struct command {
	enum command_kind kind;
	enum encoder_format format;
	uint32_t run;
};

/* A made thing on its way, with the counts as they were. */
struct sent {
	struct made made;
	struct thread_counts counts;
};

enum stream_state { STREAM_OFF, STREAM_STARTING, STREAM_RUNNING, STREAM_FAILED };
struct stream {
	enum stream_state state; /* starting and failed last until the loop could be told */
	uint32_t run;
	struct encoder *encoder;
	struct buf header, pages; /* since the last pack */
	struct why why;
};

struct station_thread {
	struct ring commands, notes, made;
	pthread_t id;
	char *title;
	uint32_t seed;
	void (*wake)(void *data);
	void *wake_data;
	int64_t start_us; /* monotonic time of frame 0; the thread's own once it runs */
	/* from here on the audio thread's own */
	struct synth *synth;
	uint64_t blocks;
	float *history;   /* the last HISTORY_FRAMES, a circle in whole packs */
	size_t history_at; /* frames */
	struct stream streams[STATION_FORMATS];
	struct thread_counts counts;
};

/* --- the audio thread --- */

static bool send(struct station_thread *t, struct made made)
{
	struct sent sent = {made, t->counts};
	return ring_push(&t->made, &sent);
}

static void sink(void *data, struct span bytes, bool is_header)
{
	struct stream *s = data;
	buf_span(is_header ? &s->header : &s->pages, bytes);
}

static void close_stream(struct stream *s)
{
	encoder_destroy(s->encoder);
	s->encoder = NULL;
	buf_finish(&s->header);
	buf_finish(&s->pages);
	s->state = STREAM_OFF;
}

/* What a stream has to say since the last pack, in the order in which the loop must hear it. */
static void hand_over(struct station_thread *t, enum encoder_format format)
{
	struct stream *s = &t->streams[format];
	struct made made = {.format = format, .run = s->run};
	if (s->state == STREAM_STARTING) {
		made.kind = MADE_START;
		made.msg = s->header.n ? msg_from(buf_view(&s->header)) : NULL;
		if (!send(t, made)) {
			msg_unref(made.msg);
			buf_clear(&s->pages);
			t->counts.pages_dropped++;
			return;
		}
		s->state = STREAM_RUNNING;
	}
	if (s->state == STREAM_RUNNING && s->pages.n) {
		made.kind = MADE_PAGES;
		made.msg = msg_from(buf_view(&s->pages));
		if (!send(t, made)) {
			msg_unref(made.msg);
			t->counts.pages_dropped++;
		}
		buf_clear(&s->pages);
	}
	if (s->state == STREAM_FAILED) {
		made.kind = MADE_FAILED;
		made.msg = NULL;
		made.why = s->why;
		if (send(t, made))
			close_stream(s);
	}
}

static void encode(struct stream *s, const float *frames, size_t n)
{
	if (s->state != STREAM_STARTING && s->state != STREAM_RUNNING)
		return;
	if (encoder_write(s->encoder, frames, n, &s->why))
		s->state = STREAM_FAILED;
}

/* The format starts with the last 2 s, so that a player has its buffer full at once. */
static void open_stream(struct station_thread *t, const struct command *c)
{
	struct stream *s = &t->streams[c->format];
	close_stream(s);
	s->run = c->run;
	s->state = STREAM_STARTING;
	const struct encoder_tags tags = {.title = t->title};
	if (encoder_open_stream(c->format, &tags, sink, s, &s->encoder, &s->why)) {
		s->state = STREAM_FAILED;
		return;
	}
	/* Oldest first: the circle from where the next frame goes. */
	for (size_t done = 0; done < HISTORY_FRAMES; done += STATION_BLOCK) {
		size_t at = (t->history_at + done) % HISTORY_FRAMES;
		encode(s, t->history + at * 2, STATION_BLOCK);
		if ((done / STATION_BLOCK + 1) % STATION_MADE_BLOCKS == 0)
			hand_over(t, c->format);
	}
}

/* False when it was told to end. */
static bool obey(struct station_thread *t)
{
	struct command c;
	while (ring_pop(&t->commands, &c)) {
		if (c.kind == COMMAND_EXIT)
			return false;
		if (c.kind == COMMAND_ENCODE)
			open_stream(t, &c);
		else
			close_stream(&t->streams[c.format]);
	}
	return true;
}

static void take_notes(struct station_thread *t)
{
	struct timed_note n;
	while (ring_pop(&t->notes, &n)) {
		int64_t after_us = n.mono_us - t->start_us;
		n.note.frame = after_us > 0 ? (uint64_t)after_us * (SYNTH_RATE / 1000) / 1000 : 0;
		if (!synth_note(t->synth, &n.note))
			t->counts.notes_refused++;
	}
}

static void render_block(struct station_thread *t)
{
	float *block = t->history + t->history_at * 2;
	synth_render(t->synth, block, STATION_BLOCK);
	t->history_at = (t->history_at + STATION_BLOCK) % HISTORY_FRAMES;
	for (size_t f = 0; f < STATION_FORMATS; f++)
		encode(&t->streams[f], block, STATION_BLOCK);
	t->blocks++;
	if (t->blocks % STATION_MADE_BLOCKS)
		return;
	for (size_t f = 0; f < STATION_FORMATS; f++)
		hand_over(t, (enum encoder_format)f);
	t->wake(t->wake_data);
}

/* By what is left rather than by absolute time, so that clock.h stays the only clock. Nothing adds up: each block's due
 * time is reckoned from the start. */
static void sleep_until(int64_t mono_us)
{
	for (int64_t left; (left = mono_us - clock_mono_us()) > 0;)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){left / 1000000, left % 1000000 * 1000}, NULL);
}

static void *run(void *data)
{
	struct station_thread *t = data;
	for (;;) {
		int64_t due = t->start_us + (int64_t)t->blocks * BLOCK_US;
		sleep_until(due);
		if (!obey(t))
			break;
		take_notes(t);
		int64_t late = clock_mono_us() - due;
		if (late > BLOCK_US)
			t->counts.late_blocks++;
		if (late > BEHIND_US)
			t->start_us += late;
		render_block(t);
	}
	for (size_t f = 0; f < STATION_FORMATS; f++)
		close_stream(&t->streams[f]);
	while (!send(t, (struct made){.kind = MADE_EXIT}))
		sleep_until(clock_mono_us() + BLOCK_US);
	t->wake(t->wake_data);
	return NULL;
}

/* --- the loop thread --- */

static void destroy(struct station_thread *t)
{
	ring_finish(&t->commands);
	ring_finish(&t->notes);
	ring_finish(&t->made);
	free(t->synth);
	free(t->history);
	free(t->title);
	free(t);
}

enum err station_thread_start(const char *title, uint32_t seed, void (*wake)(void *data), void *data,
	struct station_thread **thread, struct why *why)
{
	struct station_thread *t = mem_new(1, sizeof *t);
	ring_init(&t->commands, COMMANDS, sizeof(struct command));
	ring_init(&t->notes, NOTES, sizeof(struct timed_note));
	ring_init(&t->made, MADE, sizeof(struct sent));
	t->title = mem_strdup(title);
	t->wake = wake;
	t->wake_data = data;
	t->synth = mem_new(1, synth_size());
	synth_init(t->synth, seed);
	t->history = mem_new(HISTORY_FRAMES * 2, sizeof *t->history);
	t->start_us = clock_mono_us();
	/* Signals are the loop's. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = pthread_create(&t->id, NULL, run, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code) {
		destroy(t);
		return why_set(why, E_IO, "can't start a thread for the station's sound: %s", strerror(code));
	}
	pthread_setname_np(t->id, "station");
	*thread = t;
	return OK;
}

static enum err command(struct station_thread *t, struct command c)
{
	return ring_push(&t->commands, &c) ? OK : E_FULL;
}

enum err station_thread_encode(struct station_thread *t, enum encoder_format format, uint32_t run_number)
{
	return command(t, (struct command){COMMAND_ENCODE, format, run_number});
}

enum err station_thread_drop(struct station_thread *t, enum encoder_format format)
{
	return command(t, (struct command){COMMAND_DROP, format, 0});
}

enum err station_thread_exit(struct station_thread *t)
{
	return command(t, (struct command){.kind = COMMAND_EXIT});
}

enum err station_thread_note(struct station_thread *t, const struct timed_note *note)
{
	return ring_push(&t->notes, note) ? OK : E_FULL;
}

bool station_thread_take(struct station_thread *t, struct made *out, struct thread_counts *counts)
{
	struct sent sent;
	if (!ring_pop(&t->made, &sent))
		return false;
	*out = sent.made;
	*counts = sent.counts;
	return true;
}

void station_thread_join(struct station_thread *t)
{
	pthread_join(t->id, NULL);
	struct made left;
	struct thread_counts counts;
	while (station_thread_take(t, &left, &counts))
		msg_unref(left.msg);
	destroy(t);
}

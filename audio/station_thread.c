/* Policies of the rings:
 *   commands: a dozen at most are under way; full means that the thread is stuck, and the caller says so.
 *   blocks: full (the encoder got no processor for two seconds) -> the block is dropped and counted.
 *   made: full (the loop doesn't collect) -> pages are dropped and counted; the start or end of a format is kept until
 *   there is room, because what follows makes no sense without it.
 *   notes: station_render.h.
 * SPDX-License-Identifier: MIT */
#include "audio/station_thread.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/ring.h"

enum {
	BEHIND_US = 1000000, /* a process that was stopped goes on from now instead of rendering what nobody heard */
	CATCH_UP_BLOCKS = 2 * STATION_HISTORY_BLOCKS, /* a machine that hasn't caught up by then is too slow, and it shows */
	BLOCKS = 256,
	COMMANDS = 64,
	MADE = 256,
	ENCODER_NICE = 2, /* where processors are short, an encoder's second can wait; a block's 10 ms can't */
};

enum command_kind { COMMAND_ENCODE, COMMAND_DROP, COMMAND_EXIT };
struct command {
	enum command_kind kind;
	enum encoder_format format;
	uint32_t run;
};

struct block {
	int64_t due_us;
	uint64_t late, refused, dropped; /* cumulative, of the rendering thread */
	float frames[STATION_BLOCK * 2];
};

/* A made thing on its way, with the counts as they were. */
struct sent {
	struct made made;
	struct thread_counts counts;
};

enum stream_state { STREAM_OFF, STREAM_STARTING, STREAM_RUNNING, STREAM_FAILED };
struct stream {
	struct station_thread *thread;
	enum encoder_format format;
	enum stream_state state; /* starting and failed last until the loop could be told */
	uint32_t run;
	struct encoder *encoder;
	struct buf header, pages; /* since the last pack */
	int64_t pages_us;         /* when they begin */
	uint64_t segments;        /* HLS: made so far */
	int64_t start_us;         /* when its first frame was due */
	struct why why;
};

struct station_thread {
	struct ring commands, blocks, made;
	struct ring stop; /* one item in it: the rendering thread ends */
	sem_t work;       /* for the encoding thread: a command, or a pack's blocks */
	pthread_t renderer, encoder;
	struct station_render *render;
	char *title;
	void (*wake)(void *data);
	void *wake_data;
	/* the rendering thread's own */
	struct block block;
	/* from here on the encoding thread's own */
	struct block *history; /* the last ones, a circle */
	uint64_t n_history;    /* so many were put in */
	struct stream streams[STATION_FORMATS];
	struct thread_counts counts;
};

/* --- the rendering thread --- */

/* By what is left rather than by absolute time, so that clock.h stays the only clock. Nothing adds up: each block's due
 * time is reckoned from the start. False: it was late already. */
static bool sleep_until(int64_t mono_us)
{
	int64_t left = mono_us - clock_mono_us();
	if (left < 0)
		return false;
	for (; left > 0; left = mono_us - clock_mono_us())
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){left / 1000000, left % 1000000 * 1000}, NULL);
	return true;
}

static void *render_run(void *data)
{
	struct station_thread *t = data;
	struct block *b = &t->block;
	char stop;
	bool is_catching_up = true; /* the time before the start is nobody's fault */
	for (uint64_t n = 1; !ring_pop(&t->stop, &stop); n++) {
		b->due_us = station_render_due_us(t->render);
		is_catching_up &= !sleep_until(b->due_us) && n < CATCH_UP_BLOCKS;
		int64_t late = clock_mono_us() - b->due_us;
		b->late += late > STATION_BLOCK_US && !is_catching_up;
		if (late > BEHIND_US && !is_catching_up) {
			station_render_postpone(t->render, late);
			b->due_us += late;
		}
		station_render_block(t->render, b->frames);
		b->refused = station_render_refused(t->render);
		bool is_taken = ring_push(&t->blocks, b);
		for (; is_catching_up && !is_taken && !ring_peek(&t->stop); is_taken = ring_push(&t->blocks, b))
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		b->dropped += !is_taken;
		if (n % STATION_PACK_BLOCKS == 0)
			sem_post(&t->work);
	}
	return NULL;
}

/* --- the encoding thread --- */

static bool send(struct station_thread *t, struct made made)
{
	struct sent sent = {made, t->counts};
	return ring_push(&t->made, &sent);
}

static void close_stream(struct stream *s)
{
	encoder_destroy(s->encoder);
	s->encoder = NULL;
	buf_finish(&s->header);
	buf_finish(&s->pages);
	s->state = STREAM_OFF;
}

/* What a stream has to say since the last time, in the order in which the loop must hear it. */
static void hand_over(struct stream *s)
{
	struct station_thread *t = s->thread;
	struct made made = {.format = s->format, .run = s->run};
	if (s->state == STREAM_STARTING) {
		made.kind = MADE_START;
		made.msg = s->header.n ? msg_from(buf_view(&s->header)) : NULL;
		if (!send(t, made)) {
			msg_unref(made.msg);
			t->counts.pages_dropped += s->pages.n > 0;
			buf_clear(&s->pages);
			return;
		}
		s->state = STREAM_RUNNING;
	}
	if (s->state == STREAM_RUNNING && s->pages.n) {
		made.kind = MADE_PAGES;
		made.msg = msg_from(buf_view(&s->pages));
		made.mono_us = s->pages_us;
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

/* Opus and MP3 come in small pages that leave in packs; of HLS each call brings a whole segment. */
static void sink(void *data, struct span bytes, bool is_header)
{
	struct stream *s = data;
	buf_span(is_header ? &s->header : &s->pages, bytes);
	if (s->format != ENCODER_HLS || is_header)
		return;
	s->pages_us = s->start_us + (int64_t)(s->segments++ * ENCODER_SEGMENT_FRAMES * 1000000 / SYNTH_RATE);
	hand_over(s);
}

static void encode(struct stream *s, const struct block *b)
{
	if (s->state != STREAM_STARTING && s->state != STREAM_RUNNING)
		return;
	if (s->format != ENCODER_HLS && !s->pages.n)
		s->pages_us = b->due_us;
	if (encoder_write(s->encoder, b->frames, STATION_BLOCK, &s->why))
		s->state = STREAM_FAILED;
}

static struct block *history_at(struct station_thread *t, uint64_t n)
{
	return &t->history[n % STATION_HISTORY_BLOCKS];
}

/* The format starts with the last 4 s, so that a player has its buffer full at once. */
static void open_stream(struct station_thread *t, const struct command *c)
{
	struct stream *s = &t->streams[c->format];
	close_stream(s);
	s->thread = t;
	s->format = c->format;
	s->run = c->run;
	s->segments = 0;
	s->state = STREAM_STARTING;
	const struct encoder_tags tags = {.title = t->title};
	if (encoder_open_stream(c->format, &tags, sink, s, &s->encoder, &s->why)) {
		s->state = STREAM_FAILED;
		return;
	}
	s->start_us = history_at(t, t->n_history)->due_us;
	for (uint64_t n = t->n_history - STATION_HISTORY_BLOCKS; n < t->n_history; n++) {
		encode(s, history_at(t, n));
		if ((n + 1) % STATION_PACK_BLOCKS == 0)
			hand_over(s);
	}
	t->wake(t->wake_data);
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

static void encode_blocks(struct station_thread *t)
{
	struct block *b = history_at(t, t->n_history);
	int64_t before_us = t->n_history ? history_at(t, t->n_history - 1)->due_us : 0;
	while (ring_pop(&t->blocks, b)) {
		t->counts.late_blocks = b->late;
		t->counts.notes_refused = b->refused;
		t->counts.blocks_dropped = b->dropped;
		t->n_history++;
		for (size_t f = 0; f < STATION_FORMATS; f++) {
			/* After a pause of the whole machine, or a lost block, what follows is later than it was reckoned to be. */
			t->streams[f].start_us += b->due_us - before_us - STATION_BLOCK_US;
			encode(&t->streams[f], b);
		}
		before_us = b->due_us;
		if (t->n_history % STATION_PACK_BLOCKS == 0) {
			for (size_t f = 0; f < STATION_FORMATS; f++)
				hand_over(&t->streams[f]);
			t->wake(t->wake_data);
		}
		b = history_at(t, t->n_history);
	}
}

static void *encode_run(void *data)
{
	struct station_thread *t = data;
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), ENCODER_NICE);
	do {
		while (sem_wait(&t->work))
			;
		encode_blocks(t);
	} while (t->n_history < STATION_HISTORY_BLOCKS || obey(t));
	ring_push(&t->stop, "");
	pthread_join(t->renderer, NULL);
	for (size_t f = 0; f < STATION_FORMATS; f++)
		close_stream(&t->streams[f]);
	while (!send(t, (struct made){.kind = MADE_EXIT}))
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	t->wake(t->wake_data);
	return NULL;
}

/* --- the loop thread --- */

static void destroy(struct station_thread *t)
{
	ring_finish(&t->commands);
	ring_finish(&t->blocks);
	ring_finish(&t->made);
	ring_finish(&t->stop);
	sem_destroy(&t->work);
	station_render_destroy(t->render);
	free(t->history);
	free(t->title);
	free(t);
}

/* Signals are the loop's. */
static int start_thread(pthread_t *id, const char *name, void *(*run)(void *data), void *data)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = pthread_create(id, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!code)
		pthread_setname_np(*id, name);
	return code;
}

enum err station_thread_start(const char *title, uint32_t seed, void (*wake)(void *data), void *data,
	struct station_thread **thread, struct why *why)
{
	struct station_thread *t = mem_new(1, sizeof *t);
	ring_init(&t->commands, COMMANDS, sizeof(struct command));
	ring_init(&t->blocks, BLOCKS, sizeof(struct block));
	ring_init(&t->made, MADE, sizeof(struct sent));
	ring_init(&t->stop, 1, 1);
	sem_init(&t->work, 0, 0);
	t->title = mem_strdup(title);
	t->wake = wake;
	t->wake_data = data;
	t->history = mem_new(STATION_HISTORY_BLOCKS, sizeof *t->history);
	t->render = station_render_create(seed, clock_mono_us() - STATION_HISTORY_US);
	int code = start_thread(&t->renderer, "station", render_run, t);
	if (!code && (code = start_thread(&t->encoder, "encoder", encode_run, t))) {
		ring_push(&t->stop, "");
		pthread_join(t->renderer, NULL);
	}
	if (code) {
		destroy(t);
		return why_set(why, E_IO, "can't start a thread for the station's sound: %s", strerror(code));
	}
	*thread = t;
	return OK;
}

static enum err command(struct station_thread *t, struct command c)
{
	if (!ring_push(&t->commands, &c))
		return E_FULL;
	sem_post(&t->work);
	return OK;
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
	return station_render_note(t->render, note);
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
	pthread_join(t->encoder, NULL);
	struct made left;
	struct thread_counts counts;
	while (station_thread_take(t, &left, &counts))
		msg_unref(left.msg);
	destroy(t);
}

/* The loop's side of a station. Each format has a feed: a window of the last packs of pages, numbered without end; a
 * listener is a number in it. New listeners start a burst behind the newest. A format is dropped, and the thread ended,
 * once nobody has listened for GRACE_MS: a player that reconnects finds everything running.
 * SPDX-License-Identifier: MIT */
#include "audio/station.h"

#include <stdlib.h>
#include <time.h>

#include "audio/station_thread.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"

enum {
	WINDOW = 128,        /* packs of 100 ms */
	LEAD_US = 250000,
	GRACE_MS = 3000,
	RETRY_MS = 1000,     /* after a format failed */
	AHEAD_US = 20000000, /* a note further ahead than this, beyond smoothing and strums, is a fault of a clock */
	CLOCK_JUMP_US = 20000,
};

struct feed {
	bool on;             /* the thread was asked for it */
	bool started;        /* and it came; header is valid */
	uint32_t run;
	struct msg *header;  /* NULL: this format has none */
	struct msg *packs[WINDOW];
	uint64_t first, next; /* numbers of the oldest kept and of the one to come */
	int64_t idle_since_ms; /* when the last listener left or it failed */
	bool has_failed;
	size_t n_listeners;
};

struct station_listener {
	struct station *station; /* NULL: the station has gone */
	enum encoder_format format;
	uint64_t cursor;
	bool needs_header;
	bool has_left; /* while others are being told: freed after that */
	void (*available)(void *data);
	void *data;
	struct station_listener *previous, *next;
};

struct station {
	char *title;
	uint32_t seed;
	void (*wake)(void *data);
	void *wake_data;
	struct station_thread *thread;
	bool is_ending; /* the thread was asked to exit */
	bool is_telling;
	struct feed feeds[STATION_FORMATS];
	struct station_listener *listeners;
	uint32_t runs;
	int64_t wall_to_mono_us;
	uint64_t notes_dropped, skips;
	struct thread_counts past, now; /* of the threads before, of this one */
};

struct station *station_create(const char *title, uint32_t seed, void (*wake)(void *data), void *data)
{
	struct station *s = mem_new(1, sizeof *s);
	s->title = mem_strdup(title);
	s->seed = seed;
	s->wake = wake;
	s->wake_data = data;
	return s;
}

static void empty_window(struct feed *f)
{
	for (uint64_t i = f->first; i < f->next; i++)
		msg_unref(f->packs[i % WINDOW]);
	f->first = f->next;
	msg_unref(f->header);
	f->header = NULL;
	f->started = false;
}

/* Everything that the thread made is taken while waiting, so that it can't be stuck on a full ring. */
static void end_thread_now(struct station *s)
{
	bool is_told = s->is_ending;
	struct made made = {.kind = MADE_PAGES};
	while (made.kind != MADE_EXIT) {
		if (!is_told)
			is_told = station_thread_exit(s->thread) == OK;
		if (station_thread_take(s->thread, &made, &s->now))
			msg_unref(made.msg);
		else
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	station_thread_join(s->thread);
	s->thread = NULL;
}

void station_destroy(struct station *s)
{
	if (!s)
		return;
	ASSERT(!s->is_telling);
	if (s->thread)
		end_thread_now(s);
	for (struct station_listener *l = s->listeners; l; l = l->next)
		l->station = NULL; /* its owner still leaves, later */
	for (size_t f = 0; f < STATION_FORMATS; f++)
		empty_window(&s->feeds[f]);
	free(s->title);
	free(s);
}

/* Notes of one batch must keep their distances: the offset between the two clocks is kept until one of them jumps. */
static int64_t mono_of(struct station *s, int64_t wall_ms)
{
	int64_t offset = clock_mono_us() - clock_wall_ms() * 1000;
	if (llabs(offset - s->wall_to_mono_us) > CLOCK_JUMP_US)
		s->wall_to_mono_us = offset;
	return wall_ms * 1000 + s->wall_to_mono_us;
}

void station_note(struct station *s, const struct note *note)
{
	if (!s->thread || s->is_ending)
		return;
	struct timed_note timed = {mono_of(s, note->at_ms) + LEAD_US,
		{.instrument = note->instrument, .key = note->key, .level = note->level, .pan = note->pan}};
	if (timed.mono_us > clock_mono_us() + AHEAD_US || station_thread_note(s->thread, &timed))
		s->notes_dropped++;
}

static enum err ensure_format(struct station *s, enum encoder_format format, struct why *why)
{
	struct feed *f = &s->feeds[format];
	if (!s->thread) {
		enum err e = station_thread_start(s->title, s->seed, s->wake, s->wake_data, &s->thread, why);
		if (e)
			return e;
		s->is_ending = false;
	}
	if (f->on || s->is_ending) /* an ending thread is followed by another: station_collect */
		return OK;
	if (station_thread_encode(s->thread, format, ++s->runs))
		return why_set(why, E_FULL, "the station's audio thread doesn't answer; try again later");
	f->on = true;
	f->has_failed = false;
	f->run = s->runs;
	empty_window(f);
	return OK;
}

static uint64_t burst(const struct feed *f)
{
	uint64_t n = f->next - f->first;
	return f->next - (n < STATION_BURST ? n : STATION_BURST);
}

enum err station_listen(struct station *s, enum encoder_format format, void (*available)(void *data), void *data,
	struct station_listener **listener, struct why *why)
{
	if (format != ENCODER_OPUS && format != ENCODER_MP3)
		return why_set(why, E_FORMAT, "no endless %s; there are Opus and MP3", encoder_mime(format));
	enum err e = ensure_format(s, format, why);
	if (e)
		return e;
	struct feed *f = &s->feeds[format];
	struct station_listener *l = mem_new(1, sizeof *l);
	*l = (struct station_listener){.station = s, .format = format, .cursor = burst(f), .needs_header = true,
		.available = available, .data = data, .next = s->listeners};
	if (l->next)
		l->next->previous = l;
	s->listeners = l;
	f->n_listeners++;
	*listener = l;
	return OK;
}

static void unlink_listener(struct station_listener *l)
{
	if (l->previous)
		l->previous->next = l->next;
	else
		l->station->listeners = l->next;
	if (l->next)
		l->next->previous = l->previous;
	free(l);
}

void station_leave(struct station_listener *l)
{
	if (!l)
		return;
	if (!l->station) {
		free(l);
		return;
	}
	struct feed *f = &l->station->feeds[l->format];
	if (--f->n_listeners == 0)
		f->idle_since_ms = clock_mono_ms();
	if (l->station->is_telling)
		l->has_left = true;
	else
		unlink_listener(l);
}

struct msg *station_take(struct station_listener *l)
{
	if (!l->station)
		return NULL;
	struct feed *f = &l->station->feeds[l->format];
	if (!f->started)
		return NULL;
	if (l->needs_header) {
		l->needs_header = false;
		if (f->header)
			return msg_ref(f->header);
	}
	if (l->cursor < f->first) {
		l->cursor = burst(f);
		l->station->skips++;
	}
	return l->cursor < f->next ? msg_ref(f->packs[l->cursor++ % WINDOW]) : NULL;
}

static void begin_feed(struct station *s, struct feed *f, enum encoder_format format, struct msg *header)
{
	empty_window(f);
	f->header = header;
	f->started = true;
	for (struct station_listener *l = s->listeners; l; l = l->next)
		if (l->format == format) {
			l->cursor = f->next;
			l->needs_header = true;
		}
}

static void add_pack(struct feed *f, struct msg *pack)
{
	if (f->next - f->first == WINDOW)
		msg_unref(f->packs[f->first++ % WINDOW]);
	f->packs[f->next++ % WINDOW] = pack;
}

static void end_thread(struct station *s)
{
	station_thread_join(s->thread);
	s->thread = NULL;
	s->is_ending = false;
	s->past.late_blocks += s->now.late_blocks;
	s->past.notes_refused += s->now.notes_refused;
	s->past.pages_dropped += s->now.pages_dropped;
	s->now = (struct thread_counts){0};
	for (size_t f = 0; f < STATION_FORMATS; f++) {
		s->feeds[f].on = false;
		empty_window(&s->feeds[f]);
	}
}

static void accept_made(struct station *s, const struct made *made)
{
	struct feed *f = &s->feeds[made->format];
	if (!f->on || f->run != made->run) { /* of a format that was dropped since */
		msg_unref(made->msg);
		return;
	}
	switch (made->kind) {
	case MADE_START:
		begin_feed(s, f, made->format, made->msg);
		break;
	case MADE_PAGES:
		add_pack(f, made->msg);
		break;
	case MADE_FAILED:
		DIAG(DIAG_ERROR, "station", "%s: no %s: %s", s->title, encoder_mime(made->format), made->why.text);
		f->on = false;
		f->has_failed = true;
		f->idle_since_ms = clock_mono_ms();
		empty_window(f);
		break;
	case MADE_EXIT:
		break;
	}
}

/* Starts formats that listeners wait for, drops those that nobody has listened to for a while, and the thread after the
 * last of them. A command that finds no room is tried again at the next call. */
static void settle(struct station *s)
{
	int64_t now = clock_mono_ms();
	bool is_needed = false;
	for (size_t i = 0; i < STATION_FORMATS; i++) {
		struct feed *f = &s->feeds[i];
		bool is_over = now - f->idle_since_ms >= (f->has_failed ? RETRY_MS : GRACE_MS);
		struct why why;
		if (f->n_listeners && !f->on && (!f->has_failed || is_over) &&
		    ensure_format(s, (enum encoder_format)i, &why))
			DIAG(DIAG_ERROR, "station", "%s: %s", s->title, why.text);
		if (!f->n_listeners && f->on && is_over && s->thread && !s->is_ending &&
		    station_thread_drop(s->thread, (enum encoder_format)i) == OK) {
			f->on = false;
			empty_window(f);
		}
		is_needed |= f->on || f->n_listeners;
	}
	if (s->thread && !s->is_ending && !is_needed)
		s->is_ending = station_thread_exit(s->thread) == OK;
}

static bool has_something(const struct station_listener *l)
{
	const struct feed *f = &l->station->feeds[l->format];
	return f->started && ((l->needs_header && f->header) || l->cursor < f->next);
}

/* A listener's answer may be to leave, or to make others leave or come. */
static void tell(struct station *s)
{
	s->is_telling = true;
	for (struct station_listener *l = s->listeners; l; l = l->next)
		if (!l->has_left && has_something(l))
			l->available(l->data);
	s->is_telling = false;
	for (struct station_listener *l = s->listeners, *next; l; l = next) {
		next = l->next;
		if (l->has_left)
			unlink_listener(l);
	}
}

void station_collect(struct station *s)
{
	if (!s->thread)
		return;
	struct made made;
	while (s->thread && station_thread_take(s->thread, &made, &s->now)) {
		if (made.kind == MADE_EXIT)
			end_thread(s);
		else
			accept_made(s, &made);
	}
	settle(s);
	tell(s);
}

struct station_counts station_counts(const struct station *s)
{
	struct station_counts c = {
		.notes_dropped = s->notes_dropped + s->past.notes_refused + s->now.notes_refused,
		.skips = s->skips,
		.late_blocks = s->past.late_blocks + s->now.late_blocks,
		.pages_dropped = s->past.pages_dropped + s->now.pages_dropped,
		.running = s->thread != NULL,
	};
	for (size_t f = 0; f < STATION_FORMATS; f++)
		c.listeners += s->feeds[f].n_listeners;
	return c;
}

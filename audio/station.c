/* The loop's side of a station. New listeners start a burst behind the newest pack. A format is dropped, and the thread
 * ended, once nobody has listened for GRACE_MS: a player that reconnects finds everything running.
 * SPDX-License-Identifier: MIT */
#include "audio/station.h"

#include <stdlib.h>
#include <time.h>

#include "audio/station_hls.h"
#include "audio/station_impl.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"

enum {
	LEAD_US = 250000,
	GRACE_MS = 3000,
	HLS_GRACE_MS = 30000, /* a player asks for the list every few seconds, and may miss one */
	RETRY_MS = 1000,      /* after a format failed */
	AHEAD_US = 20000000,  /* a note further ahead than this, beyond smoothing and strums, is a fault of a clock */
	CLOCK_JUMP_US = 20000,
};

struct station_listener {
	struct station *station; /* NULL: the station has gone */
	enum encoder_format format;
	unsigned phase;
	uint64_t cursor;
	struct msg *title; /* of what was taken last */
	bool needs_header;
	bool has_left; /* while others are being told: freed after that */
	void (*available)(void *data);
	void *data;
	struct station_listener *previous, *next;
};

struct station *station_create(const char *title, uint32_t seed, void (*wake)(void *data), void *data)
{
	struct station *s = mem_new(1, sizeof *s);
	s->name = mem_strdup(title);
	s->seed = seed;
	s->wake = wake;
	s->wake_data = data;
	station_title_init(&s->title, title);
	for (size_t f = 0; f < STATION_FORMATS; f++)
		s->feeds[f].window = f == ENCODER_HLS ? (size_t)HLS_KEPT : (size_t)STATION_WINDOW;
	return s;
}

/* --- a feed's window --- */

static struct pack *pack_at(struct feed *f, uint64_t number)
{
	return &f->packs[number % STATION_WINDOW];
}

static void drop_oldest(struct feed *f)
{
	struct pack *p = pack_at(f, f->first++);
	msg_unref(p->msg);
	msg_unref(p->title);
}

static void empty_window(struct feed *f)
{
	while (f->first < f->next)
		drop_oldest(f);
	msg_unref(f->header);
	msg_unref(f->joined);
	f->header = f->joined = NULL;
	f->joined_end = 0;
	f->started = false;
}

static void add_pack(struct feed *f, struct pack pack)
{
	if (f->next - f->first == f->window)
		drop_oldest(f);
	*pack_at(f, f->next) = pack;
	f->due |= 1U << f->next % STATION_PHASES;
	f->next++;
	/* At the start everybody waits. */
	if (f->next - f->begun <= STATION_BURST || f->window == HLS_KEPT)
		f->due = (1U << STATION_PHASES) - 1;
}

static uint64_t burst(const struct feed *f)
{
	uint64_t n = f->next - f->first;
	return f->next - (n < STATION_BURST ? n : STATION_BURST);
}

/* The last two seconds' packs as one: made once, written to a tenth of all listeners. */
static struct msg *join(struct feed *f)
{
	if (f->joined_end == f->next)
		return f->joined;
	msg_unref(f->joined);
	size_t n = 0;
	for (uint64_t i = f->next - STATION_PHASES; i < f->next; i++)
		n += pack_at(f, i)->msg->n;
	f->joined = msg_create(n);
	f->joined_end = f->next;
	unsigned char *to = msg_bytes(f->joined);
	for (uint64_t i = f->next - STATION_PHASES; i < f->next; i++) {
		struct msg *m = pack_at(f, i)->msg;
		memcpy(to, msg_bytes(m), m->n);
		to += m->n;
	}
	return f->joined;
}

/* --- the threads --- */

/* Everything that the threads made is taken while waiting, so that they can't be stuck on a full ring. */
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
	for (struct feed *f = s->feeds; f < s->feeds + STATION_FORMATS; f++) {
		for (size_t phase = 0; phase < STATION_PHASES; phase++)
			for (struct station_listener *l = f->listeners[phase]; l; l = l->next)
				l->station = NULL; /* its owner still leaves, later */
		empty_window(f);
	}
	station_title_finish(&s->title);
	free(s->name);
	free(s);
}

/* Those notes that sound in the time that a thread begins with. */
static void play_again(struct station *s)
{
	int64_t from_us = clock_mono_us() - STATION_HISTORY_US;
	uint64_t first = s->n_notes < STATION_NOTES_KEPT ? 0 : s->n_notes - STATION_NOTES_KEPT;
	for (uint64_t i = first; i < s->n_notes; i++) {
		const struct timed_note *note = &s->notes[i % STATION_NOTES_KEPT];
		if (note->mono_us >= from_us && station_thread_note(s->thread, note))
			s->notes_dropped++;
	}
}

enum err station_ensure(struct station *s, enum encoder_format format, struct why *why)
{
	struct feed *f = &s->feeds[format];
	if (!s->thread) {
		enum err e = station_thread_start(s->name, s->seed, s->wake, s->wake_data, &s->thread, why);
		if (e)
			return e;
		s->is_ending = false;
		play_again(s);
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

static void end_thread(struct station *s)
{
	station_thread_join(s->thread);
	s->thread = NULL;
	s->is_ending = false;
	s->past.late_blocks += s->now.late_blocks;
	s->past.notes_refused += s->now.notes_refused;
	s->past.blocks_dropped += s->now.blocks_dropped;
	s->past.pages_dropped += s->now.pages_dropped;
	s->now = (struct thread_counts){0};
	for (size_t f = 0; f < STATION_FORMATS; f++) {
		s->feeds[f].on = false;
		empty_window(&s->feeds[f]);
	}
}

/* --- notes and titles in --- */

/* Notes of one batch must keep their distances: the offset between the two clocks is kept until one of them jumps. */
static int64_t mono_offset(struct station *s)
{
	int64_t offset = clock_mono_us() - clock_wall_ms() * 1000;
	if (llabs(offset - s->wall_to_mono_us) > CLOCK_JUMP_US)
		s->wall_to_mono_us = offset;
	return s->wall_to_mono_us;
}

int64_t station_wall_ms(struct station *s, int64_t mono_us)
{
	return (mono_us - mono_offset(s)) / 1000;
}

void station_note(struct station *s, const struct note *note)
{
	struct timed_note timed = {note->at_ms * 1000 + mono_offset(s) + LEAD_US,
		{.instrument = note->instrument, .key = note->key, .level = note->level, .pan = note->pan}};
	bool is_running = s->thread && !s->is_ending;
	if (timed.mono_us > clock_mono_us() + AHEAD_US) {
		s->notes_dropped += is_running;
		return;
	}
	s->notes[s->n_notes++ % STATION_NOTES_KEPT] = timed;
	if (is_running && station_thread_note(s->thread, &timed))
		s->notes_dropped++;
}

void station_title(struct station *s, struct span text, float weight)
{
	station_title_offer(&s->title, text, weight, clock_mono_ms());
}

/* --- listeners --- */

enum err station_listen(struct station *s, enum encoder_format format, void (*available)(void *data), void *data,
	struct station_listener **listener, struct why *why)
{
	if (format != ENCODER_OPUS && format != ENCODER_MP3 && format != ENCODER_HLS)
		return why_set(why, E_FORMAT, "no endless %s; there are Opus, MP3 and HLS", encoder_mime(format));
	enum err e = station_ensure(s, format, why);
	if (e)
		return e;
	struct feed *f = &s->feeds[format];
	struct station_listener *l = mem_new(1, sizeof *l);
	unsigned phase = s->last_phase = (s->last_phase + 1) % STATION_PHASES;
	*l = (struct station_listener){.station = s, .format = format, .phase = phase, .cursor = burst(f), .needs_header = true,
		.available = available, .data = data, .next = f->listeners[phase]};
	if (l->next)
		l->next->previous = l;
	f->listeners[phase] = l;
	f->n_listeners++;
	*listener = l;
	return OK;
}

static void listener_free(struct station_listener *l)
{
	msg_unref(l->title);
	free(l);
}

static void unlink_listener(struct station_listener *l)
{
	if (l->previous)
		l->previous->next = l->next;
	else
		l->station->feeds[l->format].listeners[l->phase] = l->next;
	if (l->next)
		l->next->previous = l->previous;
	listener_free(l);
}

void station_leave(struct station_listener *l)
{
	if (!l)
		return;
	if (!l->station) {
		listener_free(l);
		return;
	}
	struct feed *f = &l->station->feeds[l->format];
	if (--f->n_listeners == 0)
		f->idle_since_ms = clock_mono_ms();
	if (l->station->is_telling)
		l->has_left = l->station->any_has_left = true;
	else
		unlink_listener(l);
}

static bool has_something(const struct station_listener *l)
{
	const struct feed *f = &l->station->feeds[l->format];
	return f->started && ((l->needs_header && f->header) || l->cursor < f->next);
}

struct msg *station_take(struct station_listener *l, struct msg **title)
{
	if (title)
		*title = NULL;
	if (!l->station || !has_something(l))
		return NULL;
	struct feed *f = &l->station->feeds[l->format];
	bool is_first = l->needs_header;
	l->needs_header = false;
	if (is_first && f->header)
		return msg_ref(f->header);
	if (l->cursor < f->first) {
		l->cursor = burst(f);
		l->station->skips++;
	}
	bool is_whole = l->cursor + STATION_PHASES == f->next && f->next - f->first >= STATION_PHASES;
	struct msg *m = is_whole ? join(f) : pack_at(f, l->cursor)->msg;
	l->cursor += is_whole ? STATION_PHASES : 1;
	if (title) {
		struct msg *now = pack_at(f, l->cursor - 1)->title;
		if (now != l->title) {
			msg_unref(l->title);
			l->title = now ? msg_ref(now) : NULL;
		}
		*title = l->title;
	}
	return msg_ref(m);
}

/* --- what the threads made --- */

static void begin_feed(struct feed *f, enum encoder_format format, struct msg *header)
{
	empty_window(f);
	if (format == ENCODER_HLS) {
		/* Numbers that go on with the time: a later run, of the program too, never uses one again. */
		uint64_t by_time = (uint64_t)clock_wall_ms() * (SYNTH_RATE / 1000) / ENCODER_SEGMENT_FRAMES;
		f->next = f->next > by_time ? f->next : by_time;
		f->first = f->next;
	}
	f->header = header;
	f->started = true;
	f->begun = f->next;
	for (size_t phase = 0; phase < STATION_PHASES; phase++)
		for (struct station_listener *l = f->listeners[phase]; l; l = l->next) {
			l->cursor = f->next;
			l->needs_header = true;
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
		begin_feed(f, made->format, made->msg);
		break;
	case MADE_PAGES:
		add_pack(f, (struct pack){made->msg,
			made->format == ENCODER_HLS ? NULL : msg_ref(station_title_now(&s->title, clock_mono_ms())), made->mono_us});
		break;
	case MADE_FAILED:
		DIAG(DIAG_ERROR, "station", "%s: no %s: %s", s->name, encoder_mime(made->format), made->why.text);
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
		int64_t grace = f->has_failed ? RETRY_MS : i == ENCODER_HLS ? HLS_GRACE_MS : GRACE_MS;
		bool is_over = now - f->idle_since_ms >= grace;
		struct why why;
		if (f->n_listeners && !f->on && (!f->has_failed || is_over) &&
		    station_ensure(s, (enum encoder_format)i, &why))
			DIAG(DIAG_ERROR, "station", "%s: %s", s->name, why.text);
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

/* A listener's answer may be to leave, or to make others leave or come. */
static void tell(struct station *s)
{
	s->is_telling = true;
	for (size_t i = 0; i < STATION_FORMATS; i++) {
		struct feed *f = &s->feeds[i];
		unsigned due = f->due;
		f->due = 0;
		for (unsigned phase = 0; phase < STATION_PHASES; phase++)
			for (struct station_listener *l = due >> phase & 1 ? f->listeners[phase] : NULL; l; l = l->next)
				if (!l->has_left && has_something(l))
					l->available(l->data);
	}
	s->is_telling = false;
	if (!s->any_has_left)
		return;
	s->any_has_left = false;
	for (size_t i = 0; i < STATION_FORMATS; i++)
		for (unsigned phase = 0; phase < STATION_PHASES; phase++)
			for (struct station_listener *l = s->feeds[i].listeners[phase], *next; l; l = next) {
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
		.blocks_dropped = s->past.blocks_dropped + s->now.blocks_dropped,
		.pages_dropped = s->past.pages_dropped + s->now.pages_dropped,
		.running = s->thread != NULL,
		.hls = s->feeds[ENCODER_HLS].on,
	};
	for (size_t f = 0; f < STATION_FORMATS; f++)
		c.listeners += s->feeds[f].n_listeners;
	return c;
}

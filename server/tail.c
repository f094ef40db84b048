/* tail.c - how the log's past and the hub's present are spliced.
 *
 * Everything up to log_counts().last_seq has been published when anybody asks for it on the loop. So: read the log from
 * `at` to that number, in chunks, each up to the number of its own moment. When only one more chunk is missing, join
 * the hub first: from then on its frames hold exactly the events after that number; they are held back until the chunk
 * has been sent. Nothing has to be compared, cut or thrown away.
 *
 * A listener that falls behind while it is live, by its own slowness or in a storm, goes back to reading the log from
 * the first event that it wasn't sent, and catches up at its own pace.
 * SPDX-License-Identifier: MIT */
#include "server/tail.h"

#include <stdlib.h>

#include "base/diag.h"
#include "base/mem.h"
#include "server/server.h"

enum {
	CHUNK_EVENTS = 2000,       /* looked at, wanted or not */
	CHUNK_BYTES = 48 << 10,    /* a frame out of the log */
	/* The socket's soft bound (ws.h): who takes nothing stays above it and is hung up on, who takes a frame in 5 s
	 * stays. With what is held back and a frame it is below the hard one. */
	UNSENT_MAX = 64 << 10,
	/* A burst on a busy machine isn't worth reading the log for; with a frame more it is below the hard bound. */
	UNSENT_LIVE_MAX = 192 << 10,
	HELD_BYTES_MAX = 96 << 10, /* of live frames held back: over it we read on in the log instead */
	WAIT_MS = 10,              /* until we ask again how much is unsent */
};

struct tail {
	const struct tail_ops *ops;
	void *data;
	struct past *past;             /* NULL: live */
	struct hub_listener *listener; /* NULL: not joined yet */
	struct server *server;
	struct hub_station *station;
	struct filter filter;
	enum hub_form form;
};

/* The way through the log. Outlives its tail while a worker is at it or the timer closes. */
struct past {
	struct tail *tail; /* NULL: the listener has gone */
	struct server *server;
	uv_timer_t timer;
	uv_work_t request;
	uint64_t at, until;
	struct msg **held; /* live frames */
	size_t n_held, n_held_bytes;
	bool is_working, is_closing;
	/* the worker's */
	const struct config_station *station;
	struct filter filter;
	enum hub_form form;
	struct msg *frame;
	enum err error;
	struct why why;
};

/* --- on a worker --- */

static void add_to_frame(struct buf *frame, struct buf *json, enum hub_form form, const struct event *ev)
{
	struct json_writer w;
	buf_clear(json);
	json_begin(&w, json);
	hub_write_event(&w, ev, NULL, 0);
	hub_frame_add(frame, form, ev->seq, buf_view(json));
}

static enum err read_chunk(struct past *p, struct log_reader *r, struct buf *frame, struct buf *json)
{
	const struct event *ev;
	uint64_t first = 0, last = 0;
	enum err e = log_reader_after(r, p->at, &p->why);
	for (int n = 0; n < CHUNK_EVENTS && !e && frame->n < CHUNK_BYTES && p->at < p->until; n++) {
		e = log_reader_next(r, &ev, &p->why);
		if (e || ev->seq > p->until)
			break;
		p->at = ev->seq;
		if (!config_station_wants(p->station, ev) || !filter_wants(&p->filter, ev))
			continue;
		add_to_frame(frame, json, p->form, ev);
		first = first ? first : ev->seq;
		last = ev->seq;
	}
	if (e == E_GONE) {
		p->at = p->until; /* the rest was deleted */
		e = OK;
	}
	if (!e && frame->n)
		p->frame = hub_frame_end(frame, p->form, first, last);
	return e;
}

static void work(uv_work_t *request)
{
	struct past *p = request->data;
	struct log_reader *r;
	struct buf frame = {0}, json = {0};
	p->error = log_reader_open(p->server->var, &r, &p->why);
	if (p->error)
		return;
	p->error = read_chunk(p, r, &frame, &json);
	log_reader_close(r);
	buf_finish(&frame);
	buf_finish(&json);
}

/* --- the past --- */

static void past_free(uv_handle_t *timer)
{
	struct past *p = timer->data;
	for (size_t i = 0; i < p->n_held; i++)
		msg_unref(p->held[i]);
	free(p->held);
	msg_unref(p->frame);
	filter_finish(&p->filter);
	free(p);
}

/* Once neither a tail nor a worker has it. */
static void past_close(struct past *p)
{
	if (p->tail || p->is_working || p->is_closing)
		return;
	p->is_closing = true;
	uv_close((uv_handle_t *)&p->timer, past_free);
}

static void drop_held(struct past *p)
{
	for (size_t i = 0; i < p->n_held; i++)
		msg_unref(p->held[i]);
	p->n_held = p->n_held_bytes = 0;
}

static void hold(struct past *p, struct msg *m)
{
	p->held = mem_grow(p->held, p->n_held + 1, sizeof *p->held);
	p->held[p->n_held++] = msg_ref(m);
	p->n_held_bytes += m->n;
}

static void begin_past(struct tail *t, uint64_t after);

static void live_frame(void *data, struct msg *m)
{
	struct tail *t = data;
	struct past *p = t->past;
	bool is_behind = p ? p->n_held_bytes + m->n > HELD_BYTES_MAX : t->ops->unsent(t->data) > UNSENT_LIVE_MAX;
	if (!is_behind && p) {
		hold(p, m);
	} else if (!is_behind) {
		t->ops->frame(t->data, m);
	} else {
		hub_leave(t->listener);
		t->listener = NULL;
		if (p)
			drop_held(p);
		else
			begin_past(t, m->first_seq - 1);
	}
}

static void join(struct tail *t)
{
	static const struct hub_listener_ops ops = {live_frame};
	t->listener = hub_listen(t->station, &t->filter, t->form, &ops, t);
}

/* All that was missed is sent. */
static void go_live(struct past *p)
{
	struct tail *t = p->tail;
	/* A frame may be the end of the tail; p itself lives until the loop's next turn. */
	for (size_t i = 0; i < p->n_held && p->tail; i++)
		t->ops->frame(t->data, p->held[i]);
	if (!p->tail)
		return;
	t->past = NULL;
	p->tail = NULL;
	past_close(p);
}

static void read_done(uv_work_t *request, int status);

static void read_on(struct past *p)
{
	p->is_working = true;
	p->server->loop._works++; /* the loop isn't left while a worker is out */
	uv_queue_work(&p->server->loop.uv, &p->request, work, read_done);
}

static void go_on(struct past *p);

static void waited(uv_timer_t *timer)
{
	go_on(timer->data);
}

/* One step further: wait for the listener, read a chunk, or go live. */
static void go_on(struct past *p)
{
	struct tail *t = p->tail;
	if (t->ops->unsent(t->data) > UNSENT_MAX) {
		uv_timer_start(&p->timer, waited, WAIT_MS, 0);
		return;
	}
	if (!t->listener) {
		p->until = log_counts(p->server->log).last_seq;
		if (p->at >= p->until || p->until - p->at <= CHUNK_EVENTS)
			join(t);
	}
	if (p->at >= p->until)
		go_live(p);
	else
		read_on(p);
}

static void read_done(uv_work_t *request, int status)
{
	struct past *p = request->data;
	(void)status; /* never cancelled */
	p->is_working = false;
	p->server->loop._works--;
	struct tail *t = p->tail;
	if (!t) {
		past_close(p);
		return;
	}
	if (p->error) {
		DIAG(DIAG_ERROR, "tail", "what a listener missed can't be read: %s", p->why.text);
		t->ops->failed(t->data);
		return;
	}
	if (p->frame)
		t->ops->frame(t->data, p->frame);
	msg_unref(p->frame);
	p->frame = NULL;
	if (p->tail)
		go_on(p);
}

/* --- up and down --- */

static void begin_past(struct tail *t, uint64_t after)
{
	struct past *p = mem_new(1, sizeof *p);
	*p = (struct past){.tail = t, .server = t->server, .at = after, .station = hub_station_config(t->station)};
	filter_copy(&p->filter, &t->filter);
	p->form = t->form;
	p->request.data = p;
	uv_timer_init(&t->server->loop.uv, &p->timer);
	p->timer.data = p;
	t->past = p;
	go_on(p);
}

struct tail *tail_create(struct server *server, struct hub_station *station, const struct filter *filter, enum hub_form form,
	const uint64_t *after, const struct tail_ops *ops, void *data)
{
	struct tail *t = mem_new(1, sizeof *t);
	*t = (struct tail){.server = server, .station = station, .ops = ops, .data = data};
	filter_copy(&t->filter, filter);
	t->form = form;
	if (after)
		begin_past(t, *after);
	else
		join(t);
	return t;
}

void tail_destroy(struct tail *t)
{
	if (!t)
		return;
	hub_leave(t->listener);
	if (t->past) {
		uv_timer_stop(&t->past->timer);
		t->past->tail = NULL;
		past_close(t->past);
	}
	filter_finish(&t->filter);
	free(t);
}

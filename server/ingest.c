/* SPDX-License-Identifier: MIT */
#include "server/ingest.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"

enum {
	BATCH_EVENTS_MAX = 4096,    /* handed over at once when reached, not only at the end of a turn */
	BATCH_BYTES_MAX = 8 << 20,  /* of messages */
	LAST_LOOK_US = 500,
};

/* Events on their way, with the position that stands behind them. */
struct batch {
	struct event **events;
	size_t n, room, n_bytes;
	char *position; /* NULL: unmoved */
};

/* A batch that the log has. A source's come back in the order in which they left. */
struct flight {
	struct ingest_source *source;
	struct ingest_push *push;   /* NULL: a batch of the stream */
	char *position;
	struct flight *next;
};

struct ingest_source {
	struct ingest *ingest;
	char *name;
	struct mapper *mapper;
	struct batch gathering, again; /* again: came back from the log unstored, goes first */
	int64_t again_at_ms;           /* on the monotonic clock */
	struct flight *flights, **last_flight;
	size_t n_batches_out;          /* flights that aren't pushes: they may come back */
	struct ingest_push *pushing;   /* whose message is being mapped; NULL: the stream's */
	bool stopped;                  /* a message was refused */
	int64_t now_ms;                /* wall, when the message in hand came */
	struct ingest_counts counts;
	uint64_t round;                /* of a performance; 0: this is a record */
	struct buf round_id;
	void (*resume)(void *data);
	void *resume_data;
	struct ingest_source *next;
};

struct ingest {
	struct log *log;
	void (*committed)(void *data, struct event *const *events, size_t n);
	void *data;
	struct ingest_source *sources;
	bool is_ending;
};

struct ingest_push {
	struct ingest_source *source;
	struct batch batch;
	uint64_t *seqs;                /* the log's, while it has the batch */
	struct ingest_receipt *receipts;
	size_t n, room;
	void (*done)(void *data, enum err e, const struct ingest_receipt *receipts, size_t n);
	void *data;
};

struct ingest *ingest_create(struct log *log, void (*committed)(void *data, struct event *const *events, size_t n),
	void *data)
{
	struct ingest *i = mem_new(1, sizeof *i);
	*i = (struct ingest){.log = log, .committed = committed, .data = data};
	return i;
}

static void free_events(struct event **events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(events[i]);
	free(events);
}

static void batch_finish(struct batch *b)
{
	free_events(b->events, b->n);
	free(b->position);
	*b = (struct batch){0};
}

static void depart(struct ingest_source *s, struct flight *f)
{
	*s->last_flight = f;
	s->last_flight = &f->next;
	s->n_batches_out += !f->push;
}

/* Takes the oldest flight off the list and frees it. */
static void land(struct ingest_source *s)
{
	struct flight *f = s->flights;
	s->n_batches_out -= !f->push;
	s->flights = f->next;
	if (!s->flights)
		s->last_flight = &s->flights;
	free(f->position);
	free(f);
}

static void collect(void *data, struct log_commit *c);

static bool has_pushes_out(const struct ingest *i)
{
	for (const struct ingest_source *s = i->sources; s; s = s->next)
		for (const struct flight *f = s->flights; f; f = f->next)
			if (f->push)
				return true;
	return false;
}

void ingest_destroy(struct ingest *i)
{
	if (!i)
		return;
	i->is_ending = true; /* nobody listens any more */
	while (has_pushes_out(i)) {
		usleep(LAST_LOOK_US);
		log_collect(i->log, collect, i);
	}
	while (i->sources) {
		struct ingest_source *s = i->sources;
		i->sources = s->next;
		/* What the log still has, it stores and frees when it is closed. */
		while (s->flights)
			land(s);
		batch_finish(&s->gathering);
		batch_finish(&s->again);
		mapper_destroy(s->mapper);
		buf_finish(&s->round_id);
		free(s->name);
		free(s);
	}
	free(i);
}

struct ingest_source *ingest_source(struct ingest *i, const char *name, const struct mapping *mapping)
{
	struct ingest_source *s = mem_new(1, sizeof *s);
	*s = (struct ingest_source){.ingest = i, .name = mem_strdup(name), .mapper = mapper_create(mapping), .next = i->sources};
	s->last_flight = &s->flights;
	i->sources = s;
	return s;
}

char *ingest_position(const struct ingest_source *s)
{
	return log_position(s->ingest->log, s->name);
}

void ingest_perform(struct ingest_source *s, uint64_t round)
{
	s->round = round;
}

/* --- in --- */

static void set_position(struct batch *b, struct span position)
{
	if (!position.n)
		return;
	free(b->position);
	b->position = span_dup(position);
}

static void add_event(struct batch *b, struct event *ev)
{
	if (b->n == b->room) {
		b->room = b->room ? 2 * b->room : 16;
		b->events = mem_grow(b->events, b->room, sizeof *b->events);
	}
	b->events[b->n++] = ev;
}

static bool batch_is_empty(const struct batch *b)
{
	return !b->n && !b->position;
}

/* False: the log has no room; the batch is as it was. */
static bool hand_over(struct ingest_source *s, struct batch *b)
{
	struct flight *f = mem_new(1, sizeof *f);
	*f = (struct flight){.source = s, .position = b->position};
	struct event **events = b->events ? b->events : mem_new(1, sizeof *events);
	enum err e = log_append(s->ingest->log, s->name, events, b->n, b->position, NULL, f);
	if (e) {
		b->events = events;
		free(f);
		return false;
	}
	depart(s, f);
	*b = (struct batch){0};
	return true;
}

/* What came back goes first, and only when nothing is out that may come back too: else a later position could be stored
 * before the events that it stands behind. */
static void flush_source(struct ingest_source *s)
{
	if (!batch_is_empty(&s->again) &&
	    (s->n_batches_out || clock_mono_ms() < s->again_at_ms || !hand_over(s, &s->again)))
		return;
	if (!batch_is_empty(&s->gathering))
		(void)hand_over(s, &s->gathering);
}

void ingest_flush(struct ingest *i)
{
	for (struct ingest_source *s = i->sources; s; s = s->next)
		flush_source(s);
}

static bool has_room(struct ingest_source *s)
{
	const struct batch *b = &s->gathering;
	if (b->n < BATCH_EVENTS_MAX && b->n_bytes < BATCH_BYTES_MAX)
		return true;
	flush_source(s);
	return b->n < BATCH_EVENTS_MAX && b->n_bytes < BATCH_BYTES_MAX;
}

static size_t shown_bytes(const struct event *ev)
{
	size_t n = ev->id.n + ev->channel.n + ev->namespace_.n + ev->kind.n + ev->entity.n + ev->actor.n + ev->unit.n +
		ev->label.n + ev->url.n;
	for (size_t i = 0; i < ev->n_tags; i++)
		n += ev->tags[i].n;
	return n;
}

/* A repetition is an event of its own, and happens now. */
static void perform(struct ingest_source *s, struct event *ev)
{
	buf_clear(&s->round_id);
	buf_format(&s->round_id, "%.*s~%llu", SPAN_ARG(ev->id), (unsigned long long)s->round);
	ev->id = buf_view(&s->round_id);
	ev->time_ms = ev->received_ms;
}

static void count_skipped(struct ingest_source *s, enum skip reason, const struct why *why)
{
	s->counts.in++;
	s->counts.skipped[reason]++;
	if (skip_is_fault(reason))
		DIAG(DIAG_WARN, "ingest", "%s: a message was skipped (%s): %s", s->name, skip_name(reason), why->text);
}

/* Of several reasons a fault is what its sender should know. */
static void note_skipped(struct ingest_receipt *r, enum skip reason, const struct why *why)
{
	if (r->skipped && (skip_is_fault(r->skipped) || !skip_is_fault(reason)))
		return;
	free((char *)(uintptr_t)r->text);
	r->skipped = reason;
	r->text = mem_strdup(why->text);
}

static void skipped(struct ingest_source *s, enum skip reason, const struct why *why)
{
	count_skipped(s, reason, why);
	if (s->pushing)
		note_skipped(&s->pushing->receipts[s->pushing->n - 1], reason, why);
}

static void on_skipped(void *data, enum skip reason, const struct why *why)
{
	skipped(data, reason, why);
}

static void on_event(void *data, const struct event *mapped)
{
	struct ingest_source *s = data;
	struct event ev = *mapped;
	if (shown_bytes(&ev) > INGEST_SHOWN_MAX) {
		struct why why;
		(void)why_set(&why, E_LIMIT, "its names and links have more than %d bytes", INGEST_SHOWN_MAX);
		skipped(s, SKIP_OVERSIZE, &why);
		return;
	}
	ev.source = span_of(s->name);
	ev.received_ms = s->now_ms;
	if (s->round)
		perform(s, &ev);
	add_event(s->pushing ? &s->pushing->batch : &s->gathering, event_copy(&ev));
	if (s->pushing)
		s->pushing->receipts[s->pushing->n - 1].n_events++;
	s->counts.in++;
	s->counts.waiting++;
	s->counts.lag_ms = ev.received_ms - ev.time_ms;
	if (ev.time_ms > s->counts.last_event_ms)
		s->counts.last_event_ms = ev.time_ms;
}

static void map_message(struct ingest_source *s, struct span message)
{
	static const struct mapper_sink sink = {on_event, on_skipped};
	struct why why = {0};
	cJSON *tree = json_parse(message, &why);
	s->now_ms = clock_wall_ms();
	s->counts.messages++;
	if (tree)
		mapper_map(s->mapper, tree, s->now_ms, &sink, s);
	else
		skipped(s, SKIP_BROKEN, &why);
	cJSON_Delete(tree);
}

enum err ingest_message(struct ingest_source *s, struct span message, struct span position)
{
	if (message.n > INGEST_MESSAGE_MAX)
		return ingest_skip(s, SKIP_OVERSIZE, position);
	if (!has_room(s)) {
		s->stopped = true;
		return E_FULL;
	}
	size_t n_before = s->gathering.n;
	map_message(s, message);
	if (s->gathering.n > n_before)
		s->gathering.n_bytes += message.n;
	set_position(&s->gathering, position);
	return OK;
}

static void skip_whole(struct ingest_source *s, enum skip reason)
{
	struct why why = {0};
	s->counts.messages++;
	if (reason == SKIP_OVERSIZE)
		(void)why_set(&why, E_LIMIT, "over %d bytes", INGEST_MESSAGE_MAX);
	skipped(s, reason, &why);
}

enum err ingest_skip(struct ingest_source *s, enum skip reason, struct span position)
{
	skip_whole(s, reason);
	set_position(&s->gathering, position);
	return OK;
}

void ingest_lost(struct ingest_source *s, uint64_t n)
{
	s->counts.lost += n;
}

void ingest_on_resume(struct ingest_source *s, void (*resume)(void *data), void *data)
{
	s->resume = resume;
	s->resume_data = data;
}

/* --- pushes --- */

struct ingest_push *ingest_push_begin(struct ingest_source *s)
{
	struct ingest_push *p = mem_new(1, sizeof *p);
	p->source = s;
	return p;
}

void ingest_push_message(struct ingest_push *p, struct span message)
{
	struct ingest_source *s = p->source;
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->receipts = mem_grow(p->receipts, p->room, sizeof *p->receipts);
	}
	p->receipts[p->n++] = (struct ingest_receipt){.skipped = SKIP_NOTHING};
	s->pushing = p;
	if (message.n > INGEST_MESSAGE_MAX)
		skip_whole(s, SKIP_OVERSIZE);
	else
		map_message(s, message);
	s->pushing = NULL;
}

size_t ingest_push_events(const struct ingest_push *p)
{
	return p->batch.n;
}

static void push_free(struct ingest_push *p)
{
	for (size_t i = 0; i < p->n; i++)
		free((char *)(uintptr_t)p->receipts[i].text);
	free(p->receipts);
	free(p->seqs);
	batch_finish(&p->batch);
	free(p);
}

static void push_done(struct ingest_push *p, enum err e)
{
	p->done(p->data, e, p->receipts, p->n);
	push_free(p);
}

enum err ingest_push_commit(struct ingest_push *p,
	void (*done)(void *data, enum err e, const struct ingest_receipt *receipts, size_t n), void *data)
{
	struct ingest_source *s = p->source;
	p->done = done;
	p->data = data;
	if (!p->batch.n) {
		push_done(p, OK);
		return OK;
	}
	struct flight *f = mem_new(1, sizeof *f);
	*f = (struct flight){.source = s, .push = p};
	p->seqs = mem_new(p->batch.n, sizeof *p->seqs);
	enum err e = log_append(s->ingest->log, s->name, p->batch.events, p->batch.n, NULL, p->seqs, f);
	if (e) {
		free(f);
		free(p->seqs);
		p->seqs = NULL;
		s->stopped = true;
		return e;
	}
	depart(s, f);
	p->batch.events = NULL;
	p->batch.n = 0;
	return OK;
}

void ingest_push_drop(struct ingest_push *p)
{
	if (!p)
		return;
	p->source->counts.refused += p->batch.n;
	p->source->counts.waiting -= p->batch.n;
	push_free(p);
}

/* Gives each message its numbers. The new events have ascending ones, in their order; any other number is a duplicate's. */
static void number_receipts(struct ingest_push *p, struct event *const *new_events, size_t n_new)
{
	size_t at = 0, k = 0;
	for (size_t i = 0; i < p->n; i++) {
		struct ingest_receipt *r = &p->receipts[i];
		r->seqs = r->n_events ? p->seqs + at : NULL;
		for (size_t end = at + r->n_events; at < end; at++) {
			bool is_new = k < n_new && p->seqs[at] == new_events[k]->seq;
			k += is_new;
			r->n_duplicates += !is_new;
		}
	}
}

static void push_not_stored(struct ingest_push *p, struct log_commit *c)
{
	struct ingest_source *s = p->source;
	s->counts.failed++;
	s->counts.refused += c->n_events;
	s->counts.waiting -= c->n_events;
	free_events(c->events, c->n_events);
}

/* --- and back --- */

static void stored(struct ingest_source *s, struct log_commit *c)
{
	s->counts.logged += c->n_events;
	s->counts.duplicates += c->n_duplicates;
	s->counts.waiting -= c->n_events + c->n_duplicates;
	if (c->n_events && !s->ingest->is_ending)
		s->ingest->committed(s->ingest->data, c->events, c->n_events);
	free_events(c->events, c->n_events);
}

static void not_stored(struct ingest_source *s, struct log_commit *c, struct span position)
{
	s->counts.failed++;
	for (size_t i = 0; i < c->n_events; i++)
		add_event(&s->again, c->events[i]);
	free(c->events);
	set_position(&s->again, position);
	s->again_at_ms = clock_mono_ms() + INGEST_RETRY_MS;
}

static void collect(void *data, struct log_commit *c)
{
	struct flight *flight = c->tag;
	struct ingest_source *s = flight->source;
	(void)data;
	ASSERT(s->flights == flight);
	struct ingest_push *push = flight->push;
	enum err e = c->error;
	if (push && e) {
		push_not_stored(push, c);
	} else if (e) {
		not_stored(s, c, span_of(flight->position));
	} else {
		if (push)
			number_receipts(push, c->events, c->n_events);
		stored(s, c);
	}
	land(s);
	if (push)
		push_done(push, e);
}

void ingest_collect(struct ingest *i)
{
	log_collect(i->log, collect, i);
	for (struct ingest_source *s = i->sources; s; s = s->next) {
		if (!s->stopped || !has_room(s))
			continue;
		s->stopped = false;
		if (s->resume)
			s->resume(s->resume_data);
	}
}

struct ingest_counts ingest_counts(const struct ingest_source *s)
{
	struct ingest_counts counts = s->counts;
	counts.dropped_tags = mapper_dropped_tags(s->mapper);
	return counts;
}

bool ingest_is_idle(const struct ingest *i)
{
	for (const struct ingest_source *s = i->sources; s; s = s->next)
		if (!batch_is_empty(&s->gathering) || !batch_is_empty(&s->again) || s->flights)
			return false;
	return true;
}

/* hub.c - see hub.h. Listeners of a station that want the same, in the same form, are one group: what is sent is
 * gathered and made once a group, however many listen.
 * SPDX-License-Identifier: MIT */
#include "server/hub.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/personal.h"
#include "server/rate.h"

enum { AHEAD = 2 /* listeners whose memory is fetched while others are served */ };

struct hub_listener {
	struct group *group; /* NULL: it has left, and is freed once no frame is on its way */
	const struct hub_listener_ops *ops;
	void *data;
};

struct group {
	struct hub_station *station;
	struct filter filter;
	enum hub_form form;
	struct hub_listener **listeners;
	size_t n, room;
	struct buf frame;
	uint64_t first_seq, last_seq; /* of what is in frame */
	bool is_sending, has_gone; /* has_gone: somebody left meanwhile */
	struct group *next;
};

struct hub_station {
	struct hub *hub;
	const struct config_station *config;
	struct score *score;
	struct station *audio;
	struct personals personal; /* narrowed ones */
	struct hub_ear *ears;
	struct rate rate;
	struct group *groups;
	struct event *recent[HUB_RECENT]; /* a ring */
	size_t n_recent;                  /* so many have been put in */
};

struct hub {
	struct hub_station *stations;
	size_t n_stations;
	uint64_t last_seq;
	struct hub_counts counts;
	unsigned most_personal;
	void (*audio_wake)(void *data);
	void *audio_data;
	bool has_gathered;
	int64_t next_flush_us;    /* on the monotonic clock: not before */
	struct buf members, json; /* scratch */
};

/* --- what a client sees --- */

static void write_notes(struct json_writer *w, const struct note *notes, size_t n)
{
	json_key(w, "notes"), json_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(w, '{');
		json_key(w, "at"), json_int(w, notes[i].at_ms);
		json_key(w, "instrument"), json_text(w, span_of(instrument_name(notes[i].instrument)));
		json_key(w, "key"), json_number(w, (double)notes[i].key);
		json_key(w, "level"), json_number(w, (double)notes[i].level);
		json_key(w, "pan"), json_number(w, (double)notes[i].pan);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void hub_write_event(struct json_writer *w, const struct event *ev, const struct note *notes, size_t n_notes)
{
	json_open(w, '{');
	event_write_members(w, ev);
	write_notes(w, notes, n_notes);
	json_close(w, '}');
}

void hub_frame_add(struct buf *frame, enum hub_form form, uint64_t seq, struct span event_json)
{
	if (form == HUB_STREAM)
		buf_format(frame, "id: %llu\ndata: ", (unsigned long long)seq);
	else
		buf_char(frame, frame->n ? ',' : '[');
	buf_span(frame, event_json);
	if (form == HUB_STREAM)
		buf_text(frame, "\n\n");
}

struct msg *hub_frame_end(struct buf *frame, enum hub_form form, uint64_t first_seq, uint64_t last_seq)
{
	if (form == HUB_ARRAY)
		buf_char(frame, ']');
	struct msg *m = msg_from(buf_view(frame));
	m->first_seq = first_seq;
	m->last_seq = last_seq;
	buf_clear(frame);
	return m;
}

/* --- groups --- */

static void group_destroy(struct group *g)
{
	struct group **at = &g->station->groups;
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	filter_finish(&g->filter);
	buf_finish(&g->frame);
	free(g->listeners);
	free(g);
}

/* Frees those who left while a frame was on its way, and the group with the last of them. */
static void group_sweep(struct group *g)
{
	size_t kept = 0;
	for (size_t i = 0; i < g->n; i++) {
		if (g->listeners[i]->group)
			g->listeners[kept++] = g->listeners[i];
		else
			free(g->listeners[i]);
	}
	g->n = kept;
	g->has_gone = false;
	if (!g->n)
		group_destroy(g);
}

/* The group may be gone afterwards. */
static void group_send(struct group *g)
{
	if (!g->frame.n || g->is_sending)
		return;
	struct msg *m = hub_frame_end(&g->frame, g->form, g->first_seq, g->last_seq);
	g->is_sending = true;
	for (size_t i = 0, n = g->n; i < n; i++) {
		/* The kernel's work for one listener pushes the next ones out of the processor's cache. */
		if (i + 2 * AHEAD < n)
			__builtin_prefetch(g->listeners[i + 2 * AHEAD]);
		if (i + AHEAD < n)
			__builtin_prefetch(g->listeners[i + AHEAD]->data);
		if (g->listeners[i]->group)
			g->listeners[i]->ops->frame(g->listeners[i]->data, m);
	}
	g->is_sending = false;
	g->station->hub->counts.frames++;
	msg_unref(m);
	if (g->has_gone)
		group_sweep(g);
}

static struct group *group_for(struct hub_station *s, const struct filter *wanted, enum hub_form form)
{
	static const struct filter everything;
	for (struct group *g = s->groups; g; g = g->next)
		if (g->form == form && filter_equal(&g->filter, wanted ? wanted : &everything))
			return g;
	struct group *g = mem_new(1, sizeof *g);
	g->station = s;
	g->form = form;
	filter_copy(&g->filter, wanted);
	g->next = s->groups;
	s->groups = g;
	return g;
}

struct hub_listener *hub_listen(struct hub_station *s, const struct filter *filter, enum hub_form form,
	const struct hub_listener_ops *ops, void *data)
{
	struct group *g = group_for(s, filter, form);
	if (g->frame.n) {
		/* What has gathered was published before: it isn't the newcomer's. */
		group_send(g);
		g = group_for(s, filter, form);
	}
	struct hub_listener *l = mem_new(1, sizeof *l);
	*l = (struct hub_listener){.group = g, .ops = ops, .data = data};
	if (g->n == g->room) {
		g->room = g->room ? 2 * g->room : 4;
		g->listeners = mem_grow(g->listeners, g->room, sizeof *g->listeners);
	}
	g->listeners[g->n++] = l;
	s->hub->counts.listeners++;
	s->hub->counts.streams += form == HUB_STREAM;
	return l;
}

void hub_leave(struct hub_listener *l)
{
	if (!l)
		return;
	struct group *g = l->group;
	g->station->hub->counts.listeners--;
	g->station->hub->counts.streams -= g->form == HUB_STREAM;
	l->group = NULL;
	g->has_gone = true;
	if (!g->is_sending)
		group_sweep(g);
}

/* --- events in --- */

/* A wiki (its events count in bytes) also tells of visitors, its logs and categories: those aren't edits. */
static bool is_counted(const struct event *ev)
{
	return !span_is(ev->unit, "bytes") ||
		(!span_is(ev->kind, "join") && !span_is(ev->kind, "log") && !span_is(ev->kind, "categorize"));
}

static void remember(struct hub_station *s, const struct event *ev)
{
	struct event **slot = &s->recent[s->n_recent++ % HUB_RECENT];
	free(*slot);
	*slot = event_copy(ev);
}

/* The members are the same for every station, the notes are not. */
static struct span event_json(struct hub *h, const struct event *ev, const struct note *notes, size_t n_notes)
{
	struct json_writer w;
	if (!h->members.n) {
		json_begin(&w, &h->members);
		json_open(&w, '{');
		event_write_members(&w, ev);
	}
	buf_clear(&h->json);
	buf_span(&h->json, buf_view(&h->members));
	buf_char(&h->json, ',');
	json_begin(&w, &h->json);
	write_notes(&w, notes, n_notes);
	buf_char(&h->json, '}');
	return buf_view(&h->json);
}

static void gather(struct hub_station *s, const struct event *ev, struct span json)
{
	struct group *next;
	for (struct group *g = s->groups; g; g = next) {
		next = g->next;
		if (!filter_wants(&g->filter, ev))
			continue;
		if (!g->frame.n)
			g->first_seq = ev->seq;
		g->last_seq = ev->seq;
		hub_frame_add(&g->frame, g->form, ev->seq, json);
		s->hub->has_gathered = true;
		if (g->frame.n >= HUB_FRAME_MAX)
			group_send(g);
	}
}

void hub_hear(struct hub_station *s, struct hub_ear *ear)
{
	ear->_next = s->ears;
	s->ears = ear;
}

void hub_unhear(struct hub_station *s, struct hub_ear *ear)
{
	struct hub_ear **p = &s->ears;
	while (*p && *p != ear)
		p = &(*p)->_next;
	if (*p)
		*p = ear->_next;
}

static void tell_ears(struct hub_station *s, const struct note *notes, size_t n)
{
	for (struct hub_ear *ear = s->ears; ear; ear = ear->_next)
		for (size_t i = 0; i < n; i++)
			ear->note(ear->data, &notes[i]);
}

void hub_publish(struct hub *h, struct event *const *events, size_t n)
{
	int64_t mono_ms = clock_mono_ms(), wall_ms = clock_wall_ms();
	struct note notes[SCORE_NOTES_MAX];
	for (size_t i = 0; i < n; i++) {
		const struct event *ev = events[i];
		h->last_seq = ev->seq;
		h->counts.events++;
		buf_clear(&h->members);
		for (size_t k = 0; k < h->n_stations; k++) {
			struct hub_station *s = &h->stations[k];
			if (!config_station_wants(s->config, ev))
				continue;
			size_t n_notes = personal_perform(s->score, s->audio, ev, mono_ms, wall_ms, notes);
			personal_play(&s->personal, ev, mono_ms, wall_ms);
			tell_ears(s, notes, n_notes);
			if (is_counted(ev))
				rate_count(&s->rate, mono_ms);
			remember(s, ev);
			if (s->groups)
				gather(s, ev, event_json(h, ev, notes, n_notes));
		}
	}
}

void hub_flush(struct hub *h)
{
	int64_t began_us = clock_mono_us();
	h->has_gathered = false;
	for (size_t i = 0; i < h->n_stations; i++) {
		struct group *next;
		for (struct group *g = h->stations[i].groups; g; g = next) {
			next = g->next;
			group_send(g);
		}
	}
	int64_t gather_us = (clock_mono_us() - began_us) * HUB_GATHER_TIMES;
	if (gather_us < HUB_GATHER_MIN_MS * 1000)
		gather_us = HUB_GATHER_MIN_MS * 1000;
	if (gather_us > HUB_GATHER_MAX_MS * 1000)
		gather_us = HUB_GATHER_MAX_MS * 1000;
	h->next_flush_us = began_us + gather_us;
}

int64_t hub_wait_ms(const struct hub *h)
{
	if (!h->has_gathered)
		return -1;
	int64_t left_us = h->next_flush_us - clock_mono_us();
	return left_us > 0 ? (left_us + 999) / 1000 : 0;
}

/* --- up and down --- */

struct hub *hub_create(const struct config *config, void (*audio_wake)(void *), void *data)
{
	struct hub *h = mem_new(1, sizeof *h);
	h->most_personal = config->personal_stations;
	h->audio_wake = audio_wake;
	h->audio_data = data;
	h->stations = mem_new(config->n_stations ? config->n_stations : 1, sizeof *h->stations);
	for (size_t i = 0; i < config->n_stations; i++) {
		struct hub_station *s = &h->stations[i];
		s->hub = h;
		s->config = &config->stations[i];
		s->score = score_create(s->config->score);
		uint32_t seed = (uint32_t)span_fnv(span_of(s->config->name));
		s->audio = station_create(s->config->title, seed, audio_wake, data);
		h->n_stations++;
	}
	return h;
}

void hub_destroy(struct hub *h)
{
	if (!h)
		return;
	ASSERT(h->counts.listeners == 0);
	for (size_t i = 0; i < h->n_stations; i++) {
		struct hub_station *s = &h->stations[i];
		personal_end_all(&s->personal);
		station_destroy(s->audio);
		score_destroy(s->score);
		for (size_t k = 0; k < HUB_RECENT; k++)
			free(s->recent[k]);
	}
	buf_finish(&h->members);
	buf_finish(&h->json);
	free(h->stations);
	free(h);
}

struct hub_station *hub_station(struct hub *h, struct span name)
{
	for (size_t i = 0; i < h->n_stations; i++)
		if (span_is(name, h->stations[i].config->name))
			return &h->stations[i];
	return NULL;
}

struct hub_station *hub_station_at(struct hub *h, size_t i)
{
	return i < h->n_stations ? &h->stations[i] : NULL;
}

const struct config_station *hub_station_config(const struct hub_station *s)
{
	return s->config;
}

struct station *hub_station_audio(struct hub_station *s)
{
	return s->audio;
}

struct station *hub_station_find(struct hub_station *s, const struct filter *filter)
{
	return filter_is_empty(filter) ? s->audio : personal_find(&s->personal, filter);
}

enum err hub_station_tune(struct hub_station *s, const struct filter *filter, struct station **audio, struct why *why)
{
	struct hub *h = s->hub;
	*audio = hub_station_find(s, filter);
	if (*audio)
		return OK;
	if (h->counts.personal >= h->most_personal)
		hub_collect(h); /* one may have ended just now */
	if (h->counts.personal >= h->most_personal)
		return why_set(why, E_FULL, h->most_personal ? "As many stations of listeners' own play as this server allows."
			: "This server has no stations of listeners' own.");
	*audio = personal_add(&s->personal, s->config, filter, h->audio_wake, h->audio_data);
	h->counts.personal++;
	return OK;
}

void hub_collect(struct hub *h)
{
	h->counts.personal = 0;
	for (size_t i = 0; i < h->n_stations; i++) {
		station_collect(h->stations[i].audio);
		h->counts.personal += personal_collect(&h->stations[i].personal);
	}
}

struct station_counts hub_station_counts(const struct hub_station *s)
{
	struct station_counts counts = station_counts(s->audio);
	personal_count(&s->personal, &counts);
	return counts;
}

double hub_station_rate(const struct hub_station *s)
{
	return rate_per_minute(&s->rate, clock_mono_ms());
}

const struct event *hub_station_recent(const struct hub_station *s, size_t i)
{
	size_t most = s->n_recent < HUB_RECENT ? s->n_recent : HUB_RECENT;
	return i < most ? s->recent[(s->n_recent - 1 - i) % HUB_RECENT] : NULL;
}

static struct event *without_name(const struct event *ev, enum log_name what, struct span name)
{
	const struct span none = {NULL, 0};
	struct event bare = *ev;
	bare.summary = none;
	if (what == LOG_ACTOR) {
		bare.actor = none;
		return event_copy(&bare);
	}
	bare.entity = bare.label = bare.url = none;
	bool in_tags = false;
	for (size_t i = 0; i < ev->n_tags; i++)
		in_tags |= span_search(ev->tags[i], name, 0) < ev->tags[i].n;
	bare.n_tags = in_tags ? 0 : ev->n_tags;
	return event_copy(&bare);
}

void hub_forget(struct hub *h, enum log_name what, struct span name, struct span source)
{
	for (size_t i = 0; i < h->n_stations; i++)
		for (size_t k = 0; k < HUB_RECENT; k++) {
			struct event **slot = &h->stations[i].recent[k], *ev = *slot;
			if (!ev || !span_equal(what == LOG_ACTOR ? ev->actor : ev->entity, name) ||
			    (source.n && !span_equal(ev->source, source)))
				continue;
			*slot = without_name(ev, what, name);
			free(ev);
		}
}

struct score_counts hub_station_score(const struct hub_station *s)
{
	return score_counts(s->score);
}

uint64_t hub_last_seq(const struct hub *h)
{
	return h->last_seq;
}

struct hub_counts hub_counts(const struct hub *h)
{
	return h->counts;
}

void hub_count_waiting(struct hub *h, int64_t bytes)
{
	h->counts.streams_waiting += bytes;
}

void hub_count_slow(struct hub *h, uint64_t frames)
{
	h->counts.streams_slow++;
	h->counts.streams_dropped += frames;
}

/* SPDX-License-Identifier: MIT */
#include "server/planet.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/fetch.h"
#include "transcripts/collection.h"
#include "transcripts/planet_store.h"
#include "transcripts/planet_url.h"

#define MINUTE INT64_C(60000)
#define DAY (24 * 60 * MINUTE)

enum {
	MOST_AT_ONCE = 4,
	HOST_GAP_MS = 200,       /* between two requests to one host */
	LOOK_MS = 60000,         /* how often the lists in the site are looked at */
	FILE_BYTES = 8 << 20,
	GIVE_UP_MOVED = 6,       /* failures after which the configured address is tried again */
	HOSTS = 64,
};

struct host {
	char name[256];
	bool is_busy;
	int64_t last_ms; /* clock_mono_ms */
};

struct planet {
	const struct config *config;
	char *var;
	char user_agent[300];
	pthread_t thread;
	atomic_bool is_stopping;
	_Atomic uint64_t feeds[5], fetches[PLANET_FETCHES], entries, bytes;
	/* the thread's own */
	struct planet_store *store;
	struct fetcher *fetcher;
	struct planet_source *sources; /* but for those that are being asked: their state is PLANET_GONE here */
	size_t n_sources;
	struct asking *askings;
	bool is_fresh;           /* sources are as in the store */
	int64_t looked_ms;       /* clock_mono_ms */
	uint64_t wanted_hash;
	struct host hosts[HOSTS];
	size_t n_hosts;
};

/* A request under way. */
struct asking {
	struct asking *next;
	struct planet *planet;
	struct planet_source source; /* as it was when asked; owned */
	struct host *host;
};

const char *planet_fetch_name(enum planet_fetch outcome)
{
	static const char *const names[] = {[PLANET_CHANGED] = "changed", [PLANET_SAME] = "unchanged",
		[PLANET_UNREACHED] = "unreached", [PLANET_NO_FEED] = "no-feed", [PLANET_ENDED] = "gone"};
	return names[outcome];
}

static uint32_t draw(void)
{
	uint32_t random = 0;
	/* Jitter alone: without entropy yet there is none. */
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
		random = 0;
	return random;
}

static int64_t part(int64_t whole, uint32_t random)
{
	return (int64_t)((double)whole * random / UINT32_MAX);
}

int64_t planet_wait_ms(int64_t interval_ms, int64_t said_ms, uint32_t random)
{
	int64_t wait = said_ms < DAY ? said_ms : DAY;
	wait = wait > interval_ms ? wait : interval_ms;
	return wait + part(wait / 10, random);
}

int64_t planet_retry_ms(int64_t interval_ms, int n_failures, int64_t retry_after_ms, uint32_t random)
{
	int64_t step = interval_ms < 10 * MINUTE ? interval_ms : 10 * MINUTE,
		asked = retry_after_ms < 7 * DAY ? retry_after_ms : 7 * DAY;
	for (int i = 1; i < n_failures && step < DAY; i++)
		step *= 2;
	step = step < DAY ? step : DAY;
	int64_t wait = step / 2 + part(step - step / 2, random);
	return wait > asked ? wait : asked + part(asked / 10, random);
}

/* ---- which feeds ---- */

struct wants {
	struct planet_wanted *all;
	char **owned;
	size_t n, n_owned;
};

static void want(struct wants *w, const char *url, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->all[i].url, url) == 0)
			return;
	w->all = mem_grow(w->all, w->n + 1, sizeof *w->all);
	w->all[w->n++] = (struct planet_wanted){url, name};
}

static const char *own(struct wants *w, const char *text)
{
	w->owned = mem_grow(w->owned, w->n_owned + 1, sizeof *w->owned);
	w->owned[w->n_owned] = mem_strdup(text);
	return w->owned[w->n_owned++];
}

/* A list of feeds among the site's files: OPML, or another planet's configuration. */
static void want_file(struct planet *p, struct wants *w, const struct config_planet *entry)
{
	struct buf bytes = {0};
	struct why why = {0};
	char *path = file_join(p->config->site, entry->url);
	if (file_read(path, FILE_BYTES, &bytes, &why)) {
		diag_fault(p->config->file, entry->line, "planet: %s can't be read (%s); name a feed's address, or a list of feeds"
			" (OPML) in the site", entry->url, why.text);
	} else {
		struct collection *c = collection_read(path, buf_view(&bytes), NULL);
		if (!c || !c->n_subscriptions)
			diag_fault(path, 0, "it names no feeds; put a list of feeds there (OPML), or take it out from under planet:");
		for (size_t i = 0; c && i < c->n_subscriptions; i++)
			want(w, own(w, c->subscriptions[i].feed_url), own(w, c->subscriptions[i].title));
		collection_destroy(c);
	}
	buf_finish(&bytes);
	free(path);
}

static uint64_t hash_of(const struct wants *w)
{
	uint64_t hash = 1;
	for (size_t i = 0; i < w->n; i++)
		hash = (hash * 31 ^ span_hash(span_of(w->all[i].url))) * 31 ^ span_hash(span_of(w->all[i].name ? w->all[i].name : ""));
	return hash;
}

/* Lists in the site may have changed. */
static void look_again(struct planet *p)
{
	struct wants w = {.n = 0};
	struct why why = {0};
	for (size_t i = 0; i < p->config->n_planet; i++) {
		const struct config_planet *entry = &p->config->planet[i];
		if (strstr(entry->url, "://"))
			want(&w, entry->url, entry->title);
		else
			want_file(p, &w, entry);
	}
	if (hash_of(&w) != p->wanted_hash) {
		if (planet_want(p->store, w.all, w.n, &why))
			DIAG(DIAG_ERROR, "planet", "%s", why.text);
		else
			p->wanted_hash = hash_of(&w);
		p->is_fresh = false;
	}
	for (size_t i = 0; i < w.n_owned; i++)
		free(w.owned[i]);
	free(w.owned);
	free(w.all);
	p->looked_ms = clock_mono_ms();
}

static void read_sources(struct planet *p)
{
	struct why why = {0};
	uint64_t counts[5] = {0};
	planet_sources_free(p->sources, p->n_sources);
	if (planet_sources(p->store, &p->sources, &p->n_sources, &why))
		DIAG(DIAG_ERROR, "planet", "%s", why.text);
	for (size_t i = 0; i < p->n_sources; i++)
		counts[p->sources[i].state]++;
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		p->feeds[i] = counts[i];
	for (const struct asking *a = p->askings; a; a = a->next)
		for (size_t i = 0; i < p->n_sources; i++)
			if (p->sources[i].id == a->source.id)
				p->sources[i].state = PLANET_GONE;
	p->is_fresh = true;
}

/* ---- asking ---- */

/* The host's place in the table, where another that rests may have to go; NULL when all are busy. */
static struct host *host_of(struct planet *p, const char *url)
{
	struct span name = planet_url_host(span_of(url));
	struct host *oldest = NULL;
	if (name.n >= sizeof p->hosts[0].name)
		name.n = sizeof p->hosts[0].name - 1;
	for (size_t i = 0; i < p->n_hosts; i++) {
		if (span_equal_nocase(name, span_of(p->hosts[i].name)))
			return &p->hosts[i];
		if (!p->hosts[i].is_busy && (!oldest || p->hosts[i].last_ms < oldest->last_ms))
			oldest = &p->hosts[i];
	}
	struct host *h = p->n_hosts < HOSTS ? &p->hosts[p->n_hosts++] : oldest;
	if (h) {
		*h = (struct host){.last_ms = INT64_MIN / 2};
		memcpy(h->name, name.p, name.n);
	}
	return h;
}

static void free_asking(struct asking *a)
{
	struct asking **at = &a->planet->askings;
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	struct planet_source *one = mem_new(1, sizeof *one);
	*one = a->source;
	planet_sources_free(one, 1);
	free(a);
}

/* Without its query, which may hold what is nobody's business. */
static struct span plain_url(const struct planet_source *s)
{
	return span_make(s->url, strcspn(s->url, "?#"));
}

static void put(struct planet *p, const struct planet_source *s, const struct planet_update *u)
{
	struct why why = {0};
	size_t n_new = 0;
	enum err e = planet_update(p->store, s->id, u, &n_new, &why);
	if (e && e != E_GONE)
		DIAG(DIAG_ERROR, "planet", "%.*s: %s", SPAN_ARG(plain_url(s)), why.text);
	p->entries += n_new;
	p->is_fresh = false;
	if (e)
		return;
	/* Said when it changes, not each time. */
	bool was_ill = s->n_failures > 0, is_ill = u->n_failures > 0 || u->state == PLANET_GONE;
	if (is_ill && (!was_ill || u->state == PLANET_GONE))
		DIAG(DIAG_WARN, "planet", "%.*s: %s", SPAN_ARG(plain_url(s)), u->error);
	else if (was_ill && !is_ill)
		DIAG(DIAG_INFO, "planet", "%.*s: well again", SPAN_ARG(plain_url(s)));
}

static void fail(struct planet *p, const struct planet_source *s, const struct fetch_result *r,
	enum planet_fetch outcome, const char *error)
{
	int64_t now = clock_wall_ms();
	int n = s->n_failures + 1;
	const struct planet_update u = {.state = PLANET_FAILING, .status = r->status, .n_failures = n, .error = error,
		.at = n >= GIVE_UP_MOVED && strcmp(s->at, s->url) != 0 ? s->url : NULL, .body_hash = s->body_hash, .now_ms = now,
		.next_ms = now + planet_retry_ms(p->config->planet_interval_ms, n, r->retry_after_ms, draw())};
	p->fetches[outcome]++;
	put(p, s, &u);
}

/* f: what it says now, or NULL: nothing new. */
static void succeed(struct planet *p, const struct planet_source *s, const struct fetch_result *r,
	const struct planet_feed *f, uint64_t body_hash)
{
	int64_t now = clock_wall_ms(), said = r->max_age_ms > r->retry_after_ms ? r->max_age_ms : r->retry_after_ms;
	if (f && f->ttl_ms > said)
		said = f->ttl_ms;
	const struct planet_update u = {.state = PLANET_WELL, .status = r->status, .error = "",
		.etag = r->outcome == FETCH_DONE || *r->etag ? r->etag : NULL,
		.last_modified = r->outcome == FETCH_DONE || *r->last_modified ? r->last_modified : NULL, .at = r->moved_to,
		.body_hash = body_hash, .now_ms = now, .next_ms = now + planet_wait_ms(p->config->planet_interval_ms, said, draw()),
		.feed = f};
	p->fetches[f ? PLANET_CHANGED : PLANET_SAME]++;
	put(p, s, &u);
}

static void take_list(struct planet *p, const struct planet_source *s, const struct planet_feed *f)
{
	struct why why = {0};
	if (*s->via)
		return; /* a list that a list names is none of ours: lists could name each other */
	if (planet_want_list(p->store, s->url, f->subscriptions, f->n_subscriptions, &why))
		DIAG(DIAG_ERROR, "planet", "%.*s: %s", SPAN_ARG(plain_url(s)), why.text);
}

static void read_answer(struct planet *p, const struct planet_source *s, struct fetch_result *r)
{
	uint64_t hash = span_hash(buf_view(&r->body));
	struct planet_feed *f;
	struct why why = {0};
	p->bytes += r->body.n;
	if (s->state == PLANET_WELL && hash == s->body_hash) {
		succeed(p, s, r, NULL, hash);
		return;
	}
	const struct planet_input in = {buf_view(&r->body), span_of(r->type), r->url, NULL};
	if (planet_feed_read(&in, &f, &why)) {
		fail(p, s, r, PLANET_NO_FEED, why.text);
		return;
	}
	if (strcmp(f->kind, "OPML") == 0)
		take_list(p, s, f);
	succeed(p, s, r, f, hash);
	planet_feed_destroy(f);
}

static void answered(void *data, struct fetch_result *r)
{
	struct asking *a = data;
	struct planet *p = a->planet;
	a->host->is_busy = false;
	a->host->last_ms = clock_mono_ms();
	switch (r->outcome) {
	case FETCH_DONE: read_answer(p, &a->source, r); break;
	case FETCH_UNCHANGED: succeed(p, &a->source, r, NULL, a->source.body_hash); break;
	case FETCH_GONE: {
		int64_t now = clock_wall_ms();
		const struct planet_update u = {.state = PLANET_GONE, .status = r->status, .n_failures = a->source.n_failures + 1,
			.error = r->why.text, .body_hash = a->source.body_hash, .now_ms = now, .next_ms = INT64_MAX};
		p->fetches[PLANET_ENDED]++;
		put(p, &a->source, &u);
		break;
	}
	case FETCH_REFUSED: case FETCH_FAILED: fail(p, &a->source, r, PLANET_UNREACHED, r->why.text); break;
	}
	free_asking(a);
}

/* Takes the source over; an empty one is left in its place. */
static void ask(struct planet *p, struct planet_source *s, struct host *h)
{
	struct asking *a = mem_new(1, sizeof *a);
	*a = (struct asking){p->askings, p, *s, h};
	p->askings = a;
	*s = (struct planet_source){.id = a->source.id, .state = PLANET_GONE};
	h->is_busy = true;
	/* What was never read well has to come whole. */
	bool is_known = a->source.succeeded_ms != INT64_MIN && a->source.n_failures == 0;
	const struct fetch_request request = {a->source.at, is_known ? a->source.etag : "",
		is_known ? a->source.last_modified : "", PLANET_FEED_BYTES};
	fetch_start(p->fetcher, &request, answered, a);
}

/* Starts what is due, and returns how long nothing else is. */
static int64_t ask_all_due(struct planet *p)
{
	int64_t wall = clock_wall_ms(), mono = clock_mono_ms(), wait = LOOK_MS;
	for (size_t i = 0; i < p->n_sources; i++) {
		struct planet_source *s = &p->sources[i];
		if (s->state == PLANET_GONE || s->state == PLANET_FILE)
			continue;
		/* A clock that was set back must not silence it for years. */
		int64_t due_in = s->next_ms == INT64_MIN || s->next_ms > wall + 8 * DAY ? 0 : s->next_ms - wall;
		if (due_in <= 0) {
			struct host *h = fetch_under_way(p->fetcher) < MOST_AT_ONCE ? host_of(p, s->at) : NULL;
			int64_t rest = h ? h->last_ms + HOST_GAP_MS - mono : HOST_GAP_MS;
			if (h && !h->is_busy && rest <= 0) {
				ask(p, s, h);
				continue;
			}
			due_in = h && !h->is_busy && rest > 0 ? rest : LOOK_MS; /* an answer wakes us */
		}
		wait = due_in < wait ? due_in : wait;
	}
	return wait;
}

static bool open_store(struct planet *p)
{
	struct why why = {0};
	if (!p->store && planet_store_open(p->var, &p->store, &why))
		DIAG(DIAG_ERROR, "planet", "no feeds are fetched: %s; it is tried again every minute", why.text);
	return p->store;
}

static void *run(void *data)
{
	struct planet *p = data;
	while (!p->is_stopping) {
		int64_t wait = LOOK_MS;
		if (open_store(p)) {
			if (!p->looked_ms || clock_mono_ms() - p->looked_ms >= LOOK_MS)
				look_again(p);
			if (!p->is_fresh)
				read_sources(p);
			wait = ask_all_due(p);
		}
		fetch_wait(p->fetcher, (int)(wait < LOOK_MS ? wait : LOOK_MS));
	}
	return NULL;
}

/* No feed is named any more: those of before aren't shown either. */
static void want_none(const char *var)
{
	struct planet_store *store;
	struct why why = {0};
	char *path = file_join(var, "planet.db");
	bool is_there = file_exists(path);
	free(path);
	if (!is_there)
		return;
	enum err e = planet_store_open(var, &store, &why);
	if (!e) {
		e = planet_want(store, NULL, 0, &why);
		planet_store_close(store);
	}
	if (e)
		DIAG(DIAG_ERROR, "planet", "%s", why.text);
}

struct planet *planet_start(const struct config *config, const char *var)
{
	if (!config->n_planet) {
		want_none(var);
		return NULL;
	}
	struct planet *p = mem_new(1, sizeof *p);
	p->config = config;
	p->var = mem_strdup(var);
	snprintf(p->user_agent, sizeof p->user_agent, "Carillon/" CARILLON_VERSION " (planet; +%s/planet/)", config->base_url);
	const struct fetch_options options = {.user_agent = p->user_agent, .allows_private = config->planet_private,
		.most_at_once = MOST_AT_ONCE};
	p->fetcher = fetch_create(&options);
	if (!p->fetcher || pthread_create(&p->thread, NULL, run, p)) {
		DIAG(DIAG_ERROR, "planet", "no feeds are fetched: libcurl, carillon-fetch.so or their thread couldn't be started");
		fetch_destroy(p->fetcher);
		free(p->var);
		free(p);
		return NULL;
	}
	return p;
}

void planet_stop(struct planet *p)
{
	if (!p)
		return;
	p->is_stopping = true;
	fetch_wake(p->fetcher);
	pthread_join(p->thread, NULL);
	fetch_destroy(p->fetcher);
	while (p->askings)
		free_asking(p->askings);
	planet_sources_free(p->sources, p->n_sources);
	planet_store_close(p->store);
	free(p->var);
	free(p);
}

struct planet_counts planet_counts(struct planet *p)
{
	struct planet_counts c = {0};
	if (!p)
		return c;
	for (size_t i = 0; i < COUNT_OF(c.feeds); i++)
		c.feeds[i] = p->feeds[i];
	for (size_t i = 0; i < PLANET_FETCHES; i++)
		c.fetches[i] = p->fetches[i];
	c.entries = p->entries;
	c.bytes = p->bytes;
	return c;
}

/* SPDX-License-Identifier: MIT */
#include "server/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/processors.h"
#include "server/assets.h"
#include "server/feeds.h"
#include "server/links.h"
#include "server/page.h"
#include "server/publish_announce.h"
#include "server/publish_fingerprint.h"
#include "server/publish_gone.h"
#include "server/publish_hosts.h"
#include "server/publish_targets.h"
#include "transcripts/archive_outline.h"
#include "transcripts/archive_parts.h"
#include "transcripts/feed_address.h"
#include "transcripts/static_index.h"

enum { WORKERS_MAX = 16, PROGRESS_EVERY = 16 };

struct publishing {
	struct server *server;
	const struct publish_options *options;
	struct output *output;
	struct targets targets;
	const struct target **order;
	size_t n_order, n_gated;    /* the gate is asked about the first ones */
	atomic_size_t next, n_done, gates_left, feeds_left;
	pthread_mutex_t lock;       /* for what follows, and the callbacks */
	struct publish_result *result;
	uint64_t sources;           /* a hash of what all is made from */
	struct buf faults;          /* a line each: file, tab, text */
	enum err failed;            /* the machine refused: everybody stops */
	struct why *why;
	enum { GATE_ASKED, GATE_OPEN, GATE_SHUT } gate; /* before it is open nothing is written */
	pthread_cond_t told;        /* of the gate, or of a failure */
};

/* One worker's way through the targets. */
struct worker {
	pthread_t thread;
	struct publishing *p;
	struct archive *archive;
	struct page_parts parts;
	const struct target *target; /* that it works on */
	struct buf page, html;       /* memory for one page after the other */
};

static void fail(struct publishing *p, enum err e, const struct why *why)
{
	pthread_mutex_lock(&p->lock);
	if (!p->failed) {
		p->failed = e;
		if (p->why)
			*p->why = *why;
	}
	pthread_cond_broadcast(&p->told);
	pthread_mutex_unlock(&p->lock);
}

static void fault(void *data, const char *file, const char *text)
{
	struct publishing *p = data;
	pthread_mutex_lock(&p->lock);
	p->result->n_faults++;
	buf_format(&p->faults, "%s\t%s\n", file, text);
	p->options->fault(p->options->data, file, text);
	pthread_mutex_unlock(&p->lock);
}

/* What can't be a file's name is the site's fault, all else the machine's. */
static void put(struct worker *w, const char *file, struct span bytes)
{
	struct why why = {0};
	enum err e = output_put(w->p->output, file, bytes, &why);
	if (e == E_FORMAT)
		fault(w->p, file, why.text);
	else if (e)
		fail(w->p, e, &why);
}

/* ---- links ---- */

static void note_dead(struct worker *w, struct span url)
{
	struct publishing *p = w->p;
	pthread_mutex_lock(&p->lock);
	if (p->result->n_dead++ == 0) {
		struct buf text = {0};
		buf_format(&text, "%s: %.*s", w->target->file, SPAN_ARG(url));
		p->result->first_dead = buf_take(&text);
	}
	pthread_mutex_unlock(&p->lock);
}

/* Where only a running server answers. */
static bool is_live(struct span path)
{
	return span_starts(path, "/stations/") || span_starts(path, "/oembed");
}

static void map_link(void *data, struct span url, struct buf *out)
{
	struct worker *w = data;
	const char *base_url = w->p->server->config->base_url;
	size_t n = 0;
	while (n < url.n && url.p[n] != '?' && url.p[n] != '#')
		n++;
	struct buf path = {0};
	struct target *target = NULL;
	if (unescape_url(&path, span_make(url.p, n), false) == OK)
		target = targets_find(&w->p->targets, buf_view(&path));
	if (target)
		atomic_store(&target->is_wanted, true);
	else if (!is_live(url) && w->target->kind == TARGET_PAGE &&
			!(w->p->options->media == PUBLISH_NONE && span_starts(url, "/media/")))
		note_dead(w, url);
	/* A page that is shown at any address can't have relative links. */
	bool absolute = w->p->options->absolute || !target || w->target->kind == TARGET_MISSING;
	if (absolute) {
		buf_text(out, base_url ? base_url : "");
		buf_span(out, url);
	} else {
		links_relative(span_of(w->target->file), span_of(target->file), out);
		buf_span(out, span_from(url, n));
	}
	buf_finish(&path);
}

/* ---- one target ---- */

static void begin_page(struct page *page, struct worker *w)
{
	page_init(page, w->p->server);
	page->archive = w->archive;
	page->is_file = true;
	page->parts = w->parts;
	page->out = w->page;
	buf_clear(&page->out);
}

static void end_page(struct page *page, struct worker *w)
{
	w->page = page->out;
	page->out = (struct buf){0};
	page_finish(page);
}

static void put_page(struct worker *w, struct page *page)
{
	if (w->target->kind == TARGET_TEXT || w->target->kind == TARGET_OPTIONAL) {
		put(w, w->target->file, buf_view(&page->out));
		return;
	}
	buf_clear(&w->html);
	links_rewrite(buf_view(&page->out), map_link, w, &w->html);
	put(w, w->target->file, buf_view(&w->html));
}

static void make_page(struct worker *w)
{
	struct page page;
	begin_page(&page, w);
	/* 410: what was taken down says so at its address. */
	if (page_build(&page, span_of(w->target->path)) && (page.status == 200 || (page.status == 410 && w->target->kind == TARGET_PAGE)))
		put_page(w, &page);
	else if (w->target->kind != TARGET_OPTIONAL || (page.status != 404 && page.status != 410))
		fault(w->p, w->target->file, "this page couldn't be made; `carillon doctor` may say why");
	end_page(&page, w);
}

/* Its faults are told, those of its seasons and archives are the same. */
static bool is_whole_show(const struct feed_request *request)
{
	return request->kind == FEED_SHOW && !request->season && !request->page;
}

/* False: it is none, or it is made beside its RSS form. address is finished in any case. */
static bool read_feed(const struct target *target, struct feed_address *address)
{
	struct span path = span_of(target->path), feeds = SPAN_LITERAL("/feeds/");
	*address = (struct feed_address){0};
	return span_ends(path, ".xml") && feed_address_read(address, span_from(path, feeds.n));
}

/* A page of an archive that there isn't is nobody's fault; what the gate refused it has said. */
static void note_feed(struct worker *w, enum err e, const struct why *why)
{
	if (e && e != E_GONE && e != E_DENIED)
		fail(w->p, e, why);
}

static void tell_refusal(void *data, const char *space, const char *text)
{
	struct buf line = {0};
	buf_format(&line, "feed %s: %s", space, text);
	fault(data, "feeds.lock", line.p);
	buf_finish(&line);
}

static void settle_gate(struct publishing *p)
{
	size_t n = feeds_refused(p->server->feeds, tell_refusal, p);
	pthread_mutex_lock(&p->lock);
	p->result->n_refused = n;
	p->gate = n ? GATE_SHUT : GATE_OPEN;
	pthread_cond_broadcast(&p->told);
	pthread_mutex_unlock(&p->lock);
}

/* Waits for what the gate says. False: it refuses, or all is over. */
static bool passes_gate(struct publishing *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->gate == GATE_ASKED && !p->failed)
		pthread_cond_wait(&p->told, &p->lock);
	bool passes = p->gate == GATE_OPEN && !p->failed;
	pthread_mutex_unlock(&p->lock);
	return passes;
}

/* Is anything lost from this show or conference? */
static void ask_gate(struct worker *w)
{
	struct feed_address address;
	struct why why = {0};
	bool is_read = read_feed(w->target, &address);
	const struct feed_request *r = &address.request;
	if (is_read && w->archive && !r->season && !r->track && !r->page)
		note_feed(w, feeds_collect(w->p->server->feeds, w->archive, r, r->kind == FEED_SHOW ? fault : NULL, w->p, &why), &why);
	feed_address_finish(&address);
	if (atomic_fetch_sub(&w->p->gates_left, 1) == 1)
		settle_gate(w->p);
}

static const char *const feed_endings[FEED_FORMS] = {[FEED_RSS] = "xml", [FEED_ATOM] = "atom", [FEED_JSON] = "json"};

static void put_feed(void *data, enum feed_form form, struct span document)
{
	struct worker *w = data;
	struct span path = span_of(w->target->path);
	struct buf other = {0};
	buf_span(&other, span_make(path.p, path.n - strlen(feed_endings[FEED_RSS])));
	buf_text(&other, feed_endings[form]);
	struct target *target = targets_find(&w->p->targets, buf_view(&other));
	if (target)
		put(w, target->file, document);
	buf_finish(&other);
}

/* In all its forms. */
static void make_feed(struct worker *w)
{
	struct feeds *feeds = w->p->server->feeds;
	struct feed_address address;
	struct why why = {0};
	if (read_feed(w->target, &address) && w->archive)
		note_feed(w, feeds_for_files(feeds, w->archive, &address.request, is_whole_show(&address.request) ? fault : NULL,
			w->p, put_feed, w, &why), &why);
	feed_address_finish(&address);
	if (atomic_fetch_sub(&w->p->feeds_left, 1) == 1)
		feeds_forget_collected(feeds);
}

static void make_missing(struct worker *w)
{
	struct page page;
	begin_page(&page, w);
	page_not_found(&page, "page");
	put_page(w, &page);
	end_page(&page, w);
}

static void make_media(struct worker *w)
{
	struct why why = {0};
	enum err e = output_put_media(w->p->output, w->target->file, w->target->source,
		w->p->options->media == PUBLISH_COPY, &why);
	if (e == E_FULL)
		fail(w->p, e, &why);
	else if (e)
		fault(w->p, w->target->source, why.text);
}

static void make_moments(struct worker *w)
{
	struct buf out = {0};
	struct why why = {0};
	enum err e = static_index_moments(w->archive, w->p->targets.items[w->target->item].id, &out, &why);
	if (e)
		fail(w->p, e, &why);
	else
		put(w, w->target->file, buf_view(&out));
	buf_finish(&out);
}

static enum err put_words(void *data, const char *file, struct span bytes, struct why *why)
{
	struct worker *w = data;
	return passes_gate(w->p) ? output_put(w->p->output, file, bytes, why) : E_AGAIN;
}

/* The show's or the conference's title; owned by the caller. */
static char *place_title(struct worker *w, const struct archive_outline *item)
{
	const struct config_show *show = config_show(w->p->server->config, span_of(item->show));
	struct archive_conference *found = show ? NULL : archive_conference_find(w->archive, item->conference);
	char *title = mem_strdup(show ? show->title : found ? found->c.title : item->conference);
	archive_conference_free(found);
	return title;
}

static void make_words(struct worker *w)
{
	struct publishing *p = w->p;
	static const struct target search_page = {.file = "search/index.html", .kind = TARGET_PAGE};
	struct static_index_item *items = mem_new(p->targets.n_items, sizeof *items);
	struct why why = {0};
	struct worker linker = {.p = p, .target = &search_page};
	for (size_t i = 0; i < p->targets.n_items; i++) {
		struct buf link = {0};
		map_link(&linker, span_of(p->targets.items[i].path), &link);
		items[i] = (struct static_index_item){p->targets.items[i].id, buf_take(&link), place_title(w, &p->targets.items[i])};
	}
	enum err e = w->archive ? static_index_write(w->archive, items, p->targets.n_items, put_words, w, &why) :
		put_words(w, STATIC_INDEX_FILE, SPAN_LITERAL("{\"version\":1,\"items\":[],\"shards\":[]}\n"), &why);
	if (e && passes_gate(p))
		fail(p, e, &why);
	for (size_t i = 0; i < p->targets.n_items; i++) {
		free((char *)(uintptr_t)items[i].link);
		free((char *)(uintptr_t)items[i].place);
	}
	free(items);
}

static void make(struct worker *w)
{
	switch (w->target->kind) {
	case TARGET_PAGE: case TARGET_TEXT: case TARGET_OPTIONAL: make_page(w); break;
	case TARGET_FEED: case TARGET_OPEN_FEED: make_feed(w); break;
	case TARGET_MISSING: make_missing(w); break;
	case TARGET_MEDIA: make_media(w); break;
	case TARGET_MOMENTS: make_moments(w); break;
	case TARGET_WORDS: make_words(w); break;
	case TARGET_ASSET: break; /* when it is known whether somebody wants it */
	}
}

static void progress(struct publishing *p)
{
	size_t done = atomic_fetch_add(&p->n_done, 1) + 1;
	if (done % PROGRESS_EVERY && done != p->targets.n)
		return;
	pthread_mutex_lock(&p->lock);
	if (p->options->progress)
		p->options->progress(p->options->data, done, p->targets.n);
	pthread_mutex_unlock(&p->lock);
}

static bool is_over(struct publishing *p)
{
	pthread_mutex_lock(&p->lock);
	bool is = p->failed || p->gate == GATE_SHUT;
	pthread_mutex_unlock(&p->lock);
	return is;
}

static void *work(void *data)
{
	struct worker *w = data;
	struct publishing *p = w->p;
	struct why why = {0};
	enum err e = server_borrow_archive(p->server, &w->archive, &why);
	if (e && e != E_GONE) {
		fail(p, e, &why);
		return NULL;
	}
	/* Everything of one moment; and without a lock taken for every page. */
	if (w->archive && (e = archive_hold(w->archive, &why))) {
		fail(p, e, &why);
		server_return_archive(p->server, w->archive);
		return NULL;
	}
	w->parts = page_parts(p->server, w->archive);
	size_t i;
	while ((i = atomic_fetch_add(&p->next, 1)) < p->n_order && !is_over(p)) {
		w->target = p->order[i];
		if (i < p->n_gated) {
			ask_gate(w);
		} else if (w->target->kind == TARGET_WORDS || passes_gate(p)) {
			make(w);
			progress(p);
		}
	}
	buf_finish(&w->page);
	buf_finish(&w->html);
	if (w->archive)
		archive_let_go(w->archive);
	server_return_archive(p->server, w->archive);
	return NULL;
}

static bool is_feed(const struct target *target)
{
	return target->kind == TARGET_FEED || target->kind == TARGET_OPEN_FEED;
}

/* What takes longest goes first: the index of all words, then feeds of many items. */
static int rank(const struct target *target)
{
	return target->kind == TARGET_WORDS ? 0 : target->kind == TARGET_FEED ? 1 : target->kind == TARGET_OPEN_FEED ? 2 : 3;
}

/* First the gate is asked about all feeds. Who has nothing left to ask gathers the words; with the rest they wait for it. */
static void put_in_order(struct publishing *p)
{
	size_t n_feeds = 0;
	p->order = mem_new(2 * p->targets.n, sizeof(struct target *));
	for (size_t i = 0; i < p->targets.n; i++)
		if (p->targets.list[i].kind == TARGET_FEED)
			p->order[p->n_order++] = &p->targets.list[i];
	p->n_gated = p->n_order;
	p->gate = p->n_gated ? GATE_ASKED : GATE_OPEN;
	for (int pass = 0; pass < 4; pass++)
		for (size_t i = 0; i < p->targets.n; i++)
			if (rank(&p->targets.list[i]) == pass) {
				p->order[p->n_order++] = &p->targets.list[i];
				n_feeds += is_feed(&p->targets.list[i]);
			}
	atomic_store(&p->gates_left, p->n_gated);
	atomic_store(&p->feeds_left, n_feeds);
}

static void run_workers(struct publishing *p)
{
	size_t n = processors(WORKERS_MAX), started = 0;
	struct worker workers[WORKERS_MAX] = {{0}};
	put_in_order(p);
	for (size_t i = 0; i < n; i++)
		workers[i].p = p;
	while (started < n - 1 && pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
		started++;
	work(&workers[n - 1]);
	for (size_t i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	free(p->order);
	p->order = NULL;
}

/* ---- what was wrong the last time ----
 * Where nothing has changed nothing is built, and yet what is wrong must be said: it is kept in var/published-faults, below
 * the fingerprint of what it was found in. */

static const char faults_name[] = "published-faults";

static void keep_faults(struct publishing *p, uint64_t made_from)
{
	struct buf text = {0};
	char *path = file_join(p->server->var, faults_name);
	struct why why;
	buf_format(&text, "%016" PRIx64 "\n", made_from);
	buf_span(&text, buf_view(&p->faults));
	/* Without it the next run builds all pages again. */
	(void)!file_replace(path, buf_view(&text), &why);
	free(path);
	buf_finish(&text);
}

/* False: they aren't known. */
static bool tell_faults_again(struct publishing *p, uint64_t made_from)
{
	struct buf text = {0};
	char *path = file_join(p->server->var, faults_name), wanted[20];
	snprintf(wanted, sizeof wanted, "%016" PRIx64, made_from);
	struct span rest, line, file;
	bool known = file_read(path, SIZE_MAX, &text, NULL) == OK;
	rest = buf_view(&text);
	known = known && span_next_line(&rest, &line) && span_is(line, wanted);
	while (known && span_next_line(&rest, &line)) {
		span_next_piece(&line, '\t', &file);
		char *name = span_dup(file), *what = span_dup(line);
		p->result->n_faults++;
		p->options->fault(p->options->data, name, what);
		free(name);
		free(what);
	}
	free(path);
	buf_finish(&text);
	return known;
}

static void put_assets(struct publishing *p)
{
	struct worker w = {.p = p};
	for (size_t i = 0; i < p->targets.n; i++) {
		struct target *target = &p->targets.list[i];
		if (target->kind == TARGET_ASSET && atomic_load(&target->is_wanted))
			put(&w, target->file, target->asset->bytes);
	}
}

static void put_host_files(struct publishing *p)
{
	const struct config *config = p->server->config;
	struct worker w = {.p = p};
	struct buf text = {0};
	publish_headers(&text);
	put(&w, "_headers", buf_view(&text));
	put(&w, ".nojekyll", SPAN_LITERAL("")); /* GitHub's pages: the files are as they should be */
	buf_clear(&text);
	publish_redirects(config, &text);
	if (text.n)
		put(&w, "_redirects", buf_view(&text));
	for (size_t i = 0; i < config->n_redirects; i++) {
		struct buf file = {0};
		struct target stub = {.kind = TARGET_PAGE};
		buf_clear(&text);
		if (publish_stub_file(&config->redirects[i], &file) && !targets_find(&p->targets, span_of(config->redirects[i].from))) {
			stub.file = file.p;
			w.target = &stub;
			publish_stub(&config->redirects[i], map_link, &w, &text);
			put(&w, file.p, buf_view(&text));
		}
		buf_finish(&file);
	}
	buf_finish(&text);
}

static enum err list_targets(struct publishing *p, struct why *why)
{
	struct archive *archive;
	enum err e = server_borrow_archive(p->server, &archive, why);
	if (!e || e == E_GONE)
		e = targets_list(&p->targets, p->server, archive, p->options->media != PUBLISH_NONE, why);
	server_return_archive(p->server, archive);
	return e;
}

/* ---- all of it ---- */

static enum err build_all(struct publishing *p, struct why *why)
{
	enum err e = list_targets(p, why);
	if (e)
		return e;
	p->why = why;
	run_workers(p);
	if (p->failed || p->result->n_refused) {
		targets_finish(&p->targets);
		return p->failed;
	}
	put_assets(p);
	put_host_files(p);
	e = p->failed;
	/* Once more: what was published for the first time is in feeds.lock only now. */
	uint64_t made_from = publish_fingerprint(p->server, p->sources);
	if (!e)
		e = gone_settle(p->server, p->options, p->output, made_from, &p->result->counts, why);
	if (!e)
		keep_faults(p, made_from);
	targets_finish(&p->targets);
	return e;
}

enum err publish_run(struct server *server, const struct publish_options *options, struct publish_result *result,
	struct why *why)
{
	struct publishing p = {.server = server, .options = options, .result = result};
	*result = (struct publish_result){0};
	enum err e = output_open(options->output, options->compresses, &p.output, why);
	if (e)
		return e;
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.told, NULL);
	e = publish_hash_sources(server, options, &p.sources, why);
	uint64_t made_from = publish_fingerprint(server, p.sources);
	if (!e && !options->all && output_is_current(p.output, made_from) && tell_faults_again(&p, made_from)) {
		result->is_unchanged = true;
		output_count(p.output, &result->counts);
	} else if (!e) {
		e = build_all(&p, why);
	}
	if (!e && !result->n_refused)
		result->n_unannounced = announce_count(server->config, server->var, p.output);
	buf_finish(&p.faults);
	pthread_cond_destroy(&p.told);
	pthread_mutex_destroy(&p.lock);
	output_close(p.output);
	return e;
}

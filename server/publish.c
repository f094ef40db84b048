/* SPDX-License-Identifier: MIT */
#include "server/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/assets.h"
#include "server/feeds.h"
#include "server/links.h"
#include "server/page.h"
#include "server/publish_gone.h"
#include "server/publish_hosts.h"
#include "server/publish_targets.h"
#include "server/template.h"
#include "transcripts/archive_outline.h"
#include "transcripts/archive_parts.h"
#include "transcripts/feed_address.h"
#include "transcripts/planet_store.h"
#include "transcripts/static_index.h"

/* Raise it when the same site gives other files: the next run builds all of them. */
enum { PUBLISH_VERSION = 3, WORKERS_MAX = 16, PROGRESS_EVERY = 16 };

struct publishing {
	struct server *server;
	const struct publish_options *options;
	struct output *output;
	struct targets targets;
	bool makes_feeds;           /* now; then all else */
	const struct target **order;
	size_t n_order;
	atomic_size_t next, n_done;
	pthread_mutex_t lock;       /* for what follows, and the callbacks */
	struct publish_result *result;
	struct buf faults;          /* a line each: file, tab, text */
	enum err failed;            /* the machine refused: everybody stops */
	struct why *why;
};

/* One worker's way through the targets. */
struct worker {
	pthread_t thread;
	struct publishing *p;
	struct archive *archive;
	struct page_parts parts;
	const struct target *target; /* that it works on */
};

static void fail(struct publishing *p, enum err e, const struct why *why)
{
	pthread_mutex_lock(&p->lock);
	if (!p->failed) {
		p->failed = e;
		if (p->why)
			*p->why = *why;
	}
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
}

static void put_page(struct worker *w, struct page *page)
{
	if (w->target->kind == TARGET_TEXT || w->target->kind == TARGET_OPTIONAL) {
		put(w, w->target->file, buf_view(&page->out));
		return;
	}
	struct buf html = {0};
	links_rewrite(buf_view(&page->out), map_link, w, &html);
	put(w, w->target->file, buf_view(&html));
	buf_finish(&html);
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
	page_finish(&page);
}

/* Its faults are told, those of its seasons and archives are the same. */
static bool is_whole_show(const struct feed_request *request)
{
	return request->kind == FEED_SHOW && !request->season && !request->page;
}

/* The feed in all its forms, which are kept until it is known that no feed loses anything, or written at once where the
 * gate has no say. */
static void make_feed(struct worker *w)
{
	static const char *const endings[FEED_FORMS] = {[FEED_RSS] = "xml", [FEED_ATOM] = "atom", [FEED_JSON] = "json"};
	struct span path = span_of(w->target->path), feeds = SPAN_LITERAL("/feeds/");
	struct feed_address address;
	struct buf outs[FEED_FORMS] = {{0}};
	struct why why = {0};
	if (!span_ends(path, ".xml"))
		return; /* it is made beside that one */
	enum err e = !feed_address_read(&address, span_from(path, feeds.n)) || !w->archive ? E_GONE :
		feeds_for_files(w->p->server->feeds, w->archive, &address.request, is_whole_show(&address.request) ? fault : NULL, w->p,
			outs, &why);
	/* A page of an archive that there isn't is nobody's fault; what the gate refused it has said. */
	if (e && e != E_GONE && e != E_DENIED)
		fail(w->p, e, &why);
	for (int form = 0; !e && form < FEED_FORMS; form++) {
		struct buf other = {0};
		buf_span(&other, span_make(path.p, path.n - strlen(endings[FEED_RSS])));
		buf_text(&other, endings[form]);
		struct target *target = targets_find(&w->p->targets, buf_view(&other));
		if (target && target->kind == TARGET_OPEN_FEED) {
			put(w, target->file, buf_view(&outs[form]));
		} else if (target) {
			target->made = outs[form];
			outs[form] = (struct buf){0};
		}
		buf_finish(&other);
	}
	for (int form = 0; form < FEED_FORMS; form++)
		buf_finish(&outs[form]);
	feed_address_finish(&address);
}

static void make_missing(struct worker *w)
{
	struct page page;
	begin_page(&page, w);
	page_not_found(&page, "page");
	put_page(w, &page);
	page_finish(&page);
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
	return w->p->failed ? E_AGAIN : output_put(w->p->output, file, bytes, why);
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
	if (e)
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
	case TARGET_FEED:
		if (w->target->made.n)
			put(w, w->target->file, buf_view(&w->target->made));
		break;
	case TARGET_OPEN_FEED: make_feed(w); break;
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

static bool has_failed(struct publishing *p)
{
	pthread_mutex_lock(&p->lock);
	bool failed = p->failed != OK;
	pthread_mutex_unlock(&p->lock);
	return failed;
}

static void *work(void *data)
{
	struct worker *w = data;
	struct publishing *p = w->p;
	struct why why = {0};
	enum err e = archive_open_reader(p->server->var, &w->archive, &why);
	if (e && e != E_GONE) {
		fail(p, e, &why);
		return NULL;
	}
	/* Everything of one moment; and without a lock taken for every page. */
	if (w->archive && (e = archive_hold(w->archive, &why))) {
		fail(p, e, &why);
		archive_close(w->archive);
		return NULL;
	}
	w->parts = page_parts(p->server, w->archive);
	size_t i;
	while ((i = atomic_fetch_add(&p->next, 1)) < p->n_order && !has_failed(p)) {
		w->target = p->order[i];
		if (p->makes_feeds)
			make_feed(w);
		else
			make(w);
		progress(p);
	}
	archive_close(w->archive);
	return NULL;
}

/* What is to be made, in this order: the index of all words takes longest, so it goes first. */
static void put_in_order(struct publishing *p)
{
	p->order = mem_new(p->targets.n, sizeof(struct target *));
	p->n_order = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < p->targets.n; i++) {
			const struct target *target = &p->targets.list[i];
			if ((target->kind == TARGET_WORDS) == (pass == 0) && (!p->makes_feeds || target->kind == TARGET_FEED))
				p->order[p->n_order++] = target;
		}
}

static void run_workers(struct publishing *p, bool makes_feeds)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	n = n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : n;
	struct worker workers[WORKERS_MAX] = {{0}};
	long started = 0;
	p->makes_feeds = makes_feeds;
	atomic_store(&p->next, 0);
	put_in_order(p);
	for (long i = 0; i < n; i++)
		workers[i].p = p;
	while (started < n - 1 && pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
		started++;
	work(&workers[n - 1]);
	for (long i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	free(p->order);
	p->order = NULL;
}

/* ---- all of it ---- */

static void hash(uint64_t *all, uint64_t one)
{
	*all = (*all ^ one) * 0x100000001B3u;
}

static void hash_file(uint64_t *all, const char *folder, const char *name)
{
	struct buf text = {0};
	char *path = file_join(folder, name);
	hash(all, file_read(path, SIZE_MAX, &text, NULL) ? 0 : span_hash(buf_view(&text)));
	buf_finish(&text);
	free(path);
}

static enum err hash_planet(struct publishing *p, uint64_t *all, struct why *why)
{
	struct planet_store *store;
	enum err e = server_borrow_planet(p->server, &store, why);
	if (e)
		return e == E_GONE ? OK : e;
	e = planet_fingerprint(store, all, why);
	server_return_planet(p->server, store);
	return e;
}

/* Of all that the files are made from. */
static enum err fingerprint(struct publishing *p, uint64_t *all, struct why *why)
{
	const struct config *config = p->server->config;
	const struct publish_options *o = p->options;
	struct archive *archive;
	*all = 0;
	enum err e = archive_open_reader(p->server->var, &archive, why);
	if (!e)
		e = archive_fingerprint(archive, all, why);
	archive_close(archive);
	if (e && e != E_GONE)
		return e;
	const uint64_t said[] = {PUBLISH_VERSION, span_hash(span_of(CARILLON_VERSION)), templates_hash(p->server->templates),
		o->absolute, o->compresses, o->media};
	for (size_t i = 0; i < COUNT_OF(said); i++)
		hash(all, said[i]);
	for (size_t i = 0; i < n_assets; i++)
		hash(all, span_hash(span_of(assets[i].digest)));
	hash_file(all, config->site, "carillon.yaml");
	hash_file(all, config->site, "feeds.lock");
	e = hash_planet(p, all, why);
	if (e)
		return e;
	return publish_hash_folder(config->site, "media", all, why);
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
	if (config->n_redirects) {
		buf_clear(&text);
		publish_redirects(config, &text);
		put(&w, "_redirects", buf_view(&text));
	}
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
	enum err e = archive_open_reader(p->server->var, &archive, why);
	if (!e || e == E_GONE)
		e = targets_list(&p->targets, p->server, archive, p->options->media != PUBLISH_NONE, why);
	archive_close(archive);
	return e;
}

static void tell_refusal(void *data, const char *space, const char *text)
{
	struct buf line = {0};
	buf_format(&line, "feed %s: %s", space, text);
	fault(data, "feeds.lock", line.p);
	buf_finish(&line);
}

static enum err build_all(struct publishing *p, struct why *why)
{
	enum err e = list_targets(p, why);
	if (e)
		return e;
	p->why = why;
	run_workers(p, true);
	p->result->n_refused = feeds_refused(p->server->feeds, tell_refusal, p);
	if (p->failed || p->result->n_refused) {
		targets_finish(&p->targets);
		return p->failed;
	}
	run_workers(p, false);
	put_assets(p);
	put_host_files(p);
	uint64_t made_from = 0;
	e = p->failed;
	/* Once more: what was published for the first time is in feeds.lock only now. */
	if (!e)
		e = fingerprint(p, &made_from, why);
	if (!e)
		e = gone_settle(p->server->var, p->options, p->output, made_from, &p->result->counts, why);
	if (!e)
		keep_faults(p, made_from);
	targets_finish(&p->targets);
	return e;
}

enum err publish_run(struct server *server, const struct publish_options *options, struct publish_result *result,
	struct why *why)
{
	struct publishing p = {.server = server, .options = options, .result = result};
	uint64_t made_from;
	*result = (struct publish_result){0};
	enum err e = output_open(options->output, options->compresses, &p.output, why);
	if (e)
		return e;
	pthread_mutex_init(&p.lock, NULL);
	e = fingerprint(&p, &made_from, why);
	if (!e && !options->all && output_is_current(p.output, made_from) && tell_faults_again(&p, made_from)) {
		result->is_unchanged = true;
		output_count(p.output, &result->counts);
	} else if (!e) {
		e = build_all(&p, why);
	}
	buf_finish(&p.faults);
	pthread_mutex_destroy(&p.lock);
	output_close(p.output);
	return e;
}

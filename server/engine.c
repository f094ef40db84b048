/* SPDX-License-Identifier: MIT */
#include "server/engine.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/clips.h"
#include "server/control.h"
#include "server/feeds.h"
#include "server/media_work.h"
#include "server/importing.h"
#include "server/planet.h"
#include "server/push.h"
#include "server/push_access.h"
#include "server/template.h"
#include "server/route_push.h"
#include "server/server.h"
#include "server/verb.h"
#include "server/watch.h"
#include "server/wikimon.h"
#include "transcripts/archive_takedown.h"

struct serving {
	const struct engine_options *options;
	struct server server;
	struct loop_waker log_waker, audio_waker;
	uv_timer_t flush;       /* runs while the hub gathers */
	uv_prepare_t turn_end;  /* hands what one turn of the loop brought to the log as one batch */
	struct control *control;
	struct watch *watch;
	bool is_importing, has_imported, import_again, reload;
};

/* ---- importing, on a worker ---- */

struct import_job {
	uv_work_t request;
	struct serving *serving;
	struct importer_counts counts;
	bool is_first, ran;
};

static void start_import(struct serving *s);

static void import_fault(void *data, const char *file, int line, const char *text)
{
	(void)data;
	diag_fault(file, line, "%s", text);
}

static void feed_fault(void *data, const char *path, const char *text)
{
	const struct config *config = data;
	char *place = file_join(config->site, path);
	diag_fault(place, 0, "%s", text);
	free(place);
}

static void import_work(uv_work_t *request)
{
	struct import_job *job = request->data;
	const struct config *config = job->serving->server.config;
	struct archive *archive;
	struct why why = {0};
	if (archive_open(job->serving->server.var, &archive, &why)) {
		DIAG(DIAG_ERROR, "import", "%s", why.text);
		return;
	}
	struct importer_site *site = importing_site(config, false);
	const struct importer_report report = {.fault = import_fault};
	if (importer_run(archive, site, NULL, 0, &report, &job->counts, &why))
		DIAG(DIAG_ERROR, "import", "%s", why.text);
	job->ran = true;
	atomic_store(&job->serving->server.has_taken_media, archive_has_taken_media(archive));
	/* What is wrong with a feed is said before a subscriber sees it; its media are looked into before the first one asks. */
	if (job->is_first || job->counts.files > job->counts.unchanged || job->counts.vanished)
		feeds_check(job->serving->server.feeds, archive, feed_fault, job->serving->server.config);
	importing_site_free(site);
	archive_close(archive);
}

static void import_done(uv_work_t *request, int status)
{
	(void)status;
	struct import_job *job = request->data;
	struct serving *s = job->serving;
	if (job->ran && job->counts.files > job->counts.unchanged)
		DIAG(DIAG_INFO, "import", "%zu files: %zu unchanged, %zu episodes, %zu transcripts, %zu not read", job->counts.files,
			job->counts.unchanged, job->counts.episodes, job->counts.transcripts, job->counts.not_recognised);
	free(job);
	s->is_importing = false;
	media_work_wake(s->server.media_work);
	if (s->import_again && !s->server.loop.is_stopping) {
		s->import_again = false;
		start_import(s);
	}
}

static void start_import(struct serving *s)
{
	if (s->is_importing) {
		s->import_again = true;
		return;
	}
	struct import_job *job = mem_new(1, sizeof *job);
	job->serving = s;
	job->is_first = !s->has_imported;
	s->has_imported = true;
	job->request.data = job;
	s->is_importing = uv_queue_work(&s->server.loop.uv, &job->request, import_work, import_done) == 0;
	if (!s->is_importing)
		free(job);
}

static void template_is_broken(void *data, const char *file, int line, const char *text)
{
	(void)data;
	diag_fault(file, line, "%s; the built-in one is used", text);
}

static void load_templates(struct server *server)
{
	struct templates *old = server->templates;
	server->templates = templates_load(server->config->site, template_is_broken, NULL);
	if (!old)
		return;
	server->_old_templates = mem_grow(server->_old_templates, server->_n_old_templates + 1, sizeof old);
	server->_old_templates[server->_n_old_templates++] = old;
}

static void free_templates(struct server *server)
{
	templates_free(server->templates);
	for (size_t i = 0; i < server->_n_old_templates; i++)
		templates_free(server->_old_templates[i]);
	free(server->_old_templates);
}

static void site_changed(void *data, unsigned changes)
{
	struct serving *s = data;
	if (changes & WATCH_CONTENT)
		start_import(s);
	if (changes & WATCH_TEMPLATES)
		load_templates(&s->server);
	if (!(changes & WATCH_CONFIG))
		return;
	struct config *next;
	if (config_load(s->server.config->site, &next)) {
		DIAG(DIAG_WARN, "serve", "carillon.yaml has faults; going on with the configuration of before");
		return;
	}
	config_destroy(next);
	DIAG(DIAG_INFO, "serve", "carillon.yaml has changed; starting anew");
	s->reload = true;
	loop_stop(&s->server.loop);
}

/* ---- what the loop calls ---- */

static void committed(void *data, struct event *const *events, size_t n)
{
	struct server *server = &((struct serving *)data)->server;
	hub_publish(server->hub, events, n);
	wikimon_publish(server->wikimon, events, n);
}

static void on_flush(uv_timer_t *timer)
{
	hub_flush(((struct serving *)timer->data)->server.hub);
}

static void log_woke(void *data)
{
	struct serving *s = data;
	ingest_collect(s->server.ingest);
	int64_t wait_ms = hub_wait_ms(s->server.hub);
	if (wait_ms == 0)
		hub_flush(s->server.hub);
	else if (wait_ms > 0 && !uv_is_active((uv_handle_t *)&s->flush))
		uv_timer_start(&s->flush, on_flush, (uint64_t)wait_ms, 0);
}

static void audio_woke(void *data)
{
	hub_collect(((struct serving *)data)->server.hub);
}

static void on_turn_end(uv_prepare_t *prepare)
{
	ingest_flush(((struct serving *)prepare->data)->server.ingest);
}

/* ---- up and down ---- */

static enum err open_stores(struct serving *s, struct why *why)
{
	struct server *server = &s->server;
	server->var = file_join(server->config->site, "var");
	atomic_init(&server->has_taken_media, true); /* until an import has looked */
	enum err e = log_open(server->var, loop_wake, &s->log_waker, &server->log, why);
	if (!e)
		e = log_keep(server->log, server->config->log_keep_ms, server->config->log_bytes);
	if (e)
		return e;
	server->wikimon = wikimon_create();
	server->clips = clips_create(server);
	server->ingest = ingest_create(server->log, committed, s);
	server->push_access = push_access_create(server->var);
	server->push_jobs = push_jobs_create(server);
	server->push = push_create(server);
	server->hub = hub_create(server->config, loop_wake, &s->audio_waker);
	server->feeds = feeds_create(server->config, s->options->allow_removal);
	load_templates(server);
	return OK;
}

static void start_sources(struct serving *s)
{
	struct server *server = &s->server;
	server->sources = mem_new(server->config->n_sources, sizeof *server->sources);
	for (size_t i = 0; i < server->config->n_sources; i++) {
		const struct config_source *wanted = &server->config->sources[i];
		struct why why = {0};
		if (source_start(&server->loop, server->config, wanted, server->ingest, &server->sources[i], &why))
			diag_fault(server->config->file, wanted->line, "%s", why.text);
	}
}

static void set_base_url(struct server *server)
{
	struct config *config = server->config;
	if (config->base_url)
		return;
	struct buf url = {0};
	buf_format(&url, "http://%s", server->loop.listening);
	config->_base_url = buf_take(&url);
	config->base_url = config->_base_url;
}

/* Without it pages have no waveforms, and all else goes on. */
static void open_media(struct server *server)
{
	struct why why = {0};
	if (media_store_open(server->var, &server->media, &why))
		DIAG(DIAG_ERROR, "media", "%s; media aren't looked into", why.text);
	else
		server->media_work = media_work_create(server->media, server->config->site, server->var);
	feeds_use_media(server->feeds, server->media);
}

/* An exit code; why is filled unless it is EXIT_DONE. */
static int start(struct serving *s, struct why *why)
{
	char **where = s->options->where;
	struct server *server = &s->server;
	struct loop *loop = &server->loop;
	loop_waker_init(loop, &s->log_waker, log_woke, s);
	loop_waker_init(loop, &s->audio_waker, audio_woke, s);
	uv_timer_init(&loop->uv, &s->flush);
	s->flush.data = s;
	uv_prepare_init(&loop->uv, &s->turn_end);
	s->turn_end.data = s;
	loop->server = server;
	if (open_stores(s, why))
		return EXIT_MACHINE;
	enum err e = where ? loop_listen(loop, *where, why) : OK;
	if (e)
		return e == E_FORMAT ? EXIT_USAGE : EXIT_MACHINE;
	set_base_url(server);
	server->started_ms = clock_mono_ms();
	uv_prepare_start(&s->turn_end, on_turn_end);
	start_sources(s);
	struct why control_why = {0};
	if (control_listen(loop, server->var, server->config, server->ingest, server->log, server->hub, &s->control,
		&control_why))
		DIAG(DIAG_WARN, "serve", "no replay from other terminals: %s", control_why.text);
	if (!where)
		return EXIT_DONE; /* nobody reads pages */
	open_media(server);
	s->watch = watch_create(loop, server->config->site, site_changed, s);
	start_import(s);
	server->planet = planet_start(server->config, server->var);
	return EXIT_DONE;
}

static void stop(struct serving *s)
{
	struct server *server = &s->server;
	planet_stop(server->planet);
	watch_destroy(s->watch);
	control_stop(s->control);
	push_stop(server->push);
	for (size_t i = 0; server->sources && i < server->config->n_sources; i++)
		source_stop(server->sources[i]);
	free(server->sources);
	push_jobs_destroy(server->push_jobs);
	if (server->ingest) {
		ingest_flush(server->ingest);
		ingest_destroy(server->ingest);
	}
	push_access_destroy(server->push_access);
	log_close(server->log);
	hub_destroy(server->hub);
	wikimon_destroy(server->wikimon);
	uv_close((uv_handle_t *)&s->flush, NULL);
	uv_close((uv_handle_t *)&s->turn_end, NULL);
	loop_waker_finish(&s->log_waker, NULL);
	loop_waker_finish(&s->audio_waker, NULL);
	media_work_destroy(server->media_work);
	server->media_work = NULL; /* an import that ends below would wake it */
	loop_finish(&server->loop);
	media_store_close(server->media);
	push_destroy(server->push);
	clips_destroy(server->clips);
	server_close_archives(server);
	feeds_destroy(server->feeds);
	pthread_mutex_destroy(&server->_readers_lock);
	free_templates(server);
	free(server->var);
	config_destroy(server->config);
}

int engine_run(const struct engine_options *o, bool *reload)
{
	struct serving s = {.options = o};
	enum err e = config_load(o->site, &s.server.config);
	if (e)
		return e == E_GONE ? EXIT_MACHINE : EXIT_FAULTS;
	struct why why = {0};
	pthread_mutex_init(&s.server._readers_lock, NULL);
	if (loop_init(&s.server.loop, true, &why)) {
		diag_fault(NULL, 0, "%s", why.text);
		pthread_mutex_destroy(&s.server._readers_lock);
		config_destroy(s.server.config);
		return EXIT_MACHINE;
	}
	int code = start(&s, &why);
	if (code) {
		diag_fault(NULL, 0, "%s", why.text);
	} else {
		if (o->where) {
			free(*o->where);
			*o->where = mem_strdup(s.server.loop.listening);
		}
		if (o->started)
			o->started(o->data, &s.server);
		loop_run(&s.server.loop);
		if (o->stopping)
			o->stopping(o->data, &s.server);
	}
	*reload = s.reload;
	stop(&s);
	return code;
}

/* SPDX-License-Identifier: MIT */
#include "server/media_work.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/media_check.h"

struct media_work {
	struct media_store *store;
	const char *site, *var;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t woken;
	bool wanted;
	atomic_bool stop;
	struct media_work_counts counts;
	size_t n_new; /* of this round; the thread's own */
};

static void tell(void *data, const char *file, int line, const char *text)
{
	(void)data;
	diag_fault(file, line, "%s", text);
}

static void after_file(void *data, const char *name, const struct media_study *s, bool was_known, enum err e,
	const struct why *why)
{
	struct media_work *w = data;
	(void)s;
	pthread_mutex_lock(&w->mutex);
	w->counts.done++;
	w->counts.studied += !was_known && !e;
	w->counts.unreadable += !was_known && e;
	pthread_mutex_unlock(&w->mutex);
	w->n_new += !was_known;
	if (e && !was_known)
		DIAG(DIAG_WARN, "media", "media/%s: %s", name, why->text);
}

static void on_progress(void *data, size_t done, size_t total, const char *name, int thousandths)
{
	struct media_work *w = data;
	(void)done, (void)name, (void)thousandths;
	pthread_mutex_lock(&w->mutex);
	w->counts.files = total;
	pthread_mutex_unlock(&w->mutex);
}

static void check_pages(struct media_work *w)
{
	struct archive *archive;
	struct why why = {0};
	size_t n_faults = 0;
	const struct media_check_report report = {tell, NULL};
	enum err e = archive_open_reader(w->var, &archive, &why);
	if (e == E_GONE)
		return;
	if (!e) {
		e = media_check(archive, w->site, w->store, &report, &n_faults, &why);
		archive_close(archive);
	}
	if (e)
		DIAG(DIAG_ERROR, "media", "%s", why.text);
}

static void look(struct media_work *w)
{
	struct why why = {0};
	const struct media_store_report report = {.file = after_file, .progress = on_progress, .data = w, .stop = &w->stop,
		.is_gentle = true};
	w->n_new = 0;
	pthread_mutex_lock(&w->mutex);
	w->counts.files = w->counts.done = 0;
	pthread_mutex_unlock(&w->mutex);
	enum err e = media_store_study_all(w->store, w->site, &report, NULL, &why);
	if (atomic_load(&w->stop))
		return;
	if (e)
		DIAG(DIAG_ERROR, "media", "%s", why.text);
	if (w->n_new)
		check_pages(w);
}

static void *run(void *data)
{
	struct media_work *w = data;
	pthread_mutex_lock(&w->mutex);
	while (!atomic_load(&w->stop)) {
		if (!w->wanted) {
			pthread_cond_wait(&w->woken, &w->mutex);
			continue;
		}
		w->wanted = false;
		pthread_mutex_unlock(&w->mutex);
		look(w);
		pthread_mutex_lock(&w->mutex);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

struct media_work *media_work_create(struct media_store *store, const char *site, const char *var)
{
	struct media_work *w = mem_new(1, sizeof *w);
	w->store = store;
	w->site = site;
	w->var = var;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->woken, NULL);
	if (pthread_create(&w->thread, NULL, run, w)) {
		DIAG(DIAG_ERROR, "media", "no thread for it; media are looked into by carillon import only");
		pthread_cond_destroy(&w->woken);
		pthread_mutex_destroy(&w->mutex);
		free(w);
		return NULL;
	}
	return w;
}

void media_work_wake(struct media_work *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->mutex);
	w->wanted = true;
	pthread_cond_signal(&w->woken);
	pthread_mutex_unlock(&w->mutex);
}

void media_work_destroy(struct media_work *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->mutex);
	atomic_store(&w->stop, true);
	pthread_cond_signal(&w->woken);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->woken);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}

struct media_work_counts media_work_counts(struct media_work *w)
{
	struct media_work_counts counts = {0};
	if (!w)
		return counts;
	pthread_mutex_lock(&w->mutex);
	counts = w->counts;
	pthread_mutex_unlock(&w->mutex);
	return counts;
}

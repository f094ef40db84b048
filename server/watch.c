/* SPDX-License-Identifier: MIT */
#include "server/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

enum { QUIET_MS = 500 };

static const char *const folders[] = {"episodes", "transcripts", "media"};
enum { SITE = COUNT_OF(folders), WATCHES };

struct watch {
	uv_fs_event_t events[WATCHES]; /* one a folder, then the site itself */
	bool is_watching[WATCHES];
	uv_timer_t quiet;
	char *site;
	unsigned changes;
	int open_handles;
	void (*changed)(void *data, unsigned changes);
	void *data;
};

static void watch_folders(struct watch *w);

static void after_quiet(uv_timer_t *timer)
{
	struct watch *w = timer->data;
	unsigned changes = w->changes;
	w->changes = 0;
	watch_folders(w);
	w->changed(w->data, changes);
}

static void note(struct watch *w, unsigned change)
{
	w->changes |= change;
	uv_timer_start(&w->quiet, after_quiet, QUIET_MS, 0);
}

static void in_folder(uv_fs_event_t *event, const char *name, int events, int status)
{
	(void)name;
	(void)events;
	if (status == 0)
		note(event->data, WATCH_CONTENT);
}

static void in_site(uv_fs_event_t *event, const char *name, int events, int status)
{
	(void)events;
	if (status || !name)
		return;
	if (strcmp(name, "carillon.yaml") == 0)
		note(event->data, WATCH_CONFIG);
	for (size_t i = 0; i < COUNT_OF(folders); i++)
		if (strcmp(name, folders[i]) == 0)
			note(event->data, WATCH_CONTENT);
}

/* A folder that was removed and made again needs a new watch: its inode is another one. */
static void watch_folders(struct watch *w)
{
	for (int i = 0; i < WATCHES; i++) {
		char *path = i == SITE ? mem_strdup(w->site) : file_join(w->site, folders[i]);
		if (w->is_watching[i])
			uv_fs_event_stop(&w->events[i]);
		w->is_watching[i] = uv_fs_event_start(&w->events[i], i == SITE ? in_site : in_folder, path, 0) == 0;
		free(path);
	}
}

struct watch *watch_create(struct loop *loop, const char *site, void (*changed)(void *data, unsigned changes), void *data)
{
	struct watch *w = mem_new(1, sizeof *w);
	w->site = mem_strdup(site);
	w->changed = changed;
	w->data = data;
	w->open_handles = WATCHES + 1;
	for (int i = 0; i < WATCHES; i++) {
		uv_fs_event_init(&loop->uv, &w->events[i]);
		w->events[i].data = w;
	}
	uv_timer_init(&loop->uv, &w->quiet);
	w->quiet.data = w;
	watch_folders(w);
	return w;
}

static void closed(uv_handle_t *handle)
{
	struct watch *w = handle->data;
	if (--w->open_handles)
		return;
	free(w->site);
	free(w);
}

void watch_destroy(struct watch *w)
{
	if (!w)
		return;
	for (int i = 0; i < WATCHES; i++)
		uv_close((uv_handle_t *)&w->events[i], closed);
	uv_close((uv_handle_t *)&w->quiet, closed);
}

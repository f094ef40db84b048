/* SPDX-License-Identifier: MIT */
#include "server/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"

enum {
	QUIET_MS = 500,
	DEPTH_MAX = 16,     /* as the importer goes */
	FOLDERS_MAX = 4096, /* half of what Linux gives a user by default */
};

static const char *const folders[] = {"episodes", "transcripts", "talks", "media"};
static const char templates[] = "templates";
static const char *const rules[] = {"people.yaml", "corrections.yaml", "references.yaml", "takedown.yaml"};

/* One folder's watch. */
struct folder {
	uv_fs_event_t event;
	struct watch *watch;
};

struct watch {
	struct folder **folders;
	size_t n_folders;
	bool is_over_limit; /* said */
	uv_timer_t quiet;
	char *site;
	unsigned changes;
	size_t n_open;      /* handles, closing ones too */
	bool is_going;
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

static struct watch *watch_of(const uv_fs_event_t *event)
{
	const struct folder *folder = event->data;
	return folder->watch;
}

static void in_folder(uv_fs_event_t *event, const char *name, int events, int status)
{
	(void)name;
	(void)events;
	if (status == 0)
		note(watch_of(event), WATCH_CONTENT);
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void in_templates(uv_fs_event_t *event, const char *name, int events, int status)
{
	(void)name;
	(void)events;
	if (status == 0)
		note(watch_of(event), WATCH_TEMPLATES);
}

static void in_site(uv_fs_event_t *event, const char *name, int events, int status)
{
	(void)events;
	if (status || !name)
		return;
	if (strcmp(name, "carillon.yaml") == 0)
		note(watch_of(event), WATCH_CONFIG);
	if (strcmp(name, templates) == 0)
		note(watch_of(event), WATCH_TEMPLATES);
	if (is_one_of(name, folders, COUNT_OF(folders)) || is_one_of(name, rules, COUNT_OF(rules)))
		note(watch_of(event), WATCH_CONTENT);
}

static void finish_when_closed(struct watch *w)
{
	if (--w->n_open || !w->is_going)
		return;
	free(w->site);
	free(w);
}

static void folder_closed(uv_handle_t *handle)
{
	struct folder *folder = handle->data;
	struct watch *w = folder->watch;
	free(folder);
	finish_when_closed(w);
}

static void leave_folders(struct watch *w)
{
	for (size_t i = 0; i < w->n_folders; i++)
		uv_close((uv_handle_t *)&w->folders[i]->event, folder_closed);
	free(w->folders);
	w->folders = NULL;
	w->n_folders = 0;
}

static void watch_one(struct watch *w, const char *path, uv_fs_event_cb changed)
{
	struct folder *folder = mem_new(1, sizeof *folder);
	folder->watch = w;
	uv_fs_event_init(w->quiet.loop, &folder->event);
	folder->event.data = folder;
	w->n_open++;
	if (uv_fs_event_start(&folder->event, changed, path, 0)) {
		uv_close((uv_handle_t *)&folder->event, folder_closed);
		return;
	}
	w->folders = mem_grow(w->folders, w->n_folders + 1, sizeof(struct folder *));
	w->folders[w->n_folders++] = folder;
}

static void watch_tree(struct watch *w, const char *path, int depth)
{
	char **names;
	size_t n;
	if (w->n_folders >= FOLDERS_MAX) {
		if (!w->is_over_limit)
			DIAG(DIAG_WARN, "watch", "the site has more than %d folders; what changes in the others is seen at the next "
				"import", FOLDERS_MAX);
		w->is_over_limit = true;
		return;
	}
	watch_one(w, path, in_folder);
	if (depth == DEPTH_MAX || file_list(path, &names, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++) {
		char *child = file_join(path, names[i]);
		if (names[i][0] != '.' && file_is_folder(child))
			watch_tree(w, child, depth + 1);
		free(child);
	}
	file_list_free(names, n);
}

/* All anew: a folder that was removed and made again needs a new watch, its inode is another one. */
static void watch_folders(struct watch *w)
{
	leave_folders(w);
	watch_one(w, w->site, in_site);
	char *own = file_join(w->site, templates);
	if (file_is_folder(own))
		watch_one(w, own, in_templates);
	free(own);
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		char *path = file_join(w->site, folders[i]);
		if (file_is_folder(path))
			watch_tree(w, path, 1);
		free(path);
	}
}

struct watch *watch_create(struct loop *loop, const char *site, void (*changed)(void *data, unsigned changes), void *data)
{
	struct watch *w = mem_new(1, sizeof *w);
	w->site = mem_strdup(site);
	w->changed = changed;
	w->data = data;
	uv_timer_init(&loop->uv, &w->quiet);
	w->quiet.data = w;
	w->n_open = 1;
	watch_folders(w);
	return w;
}

static void timer_closed(uv_handle_t *handle)
{
	finish_when_closed(handle->data);
}

void watch_destroy(struct watch *w)
{
	if (!w)
		return;
	w->is_going = true;
	leave_folders(w);
	uv_close((uv_handle_t *)&w->quiet, timer_closed);
}

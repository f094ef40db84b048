/* SPDX-License-Identifier: MIT */
#include "server/backup_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "server/backup_manifest.h"

#define NOBODY ((size_t)-1)

static const char published_list[] = ".carillon-published"; /* publish_output.c's, in a folder that it wrote */

/* Of var/: the rest is made from these and from the owner's files, or belongs to the running server. */
static const struct {
	const char *path;
	bool is_database;
} kept[] = {{"var/elsewhere", false}, {"var/events.db", true}, {"var/feeds", false}, {"var/media.db", true},
	{"var/planet.db", true}, {"var/tokens", false}};

struct listing {
	struct backup_list *list;
	const char *site;
	struct stat site_info;
	const struct backup_report *report;
	size_t *n_faults;
};

static void tell(struct listing *l, const char *path, const char *text)
{
	++*l->n_faults;
	if (l->report->fault)
		l->report->fault(l->report->data, path, text);
}

static const char *missing_text(int code)
{
	return code == ENOENT ? "its link leads nowhere; it is left out" :
		code == ELOOP ? "its link leads in a circle; it is left out" :
		code == EACCES ? "it may not be read; it is left out" : "it can't be read; it is left out";
}

/* A link to a folder that this one is in would go on for ever. */
static bool is_in_itself(const struct listing *l, const struct stat *info, size_t above)
{
	const struct backup_file *files = l->list->files;
	for (size_t i = above; i != NOBODY; i = files[i].above)
		if (files[i].device == info->st_dev && files[i].inode == info->st_ino)
			return true;
	return l->site_info.st_dev == info->st_dev && l->site_info.st_ino == info->st_ino;
}

/* What `publish` wrote it makes again. */
static bool is_published_folder(const char *full)
{
	char *list = file_join(full, published_list);
	bool is = file_exists(list);
	free(list);
	return is;
}

/* Links are followed: a backup that is restored on another machine must not lack what they led to. */
static void add(struct listing *l, const char *path, size_t above, bool is_database)
{
	struct backup_list *list = l->list;
	struct stat info;
	char *full = file_join(l->site, path);
	const char *fault = NULL;
	if (stat(full, &info))
		fault = missing_text(errno);
	else if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
		fault = "it is neither a file nor a folder; it is left out";
	else if (S_ISDIR(info.st_mode) && is_in_itself(l, &info, above))
		fault = "its link leads to a folder that it is in; it is left out";
	else if (manifest_path_fault(path))
		fault = manifest_path_fault(path);
	if (fault)
		tell(l, path, fault);
	if (fault || (S_ISDIR(info.st_mode) && is_published_folder(full))) {
		free(full);
		return;
	}
	if ((list->n & (list->n - 1)) == 0)
		list->files = mem_grow(list->files, list->n ? 2 * list->n : 1, sizeof *list->files);
	list->files[list->n++] = (struct backup_file){.path = mem_strdup(path), .full = full,
		.is_folder = S_ISDIR(info.st_mode), .is_database = is_database,
		.n_bytes = S_ISDIR(info.st_mode) ? 0 : (uint64_t)info.st_size, .device = info.st_dev, .inode = info.st_ino,
		.above = above};
}

/* At the site's top: var/ has its own list, and what `restore` reads isn't the owner's. */
static bool is_left_out(const char *path, bool without_media)
{
	return strcmp(path, "var") == 0 || (without_media && strcmp(path, "media") == 0) ||
		strcmp(path, MANIFEST_HEAD_PATH) == 0 || strcmp(path, MANIFEST_PATH) == 0;
}

static void add_entries(struct listing *l, size_t folder, bool without_media)
{
	char **names, *path = folder == NOBODY ? NULL : mem_strdup(l->list->files[folder].path);
	size_t n;
	struct why why;
	if (file_list(path ? l->list->files[folder].full : l->site, &names, &n, &why)) {
		tell(l, path ? path : l->site, "it can't be listed; it is left out");
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		char *below = path ? file_join(path, names[i]) : mem_strdup(names[i]);
		if (path || !is_left_out(below, without_media))
			add(l, below, folder, false);
		free(below);
	}
	file_list_free(names, n);
	free(path);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct backup_file *)a)->path, ((const struct backup_file *)b)->path);
}

enum err backup_list_make(struct backup_list *list, const char *site, bool without_media, const struct backup_report *report,
	size_t *n_faults, struct why *why)
{
	struct listing l = {.list = list, .site = site, .report = report, .n_faults = n_faults};
	*list = (struct backup_list){0};
	char *config = file_join(site, "carillon.yaml");
	bool is_site = file_exists(config) && stat(site, &l.site_info) == 0;
	free(config);
	if (!is_site)
		return why_set(why, E_GONE, "there is no %s/carillon.yaml; name a site with --site DIR", site);
	add_entries(&l, NOBODY, without_media);
	for (size_t i = 0; i < COUNT_OF(kept); i++) {
		char *full = file_join(site, kept[i].path);
		if (file_exists(full))
			add(&l, kept[i].path, NOBODY, kept[i].is_database);
		free(full);
	}
	for (size_t i = 0; i < list->n; i++)
		if (list->files[i].is_folder)
			add_entries(&l, i, false);
	if (list->n)
		qsort(list->files, list->n, sizeof *list->files, by_path);
	return OK;
}

void backup_list_finish(struct backup_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->files[i].path);
		free(list->files[i].full);
	}
	free(list->files);
	*list = (struct backup_list){0};
}

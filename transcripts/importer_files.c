/* SPDX-License-Identifier: MIT */
#include "transcripts/importer_files.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/chapters.h"

enum { DEPTH_MAX = 16, ELSEWHERE_BYTES_MAX = 1 << 20 };

struct listing {
	struct file_list *list;
	size_t room;
	const struct importer_site *site;
	char *real_site;   /* absolute */
	bool named;
};

/* What is read without being asked for. */
static const char *const site_folders[] = {"episodes", "transcripts", "talks"};

static int rank_of(struct span ending)
{
	static const char *const ranks[] = {"vtt", "srt", "json", "txt"};
	for (size_t i = 0; i < COUNT_OF(ranks); i++)
		if (span_equal_nocase(ending, span_of(ranks[i])))
			return (int)i;
	return (int)COUNT_OF(ranks);
}

/* The part of an absolute path below the folder, or NULL. */
static const char *below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	if (n == 1 && folder[0] == '/')
		return path[1] ? path + 1 : NULL;
	return strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

/* Takes full. path: as the archive knows it, taken too. */
static void add_file(struct listing *l, char *path, char *full)
{
	struct file_list *list = l->list;
	if (list->n == l->room) {
		l->room = l->room ? l->room * 2 : 64;
		list->files = mem_grow(list->files, l->room, sizeof *list->files);
	}
	struct buf slug = {0};
	struct span stem;
	(void)chapters_is_named(path, &stem);
	escape_slug(&slug, stem);
	buf_text(&slug, "");
	struct span ending = file_ending(path);
	bool markdown = span_equal_nocase(ending, span_of("md")) || span_equal_nocase(ending, span_of("markdown"));
	list->files[list->n++] = (struct listed_file){.path = path, .full = full, .slug = buf_take(&slug),
		.rank = rank_of(ending), .may_be_page = markdown, .named = l->named};
}

/* As it opens; plain where the site is the current folder, for messages. */
static char *in_site(const struct listing *l, const char *path)
{
	return strcmp(l->site->folder, ".") == 0 ? mem_strdup(path) : file_join(l->site->folder, path);
}

/* path: as the archive knows the folder. Unreadable folders are errors: silence would look as if all had vanished. */
static enum err walk(struct listing *l, const char *path, const char *full, int depth, struct why *why)
{
	char **names;
	size_t n;
	if (depth > DEPTH_MAX)
		return OK;
	enum err e = file_list(full, &names, &n, why);
	if (e)
		return e;
	for (size_t i = 0; i < n && !e; i++) {
		if (names[i][0] == '.')
			continue;
		char *child = file_join(path, names[i]), *child_full = file_join(full, names[i]);
		struct stat info;
		if (lstat(child_full, &info) == 0 && S_ISDIR(info.st_mode)) {
			e = walk(l, child, child_full, depth + 1, why);
		} else if (stat(child_full, &info) == 0 && S_ISREG(info.st_mode)) {
			add_file(l, child, child_full);
			continue;
		}
		free(child);
		free(child_full);
	}
	file_list_free(names, n);
	return e;
}

/* The site's own path of something in it ("episodes/a.md"), or NULL. */
static const char *inside_site(const struct listing *l, const char *real)
{
	const char *path = below(real, l->real_site);
	struct span s = span_of(path), folder;
	for (size_t i = 0; i < COUNT_OF(site_folders); i++) {
		folder = span_of(site_folders[i]);
		if (span_starts(s, site_folders[i]) && (s.n == folder.n || s.p[folder.n] == '/'))
			return path;
	}
	return NULL;
}

static enum err add_place(struct listing *l, const char *real, struct why *why)
{
	const char *path = inside_site(l, real);
	char *full = path ? in_site(l, path) : mem_strdup(real);
	enum err e = OK;
	if (file_is_folder(full)) {
		e = walk(l, path ? path : real, full, 0, why);
	} else {
		add_file(l, mem_strdup(path ? path : real), full);
		full = NULL;
	}
	free(full);
	return e;
}

static enum err add_site_folder(struct listing *l, const char *name, struct why *why)
{
	char *full = in_site(l, name);
	enum err e = file_is_folder(full) ? walk(l, name, full, 0, why) : OK;
	free(full);
	return e;
}

static void add_missing(struct file_list *list, struct span place)
{
	list->missing = mem_grow(list->missing, list->n_missing + 1, sizeof *list->missing);
	list->missing[list->n_missing++] = span_dup(place);
}

static enum err add_remembered_place(struct listing *l, struct span line, struct buf *places, struct why *why)
{
	char *place = span_dup(line);
	bool there = file_exists(place);
	enum err e = there ? add_place(l, place, why) : OK;
	if (!there)
		add_missing(l->list, line);
	if (there || !l->site->forget) {
		buf_span(places, line);
		buf_char(places, '\n');
	}
	free(place);
	return e;
}

/* "as LABEL PATH". */
static void read_told(struct listing *l, struct span line)
{
	struct span rest = span_from(line, 3), label;
	if (!span_next_piece(&rest, ' ', &label) || !label.n || !rest.n)
		return;
	char *path = span_dup(rest), *full = path[0] == '/' ? mem_strdup(path) : in_site(l, path);
	if (file_exists(full) || !l->site->forget)
		told_kinds_set(&l->list->kinds, rest, label);
	free(path);
	free(full);
}

/* Reads SITE/var/elsewhere into the listing; `places` gets the places that stay. */
static enum err add_remembered(struct listing *l, struct span text, struct buf *places, struct why *why)
{
	struct span line;
	enum err e = OK;
	while (!e && span_next_line(&text, &line)) {
		if (span_starts(line, "/"))
			e = add_remembered_place(l, line, places, why);
		else if (span_starts(line, "as "))
			read_told(l, line);
	}
	return e;
}

static bool is_remembered(const struct buf *places, const char *real)
{
	struct span rest = buf_view(places), line;
	while (span_next_line(&rest, &line)) {
		char *place = span_dup(line);
		bool covered = strcmp(place, real) == 0 || below(real, place);
		free(place);
		if (covered)
			return true;
	}
	return false;
}

static enum err add_named(struct listing *l, const char *path, struct buf *places, struct why *why)
{
	char *real = realpath(path, NULL);
	if (!real)
		return why_set(why, E_GONE, "there is no %s; check its spelling", path);
	if (strchr(real, '\n')) {
		free(real);
		return why_set(why, E_FORMAT, "the path has a line feed in it; rename it");
	}
	const char *path_in_site = inside_site(l, real);
	if (!path_in_site && !is_remembered(places, real)) {
		buf_text(places, real);
		buf_char(places, '\n');
	}
	if (l->site->as)
		told_kinds_set(&l->list->kinds, span_of(path_in_site ? path_in_site : real), span_of(l->site->as));
	l->named = true;
	enum err e = add_place(l, real, why);
	l->named = false;
	free(real);
	return e;
}

static int by_place(const void *left, const void *right)
{
	const struct listed_file *a = left, *b = right;
	struct span a_stem = file_stem(a->path), b_stem = file_stem(b->path);
	size_t a_n = (size_t)(a_stem.p - a->path) + a_stem.n, b_n = (size_t)(b_stem.p - b->path) + b_stem.n;
	int order = memcmp(a->path, b->path, a_n < b_n ? a_n : b_n);
	if (order == 0 && a_n != b_n)
		order = a_n < b_n ? -1 : 1;
	if (order == 0)
		order = a->rank - b->rank;
	return order ? order : strcmp(a->path, b->path);
}

static void free_file(struct listed_file *f)
{
	free(f->path);
	free(f->full);
	free(f->slug);
}

static void sort_without_doubles(struct file_list *list)
{
	size_t kept = 0;
	if (list->n)
		qsort(list->files, list->n, sizeof *list->files, by_place);
	for (size_t i = 0; i < list->n; i++) {
		struct listed_file *f = &list->files[i];
		if (kept && strcmp(list->files[kept - 1].path, f->path) == 0) {
			list->files[kept - 1].named |= f->named;
			free_file(f);
		} else {
			list->files[kept++] = *f;
		}
	}
	list->n = kept;
}

static int by_slug(const void *a, const void *b)
{
	const struct listed_file *x = *(struct listed_file *const *)a, *y = *(struct listed_file *const *)b;
	int order = strcmp(x->slug, y->slug);
	return order ? order : (x > y) - (x < y);
}

static void index_slugs(struct file_list *list)
{
	list->by_slug = mem_new(list->n + 1, sizeof(struct listed_file *));
	for (size_t i = 0; i < list->n; i++)
		list->by_slug[i] = &list->files[i];
	qsort(list->by_slug, list->n, sizeof(struct listed_file *), by_slug);
}

/* The file anew, where it would differ. */
static enum err write_remembered(const struct listing *l, const char *file, struct buf *places, struct span before,
	struct why *why)
{
	for (size_t i = 0; i < l->list->kinds.n; i++)
		buf_format(places, "as %s %s\n", l->list->kinds.items[i].label, l->list->kinds.items[i].path);
	if (span_equal(buf_view(places), before))
		return OK;
	char *var = file_join(l->site->folder, "var");
	enum err e = file_make_folder(var, why);
	free(var);
	return e ? e : file_replace(file, buf_view(places), why);
}

enum err file_list_make(struct file_list *list, const struct importer_site *site, const char *const *paths,
	size_t n_paths, struct why *why)
{
	*list = (struct file_list){0};
	struct listing l = {.list = list, .site = site, .real_site = realpath(site->folder, NULL)};
	if (!l.real_site)
		return why_set(why, E_GONE, "there is no folder %s; name the site's with --site", site->folder);
	struct buf places = {0}, before = {0};
	char *elsewhere = file_join(site->folder, "var/elsewhere");
	enum err e = file_read(elsewhere, ELSEWHERE_BYTES_MAX, &before, why);
	if (e == E_GONE)
		e = OK;
	if (!e)
		e = add_remembered(&l, buf_view(&before), &places, why);
	for (size_t i = 0; i < n_paths && !e; i++)
		e = add_named(&l, paths[i], &places, why);
	l.named = n_paths == 0;
	for (size_t i = 0; i < COUNT_OF(site_folders) && !e; i++)
		e = add_site_folder(&l, site_folders[i], why);
	if (!e)
		e = write_remembered(&l, elsewhere, &places, buf_view(&before), why);
	sort_without_doubles(list);
	index_slugs(list);
	for (size_t i = 0; i < list->n && n_paths == 0; i++)
		list->files[i].named = true;
	free(elsewhere);
	free(l.real_site);
	buf_finish(&places);
	buf_finish(&before);
	if (e)
		file_list_finish(list);
	return e;
}

void file_list_finish(struct file_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free_file(&list->files[i]);
	free(list->files);
	free(list->by_slug);
	for (size_t i = 0; i < list->n_missing; i++)
		free(list->missing[i]);
	free(list->missing);
	told_kinds_finish(&list->kinds);
	*list = (struct file_list){0};
}

struct listed_file *file_list_at(const struct file_list *list, const char *full)
{
	struct stat wanted, info;
	if (stat(full, &wanted))
		return NULL;
	struct span name = file_stem(full);
	for (size_t i = 0; i < list->n; i++) {
		struct listed_file *f = &list->files[i];
		if (span_equal(file_stem(f->path), name) && stat(f->full, &info) == 0 && info.st_dev == wanted.st_dev &&
				info.st_ino == wanted.st_ino)
			return f;
	}
	return NULL;
}

struct listed_file *file_list_find(const struct file_list *list, const char *path)
{
	struct listed_file wanted = {.path = (char *)path, .rank = rank_of(file_ending(path))};
	return list->n ? bsearch(&wanted, list->files, list->n, sizeof wanted, by_place) : NULL;
}

struct listed_file *const *file_list_of_slug(const struct file_list *list, const char *slug, size_t *n)
{
	size_t low = 0, high = list->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(list->by_slug[middle]->slug, slug) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < list->n && strcmp(list->by_slug[low + *n]->slug, slug) == 0;)
		++*n;
	return list->by_slug + low;
}

bool listed_file_is_twin(const struct listed_file *a, const struct listed_file *b)
{
	struct span a_stem = file_stem(a->path), b_stem = file_stem(b->path);
	size_t a_n = (size_t)(a_stem.p - a->path) + a_stem.n, b_n = (size_t)(b_stem.p - b->path) + b_stem.n;
	return a_n == b_n && memcmp(a->path, b->path, a_n) == 0;
}

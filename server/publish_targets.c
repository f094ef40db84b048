/* SPDX-License-Identifier: MIT */
#include "server/publish_targets.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/assets.h"
#include "server/page.h"
#include "server/route_sitemap.h"
#include "transcripts/archive_parts.h"
#include "transcripts/static_index.h"

static struct target *add(struct targets *t, enum target_kind kind, const char *path, const char *file)
{
	if ((t->n & (t->n - 1)) == 0)
		t->list = mem_grow(t->list, t->n ? t->n * 2 : 1, sizeof *t->list);
	struct target *target = &t->list[t->n++];
	*target = (struct target){.path = mem_strdup(path), .file = mem_strdup(file), .kind = kind};
	return target;
}

/* The address percent-encoded, as links have it. */
static void add_address(struct targets *t, enum target_kind kind, const char *url)
{
	struct buf path = {0}, file = {0};
	if (unescape_url(&path, span_of(url), false))
		return;
	buf_text(&file, path.p + 1);
	if (kind == TARGET_PAGE)
		buf_text(&file, !file.n || file.p[file.n - 1] == '/' ? "index.html" : "/index.html");
	add(t, kind, path.p, file.p ? file.p : "");
	buf_finish(&path);
	buf_finish(&file);
}

static void PRINTF(3, 4) add_format(struct targets *t, enum target_kind kind, const char *format, ...)
{
	struct buf url = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&url, format, args);
	va_end(args);
	add_address(t, kind, url.p);
	buf_finish(&url);
}

static bool has_media(const struct config *config, const char *media_file)
{
	const char *slash = strrchr(media_file, '/'), *name = slash ? slash + 1 : media_file;
	if (!*name)
		return false;
	char *folder = file_join(config->site, "media"), *path = file_join(folder, name);
	bool has = file_exists(path);
	free(path);
	free(folder);
	return has;
}

static void add_item(struct targets *t, const struct archive_outline *item, size_t number, const struct config *config)
{
	add_address(t, TARGET_PAGE, item->path);
	bool plays = item->youtube[0] || has_media(config, item->media_file);
	if (plays)
		add_format(t, TARGET_PAGE, "%s/embed", item->path);
	if (plays && config->base_url)
		add_format(t, TARGET_TEXT, "%s/oembed.json", item->path);
	static const char *const endings[] = {".vtt", ".srt", ".json", ".html", ".txt"},
		*const chapter_endings[] = {".chapters.json", ".psc", ".chapters.txt"};
	for (size_t i = 0; item->n_cues && i < COUNT_OF(endings); i++)
		add_format(t, TARGET_OPTIONAL, "%s%s", item->path, endings[i]);
	for (size_t i = 0; item->has_chapters && i < COUNT_OF(chapter_endings); i++)
		add_format(t, TARGET_OPTIONAL, "%s%s", item->path, chapter_endings[i]);
	if (!item->n_cues)
		return;
	struct buf path = {0}, file = {0};
	static_index_moments_file(number, &file);
	buf_format(&path, "/%s", file.p);
	add(t, TARGET_MOMENTS, path.p, file.p)->item = number;
	buf_finish(&path);
	buf_finish(&file);
}

static enum err add_items(struct targets *t, struct archive *archive, const struct config *config, struct why *why)
{
	enum err e = archive_outline(archive, &t->_all, &t->_n_all, why);
	if (e)
		return e;
	t->items = mem_new(t->_n_all, sizeof *t->items);
	for (size_t i = 0; i < t->_n_all; i++) {
		if (!t->_all[i].published)
			continue;
		add_item(t, &t->_all[i], t->n_items, config);
		t->items[t->n_items++] = t->_all[i];
	}
	return OK;
}

static void add_shows(struct targets *t, const struct config *config)
{
	for (size_t i = 0; i < config->n_shows; i++) {
		const char *name = config->shows[i].name;
		size_t n = 0;
		for (size_t k = 0; k < t->_n_all; k++)
			n += !t->_all[k].conference[0] && strcmp(t->_all[k].show, name) == 0;
		add_format(t, TARGET_PAGE, "/shows/%s/", name);
		for (size_t page = 2; page <= (n + PAGE_EPISODES - 1) / PAGE_EPISODES; page++)
			add_format(t, TARGET_PAGE, "/shows/%s/page/%zu", name, page);
		if (config->base_url)
			add_format(t, TARGET_TEXT, "/feeds/%s.xml", name);
	}
}

static enum err add_conferences(struct targets *t, struct archive *archive, struct why *why)
{
	struct archive_conference **found = NULL;
	size_t n = 0;
	add_address(t, TARGET_PAGE, "/conferences/");
	enum err e = archive_conferences(archive, &found, &n, why);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		struct buf url = {0};
		buf_text(&url, "/conferences/");
		escape_url(&url, span_of(found[i]->c.name));
		buf_char(&url, '/');
		add_address(t, TARGET_PAGE, url.p);
		buf_finish(&url);
		archive_conference_free(found[i]);
	}
	free(found);
	return OK;
}

static enum err add_people(struct targets *t, struct archive *archive, struct why *why)
{
	struct archive_person **people = NULL;
	size_t n = 0;
	add_address(t, TARGET_PAGE, "/people/");
	enum err e = archive_people(archive, NULL, INT64_MAX, 0, &people, &n, why);
	if (e)
		return e;
	for (size_t page = 2; page <= (n + PAGE_PEOPLE - 1) / PAGE_PEOPLE; page++)
		add_format(t, TARGET_PAGE, "/people/page/%zu", page);
	for (size_t i = 0; i < n; i++) {
		struct buf url = {0};
		buf_text(&url, "/people/");
		escape_url(&url, span_of(people[i]->slug));
		add_address(t, TARGET_PAGE, url.p);
		buf_finish(&url);
		archive_person_free(people[i]);
	}
	free(people);
	return OK;
}

static enum err add_media(struct targets *t, const struct config *config, struct why *why)
{
	char *folder = file_join(config->site, "media"), **names;
	size_t n;
	enum err e = file_list(folder, &names, &n, why);
	for (size_t i = 0; !e && i < n; i++) {
		char *source = file_join(folder, names[i]);
		struct buf file = {0}, path = {0};
		buf_format(&file, "media/%s", names[i]);
		buf_format(&path, "/media/%s", names[i]);
		/* A name that begins with a dot is no media: an editor's or a downloader's left-over. */
		if (names[i][0] != '.' && !file_is_folder(source))
			add(t, TARGET_MEDIA, path.p, file.p)->source = mem_strdup(source);
		buf_finish(&file);
		buf_finish(&path);
		free(source);
	}
	if (!e)
		file_list_free(names, n);
	free(folder);
	return e == E_GONE ? OK : e;
}

static void add_assets(struct targets *t)
{
	for (size_t i = 0; i < n_assets; i++) {
		struct buf path = {0};
		if (span_starts(span_of(assets[i].name), "templates/"))
			continue;
		buf_format(&path, "/assets/%s/%s", assets[i].digest, assets[i].name);
		add(t, TARGET_ASSET, path.p, path.p + 1)->asset = &assets[i];
		buf_finish(&path);
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct target *)a)->path, ((const struct target *)b)->path);
}

enum err targets_list(struct targets *t, struct server *server, struct archive *archive, bool media, struct why *why)
{
	*t = (struct targets){0};
	enum err e = archive ? add_items(t, archive, server->config, why) : OK;
	add_address(t, TARGET_PAGE, "/");
	add_address(t, TARGET_PAGE, "/search");
	add(t, TARGET_MISSING, "/404.html", "404.html");
	add(t, TARGET_WORDS, "/" STATIC_INDEX_FILE, STATIC_INDEX_FILE);
	if (server->config->base_url) {
		add_address(t, TARGET_TEXT, "/sitemap.xml");
		add_address(t, TARGET_TEXT, "/robots.txt");
		size_t n_parts = sitemap_parts(server, archive);
		for (size_t i = 1; n_parts > 1 && i <= n_parts; i++)
			add_format(t, TARGET_TEXT, "/sitemap/%zu.xml", i);
	}
	add_shows(t, server->config);
	add_assets(t);
	if (!e && archive && archive_has_talks(archive))
		e = add_conferences(t, archive, why);
	if (!e && archive && archive_has_people(archive))
		e = add_people(t, archive, why);
	if (!e && media)
		e = add_media(t, server->config, why);
	if (e) {
		targets_finish(t);
		return e;
	}
	qsort(t->list, t->n, sizeof *t->list, by_path);
	return OK;
}

void targets_finish(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->list[i].path);
		free(t->list[i].file);
		free(t->list[i].source);
	}
	free(t->list);
	free(t->items);
	archive_outline_free(t->_all, t->_n_all);
	*t = (struct targets){0};
}

static struct target *find(const struct targets *t, struct span path)
{
	char *text = span_dup(path);
	const struct target key = {.path = text};
	struct target *found = bsearch(&key, t->list, t->n, sizeof key, by_path);
	free(text);
	return found;
}

struct target *targets_find(const struct targets *t, struct span path)
{
	struct target *found = find(t, path);
	if (found || path.n < 2)
		return found;
	if (path.p[path.n - 1] == '/')
		return find(t, span_make(path.p, path.n - 1));
	struct buf longer = {0};
	buf_span(&longer, path);
	buf_char(&longer, '/');
	found = find(t, buf_view(&longer));
	buf_finish(&longer);
	return found;
}

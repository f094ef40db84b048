/* SPDX-License-Identifier: MIT */
#include "server/publish_targets.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/assets.h"
#include "server/feeds.h"
#include "server/page.h"
#include "server/publish_gone.h"
#include "server/route_sitemap.h"
#include "transcripts/archive_parts.h"
#include "transcripts/feed_address.h"
#include "transcripts/item_chapters.h"
#include "transcripts/media_preview.h"
#include "transcripts/media_store.h"
#include "transcripts/planet_store.h"
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

static void add_item(struct targets *t, const struct archive_outline *item, size_t number, const struct server *server)
{
	const struct config *config = server->config;
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
	bool has_chapters = item->has_chapters ||
		item_chapters_in_recording(item->media_file, config->site, server->media);
	for (size_t i = 0; has_chapters && i < COUNT_OF(chapter_endings); i++)
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

static enum err add_items(struct targets *t, struct archive *archive, const struct server *server, struct why *why)
{
	enum err e = archive_outline(archive, &t->_all, &t->_n_all, why);
	if (e)
		return e;
	t->items = mem_new(t->_n_all, sizeof *t->items);
	for (size_t i = 0; i < t->_n_all; i++) {
		if (!t->_all[i].published)
			continue;
		add_item(t, &t->_all[i], t->n_items, server);
		t->items[t->n_items++] = t->_all[i];
	}
	return OK;
}

/* One feed in its three forms; feed: the address without its ending. */
static void PRINTF(3, 4) add_feed(struct targets *t, enum target_kind kind, const char *format, ...)
{
	static const char *const endings[] = {"xml", "atom", "json"};
	struct buf feed = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&feed, format, args);
	va_end(args);
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		add_format(t, kind, "%s.%s", feed.p, endings[i]);
	buf_finish(&feed);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* A show's whole feed, those of its seasons, and its archives (RFC 5005), at most as many as n items fill. */
static void add_show_feeds(struct targets *t, const struct config_show *show, size_t n)
{
	int64_t *seasons = mem_new(t->_n_all, sizeof *seasons);
	size_t n_seasons = 0, a_page = show->feed.page_items ? show->feed.page_items : FEED_PAGE_ITEMS;
	for (size_t i = 0; i < t->_n_all; i++)
		if (t->_all[i].published && t->_all[i].season > 0 && strcmp(t->_all[i].show, show->name) == 0)
			seasons[n_seasons++] = t->_all[i].season;
	qsort(seasons, n_seasons, sizeof *seasons, by_number);
	add_feed(t, TARGET_FEED, "/feeds/%s", show->name);
	for (size_t i = 0; i < n_seasons; i++)
		if (i == 0 || seasons[i] != seasons[i - 1])
			add_feed(t, TARGET_FEED, "/feeds/%s/season/%lld", show->name, (long long)seasons[i]);
	for (size_t page = 1; page < n / a_page; page++) /* the newest are in the feed itself */
		add_feed(t, TARGET_FEED, "/feeds/%s/page/%zu", show->name, page);
	free(seasons);
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
			add_show_feeds(t, &config->shows[i], n);
	}
}

/* Its talks' feed, and those of its tracks, which are told apart by their slugs. */
static void add_conference_feeds(struct targets *t, const char *name)
{
	struct buf url = {0}, seen = {0}, slug = {0};
	buf_text(&url, "/feeds/conference/");
	escape_url(&url, span_of(name));
	add_feed(t, TARGET_FEED, "%s", url.p);
	for (size_t i = 0; i < t->_n_all; i++) {
		const struct archive_outline *item = &t->_all[i];
		if (!item->published || !item->track[0] || strcmp(item->conference, name) != 0)
			continue;
		buf_clear(&slug);
		buf_char(&slug, '\n');
		feed_track_slug(&slug, item->track);
		buf_char(&slug, '\n');
		if (span_search(buf_view(&seen), buf_view(&slug), 0) < seen.n)
			continue;
		buf_span(&seen, buf_view(&slug));
		struct buf track = {0};
		escape_url(&track, span_make(slug.p + 1, slug.n - 2));
		add_feed(t, TARGET_FEED, "%s/track/%s", url.p, track.p);
		buf_finish(&track);
	}
	buf_finish(&url);
	buf_finish(&seen);
	buf_finish(&slug);
}

static enum err add_conferences(struct targets *t, struct archive *archive, const struct config *config, struct why *why)
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
		add_format(t, TARGET_OPTIONAL, "%sschedule.xml", url.p);
		if (config->base_url)
			add_conference_feeds(t, found[i]->c.name);
		buf_finish(&url);
		archive_conference_free(found[i]);
	}
	free(found);
	return OK;
}

static enum err add_people(struct targets *t, struct archive *archive, const struct config *config, struct why *why)
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
		if (config->base_url)
			add_feed(t, TARGET_OPEN_FEED, "/feeds/person/%s", url.p + sizeof "/people/" - 1);
		buf_finish(&url);
		archive_person_free(people[i]);
	}
	free(people);
	return OK;
}

/* What pages show of a recording before it plays, where it was looked into. */
static void add_previews(struct targets *t, struct media_store *store, const char *source, const char *name)
{
	struct media_study s;
	if (!store || media_store_find(store, source, MEDIA_ALL, &s, NULL))
		return;
	struct buf part = {0}, folder = {0};
	escape_url(&folder, span_of(name));
	for (size_t i = 0; media_preview_part(&s, i, &part); i++) {
		add_format(t, TARGET_TEXT, "/previews/%s/%s", folder.p, part.p);
		buf_clear(&part);
	}
	media_study_finish(&s);
	buf_finish(&part);
	buf_finish(&folder);
}

static enum err add_media(struct targets *t, const struct server *server, const struct gone_places *gone, struct why *why)
{
	char *folder = file_join(server->config->site, "media"), **names;
	size_t n;
	enum err e = file_list(folder, &names, &n, why);
	for (size_t i = 0; !e && i < n; i++) {
		char *source = file_join(folder, names[i]);
		struct buf file = {0}, path = {0};
		buf_format(&file, "media/%s", names[i]);
		buf_format(&path, "/media/%s", names[i]);
		/* A name that begins with a dot is no media: an editor's or a downloader's left-over. */
		if (names[i][0] != '.' && !file_is_folder(source) && !gone_places_take_media(gone, names[i])) {
			add(t, TARGET_MEDIA, path.p, file.p)->source = mem_strdup(source);
			add_previews(t, server->media, source, names[i]);
		}
		buf_finish(&file);
		buf_finish(&path);
		free(source);
	}
	if (!e)
		file_list_free(names, n);
	free(folder);
	return e == E_GONE ? OK : e;
}

static enum err add_planet_pages(struct targets *t, struct planet_store *store, const char *slug, struct why *why)
{
	struct buf folder = {0};
	struct planet_post *posts;
	size_t n = 0, total = 0;
	buf_text(&folder, "/planet/");
	if (slug)
		escape_url(&folder, span_of(slug));
	if (slug)
		buf_char(&folder, '/');
	add_address(t, TARGET_PAGE, folder.p);
	enum err e = planet_posts(store, slug, 1, 0, &posts, &n, &total, why);
	if (!e)
		planet_posts_free(posts, n);
	for (size_t page = 2; !e && page <= (total + PAGE_POSTS - 1) / PAGE_POSTS; page++)
		add_format(t, TARGET_PAGE, "%spage/%zu", folder.p, page);
	buf_finish(&folder);
	return e;
}

static enum err add_planet(struct targets *t, struct server *server, struct why *why)
{
	struct planet_store *store;
	struct planet_source *sources = NULL;
	size_t n = 0;
	enum err e = server_borrow_planet(server, &store, why);
	if (e)
		return e == E_GONE ? OK : e;
	e = planet_sources(store, &sources, &n, why);
	if (!e)
		e = add_planet_pages(t, store, NULL, why);
	for (size_t i = 0; !e && i < n; i++)
		e = add_planet_pages(t, store, sources[i].slug, why);
	if (server->config->base_url) {
		add_address(t, TARGET_TEXT, "/feeds/planet.atom");
		add_address(t, TARGET_TEXT, "/feeds/planet.opml");
	}
	planet_sources_free(sources, n);
	server_return_planet(server, store);
	return e;
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

/* Among the first n, which are in order. */
static bool is_listed(const struct targets *t, size_t n, const char *url)
{
	struct buf path = {0};
	bool is = unescape_url(&path, span_of(url), false) == OK &&
		bsearch(&(struct target){.path = path.p}, t->list, n, sizeof *t->list, by_path);
	buf_finish(&path);
	return is;
}

/* What feeds.lock has and the site hasn't any more: the gate has a word to say. */
static void add_lost_feeds(struct targets *t, struct server *server)
{
	size_t n, n_listed = t->n;
	const char **known = feeds_known(server->feeds, &n);
	for (size_t i = 0; i < n; i++) {
		struct buf url = {0};
		static const char conference[] = "conference/";
		bool is_conference = span_starts(span_of(known[i]), conference);
		buf_format(&url, "/feeds/%s", is_conference ? conference : "");
		escape_url(&url, span_of(known[i] + (is_conference ? sizeof conference - 1 : 0)));
		buf_text(&url, ".xml");
		if (!is_listed(t, n_listed, url.p))
			add_address(t, TARGET_FEED, url.p);
		buf_finish(&url);
	}
	free(known);
	qsort(t->list, t->n, sizeof *t->list, by_path);
}

/* At its address stands why it isn't there. */
static void add_gone(void *data, const char *address)
{
	struct buf path = {0}, file = {0};
	buf_format(&path, "/%s", address);
	buf_format(&file, "%s/index.html", address);
	add(data, TARGET_PAGE, path.p, file.p);
	buf_finish(&path);
	buf_finish(&file);
}

enum err targets_list(struct targets *t, struct server *server, struct archive *archive, bool media, struct why *why)
{
	*t = (struct targets){0};
	enum err e = archive ? add_items(t, archive, server, why) : OK;
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
	if (!e)
		e = add_planet(t, server, why);
	add_assets(t);
	if (!e && archive && archive_has_talks(archive))
		e = add_conferences(t, archive, server->config, why);
	if (!e && archive && archive_has_people(archive))
		e = add_people(t, archive, server->config, why);
	struct gone_places *gone = gone_places_read(archive);
	gone_places_each(gone, add_gone, t);
	if (!e && media)
		e = add_media(t, server, gone, why);
	gone_places_free(gone);
	if (e) {
		targets_finish(t);
		return e;
	}
	qsort(t->list, t->n, sizeof *t->list, by_path);
	if (server->config->base_url)
		add_lost_feeds(t, server);
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

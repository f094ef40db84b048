/* SPDX-License-Identifier: MIT */
#include "server/page.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/json_memory.h"
#include "base/mem.h"
#include "server/gone.h"
#include "server/gzip.h"
#include "server/http_head.h"
#include "server/template.h"
#include "transcripts/archive_parts.h"
#include "transcripts/dialect.h"

struct job {
	struct page page;
	page_builder *build;
	char *path; /* as decoded */
};

enum { PAGES_MAX = 10000 };

/* Its data is one tree, deleted when the page is rendered. */
static void build_at(struct page *page, page_builder *build, struct span path)
{
	json_memory_begin();
	build(page);
	gone_page(page, path);
	json_memory_end();
}

static void work(void *data)
{
	struct job *job = data;
	struct page *page = &job->page;
	struct why why = {0};
	enum err e = server_borrow_archive(page->server, &page->archive, &why);
	if (e && e != E_GONE)
		DIAG(DIAG_ERROR, "page", "archive: %s", why.text);
	build_at(page, job->build, span_of(job->path));
	if (page->archive)
		server_return_archive(page->server, page->archive);
}

static void done(struct http *h, void *data)
{
	struct job *job = data;
	struct page *page = &job->page;
	if (h && page->location)
		http_redirect(h, page->status, page->location);
	else if (h && page->status >= 400 && !page->out.n)
		http_error(h, page->status, "not here");
	else if (h)
		http_reply(h, page->status, page->type, &page->out, page->extra);
	page_finish(page);
	free(job->path);
	free(job);
}

void page_finish(struct page *page)
{
	buf_finish(&page->out);
	buf_finish(&page->query);
	free(page->location);
	for (size_t i = 0; i < COUNT_OF(page->owned); i++)
		free(page->owned[i]);
	free(page->part[0]);
	free(page->part[1]);
	*page = (struct page){0};
}

void page_init(struct page *page, struct server *server)
{
	*page = (struct page){0};
	page->server = server;
	page->status = 200;
	page->type = "text/html; charset=utf-8";
}

bool page_build(struct page *page, struct span path)
{
	struct span parts[HTTP_PARTS_MAX] = {{0}};
	for (const struct http_route *r = http_routes; r->pattern; r++) {
		if (!r->build || !http_pattern_matches(r->pattern, path, parts))
			continue;
		for (int i = 0; i < 2; i++)
			page->part[i] = span_dup(parts[i]);
		build_at(page, r->build, path);
		return true;
	}
	return false;
}

size_t page_number(const struct page *page, const char *part)
{
	struct buf text = {0};
	int64_t number = 1;
	if (part[0])
		buf_text(&text, part);
	else
		query_value(buf_view(&page->query), "page", &text);
	if (!span_to_i64(buf_view(&text), &number))
		number = 1;
	buf_finish(&text);
	return number < 1 ? 1 : number > PAGES_MAX ? PAGES_MAX : (size_t)number;
}

void page_list_path(struct buf *out, const char *folder, const char *name, size_t number)
{
	buf_text(out, folder);
	escape_url(out, span_of(name));
	if (name[0])
		buf_char(out, '/');
	if (number > 1)
		buf_format(out, "page/%zu", number);
}

void page_add_neighbours(cJSON *data, const char *folder, const char *name, size_t number, bool has_next)
{
	struct buf path = {0};
	if (number > 1) {
		page_list_path(&path, folder, name, number - 1);
		cJSON_AddStringToObject(data, "previous", path.p);
	}
	buf_clear(&path);
	if (has_next) {
		page_list_path(&path, folder, name, number + 1);
		cJSON_AddStringToObject(data, "next", path.p);
	}
	buf_finish(&path);
}

void page_serve(struct http *h, page_builder *build)
{
	struct job *job = mem_new(1, sizeof *job);
	struct page *page = &job->page;
	job->build = build;
	job->path = span_dup(http_request(h)->path);
	page_init(page, http_server(h));
	for (int i = 0; i < 2; i++)
		page->part[i] = span_dup(http_part(h, i));
	buf_span(&page->query, http_request(h)->query);
	page->accepts_gzip = gzip_is_accepted(http_header(h, "accept-encoding"));
	http_work(h, work, done, job);
}

void page_add_text(cJSON *object, const char *name, struct span text)
{
	char *copy = span_dup(text);
	cJSON_AddStringToObject(object, name, copy);
	free(copy);
}

void page_add_feed(cJSON *data, const char *title, const char *path)
{
	static const struct { const char *ending, *type; } forms[] = {{".xml", "application/rss+xml"},
		{".atom", "application/atom+xml"}, {".json", "application/feed+json"}};
	cJSON *list = cJSON_GetObjectItem(data, "feeds");
	size_t n = strcspn(path, "?");
	if (!list)
		list = cJSON_AddArrayToObject(data, "feeds");
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct buf address = {0};
		cJSON *feed = cJSON_CreateObject();
		buf_format(&address, "%.*s%s%s", (int)n, path, forms[i].ending, path + n);
		cJSON_AddStringToObject(feed, "feed_title", title);
		cJSON_AddStringToObject(feed, "feed_type", forms[i].type);
		cJSON_AddStringToObject(feed, "feed_path", address.p);
		cJSON_AddItemToArray(list, feed);
		buf_finish(&address);
	}
}

/* Posts that were imported make one too. */
static bool has_planet(const struct server *server)
{
	char *path = file_join(server->var, "planet.db");
	bool has = file_exists(path);
	free(path);
	return has;
}

struct page_parts page_parts(const struct server *server, struct archive *archive)
{
	return (struct page_parts){.known = true, .has_talks = archive && archive_has_talks(archive),
		.has_people = archive && archive_has_people(archive),
		.has_planet = server->config->n_planet > 0 || has_planet(server)};
}

/* For files: what a server's head would say, and where a server may be. */
static void add_file_facts(cJSON *data, const struct page *page)
{
	const struct config *config = page->server->config;
	struct buf policy = {0}, from = {0};
	buf_text(&from, "'self'");
	if (config->base_url) {
		buf_char(&from, ' ');
		buf_text(&from, config->base_url);
		buf_char(&from, '/');
	}
	static const char *const kinds[] = {"; script-src ", "; style-src ", "; img-src ", "; media-src ", "; connect-src "};
	buf_text(&policy, "default-src 'none'");
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		buf_text(&policy, kinds[i]);
		buf_span(&policy, buf_view(&from));
		if (page->has_foreign_pictures && i == 2)
			buf_text(&policy, " https:");
	}
	buf_text(&policy, "; form-action ");
	buf_span(&policy, buf_view(&from));
	buf_text(&policy, "; frame-src " PAGE_VIDEO_HOST "; base-uri 'none'");
	cJSON_AddTrueToObject(data, "is_file");
	cJSON_AddStringToObject(data, "policy", policy.p);
	if (config->base_url)
		cJSON_AddStringToObject(data, "live_at", config->base_url);
	else if (config->n_stations)
		cJSON_AddTrueToObject(data, "has_no_server");
	buf_finish(&policy);
	buf_finish(&from);
}

cJSON *page_data(const struct page *page, const char *title, const char *description, const char *path)
{
	const struct config *config = page->server->config;
	cJSON *data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "title", title);
	cJSON_AddStringToObject(data, "site", config->title);
	cJSON_AddStringToObject(data, "description", description ? description : "");
	if (path && config->base_url) {
		struct buf url = {0};
		buf_format(&url, "%s%s", config->base_url, path);
		cJSON_AddStringToObject(data, "canonical", url.p);
		cJSON_AddStringToObject(data, "root", config->base_url);
		buf_finish(&url);
	}
	struct page_parts parts = page->parts;
	if (!parts.known)
		parts = page_parts(page->server, page->archive);
	cJSON_AddBoolToObject(data, "has_conferences", parts.has_talks);
	cJSON_AddBoolToObject(data, "has_people_pages", parts.has_people);
	cJSON_AddBoolToObject(data, "has_planet", parts.has_planet);
	if (page->is_file)
		add_file_facts(data, page);
	cJSON *stations = cJSON_AddArrayToObject(data, "stations");
	/* Live sound needs a server: without an address of one there is nothing to link to. */
	bool has_server = !page->is_file || config->base_url;
	for (size_t i = 0; has_server && i < config->n_stations; i++) {
		cJSON *station = cJSON_CreateObject();
		cJSON_AddStringToObject(station, "name", config->stations[i].name);
		cJSON_AddStringToObject(station, "title", config->stations[i].title);
		cJSON_AddItemToArray(stations, station);
	}
	cJSON *shows = cJSON_AddArrayToObject(data, "shows");
	for (size_t i = 0; i < config->n_shows; i++) {
		cJSON *show = cJSON_CreateObject();
		cJSON_AddStringToObject(show, "name", config->shows[i].name);
		cJSON_AddStringToObject(show, "title", config->shows[i].title);
		cJSON_AddStringToObject(show, "description", config->shows[i].description ? config->shows[i].description : "");
		cJSON_AddItemToArray(shows, show);
	}
	return data;
}

void page_render(struct page *page, const char *template_name, cJSON *data)
{
	template_page(page->server->templates, template_name, data, &page->out);
	cJSON_Delete(data);
}

void page_not_found(struct page *page, const char *what)
{
	page->status = 404;
	cJSON *data = page_data(page, "Not found", "", NULL);
	cJSON_AddStringToObject(data, "what", what);
	page_render(page, "not_found", data);
}

static void add_date(cJSON *data, int64_t ms)
{
	if (ms == INT64_MIN)
		return;
	struct buf text = {0};
	time_format_iso(&text, ms);
	cJSON_AddStringToObject(data, "datetime", text.p);
	text.p[10] = '\0';
	cJSON_AddStringToObject(data, "date", text.p);
	buf_finish(&text);
}

void page_summary(const struct archive_item *item, size_t n_bytes, struct buf *out)
{
	buf_text(out, item->description[0] ? item->description : item->summary);
	if (out->n <= n_bytes)
		return;
	size_t n = n_bytes;
	while (n && ((unsigned char)out->p[n] & 0xC0) == 0x80)
		n--;
	for (size_t k = n; k > n_bytes / 2; k--)
		if (out->p[k] == ' ') {
			n = k;
			break;
		}
	out->n = n;
	out->p[n] = '\0';
	buf_text(out, " …");
}

cJSON *page_listed_item(const struct page *page, const struct archive_item *item)
{
	cJSON *data = page_item(page, item);
	struct buf text = {0};
	page_summary(item, PAGE_SUMMARY_BYTES, &text);
	cJSON_AddStringToObject(data, "summary", text.p ? text.p : "");
	buf_finish(&text);
	return data;
}

cJSON *page_item(const struct page *page, const struct archive_item *item)
{
	cJSON *data = cJSON_CreateObject();
	struct buf text = {0};
	archive_item_path(&text, item);
	cJSON_AddStringToObject(data, "url", text.p);
	cJSON_AddStringToObject(data, "heading", item->title[0] ? item->title : item->slug);
	cJSON_AddStringToObject(data, "author", item->author);
	const struct config_show *show = config_show(page->server->config, span_of(item->show));
	cJSON_AddStringToObject(data, "show_title", show ? show->title : "");
	cJSON_AddStringToObject(data, "show", item->show);
	if (item->kind == ARCHIVE_TALK) {
		struct archive_conference *conference = archive_conference_find(page->archive, item->conference);
		cJSON_AddStringToObject(data, "conference", item->conference);
		cJSON_AddStringToObject(data, "conference_title", conference ? conference->c.title : item->conference);
		archive_conference_free(conference);
	}
	if (item->track[0])
		cJSON_AddStringToObject(data, "track", item->track);
	add_date(data, item->published_ms);
	buf_clear(&text);
	if (item->duration_ms > 0) {
		stamp_write(&text, item->duration_ms, false);
		cJSON_AddStringToObject(data, "duration", text.p);
	}
	if (item->n_cues)
		cJSON_AddTrueToObject(data, "has_transcript");
	cJSON_AddStringToObject(data, "language", item->language[0] ? item->language : show && show->language ? show->language : "en");
	buf_finish(&text);
	return data;
}

void page_add_talks(cJSON *data, const struct page *page, const char *conference, size_t limit)
{
	cJSON *talks = cJSON_AddArrayToObject(data, "talks");
	struct archive_item **items;
	size_t n = 0;
	struct why why;
	if (page->archive && !archive_list_talks(page->archive, conference, limit, 0, &items, &n, &why)) {
		for (size_t i = 0; i < n; i++) {
			if (items[i]->published)
				cJSON_AddItemToArray(talks, page_listed_item(page, items[i]));
			archive_item_free(items[i]);
		}
		free(items);
	}
	cJSON_AddBoolToObject(data, "has_talks", cJSON_GetArraySize(talks) > 0);
}

void page_add_subscribe(cJSON *data, const struct page *page, const struct config_show *show)
{
	const char *base_url = page->server->config->base_url;
	cJSON *subscribe = cJSON_AddObjectToObject(data, "subscribe");
	struct buf url = {0}, text = {0};
	buf_format(&url, "/feeds/%s", show->name);
	cJSON_AddStringToObject(subscribe, "feed", url.p);
	buf_text(&url, ".xml");
	/* A player elsewhere needs the whole address. */
	if (base_url) {
		const char *bare = strstr(base_url, "://") + 3;
		buf_format(&text, "%s%s", base_url, url.p);
		cJSON_AddStringToObject(subscribe, "address", text.p);
		buf_clear(&text);
		buf_format(&text, "podcast://%s%s", bare, url.p);
		cJSON_AddStringToObject(subscribe, "apple", text.p);
		buf_clear(&text);
		buf_format(&text, "pktc://subscribe/%s%s", bare, url.p);
		cJSON_AddStringToObject(subscribe, "pocket_casts", text.p);
		buf_clear(&text);
		buf_format(&text, "%s%s", base_url, url.p);
		buf_clear(&url);
		escape_url(&url, buf_view(&text));
		buf_clear(&text);
		buf_format(&text, "overcast://x-callback-url/add?url=%s", url.p);
		cJSON_AddStringToObject(subscribe, "overcast", text.p);
		buf_clear(&text);
		buf_format(&text, "https://antennapod.org/deeplink/subscribe?url=%s", url.p);
		cJSON_AddStringToObject(subscribe, "antennapod", text.p);
	}
	buf_finish(&url);
	buf_finish(&text);
}

void page_add_youtube(cJSON *data, struct page *page, const struct archive_item *item)
{
	static const struct http_field frames[] = {
		{"content-security-policy", HTTP_POLICY("frame-src " PAGE_VIDEO_HOST "; ", "'none'")}, {NULL, NULL}};
	if (!item->youtube[0])
		return;
	cJSON_AddStringToObject(data, "youtube", item->youtube);
	cJSON_AddStringToObject(data, "video_host", PAGE_VIDEO_HOST);
	page->extra = frames;
}

/* SPDX-License-Identifier: MIT */
#include "server/page.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/gzip.h"
#include "server/template.h"
#include "transcripts/archive_parts.h"
#include "transcripts/dialect.h"
#include "transcripts/notes.h"

struct job {
	struct page page;
	void (*build)(struct page *page);
};

static void work(void *data)
{
	struct job *job = data;
	struct page *page = &job->page;
	struct why why = {0};
	enum err e = server_borrow_archive(page->server, &page->archive, &why);
	if (e && e != E_GONE)
		DIAG(DIAG_ERROR, "page", "archive: %s", why.text);
	job->build(page);
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
	buf_finish(&page->out);
	buf_finish(&page->query);
	free(page->location);
	for (size_t i = 0; i < COUNT_OF(page->owned); i++)
		free(page->owned[i]);
	free(page->part[0]);
	free(page->part[1]);
	free(job);
}

void page_serve(struct http *h, void (*build)(struct page *page))
{
	struct job *job = mem_new(1, sizeof *job);
	struct page *page = &job->page;
	job->build = build;
	page->server = http_server(h);
	page->status = 200;
	page->type = "text/html; charset=utf-8";
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
		buf_finish(&url);
	}
	cJSON_AddBoolToObject(data, "has_conferences", page->archive && archive_has_talks(page->archive));
	cJSON_AddBoolToObject(data, "has_people_pages", page->archive && archive_has_people(page->archive));
	cJSON_AddBoolToObject(data, "has_planet", config->n_planet > 0 || has_planet(page->server));
	cJSON *stations = cJSON_AddArrayToObject(data, "stations");
	for (size_t i = 0; i < config->n_stations; i++) {
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
	template_page(template_name, data, &page->out);
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
	buf_clear(&text);
	if (item->description[0])
		buf_text(&text, item->description);
	else
		notes_to_text(span_of(item->notes), &text);
	cJSON_AddStringToObject(data, "summary", text.p ? text.p : "");
	if (item->n_cues)
		cJSON_AddTrueToObject(data, "has_transcript");
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
				cJSON_AddItemToArray(talks, page_item(page, items[i]));
			archive_item_free(items[i]);
		}
		free(items);
	}
	cJSON_AddBoolToObject(data, "has_talks", cJSON_GetArraySize(talks) > 0);
}

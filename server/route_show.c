/* route_show.c - GET /shows/SHOW/, /shows/SHOW/SLUG and /transcripts/SLUG: a show; an episode or a transcript that stands
 * alone (item_page.c).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "server/item_page.h"
#include "server/routes.h"

enum { EPISODES_A_PAGE = 100 };

static void add_show(cJSON *data, const struct config_show *show)
{
	cJSON_AddStringToObject(data, "name", show->name);
	cJSON_AddStringToObject(data, "heading", show->title);
	cJSON_AddStringToObject(data, "about", show->description ? show->description : "");
	cJSON_AddStringToObject(data, "author", show->author ? show->author : "");
	cJSON_AddStringToObject(data, "image", show->image && !strstr(show->image, "://") ? show->image : "");
}

/* Each once; a show of one season has none to choose from, but its feed is there. */
static void add_season(cJSON *seasons, int64_t number)
{
	const cJSON *known;
	cJSON_ArrayForEach(known, seasons)
		if ((int64_t)cJSON_GetNumberValue(json_get(known, "number")) == number)
			return;
	cJSON *season = cJSON_CreateObject();
	cJSON_AddNumberToObject(season, "number", (double)number);
	cJSON_AddItemToArray(seasons, season);
}

static void build_show(struct page *page)
{
	const struct config_show *show = config_show(page->server->config, span_of(page->part[0]));
	if (!show) {
		page_not_found(page, "show");
		return;
	}
	struct buf path = {0};
	buf_format(&path, "/shows/%s/", show->name);
	cJSON *data = page_data(page, show->title, show->description, path.p);
	add_show(data, show);
	buf_clear(&path);
	buf_format(&path, "/feeds/%s", show->name);
	page_add_feed(data, show->title, path.p);
	cJSON_DeleteItemFromArray(cJSON_GetObjectItem(data, "feeds"), 0); /* every page has the shows' RSS */
	buf_finish(&path);
	cJSON *seasons = cJSON_AddArrayToObject(data, "seasons");
	cJSON *episodes = cJSON_AddArrayToObject(data, "episodes"), *loose = cJSON_AddArrayToObject(data, "loose");
	struct archive_item **items = NULL;
	size_t n = 0;
	struct why why;
	if (page->archive && archive_list(page->archive, show->name, false, EPISODES_A_PAGE, 0, &items, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
			if (items[i]->published && items[i]->season > 0)
				add_season(seasons, items[i]->season);
			if (items[i]->published)
				cJSON_AddItemToArray(items[i]->kind == ARCHIVE_EPISODE ? episodes : loose, page_item(page, items[i]));
			archive_item_free(items[i]);
		}
		free(items);
	}
	cJSON_AddBoolToObject(data, "has_loose", cJSON_GetArraySize(loose) > 0);
	page_render(page, "show", data);
}

void route_show(struct http *h)
{
	page_serve(h, build_show);
}

static void build_episode(struct page *page)
{
	item_page_build(page, archive_find, page->part[0], page->part[1]);
}

static void build_loose(struct page *page)
{
	item_page_build(page, archive_find, "", page->part[0]);
}

void route_episode(struct http *h)
{
	page_serve(h, build_episode);
}

void route_loose_transcript(struct http *h)
{
	page_serve(h, build_loose);
}

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
	buf_finish(&path);
	add_show(data, show);
	cJSON *episodes = cJSON_AddArrayToObject(data, "episodes"), *loose = cJSON_AddArrayToObject(data, "loose");
	struct archive_item **items = NULL;
	size_t n = 0;
	struct why why;
	if (page->archive && archive_list(page->archive, show->name, false, EPISODES_A_PAGE, 0, &items, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
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

/* route_show.c - GET /shows/SHOW/, /shows/SHOW/SLUG and /transcripts/SLUG: a show; an episode or a transcript that stands
 * alone (item_page.c).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "server/item_embed.h"
#include "server/item_page.h"
#include "server/metadata.h"
#include "server/routes.h"
#include "transcripts/archive_outline.h"

static void add_show(cJSON *data, const struct config_show *show)
{
	cJSON_AddStringToObject(data, "name", show->name);
	cJSON_AddStringToObject(data, "heading", show->title);
	cJSON_AddStringToObject(data, "about", show->description ? show->description : "");
	cJSON_AddStringToObject(data, "author", show->author ? show->author : "");
	cJSON_AddStringToObject(data, "image", show->image && !strstr(show->image, "://") ? show->image : "");
}

/* Those of all its episodes, each with a feed of its own. */
static void add_seasons(cJSON *data, struct page *page, const char *show)
{
	cJSON *list = cJSON_AddArrayToObject(data, "seasons");
	int64_t *seasons = NULL;
	size_t n = 0;
	struct why why;
	if (!page->archive || archive_seasons(page->archive, show, &seasons, &n, &why))
		return;
	for (size_t i = 0; i < n; i++) {
		cJSON *season = cJSON_CreateObject();
		cJSON_AddNumberToObject(season, "number", (double)seasons[i]);
		cJSON_AddItemToArray(list, season);
	}
	free(seasons);
}

/* Gives how many there were, one more than a page shows when there is another page. */
static size_t add_episodes(cJSON *data, struct page *page, const char *show, size_t offset)
{
	cJSON *episodes = cJSON_AddArrayToObject(data, "episodes"), *loose = cJSON_AddArrayToObject(data, "loose");
	struct archive_item **items = NULL;
	size_t n = 0;
	struct why why;
	if (!page->archive || archive_list(page->archive, show, false, PAGE_EPISODES + 1, offset, &items, &n, &why))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (items[i]->published && i < PAGE_EPISODES)
			cJSON_AddItemToArray(items[i]->kind == ARCHIVE_EPISODE ? episodes : loose, page_listed_item(page, items[i]));
		archive_item_free(items[i]);
	}
	free(items);
	cJSON_AddBoolToObject(data, "has_loose", cJSON_GetArraySize(loose) > 0);
	return n;
}

void page_of_show(struct page *page)
{
	const struct config_show *show = config_show(page->server->config, span_of(page->part[0]));
	if (!show) {
		page_not_found(page, "show");
		return;
	}
	size_t number = page_number(page, page->part[1]);
	struct buf path = {0};
	page_list_path(&path, "/shows/", show->name, number);
	cJSON *data = page_data(page, show->title, show->description, path.p);
	add_show(data, show);
	buf_clear(&path);
	buf_format(&path, "/feeds/%s", show->name);
	page_add_feed(data, show->title, path.p);
	cJSON_DeleteItemFromArray(cJSON_GetObjectItem(data, "feeds"), 0); /* every page has the shows' RSS */
	buf_finish(&path);
	add_seasons(data, page, show->name);
	page_add_subscribe(data, page, show);
	metadata_add_show(data, page, show);
	size_t n = add_episodes(data, page, show->name, (number - 1) * PAGE_EPISODES);
	if (number > 1 && !n) {
		cJSON_Delete(data);
		page_not_found(page, "page");
		return;
	}
	page_add_neighbours(data, "/shows/", show->name, number, n > PAGE_EPISODES);
	page_render(page, "show", data);
}

void page_of_episode(struct page *page)
{
	item_page_build(page, archive_find, page->part[0], page->part[1]);
}

void page_of_loose_transcript(struct page *page)
{
	item_page_build(page, archive_find, "", page->part[0]);
}

void page_of_episode_embed(struct page *page)
{
	item_embed_build(page, archive_find, page->part[0], page->part[1]);
}

void page_of_episode_oembed(struct page *page)
{
	item_oembed_build(page, archive_find, page->part[0], page->part[1]);
}

void page_of_loose_embed(struct page *page)
{
	item_embed_build(page, archive_find, "", page->part[0]);
}

void page_of_loose_oembed(struct page *page)
{
	item_oembed_build(page, archive_find, "", page->part[0]);
}

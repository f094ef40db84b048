/* route_home.c - GET /: what plays now, the newest episodes and talks, the search box.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "server/page.h"
#include "server/routes.h"

enum { NEWEST = 12, NEWEST_TALKS = 6 };

void page_of_home(struct page *page)
{
	const struct config *config = page->server->config;
	cJSON *data = page_data(page, config->title, config->description, "/");
	cJSON_AddTrueToObject(data, "is_home");
	cJSON *newest = cJSON_AddArrayToObject(data, "newest");
	struct archive_item **items = NULL;
	size_t n = 0;
	struct why why;
	if (page->archive && archive_list(page->archive, NULL, false, NEWEST, 0, &items, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
			if (items[i]->published)
				cJSON_AddItemToArray(newest, page_listed_item(page, items[i]));
			archive_item_free(items[i]);
		}
		free(items);
	}
	page_add_talks(data, page, NULL, NEWEST_TALKS);
	page_render(page, "home", data);
}

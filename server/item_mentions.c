/* SPDX-License-Identifier: MIT */
#include "server/item_mentions.h"

#include "transcripts/archive_mentions.h"
#include "transcripts/dialect.h"

static void add_moment(cJSON *to, int64_t start_ms)
{
	struct buf text = {0};
	if (start_ms < 0)
		return;
	stamp_write(&text, start_ms, false);
	cJSON_AddStringToObject(to, "time", text.p);
	buf_clear(&text);
	buf_text(&text, "t=");
	stamp_fragment(&text, start_ms);
	cJSON_AddStringToObject(to, "anchor", text.p);
	buf_finish(&text);
}

void item_mentions_add(cJSON *data, struct page *page, const struct archive_item *item)
{
	struct archive_mention *list;
	size_t n;
	cJSON *people = cJSON_AddArrayToObject(data, "people_mentioned");
	enum err e = archive_mentions_from(page->archive, item->id, &list, &n, NULL);
	for (size_t i = 0; !e && i < n; i++) {
		if (list[i].is_struck)
			continue;
		cJSON *person = cJSON_CreateObject();
		cJSON_AddStringToObject(person, "name", list[i].name);
		cJSON_AddStringToObject(person, "person", list[i].slug);
		add_moment(person, list[i].start_ms);
		cJSON_AddItemToArray(people, person);
	}
	if (!e)
		archive_mentions_free(list, n);
	cJSON_AddBoolToObject(data, "has_people_mentioned", cJSON_GetArraySize(people) > 0);
}

void item_mentions_add_of(cJSON *data, struct page *page, const char *person)
{
	struct archive_mention *list;
	size_t n;
	cJSON *items = cJSON_AddArrayToObject(data, "spoken_of");
	enum err e = archive_mentions_to(page->archive, person, &list, &n, NULL);
	for (size_t i = 0; !e && i < n; i++) {
		struct archive_item *item = list[i].is_struck ? NULL : archive_item_by_id(page->archive, list[i].item);
		if (!item)
			continue;
		cJSON *entry = page_item(page, item);
		add_moment(entry, list[i].start_ms);
		cJSON_AddItemToArray(items, entry);
		archive_item_free(item);
	}
	if (!e)
		archive_mentions_free(list, n);
	cJSON_AddBoolToObject(data, "is_spoken_of", cJSON_GetArraySize(items) > 0);
}

/* SPDX-License-Identifier: MIT */
#include "server/item_references.h"

#include "transcripts/archive_references.h"
#include "transcripts/dialect.h"

/* url: the other one's page; a mention links to it, a mention elsewhere to the second there. */
static cJSON *reference_data(struct page *page, const struct archive_reference *r, bool is_here)
{
	struct archive_item *other = archive_item_by_id(page->archive, is_here ? r->target : r->item);
	if (!other)
		return NULL;
	cJSON *data = page_item(page, other);
	struct buf text = {0};
	if (r->start_ms >= 0) {
		stamp_write(&text, r->start_ms, false);
		cJSON_AddStringToObject(data, "time", text.p);
		buf_clear(&text);
		buf_text(&text, "t=");
		stamp_fragment(&text, r->start_ms);
		cJSON_AddStringToObject(data, "anchor", text.p);
		cJSON_AddNumberToObject(data, "start_ms", (double)r->start_ms);
	}
	if (r->kind != REFERENCE_LINK)
		cJSON_AddStringToObject(data, "words", r->words);
	buf_finish(&text);
	archive_item_free(other);
	return data;
}

static void add_list(cJSON *data, struct page *page, const char *name, const char *has, bool is_here, int64_t id)
{
	struct archive_reference *list;
	size_t n;
	struct why why;
	cJSON *array = cJSON_AddArrayToObject(data, name);
	enum err e = is_here ? archive_references_from(page->archive, id, &list, &n, &why) :
		archive_references_to(page->archive, id, &list, &n, &why);
	for (size_t i = 0; !e && i < n; i++) {
		cJSON *reference = list[i].is_struck ? NULL : reference_data(page, &list[i], is_here);
		if (reference)
			cJSON_AddItemToArray(array, reference);
	}
	if (!e)
		archive_references_free(list, n);
	cJSON_AddBoolToObject(data, has, cJSON_GetArraySize(array) > 0);
}

void item_references_add(cJSON *data, struct page *page, const struct archive_item *item)
{
	add_list(data, page, "mentions", "has_mentions", true, item->id);
	add_list(data, page, "mentioned_in", "has_mentioned_in", false, item->id);
}

void item_references_add_to_cue(cJSON *cue, const cJSON *data, int64_t start_ms, int *next)
{
	const cJSON *mentions = cJSON_GetObjectItemCaseSensitive(data, "mentions"), *mention;
	cJSON *here = NULL;
	while ((mention = cJSON_GetArrayItem(mentions, *next)) != NULL) {
		const cJSON *start = cJSON_GetObjectItemCaseSensitive(mention, "start_ms");
		if (!start || start->valuedouble > (double)start_ms)
			return;
		/* One whose cue stands out of order is passed by: the list above has it. */
		if (start->valuedouble >= (double)start_ms) {
			here = here ? here : cJSON_AddArrayToObject(cue, "references");
			cJSON_AddItemToArray(here, cJSON_Duplicate(mention, true));
		}
		(*next)++;
	}
}

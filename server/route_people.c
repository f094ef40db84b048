/* route_people.c - GET /people/ and /people/SLUG: everyone who takes part, and everything that one person said or gave,
 * across shows and conferences.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "server/item_mentions.h"
#include "server/metadata.h"
#include "server/page.h"
#include "server/routes.h"
#include "transcripts/archive_parts.h"
#include "transcripts/dialect.h"
#include "transcripts/search.h"

static void add_spoken(cJSON *data, int64_t ms)
{
	struct buf text = {0};
	if (ms < 1000)
		return;
	stamp_write(&text, ms, false);
	cJSON_AddStringToObject(data, "spoken", text.p);
	buf_finish(&text);
}

static cJSON *person_data(const struct archive_person *p)
{
	cJSON *data = cJSON_CreateObject();
	struct buf url = {0};
	buf_text(&url, "/people/");
	escape_url(&url, span_of(p->slug));
	cJSON_AddStringToObject(data, "url", url.p);
	buf_finish(&url);
	const struct { const char *name, *text; } texts[] = {{"slug", p->slug}, {"name", p->name}, {"about", p->about},
		{"place", p->place}};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		cJSON_AddStringToObject(data, texts[i].name, texts[i].text);
	if (strncmp(p->url, "https://", 8) == 0 || strncmp(p->url, "http://", 7) == 0)
		cJSON_AddStringToObject(data, "website", p->url);
	if (p->image[0] && !strstr(p->image, "://"))
		cJSON_AddStringToObject(data, "image", p->image);
	if (p->n_episodes)
		cJSON_AddNumberToObject(data, "n_episodes", (double)p->n_episodes);
	if (p->n_talks)
		cJSON_AddNumberToObject(data, "n_talks", (double)p->n_talks);
	cJSON_AddBoolToObject(data, "is_one_episode", p->n_episodes == 1);
	cJSON_AddBoolToObject(data, "is_one_talk", p->n_talks == 1);
	add_spoken(data, p->spoken_ms);
	return data;
}

void page_of_people(struct page *page)
{
	size_t number = page_number(page, page->part[0]), n = 0;
	struct buf q = {0};
	query_value(buf_view(&page->query), "name", &q);
	struct buf path = {0};
	page_list_path(&path, "/people/", "", number);
	cJSON *data = page_data(page, "People", "", path.p);
	buf_finish(&path);
	cJSON *list = cJSON_AddArrayToObject(data, "people");
	page_add_text(data, "wanted", buf_view(&q));
	struct archive_person **people = NULL;
	struct why why;
	/* One more than is shown tells whether there is another page. */
	if (page->archive && archive_people(page->archive, q.n ? q.p : NULL, PAGE_PEOPLE + 1, (number - 1) * PAGE_PEOPLE,
			&people, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
			if (i < PAGE_PEOPLE)
				cJSON_AddItemToArray(list, person_data(people[i]));
			archive_person_free(people[i]);
		}
		free(people);
	}
	if (!q.n) {
		page_add_neighbours(data, "/people/", "", number, n > PAGE_PEOPLE);
	} else {
		if (number > 1)
			cJSON_AddNumberToObject(data, "previous_page", (double)number - 1);
		if (n > PAGE_PEOPLE)
			cJSON_AddNumberToObject(data, "next_page", (double)number + 1);
	}
	buf_finish(&q);
	page_render(page, "people", data);
}

static void add_appearances(cJSON *data, struct page *page, const char *slug)
{
	cJSON *episodes = cJSON_AddArrayToObject(data, "episodes"), *talks = cJSON_AddArrayToObject(data, "talks");
	struct archive_appearance *list = NULL;
	size_t n = 0;
	struct why why;
	if (archive_appearances(page->archive, slug, &list, &n, &why))
		return;
	for (size_t i = 0; i < n; i++) {
		struct archive_item *item = archive_item_by_id(page->archive, list[i].item);
		if (!item)
			continue;
		cJSON *entry = page_listed_item(page, item);
		cJSON_AddStringToObject(entry, "role", list[i].role);
		add_spoken(entry, list[i].spoken_ms);
		cJSON_AddItemToArray(item->kind == ARCHIVE_TALK ? talks : episodes, entry);
		archive_item_free(item);
	}
	archive_appearances_free(list, n);
	cJSON_AddBoolToObject(data, "has_episodes", cJSON_GetArraySize(episodes) > 0);
	cJSON_AddBoolToObject(data, "has_talks", cJSON_GetArraySize(talks) > 0);
}

/* "?q=": everything that they said about it, with its moments. */
static void add_said(cJSON *data, struct page *page, const struct archive_person *person)
{
	struct buf q = {0}, found = {0}, more = {0};
	struct search_result *r = NULL;
	struct why why = {0};
	(void)query_value(buf_view(&page->query), "q", &q);
	const struct search_request request = {.query = buf_view(&q), .speaker = span_of(person->name), .whole_speaker = true};
	if (!span_trim(buf_view(&q)).n || search_run(page->archive, &request, &r, &why)) {
		buf_finish(&q);
		return;
	}
	cJSON_AddTrueToObject(data, "searched");
	page_add_text(data, "said_about", buf_view(&q));
	if (r->total)
		buf_format(&found, "In %zu recording%s.", r->total, r->total == 1 ? "" : "s");
	else
		buf_text(&found, "Nothing was found.");
	cJSON_AddStringToObject(data, "found", found.p);
	cJSON *said = cJSON_AddArrayToObject(data, "said");
	for (size_t i = 0; i < r->n_hits; i++)
		cJSON_AddItemToArray(said, page_hit(page, &r->hits[i])); /* which does nothing for NULL */
	if (r->n_hits < r->total) {
		buf_text(&more, "/search?q=");
		escape_url(&more, buf_view(&q));
		buf_text(&more, "&speaker=");
		escape_url(&more, span_of(person->name));
		buf_format(&more, "&offset=%zu", r->n_hits);
		cJSON_AddStringToObject(data, "more_url", more.p);
	}
	search_result_free(r);
	buf_finish(&q);
	buf_finish(&found);
	buf_finish(&more);
}

void page_of_person(struct page *page)
{
	struct archive_person *person = page->archive ? archive_person_find(page->archive, page->part[0]) : NULL;
	if (!person) {
		page_not_found(page, "person");
		return;
	}
	cJSON *fields = person_data(person);
	cJSON *data = page_data(page, person->name, person->about, cJSON_GetObjectItem(fields, "url")->valuestring);
	struct buf feed = {0};
	buf_text(&feed, "/feeds/person/");
	escape_url(&feed, span_of(person->slug));
	cJSON_AddStringToObject(fields, "feed", feed.p);
	page_add_feed(data, person->name, feed.p);
	buf_finish(&feed);
	cJSON_AddItemToObject(data, "person", fields);
	add_said(data, page, person);
	metadata_add_person(data, page, person);
	add_appearances(data, page, person->slug);
	item_mentions_add_of(data, page, person->slug);
	archive_person_free(person);
	page_render(page, "person", data);
}

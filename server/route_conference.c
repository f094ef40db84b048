/* route_conference.c - GET /conferences/, /conferences/NAME/ and /conferences/NAME/SLUG: the conferences, a conference's
 * talks in the order of its programme, a talk (item_page.c).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "server/item_embed.h"
#include "server/item_page.h"
#include "server/metadata.h"
#include "server/routes.h"
#include "transcripts/archive_parts.h"
#include "transcripts/feed_address.h"

enum { TALKS_MAX = 5000 };

static void add_day(cJSON *data, const char *name, int64_t ms)
{
	struct buf text = {0};
	if (ms == INT64_MIN)
		return;
	time_format_iso(&text, ms);
	text.p[10] = '\0';
	cJSON_AddStringToObject(data, name, text.p);
	buf_finish(&text);
}

static cJSON *conference_data(const struct archive_conference *found)
{
	const struct conference *c = &found->c;
	cJSON *data = cJSON_CreateObject();
	struct buf url = {0};
	buf_text(&url, "/conferences/");
	escape_url(&url, span_of(c->name));
	buf_char(&url, '/');
	cJSON_AddStringToObject(data, "url", url.p);
	buf_finish(&url);
	const struct { const char *name, *text; } texts[] = {{"name", c->name}, {"heading", c->title}, {"about", c->description},
		{"place", c->place}, {"series", c->series}};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		cJSON_AddStringToObject(data, texts[i].name, texts[i].text);
	if (strncmp(c->url, "https://", 8) == 0 || strncmp(c->url, "http://", 7) == 0)
		cJSON_AddStringToObject(data, "website", c->url);
	add_day(data, "from", c->start_ms);
	if (c->end_ms != c->start_ms)
		add_day(data, "to", c->end_ms);
	cJSON_AddNumberToObject(data, "n_talks", (double)found->n_talks);
	cJSON_AddBoolToObject(data, "is_one", found->n_talks == 1);
	if (found->n_transcripts)
		cJSON_AddNumberToObject(data, "n_transcripts", (double)found->n_transcripts);
	return data;
}

void page_of_conferences(struct page *page)
{
	cJSON *data = page_data(page, "Conferences", "", "/conferences/");
	cJSON *list = cJSON_AddArrayToObject(data, "conferences");
	struct archive_conference **found = NULL;
	size_t n = 0;
	struct why why;
	if (page->archive && archive_conferences(page->archive, &found, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
			cJSON_AddItemToArray(list, conference_data(found[i]));
			archive_conference_free(found[i]);
		}
		free(found);
	}
	page_render(page, "conferences", data);
}

/* Each track of the talks once, with its feed. */
static void add_tracks(cJSON *fields, const cJSON *talks, const char *feed)
{
	cJSON *tracks = cJSON_AddArrayToObject(fields, "tracks");
	const cJSON *talk, *known;
	cJSON_ArrayForEach(talk, talks) {
		struct buf slug = {0}, path = {0};
		const char *track = cJSON_GetStringValue(json_get(talk, "track"));
		bool is_known = !track;
		feed_track_slug(&slug, track ? track : "");
		buf_format(&path, "%s/track/", feed);
		escape_url(&path, buf_view(&slug));
		buf_text(&path, ".xml");
		cJSON_ArrayForEach(known, tracks)
			is_known |= span_is(json_string(json_get(known, "track_feed")), path.p);
		if (!is_known) {
			cJSON *entry = cJSON_CreateObject();
			cJSON_AddStringToObject(entry, "track", track);
			cJSON_AddStringToObject(entry, "track_feed", path.p);
			cJSON_AddItemToArray(tracks, entry);
		}
		buf_finish(&slug);
		buf_finish(&path);
	}
}

static bool has_dates(const cJSON *talks)
{
	const cJSON *talk;
	cJSON_ArrayForEach(talk, talks)
		if (json_get(talk, "date"))
			return true;
	return false;
}

void page_of_conference(struct page *page)
{
	struct archive_conference *found = page->archive ? archive_conference_find(page->archive, page->part[0]) : NULL;
	if (!found) {
		page_not_found(page, "conference");
		return;
	}
	cJSON *fields = conference_data(found);
	cJSON *data = page_data(page, found->c.title, found->c.description, cJSON_GetObjectItem(fields, "url")->valuestring);
	struct buf feed = {0};
	buf_text(&feed, "/feeds/conference/");
	escape_url(&feed, span_of(found->c.name));
	cJSON_AddStringToObject(fields, "feed", feed.p);
	page_add_feed(data, found->c.title, feed.p);
	cJSON_AddItemToObject(data, "conference", fields);
	metadata_add_conference(data, page, &found->c);
	page_add_talks(data, page, found->c.name, TALKS_MAX);
	cJSON_AddBoolToObject(fields, "has_schedule", has_dates(cJSON_GetObjectItem(data, "talks")));
	add_tracks(fields, cJSON_GetObjectItem(data, "talks"), feed.p);
	buf_finish(&feed);
	archive_conference_free(found);
	page_render(page, "conference", data);
}

void page_of_talk(struct page *page)
{
	item_page_build(page, archive_find_talk, page->part[0], page->part[1]);
}

void page_of_talk_embed(struct page *page)
{
	item_embed_build(page, archive_find_talk, page->part[0], page->part[1]);
}

void page_of_talk_oembed(struct page *page)
{
	item_oembed_build(page, archive_find_talk, page->part[0], page->part[1]);
}

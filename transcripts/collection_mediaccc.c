/* collection_mediaccc.c - media.ccc.de's public JSON: a conference with its events, an event with its recordings,
 * lists of them. A recording that is a caption or a PDF becomes a link, the rest are media. Its size is in whole
 * megabytes, which is no length in bytes, and left out. Ignored on purpose: what was counted and scaled there
 * (view_count, promoted, related, timeline_url, thumbnails_url, poster_url, aspect_ratio, webgen_location ...).
 * Source: publishing.md 3.9.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/collection_parts.h"
#include "transcripts/lines.h"

static const char event_keys[] = "guid title subtitle slug link description original_language persons tags view_count "
	"promoted date release_date updated_at length duration thumb_url poster_url timeline_url thumbnails_url "
	"frontend_link url conference_title conference_url related recordings metadata doi alias";
static const char conference_keys[] = "acronym aspect_ratio title schedule_url slug event_last_released_at link "
	"description webgen_location logo_url logo images_url recordings_url url events updated_at streaming metadata "
	"currently_streaming custom_css downloaded_events_count event_count global_event_notes";
static const char recording_keys[] = "size length mime_type language filename state folder high_quality width height "
	"updated_at recording_url url event_url conference_url label created_at translated html5 id event_id";

static bool is_event(const cJSON *json)
{
	return json_has(json, "guid title") && (json_get(json, "frontend_link") || json_get(json, "conference_url") ||
		json_get(json, "recordings") || json_get(json, "original_language"));
}

static bool is_conference(const cJSON *json)
{
	return json_has(json, "acronym title") && (json_get(json, "recordings_url") || json_get(json, "images_url") ||
		json_get(json, "aspect_ratio") || json_get(json, "event_last_released_at"));
}

static bool is_recording(const cJSON *json)
{
	return json_has(json, "recording_url") || json_has(json, "mime_type filename");
}

/* The list below `key`, or the file itself where it is a list. */
static const cJSON *list_of(const cJSON *json, const char *key)
{
	const cJSON *list = cJSON_IsArray(json) ? json : json_get(json, key);
	return cJSON_IsArray(list) ? list : NULL;
}

enum what { NOTHING, EVENT, EVENTS, CONFERENCE, CONFERENCES, RECORDINGS };

static enum what what_is(const cJSON *json)
{
	const cJSON *events = list_of(json, "events"), *conferences = list_of(json, "conferences"),
		*recordings = list_of(json, "recordings");
	if (is_event(json))
		return EVENT;
	if (is_conference(json))
		return CONFERENCE;
	if (conferences && is_conference(conferences->child))
		return CONFERENCES;
	if (events && is_event(events->child))
		return EVENTS;
	return is_recording(json) || (recordings && is_recording(recordings->child)) ? RECORDINGS : NOTHING;
}

static int detect(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	static const char *const names[] = {"", "an event with its 'guid' and address", "a list of events with 'guid's",
		"a conference with 'acronym' and its addresses", "a list of conferences with 'acronym's", "recordings alone"};
	enum what what = what_is(json);
	if (what == NOTHING)
		return 0;
	snprintf(reason, room, "%s", names[what]);
	return 80;
}

/* "https://host/public/conferences/36c3" -> "36c3" */
static struct span last_part(struct span url)
{
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	size_t start = url.n;
	while (start > 0 && url.p[start - 1] != '/')
		start--;
	return span_from(url, start);
}

static void add_recording(struct json_reading *r, struct document *d, const cJSON *recording)
{
	struct span url = json_member(r, recording, "recording_url"), type = json_member(r, recording, "mime_type"),
		language = json_member(r, recording, "language");
	if (!url.n) {
		json_reading_fault(r, recording, "a recording without an address was left out");
		return;
	}
	json_report_unknown(r, recording, recording_keys);
	bool captions = span_is(type, "application/x-subrip") || span_is(type, "text/vtt");
	if (captions || span_is(type, "application/pdf")) {
		struct buf label = {0};
		buf_format(&label, "%s%s%.*s%s", captions ? "Subtitles" : "Slides", language.n ? " (" : "", SPAN_ARG(language),
			language.n ? ")" : "");
		struct document_link *link = document_add_link(d);
		document_set(&link->url, url);
		document_set(&link->label, buf_view(&label));
		buf_finish(&label);
		return;
	}
	struct document_media *media = document_add_media(d);
	int64_t n;
	document_set(&media->url, url);
	document_set(&media->type, type);
	document_set(&media->language, language);
	if (json_i64(json_get(recording, "length"), &n) && n > 0 && n <= LONGEST_SECONDS)
		media->duration_ms = n * 1000;
	if (json_i64(json_get(recording, "height"), &n) && n > 0 && n < 100000)
		media->height = (int)n;
}

static void read_event(struct json_reading *r, const cJSON *json, const char *conference)
{
	if (!is_event(json) && !(*conference && json_has(json, "guid title"))) {
		json_reading_fault(r, json, "an event without 'guid' and 'title' was left out");
		return;
	}
	struct document *d = collection_add_document(r->c, DOCUMENT_TALK);
	json_set_line(r, &d->title, json, "title");
	json_set_line(r, &d->guid, json, "guid");
	json_set_line(r, &d->description, json, "subtitle");
	json_set_text(r, &d->notes, json, "description");
	json_set_language(r, &d->language, json, "original_language");
	struct span slug = json_member(r, json, "slug"), url = json_member(r, json, "conference_url");
	collection_set_slug(&d->slug, slug.n ? slug : span_of(d->title));
	collection_set_slug(&d->conference, *conference ? span_of(conference) : last_part(url));
	slug_set_take(&r->slugs, d);
	json_set_time(r, &d->published_ms, json, json_member(r, json, "date").n ? "date" : "release_date");
	json_set_line(r, &d->image, json, json_member(r, json, "poster_url").n ? "poster_url" : "thumb_url");
	json_set_line(r, &d->page_url, json, json_member(r, json, "frontend_link").n ? "frontend_link" : "link");
	json_add_tags(r, d, json, "tags");
	int64_t n;
	const cJSON *item, *length = json_get(json, json_get(json, "length") ? "length" : "duration");
	if (json_i64(length, &n) && n >= 0 && n <= LONGEST_SECONDS)
		d->duration_ms = n * 1000;
	else if (length && !cJSON_IsNull(length))
		json_reading_fault(r, length, "the length is no number of seconds; it was left out");
	/* Where the programme has it, unless that is its page already. */
	struct span link = json_member(r, json, "link");
	if (link.n && !span_is(link, d->page_url))
		document_set(&document_add_link(d)->url, link);
	cJSON_ArrayForEach(item, json_get(json, "persons")) {
		struct span name = lines_trim(json_string(item));
		if (!name.n) {
			json_reading_fault(r, item, "a person without a name was left out");
			continue;
		}
		struct document_credit *credit = document_add_credit(d);
		collection_set_line(&credit->name, name);
		document_set(&credit->role, SPAN_LITERAL("speaker"));
	}
	cJSON_ArrayForEach(item, json_get(json, "recordings"))
		add_recording(r, d, item);
	json_report_unknown(r, json, event_keys);
}

static void read_conference(struct json_reading *r, const cJSON *json)
{
	if (!is_conference(json)) {
		json_reading_fault(r, json, "a conference without 'acronym' and 'title' was left out");
		return;
	}
	struct conference *c = collection_add_conference(r->c);
	char *name = mem_strdup("");
	collection_set_slug(&c->name, json_member(r, json, "acronym"));
	document_set(&name, span_of(c->name));
	conference_set_series(c);
	json_set_line(r, &c->title, json, "title");
	json_set_text(r, &c->description, json, "description");
	json_set_line(r, &c->url, json, "link");
	json_set_line(r, &c->image, json, "logo_url");
	json_report_unknown(r, json, conference_keys);
	const cJSON *event;
	cJSON_ArrayForEach(event, json_get(json, "events"))
		read_event(r, event, name);
	free(name);
}

static void read(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r = {.c = c, .path = path, .text = text, .root = json, .faults = faults};
	enum what what = what_is(json);
	const cJSON *item;
	if (what == RECORDINGS)
		c->decline = "nothing in it says what they are recordings of; save the events instead (/public/events/GUID)";
	else if (what == EVENT)
		read_event(&r, json, "");
	else if (what == CONFERENCE)
		read_conference(&r, json);
	else if (what == EVENTS)
		cJSON_ArrayForEach(item, list_of(json, "events"))
			read_event(&r, item, "");
	else
		cJSON_ArrayForEach(item, list_of(json, "conferences"))
			read_conference(&r, item);
	json_reading_finish(&r);
}

const struct collection_dialect collection_mediaccc = {"media.ccc.de's JSON", "media-ccc", detect, read};

/* collection_pyvideo.c - pyvideo's talks: CONFERENCE/category.json and CONFERENCE/videos/NAME.json, a talk each. The
 * folder's name is the conference's. Speakers stay as they are written ("A, B and C" too): splitting them is for the
 * owner's rules. Ignored on purpose, for they belong to the site that they once came from: id, category, alias,
 * quality_notes, file_name.
 * Source: publishing.md 3.7.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "transcripts/collection_parts.h"
#include "transcripts/lines.h"

static const char talk_keys[] = "title videos speakers recorded description thumbnail_url language duration tags "
	"related_urls copyright_text slug id quality_notes summary category alias abstract file_name source_url";
static const char conference_keys[] = "title description url start_date end_date slug";

static int detect_talk(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	if (!json_has(json, "title videos speakers") || !cJSON_IsArray(json_get(json, "videos")))
		return 0;
	const cJSON *first = json_get(json, "videos")->child;
	/* Code And Talk's have a code instead of an address. */
	if (first ? json_get(first, "code") != NULL : json_get(json, "length") != NULL)
		return 0;
	snprintf(reason, room, "an object with 'title', 'speakers' and 'videos' of addresses");
	return json_has(json, "recorded") ? 90 : 70;
}

static void add_speakers(struct json_reading *r, struct document *d)
{
	const cJSON *list = json_get(r->root, "speakers"), *item;
	if (list && !cJSON_IsArray(list) && !cJSON_IsNull(list))
		json_reading_fault(r, list, "'speakers' is no list; it was left out");
	if (!cJSON_IsArray(list))
		return;
	cJSON_ArrayForEach(item, list) {
		struct span name = lines_trim(json_string(item));
		if (!name.n) {
			json_reading_fault(r, item, "a speaker without a name was left out");
			continue;
		}
		struct document_credit *credit = document_add_credit(d);
		collection_set_line(&credit->name, name);
		document_set(&credit->role, SPAN_LITERAL("speaker"));
	}
}

/* Addresses that aren't the recording's. */
static void add_links(struct json_reading *r, struct document *d, const char *key)
{
	const cJSON *list = json_get(r->root, key), *item;
	if (list && !cJSON_IsArray(list) && !cJSON_IsNull(list))
		json_reading_fault(r, list, "'%s' is no list; it was left out", key);
	if (!cJSON_IsArray(list))
		return;
	cJSON_ArrayForEach(item, list) {
		struct span url = lines_trim(cJSON_IsObject(item) ? json_string(json_get(item, "url")) : json_string(item));
		if (!url.n) {
			json_reading_fault(r, item, "'%s' has an entry without an address; it was left out", key);
			continue;
		}
		struct document_link *link = document_add_link(d);
		document_set(&link->url, url);
		if (cJSON_IsObject(item)) {
			json_set_line(r, &link->label, item, "label");
			json_report_unknown(r, item, "label url");
		}
	}
}

/* Seconds, or what is reported and left out. */
static int64_t seconds(struct json_reading *r, const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);
	if (!item || cJSON_IsNull(item))
		return 0;
	int64_t ms = 0;
	bool ok = cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 1e12;
	if (ok)
		ms = (int64_t)(item->valuedouble * 1000 + 0.5);
	else if (cJSON_IsString(item))
		ok = duration_read(json_string(item), &ms);
	if (!ok) {
		json_reading_fault(r, item, "'%s' is no length in seconds; it was left out", key);
		return 0;
	}
	if (ms > LONGEST_SECONDS * INT64_C(1000)) {
		json_reading_fault(r, item, "'%s' says %.0f hours, which no recording has; it was left out", key,
			(double)ms / 3600000);
		return 0;
	}
	return ms;
}

/* One of videos[]. Its length is seconds in most, bytes in some old ones; 0 where nobody knew. */
static void add_video(struct json_reading *r, struct document *d, const cJSON *video)
{
	struct span url = json_member(r, video, "url"), type = json_member(r, video, "type");
	if (!url.n) {
		json_reading_fault(r, video, "a video without an address was left out");
		return;
	}
	struct document_media *media = document_add_media(d);
	document_set(&media->url, url);
	document_set(&media->type, media_type_of(type));
	const cJSON *length = json_get(video, "length"), *size = json_get(video, "size");
	int64_t n;
	if (json_i64(size, &n) && n > 0)
		media->bytes = n;
	if (cJSON_IsNumber(length) && length->valuedouble > LONGEST_SECONDS && json_i64(length, &n))
		media->bytes = n;
	else
		media->duration_ms = seconds(r, video, "length");
	if (!*d->youtube)
		document_set(&d->youtube, youtube_id(url));
	json_report_unknown(r, video, "type url length size");
}

static void set_texts(struct json_reading *r, struct document *d)
{
	json_set_text(r, &d->notes, r->root, "description");
	static const char *const shorter[] = {"summary", "abstract"};
	for (size_t i = 0; i < 2; i++) {
		struct span value = json_member(r, r->root, shorter[i]);
		if (!value.n || span_is(value, d->notes))
			continue;
		if (!*d->notes)
			collection_set_text(&d->notes, value);
		else if (!*d->description)
			collection_set_text(&d->description, value);
		else
			collection_append_text(&d->notes, value);
	}
}

static void set_slug(struct json_reading *r, struct document *d)
{
	struct span slug = json_member(r, r->root, "slug");
	collection_set_slug(&d->slug, slug.n ? slug : file_stem(r->path));
	if (!*d->slug)
		collection_set_slug(&d->slug, span_of(d->title));
	slug_set_take(&r->slugs, d);
}

/* Keys that were misspelt when they were typed, and what they stand for. */
static void read_misspelt(struct json_reading *r, struct document *d)
{
	const cJSON *item = json_get(r->root, ",duration");
	if (item) {
		json_reading_fault(r, item, "the key ',duration' was read as 'duration'; take the comma out");
		if (!d->duration_ms)
			d->duration_ms = seconds(r, r->root, ",duration");
	}
	item = json_get(r->root, "related_url");
	if (item) {
		json_reading_fault(r, item, "the key 'related_url' was read as 'related_urls'; rename it");
		struct span url = json_string(item);
		if (url.n)
			document_set(&document_add_link(d)->url, url);
		else
			add_links(r, d, "related_url");
	}
	item = json_get(r->root, "title2");
	if (item) {
		json_reading_fault(r, item, "'title2' ('%.*s') was left out; put the better title into 'title'",
			SPAN_ARG(json_string(item)));
	}
}

static void read_talk(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r = {.c = c, .path = path, .text = text, .root = json, .faults = faults};
	struct document *d = collection_add_document(c, DOCUMENT_TALK);
	collection_set_slug(&d->conference, path_folder(path, span_is(path_folder(path, 1), "videos") ? 2 : 1));
	json_set_line(&r, &d->title, json, "title");
	if (!*d->title)
		json_reading_fault(&r, json_get(json, "title"), "the talk has no title; its file's name stands for it");
	if (!*d->title)
		collection_set_line(&d->title, file_stem(path));
	set_slug(&r, d);
	set_texts(&r, d);
	json_set_time(&r, &d->published_ms, json, "recorded");
	if (!json_member(&r, json, "recorded").n)
		json_reading_fault(&r, json_get(json, "recorded"), "the talk has no date ('recorded')");
	json_set_language(&r, &d->language, json, "language");
	json_set_line(&r, &d->image, json, "thumbnail_url");
	json_set_line(&r, &d->license, json, "copyright_text");
	json_set_line(&r, &d->page_url, json, "source_url");
	json_add_tags(&r, d, json, "tags");
	add_speakers(&r, d);
	add_links(&r, d, "related_urls");
	d->duration_ms = seconds(&r, json, "duration");
	read_misspelt(&r, d);
	const cJSON *video;
	cJSON_ArrayForEach(video, json_get(json, "videos"))
		add_video(&r, d, video);
	if (!d->n_media)
		json_reading_fault(&r, json_get(json, "videos"), "the talk has no recording");
	struct buf known = {0};
	buf_format(&known, "%s ,duration related_url title2", talk_keys);
	json_report_unknown(&r, json, known.p);
	buf_finish(&known);
	json_reading_finish(&r);
}

static int detect_conference(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)text;
	if (!span_is(file_stem(path), "category") || !cJSON_IsString(json_get(json, "title")) || json_get(json, "videos"))
		return 0;
	snprintf(reason, room, "a category.json with a title");
	return 80;
}

static void read_conference(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r = {.c = c, .path = path, .text = text, .root = json, .faults = faults};
	struct conference *conference = collection_add_conference(c);
	json_set_line(&r, &conference->title, json, "title");
	struct span folder = path_folder(path, 1);
	collection_set_slug(&conference->name, folder.n ? folder : span_of(conference->title));
	conference_set_series(conference);
	json_set_text(&r, &conference->description, json, "description");
	json_set_line(&r, &conference->url, json, "url");
	json_set_time(&r, &conference->start_ms, json, "start_date");
	json_set_time(&r, &conference->end_ms, json, "end_date");
	json_report_unknown(&r, json, conference_keys);
	json_reading_finish(&r);
}

const struct collection_dialect collection_pyvideo_talk = {"a pyvideo talk", "pyvideo-talk", detect_talk, read_talk};
const struct collection_dialect collection_pyvideo_conference = {"a pyvideo conference", "pyvideo-conference",
	detect_conference, read_conference};

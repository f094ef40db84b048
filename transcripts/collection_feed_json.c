/* collection_feed_json.c - JSON Feed, versions 1 and 1.1, as somebody's existing show. Extensions (members that begin
 * with "_") are left out on purpose.
 * Source: jsonfeed.org/version/1.1.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/collection_feed.h"
#include "transcripts/feed_date.h"
#include "transcripts/lines.h"

static int detect(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	struct span version = json_string(json_get(json, "version"));
	if (!cJSON_IsArray(json_get(json, "items")) && !json_has(json, "title version"))
		return 0;
	if (span_search(version, SPAN_LITERAL("jsonfeed.org/version"), 0) < version.n) {
		snprintf(reason, room, "its 'version' is JSON Feed's");
		return 95;
	}
	if (!json_has(json, "version title items") || !(json_get(json, "home_page_url") || json_get(json, "feed_url")))
		return 0;
	snprintf(reason, room, "an object with 'version', 'title', 'items' and addresses, like JSON Feed");
	return 70;
}

static void set_date(struct json_reading *r, int64_t *ms, const cJSON *object, const char *key)
{
	const char *slip;
	struct span text = json_member(r, object, key);
	if (!text.n)
		return;
	if (!feed_date_parse(text, ms, &slip))
		json_reading_fault(r, json_get(object, key), "'%s' is '%.*s', which is no date; it was left out", key,
			SPAN_ARG(text));
	else if (slip)
		json_reading_fault(r, json_get(object, key), "the date '%.*s': %s", SPAN_ARG(text), slip);
}

/* "authors", or "author" of version 1: names, with commas between. */
static void set_author(struct json_reading *r, char **field, const cJSON *object)
{
	struct buf names = {0};
	const cJSON *list = json_get(object, "authors"), *item;
	cJSON_ArrayForEach(item, list) {
		struct span name = lines_trim(json_string(json_get(item, "name")));
		if (name.n && names.n)
			buf_text(&names, ", ");
		buf_span(&names, name);
	}
	if (!names.n)
		buf_span(&names, json_member(r, json_get(object, "author"), "name"));
	collection_set_line(field, buf_view(&names));
	buf_finish(&names);
}

static void add_attachments(struct json_reading *r, struct document *d, const cJSON *item)
{
	const cJSON *one;
	cJSON_ArrayForEach(one, json_get(item, "attachments")) {
		char *url = span_dup(json_member(r, one, "url")), *type = span_dup(json_member(r, one, "mime_type"));
		const cJSON *size = json_get(one, "size_in_bytes"), *duration = json_get(one, "duration_in_seconds");
		int64_t bytes = 0;
		if (size && (!json_i64(size, &bytes) || bytes < 0)) {
			json_reading_fault(r, size, "'size_in_bytes' is no number of bytes; it was left out");
			bytes = 0;
		}
		struct document_media *media = feed_add_media(d, url, type, bytes);
		if (!media) {
			json_reading_fault(r, one, *url ? "an attachment stands twice in its item; once was taken" :
				"an attachment without an address was left out");
		} else if (cJSON_IsNumber(duration) && duration->valuedouble > 0 && duration->valuedouble <= LONGEST_SECONDS) {
			media->duration_ms = (int64_t)(duration->valuedouble * 1000 + 0.5);
			d->duration_ms = d->duration_ms ? d->duration_ms : media->duration_ms;
		} else if (duration && !cJSON_IsNull(duration)) {
			json_reading_fault(r, duration, "'duration_in_seconds' is no length; it was left out");
		}
		free(url);
		free(type);
	}
}

/* The id may be a number, which becomes the text that it is written as. */
static void set_guid(struct json_reading *r, struct document *d, const cJSON *item)
{
	const cJSON *id = json_get(item, "id");
	int64_t n;
	if (json_i64(id, &n)) {
		struct buf text = {0};
		buf_format(&text, "%lld", (long long)n);
		document_set(&d->guid, buf_view(&text));
		buf_finish(&text);
	} else {
		document_set(&d->guid, json_member(r, item, "id"));
	}
	if (!*d->guid) {
		json_reading_fault(r, item, "an item has no id; the recording's or page's address stands for it");
		document_set(&d->guid, d->n_media ? span_of(d->media[0].url) : span_of(d->page_url));
	}
}

static void read_item(struct json_reading *r, const cJSON *item)
{
	if (!cJSON_IsObject(item)) {
		json_reading_fault(r, item, "an entry of 'items' is no object; it was left out");
		return;
	}
	struct document *d = collection_add_document(r->c, DOCUMENT_EPISODE);
	json_set_line(r, &d->title, item, "title");
	json_set_line(r, &d->page_url, item, json_member(r, item, "url").n ? "url" : "external_url");
	set_date(r, &d->published_ms, item, json_member(r, item, "date_published").n ? "date_published" : "date_modified");
	json_set_text(r, &d->notes, item, json_member(r, item, "content_html").n ? "content_html" : "content_text");
	json_set_text(r, &d->description, item, "summary");
	if (!*d->notes) {
		document_set(&d->notes, span_of(d->description));
		document_set(&d->description, span_of(""));
	}
	json_set_line(r, &d->image, item, json_member(r, item, "image").n ? "image" : "banner_image");
	set_author(r, &d->author, item);
	json_set_language(r, &d->language, item, "language");
	if (!*d->language)
		document_set(&d->language, span_of(r->c->show->language));
	json_add_tags(r, d, item, "tags");
	add_attachments(r, d, item);
	set_guid(r, d, item);
	feed_conclude_item(d, &r->slugs);
}

static void read(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r = {.c = c, .path = path, .text = text, .root = json, .faults = faults};
	struct show_record *s = collection_add_show(c);
	json_set_line(&r, &s->title, json, "title");
	json_set_text(&r, &s->description, json, "description");
	json_set_line(&r, &s->url, json, "home_page_url");
	json_set_line(&r, &s->feed_url, json, "feed_url");
	json_set_line(&r, &s->image, json, json_member(&r, json, "icon").n ? "icon" : "favicon");
	json_set_language(&r, &s->language, json, "language");
	set_author(&r, &s->author, json);
	const cJSON *item;
	cJSON_ArrayForEach(item, json_get(json, "items"))
		read_item(&r, item);
	json_reading_finish(&r);
}

const struct collection_dialect collection_feed_json = {"a feed (JSON Feed)", "feed-json", detect, read};

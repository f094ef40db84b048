/* planet_feed_json.c - JSON Feed 1.0 and 1.1 for the planet.
 * Source: jsonfeed.org/version/1.1.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "transcripts/collection_parts.h"
#include "transcripts/feed_date.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_feed_parts.h"
#include "transcripts/planet_text.h"

struct reading {
	struct planet_feed *f;
	struct span base;
};

static struct span text_of(const cJSON *object, const char *name)
{
	return span_trim(json_string(json_get(object, name)));
}

static void set_line(char **field, const cJSON *object, const char *name)
{
	if (!**field && text_of(object, name).n)
		collection_set_line(field, text_of(object, name));
}

static int64_t date_of(const cJSON *object, const char *name)
{
	int64_t ms;
	const char *slip;
	return text_of(object, name).n && feed_date_parse(text_of(object, name), &ms, &slip) ? ms : INT64_MIN;
}

/* "authors", or "author" of version 1: names with commas between; the first one's address. */
static void set_author(const struct reading *r, char **name, char **url, const cJSON *object)
{
	struct buf names = {0};
	const cJSON *one;
	cJSON_ArrayForEach(one, json_get(object, "authors")) {
		if (text_of(one, "name").n && names.n)
			buf_text(&names, ", ");
		buf_span(&names, text_of(one, "name"));
		if (url)
			planet_set_url(url, r->base, text_of(one, "url"), false);
	}
	if (!names.n)
		buf_span(&names, text_of(json_get(object, "author"), "name"));
	if (url)
		planet_set_url(url, r->base, text_of(json_get(object, "author"), "url"), false);
	if (names.n)
		collection_set_line(name, buf_view(&names));
	buf_finish(&names);
}

static void set_id(struct planet_entry *e, const cJSON *item)
{
	const cJSON *id = json_get(item, "id");
	int64_t n;
	if (cJSON_IsString(id)) {
		document_set(&e->guid, json_string(id));
	} else if (json_i64(id, &n)) {
		/* Against the rules, and common. */
		struct buf text = {0};
		buf_format(&text, "%lld", (long long)n);
		document_set(&e->guid, buf_view(&text));
		buf_finish(&text);
	}
}

static void set_content(struct planet_entry *e, struct span base, const cJSON *item)
{
	struct buf html = {0};
	struct span own = text_of(item, "content_html");
	if (own.n)
		planet_clean(&html, own, base);
	else
		planet_text_to_html(&html, text_of(item, "content_text"));
	document_set(&e->content, buf_view(&html));
	buf_clear(&html);
	planet_text_to_html(&html, text_of(item, "summary"));
	document_set(&e->summary, buf_view(&html));
	buf_finish(&html);
}

static void read_item(struct reading *r, const cJSON *item)
{
	struct planet_entry *e = planet_add_entry(r->f);
	set_id(e, item);
	planet_set_url(&e->url, r->base, text_of(item, "url"), false);
	planet_set_url(&e->url, r->base, text_of(item, "external_url"), false);
	planet_set_title(&e->title, text_of(item, "title"), false);
	set_content(e, *e->url ? span_of(e->url) : r->base, item);
	set_author(r, &e->author, &e->author_url, item);
	planet_set_url(&e->image, r->base, text_of(item, "image"), false);
	planet_set_url(&e->image, r->base, text_of(item, "banner_image"), false);
	set_line(&e->language, item, "language");
	e->published_ms = date_of(item, "date_published");
	e->updated_ms = date_of(item, "date_modified");
	const cJSON *one;
	cJSON_ArrayForEach(one, json_get(item, "tags"))
		planet_entry_add_tag(e, json_string(one));
	cJSON_ArrayForEach(one, json_get(item, "attachments")) {
		int64_t bytes = 0;
		(void)json_i64(json_get(one, "size_in_bytes"), &bytes);
		planet_entry_add_enclosure(e, r->base, text_of(one, "url"), text_of(one, "mime_type"), bytes);
	}
	planet_entry_conclude(e);
}

enum err planet_read_json(struct planet_feed *f, const struct planet_input *in, const cJSON *json, struct why *why)
{
	struct span version = text_of(json, "version");
	const cJSON *items = json_get(json, "items");
	bool says_so = span_search(version, SPAN_LITERAL("jsonfeed.org/version"), 0) < version.n;
	if (!cJSON_IsArray(items) || (!says_so && !json_get(json, "title")))
		return why_set(why, E_FORMAT, "it is JSON, but no JSON Feed; put the feed's own address under planet:");
	struct reading r = {f, span_of(in->url)};
	f->kind = span_ends(version, "/1") || span_ends(version, "/1.0") ? "JSON Feed 1.0" : "JSON Feed 1.1";
	planet_set_title(&f->title, text_of(json, "title"), false);
	planet_set_title(&f->subtitle, text_of(json, "description"), false);
	planet_set_url(&f->url, r.base, text_of(json, "home_page_url"), false);
	planet_set_url(&f->self, r.base, text_of(json, "feed_url"), false);
	if (*f->url)
		r.base = span_of(f->url);
	document_set(&f->id, span_of(f->self));
	set_author(&r, &f->author, NULL, json);
	set_line(&f->language, json, "language");
	planet_set_url(&f->image, r.base, text_of(json, "icon"), false);
	planet_set_url(&f->image, r.base, text_of(json, "favicon"), false);
	const cJSON *item;
	cJSON_ArrayForEach(item, items)
		if (cJSON_IsObject(item) && f->n_entries < PLANET_ENTRIES_MAX)
			read_item(&r, item);
		else
			f->n_left_out++;
	return OK;
}

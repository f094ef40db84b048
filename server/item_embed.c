/* Also /oembed?url=, which finds the item by its address.
 * SPDX-License-Identifier: MIT */
#include "server/item_embed.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "server/http_head.h"
#include "server/item_media.h"
#include "server/metadata.h"
#include "server/routes.h"
#include "server/template.h"

enum { SMALLEST = 100, WIDEST = 4096 };

static const struct http_field framed[] = {
	{"content-security-policy", HTTP_POLICY("frame-src " PAGE_VIDEO_HOST "; ", "*")},
	{"cross-origin-resource-policy", "cross-origin"}, {NULL, NULL}};
static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"}, {"cross-origin-resource-policy", "cross-origin"}, {NULL, NULL}};

static const char *title_of(const struct archive_item *item)
{
	return item->title[0] ? item->title : item->slug;
}

void item_embed_build(struct page *page, item_finder find, const char *place, const char *slug)
{
	struct archive_item *item = item_find(page, find, place, slug);
	if (!item) {
		page_not_found(page, "episode");
		return;
	}
	struct buf path = {0};
	archive_item_path(&path, item);
	cJSON *data = page_data(page, title_of(item), "", path.p);
	cJSON_AddItemToObject(data, "item", page_item(page, item));
	item_media_add(data, page, item);
	if (item->youtube[0]) {
		cJSON_AddStringToObject(data, "youtube", item->youtube);
		cJSON_AddStringToObject(data, "video_host", PAGE_VIDEO_HOST);
	}
	template_render(page->server->templates, "embed", data, &page->out);
	page->extra = framed;
	cJSON_Delete(data);
	buf_finish(&path);
	archive_item_free(item);
}

/* What the asker has room for; 0: all that there is. */
static int room(const struct page *page, const char *name)
{
	struct buf text = {0};
	int64_t number = 0;
	if (!query_value(buf_view(&page->query), name, &text) || !span_to_i64(buf_view(&text), &number))
		number = 0;
	buf_finish(&text);
	return number <= 0 ? 0 : number < SMALLEST ? SMALLEST : number > WIDEST ? WIDEST : (int)number;
}

static void say(struct json_writer *w, const char *key, const char *text)
{
	json_key(w, key);
	json_text(w, span_of(text));
}

static void write_frame(const struct page *page, const struct archive_item *item, const char *path, int width, int height,
	struct buf *out)
{
	buf_format(out, "<iframe src=\"%s%s/embed\" width=\"%d\" height=\"%d\" title=\"", page->server->config->base_url, path,
		width, height);
	escape_html(out, span_of(title_of(item)));
	buf_text(out, "\" style=\"border:0\" allow=\"fullscreen\" loading=\"lazy\"></iframe>");
}

static void write_oembed(struct page *page, const struct archive_item *item, bool is_video)
{
	int most_wide = room(page, "maxwidth"), most_high = room(page, "maxheight");
	int width = METADATA_WIDTH, height = is_video ? METADATA_VIDEO_HEIGHT : METADATA_AUDIO_HEIGHT;
	width = most_wide && most_wide < width ? most_wide : width;
	height = most_high && most_high < height ? most_high : height;
	struct buf path = {0}, frame = {0}, author = {0};
	struct json_writer w;
	archive_item_path(&path, item);
	write_frame(page, item, path.p, width, height, &frame);
	const struct config_show *show = config_show(page->server->config, span_of(item->show));
	json_begin(&w, &page->out);
	json_open(&w, '{');
	say(&w, "version", "1.0");
	say(&w, "type", is_video ? "video" : "rich");
	say(&w, "title", title_of(item));
	if (show) {
		buf_format(&author, "%s/shows/%s/", page->server->config->base_url, show->name);
		say(&w, "author_name", show->title);
		say(&w, "author_url", author.p);
	}
	say(&w, "provider_name", page->server->config->title);
	say(&w, "provider_url", page->server->config->base_url);
	json_key(&w, "width");
	json_int(&w, width);
	json_key(&w, "height");
	json_int(&w, height);
	say(&w, "html", frame.p);
	json_close(&w, '}');
	buf_char(&page->out, '\n');
	buf_finish(&path);
	buf_finish(&frame);
	buf_finish(&author);
}

void item_oembed_build(struct page *page, item_finder find, const char *place, const char *slug)
{
	struct archive_item *item = item_find(page, find, place, slug);
	if (!item || !page->server->config->base_url) {
		page_not_found(page, "episode");
		archive_item_free(item);
		return;
	}
	struct metadata_media media;
	metadata_media(page, item, &media);
	write_oembed(page, item, media.is_video || item->youtube[0]);
	metadata_media_finish(&media);
	page->type = "application/json";
	page->extra = open_to_all;
	archive_item_free(item);
}

/* The item that an address of this site is of: found by the same patterns as its page. */
static bool find_item(struct page *page, struct span path)
{
	static const struct {
		const char *pattern;
		page_builder *build;
	} kinds[] = {{"/shows/{show}/{slug}", page_of_episode_oembed}, {"/conferences/{name}/{slug}", page_of_talk_oembed},
		{"/transcripts/{slug}", page_of_loose_oembed}};
	struct span parts[HTTP_PARTS_MAX] = {{0}};
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!http_pattern_matches(kinds[i].pattern, path, parts))
			continue;
		for (int k = 0; k < 2; k++) {
			free(page->part[k]);
			page->part[k] = span_dup(parts[k]);
		}
		kinds[i].build(page);
		return true;
	}
	return false;
}

void page_of_oembed(struct page *page)
{
	struct buf url = {0}, format = {0}, path = {0};
	const char *base_url = page->server->config->base_url;
	query_value(buf_view(&page->query), "url", &url);
	query_value(buf_view(&page->query), "format", &format);
	if (format.n && !span_is(buf_view(&format), "json")) {
		page->status = 501; /* as oEmbed has it */
	} else if (!base_url || !span_starts(buf_view(&url), base_url)) {
		page->status = 404;
	} else {
		struct span rest = span_from(buf_view(&url), strlen(base_url));
		size_t n = 0;
		while (n < rest.n && rest.p[n] != '?' && rest.p[n] != '#')
			n++;
		if (unescape_url(&path, span_make(rest.p, n), false) || !find_item(page, buf_view(&path)))
			page->status = 404;
	}
	buf_finish(&url);
	buf_finish(&format);
	buf_finish(&path);
}

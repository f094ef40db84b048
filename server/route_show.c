/* route_show.c - GET /shows/SHOW/, /shows/SHOW/SLUG and /transcripts/SLUG: a show; an episode or a transcript that stands
 * alone, with player, notes and every cue at its #t= anchor.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/page.h"
#include "server/routes.h"
#include "transcripts/dialect.h"
#include "transcripts/export.h"
#include "transcripts/media_probe.h"
#include "transcripts/notes.h"

enum { EPISODES_A_PAGE = 100 };

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"}, {"cross-origin-resource-policy", "cross-origin"}, {NULL, NULL}};

static void add_show(cJSON *data, const struct config_show *show)
{
	cJSON_AddStringToObject(data, "name", show->name);
	cJSON_AddStringToObject(data, "heading", show->title);
	cJSON_AddStringToObject(data, "about", show->description ? show->description : "");
	cJSON_AddStringToObject(data, "author", show->author ? show->author : "");
	cJSON_AddStringToObject(data, "image", show->image && !strstr(show->image, "://") ? show->image : "");
}

static void build_show(struct page *page)
{
	const struct config_show *show = config_show(page->server->config, span_of(page->part[0]));
	if (!show) {
		page_not_found(page, "show");
		return;
	}
	struct buf path = {0};
	buf_format(&path, "/shows/%s/", show->name);
	cJSON *data = page_data(page, show->title, show->description, path.p);
	buf_finish(&path);
	add_show(data, show);
	cJSON *episodes = cJSON_AddArrayToObject(data, "episodes"), *loose = cJSON_AddArrayToObject(data, "loose");
	struct archive_item **items = NULL;
	size_t n = 0;
	struct why why;
	if (page->archive && archive_list(page->archive, show->name, false, EPISODES_A_PAGE, 0, &items, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
			if (items[i]->published)
				cJSON_AddItemToArray(items[i]->kind == ARCHIVE_EPISODE ? episodes : loose, page_item(page, items[i]));
			archive_item_free(items[i]);
		}
		free(items);
	}
	cJSON_AddBoolToObject(data, "has_loose", cJSON_GetArraySize(loose) > 0);
	page_render(page, "show", data);
}

void route_show(struct http *h)
{
	page_serve(h, build_show);
}

/* The cue's anchor: "t=754" or "t=754.25"; the same text that search puts behind '#'. */
static void add_anchor(cJSON *object, int64_t ms)
{
	struct buf text = {0};
	buf_text(&text, "t=");
	stamp_fragment(&text, ms);
	cJSON_AddStringToObject(object, "anchor", text.p);
	buf_finish(&text);
}

static cJSON *turn_data(const struct transcript *t, const struct turn *turn, int64_t *last_anchor_ms)
{
	cJSON *data = cJSON_CreateObject();
	page_add_text(data, "speaker", turn->speaker);
	struct buf text = {0};
	stamp_write(&text, t->cues[turn->first_cue].start_ms, false);
	cJSON_AddStringToObject(data, "time", text.p);
	buf_finish(&text);
	cJSON *link = cJSON_AddObjectToObject(data, "link");
	add_anchor(link, t->cues[turn->first_cue].start_ms);
	cJSON *cues = cJSON_AddArrayToObject(data, "cues");
	for (size_t i = turn->first_cue; i < turn->first_cue + turn->n_cues; i++) {
		const struct cue *cue = &t->cues[i];
		cJSON *item = cJSON_CreateObject();
		page_add_text(item, "text", cue->text);
		/* An id may stand only once on a page: of cues at the same moment the first gets it. */
		if (cue->start_ms > *last_anchor_ms) {
			add_anchor(item, cue->start_ms);
			*last_anchor_ms = cue->start_ms;
		}
		cJSON_AddNumberToObject(item, "start", (double)cue->start_ms / 1000);
		cJSON_AddItemToArray(cues, item);
	}
	return data;
}

static void add_transcript(cJSON *data, struct page *page, const struct archive_item *item)
{
	struct transcript *t = archive_transcript(page->archive, item->id);
	if (!t)
		return;
	cJSON_AddTrueToObject(data, "has_turns");
	cJSON *turns = cJSON_AddArrayToObject(data, "turns");
	int64_t last_anchor_ms = -1;
	for (size_t i = 0; i < t->n_turns; i++)
		cJSON_AddItemToArray(turns, turn_data(t, &t->turns[i], &last_anchor_ms));
	transcript_destroy(t);
}

static void add_notes(cJSON *data, const struct archive_item *item)
{
	struct buf html = {0};
	struct why why;
	if (notes_to_html(span_of(item->notes), &html, &why)) {
		/* Too large for the Markdown gate: as it was written. */
		buf_clear(&html);
		buf_text(&html, "<pre>");
		escape_html(&html, span_of(item->notes));
		buf_text(&html, "</pre>");
	}
	cJSON_AddStringToObject(data, "notes", html.p ? html.p : "");
	buf_finish(&html);
}

/* The player's source, where the file is in the site's media folder. */
static void add_media(cJSON *data, const struct page *page, const struct archive_item *item)
{
	const char *name = strrchr(item->media_file, '/');
	name = name ? name + 1 : item->media_file;
	if (!*name)
		return;
	char *folder = file_join(page->server->config->site, "media");
	char *path = file_join(folder, name);
	if (file_exists(path)) {
		cJSON *media = cJSON_AddObjectToObject(data, "media");
		struct buf url = {0};
		buf_text(&url, "/media/");
		escape_url(&url, span_of(name));
		const char *mime = media_mime_of(name);
		cJSON_AddStringToObject(media, "src", url.p);
		cJSON_AddStringToObject(media, "mime", mime);
		cJSON_AddBoolToObject(media, "is_video", strncmp(mime, "video/", 6) == 0);
		buf_finish(&url);
	}
	free(path);
	free(folder);
}

static void item_page(struct page *page, const struct archive_item *item)
{
	struct buf path = {0};
	page_item_path(&path, item);
	cJSON *data = page_data(page, item->title[0] ? item->title : item->slug, item->description, path.p);
	cJSON *fields = page_item(page, item);
	/* The item's own members, beside the page's. */
	cJSON_AddItemToObject(data, "item", fields);
	add_media(data, page, item);
	add_notes(data, item);
	add_transcript(data, page, item);
	if (item->youtube[0])
		cJSON_AddStringToObject(data, "youtube", item->youtube);
	page_render(page, "episode", data);
	buf_finish(&path);
}

static const struct {
	const char *ending, *type;
	void (*write)(const struct transcript *t, struct buf *out);
} exports[] = {
	{".vtt", "text/vtt; charset=utf-8", export_vtt},
	{".srt", "application/x-subrip; charset=utf-8", export_srt},
	{".json", "application/json", export_json},
	{".txt", "text/plain; charset=utf-8", export_text},
};

/* "slug.vtt": the transcript in that format. True when the slug ended so; then the page is answered. */
static bool export_page(struct page *page, const char *show, struct span slug)
{
	for (size_t i = 0; i < COUNT_OF(exports); i++) {
		if (!span_ends(slug, exports[i].ending))
			continue;
		char *stem = span_dup(span_make(slug.p, slug.n - strlen(exports[i].ending)));
		struct archive_item *item = page->archive ? archive_find(page->archive, show, stem) : NULL;
		struct transcript *t = item && item->published ? archive_transcript(page->archive, item->id) : NULL;
		if (t) {
			exports[i].write(t, &page->out);
			page->type = exports[i].type;
			page->extra = open_to_all;
		} else {
			page_not_found(page, "transcript");
		}
		transcript_destroy(t);
		archive_item_free(item);
		free(stem);
		return true;
	}
	return false;
}

static void build_item(struct page *page, const char *show, const char *slug)
{
	if (export_page(page, show, span_of(slug)))
		return;
	struct archive_item *item = page->archive ? archive_find(page->archive, show, slug) : NULL;
	if (item && item->published)
		item_page(page, item);
	else
		page_not_found(page, "episode");
	archive_item_free(item);
}

static void build_episode(struct page *page)
{
	build_item(page, page->part[0], page->part[1]);
}

static void build_loose(struct page *page)
{
	build_item(page, "", page->part[0]);
}

void route_episode(struct http *h)
{
	page_serve(h, build_episode);
}

void route_loose_transcript(struct http *h)
{
	page_serve(h, build_loose);
}

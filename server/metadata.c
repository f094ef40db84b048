/* SPDX-License-Identifier: MIT */
#include "server/metadata.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/media_probe.h"

enum { DESCRIPTION_BYTES = 300 };

void metadata_media(const struct page *page, const struct archive_item *item, struct metadata_media *media)
{
	const char *name = strrchr(item->media_file, '/');
	name = name ? name + 1 : item->media_file;
	*media = (struct metadata_media){0};
	if (!*name)
		return;
	char *folder = file_join(page->server->config->site, "media");
	char *path = file_join(folder, name);
	if (file_exists(path)) {
		struct buf url = {0};
		buf_text(&url, "/media/");
		escape_url(&url, span_of(name));
		media->path = buf_take(&url);
		media->mime = media_mime_of(name);
		media->is_video = strncmp(media->mime, "video/", 6) == 0;
	}
	free(path);
	free(folder);
}

void metadata_media_finish(struct metadata_media *media)
{
	free(media->path);
	*media = (struct metadata_media){0};
}

static bool is_web_address(const char *url)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

void metadata_address(const struct page *page, const char *path, struct buf *out)
{
	const char *base_url = page->server->config->base_url;
	if (!path || !*path)
		return;
	if (is_web_address(path))
		buf_text(out, path);
	else if (base_url && !strstr(path, "://"))
		buf_format(out, "%s%s%s", base_url, path[0] == '/' ? "" : "/", path);
}

/* ---- JSON-LD ---- */

struct ld {
	struct buf text;
	struct json_writer w;
	const struct page *page;
};

static void begin(struct ld *ld, const struct page *page, const char *type)
{
	*ld = (struct ld){.page = page};
	json_begin(&ld->w, &ld->text);
	json_open(&ld->w, '{');
	json_key(&ld->w, "@context");
	json_text(&ld->w, SPAN_LITERAL("https://schema.org"));
	json_key(&ld->w, "@type");
	json_text(&ld->w, span_of(type));
}

static void end(struct ld *ld, cJSON *data)
{
	json_close(&ld->w, '}');
	cJSON_AddStringToObject(data, "json_ld", ld->text.p);
	buf_finish(&ld->text);
}

static void say(struct ld *ld, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	json_key(&ld->w, key);
	json_text(&ld->w, span_of(text));
}

static void say_address(struct ld *ld, const char *key, const char *path)
{
	struct buf url = {0};
	metadata_address(ld->page, path, &url);
	say(ld, key, url.p);
	buf_finish(&url);
}

static void say_time(struct ld *ld, const char *key, int64_t ms, bool day_only)
{
	struct buf text = {0};
	if (ms == INT64_MIN)
		return;
	time_format_iso(&text, ms);
	if (day_only)
		text.p[10] = '\0';
	say(ld, key, text.p);
	buf_finish(&text);
}

/* ISO 8601: PT1H2M3S. */
static void say_duration(struct ld *ld, const char *key, int64_t ms)
{
	struct buf text = {0};
	if (ms <= 0)
		return;
	long long seconds = ms / 1000;
	buf_format(&text, "PT%lldH%lldM%lldS", seconds / 3600, seconds / 60 % 60, seconds % 60);
	say(ld, key, text.p);
	buf_finish(&text);
}

/* An object under a key; json_close ends it. */
static void open_thing(struct ld *ld, const char *key, const char *type)
{
	if (key)
		json_key(&ld->w, key);
	json_open(&ld->w, '{');
	json_key(&ld->w, "@type");
	json_text(&ld->w, span_of(type));
}

static void say_people(struct ld *ld, const struct document *d, const struct archive_item *item)
{
	if (!d->n_credits)
		return;
	json_key(&ld->w, item->kind == ARCHIVE_TALK ? "creator" : "actor");
	json_open(&ld->w, '[');
	for (size_t i = 0; i < d->n_credits; i++) {
		char *slug = archive_person_slug(ld->page->archive, item->id, d->credits[i].name);
		open_thing(ld, NULL, "Person");
		say(ld, "name", d->credits[i].name);
		if (slug) {
			struct buf path = {0};
			buf_text(&path, "/people/");
			escape_url(&path, span_of(slug));
			say_address(ld, "url", path.p);
			buf_finish(&path);
		}
		json_close(&ld->w, '}');
		free(slug);
	}
	json_close(&ld->w, ']');
}

/* Each chapter as a clip that begins at its second. */
static void say_chapters(struct ld *ld, const struct document *d, const char *path)
{
	if (!d->n_chapters || !ld->page->server->config->base_url)
		return;
	json_key(&ld->w, "hasPart");
	json_open(&ld->w, '[');
	for (size_t i = 0; i < d->n_chapters; i++) {
		const struct document_chapter *c = &d->chapters[i];
		if (c->is_hidden || !c->title[0])
			continue;
		struct buf url = {0};
		buf_format(&url, "%s#t=", path);
		stamp_fragment(&url, c->start_ms);
		open_thing(ld, NULL, "Clip");
		say(ld, "name", c->title);
		json_key(&ld->w, "startOffset");
		json_number(&ld->w, (double)c->start_ms / 1000);
		if (c->end_ms > c->start_ms) {
			json_key(&ld->w, "endOffset");
			json_number(&ld->w, (double)c->end_ms / 1000);
		}
		say_address(ld, "url", url.p);
		json_close(&ld->w, '}');
		buf_finish(&url);
	}
	json_close(&ld->w, ']');
}

static void say_media(struct ld *ld, const struct archive_item *item, const struct metadata_media *media)
{
	if (!media->path)
		return;
	open_thing(ld, "associatedMedia", media->is_video ? "VideoObject" : "AudioObject");
	say_address(ld, "contentUrl", media->path);
	say(ld, "encodingFormat", media->mime);
	say_duration(ld, "duration", item->duration_ms);
	json_close(&ld->w, '}');
}

static void say_series(struct ld *ld, const struct archive_item *item)
{
	const struct config_show *show = config_show(ld->page->server->config, span_of(item->show));
	struct buf path = {0};
	if (!show)
		return;
	buf_format(&path, "/shows/%s/", show->name);
	open_thing(ld, "partOfSeries", "PodcastSeries");
	say(ld, "name", show->title);
	say_address(ld, "url", path.p);
	json_close(&ld->w, '}');
	buf_finish(&path);
}

static void say_talk(struct ld *ld, const struct archive_item *item, const struct metadata_media *media)
{
	struct archive_conference *found = archive_conference_find(ld->page->archive, item->conference);
	struct buf text = {0};
	say_time(ld, "uploadDate", item->published_ms, false);
	say_duration(ld, "duration", item->duration_ms);
	say_address(ld, "contentUrl", media->path);
	if (item->youtube[0]) {
		buf_format(&text, PAGE_VIDEO_HOST "/embed/%s", item->youtube);
		say(ld, "embedUrl", text.p);
		buf_clear(&text);
		buf_format(&text, "https://i.ytimg.com/vi/%s/hqdefault.jpg", item->youtube);
		say(ld, "thumbnailUrl", text.p);
	}
	if (found) {
		open_thing(ld, "recordedAt", "Event");
		say(ld, "name", found->c.title);
		say_time(ld, "startDate", found->c.start_ms, true);
		json_close(&ld->w, '}');
	}
	archive_conference_free(found);
	buf_finish(&text);
}

/* ---- an item ---- */

static void add_address(cJSON *data, const char *name, const struct page *page, const char *path)
{
	struct buf url = {0};
	metadata_address(page, path, &url);
	if (url.n)
		cJSON_AddStringToObject(data, name, url.p);
	buf_finish(&url);
}

static const char *picture_of(const struct page *page, const struct archive_item *item)
{
	const struct config_show *show = config_show(page->server->config, span_of(item->show));
	return item->image[0] ? item->image : show && show->image ? show->image : "";
}

static void add_cards(cJSON *data, const struct page *page, const struct archive_item *item, const char *path,
	const struct metadata_media *media)
{
	bool is_video = media->is_video || item->youtube[0];
	cJSON_AddStringToObject(data, "og_type", is_video ? "video.other" : "music.song");
	add_address(data, "og_image", page, picture_of(page, item));
	add_address(data, media->is_video ? "og_video" : "og_audio", page, media->path);
	if (media->path)
		cJSON_AddStringToObject(data, "og_mime", media->mime);
	if (!page->server->config->base_url || !(media->path || item->youtube[0]))
		return;
	struct buf url = {0};
	buf_format(&url, "%s%s/embed", page->server->config->base_url, path);
	cJSON_AddStringToObject(data, "og_player", url.p);
	cJSON_AddNumberToObject(data, "og_player_height", is_video ? METADATA_VIDEO_HEIGHT : METADATA_AUDIO_HEIGHT);
	buf_clear(&url);
	buf_format(&url, "%s/oembed.json", path);
	cJSON_AddStringToObject(data, "oembed", url.p);
	buf_finish(&url);
}

void metadata_add_item(cJSON *data, const struct page *page, const struct archive_item *item, const struct document *d,
	const struct metadata_media *media)
{
	struct buf path = {0}, about = {0};
	struct ld ld;
	archive_item_path(&path, item);
	page_summary(item, DESCRIPTION_BYTES, &about);
	cJSON_ReplaceItemInObject(data, "description", cJSON_CreateString(about.p ? about.p : ""));
	add_cards(data, page, item, path.p, media);
	bool is_talk = item->kind == ARCHIVE_TALK;
	begin(&ld, page, is_talk ? "VideoObject" : "PodcastEpisode");
	say(&ld, "name", item->title[0] ? item->title : item->slug);
	say(&ld, "description", about.p);
	say_address(&ld, "url", path.p);
	say_address(&ld, "image", picture_of(page, item));
	say(&ld, "inLanguage", item->language);
	if (is_talk) {
		say_talk(&ld, item, media);
	} else {
		say_time(&ld, "datePublished", item->published_ms, false);
		say_duration(&ld, "timeRequired", item->duration_ms);
		say_media(&ld, item, media);
		say_series(&ld, item);
	}
	say_people(&ld, d, item);
	say_chapters(&ld, d, path.p);
	end(&ld, data);
	buf_finish(&path);
	buf_finish(&about);
}

/* ---- the others ---- */

void metadata_add_show(cJSON *data, const struct page *page, const struct config_show *show)
{
	struct buf path = {0};
	struct ld ld;
	add_address(data, "og_image", page, show->image);
	begin(&ld, page, "PodcastSeries");
	say(&ld, "name", show->title);
	say(&ld, "description", show->description);
	say(&ld, "inLanguage", show->language);
	buf_format(&path, "/shows/%s/", show->name);
	say_address(&ld, "url", path.p);
	buf_clear(&path);
	buf_format(&path, "/feeds/%s.xml", show->name);
	say_address(&ld, "webFeed", path.p);
	say_address(&ld, "image", show->image);
	if (show->author) {
		open_thing(&ld, "author", "Person");
		say(&ld, "name", show->author);
		json_close(&ld.w, '}');
	}
	end(&ld, data);
	buf_finish(&path);
}

void metadata_add_conference(cJSON *data, const struct page *page, const struct conference *c)
{
	struct buf path = {0};
	struct ld ld;
	buf_text(&path, "/conferences/");
	escape_url(&path, span_of(c->name));
	buf_char(&path, '/');
	begin(&ld, page, "Event");
	say(&ld, "name", c->title);
	say(&ld, "description", c->description);
	say_address(&ld, "url", path.p);
	say_time(&ld, "startDate", c->start_ms, true);
	say_time(&ld, "endDate", c->end_ms, true);
	if (c->place[0]) {
		open_thing(&ld, "location", "Place");
		say(&ld, "name", c->place);
		json_close(&ld.w, '}');
	}
	if (is_web_address(c->url))
		say(&ld, "sameAs", c->url);
	end(&ld, data);
	buf_finish(&path);
}

void metadata_add_person(cJSON *data, const struct page *page, const struct archive_person *p)
{
	struct buf path = {0};
	struct ld ld;
	cJSON_AddStringToObject(data, "og_type", "profile");
	add_address(data, "og_image", page, p->image);
	buf_text(&path, "/people/");
	escape_url(&path, span_of(p->slug));
	begin(&ld, page, "Person");
	say(&ld, "name", p->name);
	say(&ld, "description", p->about);
	say_address(&ld, "url", path.p);
	say_address(&ld, "image", p->image);
	if (is_web_address(p->url))
		say(&ld, "sameAs", p->url);
	end(&ld, data);
	buf_finish(&path);
}

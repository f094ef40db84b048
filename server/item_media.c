/* SPDX-License-Identifier: MIT */
#include "server/item_media.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/media_preview.h"
#include "transcripts/media_store.h"

enum { TILES = 24 }; /* of the storyboard's pictures on the page */

/* ---- where it is ---- */

/* The file's path in the site's media folder, owned by the caller; NULL: it isn't there. *name is borrowed. */
static char *media_path(const struct page *page, const struct archive_item *item, const char **name)
{
	const char *slash = strrchr(item->media_file, '/');
	*name = slash ? slash + 1 : item->media_file;
	if (!**name)
		return NULL;
	char *folder = file_join(page->server->config->site, "media"), *path = file_join(folder, *name);
	free(folder);
	if (file_exists(path))
		return path;
	free(path);
	return NULL;
}

static void add_url(cJSON *to, const char *key, const char *folder, const char *name, const char *part)
{
	struct buf url = {0};
	buf_format(&url, "/%s/", folder);
	escape_url(&url, span_of(name));
	if (part)
		buf_format(&url, "/%s", part);
	cJSON_AddStringToObject(to, key, url.p);
	buf_finish(&url);
}

/* ---- what is known of it ---- */

static void add_wave(cJSON *media, const struct media_study *s)
{
	struct buf path = {0};
	if (media_preview_wave(s, &path)) {
		cJSON *wave = cJSON_AddObjectToObject(media, "wave");
		cJSON_AddStringToObject(wave, "path", path.p);
		cJSON_AddNumberToObject(wave, "width", MEDIA_WAVE_WIDTH);
		cJSON_AddNumberToObject(wave, "height", MEDIA_WAVE_HEIGHT);
		cJSON_AddNumberToObject(wave, "seconds", (double)s->info.duration_ms / 1000);
	}
	buf_finish(&path);
}

static void add_tile(cJSON *tiles, const struct media_board_shape *b, int i)
{
	cJSON *tile = cJSON_CreateObject();
	struct buf text = {0};
	int64_t ms = i * b->interval_ms;
	stamp_write(&text, ms, false);
	cJSON_AddStringToObject(tile, "time", text.p);
	buf_clear(&text);
	buf_text(&text, "t=");
	stamp_fragment(&text, ms);
	cJSON_AddStringToObject(tile, "anchor", text.p);
	cJSON_AddNumberToObject(tile, "x", i % b->columns * b->width);
	cJSON_AddNumberToObject(tile, "y", i / b->columns * b->height);
	cJSON_AddItemToArray(tiles, tile);
	buf_finish(&text);
}

static void add_board(cJSON *media, const struct media_study *s, const char *name)
{
	const struct media_board_shape *b = &s->board;
	if (b->n < 2)
		return;
	cJSON *board = cJSON_AddObjectToObject(media, "board");
	add_url(board, "sheet", "previews", name, "storyboard.jpg");
	add_url(board, "track", "previews", name, "storyboard.vtt");
	cJSON_AddNumberToObject(board, "tile_width", b->width);
	cJSON_AddNumberToObject(board, "tile_height", b->height);
	cJSON_AddNumberToObject(board, "sheet_width", b->columns * b->width);
	cJSON_AddNumberToObject(board, "sheet_height", (b->n + b->columns - 1) / b->columns * b->height);
	cJSON *tiles = cJSON_AddArrayToObject(board, "tiles");
	int n = b->n < TILES ? b->n : TILES;
	for (int i = 0; i < n; i++)
		add_tile(tiles, b, i * b->n / n);
}

/* Three letters of ISO 639-2 and a name are what files have; a track wants BCP 47. */
static void add_captions(cJSON *media, const struct media_study *s, const char *name)
{
	static const char *const codes[][2] = {{"eng", "en"}, {"deu", "de"}, {"ger", "de"}, {"fra", "fr"}, {"fre", "fr"},
		{"spa", "es"}, {"ita", "it"}, {"por", "pt"}, {"nld", "nl"}, {"dut", "nl"}, {"pol", "pl"}, {"rus", "ru"}, {"jpn", "ja"},
		{"zho", "zh"}, {"chi", "zh"}, {"hun", "hu"}, {"ces", "cs"}, {"cze", "cs"}, {"swe", "sv"}, {"kor", "ko"}};
	cJSON *captions = cJSON_AddArrayToObject(media, "captions");
	for (size_t i = 0; i < s->n_captions; i++) {
		const struct media_caption *c = &s->captions[i];
		const char *language = strcmp(c->language, "und") == 0 ? "" : c->language;
		char part[40];
		for (size_t k = 0; k < COUNT_OF(codes); k++)
			language = strcmp(language, codes[k][0]) == 0 ? codes[k][1] : language;
		cJSON *track = cJSON_CreateObject();
		snprintf(part, sizeof part, "captions-%zu.vtt", i + 1);
		add_url(track, "src", "previews", name, part);
		cJSON_AddStringToObject(track, "language", language);
		cJSON_AddStringToObject(track, "label", c->title[0] ? c->title : language[0] ? language : "Captions");
		cJSON_AddItemToArray(captions, track);
	}
}

/* What was said, shown in the picture. */
static void add_transcript_track(cJSON *media, const struct archive_item *item)
{
	if (!item->n_cues)
		return;
	struct buf url = {0};
	archive_item_path(&url, item);
	buf_text(&url, ".vtt");
	cJSON *track = cJSON_AddObjectToObject(media, "transcript_track");
	cJSON_AddStringToObject(track, "src", url.p);
	cJSON_AddStringToObject(track, "language", item->language);
	buf_finish(&url);
}

/* STEM.m3u8 beside the video, which `carillon media renditions` writes. */
static void add_playlist(cJSON *media, const struct page *page, const char *name)
{
	struct buf playlist = {0};
	buf_span(&playlist, file_stem(name));
	buf_text(&playlist, ".m3u8");
	char *folder = file_join(page->server->config->site, "media"), *path = file_join(folder, playlist.p);
	if (file_exists(path))
		add_url(media, "hls", "media", playlist.p, NULL);
	free(path);
	free(folder);
	buf_finish(&playlist);
}

/* What the file lasts counts, not what the page says. */
static void correct_duration(cJSON *data, const struct media_study *s)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(data, "item");
	struct buf text = {0};
	if (!item || s->info.duration_ms < 1000)
		return;
	stamp_write(&text, s->info.duration_ms / 1000 * 1000, false);
	cJSON_DeleteItemFromObjectCaseSensitive(item, "duration");
	cJSON_AddStringToObject(item, "duration", text.p);
	buf_finish(&text);
}

void item_media_add(cJSON *data, const struct page *page, const struct archive_item *item)
{
	const char *name;
	struct media_study s;
	char *path = media_path(page, item, &name);
	if (!path)
		return;
	bool is_known = page->server->media && media_store_find(page->server->media, path, MEDIA_CAPTIONS_TOO, &s, NULL) == OK;
	const char *mime = is_known ? s.info.mime : media_mime_of(name);
	bool is_video = is_known ? s.info.has_video : strncmp(mime, "video/", 6) == 0;
	cJSON *media = cJSON_AddObjectToObject(data, "media");
	add_url(media, "src", "media", name, NULL);
	cJSON_AddStringToObject(media, "mime", mime);
	cJSON_AddBoolToObject(media, "is_video", is_video);
	if (is_video) {
		add_playlist(media, page, name);
		add_transcript_track(media, item);
	}
	if (is_known) {
		correct_duration(data, &s);
		if (s.board.n)
			add_url(media, "poster", "previews", name, "poster.jpg");
		add_wave(media, &s);
		add_board(media, &s, name);
		if (is_video)
			add_captions(media, &s, name);
		media_study_finish(&s);
	}
	free(path);
}

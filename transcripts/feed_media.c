/* feed_media.c - an item's recording as a player gets it: address, size, type, duration; and its other ones.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/feed_parts.h"
#include "transcripts/media_probe.h"

enum { OFF_BY_MS = 2000 };

/* A file of the site: what it really is counts, not what the front matter says. */
static bool take_local_media(struct feed *f, struct feed_piece *p, const char *path, const char *name)
{
	struct media_info info;
	struct why why = {0};
	const struct archive_item *item = p->item;
	enum err e = media_probe(path, &info, &why);
	if (e == E_GONE || e == E_FORMAT) {
		feed_report(f, item->path, "left out of the feed: media/%s: %s", name, why.text);
		return false;
	}
	const char *by_name = media_mime_of(name);
	p->mime = e ? by_name : info.mime;
	p->media_bytes = info.n_bytes;
	p->duration_ms = !e && info.duration_ms ? info.duration_ms : item->duration_ms;
	if (e)
		feed_report(f, item->path, "media/%s couldn't be looked at, its type and duration are only claimed: %s", name,
			why.text);
	if (p->media_bytes <= 0) {
		feed_report(f, item->path, "left out of the feed: the size of media/%s is unknown", name);
		return false;
	}
	if (!e && strcmp(by_name, info.mime) != 0)
		feed_report(f, item->path,
			"media/%s is %s inside, which its name doesn't say; players may refuse it: rename it", name, info.mime);
	if (!e && item->duration_ms && info.duration_ms && llabs(item->duration_ms - info.duration_ms) > OFF_BY_MS)
		feed_report(f, item->path,
			"media/%s is %lld s long, the front matter says %lld s; the feed says what the file does", name,
			(long long)(info.duration_ms + 500) / 1000, (long long)(item->duration_ms + 500) / 1000);
	if (!e && item->media_bytes && item->media_bytes != info.n_bytes)
		feed_report(f, item->path,
			"media/%s has %lld bytes, the front matter says %lld; the feed says what the file does", name,
			(long long)info.n_bytes, (long long)item->media_bytes);
	p->media_url = feed_media_url(f, name);
	return true;
}

/* A path on this site's address that another server may give out: what the front matter claims is all there is. */
static char *site_url(const struct feed *f, const char *path)
{
	struct buf url = {0};
	struct span rest = span_of(path), segment;
	buf_text(&url, f->site->base_url);
	while (span_next_piece(&rest, '/', &segment))
		if (segment.n) {
			buf_char(&url, '/');
			escape_url(&url, segment);
		}
	return buf_take(&url);
}

/* What the front matter says of a recording elsewhere (media: type), else what its address ends in. */
static const char *claimed_type(struct feed *f, struct feed_piece *p, const char *name)
{
	const struct document *d = feed_piece_parts(f, p);
	for (size_t i = 0; i < d->n_media; i++)
		if (strcmp(d->media[i].url, p->item->media_file) == 0 && strchr(d->media[i].type, '/'))
			return d->media[i].type;
	char *plain = span_dup(span_make(name, strcspn(name, "?#")));
	const char *type = media_mime_of(plain);
	free(plain);
	return strncmp(type, "application/", 12) == 0 && strcmp(type, "application/pdf") != 0 ? "" : type;
}

static bool take_claimed_media(struct feed *f, struct feed_piece *p, const char *name)
{
	const struct archive_item *item = p->item;
	bool is_web = feed_is_web_url(item->media_file), is_path = item->media_file[0] == '/';
	if (!is_web && !is_path) {
		feed_report(f, item->path, "left out of the feed: media/%s isn't there; put it there or correct its name", name);
		return false;
	}
	const char *type = claimed_type(f, p, name);
	if (item->media_bytes <= 0 || !*type) {
		feed_report(f, item->path, "left out of the feed: %s is not in media/, and its size or type isn't known; put it there "
			"or give media: size and type", item->media_file);
		return false;
	}
	if (is_path)
		feed_report(f, item->path, "media/%s isn't there: the feed has what the front matter says of it; put it there, unless "
			"another server gives it out", name);
	p->media_url = is_web ? mem_strdup(item->media_file) : site_url(f, item->media_file);
	p->mime = type;
	p->media_bytes = item->media_bytes;
	p->duration_ms = item->duration_ms;
	return true;
}

static bool is_media_type(const char *type)
{
	return strncmp(type, "audio/", 6) == 0 || strncmp(type, "video/", 6) == 0;
}

static bool take_episode_media(struct feed *f, struct feed_piece *p)
{
	const struct archive_item *item = p->item;
	const char *name = feed_base_name(item->media_file);
	if (!*name && !feed_is_web_url(item->media_file)) {
		feed_report(f, item->path,
			"left out of the feed: no audio or video; name a file of media/ in the front matter (mp3: file)");
		return false;
	}
	char *path = *name ? feed_media_path(f, name) : NULL;
	bool taken = path && file_exists(path) ? take_local_media(f, p, path, name) : take_claimed_media(f, p, name);
	free(path);
	return taken;
}

/* ---- talks ---- */

/* The type that its source gives, or that its name tells; "" where neither knows. */
static const char *type_of(const struct document_media *m)
{
	struct span path = span_of(m->url);
	path.n = span_find(path, '?');
	if (strchr(m->type, '/'))
		return m->type;
	if (m->type[0] && !is_media_type(media_mime_of(m->type)) && strchr(m->type, ' '))
		return "";
	char *plain = span_dup(path);
	const char *type = media_mime_of(plain);
	if (span_equal_nocase(file_ending(plain), SPAN_LITERAL("m3u8")))
		type = "application/x-mpegURL";
	free(plain);
	return is_media_type(type) || strncmp(type, "application/x-mpeg", 18) == 0 ? type : "";
}

/* The file of the site that this is, owned; NULL when it is elsewhere. */
static char *local_file(const struct feed *f, const char *url)
{
	const char *name = feed_base_name(url);
	char *path = *name && !feed_is_web_url(url) ? feed_media_path(f, name) : NULL;
	if (path && file_exists(path))
		return path;
	free(path);
	return NULL;
}

static bool take_talk_file(struct feed *f, struct feed_piece *p, const char *url)
{
	struct media_info info;
	char *path = local_file(f, url);
	bool taken = path && media_probe(path, &info, NULL) == OK && info.n_bytes > 0;
	if (taken) {
		p->mime = info.mime;
		p->media_bytes = info.n_bytes;
		p->duration_ms = info.duration_ms ? info.duration_ms : p->item->duration_ms;
		p->media_url = feed_media_url(f, feed_base_name(url));
	}
	free(path);
	return taken;
}

/* Video that every player knows before other video before sound; the higher picture first up to 1080. */
static int rank(const struct document_media *m, const char *type)
{
	int height = m->height > 1080 ? 0 : m->height;
	if (strcmp(type, "video/mp4") == 0)
		return 30000 + height;
	return strncmp(type, "video/", 6) == 0 ? 20000 + height : strcmp(type, "audio/mpeg") == 0 ? 15000 : 10000;
}

/* Files of the site first; then what is elsewhere and of a known size, since an enclosure must say its length. */
static void take_talk_media(struct feed *f, struct feed_piece *p)
{
	const struct document *d = feed_piece_parts(f, p);
	const struct document_media *best = NULL;
	p->duration_ms = p->item->duration_ms;
	if (take_talk_file(f, p, p->item->media_file))
		return;
	for (size_t i = 0; i < d->n_media; i++)
		if (take_talk_file(f, p, d->media[i].url))
			return;
	for (size_t i = 0; i < d->n_media; i++) {
		const struct document_media *m = &d->media[i];
		if (m->bytes > 0 && feed_is_web_url(m->url) && is_media_type(type_of(m)) &&
			(!best || rank(m, type_of(m)) > rank(best, type_of(best))))
			best = m;
	}
	if (!best)
		return;
	p->media_url = mem_strdup(best->url);
	p->mime = type_of(best);
	p->media_bytes = best->bytes;
	p->duration_ms = best->duration_ms ? best->duration_ms : p->item->duration_ms;
}

bool feed_take_media(struct feed *f, struct feed_piece *p)
{
	feed_note_artwork(f, p->item->image, p->item->path, &p->artwork, &p->artwork_url);
	if (p->item->kind != ARCHIVE_TALK)
		return take_episode_media(f, p);
	take_talk_media(f, p);
	return true;
}

/* What `carillon media renditions` has made of a video: STEM-480p.mp4 and the like, and STEM.m3u8, which has all of them. */
static void each_rendition(struct feed *f, struct feed_piece *p, void (*each)(struct feed *f, const char *url,
	const char *type, const struct document_media *m))
{
	static const int heights[] = {0, 1080, 720, 480, 360}; /* 0: the playlist */
	const char *name = feed_base_name(p->item->media_file);
	struct buf file = {0};
	for (size_t i = 0; p->mime && strncmp(p->mime, "video/", 6) == 0 && i < COUNT_OF(heights); i++) {
		struct document_media m = {.height = heights[i]};
		struct media_info info;
		buf_clear(&file);
		buf_span(&file, file_stem(name));
		if (heights[i])
			buf_format(&file, "-%dp.mp4", heights[i]);
		else
			buf_text(&file, ".m3u8");
		char *path = local_file(f, file.p), *url = path ? feed_media_url(f, file.p) : NULL;
		if (path && !heights[i]) {
			each(f, url, "application/x-mpegURL", &m);
		} else if (path && media_probe(path, &info, NULL) == OK) {
			m.bytes = info.n_bytes;
			m.duration_ms = info.duration_ms;
			each(f, url, info.mime, &m);
		}
		free(url);
		free(path);
	}
	buf_finish(&file);
}

void feed_each_alternative(struct feed *f, struct feed_piece *p, void (*each)(struct feed *f, const char *url,
	const char *type, const struct document_media *m))
{
	const struct document *d = feed_piece_parts(f, p);
	for (size_t i = 0; i < d->n_media; i++) {
		struct document_media m = d->media[i];
		struct media_info info;
		char *path = local_file(f, m.url);
		char *url = path ? feed_media_url(f, feed_base_name(m.url)) : feed_is_web_url(m.url) ? mem_strdup(m.url) : NULL;
		const char *type = type_of(&m);
		if (path && media_probe(path, &info, NULL) == OK) {
			type = info.mime;
			m.bytes = info.n_bytes;
			m.duration_ms = info.duration_ms;
		}
		if (!url && m.url[0] && m.url[0] != '/')
			feed_report(f, p->item->path, "media/%s isn't there; the feed doesn't offer it", feed_base_name(m.url));
		if (url && *type && !(p->media_url && strcmp(url, p->media_url) == 0))
			each(f, url, type, &m);
		free(url);
		free(path);
	}
	each_rendition(f, p, each);
}

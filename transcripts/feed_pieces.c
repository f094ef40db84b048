/* feed_pieces.c - which episodes go into a feed, with which media, GUID and date.
 * SPDX-License-Identifier: MIT */
#include "transcripts/feed_pieces.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/media_probe.h"

enum { PAGE = 500, OFF_BY_MS = 2000 };

void feed_report(const struct feed *f, const char *path, const char *format, ...)
{
	if (!f->fault)
		return;
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	f->fault(f->data, path, text.p);
	buf_finish(&text);
}

bool feed_says(const char *text)
{
	return text && span_trim(span_of(text)).n > 0;
}

bool feed_is_web_url(const char *text)
{
	return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

const char *feed_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

char *feed_media_path(const struct feed *f, const char *name)
{
	char *folder = file_join(f->request->site, "media");
	char *path = file_join(folder, name);
	free(folder);
	return path;
}

char *feed_media_url(const struct feed *f, const char *name)
{
	struct buf url = {0};
	buf_format(&url, "%s/media/", f->request->base_url);
	escape_url(&url, span_of(name));
	return buf_take(&url);
}

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
	buf_text(&url, f->request->base_url);
	while (span_next_piece(&rest, '/', &segment))
		if (segment.n) {
			buf_char(&url, '/');
			escape_url(&url, segment);
		}
	return buf_take(&url);
}

static bool take_claimed_media(struct feed *f, struct feed_piece *p, const char *name)
{
	const struct archive_item *item = p->item;
	bool is_web = feed_is_web_url(item->media_file), is_path = item->media_file[0] == '/';
	if (!is_web && !is_path) {
		feed_report(f, item->path, "left out of the feed: media/%s isn't there; put it there or correct its name", name);
		return false;
	}
	if (item->media_bytes <= 0 || strncmp(media_mime_of(name), "application/", 12) == 0) {
		feed_report(f, item->path, "left out of the feed: %s is not in media/, and its size or type isn't known; put it there "
			"or give mp3: size", item->media_file);
		return false;
	}
	if (is_path)
		feed_report(f, item->path, "media/%s isn't there: the feed has what the front matter says of it; put it there, unless "
			"another server gives it out", name);
	p->media_url = is_web ? mem_strdup(item->media_file) : site_url(f, item->media_file);
	p->mime = media_mime_of(name);
	p->media_bytes = item->media_bytes;
	p->duration_ms = item->duration_ms;
	return true;
}

static bool take_media(struct feed *f, struct feed_piece *p)
{
	const struct archive_item *item = p->item;
	const char *name = feed_base_name(item->media_file);
	if (!*name) {
		feed_report(f, item->path,
			"left out of the feed: no audio or video; name a file of media/ in the front matter (mp3: file)");
		return false;
	}
	char *path = feed_media_path(f, name);
	bool taken = file_exists(path) ? take_local_media(f, p, path, name) : take_claimed_media(f, p, name);
	free(path);
	return taken;
}

/* Takes the item over, or frees it. */
static void take_item(struct feed *f, struct archive_item *item)
{
	const struct feed_request *r = f->request;
	struct feed_piece p = {.item = item};
	if (!item->published) {
		feed_report(f, item->path, "left out of the feed: published: false");
		archive_item_free(item);
		return;
	}
	if (!take_media(f, &p)) {
		archive_item_free(item);
		return;
	}
	struct feed_lock_entry locked;
	p.is_locked = feed_lock_find(r->lock, r->show->name, item->slug, &locked);
	char own[37];
	feed_item_guid(f->url, item->slug, own);
	p.guid = mem_strdup(p.is_locked ? locked.guid : feed_says(item->guid) ? item->guid : own);
	/* An owner who corrects a date later is believed; the GUID stays. */
	p.date_ms = item->published_ms;
	if (p.date_ms == INT64_MIN) {
		p.date_ms = p.is_locked ? locked.published_ms : clock_wall_ms() / 1000 * 1000;
		feed_report(f, item->path,
			"no date: the feed has that of its first publication; give timestamp in the front matter");
	}
	if (f->n == f->_room) {
		f->_room = f->_room ? f->_room * 2 : 64;
		f->pieces = mem_grow(f->pieces, f->_room, sizeof *f->pieces);
	}
	f->pieces[f->n++] = p;
}

static int newest_first(const void *a, const void *b)
{
	const struct feed_piece *p = a, *q = b;
	if (p->date_ms != q->date_ms)
		return p->date_ms < q->date_ms ? 1 : -1;
	return strcmp(p->item->slug, q->item->slug);
}

/* Of two that clash the one that was published before comes first, then the newer. */
static int first_right(const struct feed_piece *p, const struct feed_piece *q)
{
	return p->is_locked != q->is_locked ? q->is_locked - p->is_locked : newest_first(p, q);
}

static int by_guid(const void *a, const void *b)
{
	const struct feed_piece *const *p = a, *const *q = b;
	int order = strcmp((*p)->guid, (*q)->guid);
	return order ? order : first_right(*p, *q);
}

static int by_media(const void *a, const void *b)
{
	const struct feed_piece *const *p = a, *const *q = b;
	int order = strcmp((*p)->media_url, (*q)->media_url);
	return order ? order : first_right(*p, *q);
}

static void drop(struct feed_piece *p)
{
	archive_item_free(p->item);
	free(p->guid);
	free(p->media_url);
	*p = (struct feed_piece){0};
}

/* Drops what has the same GUID (a player shows one of them) or media file (Apple does). */
static void drop_doubles(struct feed *f, int (*order)(const void *, const void *), const char *what)
{
	struct feed_piece **sorted = mem_new(f->n, sizeof *sorted);
	for (size_t i = 0; i < f->n; i++)
		sorted[i] = &f->pieces[i];
	qsort(sorted, f->n, sizeof *sorted, order);
	for (size_t i = 1, kept = 0; i < f->n; i++) {
		bool same = order == by_guid ? strcmp(sorted[kept]->guid, sorted[i]->guid) == 0
					     : strcmp(sorted[kept]->media_url, sorted[i]->media_url) == 0;
		if (!same) {
			kept = i;
			continue;
		}
		feed_report(f, sorted[i]->item->path, "left out of the feed: %s has the same %s; each episode needs its own",
			sorted[kept]->item->path, what);
		drop(sorted[i]);
	}
	free(sorted);
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->pieces[i].item)
			f->pieces[n++] = f->pieces[i];
	f->n = n;
}

enum err feed_collect(struct feed *f, struct archive *a, struct why *why)
{
	const struct feed_request *r = f->request;
	size_t n = PAGE;
	for (size_t offset = 0; n == PAGE; offset += n) {
		struct archive_item **items;
		enum err e = archive_list(a, r->show->name, true, PAGE, offset, &items, &n, why);
		if (e)
			return e;
		for (size_t i = 0; i < n; i++)
			take_item(f, items[i]);
		free(items);
	}
	drop_doubles(f, by_guid, "GUID");
	drop_doubles(f, by_media, "media file");
	for (size_t i = 0; i < f->n; i++)
		feed_lock_entry(r->lock, r->show->name, f->pieces[i].item->slug, f->pieces[i].guid, f->pieces[i].date_ms,
			f->pieces[i].item->media_file);
	if (f->n)
		qsort(f->pieces, f->n, sizeof *f->pieces, newest_first);
	return OK;
}

void feed_finish(struct feed *f)
{
	for (size_t i = 0; i < f->n; i++)
		drop(&f->pieces[i]);
	free(f->pieces);
}

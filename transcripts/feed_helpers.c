/* feed_helpers.c - what every part of a feed asks: does a text say anything, which address has a file, may it be shown.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/feed_parts.h"

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

bool feed_is_podcast_url(const struct feed *f, const char *url, const char *path, const char *what)
{
	size_t n = strlen(f->site->base_url);
	/* A site that doesn't say its address yet is only looked at. */
	bool is_ours = strncmp(url, f->site->base_url, n) == 0 && (url[n] == '/' || (n && !url[n]));
	if (is_ours)
		return f->has_podcast_urls; /* reported once, with the head */
	if (strncmp(url, "https://", 8) == 0 && url[8])
		return true;
	feed_report(f, path, "%s %s: the podcast namespace takes only https:// addresses; the feed goes without it", what, url);
	return false;
}

const char *feed_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

char *feed_media_path(const struct feed *f, const char *name)
{
	char *folder = file_join(f->site->folder, "media");
	char *path = file_join(folder, name);
	free(folder);
	return path;
}

char *feed_media_url(const struct feed *f, const char *name)
{
	struct buf url = {0};
	buf_format(&url, "%s/media/", f->site->base_url);
	escape_url(&url, span_of(name));
	return buf_take(&url);
}

char *feed_item_url(const struct feed *f, const struct archive_item *item)
{
	struct buf url = {0};
	buf_text(&url, f->site->base_url);
	archive_item_path(&url, item);
	return buf_take(&url);
}

const char *feed_item_title(const struct archive_item *item)
{
	return feed_says(item->title) ? item->title : item->slug;
}

char *feed_space(enum feed_kind kind, const char *name)
{
	struct buf space = {0};
	buf_format(&space, "%s%s", kind == FEED_CONFERENCE ? "conference/" : "", name);
	return buf_take(&space);
}

const char *feed_media_type(enum feed_form form)
{
	static const char *const types[FEED_FORMS] = {"application/rss+xml; charset=utf-8", "application/atom+xml; charset=utf-8",
		"application/feed+json; charset=utf-8"};
	return types[form];
}

/* A picture in the site's media folder or elsewhere. */
void feed_note_artwork(struct feed *f, const char *image, const char *path, char **file, char **url)
{
	*file = *url = NULL;
	if (!feed_says(image))
		return;
	struct span ending = file_ending(image);
	if (!span_equal_nocase(ending, SPAN_LITERAL("jpg")) && !span_equal_nocase(ending, SPAN_LITERAL("jpeg")) &&
	    !span_equal_nocase(ending, SPAN_LITERAL("png")))
		feed_report(f, path, "image %s: Apple takes only .jpg and .png, square, 1400 to 3000 pixels wide", image);
	if (feed_is_web_url(image)) {
		*url = mem_strdup(image);
		return;
	}
	char *local = feed_media_path(f, feed_base_name(image));
	if (file_exists(local)) {
		*url = feed_media_url(f, feed_base_name(image));
		*file = local;
		return;
	}
	feed_report(f, path, "image %s: media/%s isn't there; put it there or correct its name", image, feed_base_name(image));
	free(local);
}

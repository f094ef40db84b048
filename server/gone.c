/* SPDX-License-Identifier: MIT */
#include "server/gone.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/archive_takedown.h"

/* Behind the address of an item. */
static const struct {
	const char *ending;
	unsigned part;
} endings[] = {{".chapters.json", TAKEDOWN_PAGE}, {".chapters.txt", TAKEDOWN_PAGE}, {".psc", TAKEDOWN_PAGE},
	{".vtt", TAKEDOWN_TRANSCRIPT}, {".srt", TAKEDOWN_TRANSCRIPT}, {".json", TAKEDOWN_TRANSCRIPT},
	{".html", TAKEDOWN_TRANSCRIPT}, {".txt", TAKEDOWN_TRANSCRIPT}, {"/embed", TAKEDOWN_PAGE}, {"/oembed.json", TAKEDOWN_PAGE}};

static void answer(struct page *page, const struct archive_taken *taken)
{
	buf_clear(&page->out);
	page->type = "text/html; charset=utf-8";
	page->extra = NULL;
	page->status = 410;
	cJSON *data = page_data(page, "Taken down", "", NULL);
	cJSON_AddStringToObject(data, "reason", taken->reason);
	cJSON_AddStringToObject(data, "taken_date", taken->date);
	cJSON_AddStringToObject(data, "head", "<meta name=\"robots\" content=\"noindex\">");
	page_render(page, "gone", data);
}

/* The part that is asked for, when it was taken down. */
static bool is_gone(struct page *page, struct span address, unsigned part)
{
	struct archive_taken taken;
	char *copy = span_dup(address);
	bool is = archive_taken_page(page->archive, copy, &taken) && (taken.what & part);
	if (is)
		answer(page, &taken);
	archive_taken_finish(&taken);
	free(copy);
	return is;
}

void gone_page(struct page *page, struct span path)
{
	while (path.n && path.p[0] == '/')
		path = span_from(path, 1);
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	if (!page->archive || page->status != 404 || is_gone(page, path, TAKEDOWN_PAGE))
		return;
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (span_ends(path, endings[i].ending)) {
			is_gone(page, span_make(path.p, path.n - strlen(endings[i].ending)), endings[i].part);
			return;
		}
}

bool gone_media(struct page *page, const char *name, unsigned part)
{
	struct archive_taken taken;
	if (!page->archive)
		return false;
	bool is = archive_taken_media_or_copy(page->archive, name, &taken) && (taken.what & part);
	if (is)
		answer(page, &taken);
	archive_taken_finish(&taken);
	return is;
}

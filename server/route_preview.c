/* route_preview.c - /previews/FILE/PART: what a page shows of a recording before it plays (media_preview.h).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "server/gone.h"
#include "server/page.h"
#include "server/routes.h"
#include "transcripts/media_preview.h"
#include "transcripts/media_store.h"
#include "transcripts/takedown.h"

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"},
	{"cross-origin-resource-policy", "cross-origin"},
	{NULL, NULL},
};

void page_of_preview(struct page *page)
{
	struct media_study s;
	struct media_store *store = page->server->media;
	const char *name = page->part[0];
	char *folder = file_join(page->server->config->site, "media"), *path = file_join(folder, name);
	page->status = 404;
	if (gone_media(page, name, span_starts(span_of(page->part[1]), "captions") ? TAKEDOWN_TRANSCRIPT : TAKEDOWN_RECORDING)) {
		free(path);
		free(folder);
		return;
	}
	/* One name in one folder, as /media/ has them. */
	struct stat info;
	bool is_name = name[0] != '.' && !strchr(name, '/') && lstat(path, &info) == 0 && S_ISREG(info.st_mode);
	if (store && is_name && media_store_find(store, path, MEDIA_ALL, &s, NULL) == OK) {
		if (media_preview(&s, page->part[1], &page->out, &page->type)) {
			page->status = 200;
			page->extra = open_to_all;
		}
		media_study_finish(&s);
	}
	free(path);
	free(folder);
}

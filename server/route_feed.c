/* route_feed.c - /feeds/SHOW.xml and /media/FILE: what podcast players fetch. Both are open to other sites' players.
 * SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "server/feed_show.h"
#include "server/page.h"
#include "server/route_feed.h"
#include "server/routes.h"
#include "transcripts/media_probe.h"

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"},
	{"cross-origin-resource-policy", "cross-origin"},
	{NULL, NULL},
};

/* What is wrong with a feed, gathered while it is written. */
struct faults {
	struct buf first;
	size_t n;
	uint64_t hash;
};

static void hear(void *data, const char *path, const char *text)
{
	struct faults *faults = data;
	if (faults->n++ == 0)
		buf_format(&faults->first, "%s: %s", path, text);
	faults->hash = (faults->hash ^ span_hash(span_of(path)) ^ span_hash(span_of(text))) * 31;
}

/* Players ask every few minutes: the same faults are said once, not each time. */
static void log_faults(const char *show, const struct faults *faults)
{
	static _Atomic uint64_t said[16];
	_Atomic uint64_t *before = &said[span_hash(span_of(show)) % (sizeof said / sizeof *said)];
	if (atomic_exchange(before, faults->hash) != faults->hash && faults->n)
		DIAG(DIAG_WARN, "feed", "%s: %zu faults, the first: %s", show, faults->n, faults->first.p);
}

enum err route_feed_write(const struct server *server, const struct config_show *s, struct archive *archive,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out, struct why *why)
{
	const struct feed_show show = feed_show_of(s);
	const struct feed_request request = {&show, server->config->base_url, server->config->site, server->feed_lock};
	return feed_write_rss(archive, &request, fault, data, out, why);
}

void page_of_feed(struct page *page)
{
	const struct config *config = page->server->config;
	struct span file = span_of(page->part[0]);
	const struct config_show *s =
		span_ends(file, ".xml") ? config_show(config, span_make(file.p, file.n - strlen(".xml"))) : NULL;
	if (!s || !page->archive) {
		page->status = 404;
		return;
	}
	if (!page->server->feed_lock) {
		/* Without its GUIDs every subscriber would download every episode again: no feed is better. */
		page->status = 503;
		DIAG(DIAG_ERROR, "feed", "%s isn't served: feeds.lock couldn't be read; correct it and start again", s->name);
		return;
	}
	struct faults faults = {.first = {0}};
	struct why why;
	if (route_feed_write(page->server, s, page->archive, page->fault ? page->fault : hear, page->fault ? page->fault_data : &faults,
		&page->out, &why)) {
		DIAG(DIAG_ERROR, "feed", "%s: %s", s->name, why.text);
		buf_clear(&page->out);
		page->status = 500;
	} else {
		page->type = "application/rss+xml; charset=utf-8";
		page->extra = open_to_all;
		log_faults(s->name, &faults);
	}
	buf_finish(&faults.first);
}

void route_media(struct http *h)
{
	struct span name = http_part(h, 0);
	/* A name that begins with a dot is no media: an editor's or a downloader's left-over. */
	if (!name.n || name.p[0] == '.') {
		http_error(h, 404, "no such file");
		return;
	}
	char *file = span_dup(name);
	char *folder = file_join(http_server(h)->config->site, "media");
	http_file(h, folder, file, media_mime_of(file), open_to_all);
	free(folder);
	free(file);
}

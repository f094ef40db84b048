/* page.h - an HTML page (or another text) made from the archive on a worker thread, and sent from the loop.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include "base/json.h"
#include "server/http.h"
#include "server/server.h"
#include "transcripts/archive.h"

struct page {
	struct server *server;     /* config and var only: the rest belongs to the loop */
	struct archive *archive;   /* NULL while nothing was imported */
	char *part[2];             /* the route's {parts}, "" where there are fewer */
	struct buf query;          /* the request's raw query */
	/* The answer: 200 and HTML until the builder says otherwise. */
	int status;
	const char *type;
	const struct http_field *extra;
	char *location;            /* owned; for a redirect */
	struct http_field fields[12]; /* extra, where the values are the page's own */
	char *owned[4];            /* freed when it is sent */
	bool accepts_gzip;         /* the client does */
	struct buf out;
};

/* Runs build on a worker with an archive to read, then answers the request. */
void page_serve(struct http *h, void (*build)(struct page *page));
/* The data that every page's layout needs: site, title, description, canonical, stations, shows. Owned by the caller. */
cJSON *page_data(const struct page *page, const char *title, const char *description, const char *path);
/* Renders the template with data into page->out and frees data. */
void page_render(struct page *page, const char *template_name, cJSON *data);
void page_not_found(struct page *page, const char *what);

/* An item as templates show it: title, url, date, show, show_title, duration, summary ... */
cJSON *page_item(const struct page *page, const struct archive_item *item);
/* Adds "talks", those of one conference or (NULL) the newest of all, and "has_talks". */
void page_add_talks(cJSON *data, const struct page *page, const char *conference, size_t limit);
struct search_hit;
/* A search's hit as templates/hit.html shows it; NULL when its item has gone since. Owned by the caller. */
cJSON *page_hit(const struct page *page, const struct search_hit *hit);
/* A feed for the page's <link rel=alternate>, beside the shows': title and path. */
void page_add_feed(cJSON *data, const char *title, const char *path);
void page_add_text(cJSON *object, const char *name, struct span text);

#endif

/* page.h - an HTML page (or another text) made from the archive on a worker thread, and sent from the loop.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include "base/json.h"
#include "server/http.h"
#include "server/server.h"
#include "transcripts/archive.h"

/* What kinds of pages there are, for the menu. */
struct page_parts {
	bool known, has_talks, has_people, has_planet;
};
struct page_parts page_parts(const struct server *server, struct archive *archive); /* archive may be NULL */

struct page {
	struct server *server;     /* config, var, templates, feeds, media and planet stores only: the rest belongs to the loop */
	struct archive *archive;   /* NULL while nothing was imported */
	bool has_foreign_pictures; /* https ones, in what others have written; before page_data */
	bool is_file;              /* written by `publish`: no server will answer its forms */
	struct page_parts parts;   /* looked up for each page unless it is known */
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

/* Where videos of other hosts are played from, after a click. */
#define PAGE_VIDEO_HOST "https://www.youtube-nocookie.com"

enum { PAGE_EPISODES = 100, PAGE_PEOPLE = 500, PAGE_POSTS = 20 }; /* on one page of a list */

typedef void page_builder(struct page *page);

/* Runs build on a worker with an archive to read, then answers the request. */
void page_serve(struct http *h, page_builder *build);
/* Without a request: the page at this path (as decoded), made by the same builder. False: no page has this address. What it
 * gave is freed by page_finish, which also finishes a page that was never built. */
bool page_build(struct page *page, struct span path) NODISCARD;
/* page.archive and is_file are the caller's to set after it. */
void page_init(struct page *page, struct server *server);
void page_finish(struct page *page);
/* The number at the end of a list's path, /page/2, or the query's page=2; 1 without. */
size_t page_number(const struct page *page, const char *part);
/* A list's address: folder, name, and "page/3" but for the first; and those of the pages beside it, as "previous" and
 * "next". */
void page_list_path(struct buf *out, const char *folder, const char *name, size_t number);
void page_add_neighbours(cJSON *data, const char *folder, const char *name, size_t number, bool has_next);
/* The data that every page's layout needs: site, title, description, canonical, stations, shows. Owned by the caller. */
cJSON *page_data(const struct page *page, const char *title, const char *description, const char *path);
/* Renders the template with data into page->out and frees data. */
void page_render(struct page *page, const char *template_name, cJSON *data);
void page_not_found(struct page *page, const char *what);

struct config_show;
/* How to subscribe: the feed's address, and what opens it in players' own programs. */
void page_add_subscribe(cJSON *data, const struct page *page, const struct config_show *show);
/* The video that is elsewhere, and the leave to show it here after a click. */
void page_add_youtube(cJSON *data, struct page *page, const struct archive_item *item);

/* An item as templates show it: title, url, date, show, show_title, duration ... */
cJSON *page_item(const struct page *page, const struct archive_item *item);
/* Adds "talks", those of one conference or (NULL) the newest of all, and "has_talks". */
void page_add_talks(cJSON *data, const struct page *page, const char *conference, size_t limit);
struct search_hit;
/* A search's hit as templates/hit.html shows it; NULL when its item has gone since. Owned by the caller. */
cJSON *page_hit(const struct page *page, const struct search_hit *hit);
/* A feed for the page's <link rel=alternate>, beside the shows': title and path. */
void page_add_feed(cJSON *data, const char *title, const char *path);
/* The same with its summary, for lists. */
cJSON *page_listed_item(const struct page *page, const struct archive_item *item);
enum { PAGE_SUMMARY_BYTES = 400 };
/* Its description, or how its notes begin: about so many bytes of plain text, appended. */
void page_summary(const struct archive_item *item, size_t n_bytes, struct buf *out);
void page_add_text(cJSON *object, const char *name, struct span text);

#endif

/* route_sitemap.h - the site's addresses for search engines, in parts of 50,000 (sitemaps.org). Blocking; any thread with an
 * archive of its own.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ROUTE_SITEMAP_H
#define SERVER_ROUTE_SITEMAP_H

#include "server/server.h"
#include "transcripts/archive.h"

/* archive may be NULL. 1: sitemap.xml has them all; more: it lists so many others, /sitemap/N.xml. */
size_t sitemap_parts(const struct server *server, struct archive *archive);

#endif

/* publish_hosts.h - what a host of static files wants to know beside the files: redirects and headers, in the form that
 * Netlify, Cloudflare Pages and others take (`_redirects`, `_headers`); and the old addresses as pages of their own, for hosts
 * that take neither. Pure, but for publish_hash_folder.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_PUBLISH_HOSTS_H
#define SERVER_PUBLISH_HOSTS_H

#include "base/buf.h"
#include "server/config.h"
#include "server/links.h"

/* Types that hosts get wrong, and what other sites' players may fetch. */
void publish_headers(struct buf *out);
void publish_redirects(const struct config *config, struct buf *out);
/* The file that a browser gets at the old address; false where that isn't a page's (a feed's, say). */
bool publish_stub_file(const struct config_redirect *redirect, struct buf *file);
/* A page that sends the reader on, with and without JavaScript; map gives the link within the site. */
void publish_stub(const struct config_redirect *redirect, links_map *map, void *data, struct buf *out);

/* Names, sizes and times of what is in SITE/NAME, into hash; a folder that isn't there is empty. Blocking. */
enum err publish_hash_folder(const char *site, const char *name, uint64_t *hash, struct why *why) NODISCARD;

#endif

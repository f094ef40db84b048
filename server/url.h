/* url.h - the http, https, ws and wss URLs that sources connect to. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_URL_H
#define SERVER_URL_H

#include "base/err.h"
#include "base/span.h"

enum { URL_HOST_MAX = 100, URL_PATH_MAX = 1900 }; /* what fits into libwebsockets' request */

struct url {
	bool is_tls;                  /* https or wss; which of the two is the source's concern */
	int port;
	char host[URL_HOST_MAX];      /* a name, or a literal address without brackets */
	char authority[URL_HOST_MAX + 8]; /* for the Host header: with brackets, and the port where it isn't the scheme's */
	char path[URL_PATH_MAX];      /* with the query, begins with '/'; without a fragment */
};

/* E_FORMAT: not such a URL, or one with a user name in it; E_LIMIT: too long. *url may be half filled then. */
enum err url_parse(struct span text, struct url *url, struct why *why) NODISCARD;
/* Where a redirect's Location leads, seen from base. E_DENIED: from https down to http. */
enum err url_redirect(const struct url *base, struct span location, struct url *url, struct why *why) NODISCARD;

#endif

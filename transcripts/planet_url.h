/* planet_url.h - addresses in other people's feeds: taken from where they stand, made whole, and only of the kinds that
 * a page may link to. Pure; any thread.
 * Source: RFC 3986 5.2; blanks and line ends as the WHATWG URL standard has them.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_URL_H
#define TRANSCRIPTS_PLANET_URL_H

#include "base/buf.h"

enum { PLANET_URL_BYTES = 8192 };

/* Appends reference, seen from base, as an absolute address; base may be empty. Blanks and controls in it become %XX,
 * line ends and tabs go. False, nothing appended: it is empty, too long, or relative without a base. The scheme is
 * whatever it is: see the next one. */
bool planet_url_resolve(struct buf *out, struct span base, struct span reference);

/* http and https with a host; mailto too where is_link. Everything else (javascript:, data:, file:) is refused. */
bool planet_url_is_safe(struct span url, bool is_link);

/* "https://example.org:80/a" -> "example.org"; empty where there is none. Borrowed. */
struct span planet_url_host(struct span url);

#endif

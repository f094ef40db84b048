/* planet_clean.h - other people's HTML made harmless: an allow-list on the parsed tree, written out anew. What comes
 * out has no script, style, event, form, frame, comment, id, class or name; every address is absolute, http(s)
 * (links: mailto too); links have rel="nofollow noopener noreferrer"; images are https, lazy and send no referrer,
 * those of one pixel are gone; what would be embedded (frames, players, objects) is a link. h1 and h2 become h3,
 * below a post's own title. Every element is closed. Cleaning twice gives what cleaning once gave.
 * HTML that nests deeper than the parser goes (256) is kept as its text alone. Pure; any thread.
 * Source: OWASP's and feedparser's lists, made narrower; WHATWG HTML for what each element means.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_PLANET_CLEAN_H
#define TRANSCRIPTS_PLANET_CLEAN_H

#include "base/buf.h"

/* Appends UTF-8 HTML. base: what relative addresses are seen from; without one ("") such links lose their address. */
void planet_clean(struct buf *out, struct span html, struct span base);
/* Appends the text that HTML says: paragraphs are lines, list items begin with a bullet, blanks are folded. */
void planet_html_to_text(struct buf *out, struct span html);
/* Whether a text that may be either has a tag or a character reference of HTML in it. */
bool planet_looks_like_html(struct span text);

#endif

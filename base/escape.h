/* escape.h - text into the context it is printed in: one function a context. Input is UTF-8 or anything; output is
 * always valid UTF-8 of that context. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/* HTML text and double-quoted attribute values. Controls other than tab and line ends, and Unicode's noncharacters,
 * become U+FFFD. */
void escape_html(struct buf *out, struct span text);
/* The same for what is markup already: only those characters are replaced. */
void escape_html_markup(struct buf *out, struct span html);
/* XML 1.0 text and double-quoted attribute values; what HTML would replace is left out. */
void escape_xml(struct buf *out, struct span text);
/* The inside of a JSON string, without the quotes (RFC 8259). `<`, U+2028/9 and what no page may hold are escaped too:
 * safe inside a page. */
void escape_json(struct buf *out, struct span text);
/* The inside of a double-quoted YAML scalar, on one line (YAML 1.1 5.7). */
void escape_yaml(struct buf *out, struct span text);
/* One path segment or query value (RFC 3986: all but unreserved characters become %XX). */
void escape_url(struct buf *out, struct span text);
/* Undoes %XX (and, in queries, '+'). E_FORMAT on a broken escape or a NUL. */
enum err unescape_url(struct buf *out, struct span text, bool plus_is_space) NODISCARD;
/* Decoded value of the first `name=` in a URL's query, appended to out; false when it isn't there or is broken. */
bool query_value(struct span query, const char *name, struct buf *out);
/* A slug: lower case, runs of other characters than letters and digits made one '-', none at the ends; letters beyond
 * ASCII are kept as they are (DESIGN.md 4). Empty when the text has no letter or digit. */
void escape_slug(struct buf *out, struct span text);

/* The path of an address, or of a path alone, without the slashes around it, its query and fragment, still encoded:
 * "https://example.org/shows/a/b/#t=1" -> "shows/a/b". Borrowed. */
struct span url_path(struct span address);

#endif

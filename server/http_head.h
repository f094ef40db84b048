/* http_head.h - the head of an HTTP/1.1 request (RFC 9112), read strictly: one parser, one view. For http_conn.c,
 * guard.c and ws.c. Pure; any thread. Spans borrow from the bytes that were parsed.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_HTTP_HEAD_H
#define SERVER_HTTP_HEAD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { HTTP_HEAD_MAX = 16384, HTTP_TARGET_MAX = 8192, HTTP_FIELDS_MAX = 64 };

struct http_head_field {
	struct span name, value; /* name as sent; value without blanks around it */
};

struct http_head {
	struct span method;
	struct span target; /* begins with '/', or is "*"; of an absolute form only path and query are kept */
	int minor;          /* 0 or 1 */
	size_t n_fields;
	struct http_head_field fields[HTTP_FIELDS_MAX];
};

enum { HTTP_HEAD_MORE = 0, HTTP_HEAD_WHOLE = 200 };
/* Is the head whole? HTTP_HEAD_MORE: read on; HTTP_HEAD_WHOLE: *length says where it ends; else the status to
 * refuse it with (400, 431). *scanned: how far it was looked at, 0 at first; makes slow dripping cheap. */
int http_head_find_end(struct span bytes, size_t *scanned, size_t *length);
/* Parses a whole head. HTTP_HEAD_WHOLE, or the status to refuse it with: 400, 414, 431, 505. Refused among others:
 * bare CR or LF, NUL and controls, a blank before the colon, folded lines, no Host or two of them. */
int http_head_parse(struct span head_bytes, struct http_head *head);

/* First field of that name (any case); p == NULL: none. */
struct span http_head_get(const struct http_head *head, const char *name);
size_t http_head_count(const struct http_head *head, const char *name);
/* Is token (any case) an element of the comma-separated list, in any field of that name? */
bool http_head_lists(const struct http_head *head, const char *name, const char *token);

/* The target's path: appends it decoded to *path and says where the query begins (without '?'; p == NULL: none). 0,
 * or the status to refuse it with: 400 for broken escapes, NUL, controls, broken UTF-8, "." and ".." segments; 404
 * for an encoded slash, which no path of ours has. */
int http_head_path(struct span target, struct buf *path, struct span *query);

/* Does path (decoded, as from http_head_path) match "/shows/{show}/{slug}"? {name} is one segment, not empty;
 * {name...} at the end is all that is left, not empty. parts: borrowed from path. */
enum { HTTP_PARTS_MAX = 4 };
bool http_pattern_matches(const char *pattern, struct span path, struct span parts[HTTP_PARTS_MAX]);

#endif

/* gzip.h - bytes as gzip (RFC 1952), the same each time for the same ones. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_GZIP_H
#define SERVER_GZIP_H

#include "base/buf.h"

/* Does a request's Accept-Encoding take it? */
bool gzip_is_accepted(struct span accept_encoding);
/* Replaces out; false where it can't be done. */
bool gzip_write(struct span body, struct buf *out);
/* Replaces body by its compressed form; false, and body as it was, where that wouldn't be shorter. */
bool gzip_body(struct buf *body);

#endif

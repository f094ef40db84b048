/* utf8.h - UTF-8 (RFC 3629): shortest forms only, no surrogates, at most U+10FFFF. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/span.h"

/* Offset of the first byte that isn't UTF-8, or s.n when all is well. */
size_t utf8_valid_prefix(struct span s);
static inline bool utf8_is_valid(struct span s) { return utf8_valid_prefix(s) == s.n; }
/* Decodes the character at s.p (s.n > 0) into *c; returns its length in bytes. A broken byte gives U+FFFD and 1. */
size_t utf8_decode(struct span s, uint32_t *c);
void utf8_append(struct buf *b, uint32_t c);
/* Appends s with every broken byte replaced by U+FFFD. */
void utf8_append_repaired(struct buf *b, struct span s);

#endif

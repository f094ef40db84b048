/* buf.h - owned, growing bytes; NUL-terminated as soon as it has memory (p is NULL before).
 * `struct buf b = {0};` is a valid empty buffer. One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <string.h>

#include "base/err.h"
#include "base/span.h"

struct buf {
	char *p;
	size_t n;      /* bytes in use, without the final NUL */
	size_t _room;  /* private */
};

void buf_finish(struct buf *b); /* frees; b is an empty buffer again; accepts a zeroed one */
void buf_clear(struct buf *b);  /* empties, keeps the memory */
void buf_reserve(struct buf *b, size_t more);
/* Here, since whole documents go through them a few bytes at a time. */
static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	if (b->_room <= n || b->_room - n <= b->n)
		buf_reserve(b, n);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}
static inline void buf_char(struct buf *b, char c) { buf_add(b, &c, 1); }
void buf_text(struct buf *b, const char *text);
static inline void buf_span(struct buf *b, struct span s) { buf_add(b, s.p, s.n); }
void buf_format(struct buf *b, const char *format, ...) PRINTF(2, 3);
void buf_vformat(struct buf *b, const char *format, va_list args);
/* Removes n bytes from the front. */
void buf_drop(struct buf *b, size_t n);
/* Hands the bytes over: owned, NUL-terminated, freed by the caller; b is empty afterwards. */
char *buf_take(struct buf *b);
static inline struct span buf_view(const struct buf *b) { return (struct span){b->p, b->n}; }

#endif

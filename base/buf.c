/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void buf_finish(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->n + more + 1;
	ASSERT(need > b->n);
	if (need <= b->_room)
		return;
	/* Half as much again: appending stays linear in total. */
	size_t room = b->_room + b->_room / 2;
	if (room < need)
		room = need < 64 ? 64 : need;
	b->p = mem_grow(b->p, room, 1);
	b->p[b->n] = '\0';
	b->_room = room;
}

void buf_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_vformat(struct buf *b, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	buf_reserve(b, 0);
	size_t room = b->_room - b->n;
	int n = vsnprintf(b->p + b->n, room, format, args);
	ASSERT(n >= 0);
	if ((size_t)n >= room) {
		buf_reserve(b, (size_t)n);
		vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
	}
	b->n += (size_t)n;
	va_end(again);
}

void buf_format(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buf_vformat(b, format, args);
	va_end(args);
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->n) {
		buf_clear(b);
		return;
	}
	memmove(b->p, b->p + n, b->n - n + 1);
	b->n -= n;
}

char *buf_take(struct buf *b)
{
	buf_reserve(b, 0);
	char *p = b->p;
	*b = (struct buf){0};
	return p;
}

/* picture.h - the head of a PNG of any size, for tests that only look at heads.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_TRANSCRIPTS_PICTURE_H
#define TESTS_TRANSCRIPTS_PICTURE_H

#include "base/buf.h"

enum { PICTURE_GREY = 0, PICTURE_RGB = 2, PICTURE_RGBA = 6 };

static inline void picture_png(struct buf *out, unsigned width, unsigned height, char colour)
{
	static const char start[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", end[] = "\x08?\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82";
	buf_add(out, start, sizeof start - 1);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(width >> shift & 0xFF));
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(height >> shift & 0xFF));
	buf_add(out, end, sizeof end - 1);
	out->p[25] = colour;
}

#endif

/* encoding.h - a file's bytes as UTF-8 text. What counts, in this order: a byte order mark (UTF-8, UTF-16, UTF-32); the
 * pattern of UTF-16 without one; UTF-8 that is whole; what the text declares of itself (XML, HTML); UTF-8 with slips,
 * whose broken bytes become U+FFFD and are reported line by line; at last what its letters look like (uchardet), which
 * is a guess and reported as one. Conversion is iconv's. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef TRANSCRIPTS_ENCODING_H
#define TRANSCRIPTS_ENCODING_H

#include "base/buf.h"
#include "transcripts/dialect.h"

/* *text: without a byte order mark; borrowed from bytes, or from room where it had to be converted or repaired. Never
 * empty bytes. False: it is no text that can be read; why has one sentence and the line, 0 = the file as a whole. */
bool encoding_to_utf8(struct span bytes, struct span *text, struct buf *room, const struct dialect_faults *faults,
	struct why *why);

/* What a file's first bytes say when it is no text at all ("a PNG image"), or NULL. */
const char *encoding_foreign_format(struct span bytes);

#endif

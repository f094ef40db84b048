/* SPDX-License-Identifier: MIT */
#include "server/gzip.h"

#include <zlib.h>

#include "base/mem.h"

enum { LEVEL = 6, GZIP_WINDOW = 15 + 16, MEMORY = 8, LEAST = 1024 };

bool gzip_is_accepted(struct span list)
{
	struct span piece;
	while (span_next_piece(&list, ',', &piece)) {
		size_t end = span_find(piece, ';');
		struct span name = span_trim(span_make(piece.p, end)), weight = span_trim(span_from(piece, end + 1));
		if (!span_equal_nocase(name, SPAN_LITERAL("gzip")) && !span_is(name, "*"))
			continue;
		double q = 1;
		if (span_starts(weight, "q=") && !span_to_double(span_from(weight, 2), &q))
			q = 0;
		return q > 0;
	}
	return false;
}

bool gzip_body(struct buf *body)
{
	z_stream z = {0};
	struct buf out = {0};
	if (body->n < LEAST || body->n > UINT32_MAX || deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY))
		return false;
	uLong most = deflateBound(&z, (uLong)body->n);
	buf_reserve(&out, most);
	z.next_in = (Bytef *)body->p;
	z.avail_in = (uInt)body->n;
	z.next_out = (Bytef *)out.p;
	z.avail_out = (uInt)(most > UINT32_MAX ? UINT32_MAX : most);
	bool is_whole = deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < body->n;
	out.n = (size_t)z.total_out;
	deflateEnd(&z);
	if (!is_whole) {
		buf_finish(&out);
		return false;
	}
	out.p[out.n] = '\0';
	buf_finish(body);
	*body = out;
	return true;
}

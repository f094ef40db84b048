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

bool gzip_write(struct span body, struct buf *out)
{
	z_stream z = {0};
	buf_clear(out);
	if (body.n > UINT32_MAX / 2 || deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY))
		return false;
	uLong most = deflateBound(&z, (uLong)body.n);
	buf_reserve(out, most);
	z.next_in = (Bytef *)(uintptr_t)body.p;
	z.avail_in = (uInt)body.n;
	z.next_out = (Bytef *)out->p;
	z.avail_out = (uInt)most;
	bool is_whole = deflate(&z, Z_FINISH) == Z_STREAM_END;
	out->n = is_whole ? (size_t)z.total_out : 0;
	deflateEnd(&z);
	return is_whole;
}

bool gzip_body(struct buf *body)
{
	struct buf out = {0};
	if (body->n < LEAST || !gzip_write(buf_view(body), &out) || out.n >= body->n) {
		buf_finish(&out);
		return false;
	}
	out.p[out.n] = '\0';
	buf_finish(body);
	*body = out;
	return true;
}

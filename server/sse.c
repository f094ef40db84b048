/* SPDX-License-Identifier: MIT */
#include "server/sse.h"

enum { LINE_EXTRA = 6 }; /* "data: " before the longest value that can still matter */

void sse_init(struct sse *s, size_t limit, bool (*taken)(void *data, const struct sse_event *ev), void *data)
{
	*s = (struct sse){.taken = taken, .data = data, .retry_ms = -1, ._limit = limit};
}

void sse_finish(struct sse *s)
{
	buf_finish(&s->_line);
	buf_finish(&s->_id);
	buf_finish(&s->_last_id);
	buf_finish(&s->_data);
	buf_finish(&s->_type);
}

static void forget_event(struct sse *s)
{
	buf_clear(&s->_data);
	buf_clear(&s->_type);
	s->_has_data = s->_oversize = s->_pending = false;
}

void sse_restart(struct sse *s)
{
	forget_event(s);
	buf_clear(&s->_line);
	buf_clear(&s->_id);
	buf_span(&s->_id, buf_view(&s->_last_id));
	s->_bom = 0;
	s->_after_cr = s->_skip_line = false;
}

struct span sse_last_id(const struct sse *s)
{
	return buf_view(&s->_last_id);
}

/* The blank line at an event's end. False: the receiver wants it later. */
static bool dispatch(struct sse *s)
{
	if (!s->_pending) {
		buf_clear(&s->_last_id);
		buf_span(&s->_last_id, buf_view(&s->_id));
	}
	if (s->_has_data || s->_oversize) {
		struct sse_event ev = {
			.data = s->_oversize ? span_make("", 0) : buf_view(&s->_data),
			.id = buf_view(&s->_last_id),
			.type = s->_type.n ? buf_view(&s->_type) : SPAN_LITERAL("message"),
			.oversize = s->_oversize,
		};
		if (!s->taken(s->data, &ev)) {
			s->_pending = true;
			return false;
		}
	}
	forget_event(s);
	return true;
}

static void outgrown(struct sse *s)
{
	s->_oversize = true;
	buf_finish(&s->_data); /* its memory is as large as the limit: not worth keeping for the usual event */
}

static void add_data(struct sse *s, struct span value)
{
	if (s->_oversize)
		return;
	if (s->_data.n + (s->_has_data ? 1 : 0) + value.n > s->_limit) {
		outgrown(s);
		return;
	}
	if (s->_has_data)
		buf_char(&s->_data, '\n');
	buf_span(&s->_data, value);
	s->_has_data = true;
}

static void field(struct sse *s, struct span name, struct span value)
{
	int64_t ms;
	if (span_is(name, "data")) {
		add_data(s, value);
	} else if (span_is(name, "event")) {
		buf_clear(&s->_type);
		buf_span(&s->_type, value);
	} else if (span_is(name, "id")) {
		if (value.n > SSE_ID_MAX || span_find(value, '\0') < value.n)
			return;
		buf_clear(&s->_id);
		buf_span(&s->_id, value);
	} else if (span_is(name, "retry")) {
		/* Digits only: a sign would make it no retry field. */
		if (value.n && value.p[0] >= '0' && value.p[0] <= '9' && span_to_i64(value, &ms))
			s->retry_ms = ms;
	}
}

static bool whole_line(struct sse *s, struct span line)
{
	if (!line.n)
		return dispatch(s);
	size_t colon = span_find(line, ':');
	if (colon == 0) {
		s->comments++;
		return true;
	}
	struct span value = span_from(line, colon + 1);
	if (value.n && value.p[0] == ' ')
		value = span_from(value, 1);
	field(s, span_make(line.p, colon), value);
	return true;
}

/* A part of a line whose end hasn't come. What can't matter any more isn't kept. */
static void part_of_line(struct sse *s, struct span part)
{
	if (s->_skip_line)
		return;
	if (s->_line.n + part.n <= s->_limit + LINE_EXTRA) {
		buf_span(&s->_line, part);
		return;
	}
	if (s->_line.n < LINE_EXTRA)
		buf_span(&s->_line, span_make(part.p, part.n < LINE_EXTRA ? part.n : LINE_EXTRA));
	if (span_starts(buf_view(&s->_line), "data:"))
		outgrown(s);
	else if (span_starts(buf_view(&s->_line), ":"))
		s->comments++;
	buf_finish(&s->_line);
	s->_skip_line = true;
}

static bool end_of_line(struct sse *s, struct span last_part)
{
	bool went_on = true;
	if (!s->_skip_line && s->_line.n == 0 && last_part.n <= s->_limit + LINE_EXTRA) {
		went_on = whole_line(s, last_part); /* the usual case: no copy */
	} else {
		part_of_line(s, last_part);
		if (!s->_skip_line)
			went_on = whole_line(s, buf_view(&s->_line));
	}
	buf_clear(&s->_line);
	s->_skip_line = false;
	return went_on;
}

/* One byte order mark at the very start is no part of the first line. */
static size_t skip_mark(struct sse *s, struct span bytes)
{
	static const char mark[] = "\xEF\xBB\xBF";
	size_t used = 0;
	while (s->_bom < 3 && used < bytes.n) {
		if (bytes.p[used] != mark[s->_bom]) {
			part_of_line(s, span_make(mark, (size_t)s->_bom));
			s->_bom = 3;
			break;
		}
		used++;
		s->_bom++;
	}
	return used;
}

static const char *next_of(const char *from, const char *end, char c)
{
	const char *found = from < end ? memchr(from, c, (size_t)(end - from)) : NULL;
	return found ? found : end;
}

size_t sse_push(struct sse *s, struct span bytes)
{
	if (s->_pending && !dispatch(s))
		return 0;
	if (!bytes.n)
		return 0;
	const char *p = bytes.p + skip_mark(s, bytes), *end = bytes.p + bytes.n;
	/* Each is looked for again only when it was passed, so that a text full of one of them isn't searched for the other
	 * again and again. */
	const char *lf = next_of(p, end, '\n'), *cr = next_of(p, end, '\r');
	while (p < end) {
		if (s->_after_cr && *p == '\n') {
			p++;
			s->_after_cr = false;
			continue;
		}
		s->_after_cr = false;
		if (lf < p)
			lf = next_of(p, end, '\n');
		if (cr < p)
			cr = next_of(p, end, '\r');
		const char *stop = lf < cr ? lf : cr;
		if (stop == end) {
			part_of_line(s, span_make(p, (size_t)(end - p)));
			break;
		}
		s->_after_cr = stop == cr;
		bool went_on = end_of_line(s, span_make(p, (size_t)(stop - p)));
		p = stop + 1;
		if (!went_on)
			return (size_t)(p - bytes.p);
	}
	return bytes.n;
}

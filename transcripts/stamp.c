/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "base/buf.h"
#include "transcripts/dialect.h"

static bool is_digit(struct span s, size_t i)
{
	return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

/* Two digits below 60 that no third one follows. */
static bool read_sixtieth(struct span s, size_t i, int64_t *out)
{
	if (!is_digit(s, i) || !is_digit(s, i + 1) || is_digit(s, i + 2) || s.p[i] > '5')
		return false;
	*out = (s.p[i] - '0') * 10 + (s.p[i + 1] - '0');
	return true;
}

size_t stamp_read(struct span s, int64_t *ms)
{
	int64_t first = 0, second, third;
	size_t i = 0;
	/* Three digits: a recording of 100 minutes and more that counts no hours. */
	while (i < 3 && is_digit(s, i))
		first = first * 10 + (s.p[i++] - '0');
	if (i == 0 || i >= s.n || s.p[i] != ':' || !read_sixtieth(s, i + 1, &second))
		return 0;
	i += 3;
	int64_t seconds = first * 60 + second;
	if (i < s.n && s.p[i] == ':' && is_digit(s, i + 1)) {
		if (!read_sixtieth(s, i + 1, &third))
			return 0;
		i += 3;
		seconds = seconds * 60 + third;
		if (i < s.n && s.p[i] == ':' && is_digit(s, i + 1))
			return 0;
	}
	*ms = seconds * 1000;
	if (i < s.n && (s.p[i] == '.' || s.p[i] == ',') && is_digit(s, i + 1) && is_digit(s, i + 2) && is_digit(s, i + 3) &&
		!is_digit(s, i + 4)) {
		*ms += (s.p[i + 1] - '0') * 100 + (s.p[i + 2] - '0') * 10 + (s.p[i + 3] - '0');
		i += 4;
	}
	return i;
}

void stamp_write(struct buf *out, int64_t ms, bool webvtt)
{
	if (ms < 0)
		ms = 0;
	int64_t s = ms / 1000, hours = s / 3600;
	int minutes = (int)(s / 60 % 60), seconds = (int)(s % 60);
	if (webvtt)
		buf_format(out, "%02" PRId64 ":%02d:%02d.%03d", hours, minutes, seconds, (int)(ms % 1000));
	else if (hours)
		buf_format(out, "%" PRId64 ":%02d:%02d", hours, minutes, seconds);
	else
		buf_format(out, "%d:%02d", minutes, seconds);
}

void stamp_fragment(struct buf *out, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	buf_format(out, "%" PRId64, ms / 1000);
	int thousandths = (int)(ms % 1000);
	if (thousandths == 0)
		return;
	buf_format(out, ".%03d", thousandths);
	while (out->p[out->n - 1] == '0')
		out->p[--out->n] = '\0';
}

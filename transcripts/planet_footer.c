/* SPDX-License-Identifier: MIT */
#include "transcripts/planet_footer.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/lines.h"

static size_t digits(struct span s)
{
	size_t n = 0;
	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

static int number(struct span s)
{
	int64_t n = 0;
	return span_to_i64(s, &n) ? (int)n : 0;
}

size_t planet_page_date(struct span s, int64_t *ms)
{
	static const char *const months[] = {"January ", "February ", "March ", "April ", "May ", "June ", "July ",
		"August ", "September ", "October ", "November ", "December "};
	for (size_t i = 0; i < COUNT_OF(months); i++) {
		if (!span_starts(s, months[i]))
			continue;
		size_t at = strlen(months[i]), n = digits(span_from(s, at));
		struct span rest = span_from(s, at + n);
		if (n < 1 || n > 2 || !span_starts(rest, ", ") || digits(span_from(rest, 2)) != 4)
			return 0;
		struct buf text = {0};
		buf_format(&text, "%04d-%02zu-%02d", number(span_make(rest.p + 2, 4)), i + 1, number(span_make(s.p + at, n)));
		bool ok = time_parse(buf_view(&text), ms) == OK;
		buf_finish(&text);
		return ok ? at + n + 6 : 0;
	}
	return 0;
}

/* "02:05 PM" at the start of s; its length. */
static size_t clock_at(struct span s, int64_t *ms)
{
	size_t n = digits(s);
	if (n < 1 || n > 2 || n >= s.n || s.p[n] != ':' || digits(span_from(s, n + 1)) != 2)
		return 0;
	int hour = number(span_make(s.p, n)), minute = number(span_make(s.p + n + 1, 2));
	size_t used = n + 3;
	struct span rest = span_trim(span_from(s, used));
	if (span_starts(rest, "AM") || span_starts(rest, "PM")) {
		hour = hour % 12 + (rest.p[0] == 'P' ? 12 : 0);
		used = (size_t)(rest.p - s.p) + 2;
	}
	if (hour > 23 || minute > 59)
		return 0;
	*ms = (hour * INT64_C(60) + minute) * 60000;
	return used;
}

/* A date with its time, and nothing behind it but a zone. */
static bool is_moment(struct span s, int64_t *ms)
{
	int64_t day, time = 0;
	size_t n = planet_page_date(s, &day);
	if (!n)
		return false;
	s = lines_trim(span_from(s, n));
	n = clock_at(s, &time);
	struct span zone = lines_trim(span_from(s, n));
	*ms = day + time;
	return n && (!zone.n || span_is(zone, "UTC") || span_is(zone, "GMT"));
}

bool planet_page_footer(struct span line, struct span *name, int64_t *ms)
{
	*name = span_make(line.p, 0);
	if (is_moment(line, ms))
		return true;
	if (!span_starts(line, "by "))
		return false;
	/* The last " at ": a name may have one too. */
	for (size_t at = line.n; at-- > 3;) {
		if (!span_starts(span_from(line, at), " at ") || !is_moment(span_from(line, at + 4), ms))
			continue;
		struct span who = lines_trim(span_make(line.p + 3, at - 3));
		/* Its address stood in brackets, of which the page's text kept the first. */
		size_t bracket = span_find(who, '(');
		if (bracket + 1 == who.n || bracket == 0)
			who = lines_trim(span_make(who.p, bracket));
		*name = who;
		return true;
	}
	return false;
}

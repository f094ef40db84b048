/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t real_wall_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t real_mono_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t (*wall)(void) = real_wall_ms;
static int64_t (*mono)(void) = real_mono_us;

int64_t clock_wall_ms(void)
{
	return wall();
}

int64_t clock_mono_ms(void)
{
	return mono() / 1000;
}

int64_t clock_mono_us(void)
{
	return mono();
}

int64_t clock_thread_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void clock_inject(int64_t (*wall_ms)(void), int64_t (*mono_us)(void))
{
	wall = wall_ms ? wall_ms : real_wall_ms;
	mono = mono_us ? mono_us : real_mono_us;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar (H. Hinnant, chrono-compatible algorithms). */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static bool digits(struct span *s, int n, int *out)
{
	if (s->n < (size_t)n)
		return false;
	*out = 0;
	for (int i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*out = *out * 10 + (s->p[i] - '0');
	}
	*s = span_from(*s, (size_t)n);
	return true;
}

static bool take(struct span *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	*s = span_from(*s, 1);
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

/* ".25" to milliseconds; further digits are read and dropped. */
static bool fraction(struct span *s, int *ms)
{
	*ms = 0;
	int n = 0;
	for (; s->n && s->p[0] >= '0' && s->p[0] <= '9'; n++) {
		if (n < 3)
			*ms = *ms * 10 + (s->p[0] - '0');
		*s = span_from(*s, 1);
	}
	for (int i = n; i < 3; i++)
		*ms *= 10;
	return n > 0;
}

static bool zone(struct span *s, int *minutes)
{
	*minutes = 0;
	if (take(s, 'Z') || take(s, 'z') || s->n == 0)
		return true;
	int sign = s->p[0] == '-' ? -1 : 1, h, m = 0;
	if (s->p[0] != '+' && s->p[0] != '-')
		return false;
	*s = span_from(*s, 1);
	if (!digits(s, 2, &h))
		return false;
	take(s, ':');
	if (s->n && !digits(s, 2, &m))
		return false;
	*minutes = sign * (h * 60 + m);
	return h < 24 && m < 60;
}

enum err time_parse(struct span text, int64_t *ms)
{
	struct span s = span_trim(text);
	double seconds;
	if (span_find(s, '-') >= s.n || s.p[0] == '-') {
		if (!span_to_double(s, &seconds) || !(seconds > -1e11 && seconds < 1e11))
			return E_FORMAT;
		*ms = (int64_t)(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5));
		return OK;
	}
	int year, month, day, h = 0, m = 0, sec = 0, milli = 0, offset = 0;
	if (!digits(&s, 4, &year) || !take(&s, '-') || !digits(&s, 2, &month) || !take(&s, '-') || !digits(&s, 2, &day))
		return E_FORMAT;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return E_FORMAT;
	if (s.n) {
		if (!take(&s, 'T') && !take(&s, 't') && !take(&s, ' '))
			return E_FORMAT;
		if (!digits(&s, 2, &h) || !take(&s, ':') || !digits(&s, 2, &m))
			return E_FORMAT;
		if (take(&s, ':')) {
			if (!digits(&s, 2, &sec))
				return E_FORMAT;
			if ((take(&s, '.') || take(&s, ',')) && !fraction(&s, &milli))
				return E_FORMAT;
		}
		take(&s, ' ');
		if (!zone(&s, &offset))
			return E_FORMAT;
	}
	/* 23:59:60 is a leap second: it reads as the second that follows. */
	if (s.n || h > 24 || m > 59 || sec > 60 || (h == 24 && (m || sec)))
		return E_FORMAT;
	*ms = ((days_from_civil(year, month, day) * 24 + h) * 60 + m - offset) * 60000 + sec * 1000 + milli;
	return OK;
}

static void split(int64_t ms, struct tm *out, int *milli)
{
	int64_t seconds = ms / 1000;
	*milli = (int)(ms % 1000);
	if (*milli < 0) {
		*milli += 1000;
		seconds--;
	}
	time_t t = (time_t)seconds;
	gmtime_r(&t, out);
}

void time_format_iso(struct buf *out, int64_t ms)
{
	struct tm t;
	int milli;
	split(ms, &t, &milli);
	buf_format(out, "%04d-%02d-%02dT%02d:%02d:%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
		t.tm_sec);
	if (milli)
		buf_format(out, ".%03d", milli);
	buf_char(out, 'Z');
}

static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
	"Dec"};

void time_format_http(struct buf *out, int64_t ms)
{
	struct tm t;
	int milli;
	split(ms, &t, &milli);
	buf_format(out, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[t.tm_wday], t.tm_mday, month_names[t.tm_mon],
		t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

enum err time_parse_http(struct span s, int64_t *ms)
{
	int day, year, h, m, sec;
	if (s.n < 5 || s.p[3] != ',' || s.p[4] != ' ')
		return E_FORMAT;
	s = span_from(s, 5);
	if (!digits(&s, 2, &day) || !take(&s, ' ') || s.n < 4)
		return E_FORMAT;
	int month = 0;
	for (int i = 0; i < 12; i++)
		if (memcmp(s.p, month_names[i], 3) == 0)
			month = i + 1;
	s = span_from(s, 3);
	if (!month || !take(&s, ' ') || !digits(&s, 4, &year) || !take(&s, ' ') || !digits(&s, 2, &h) || !take(&s, ':') ||
	    !digits(&s, 2, &m) || !take(&s, ':') || !digits(&s, 2, &sec) || !span_is(s, " GMT"))
		return E_FORMAT;
	if (day < 1 || day > days_in_month(year, month) || h > 23 || m > 59 || sec > 60)
		return E_FORMAT;
	*ms = ((days_from_civil(year, month, day) * 24 + h) * 60 + m) * 60000 + sec * 1000;
	return OK;
}

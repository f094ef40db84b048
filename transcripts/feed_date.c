/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_date.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"

static const char no_zone[] = "it says no zone; UTC was taken", unknown_zone[] = "its zone isn't known; UTC was taken",
	no_time[] = "its time can't be read; midnight was taken", short_year[] = "its year has two digits",
	odd[] = "it isn't written as dates of feeds are";

struct moment {
	int year, month, day; /* 0 = not said */
	int hour, minute, second, milli;
	int offset;           /* minutes east */
	bool has_time, has_zone;
	const char *slip;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool conclude(const struct moment *m, int64_t *ms, const char **slip)
{
	char text[64];
	int64_t base;
	if (m->year < 1 || m->year > 9999 || m->hour > 24 || m->minute > 59 || m->second > 60)
		return false;
	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03d", m->year, m->month ? m->month : 1,
		m->day ? m->day : 1, m->hour, m->minute, m->second, m->milli);
	if (time_parse(span_of(text), &base) != OK)
		return false;
	*ms = base - (int64_t)m->offset * 60000;
	*slip = m->slip ? m->slip : m->has_time && !m->has_zone ? no_zone : NULL;
	return true;
}

static int number(struct span s)
{
	int n = 0;
	for (size_t i = 0; i < s.n && i < 9; i++)
		n = n * 10 + (s.p[i] - '0');
	return n;
}

static size_t digits(struct span s)
{
	size_t n = 0;
	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

/* "+01:00" "-0500" "+01" "+1" "+5:30" */
static size_t read_offset(struct span s, struct moment *m)
{
	if (s.n < 2 || (s.p[0] != '+' && s.p[0] != '-') || !is_digit(s.p[1]))
		return 0;
	struct span rest = span_from(s, 1);
	size_t n = digits(rest), used = 1 + n;
	int hours, minutes = 0;
	if (n > 4)
		return 0;
	if (n >= 3) {
		hours = number(span_make(rest.p, n - 2));
		minutes = number(span_make(rest.p + n - 2, 2));
	} else {
		hours = number(span_make(rest.p, n));
		struct span after = span_from(rest, n);
		if (after.n > 1 && after.p[0] == ':' && is_digit(after.p[1])) {
			size_t k = digits(span_from(after, 1));
			minutes = number(span_make(after.p + 1, k));
			used += 1 + k;
		}
	}
	if (hours > 15 || minutes > 59)
		return 0;
	m->offset = (hours * 60 + minutes) * (s.p[0] == '-' ? -1 : 1);
	m->has_zone = true;
	return used;
}

/* "10:14" "10:14:55" "10:14:55.25"; length, 0 when it is none. */
static size_t read_clock(struct span s, struct moment *m)
{
	size_t n = digits(s), at = n;
	if (n < 1 || n > 2 || at + 1 >= s.n || s.p[at] != ':' || !is_digit(s.p[at + 1]))
		return 0;
	m->hour = number(span_make(s.p, n));
	struct span rest = span_from(s, at + 1);
	n = digits(rest);
	if (n > 2)
		return 0;
	m->minute = number(span_make(rest.p, n));
	at += 1 + n;
	rest = span_from(s, at);
	m->second = m->milli = 0;
	if (rest.n > 1 && rest.p[0] == ':' && is_digit(rest.p[1])) {
		n = digits(span_from(rest, 1));
		m->second = number(span_make(rest.p + 1, n));
		at += 1 + n;
		rest = span_from(s, at);
	}
	if (rest.n > 1 && (rest.p[0] == '.' || rest.p[0] == ',') && is_digit(rest.p[1])) {
		n = digits(span_from(rest, 1));
		int scale = 100;
		for (size_t i = 0; i < n && i < 3; i++, scale /= 10)
			m->milli += (rest.p[1 + i] - '0') * scale;
		at += 1 + n;
	}
	m->has_time = true;
	return at;
}

/* What follows a date of ISO 8601: a time, basic or extended, and a zone; with blanks where none belong. */
static bool read_iso_rest(struct span s, struct moment *m)
{
	s = span_trim(s);
	if (s.n && (s.p[0] == 'T' || s.p[0] == 't'))
		s = span_trim(span_from(s, 1));
	if (!s.n)
		return true;
	size_t n = read_clock(s, m);
	if (!n && (digits(s) == 6 || digits(s) == 4)) {
		n = digits(s);
		m->hour = number(span_make(s.p, 2));
		m->minute = number(span_make(s.p + 2, 2));
		m->second = n == 6 ? number(span_make(s.p + 4, 2)) : 0;
		m->has_time = true;
		struct span fraction = span_from(s, n);
		if (fraction.n > 1 && fraction.p[0] == '.')
			n += 1 + digits(span_from(fraction, 1));
	} else if (!n && digits(s) == 2) {
		n = 2;
		m->hour = number(span_make(s.p, 2));
		m->has_time = true;
	}
	if (!n) {
		m->slip = no_time;
		return true;
	}
	s = span_trim(span_from(s, n));
	if (s.n == 1 && (s.p[0] == 'Z' || s.p[0] == 'z'))
		m->has_zone = true;
	else if (s.n && read_offset(s, m) != s.n)
		m->slip = m->has_zone ? odd : unknown_zone;
	return true;
}

/* The day of the year as month and day. */
static bool set_ordinal(struct moment *m, int day)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
	bool leap = (m->year % 4 == 0 && m->year % 100 != 0) || m->year % 400 == 0;
	if (day < 1 || day > 365 + leap)
		return false;
	for (int month = 12; month >= 1; month--) {
		int start = before[month - 1] + (leap && month > 2);
		if (day > start) {
			m->month = month;
			m->day = day - start;
			return true;
		}
	}
	return false;
}

/* 2003, 2003-12, 2003-12-31, 20031231, 2003-335, 2003/12/31, 03-12-31, each with a time maybe. */
static bool read_iso(struct span s, struct moment *m)
{
	size_t n = digits(s);
	if (n == 8 || n == 14 || n == 12) {
		m->year = number(span_make(s.p, 4));
		m->month = number(span_make(s.p + 4, 2));
		m->day = number(span_make(s.p + 6, 2));
		return read_iso_rest(span_from(s, 8), m);
	}
	if (n == 7) {
		m->year = number(span_make(s.p, 4));
		return set_ordinal(m, number(span_make(s.p + 4, 3))) && read_iso_rest(span_from(s, 7), m);
	}
	if (n != 4 && n != 2)
		return false;
	m->year = number(span_make(s.p, n));
	struct span rest = span_from(s, n);
	char mark = rest.n ? rest.p[0] : '\0';
	/* Without the day, "03-12" may be anything. */
	if (n == 2) {
		m->year += m->year < 50 ? 2000 : 1900;
		m->slip = short_year;
		if (mark != '-' || rest.n < 6 || rest.p[3] != '-')
			return false;
	}
	if (!mark)
		return true;
	if (mark != '-' && mark != '/' && mark != '.')
		return mark == ' ' || mark == 'T' ? read_iso_rest(rest, m) && !m->has_time : false;
	if (mark != '-')
		m->slip = odd;
	rest = span_from(rest, 1);
	n = digits(rest);
	if (n == 3)
		return set_ordinal(m, number(span_make(rest.p, 3))) && read_iso_rest(span_from(rest, 3), m);
	if (n < 1 || n > 2)
		return false;
	m->month = number(span_make(rest.p, n));
	rest = span_from(rest, n);
	if (rest.n > 1 && rest.p[0] == mark && is_digit(rest.p[1])) {
		n = digits(span_from(rest, 1));
		if (n > 2)
			return false;
		m->day = number(span_make(rest.p + 1, n));
		if (!m->day)
			return false;
		rest = span_from(rest, 1 + n);
	}
	return m->month > 0 && read_iso_rest(rest, m);
}

/* 31.12.2003, as Germans write it. */
static bool read_dotted(struct span s, struct moment *m)
{
	size_t n = digits(s);
	struct span rest = span_from(s, n);
	if (n < 1 || n > 2 || !rest.n || rest.p[0] != '.')
		return false;
	m->day = number(span_make(s.p, n));
	rest = span_from(rest, 1);
	n = digits(rest);
	m->month = number(span_make(rest.p, n));
	rest = span_from(rest, n);
	if (n < 1 || n > 2 || !rest.n || rest.p[0] != '.' || digits(span_from(rest, 1)) != 4 || !m->day || !m->month)
		return false;
	m->year = number(span_make(rest.p + 1, 4));
	m->slip = odd;
	return read_iso_rest(span_from(rest, 5), m);
}

/* Words of other dates -------------------------------------------------------------------------------------------- */

/* Twelve months by how their names begin, English first; then what Germans, French, Spaniards, Italians, Portuguese,
 * Dutch, Poles, Swedes and Russians send. */
static int month_of(struct span word)
{
	static const char *const months[12] = {"jan ene gen sty \xD1\x8F\xD0\xBD\xD0\xB2",
		"feb fev f\xC3\xA9v lut \xD1\x84\xD0\xB5\xD0\xB2",
		"mar m\xC3\xA4r mrt mrz \xD0\xBC\xD0\xB0\xD1\x80", "apr avr abr kwi \xD0\xB0\xD0\xBF\xD1\x80",
		"may mai mag mei maj \xD0\xBC\xD0\xB0\xD0\xB9",
		"jun juin giu cze \xD0\xB8\xD1\x8E\xD0\xBD", "jul juil lug lip \xD0\xB8\xD1\x8E\xD0\xBB",
		"aug aou ao\xC3\xBB ago sie \xD0\xB0\xD0\xB2\xD0\xB3",
		"sep set wrz \xD1\x81\xD0\xB5\xD0\xBD", "oct okt ott out pa\xC5\xBA \xD0\xBE\xD0\xBA\xD1\x82",
		"nov lis \xD0\xBD\xD0\xBE\xD1\x8F",
		"dec dez d\xC3\xA9" "c dic gru \xD0\xB4\xD0\xB5\xD0\xBA"};
	/* The longest prefix wins: "juin" is not July's "jui". */
	int found = 0;
	size_t longest = 0;
	for (int i = 0; i < 12; i++) {
		struct span rest = span_of(months[i]), prefix;
		while (span_next_piece(&rest, ' ', &prefix))
			if (prefix.n > longest && word.n >= prefix.n && span_equal_nocase(span_make(word.p, prefix.n), prefix)) {
				found = i + 1;
				longest = prefix.n;
			}
	}
	return found;
}

static bool zone_of(struct span word, int *minutes)
{
	static const struct { const char *name; int minutes; } zones[] = {
		{"GMT", 0}, {"UT", 0}, {"UTC", 0}, {"Z", 0}, {"WET", 0}, {"EST", -300}, {"EDT", -240}, {"CST", -360}, {"CDT", -300},
		{"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420}, {"AKST", -540}, {"AKDT", -480}, {"HST", -600},
		{"AST", -240}, {"ADT", -180}, {"NST", -210}, {"NDT", -150}, {"BRT", -180}, {"ART", -180}, {"BST", 60}, {"WEST", 60},
		{"CET", 60}, {"MEZ", 60}, {"MET", 60}, {"CEST", 120}, {"MESZ", 120}, {"MEST", 120}, {"EET", 120}, {"SAST", 120},
		{"EEST", 180}, {"MSK", 180}, {"MSD", 240}, {"IST", 330}, {"HKT", 480}, {"SGT", 480}, {"AWST", 480}, {"JST", 540},
		{"KST", 540}, {"ACST", 570}, {"AEST", 600}, {"AEDT", 660}, {"NZST", 720}, {"NZDT", 780}, {"A", -60}, {"M", -720},
		{"N", 60}, {"Y", 720}, {"ET", -300}, {"CT", -360}, {"MT", -420}, {"PT", -480},
	};
	for (size_t i = 0; i < COUNT_OF(zones); i++) {
		if (!span_equal_nocase(word, span_of(zones[i].name)))
			continue;
		*minutes = zones[i].minutes;
		return true;
	}
	return false;
}

static void take_word(struct moment *m, struct span word)
{
	int month = m->month ? 0 : month_of(word), minutes;
	if (m->has_time && zone_of(word, &minutes)) {
		m->offset = minutes;
		m->has_zone = true;
	} else if (month) {
		m->month = month;
	} else if (m->has_time && (span_equal_nocase(word, span_of("pm")) || span_equal_nocase(word, span_of("am")))) {
		m->hour = m->hour % 12 + (word.p[0] == 'p' || word.p[0] == 'P' ? 12 : 0);
		m->slip = odd;
	} else if (m->has_time && !m->has_zone && word.n > 1) {
		m->slip = unknown_zone;
	}
}

/* A number that isn't part of a time. */
static bool take_number(struct moment *m, struct span word)
{
	int n = number(word);
	if (word.n >= 3) {
		if (m->year || word.n > 4)
			return false;
		m->year = word.n == 3 ? n + 1900 : n; /* C's struct tm, written out */
		if (word.n == 3)
			m->slip = odd;
	} else if (!m->day && n >= 1 && n <= 31) {
		m->day = n;
	} else if (!m->year) {
		m->year = n + (n < 50 ? 2000 : 1900);
		m->slip = short_year;
	} else {
		return false;
	}
	return true;
}

/* "Fri, 2006/09/15 08:19:53 EDT" */
static size_t read_slashed(struct span s, struct moment *m)
{
	size_t n = digits(s);
	if (n != 4 || s.n < 10 || (s.p[4] != '/' && s.p[4] != '-') || s.p[7] != s.p[4] || digits(span_from(s, 5)) != 2 ||
		digits(span_from(s, 8)) != 2)
		return 0;
	m->year = number(span_make(s.p, 4));
	m->month = number(span_make(s.p + 5, 2));
	m->day = number(span_make(s.p + 8, 2));
	m->slip = odd;
	return 10;
}

static bool read_words(struct span s, struct moment *m)
{
	while (s.n) {
		char c = s.p[0];
		size_t n = 1;
		if (c == '(') {
			n = span_find(s, ')') + 1;
			n = n > s.n ? s.n : n;
		} else if (is_digit(c)) {
			n = m->has_time ? 0 : read_clock(s, m);
			if (!n && !m->day)
				n = read_slashed(s, m);
			if (!n) {
				n = digits(s);
				if (!take_number(m, span_make(s.p, n)))
					return false;
				/* "1st", "22nd" */
				struct span rest = span_from(s, n);
				if (rest.n >= 2 && (is_letter(rest.p[0]) && is_letter(rest.p[1])) && (rest.n == 2 || !is_letter(rest.p[2])) &&
					!zone_of(span_make(rest.p, 2), &(int){0}))
					n += 2;
			}
		} else if ((c == '+' || c == '-') && m->has_time && !(m->has_zone && m->offset)) {
			n = read_offset(s, m);
			if (!n && s.n > 1 && is_digit(s.p[1]))
				m->slip = unknown_zone;
			n = n ? n : 1 + digits(span_from(s, 1));
		} else if (is_letter(c)) {
			while (n < s.n && (is_letter(s.p[n]) || s.p[n] == '/'))
				n++;
			take_word(m, span_make(s.p, n));
		}
		s = span_from(s, n);
	}
	return m->year && m->month && m->day;
}

bool feed_date_parse(struct span text, int64_t *ms, const char **slip)
{
	struct span s = span_trim(text);
	struct moment m = {0};
	if (!s.n || s.n > 120)
		return false;
	size_t n = digits(s);
	if (n == s.n && (n == 10 || n == 13)) {
		int64_t value;
		if (!span_to_i64(s, &value))
			return false;
		*ms = n == 13 ? value : value * 1000;
		*slip = odd;
		return true;
	}
	if (read_iso(s, &m) && conclude(&m, ms, slip))
		return true;
	m = (struct moment){0};
	if (read_dotted(s, &m) && conclude(&m, ms, slip))
		return true;
	m = (struct moment){0};
	return read_words(s, &m) && conclude(&m, ms, slip);
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/collection_schedule.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/lines.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, USUAL_CHANGE_MS = 4 * HOUR_MS };

/* "+02:00" at the end of a date-time. */
static bool read_offset(struct span s, int64_t *ms)
{
	int64_t hours, minutes;
	s = span_trim(s);
	if (s.n < 6 || (s.p[s.n - 6] != '+' && s.p[s.n - 6] != '-') || s.p[s.n - 3] != ':')
		return false;
	struct span zone = span_from(s, s.n - 5);
	if (!span_to_i64(span_make(zone.p, 2), &hours) || !span_to_i64(span_from(zone, 3), &minutes))
		return false;
	*ms = (hours * 60 + minutes) * 60000 * (s.p[s.n - 6] == '-' ? -1 : 1);
	return true;
}

/* "09:30", "9:30:00" */
static bool read_clock(struct span s, int64_t *ms)
{
	struct span rest = span_trim(s), piece;
	int64_t total = 0, value;
	int n = 0;
	while (span_next_piece(&rest, ':', &piece)) {
		if (++n > 3 || piece.n > 2 || !span_to_i64(piece, &value) || value < 0 || value > (n == 1 ? 47 : 59))
			return false;
		total = total * 60 + value;
	}
	*ms = total * (n == 2 ? 60000 : 1000);
	return n == 2 || n == 3;
}

/* A whole date-time, not a date alone. */
static int64_t read_moment(struct span s)
{
	int64_t ms;
	s = span_trim(s);
	return s.n > 10 && time_parse(s, &ms) == OK ? ms : INT64_MIN;
}

void schedule_day_init(struct schedule_day *d, struct span date, struct span start, struct span end, struct span change)
{
	int64_t ms;
	*d = (struct schedule_day){.date_ms = INT64_MIN, .start_ms = read_moment(start), .end_ms = read_moment(end),
		.change_ms = USUAL_CHANGE_MS};
	struct span day = date.n >= 10 ? span_make(date.p, 10) : start.n >= 10 ? span_make(start.p, 10) : span_of("");
	if (day.n && time_parse(day, &ms) == OK)
		d->date_ms = ms;
	/* Some write the start in UTC and only the end in local time. */
	if (!read_offset(start, &d->offset_ms) || d->offset_ms == 0)
		if (!read_offset(end, &d->offset_ms))
			d->offset_ms = 0;
	if (read_clock(change, &ms))
		d->change_ms = ms;
}

int64_t schedule_start_ms(const struct schedule_day *d, struct span date, struct span start)
{
	int64_t ms, clock;
	date = span_trim(date);
	if (date.n > 10 && time_parse(date, &ms) == OK)
		return ms;
	bool has_clock = read_clock(start, &clock);
	int64_t midnight = d->date_ms;
	/* A date without a time is the calendar's, not the programme's. */
	if (date.n == 10 && time_parse(date, &ms) == OK)
		return ms + (has_clock ? clock - d->offset_ms : 0);
	if (!has_clock && time_parse(start, &ms) == OK && span_trim(start).n > 10)
		return ms;
	if (midnight == INT64_MIN)
		return INT64_MIN;
	if (!has_clock)
		return midnight;
	int64_t same_day = midnight + clock - d->offset_ms, next_day = same_day + DAY_MS;
	bool is_night = clock < d->change_ms;
	if (d->start_ms != INT64_MIN)
		is_night = same_day < d->start_ms && (d->end_ms != INT64_MIN ? next_day <= d->end_ms : is_night);
	return is_night ? next_day : same_day;
}

bool schedule_duration(struct span text, int64_t *ms)
{
	struct span s = span_trim(text);
	int64_t n;
	if (span_to_i64(s, &n)) {
		if (n < 0 || n > LONGEST_SECONDS)
			return false;
		*ms = n * (n > 14 * 60 ? 1000 : 60000);
		return true;
	}
	if (s.n && s.p[0] == 'P')
		return duration_read(s, ms);
	size_t colon = span_find(s, ':');
	if (colon == s.n || colon == 0 || colon > 3 || !span_to_i64(span_make(s.p, colon), &n) || n < 0)
		return false;
	struct span rest = span_from(s, colon + 1);
	int64_t minutes, seconds = 0;
	size_t second = span_find(rest, ':');
	if (!span_to_i64(span_make(rest.p, second), &minutes) || minutes < 0 || minutes > 59)
		return false;
	if (second < rest.n && (!span_to_i64(span_from(rest, second + 1), &seconds) || seconds < 0 || seconds > 59))
		return false;
	*ms = ((n * 60 + minutes) * 60 + seconds) * 1000;
	return *ms <= LONGEST_SECONDS * INT64_C(1000);
}

void schedule_set_texts(struct document *d, struct span subtitle, struct span abstract, struct span description)
{
	abstract = lines_trim(abstract);
	description = lines_trim(description);
	if (lines_trim(subtitle).n)
		collection_set_line(&d->description, subtitle);
	if (description.n >= abstract.n && span_equal(abstract, span_make(description.p, abstract.n)))
		abstract.n = 0;
	if (abstract.n)
		collection_set_text(&d->notes, abstract);
	if (description.n)
		collection_append_text(&d->notes, description);
}

char *schedule_url(struct span base, struct span url)
{
	struct buf out = {0};
	url = lines_trim(url);
	size_t scheme = span_search(base, SPAN_LITERAL("://"), 0);
	if (span_starts(url, "//")) {
		buf_span(&out, scheme < base.n ? span_make(base.p, scheme + 1) : SPAN_LITERAL("https:"));
	} else if (span_starts(url, "/") && scheme < base.n) {
		size_t host = scheme + 3;
		buf_span(&out, span_make(base.p, host + span_find(span_from(base, host), '/')));
	}
	buf_span(&out, url);
	return buf_take(&out);
}

void schedule_add_link(struct document *d, struct span base, struct span url, struct span label)
{
	char *whole = schedule_url(base, url);
	if (*whole) {
		struct document_link *link = document_add_link(d);
		document_set(&link->url, span_of(whole));
		collection_set_line(&link->label, label);
	}
	free(whole);
}

void schedule_add_media(struct document *d, struct span base, struct span url)
{
	char *whole = schedule_url(base, url);
	bool is_new = *whole && !d->is_opted_out;
	for (size_t i = 0; i < d->n_media; i++)
		is_new = is_new && strcmp(d->media[i].url, whole) != 0;
	if (is_new) {
		struct document_media *media = document_add_media(d);
		document_set(&media->url, span_of(whole));
		struct span name = span_make(whole, strcspn(whole, "?#"));
		size_t dot = name.n;
		while (dot > 0 && name.p[dot - 1] != '.' && name.p[dot - 1] != '/')
			dot--;
		struct span type = dot > 0 && name.p[dot - 1] == '.' ? media_type_of(span_from(name, dot)) : span_of("");
		if (span_find(type, '/') < type.n)
			document_set(&media->type, type);
		if (!*d->youtube)
			document_set(&d->youtube, youtube_id(span_of(whole)));
	}
	free(whole);
}

void schedule_conclude(struct document *d, struct span code, struct span id, struct slug_set **slugs)
{
	/* Within its conference's system code and number stay what they are. */
	if (!*d->guid && (code.n || id.n)) {
		struct buf guid = {0};
		buf_format(&guid, "%s%s%.*s", d->conference, *d->conference ? "-" : "", SPAN_ARG(code.n ? code : id));
		document_set(&d->guid, buf_view(&guid));
		buf_finish(&guid);
	}
	if (!*d->slug)
		collection_set_slug(&d->slug, span_of(d->title));
	slug_set_take(slugs, d);
}

/* SPDX-License-Identifier: MIT */
#include "transcripts/schedule_export.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/feed.h"

#define DAY_MS INT64_C(86400000)
#define CHANGE_MS INT64_C(14400000) /* 04:00 */

struct slot {
	const struct document *talk;
	int64_t day_ms; /* the programme day's midnight */
	char guid[37];
	uint32_t id;
};

struct writing {
	const struct conference *c;
	struct slot *slots; /* by day, room, start */
	size_t n;
	struct buf *out;
};

/* Between tags, on a line of its own. */
static void element(struct buf *out, int depth, const char *name, const char *text)
{
	for (int i = 0; i < depth; i++)
		buf_char(out, '\t');
	buf_format(out, "<%s>", name);
	escape_xml(out, span_of(text));
	buf_format(out, "</%s>\n", name);
}

static void attribute(struct buf *out, const char *name, const char *text)
{
	buf_format(out, " %s=\"", name);
	escape_xml(out, span_of(text));
	buf_char(out, '"');
}

static bool is_address(const char *url)
{
	return (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) && !strpbrk(url, " \t\n<>\"{}|\\^`");
}

static bool is_uuid(const char *s)
{
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f') || (s[i] >= 'A' && s[i] <= 'F');
		if (dash ? s[i] != '-' : !hex)
			return false;
	}
	return s[36] == '\0';
}

static void set_guid(struct slot *s, const struct conference *c)
{
	const struct document *d = s->talk;
	if (is_uuid(d->guid))
		memcpy(s->guid, d->guid, 37);
	else
		feed_item_guid(c->name, *d->guid ? d->guid : d->slug, s->guid);
}

static int by_programme(const void *a, const void *b)
{
	const struct slot *left = a, *right = b;
	if (left->day_ms != right->day_ms)
		return left->day_ms < right->day_ms ? -1 : 1;
	int room = strcmp(left->talk->room, right->talk->room);
	if (room)
		return room;
	if (left->talk->published_ms != right->talk->published_ms)
		return left->talk->published_ms < right->talk->published_ms ? -1 : 1;
	return strcmp(left->guid, right->guid);
}

static int by_guid(const void *a, const void *b)
{
	return strcmp((*(struct slot *const *)a)->guid, (*(struct slot *const *)b)->guid);
}

static int by_id(const void *a, const void *b)
{
	const struct slot *left = *(struct slot *const *)a, *right = *(struct slot *const *)b;
	return left->id < right->id ? -1 : left->id > right->id;
}

/* Each GUID once (a later twin gets one made from its slug), and a number above zero for each, no two the same. */
static void number_slots(struct writing *w)
{
	struct slot **order = mem_new(w->n, sizeof(struct slot *));
	for (size_t i = 0; i < w->n; i++)
		order[i] = &w->slots[i];
	qsort(order, w->n, sizeof *order, by_guid);
	char last[37] = "";
	for (size_t i = 0; i < w->n; i++) {
		char twin[96];
		if (strcmp(order[i]->guid, last) != 0) {
			memcpy(last, order[i]->guid, sizeof last);
			continue;
		}
		snprintf(twin, sizeof twin, "%s %zu", order[i]->guid, i);
		feed_item_guid(w->c->name, twin, order[i]->guid);
	}
	for (size_t i = 0; i < w->n; i++)
		order[i]->id = (uint32_t)(span_fnv(span_of(order[i]->guid)) % 1000000000) + 1;
	qsort(order, w->n, sizeof *order, by_id);
	for (size_t i = 1; i < w->n; i++)
		if (order[i]->id <= order[i - 1]->id)
			order[i]->id = order[i - 1]->id + 1;
	free(order);
}

static void format_day(char out[11], int64_t ms)
{
	struct buf text = {0};
	time_format_iso(&text, ms);
	snprintf(out, 11, "%.10s", text.p);
	buf_finish(&text);
}

static void write_conference(const struct writing *w)
{
	struct buf *out = w->out, acronym = {0};
	const struct conference *c = w->c;
	char day[11];
	size_t n_days = 1;
	for (size_t i = 1; i < w->n; i++)
		n_days += w->slots[i].day_ms != w->slots[i - 1].day_ms;
	buf_text(out, "\t<conference>\n");
	element(out, 2, "title", *c->title ? c->title : c->name);
	/* At least four of a-z, 0-9, _ and -. */
	for (const char *p = c->name; *p; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '_')
			buf_char(&acronym, *p);
	while (acronym.n < 4)
		buf_char(&acronym, '_');
	element(out, 2, "acronym", acronym.p);
	buf_finish(&acronym);
	format_day(day, c->start_ms != INT64_MIN ? c->start_ms : w->slots[0].day_ms);
	element(out, 2, "start", day);
	format_day(day, c->end_ms != INT64_MIN ? c->end_ms : w->slots[w->n - 1].day_ms);
	element(out, 2, "end", day);
	buf_format(out, "\t\t<days>%zu</days>\n", n_days);
	if (is_address(c->image))
		element(out, 2, "logo", c->image);
	if (is_address(c->url))
		element(out, 2, "url", c->url);
	element(out, 2, "time_zone_name", "UTC");
	buf_text(out, "\t</conference>\n");
}

static void write_persons(struct buf *out, const struct document *d)
{
	buf_text(out, "\t\t\t\t<persons>\n");
	for (size_t i = 0; i < d->n_credits; i++) {
		const struct document_credit *credit = &d->credits[i];
		const char *name = *credit->name ? credit->name : credit->ref;
		if (!*name)
			continue;
		buf_text(out, "\t\t\t\t\t<person");
		if (is_uuid(credit->ref))
			attribute(out, "guid", credit->ref);
		buf_char(out, '>');
		escape_xml(out, span_of(name));
		buf_text(out, "</person>\n");
	}
	buf_text(out, "\t\t\t\t</persons>\n");
}

static void write_links(struct buf *out, const struct document *d)
{
	buf_text(out, "\t\t\t\t<links>\n");
	for (size_t i = 0; i < d->n_links; i++) {
		buf_text(out, "\t\t\t\t\t<link");
		attribute(out, "href", d->links[i].url);
		buf_char(out, '>');
		escape_xml(out, span_of(d->links[i].label));
		buf_text(out, "</link>\n");
	}
	buf_text(out, "\t\t\t\t</links>\n");
}

static void write_recording(struct buf *out, const struct document *d)
{
	const char *url = "";
	for (size_t i = 0; i < d->n_media && !*url && !d->is_opted_out; i++)
		if (is_address(d->media[i].url))
			url = d->media[i].url;
	buf_text(out, "\t\t\t\t<recording>\n");
	element(out, 5, "license", d->license);
	element(out, 5, "optout", d->is_opted_out ? "true" : "false");
	if (*url)
		element(out, 5, "url", url);
	buf_text(out, "\t\t\t\t</recording>\n");
	if (*url)
		element(out, 4, "video_download_url", url);
}

static void write_event(const struct writing *w, const struct slot *s)
{
	struct buf *out = w->out, date = {0};
	const struct document *d = s->talk;
	int64_t seconds = d->duration_ms / 1000;
	buf_format(out, "\t\t\t<event guid=\"%s\" id=\"%u\">\n", s->guid, s->id);
	time_format_iso(&date, d->published_ms);
	element(out, 4, "date", date.p);
	buf_format(out, "\t\t\t\t<start>%.5s</start>\n", date.p + 11);
	buf_finish(&date);
	if (seconds < 0 || seconds >= 100 * 3600)
		seconds = 0;
	buf_format(out, "\t\t\t\t<duration>%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
	if (seconds % 60)
		buf_format(out, ":%02d", (int)(seconds % 60));
	buf_text(out, "</duration>\n");
	element(out, 4, "room", d->room);
	if (is_address(d->page_url))
		element(out, 4, "url", d->page_url);
	element(out, 4, "title", d->title);
	element(out, 4, "subtitle", d->description);
	element(out, 4, "track", d->track);
	element(out, 4, "type", d->session);
	element(out, 4, "language", d->language);
	element(out, 4, "abstract", "");
	element(out, 4, "description", d->notes);
	if (is_address(d->image))
		element(out, 4, "logo", d->image);
	write_persons(out, d);
	write_links(out, d);
	write_recording(out, d);
	buf_text(out, "\t\t\t</event>\n");
}

static void write_day(const struct writing *w, size_t first, size_t end, int index, int64_t change_ms)
{
	struct buf *out = w->out, start = {0}, stop = {0};
	char day[11];
	format_day(day, w->slots[first].day_ms);
	time_format_iso(&start, w->slots[first].day_ms + change_ms);
	time_format_iso(&stop, w->slots[first].day_ms + change_ms + DAY_MS);
	buf_format(out, "\t<day index=\"%d\" date=\"%s\" start=\"%s\" end=\"%s\">\n", index, day, start.p, stop.p);
	buf_finish(&start);
	buf_finish(&stop);
	for (size_t i = first; i < end; i++) {
		bool opens = i == first || strcmp(w->slots[i].talk->room, w->slots[i - 1].talk->room) != 0;
		bool closes = i + 1 == end || strcmp(w->slots[i].talk->room, w->slots[i + 1].talk->room) != 0;
		if (opens) {
			buf_text(out, "\t\t<room");
			attribute(out, "name", w->slots[i].talk->room);
			buf_text(out, ">\n");
		}
		write_event(w, &w->slots[i]);
		if (closes)
			buf_text(out, "\t\t</room>\n");
	}
	buf_text(out, "\t</day>\n");
}

static int64_t floor_day(int64_t ms)
{
	int64_t rest = ms % DAY_MS;
	return ms - (rest < 0 ? rest + DAY_MS : rest);
}

enum err schedule_write_xml(const struct conference *c, const struct document *const *talks, size_t n_talks,
	const char *version, struct buf *out, size_t *n_left_out)
{
	struct writing w = {.c = c, .slots = n_talks ? mem_new(n_talks, sizeof(struct slot)) : NULL, .out = out};
	int64_t change_ms = 0;
	*n_left_out = 0;
	for (size_t i = 0; i < n_talks; i++)
		if (talks[i]->published_ms != INT64_MIN && talks[i]->published_ms % DAY_MS != 0)
			change_ms = CHANGE_MS;
	for (size_t i = 0; i < n_talks; i++) {
		if (talks[i]->published_ms == INT64_MIN) {
			++*n_left_out;
			continue;
		}
		struct slot *s = &w.slots[w.n++];
		*s = (struct slot){.talk = talks[i], .day_ms = floor_day(talks[i]->published_ms - change_ms)};
		set_guid(s, c);
	}
	if (!w.n) {
		free(w.slots);
		return E_GONE;
	}
	number_slots(&w);
	qsort(w.slots, w.n, sizeof *w.slots, by_programme);
	buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<schedule>\n\t<generator name=\"Carillon\" version=\""
		CARILLON_VERSION "\"/>\n");
	element(out, 1, "version", version);
	write_conference(&w);
	int index = 1;
	for (size_t i = 0, end; i < w.n; i = end) {
		for (end = i + 1; end < w.n && w.slots[end].day_ms == w.slots[i].day_ms;)
			end++;
		write_day(&w, i, end, index++, change_ms);
	}
	buf_text(out, "</schedule>\n");
	free(w.slots);
	return OK;
}

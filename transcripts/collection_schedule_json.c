/* collection_schedule_json.c - a conference's schedule in JSON: version 1 (days, rooms by name), version 2 (flat
 * events, rooms and tracks by reference), one submission of frab's or pretalx's. Live streams' lists are recognised
 * and declined. None of the real exports fits its own schema, so whatever can be read is. Ignored on purpose: what is
 * for the organisers alone (answers, notes, availabilities, e-mail addresses, feedback).
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/collection_schedule.h"
#include "transcripts/lines.h"

static const char event_keys[] = "guid code id url title subtitle slug logo image date start end duration room track "
	"type language abstract description recording_license do_not_record do_not_stream optout persons speakers "
	"participants links attachments answers event_classifiers slot notes internal_notes tags origin public_url origin_url "
	"feedback_url video_download_url recording state $schema resources is_featured assembly additional_data "
	"submission_type submission_type_id content_locale slot_count created pending_state track_id tag_ids";

struct schedule {
	struct json_reading r;
	const cJSON *conference;
	struct conference *record; /* NULL: a submission alone */
	struct span base;
	size_t n_breaks;
};

static const cJSON *conference_of(const cJSON *json)
{
	const cJSON *schedule = json_get(json, "schedule");
	return json_get(schedule ? schedule : json, "conference");
}

/* Flat events may lie in the schedule or in its conference. */
static const cJSON *events_of(const cJSON *json)
{
	const cJSON *schedule = json_get(json, "schedule"), *events = json_get(schedule ? schedule : json, "events");
	return events ? events : json_get(conference_of(json), "events");
}

static bool is_submission(const cJSON *json)
{
	return json_has(json, "title abstract") && (json_get(json, "speakers") || json_get(json, "persons") ||
		json_get(json, "participants")) && (json_get(json, "guid") || json_get(json, "code") || json_get(json, "id"));
}

/* pretalx' list of submissions, a page of it. */
static const cJSON *results_of(const cJSON *json)
{
	const cJSON *results = json_get(json, "results");
	return cJSON_IsArray(results) && is_submission(results->child) ? results : NULL;
}

static int detect(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	const cJSON *conference = conference_of(json);
	if (is_submission(json)) {
		snprintf(reason, room, "an object with 'title', 'abstract' and speakers: one submission");
		return 75;
	}
	if (results_of(json)) {
		snprintf(reason, room, "a list of 'results' with 'title', 'abstract' and speakers: submissions");
		return 75;
	}
	if (!cJSON_IsObject(conference))
		return 0;
	if (cJSON_IsArray(events_of(json)))
		snprintf(reason, room, "a 'conference' with a flat list of 'events': version 2");
	else if (cJSON_IsArray(json_get(conference, "days")))
		snprintf(reason, room, "a 'conference' with 'days' of 'rooms': version 1");
	else
		return 0;
	return 90;
}

/* A text, or one of a text in several languages: the talk's, English, the first. */
static struct span localized(struct schedule *s, const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);
	if (!cJSON_IsObject(item))
		return json_member(&s->r, object, key);
	struct span language = json_string(json_get(object, "language"));
	char *code = span_dup(language);
	const cJSON *found = json_get(item, code);
	if (!found)
		found = json_get(item, "en");
	free(code);
	return lines_trim(json_string(found ? found : item->child));
}

/* What a reference to a room or track stands for: its name, or that of the one with its guid or slug; pretalx has the
 * name in several languages instead. */
static struct span referred(struct schedule *s, const cJSON *object, const char *key, const char *list)
{
	const cJSON *item = json_get(object, key), *one;
	if (!cJSON_IsObject(item))
		return json_member(&s->r, object, key);
	if (!json_get(item, "name") && !json_get(item, "guid") && !json_get(item, "slug"))
		return localized(s, object, key);
	struct span name = lines_trim(json_string(json_get(item, "name"))), guid = json_string(json_get(item, "guid")),
		slug = json_string(json_get(item, "slug"));
	if (name.n)
		return name;
	cJSON_ArrayForEach(one, json_get(s->conference, list))
		if ((guid.n && span_equal(guid, json_string(json_get(one, "guid")))) ||
			(slug.n && span_equal(slug, json_string(json_get(one, "slug")))))
			return lines_trim(json_string(json_get(one, "name")));
	return slug;
}

static void add_persons(struct schedule *s, struct document *d, const cJSON *object, const char *key)
{
	static const char *const names[] = {"public_name", "name", "full_name", "display_name"};
	const cJSON *item;
	cJSON_ArrayForEach(item, json_get(object, key)) {
		struct span name = lines_trim(json_string(item));
		for (size_t i = 0; i < COUNT_OF(names) && !name.n; i++)
			name = lines_trim(json_string(json_get(item, names[i])));
		if (!name.n) {
			json_reading_fault(&s->r, item, "a person without a name was left out");
			continue;
		}
		struct document_credit *credit = document_add_credit(d);
		struct span role = json_string(json_get(item, "role")), ref = json_string(json_get(item, "guid"));
		collection_set_line(&credit->name, name);
		collection_set_slug(&credit->role, role.n ? role : SPAN_LITERAL("speaker"));
		document_set(&credit->ref, ref.n ? ref : json_string(json_get(item, "code")));
	}
}

static void add_links(struct schedule *s, struct document *d, const cJSON *object, const char *key)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, json_get(object, key)) {
		struct span url = cJSON_IsObject(item) ? json_string(json_get(item, "url")) : json_string(item);
		if (!lines_trim(url).n)
			json_reading_fault(&s->r, item, "'%s' has an entry without an address; it was left out", key);
		schedule_add_link(d, s->base, url, json_string(json_get(item, "title")));
	}
}

static void read_duration(struct schedule *s, struct document *d, const cJSON *object)
{
	const cJSON *item = json_get(object, "duration");
	struct buf number = {0};
	int64_t n, end_ms = INT64_MIN;
	struct span text = json_string(item);
	if (json_i64(item, &n)) {
		buf_format(&number, "%lld", (long long)n);
		text = buf_view(&number);
	}
	if (text.n && !schedule_duration(text, &d->duration_ms))
		json_reading_fault(&s->r, item, "'duration' is '%.*s', not HH:MM; it was left out", SPAN_ARG(text));
	struct span end = lines_trim(json_string(json_get(object, "end")));
	if (!d->duration_ms && end.n > 10 && d->published_ms != INT64_MIN && time_parse(end, &end_ms) == OK &&
		end_ms > d->published_ms && end_ms - d->published_ms <= LONGEST_SECONDS * INT64_C(1000))
		d->duration_ms = end_ms - d->published_ms;
	buf_finish(&number);
}

static bool says_yes(const cJSON *item)
{
	struct span text = json_string(item);
	return json_is_true(item) || (cJSON_IsNumber(item) && item->valuedouble != 0) ||
		span_equal_nocase(text, span_of("true")) || span_equal_nocase(text, span_of("yes")) || span_is(text, "1");
}

/* Whether it is a talk that takes or took place; what isn't is told. */
static bool takes_place(struct schedule *s, const cJSON *event)
{
	static const char *const off[] = {"canceled", "cancelled", "withdrawn", "rejected", "deleted", "draft"};
	struct span type = json_string(json_get(event, "type")), state = json_string(json_get(event, "state"));
	if (span_is(type, "BREAK") || span_is(type, "META")) {
		s->n_breaks++;
		return false;
	}
	for (size_t i = 0; i < COUNT_OF(off); i++) {
		if (!span_equal_nocase(state, span_of(off[i])))
			continue;
		json_reading_fault(&s->r, event, "'%.*s' was left out: its state is '%.*s'",
			SPAN_ARG(json_string(json_get(event, "title"))), SPAN_ARG(state));
		return false;
	}
	return true;
}

static void read_event(struct schedule *s, const cJSON *event, const struct schedule_day *day, struct span room)
{
	struct json_reading *r = &s->r;
	if (!cJSON_IsObject(event) || !localized(s, event, "title").n) {
		json_reading_fault(r, event, "an event without a title was left out");
		return;
	}
	if (!takes_place(s, event))
		return;
	struct document *d = collection_add_document(r->c, DOCUMENT_TALK);
	const cJSON *slot = json_get(event, "slot"), *recording = json_get(event, "recording");
	collection_set_line(&d->title, localized(s, event, "title"));
	document_set(&d->conference, s->record ? span_of(s->record->name) : span_of(""));
	json_set_line(r, &d->guid, event, "guid");
	struct span slug = json_member(r, event, "slug");
	collection_set_slug(&d->slug, slug);
	schedule_set_texts(d, localized(s, event, "subtitle"), localized(s, event, "abstract"),
		localized(s, event, "description"));
	struct span own_room = referred(s, event, "room", "rooms");
	collection_set_line(&d->room, own_room.n ? own_room : room.n ? room : referred(s, slot, "room", "rooms"));
	collection_set_line(&d->track, referred(s, event, "track", "tracks"));
	collection_set_line(&d->session, referred(s, event, json_get(event, "type") ? "type" : "submission_type", "types"));
	json_set_language(r, &d->language, event, json_get(event, "language") ? "language" : "content_locale");
	json_set_line(r, &d->license, event, "recording_license");
	d->is_opted_out = says_yes(json_get(event, "do_not_record")) || says_yes(json_get(event, "optout")) ||
		says_yes(json_get(recording, "optout"));
	struct span start = slot ? json_string(json_get(slot, "start")) : json_string(json_get(event, "start"));
	d->published_ms = schedule_start_ms(day, json_string(json_get(event, "date")), start);
	if (d->published_ms == INT64_MIN && (day->date_ms != INT64_MIN || start.n))
		json_reading_fault(r, event, "'%s' has no start that can be read", d->title);
	read_duration(s, d, event);
	const char *const people[] = {"persons", "speakers", "participants"};
	for (size_t i = 0; i < COUNT_OF(people); i++)
		add_persons(s, d, event, people[i]);
	add_links(s, d, event, "links");
	add_links(s, d, event, "attachments");
	json_add_tags(r, d, event, "tags");
	schedule_add_media(d, s->base, json_member(r, event, "video_download_url"));
	schedule_add_media(d, s->base, json_string(json_get(recording, "url")));
	struct span page = json_member(r, event, json_member(r, event, "public_url").n ? "public_url" : "url");
	char *url = schedule_url(s->base, page);
	document_set(&d->page_url, span_of(url));
	free(url);
	const cJSON *logo = json_get(event, "logo");
	url = schedule_url(s->base, json_string(cJSON_IsObject(logo) ? json_get(logo, "url") : logo));
	document_set(&d->image, span_of(url));
	free(url);
	struct buf id = {0};
	int64_t n;
	if (json_i64(json_get(event, "id"), &n))
		buf_format(&id, "%lld", (long long)n);
	schedule_conclude(d, json_string(json_get(event, "code")), id.n ? buf_view(&id) : json_string(json_get(event, "id")),
		&r->slugs);
	buf_finish(&id);
	json_report_unknown(r, event, event_keys);
}

static void read_conference(struct schedule *s, const cJSON *schedule)
{
	struct json_reading *r = &s->r;
	struct conference *c = s->record;
	json_set_line(r, &c->title, s->conference, "title");
	struct span acronym = json_member(r, s->conference, "acronym");
	collection_set_slug(&c->name, acronym.n ? acronym : span_of(c->title));
	if (!*c->name)
		json_reading_fault(r, s->conference, "the conference has neither 'acronym' nor 'title'");
	conference_set_series(c);
	collection_set_text(&c->description, localized(s, s->conference, "description"));
	json_set_time(r, &c->start_ms, s->conference, "start");
	json_set_time(r, &c->end_ms, s->conference, "end");
	s->base = json_string(json_get(schedule, "base_url"));
	if (!s->base.n)
		s->base = json_string(json_get(s->conference, "base_url"));
	struct span url = json_member(r, s->conference, "url");
	document_set(&c->url, url.n ? url : s->base);
	const cJSON *logo = json_get(s->conference, "logo");
	char *image = schedule_url(s->base, json_string(cJSON_IsObject(logo) ? json_get(logo, "url") : logo));
	document_set(&c->image, span_of(image));
	free(image);
}

static void read_days(struct schedule *s)
{
	const cJSON *day, *room, *event;
	cJSON_ArrayForEach(day, json_get(s->conference, "days")) {
		struct schedule_day d;
		schedule_day_init(&d, json_string(json_get(day, "date")), json_string(json_get(day, "day_start")),
			json_string(json_get(day, "day_end")), json_string(json_get(s->conference, "day_change")));
		const cJSON *rooms = json_get(day, "rooms");
		if (!rooms)
			json_reading_fault(&s->r, day, "a day has no 'rooms'; it was left out");
		/* A list has no names; its events say themselves where they are. */
		cJSON_ArrayForEach(room, rooms)
			cJSON_ArrayForEach(event, room)
				read_event(s, event, &d, span_of(room->string));
	}
}

static void read(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct schedule s = {.r = {.c = c, .path = path, .text = text, .root = json, .faults = faults}};
	struct schedule_day none;
	schedule_day_init(&none, span_of(""), span_of(""), span_of(""), span_of(""));
	s.conference = conference_of(json);
	const cJSON *results = results_of(json), *submission;
	cJSON_ArrayForEach(submission, results)
		read_event(&s, submission, &none, span_of(""));
	if (!s.conference) {
		if (!results)
			read_event(&s, json, &none, span_of(""));
		json_reading_finish(&s.r);
		return;
	}
	const cJSON *schedule = json_get(json, "schedule"), *events = events_of(json), *event;
	s.record = collection_add_conference(c);
	read_conference(&s, schedule ? schedule : json);
	if (cJSON_IsArray(events))
		cJSON_ArrayForEach(event, events)
			read_event(&s, event, &none, span_of(""));
	else
		read_days(&s);
	if (s.n_breaks) {
		struct buf reason = {0};
		buf_format(&reason, "%s; %zu breaks were left out", c->reason, s.n_breaks);
		document_set(&c->reason, buf_view(&reason));
		buf_finish(&reason);
	}
	json_reading_finish(&s.r);
}

static int detect_streams(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	const cJSON *first = cJSON_IsArray(json) ? json->child : NULL;
	if (json_has(first, "groups conference") || json_has(first, "groups slug"))
		snprintf(reason, room, "a list of conferences with 'groups' of rooms and streams");
	else if (json_has(first, "playlist guid room"))
		snprintf(reason, room, "a list of recordings of streams, each with a 'playlist'");
	else
		return 0;
	return 80;
}

static void read_streams(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	(void)path, (void)text, (void)json, (void)faults;
	c->decline = "it tells what is on the air, which is over soon; import the schedule, and the recordings when they are "
		"out";
}

const struct collection_dialect collection_schedule_json = {"a conference's schedule (JSON)", "schedule-json", detect,
	read};
const struct collection_dialect collection_schedule_streams = {"voctoweb's live streams", "voctoweb-streams",
	detect_streams, read_streams};

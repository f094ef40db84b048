/* collection_schedule_xml.c - a conference's schedule in XML, as pentabarf, frab, pretalx and the hub write it; old
 * files too, without dates, versions or UUIDs. Ignored on purpose: colours, slot lengths, feedback addresses, what is
 * for the crew alone.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transcripts/collection_schedule.h"
#include "transcripts/collection_xml.h"

static int detect(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path;
	struct xml_root root;
	if (json)
		return 0;
	xml_find_root(text, &root);
	if (!span_equal_nocase(span_of(root.name), span_of("schedule")))
		return 0;
	snprintf(reason, room, "XML whose first element is <schedule>");
	return 85;
}

struct schedule {
	struct xml_reading r;
	struct conference *record;
	char *base, *change;
};

static void set_time(struct schedule *s, int64_t *ms, const xmlNode *node)
{
	char *text = xml_content(node);
	if (*text && time_parse(span_of(text), ms) != OK)
		xml_reading_fault(&s->r, node, "'%s' is no date; write YYYY-MM-DD", text);
	free(text);
}

static void read_conference(struct schedule *s)
{
	const xmlNode *node = xml_child(s->r.tree.root, "conference");
	struct conference *c = s->record;
	xml_set_line(&c->title, xml_child(node, "title"));
	char *acronym = xml_content(xml_child(node, "acronym"));
	/* Old ones have neither; the file's folder says what it is then. */
	collection_set_slug(&c->name, *acronym ? span_of(acronym) : *c->title ? span_of(c->title) : path_folder(s->r.path, 1));
	free(acronym);
	if (!node || !*c->name)
		xml_reading_fault(&s->r, node ? node : s->r.tree.root, "the schedule doesn't say which conference it is of");
	conference_set_series(c);
	set_time(s, &c->start_ms, xml_child(node, "start"));
	set_time(s, &c->end_ms, xml_child(node, "end"));
	xml_set_line(&c->place, xml_child(node, "venue"));
	xml_set_line(&c->image, xml_child(node, "logo"));
	s->base = xml_content(xml_child(node, "base_url"));
	s->change = xml_content(xml_child(node, "day_change"));
	document_set(&c->url, span_of(s->base));
	xml_set_line(&c->url, xml_child(node, "url"));
}

static bool says_yes(const char *text)
{
	return span_equal_nocase(span_of(text), span_of("true")) || span_equal_nocase(span_of(text), span_of("yes")) ||
		strcmp(text, "1") == 0;
}

static bool child_says_yes(const xmlNode *node, const char *name)
{
	char *text = xml_content(xml_child(node, name));
	bool yes = says_yes(text);
	free(text);
	return yes;
}

static void add_persons(struct schedule *s, struct document *d, const xmlNode *event)
{
	const xmlNode *persons = xml_child(event, "persons");
	for (const xmlNode *node = xml_child(persons, "person"); node; node = xml_next(node, "person")) {
		char *name = xml_content(node), *guid = xml_attribute(node, "guid");
		if (*name) {
			struct document_credit *credit = document_add_credit(d);
			collection_set_line(&credit->name, span_of(name));
			document_set(&credit->role, SPAN_LITERAL("speaker"));
			document_set(&credit->ref, span_of(guid));
			credit->line = xml_line(node);
		} else {
			xml_reading_fault(&s->r, node, "a person without a name was left out");
		}
		free(name);
		free(guid);
	}
}

static void add_links(struct schedule *s, struct document *d, const xmlNode *event, const char *list, const char *one)
{
	const xmlNode *links = xml_child(event, list);
	for (const xmlNode *node = xml_child(links, one); node; node = xml_next(node, one)) {
		char *url = xml_attribute(node, "href"), *label = xml_content(node);
		bool is_url = span_search(span_of(label), SPAN_LITERAL("://"), 0) < strlen(label);
		if (*url || is_url)
			schedule_add_link(d, span_of(s->base), span_of(*url ? url : label), *url ? span_of(label) : span_of(""));
		else
			xml_reading_fault(&s->r, node, "a link without an address was left out");
		free(url);
		free(label);
	}
}

static void add_media(struct schedule *s, struct document *d, const xmlNode *event)
{
	const xmlNode *recording = xml_child(event, "recording");
	d->is_opted_out = child_says_yes(recording, "optout") || child_says_yes(event, "do_not_record");
	char *attribute = xml_attribute(recording, "optout");
	d->is_opted_out |= says_yes(attribute);
	free(attribute);
	xml_set_line(&d->license, xml_child(recording, "license"));
	const xmlNode *const places[] = {xml_child(event, "video_download_url"), xml_child(recording, "url"),
		xml_child(recording, "link")};
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		char *url = xml_content(places[i]);
		schedule_add_media(d, span_of(s->base), span_of(url));
		free(url);
	}
}

static void set_times(struct schedule *s, struct document *d, const xmlNode *event, const struct schedule_day *day)
{
	char *date = xml_content(xml_child(event, "date")), *start = xml_content(xml_child(event, "start")),
		*duration = xml_content(xml_child(event, "duration"));
	d->published_ms = schedule_start_ms(day, span_of(date), span_of(start));
	if (d->published_ms == INT64_MIN)
		xml_reading_fault(&s->r, event, "'%s' has no start that can be read", d->title);
	if (*duration && !schedule_duration(span_of(duration), &d->duration_ms))
		xml_reading_fault(&s->r, xml_child(event, "duration"), "'%s' is no duration in hours and minutes; it was left out",
			duration);
	free(date);
	free(start);
	free(duration);
}

static void set_url_field(struct schedule *s, char **field, const xmlNode *node)
{
	char *text = xml_content(node), *url = schedule_url(span_of(s->base), span_of(text));
	document_set(field, span_of(url));
	free(text);
	free(url);
}

static void read_event(struct schedule *s, const xmlNode *event, const struct schedule_day *day, const char *room)
{
	struct document *d = collection_add_document(s->r.c, DOCUMENT_TALK);
	char *guid = xml_attribute(event, "guid"), *code = xml_attribute(event, "code"), *id = xml_attribute(event, "id");
	xml_set_line(&d->title, xml_child(event, "title"));
	if (!*d->title)
		xml_reading_fault(&s->r, event, "a talk has no title");
	document_set(&d->conference, span_of(s->record->name));
	document_set(&d->guid, span_of(guid));
	char *slug = xml_content(xml_child(event, "slug"));
	collection_set_slug(&d->slug, span_of(slug));
	free(slug);
	document_set(&d->room, span_of(room));
	xml_set_line(&d->room, xml_child(event, "room"));
	xml_set_line(&d->track, xml_child(event, "track"));
	xml_set_line(&d->session, xml_child(event, "type"));
	char *subtitle = xml_content(xml_child(event, "subtitle")), *abstract = xml_content(xml_child(event, "abstract")),
		*description = xml_content(xml_child(event, "description"));
	text_dedent(abstract);
	text_dedent(description);
	schedule_set_texts(d, span_of(subtitle), span_of(abstract), span_of(description));
	free(subtitle);
	free(abstract);
	free(description);
	char *language = xml_content(xml_child(event, "language"));
	struct buf tag = {0};
	if (*language && !language_tag(span_of(language), &tag)) {
		xml_reading_fault(&s->r, xml_child(event, "language"), "'%s' is no language code; it was kept as it is", language);
		buf_text(&tag, language);
	}
	document_set(&d->language, buf_view(&tag));
	buf_finish(&tag);
	free(language);
	set_times(s, d, event, day);
	add_persons(s, d, event);
	add_links(s, d, event, "links", "link");
	add_links(s, d, event, "attachments", "attachment");
	add_media(s, d, event);
	set_url_field(s, &d->page_url, xml_child(event, "url"));
	set_url_field(s, &d->image, xml_child(event, "logo"));
	schedule_conclude(d, span_of(code), span_of(id), &s->r.slugs);
	free(guid);
	free(code);
	free(id);
}

static void read_day(struct schedule *s, const xmlNode *node)
{
	struct schedule_day day;
	char *date = xml_attribute(node, "date"), *start = xml_attribute(node, "start"), *end = xml_attribute(node, "end");
	schedule_day_init(&day, span_of(date), span_of(start), span_of(end), span_of(s->change));
	free(date);
	free(start);
	free(end);
	for (const xmlNode *room = xml_child(node, "room"); room; room = xml_next(room, "room")) {
		char *name = xml_attribute(room, "name");
		for (const xmlNode *event = xml_child(room, "event"); event; event = xml_next(event, "event"))
			read_event(s, event, &day, name);
		free(name);
	}
	/* Some have no rooms in between. */
	for (const xmlNode *event = xml_child(node, "event"); event; event = xml_next(event, "event"))
		read_event(s, event, &day, "");
}

static void read(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	(void)json;
	struct schedule s = {.base = NULL};
	if (xml_reading_begin(&s.r, c, path, text, faults)) {
		s.record = collection_add_conference(c);
		read_conference(&s);
		for (const xmlNode *day = xml_child(s.r.tree.root, "day"); day; day = xml_next(day, "day"))
			read_day(&s, day);
		if (!c->n_documents)
			xml_reading_fault(&s.r, s.r.tree.root, "the schedule has no talks");
	}
	free(s.base);
	free(s.change);
	xml_reading_finish(&s.r);
}

const struct collection_dialect collection_schedule_xml = {"a conference's schedule (XML)", "schedule-xml", detect,
	read};

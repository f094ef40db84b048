/* collection_codeandtalk.c - Code And Talk's records: talks (videos/EVENT/NAME.json, its longer description in
 * NAME.html), a show's episodes (podcasts/SHOW.json), people, events, series of events. People are named by keys into
 * people/: credits carry them as ref, without a name. Ignored on purpose: what was counted on YouTube once (views,
 * likes, favorite), the site's own bookkeeping (featured, blasters, skipped, comment, private_comments, cfp_end,
 * diversitytickets...), and accounts that aren't a person's page (gplus).
 * Source: publishing.md 3.8.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/collection_parts.h"
#include "transcripts/lines.h"

static void begin(struct json_reading *r, struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	*r = (struct json_reading){.c = c, .path = path, .text = text, .root = json, .faults = faults};
}

static void add_refs(struct json_reading *r, struct document *d, const cJSON *object, const char *key, const char *role)
{
	const cJSON *list = json_get(object, key), *item;
	if (list && !cJSON_IsArray(list) && !cJSON_IsNull(list))
		json_reading_fault(r, list, "'%s' is no list; it was left out", key);
	if (!cJSON_IsArray(list))
		return;
	cJSON_ArrayForEach(item, list) {
		struct span ref = lines_trim(json_string(item));
		if (!ref.n) {
			json_reading_fault(r, item, "'%s' has an entry without a name; it was left out", key);
			continue;
		}
		struct document_credit *credit = document_add_credit(d);
		document_set(&credit->ref, ref);
		document_set(&credit->role, span_of(role));
	}
}

static void read_length(struct json_reading *r, struct document *d, const cJSON *object)
{
	struct span value = json_member(r, object, "length");
	if (value.n && !duration_read(value, &d->duration_ms))
		json_reading_fault(r, json_get(object, "length"), "'length' is '%.*s', not H:MM:SS or M:SS; it was left out",
			SPAN_ARG(value));
	if (d->duration_ms > LONGEST_SECONDS * INT64_C(1000)) {
		json_reading_fault(r, json_get(object, "length"), "'length' is more than a day; it was left out");
		d->duration_ms = 0;
	}
}

static void add_link(struct json_reading *r, struct document *d, const cJSON *object, const char *key,
	const char *label)
{
	struct span url = json_member(r, object, key);
	if (!url.n)
		return;
	struct document_link *link = document_add_link(d);
	document_set(&link->url, url);
	document_set(&link->label, span_of(label));
}

/* A talk */

static int detect_talk(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)text;
	const cJSON *videos = json_get(json, "videos");
	if (!json_has(json, "title videos speakers") || !cJSON_IsArray(videos))
		return 0;
	if (videos->child ? !json_get(videos->child, "code") : !json_get(json, "length"))
		return 0;
	bool removed = !span_is(file_ending(path), "json") && *path;
	snprintf(reason, room, "an object with 'title', 'speakers' and 'videos' of codes%s", removed ?
		", in a file that was renamed" : "");
	return 90;
}

static void add_video(struct json_reading *r, struct document *d, const cJSON *video)
{
	struct span code = json_member(r, video, "code"), type = json_member(r, video, "type");
	if (!code.n) {
		json_reading_fault(r, video, "a video without a code was left out");
		return;
	}
	struct buf url = {0};
	if (span_is(type, "youtube") || span_is(type, "vimeo")) {
		buf_text(&url, span_is(type, "vimeo") ? "https://vimeo.com/" : "https://www.youtube.com/watch?v=");
		/* Some wrote the address where its code belongs. */
		if (span_search(code, SPAN_LITERAL("//"), 0) < code.n)
			buf_clear(&url);
	}
	buf_span(&url, code);
	struct document_media *media = document_add_media(d);
	document_set(&media->url, buf_view(&url));
	document_set(&media->type, media_type_of(type));
	media->duration_ms = d->duration_ms;
	if (!*d->youtube)
		document_set(&d->youtube, youtube_id(buf_view(&url)));
	if (span_is(type, "youtube") && !youtube_id(buf_view(&url)).n)
		json_reading_fault(r, video, "'%.*s' is no YouTube code; it was kept as it is", SPAN_ARG(code));
	buf_finish(&url);
	json_report_unknown(r, video, "code type");
}

static void read_talk(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r;
	if (*path && !span_is(file_ending(path), "json")) {
		c->decline = "its owner renamed it so that it isn't read; name it .json to have it back";
		return;
	}
	begin(&r, c, path, text, json, faults);
	struct document *d = collection_add_document(c, DOCUMENT_TALK);
	collection_set_slug(&d->conference, path_folder(path, 1));
	json_set_line(&r, &d->title, json, "title");
	if (!*d->title) {
		json_reading_fault(&r, json_get(json, "title"), "the talk has no title; its file's name stands for it");
		collection_set_line(&d->title, file_stem(path));
	}
	collection_set_slug(&d->slug, file_stem(path));
	if (!*d->slug)
		collection_set_slug(&d->slug, span_of(d->title));
	json_set_text(&r, &d->notes, json, "description");
	json_set_time(&r, &d->published_ms, json, "recorded");
	json_set_line(&r, &d->image, json, "thumbnail_url");
	json_set_language(&r, &d->language, json, "language");
	json_add_tags(&r, d, json, "tags");
	add_refs(&r, d, json, "speakers", "speaker");
	read_length(&r, d, json);
	/* "abstract" is where the programme had it. */
	add_link(&r, d, json, "abstract", "Abstract");
	add_link(&r, d, json, "slides", "Slides");
	const cJSON *video;
	cJSON_ArrayForEach(video, json_get(json, "videos"))
		add_video(&r, d, video);
	if (!d->n_media)
		json_reading_fault(&r, json_get(json, "videos"), "the talk has no recording");
	json_report_unknown(&r, json, "title videos speakers description recorded thumbnail_url language tags length abstract "
		"slides views likes favorite featured blasters skipped comment");
	json_reading_finish(&r);
}

/* A show's episodes */

static bool is_episode(const cJSON *item)
{
	return json_has(item, "title permalink") || (json_has(item, "title date") && (json_has(item, "hosts") ||
		json_has(item, "guests")));
}

static int detect_episodes(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)text;
	if (!cJSON_IsArray(json))
		return 0;
	if (!json->child) {
		if (!span_is(path_folder(path, 1), "podcasts"))
			return 0;
		snprintf(reason, room, "an empty list in the folder podcasts");
		return 60;
	}
	int n = 0, looked = 0;
	const cJSON *item;
	cJSON_ArrayForEach(item, json) {
		n += is_episode(item);
		if (++looked == 20)
			break;
	}
	if (n * 2 <= looked)
		return 0;
	snprintf(reason, room, "a list of objects with 'title', 'permalink' and 'hosts' or 'guests'");
	return 85;
}

/* "12", maybe as a number; what isn't a whole number above zero is reported. */
static void read_number(struct json_reading *r, struct document *d, const cJSON *object)
{
	const cJSON *item = json_get(object, "ep");
	int64_t n = 0;
	if (cJSON_IsNumber(item) ? json_i64(item, &n) && n >= 0 : span_to_i64(lines_trim(json_string(item)), &n) && n >= 0)
		d->episode = n;
	else if (!item || cJSON_IsNull(item))
		json_reading_fault(r, object, "'%s' has no number ('ep')", d->title);
	else if (json_string(item).n)
		json_reading_fault(r, item, "'ep' is '%.*s', not a number; it was left out", SPAN_ARG(json_string(item)));
	else
		json_reading_fault(r, item, "'ep' is not a number; it was left out");
}

enum { NUMBERS = 65536 };

/* seen: a bit for each number that an earlier episode had. */
static void report_repeated(struct json_reading *r, const cJSON *object, unsigned char seen[NUMBERS / 8])
{
	const struct document *d = r->c->documents[r->c->n_documents - 1];
	if (d->episode <= 0 || d->episode >= NUMBERS)
		return;
	unsigned char *byte = &seen[d->episode / 8], bit = (unsigned char)(1u << d->episode % 8);
	if (*byte & bit) {
		size_t k = 0;
		while (r->c->documents[k]->episode != d->episode)
			k++;
		json_reading_fault(r, json_get(object, "ep"), "number %lld is '%s' too; one of the two is wrong",
			(long long)d->episode, r->c->documents[k]->title);
	}
	*byte |= bit;
}

static void read_episode(struct json_reading *r, const cJSON *object, unsigned char seen[NUMBERS / 8])
{
	if (!cJSON_IsObject(object)) {
		json_reading_fault(r, object, "an entry of the list isn't an episode; it was left out");
		return;
	}
	struct document *d = collection_add_document(r->c, DOCUMENT_EPISODE);
	collection_set_slug(&d->show, file_stem(r->path));
	json_set_line(r, &d->title, object, "title");
	if (!*d->title)
		json_reading_fault(r, object, "an episode has no title");
	read_number(r, d, object);
	json_set_line(r, &d->page_url, object, "permalink");
	document_set(&d->guid, span_of(d->page_url));
	json_set_time(r, &d->published_ms, object, "date");
	json_set_text(r, &d->notes, object, "description");
	json_add_tags(r, d, object, "keywords");
	json_add_tags(r, d, object, "tags");
	add_refs(r, d, object, "hosts", "host");
	add_refs(r, d, object, "guests", "guest");
	read_length(r, d, object);
	collection_set_slug(&d->slug, span_of(d->title));
	slug_set_take(&r->slugs, d);
	report_repeated(r, object, seen);
	json_report_unknown(r, object, "ep title permalink date description keywords tags hosts guests length comment");
}

static void read_episodes(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r;
	begin(&r, c, path, text, json, faults);
	const cJSON *item;
	unsigned char seen[NUMBERS / 8] = {0};
	cJSON_ArrayForEach(item, json)
		read_episode(&r, item, seen);
	if (!json->child)
		json_reading_fault(&r, json, "the list of episodes is empty");
	json_reading_finish(&r);
}

/* A person */

static int detect_person(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)text;
	static const char *const signs[] = {"twitter", "github", "home", "country", "nickname", "gplus", "topics", "linkedin"};
	/* One of them is a list of one. */
	if (cJSON_IsArray(json) && span_is(path_folder(path, 1), "people") && json_has(json->child, "name")) {
		snprintf(reason, room, "a list of people in the folder people");
		return 60;
	}
	if (!cJSON_IsString(json_get(json, "name")) || json_get(json, "event_start") || json_get(json, "feed") ||
		json_get(json, "title"))
		return 0;
	bool in_people = span_is(path_folder(path, 1), "people");
	int n = 0;
	for (size_t i = 0; i < COUNT_OF(signs); i++)
		n += json_get(json, signs[i]) != NULL;
	if (!in_people && n < 2)
		return 0;
	snprintf(reason, room, in_people ? "an object with a 'name' in the folder people" : "a 'name' with accounts");
	return in_people ? 80 : 60;
}

static void append_place(struct buf *place, struct span part)
{
	/* "Online, Online" is one place. */
	if (!part.n || span_equal(part, buf_view(place)))
		return;
	if (place->n)
		buf_text(place, ", ");
	buf_span(place, part);
}

static void read_one_person(struct json_reading *r, const cJSON *json)
{
	struct person_record *p = collection_add_person(r->c);
	document_set(&p->ref, file_stem(r->path));
	json_set_line(r, &p->name, json, "name");
	if (!*p->name)
		json_reading_fault(r, json, "the person has no name");
	json_set_text(r, &p->about, json, "description");
	/* A page of his own, else an account that has one. */
	static const struct { const char *key, *site; } pages[] = {{"home", ""}, {"github", "https://github.com/"},
		{"linkedin", ""}, {"twitter", "https://twitter.com/"}};
	for (size_t i = 0; i < COUNT_OF(pages); i++) {
		struct span value = json_member(r, json, pages[i].key);
		if (!value.n || *p->url)
			continue;
		struct buf url = {0};
		bool whole = span_starts(value, "http:") || span_starts(value, "https:") || !*pages[i].site;
		buf_format(&url, "%s%.*s", whole ? "" : pages[i].site, SPAN_ARG(value));
		document_set(&p->url, buf_view(&url));
		buf_finish(&url);
	}
	struct buf place = {0};
	append_place(&place, json_member(r, json, "city"));
	append_place(&place, json_member(r, json, "state"));
	append_place(&place, json_member(r, json, "country"));
	collection_set_line(&p->place, buf_view(&place));
	buf_finish(&place);
	json_report_unknown(r, json, "name description home github linkedin twitter city state country nickname gplus topics "
		"slides comment facebook youtube");
}

static void read_person(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r;
	begin(&r, c, path, text, json, faults);
	if (cJSON_IsArray(json)) {
		json_reading_fault(&r, json, "a file of people/ is one object, this is a list; its first entry was read");
		json = json->child;
	}
	read_one_person(&r, json);
	json_reading_finish(&r);
}

/* An event, which is a conference; some of them lie among the podcasts */

static int detect_event(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	if (!json_has(json, "name event_start"))
		return 0;
	snprintf(reason, room, "an object with 'name' and 'event_start'");
	return 90;
}

static void read_event(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r;
	if (!json_member(&(struct json_reading){.c = c, .text = text, .root = json}, json, "name").n) {
		c->n_faults = 0;
		c->decline = "it is a form that nobody has filled in: 'name' is empty";
		return;
	}
	begin(&r, c, path, text, json, faults);
	struct conference *event = collection_add_conference(c);
	collection_set_slug(&event->name, file_stem(path));
	json_set_line(&r, &event->title, json, "name");
	if (!*event->name)
		collection_set_slug(&event->name, span_of(event->title));
	conference_set_series(event);
	json_set_time(&r, &event->start_ms, json, "event_start");
	json_set_time(&r, &event->end_ms, json, "event_end");
	if (event->start_ms != INT64_MIN && event->end_ms != INT64_MIN && event->end_ms < event->start_ms)
		json_reading_fault(&r, json_get(json, "event_end"), "the event ends before it starts");
	json_set_line(&r, &event->url, json, "website");
	json_set_text(&r, &event->description, json, "description");
	const cJSON *languages = json_get(json, "languages"), *location = json_get(json, "location");
	/* More than one: nobody says which a talk is in. */
	struct buf tag = {0};
	if (cJSON_GetArraySize(languages) == 1 && language_tag(json_string(languages->child), &tag))
		document_set(&event->language, buf_view(&tag));
	buf_finish(&tag);
	struct buf place = {0};
	if (cJSON_IsObject(location)) {
		append_place(&place, json_member(&r, location, "city"));
		append_place(&place, json_member(&r, location, "state"));
		append_place(&place, json_member(&r, location, "country"));
	} else {
		append_place(&place, json_member(&r, json, "location"));
	}
	collection_set_line(&event->place, buf_view(&place));
	buf_finish(&place);
	json_report_unknown(&r, json, "name event_start event_end website description languages location tags twitter "
		"facebook youtube vimeo videos_url hashtag code_of_conduct accessibility cfp_end comment private_comments "
		"diversitytickets diversitytickets_text diversitytickets_url");
	json_reading_finish(&r);
}

/* Series, and lists that hold nothing to import */

static bool is_series(const cJSON *item)
{
	return cJSON_IsObject(item) && cJSON_IsString(json_get(item, "name")) && json_has(item, "description comment");
}

static int detect_series(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	if (!cJSON_IsObject(json) || !is_series(json->child))
		return 0;
	snprintf(reason, room, "an object of series, each with 'name', 'description' and 'comment'");
	return 80;
}

static void read_series(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r;
	begin(&r, c, path, text, json, faults);
	const cJSON *item;
	cJSON_ArrayForEach(item, json) {
		if (!cJSON_IsObject(item)) {
			json_reading_fault(&r, item, "'%s' is no series; it was left out", item->string);
			continue;
		}
		struct conference *series = collection_add_conference(c);
		collection_set_slug(&series->name, span_of(item->string));
		document_set(&series->series, span_of(series->name));
		json_set_line(&r, &series->title, item, "name");
		json_set_text(&r, &series->description, item, "description");
		json_set_line(&r, &series->url, item, "url");
		json_report_unknown(&r, item, "name description url comment twitter mailing_list");
	}
	json_reading_finish(&r);
}

enum list_kind { LIST_NONE, LIST_PLACES, LIST_TAGS, LIST_SOURCES };

static enum list_kind list_kind(const cJSON *json)
{
	const cJSON *first = cJSON_IsObject(json) || cJSON_IsArray(json) ? json->child : NULL;
	if (cJSON_IsArray(json))
		return json_has(first, "name title url feed") ? LIST_SOURCES : LIST_NONE;
	if (json_has(first, "_area_"))
		return LIST_PLACES;
	return json_has(first, "name description url") && !json_get(first, "comment") ? LIST_TAGS : LIST_NONE;
}

static int detect_list(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	(void)path, (void)text;
	static const char *const names[] = {"", "countries with their towns", "tags with their descriptions",
		"podcasts with their addresses"};
	enum list_kind kind = list_kind(json);
	if (kind == LIST_NONE)
		return 0;
	snprintf(reason, room, "a list of %s", names[kind]);
	return 75;
}

/* A podcast of somebody else: where its feed is can be subscribed to. */
static void read_list(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	struct json_reading r;
	enum list_kind kind = list_kind(json);
	if (kind == LIST_PLACES)
		c->decline = "it holds no talks, episodes or people; events say themselves where they are";
	else if (kind == LIST_TAGS)
		c->decline = "it holds no talks, episodes or people; talks and episodes carry their tags themselves";
	if (kind != LIST_SOURCES)
		return;
	begin(&r, c, path, text, json, faults);
	const cJSON *item;
	int n_without = 0;
	cJSON_ArrayForEach(item, json) {
		struct span feed = json_member(&r, item, "feed");
		if (!feed.n) {
			n_without++;
			continue;
		}
		struct subscription *s = collection_add_subscription(c);
		document_set(&s->feed_url, feed);
		json_set_line(&r, &s->title, item, "title");
		json_set_line(&r, &s->page_url, item, "url");
	}
	if (n_without)
		json_reading_fault(&r, json, "%d podcasts have no feed and were left out", n_without);
	json_reading_finish(&r);
}

/* Descriptions beside the talks */

static int detect_html(const char *path, struct span text, const cJSON *json, char *reason, size_t room)
{
	struct span ending = file_ending(path), start = span_trim(text);
	if (json || !span_is(path_folder(path, 2), "videos") || !(span_is(ending, "html") || span_is(ending, "hml")))
		return 0;
	if (start.n >= 9 && span_equal_nocase(span_make(start.p, 9), span_of("<!doctype")))
		return 0;
	snprintf(reason, room, "a piece of HTML in the folder of a conference's talks");
	return 60;
}

static void read_html(struct collection *c, const char *path, struct span text, const cJSON *json,
	const struct dialect_faults *faults)
{
	(void)text, (void)json, (void)faults;
	c->decline = span_is(file_ending(path), "html") ?
		"it is the description of the talk of the same name (.json), with which it is read" :
		"the description of a talk is read when its name ends in .html; rename it";
}

char *collection_sibling(const char *path)
{
	if (!span_is(path_folder(path, 2), "videos") || !span_is(file_ending(path), "json"))
		return NULL;
	struct buf sibling = {0};
	buf_format(&sibling, "%.*shtml", (int)(strlen(path) - strlen("json")), path);
	return buf_take(&sibling);
}

void collection_take_sibling(struct collection *c, struct span html)
{
	if (c->n_documents != 1)
		return;
	collection_append_text(&c->documents[0]->notes, html);
	collection_draw_chapters(c->documents[0]);
}

const struct collection_dialect collection_codeandtalk_talk = {"a Code And Talk talk", "codeandtalk-talk",
	detect_talk, read_talk};
const struct collection_dialect collection_codeandtalk_episodes = {"Code And Talk's list of a show's episodes",
	"codeandtalk-episodes", detect_episodes, read_episodes};
const struct collection_dialect collection_codeandtalk_person = {"a Code And Talk person", "codeandtalk-person",
	detect_person, read_person};
const struct collection_dialect collection_codeandtalk_event = {"a Code And Talk event", "codeandtalk-event",
	detect_event, read_event};
const struct collection_dialect collection_codeandtalk_series = {"Code And Talk's series of events",
	"codeandtalk-series", detect_series, read_series};
const struct collection_dialect collection_codeandtalk_list = {"a list of Code And Talk's", "codeandtalk-list",
	detect_list, read_list};
const struct collection_dialect collection_codeandtalk_html = {"a talk's description", "codeandtalk-description",
	detect_html, read_html};

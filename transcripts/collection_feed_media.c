/* collection_feed_media.c - what a feed's item says of recordings, chapters, people, transcripts.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/chapters.h"
#include "transcripts/collection_feed.h"

struct document_media *feed_add_media(struct document *d, const char *url, const char *type, int64_t bytes)
{
	if (!*url)
		return NULL;
	for (size_t i = 0; i < d->n_media; i++)
		if (strcmp(d->media[i].url, url) == 0)
			return NULL;
	struct document_media *media = document_add_media(d);
	document_set(&media->url, span_of(url));
	document_set(&media->type, span_of(type));
	media->bytes = bytes;
	return media;
}

/* A whole number above zero; 0 for anything else. */
static int64_t attribute_number(const xmlNode *node, const char *name)
{
	char *text = xml_attribute(node, name);
	int64_t n = 0;
	if (!span_to_i64(span_of(text), &n) || n < 0)
		n = 0;
	free(text);
	return n;
}

static int64_t attribute_seconds(const xmlNode *node, const char *name)
{
	char *text = xml_attribute(node, name);
	int64_t ms = -1;
	if (!duration_read(span_of(text), &ms))
		ms = -1;
	free(text);
	return ms;
}

static int sane_height(int64_t n)
{
	return n > 0 && n < 100000 ? (int)n : 0;
}

/* What media:content said of the same recording before is completed. False: there is nothing to add. */
static bool complete_media(struct document *d, const char *url, const char *type, int64_t bytes)
{
	bool adds = false;
	for (size_t i = 0; i < d->n_media; i++) {
		struct document_media *m = &d->media[i];
		if (strcmp(m->url, url) != 0)
			continue;
		adds = (!m->bytes && bytes) || (!*m->type && *type);
		m->bytes = m->bytes ? m->bytes : bytes;
		if (!*m->type)
			document_set(&m->type, span_of(type));
	}
	return adds;
}

/* enclosure, atom:link rel=enclosure: url (or href), type, length. */
static void read_enclosure(struct feed_reading *r, struct document *d, const xmlNode *node, const char *address)
{
	char *url = mem_strdup(""), *type = xml_attribute(node, "type"), *length = xml_attribute(node, "length");
	int64_t bytes = 0;
	xml_set_url_attribute(&url, node, address);
	if (*length && (!span_to_i64(span_trim(span_of(length)), &bytes) || bytes < 0)) {
		xml_reading_fault(&r->x, node, "the enclosure's length is '%s', not a number of bytes; it was left out", length);
		bytes = 0;
	}
	if (!*url)
		xml_reading_fault(&r->x, node, "an enclosure without an address was left out");
	else if (!feed_add_media(d, url, type, bytes) && !complete_media(d, url, type, bytes))
		xml_reading_fault(&r->x, node, "an enclosure stands twice in its item; once was taken");
	free(url);
	free(type);
	free(length);
}

static bool is_playable(const char *type, const char *medium)
{
	return span_starts(span_of(type), "audio/") || span_starts(span_of(type), "video/") ||
		span_starts(span_of(type), "application/x-mpegurl") || strcmp(medium, "audio") == 0 || strcmp(medium, "video") == 0;
}

/* media:content, alone or in a media:group: pictures are a page's matter, not a recording. */
static void read_media_content(struct document *d, const xmlNode *node)
{
	char *url = mem_strdup(""), *type = xml_attribute(node, "type"), *medium = xml_attribute(node, "medium");
	xml_set_url_attribute(&url, node, "url");
	struct document_media *media = is_playable(type, medium) ?
		feed_add_media(d, url, *type ? type : "", attribute_number(node, "filesize")) : NULL;
	if (media) {
		int64_t ms = attribute_seconds(node, "duration");
		media->duration_ms = ms > 0 ? ms : 0;
		media->height = sane_height(attribute_number(node, "height"));
		char *language = xml_attribute(node, "lang");
		document_set(&media->language, span_of(language));
		free(language);
		if (!d->duration_ms)
			d->duration_ms = media->duration_ms;
	}
	free(url);
	free(type);
	free(medium);
	for (const xmlNode *child = xml_child(node, "media:thumbnail"); child && !*d->image; child = NULL)
		xml_set_url_attribute(&d->image, child, "url");
}

static void read_media_group(struct document *d, const xmlNode *group)
{
	for (const xmlNode *node = xml_child(group, "media:content"); node; node = xml_next(node, "media:content"))
		read_media_content(d, node);
	if (!*d->image)
		xml_set_url_attribute(&d->image, xml_child(group, "media:thumbnail"), "url");
}

/* podcast:alternateEnclosure: the same recording in another form, from one or more places. */
static void read_alternate(struct document *d, const xmlNode *node)
{
	char *type = xml_attribute(node, "type"), *language = xml_attribute(node, "lang");
	for (const xmlNode *source = xml_child(node, "podcast:source"); source; source = xml_next(source, "podcast:source")) {
		char *url = mem_strdup("");
		xml_set_url_attribute(&url, source, "uri");
		struct document_media *media = feed_add_media(d, url, type, attribute_number(node, "length"));
		if (media) {
			document_set(&media->language, span_of(language));
			media->height = sane_height(attribute_number(node, "height"));
		}
		free(url);
	}
	free(type);
	free(language);
}

static void add_link(struct document *d, const char *url, const char *label)
{
	if (!*url)
		return;
	for (size_t i = 0; i < d->n_links; i++)
		if (strcmp(d->links[i].url, url) == 0)
			return;
	struct document_link *link = document_add_link(d);
	document_set(&link->url, span_of(url));
	collection_set_line(&link->label, span_of(label));
}

/* podcast:transcript, podcast:chapters */
static void read_companion(struct feed_reading *r, struct document *d, const xmlNode *node, const char *what)
{
	char *url = mem_strdup(""), *type = xml_attribute(node, "type"), *language = xml_attribute(node, "language");
	struct buf label = {0};
	xml_set_url_attribute(&url, node, "url");
	if (!*url)
		xml_reading_fault(&r->x, node, "%s without an address were left out", what);
	buf_text(&label, what);
	if (*type || *language)
		buf_format(&label, " (%s%s%s)", type, *type && *language ? ", " : "", language);
	add_link(d, url, label.p);
	if (*url) {
		struct document_companion *companion = document_add_companion(d);
		document_set(&companion->url, span_of(url));
		document_set(&companion->type, span_of(type));
		document_set(&companion->language, span_of(language));
		companion->is_chapters = strcmp(what, "Chapters") == 0;
	}
	buf_finish(&label);
	free(url);
	free(type);
	free(language);
}

static void set_attribute(char **field, const xmlNode *node, const char *name)
{
	char *text = xml_attribute(node, name);
	collection_set_line(field, span_of(text));
	free(text);
}

/* podcast:location; the first counts. */
static void read_location(struct document *d, const xmlNode *node)
{
	if (*d->place)
		return;
	xml_set_line(&d->place, node);
	if (!*d->place)
		return;
	set_attribute(&d->place_geo, node, "geo");
	set_attribute(&d->place_osm, node, "osm");
	set_attribute(&d->place_country, node, "country");
}

/* podcast:socialInteract; the first counts. */
static void read_comments(struct document *d, const xmlNode *node)
{
	if (*d->comments_protocol)
		return;
	char *protocol = xml_attribute(node, "protocol");
	xml_set_url_attribute(&d->comments, node, "uri");
	bool is_off = strcmp(protocol, "disabled") == 0;
	if (*d->comments || is_off) {
		collection_set_line(&d->comments_protocol, span_of(*protocol ? protocol : "activitypub"));
		set_attribute(&d->comments_account, node, "accountId");
		xml_set_url_attribute(&d->comments_account_url, node, "accountUrl");
	}
	free(protocol);
}

/* itunes:block: only Yes means it. */
static void read_block(struct document *d, const xmlNode *node)
{
	char *text = xml_content(node);
	d->is_blocked = span_equal_nocase(span_of(text), SPAN_LITERAL("yes"));
	free(text);
}

static void read_soundbite(struct feed_reading *r, struct document *d, const xmlNode *node)
{
	char *start = xml_attribute(node, "startTime"), *duration = xml_attribute(node, "duration"),
		*title = xml_content(node);
	double from, length;
	if (span_to_double(span_of(start), &from) && span_to_double(span_of(duration), &length) && from >= 0 && length > 0 &&
		from < LONGEST_SECONDS && length < LONGEST_SECONDS && d->n_media) {
		struct buf url = {0}, label = {0};
		buf_format(&url, "%s#t=%g,%g", d->media[0].url, from, from + length);
		buf_format(&label, "Soundbite%s%s", *title ? ": " : "", title);
		add_link(d, url.p, label.p);
		struct document_soundbite *bite = document_add_soundbite(d);
		bite->start_ms = (int64_t)(from * 1000 + 0.5);
		bite->duration_ms = (int64_t)(length * 1000 + 0.5);
		document_set(&bite->title, span_of(title));
		buf_finish(&url);
		buf_finish(&label);
	} else {
		xml_reading_fault(&r->x, node, "a soundbite without a recording, a start and a length in seconds was left out");
	}
	free(start);
	free(duration);
	free(title);
}

/* podcast:funding, atom:link rel=payment */
static void read_funding(struct document *d, const xmlNode *node, const char *address)
{
	char *url = mem_strdup(""), *label = xml_content(node);
	xml_set_url_attribute(&url, node, address);
	if (!*label) {
		free(label);
		label = xml_attribute(node, "title");
	}
	add_link(d, url, *label ? label : "Funding");
	free(url);
	free(label);
}

static void read_psc_chapters(struct feed_reading *r, struct document *d, const xmlNode *list)
{
	for (const xmlNode *node = xml_child(list, "psc:chapter"); node; node = xml_next(node, "psc:chapter")) {
		int64_t start = attribute_seconds(node, "start");
		char *title = xml_attribute(node, "title");
		if (start < 0) {
			xml_reading_fault(&r->x, node, "the chapter '%s' has no start that can be read; it was left out", title);
		} else {
			struct document_chapter *chapter = document_add_chapter(d);
			chapter->start_ms = start;
			chapter->line = xml_line(node);
			collection_set_line(&chapter->title, span_of(title));
			xml_set_url_attribute(&chapter->url, node, "href");
			xml_set_url_attribute(&chapter->image, node, "image");
		}
		free(title);
	}
	chapters_sort(d, r->x.faults);
}

void feed_add_persons(struct feed_reading *r, struct document *d, const xmlNode *parent)
{
	for (const xmlNode *node = xml_child(parent, "podcast:person"); node; node = xml_next(node, "podcast:person")) {
		char *name = xml_content(node), *role = xml_attribute(node, "role");
		if (*name) {
			struct document_credit *credit = document_add_credit(d);
			struct buf lower = {0};
			escape_slug(&lower, span_of(*role ? role : "host"));
			collection_set_line(&credit->name, span_of(name));
			document_set(&credit->role, buf_view(&lower));
			credit->line = xml_line(node);
			buf_finish(&lower);
		} else {
			xml_reading_fault(&r->x, node, "a person without a name was left out");
		}
		free(name);
		free(role);
	}
}

/* Where the rest of the episode is: Atom's links, in RSS feeds too. */
static void read_link(struct feed_reading *r, struct document *d, const xmlNode *node)
{
	char *rel = xml_attribute(node, "rel"), *type = xml_attribute(node, "type");
	bool is_page = !*rel || strcmp(rel, "alternate") == 0;
	if (strcmp(rel, "enclosure") == 0) {
		read_enclosure(r, d, node, "href");
	} else if (strcmp(rel, "payment") == 0) {
		read_funding(d, node, "href");
	} else if (is_page && (!*d->page_url || span_is(span_of(type), "text/html"))) {
		xml_set_url_attribute(&d->page_url, node, "href");
	} else if (strcmp(rel, "related") == 0 || strcmp(rel, "via") == 0) {
		char *url = mem_strdup(""), *label = xml_attribute(node, "title");
		xml_set_url_attribute(&url, node, "href");
		add_link(d, url, label);
		free(url);
		free(label);
	}
	free(rel);
	free(type);
}

bool feed_read_part(struct feed_reading *r, struct document *d, const xmlNode *node, const char *name)
{
	if (strcmp(name, "enclosure") == 0)
		read_enclosure(r, d, node, "url");
	else if (strcmp(name, "atom:link") == 0)
		read_link(r, d, node);
	else if (strcmp(name, "media:content") == 0)
		read_media_content(d, node);
	else if (strcmp(name, "media:group") == 0)
		read_media_group(d, node);
	else if (strcmp(name, "media:thumbnail") == 0 && !*d->image)
		xml_set_url_attribute(&d->image, node, "url");
	else if (strcmp(name, "podcast:alternateenclosure") == 0)
		read_alternate(d, node);
	else if (strcmp(name, "podcast:transcript") == 0)
		read_companion(r, d, node, "Transcript");
	else if (strcmp(name, "podcast:chapters") == 0)
		read_companion(r, d, node, "Chapters");
	else if (strcmp(name, "podcast:soundbite") == 0)
		read_soundbite(r, d, node);
	else if (strcmp(name, "podcast:funding") == 0)
		read_funding(d, node, "url");
	else if (strcmp(name, "psc:chapters") == 0)
		read_psc_chapters(r, d, node);
	else if (strcmp(name, "podcast:location") == 0)
		read_location(d, node);
	else if (strcmp(name, "podcast:socialinteract") == 0)
		read_comments(d, node);
	else if (strcmp(name, "itunes:block") == 0)
		read_block(d, node);
	else
		return false;
	return true;
}

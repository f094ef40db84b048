/* planet_feed.c - which kind of feed it is; what its readers share.
 * SPDX-License-Identifier: MIT */
#include "transcripts/planet_feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "transcripts/collection_parts.h"
#include "transcripts/markup.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_feed_parts.h"
#include "transcripts/planet_url.h"
#include "transcripts/xml_text.h"

#define ENTRY_TEXTS(e) {&(e)->guid, &(e)->url, &(e)->title, &(e)->author, &(e)->author_email, &(e)->author_url, \
	&(e)->language, &(e)->image, &(e)->content, &(e)->summary, &(e)->source_title, &(e)->source_url, &(e)->source_id, \
	&(e)->rights}
#define FEED_TEXTS(f) {&(f)->title, &(f)->subtitle, &(f)->url, &(f)->id, &(f)->author, &(f)->author_email, &(f)->language, \
	&(f)->image, &(f)->rights, &(f)->self, &(f)->moved_to}

static void empty_texts(char **const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*texts[i] = mem_strdup("");
}

static void free_texts(char **const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(*texts[i]);
}

struct planet_entry *planet_add_entry(struct planet_feed *f)
{
	/* Grows by doubling: a feed may have thousands. */
	if ((f->n_entries & (f->n_entries - 1)) == 0)
		f->entries = mem_grow(f->entries, f->n_entries ? f->n_entries * 2 : 1, sizeof *f->entries);
	struct planet_entry *e = &f->entries[f->n_entries++];
	*e = (struct planet_entry){.published_ms = INT64_MIN, .updated_ms = INT64_MIN};
	char **const texts[] = ENTRY_TEXTS(e);
	empty_texts(texts, COUNT_OF(texts));
	return e;
}

static void finish_entry(struct planet_entry *e)
{
	char **const texts[] = ENTRY_TEXTS(e);
	free_texts(texts, COUNT_OF(texts));
	for (size_t i = 0; i < e->n_tags; i++)
		free(e->tags[i]);
	free(e->tags);
	for (size_t i = 0; i < e->n_enclosures; i++) {
		free(e->enclosures[i].url);
		free(e->enclosures[i].type);
	}
	free(e->enclosures);
}

void planet_entry_add_tag(struct planet_entry *e, struct span tag)
{
	enum { MOST_TAGS = 50, LONGEST_TAG = 200 };
	if (e->n_tags == MOST_TAGS)
		return;
	char *line = mem_strdup("");
	collection_set_line(&line, tag);
	bool is_new = *line && strlen(line) <= LONGEST_TAG;
	for (size_t i = 0; i < e->n_tags && is_new; i++)
		is_new = strcmp(e->tags[i], line) != 0;
	if (!is_new) {
		free(line);
		return;
	}
	e->tags = mem_grow(e->tags, e->n_tags + 1, sizeof *e->tags);
	e->tags[e->n_tags++] = line;
}

void planet_entry_add_enclosure(struct planet_entry *e, struct span base, struct span url, struct span type,
	int64_t bytes)
{
	enum { MOST_ENCLOSURES = 20 };
	if (e->n_enclosures == MOST_ENCLOSURES)
		return;
	char *whole = mem_strdup("");
	planet_set_url(&whole, base, url, false);
	bool is_new = *whole != '\0';
	for (size_t i = 0; i < e->n_enclosures && is_new; i++)
		is_new = strcmp(e->enclosures[i].url, whole) != 0;
	if (!is_new) {
		free(whole);
		return;
	}
	e->enclosures = mem_grow(e->enclosures, e->n_enclosures + 1, sizeof *e->enclosures);
	struct planet_enclosure *added = &e->enclosures[e->n_enclosures++];
	*added = (struct planet_enclosure){.url = whole, .type = mem_strdup(""), .bytes = bytes > 0 ? bytes : 0};
	collection_set_line(&added->type, type);
}

struct planet_subscription *planet_add_subscription(struct planet_feed *f)
{
	if ((f->n_subscriptions & (f->n_subscriptions - 1)) == 0)
		f->subscriptions = mem_grow(f->subscriptions, f->n_subscriptions ? f->n_subscriptions * 2 : 1,
			sizeof *f->subscriptions);
	struct planet_subscription *s = &f->subscriptions[f->n_subscriptions++];
	*s = (struct planet_subscription){mem_strdup(""), mem_strdup(""), mem_strdup("")};
	return s;
}

void planet_set_url(char **field, struct span base, struct span url, bool is_link)
{
	struct buf whole = {0};
	if (!**field && planet_url_resolve(&whole, base, url) && planet_url_is_safe(buf_view(&whole), is_link))
		document_set(field, buf_view(&whole));
	buf_finish(&whole);
}

void planet_set_title(char **field, struct span text, bool is_html)
{
	struct buf plain = {0};
	if (is_html)
		planet_html_to_text(&plain, text);
	else
		buf_span(&plain, text);
	if (plain.n)
		collection_set_line(field, buf_view(&plain));
	buf_finish(&plain);
}

static bool is_email(struct span s)
{
	size_t at = span_find(s, '@');
	return at > 0 && at + 1 < s.n && span_find(s, ' ') == s.n;
}

static void set_once(char **field, struct span value)
{
	if (!**field && value.n)
		collection_set_line(field, value);
}

void planet_set_author(char **name, char **email, struct span text)
{
	text = span_trim(text);
	struct span first = text, second = span_of("");
	char close = text.n ? text.p[text.n - 1] : '\0',
		open = close == ')' ? '(' : close == '>' ? '<' : close == ']' ? '[' : '\0';
	size_t at = open ? span_find(text, open) : text.n;
	if (open && at < text.n) {
		first = span_trim(span_make(text.p, at));
		second = span_trim(span_make(text.p + at + 1, text.n - at - 2));
	}
	if (span_starts(first, "mailto:"))
		first = span_from(first, strlen("mailto:"));
	if (is_email(first) && second.n) {
		set_once(email, first);
		set_once(name, second);
	} else if (is_email(second)) {
		set_once(name, first);
		set_once(email, second);
	} else if (is_email(first)) {
		set_once(email, first);
	} else {
		set_once(name, text);
	}
}

void planet_entry_conclude(struct planet_entry *e)
{
	if (!*e->content) {
		char *content = e->content;
		e->content = e->summary;
		e->summary = content;
	} else if (strcmp(e->content, e->summary) == 0) {
		document_set(&e->summary, span_of(""));
	}
	if (*e->guid)
		return;
	if (*e->url) {
		document_set(&e->guid, span_of(e->url));
	} else if (e->n_enclosures) {
		document_set(&e->guid, span_of(e->enclosures[0].url));
	} else {
		/* No id and no address: the same words are the same entry. */
		struct buf id = {0};
		buf_format(&id, "urn:carillon:entry:%016llx",
			(unsigned long long)(span_fnv(span_of(e->title)) * 31 ^ span_fnv(span_of(e->content))));
		document_set(&e->guid, buf_view(&id));
		buf_finish(&id);
	}
}

/* Two of one id: readers show one, the first (newest, as feeds go). Sorted copies of the ids find them. */
struct numbered {
	const char *guid;
	size_t i;
};

static int by_guid(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int order = strcmp(x->guid, y->guid);
	return order ? order : x->i < y->i ? -1 : 1;
}

static void drop_doubles(struct planet_feed *f)
{
	struct numbered *all = mem_new(f->n_entries + 1, sizeof *all);
	bool *is_double = mem_new(f->n_entries + 1, sizeof *is_double);
	for (size_t i = 0; i < f->n_entries; i++)
		all[i] = (struct numbered){f->entries[i].guid, i};
	qsort(all, f->n_entries, sizeof *all, by_guid);
	for (size_t i = 1; i < f->n_entries; i++)
		is_double[all[i].i] = strcmp(all[i].guid, all[i - 1].guid) == 0;
	size_t n = 0;
	for (size_t i = 0; i < f->n_entries; i++) {
		if (is_double[i] || n == PLANET_ENTRIES_MAX) {
			finish_entry(&f->entries[i]);
			f->n_left_out++;
		} else {
			f->entries[n++] = f->entries[i];
		}
	}
	f->n_entries = n;
	free(all);
	free(is_double);
}

void planet_feed_destroy(struct planet_feed *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_entries; i++)
		finish_entry(&f->entries[i]);
	free(f->entries);
	for (size_t i = 0; i < f->n_subscriptions; i++) {
		free(f->subscriptions[i].url);
		free(f->subscriptions[i].title);
		free(f->subscriptions[i].page);
	}
	free(f->subscriptions);
	char **const texts[] = FEED_TEXTS(f);
	free_texts(texts, COUNT_OF(texts));
	free(f);
}

/* "charset=X" of a Content-Type, or empty. */
static struct span charset_of(struct span type)
{
	size_t at = span_search(type, SPAN_LITERAL("charset="), 0);
	struct span name = span_trim(span_from(type, at + strlen("charset=")));
	name.n = span_find(name, ';');
	if (name.n > 1 && (name.p[0] == '"' || name.p[0] == '\''))
		name = span_make(name.p + 1, name.n - 2);
	for (size_t i = 0; i < name.n; i++)
		if (!((name.p[i] | 0x20) >= 'a' && (name.p[i] | 0x20) <= 'z') && !(name.p[i] >= '0' && name.p[i] <= '9') &&
			!strchr("-_.:", name.p[i]))
			return span_of("");
	return name.n <= 40 ? name : span_of("");
}

/* The document's own word on its encoding counts more than the server's, which is often its default; where it has none
 * the server's is put in. */
static struct span declare_encoding(const struct planet_input *in, struct buf *room)
{
	struct span charset = charset_of(in->type), head = span_trim(span_make(in->bytes.p,
		in->bytes.n < 400 ? in->bytes.n : 400));
	if (!charset.n || span_starts(head, "\xEF\xBB\xBF") || !span_starts(head, "<"))
		return in->bytes;
	struct span declaration = span_make(head.p, span_search(head, SPAN_LITERAL("?>"), 0));
	bool has_declaration = span_starts(head, "<?xml");
	if (has_declaration && span_search(declaration, SPAN_LITERAL("encoding"), 0) < declaration.n)
		return in->bytes;
	buf_format(room, "<?xml version=\"1.0\" encoding=\"%.*s\"?>", SPAN_ARG(charset));
	struct span rest = in->bytes;
	if (has_declaration && declaration.n < head.n)
		rest = span_from(rest, (size_t)(head.p - rest.p) + declaration.n + 2);
	buf_span(room, rest);
	return buf_view(room);
}

/* The page's own word on where its feed is: <link rel="alternate" type="application/rss+xml" href="...">. */
static void find_advertised(const struct planet_input *in, struct buf *url)
{
	struct span rest = in->bytes;
	while (rest.n && !url->n) {
		rest = span_from(rest, span_search(rest, SPAN_LITERAL("<link"), 0));
		struct span tag = span_make(rest.p, span_find(rest, '>'));
		rest = span_from(rest, tag.n);
		size_t at = span_search(tag, SPAN_LITERAL("href="), 0) + strlen("href=");
		bool is_feed = span_search(tag, SPAN_LITERAL("rss+xml"), 0) < tag.n ||
			span_search(tag, SPAN_LITERAL("atom+xml"), 0) < tag.n || span_search(tag, SPAN_LITERAL("feed+json"), 0) < tag.n;
		if (!is_feed || at + 1 >= tag.n || (tag.p[at] != '"' && tag.p[at] != '\''))
			continue;
		struct span href = span_from(tag, at + 1);
		href.n = span_find(href, tag.p[at]);
		struct buf plain = {0};
		markup_decode_entities(&plain, href);
		if (!planet_url_resolve(url, span_of(in->url), buf_view(&plain)) || !planet_url_is_safe(buf_view(url), false))
			buf_clear(url);
		buf_finish(&plain);
	}
}

static bool begins(struct span s, const char *word)
{
	size_t n = strlen(word);
	return s.n >= n && span_equal_nocase(span_make(s.p, n), span_of(word));
}

/* What came instead of a feed, and what to do. */
static enum err refuse(const struct planet_input *in, struct why *why)
{
	struct span head = span_trim(in->bytes);
	struct buf url = {0};
	if (!head.n)
		return why_set(why, E_FORMAT, "the answer is empty; try its address in a browser");
	if (begins(head, "<!doctype html") || begins(head, "<html") ||
		span_search(in->type, SPAN_LITERAL("html"), 0) < in->type.n) {
		find_advertised(in, &url);
		enum err e = url.n ? why_set(why, E_FORMAT, "it is a web page, not a feed; its feed is %.120s", url.p) :
			why_set(why, E_FORMAT, "it is a web page, not a feed; put the feed's own address under planet:");
		buf_finish(&url);
		return e;
	}
	return why_set(why, E_FORMAT, "it is no RSS, Atom, JSON Feed or OPML; put the feed's own address under planet:");
}

struct planet_feed *planet_feed_create(const char *kind)
{
	struct planet_feed *f = mem_new(1, sizeof *f);
	char **const texts[] = FEED_TEXTS(f);
	empty_texts(texts, COUNT_OF(texts));
	f->kind = kind;
	f->updated_ms = INT64_MIN;
	return f;
}

enum err planet_feed_read(const struct planet_input *in, struct planet_feed **out, struct why *why)
{
	struct buf room = {0};
	*out = NULL;
	if (in->bytes.n > PLANET_FEED_BYTES)
		return why_set(why, E_LIMIT, "it is larger than 5 MiB; ask for a shorter feed there");
	struct planet_feed *f = planet_feed_create("");
	struct span head = span_trim(in->bytes);
	if (span_starts(head, "\xEF\xBB\xBF"))
		head = span_trim(span_from(head, 3));
	enum err e;
	if (span_starts(head, "{")) {
		struct why json_why = {0};
		cJSON *json = json_parse(head, &json_why);
		e = json ? planet_read_json(f, in, json, why) :
			why_set(why, E_FORMAT, "it looks like JSON, but is broken: %.120s", json_why.text);
		cJSON_Delete(json);
	} else if (xml_text_is_likely(in->bytes)) {
		struct planet_input declared = *in;
		declared.bytes = declare_encoding(in, &room);
		e = planet_read_xml(f, &declared, why);
		if (e == E_FORMAT)
			e = refuse(in, why);
	} else {
		e = refuse(in, why);
	}
	buf_finish(&room);
	if (e) {
		planet_feed_destroy(f);
		return e;
	}
	drop_doubles(f);
	*out = f;
	return OK;
}

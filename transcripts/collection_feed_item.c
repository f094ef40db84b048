/* collection_feed_item.c - an item of a feed as an episode. Each of its facts may stand in several elements; a table
 * says which of them counts most.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "transcripts/collection_feed.h"
#include "transcripts/feed_date.h"
#include "transcripts/markup.h"

enum fact { TITLE, GUID, LINK, DATE, NOTES, DESCRIPTION, SUMMARY, SUBTITLE, AUTHOR, IMAGE, DURATION, SEASON, EPISODE,
	EXPLICIT, KIND, LANGUAGE, LICENSE, CATEGORY, KEYWORDS, FACTS };

static const struct rule {
	const char *name;
	enum fact fact;
	int rank; /* the highest that is there counts */
} rules[] = {
	{"title", TITLE, 3}, {"atom:title", TITLE, 3}, {"itunes:title", TITLE, 2}, {"dc:title", TITLE, 1},
	{"media:title", TITLE, 1},
	{"guid", GUID, 3}, {"atom:id", GUID, 3}, {"dc:identifier", GUID, 1},
	{"link", LINK, 3}, {"url", LINK, 1},
	{"pubdate", DATE, 5}, {"atom:published", DATE, 5}, {"atom:issued", DATE, 5}, {"dcterms:issued", DATE, 4},
	{"dc:date", DATE, 4},
	{"atom:created", DATE, 3}, {"dcterms:created", DATE, 3}, {"atom:updated", DATE, 2}, {"atom:modified", DATE, 2},
	{"dcterms:modified", DATE, 2},
	{"content:encoded", NOTES, 3}, {"atom:content", NOTES, 3}, {"xhtml:body", NOTES, 2}, {"xhtml:div", NOTES, 1},
	{"description", DESCRIPTION, 3}, {"abstract", DESCRIPTION, 3}, {"atom:summary", DESCRIPTION, 2},
	{"dc:description", DESCRIPTION, 1},
	{"media:description", DESCRIPTION, 1}, {"googleplay:description", DESCRIPTION, 1},
	{"itunes:summary", SUMMARY, 1}, {"itunes:subtitle", SUBTITLE, 1}, {"atom:subtitle", SUBTITLE, 1},
	{"itunes:author", AUTHOR, 4}, {"atom:author", AUTHOR, 3}, {"author", AUTHOR, 3}, {"dc:creator", AUTHOR, 2},
	{"dc:author", AUTHOR, 1},
	{"itunes:image", IMAGE, 3}, {"googleplay:image", IMAGE, 2}, {"podcast:image", IMAGE, 1},
	{"itunes:duration", DURATION, 2}, {"duration", DURATION, 1},
	{"podcast:season", SEASON, 2}, {"itunes:season", SEASON, 1},
	{"itunes:episode", EPISODE, 2}, {"podcast:episode", EPISODE, 1},
	{"itunes:explicit", EXPLICIT, 2}, {"googleplay:explicit", EXPLICIT, 1},
	{"itunes:episodetype", KIND, 1},
	{"dc:language", LANGUAGE, 2}, {"language", LANGUAGE, 1},
	{"cc:license", LICENSE, 2}, {"podcast:license", LICENSE, 1}, {"dc:rights", LICENSE, 1}, {"atom:rights", LICENSE, 1},
	{"category", CATEGORY, 1}, {"atom:category", CATEGORY, 1}, {"dc:subject", CATEGORY, 1},
	{"media:category", CATEGORY, 1},
	{"itunes:keywords", KEYWORDS, 1}, {"media:keywords", KEYWORDS, 1},
};

struct item {
	struct feed_reading *r;
	struct document *d;
	const xmlNode *node;
	const xmlNode *facts[FACTS]; /* the element that counts most so far */
	int ranks[FACTS];
};

static const struct rule *rule_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

static int64_t whole_number(const xmlNode *node, bool *is_one)
{
	char *text = xml_content(node);
	struct span s = span_of(text);
	/* "315.5" is between two: Podcasting 2.0 allows it, numbers here are whole; set_decimal keeps it. */
	s.n = span_find(s, '.');
	int64_t n = 0;
	*is_one = span_to_i64(span_trim(s), &n) && n >= 0;
	free(text);
	return *is_one ? n : 0;
}

static void add_tag(struct document *d, struct span tag)
{
	char *line = mem_strdup("");
	collection_set_line(&line, tag);
	bool is_new = *line != '\0';
	for (size_t i = 0; i < d->n_tags && is_new; i++)
		is_new = strcmp(d->tags[i], line) != 0;
	if (is_new)
		document_add_tag(d, span_of(line));
	free(line);
}

static void read_tags(struct item *it, const xmlNode *node, enum fact fact)
{
	char *text = xml_content(node);
	if (fact == KEYWORDS) {
		struct span rest = span_of(text), piece;
		while (span_next_piece(&rest, ',', &piece))
			add_tag(it->d, piece);
	} else {
		/* Atom's stand in attributes. */
		char *term = xml_attribute(node, "label");
		if (!*term) {
			free(term);
			term = xml_attribute(node, "term");
		}
		add_tag(it->d, span_of(*term ? term : text));
		free(term);
	}
	free(text);
}

static void set_author(struct item *it)
{
	const xmlNode *node = it->facts[AUTHOR], *name = xml_child(node, "atom:name");
	if (!name)
		name = xml_child(node, "name");
	xml_set_line(&it->d->author, name ? name : node);
}

static void set_image(struct item *it)
{
	const xmlNode *node = it->facts[IMAGE];
	xml_set_url_attribute(&it->d->image, node, "href");
	if (node && !*it->d->image)
		xml_set_url(&it->d->image, node);
}

static void set_duration(struct item *it)
{
	const xmlNode *node = it->facts[DURATION];
	char *text = xml_content(node);
	int64_t ms = 0;
	if (*text && (!duration_read(span_of(text), &ms) || ms > LONGEST_SECONDS * INT64_C(1000)))
		xml_reading_fault(&it->r->x, node, "the duration is '%s', not H:MM:SS or seconds; it was left out", text);
	else if (ms)
		it->d->duration_ms = ms;
	free(text);
}

static void set_numbers(struct item *it)
{
	static const struct { enum fact fact; const char *what; } numbers[] = {{SEASON, "season"}, {EPISODE, "episode"}};
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const xmlNode *node = it->facts[numbers[i].fact];
		bool is_one;
		int64_t n = whole_number(node, &is_one);
		if (node && !is_one)
			xml_reading_fault(&it->r->x, node, "the %s's number is none; it was left out", numbers[i].what);
		*(numbers[i].fact == SEASON ? &it->d->season : &it->d->episode) = n;
	}
}

/* What Podcasting 2.0 says of the number, where it is one between two others. */
static void set_decimal(struct item *it)
{
	enum { LONGEST = 15 };
	char *text = xml_content(xml_child(it->node, "podcast:episode"));
	double number;
	if (strchr(text, '.') && strlen(text) <= LONGEST && span_to_double(span_of(text), &number) && number >= 0 &&
		number != (double)(int64_t)number)
		document_set(&it->d->episode_decimal, span_of(text));
	free(text);
}

/* Apple's, which has the show's name and the number elsewhere. */
static void set_short_title(struct item *it)
{
	struct document *d = it->d;
	xml_set_line(&d->short_title, xml_child(it->node, "itunes:title"));
	if (strcmp(d->short_title, d->title) == 0)
		document_set(&d->short_title, span_of(""));
}

static void set_episode_type(struct item *it)
{
	struct document *d = it->d;
	xml_set_line(&d->session, it->facts[KIND]);
	struct span type = span_of(d->session);
	if (span_equal_nocase(type, SPAN_LITERAL("trailer")))
		document_set(&d->episode_type, SPAN_LITERAL("trailer"));
	else if (span_equal_nocase(type, SPAN_LITERAL("bonus")))
		document_set(&d->episode_type, SPAN_LITERAL("bonus"));
}

static void set_language(struct item *it)
{
	char *text = it->facts[LANGUAGE] ? xml_content(it->facts[LANGUAGE]) : xml_attribute(it->node, "xml:lang");
	struct buf tag = {0};
	if (!*text && it->r->x.c->show)
		document_set(&it->d->language, span_of(it->r->x.c->show->language));
	else if (language_tag(span_of(text), &tag))
		document_set(&it->d->language, buf_view(&tag));
	else if (*text)
		collection_set_line(&it->d->language, span_of(text));
	buf_finish(&tag);
	free(text);
}

/* The fullest of the texts becomes the notes, the next one that differs the description. */
static void set_texts(struct item *it)
{
	static const enum fact order[] = {NOTES, DESCRIPTION, SUMMARY, SUBTITLE};
	struct document *d = it->d;
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		char *text = feed_text(it->facts[order[i]]);
		text_dedent(text);
		if (*text && !*d->notes) {
			collection_set_text(&d->notes, span_of(text));
			d->notes_line = xml_line(it->facts[order[i]]);
		} else if (*text && !*d->description && strcmp(text, d->notes) != 0) {
			collection_set_text(&d->description, span_of(text));
		}
		free(text);
	}
	/* Atom's content may lie elsewhere. */
	char *source = mem_strdup("");
	xml_set_url_attribute(&source, it->facts[NOTES], "src");
	if (*source) {
		char *type = xml_attribute(it->facts[NOTES], "type");
		if (span_starts(span_of(type), "audio/") || span_starts(span_of(type), "video/"))
			feed_add_media(d, source, type, 0);
		else if (!*d->page_url)
			document_set(&d->page_url, span_of(source));
		free(type);
	}
	free(source);
}

static bool is_address(const char *text)
{
	return span_starts(span_of(text), "http://") || span_starts(span_of(text), "https://");
}

/* The GUID stays as it is written; what stands for a missing one is told once. */
static void set_guid(struct item *it)
{
	struct document *d = it->d;
	char *guid = xml_content(it->facts[GUID]), *permalink = xml_attribute(it->facts[GUID], "isPermaLink");
	if (!*guid) {
		free(guid);
		guid = xml_attribute(it->node, "rdf:about");
	}
	if (*guid) {
		document_set(&d->guid, span_of(guid));
		if (!*d->page_url && is_address(guid) && !span_equal_nocase(span_of(permalink), span_of("false")) &&
			xml_is(it->facts[GUID], "guid"))
			document_set(&d->page_url, span_of(guid));
	} else {
		document_set(&d->guid, d->n_media ? span_of(d->media[0].url) : span_of(d->page_url));
		if (!*d->guid)
			xml_reading_fault(&it->r->x, it->node, "an item has no GUID, and no address that could stand for one");
		else if (it->r->n_without_guid++ == 0)
			it->r->first_without_line = (size_t)xml_line(it->node);
	}
	free(guid);
	free(permalink);
}

/* Two of one GUID: readers show one of them. The later one is kept without. */
static void check_guid(struct item *it)
{
	struct document *d = it->d, *probe;
	if (!*d->guid)
		return;
	probe = document_create(DOCUMENT_EPISODE);
	document_set(&probe->slug, span_of(d->guid));
	slug_set_take(&it->r->guids, probe);
	if (strcmp(probe->slug, d->guid) != 0) {
		xml_reading_fault(&it->r->x, it->node, "the GUID '%s' stands twice in the feed; the second item was "
			"taken without one", d->guid);
		document_set(&d->guid, span_of(""));
	}
	document_destroy(probe);
}

void feed_conclude_item(struct document *d, struct slug_set **slugs)
{
	if (d->n_media) {
		document_set(&d->media_file, span_of(d->media[0].url));
		d->media_bytes = d->media[0].bytes;
	}
	for (size_t i = 0; i < d->n_media && !*d->youtube; i++)
		document_set(&d->youtube, youtube_id(span_of(d->media[i].url)));
	if (!*d->youtube)
		document_set(&d->youtube, youtube_id(span_of(d->page_url)));
	if (!*d->title && d->n_media) {
		char *path = span_dup(span_make(d->media[0].url, strcspn(d->media[0].url, "?#")));
		collection_set_line(&d->title, file_stem(path));
		free(path);
	}
	if (!*d->title) {
		enum { TITLE_BYTES = 80 };
		struct buf text = {0};
		markup_to_text(&text, span_of(d->notes));
		struct span first = span_trim(buf_view(&text));
		first.n = span_find(first, '\n');
		size_t cut = first.n;
		/* At a word's end. */
		while (cut > TITLE_BYTES)
			for (cut--; cut > 0 && first.p[cut] != ' '; cut--)
				;
		collection_set_line(&d->title, span_make(first.p, cut));
		buf_finish(&text);
	}
	collection_set_slug(&d->slug, span_of(d->title));
	slug_set_take(slugs, d);
}

/* Players take the enclosure, wherever media:content stands. */
static void put_enclosure_first(struct item *it)
{
	struct document *d = it->d;
	char *url = mem_strdup("");
	xml_set_url_attribute(&url, xml_child(it->node, "enclosure"), "url");
	size_t i = 0;
	while (i < d->n_media && strcmp(d->media[i].url, url) != 0)
		i++;
	if (i > 0 && i < d->n_media) {
		struct document_media first = d->media[i];
		memmove(d->media + 1, d->media, i * sizeof *d->media);
		d->media[0] = first;
	}
	free(url);
}

static void collect(struct item *it)
{
	for (const xmlNode *node = xml_first(it->node); node; node = xml_following(node)) {
		struct xml_name name;
		xml_name_of(node, &name);
		bool is_late = strcmp(name.text, "podcast:soundbite") == 0;
		if (is_late || feed_read_part(it->r, it->d, node, name.text))
			continue;
		const struct rule *rule = rule_of(name.text);
		if (!rule)
			continue;
		if (rule->fact == CATEGORY || rule->fact == KEYWORDS) {
			read_tags(it, node, rule->fact);
		} else if (rule->rank > it->ranks[rule->fact]) {
			it->ranks[rule->fact] = rule->rank;
			it->facts[rule->fact] = node;
		}
	}
	/* They are of the recording, which may stand behind them. */
	const xmlNode *bite = xml_child(it->node, "podcast:soundbite");
	for (; bite; bite = xml_next(bite, "podcast:soundbite"))
		feed_read_part(it->r, it->d, bite, "podcast:soundbite");
}

void feed_read_item(struct feed_reading *r, const xmlNode *node)
{
	struct item it = {.r = r, .d = collection_add_document(r->x.c, DOCUMENT_EPISODE), .node = node};
	struct document *d = it.d;
	collect(&it);
	put_enclosure_first(&it);
	feed_set_title(&d->title, it.facts[TITLE]);
	xml_set_url(&d->page_url, it.facts[LINK]);
	/* CDF keeps both in the tag. */
	if (!*d->page_url)
		xml_set_url_attribute(&d->page_url, it.node, "href");
	char *date = it.facts[DATE] ? xml_content(it.facts[DATE]) : xml_attribute(node, "lastmod");
	feed_set_date(r, &d->published_ms, it.facts[DATE] ? it.facts[DATE] : node, date);
	free(date);
	set_texts(&it);
	set_author(&it);
	set_image(&it);
	set_duration(&it);
	set_numbers(&it);
	set_language(&it);
	xml_set_line(&d->license, it.facts[LICENSE]);
	char *explicit_ = xml_content(it.facts[EXPLICIT]);
	d->explicit_ = it.facts[EXPLICIT] ? feed_is_explicit(explicit_) : r->x.c->show && r->x.c->show->explicit_;
	free(explicit_);
	set_episode_type(&it);
	set_decimal(&it);
	set_short_title(&it);
	bool own_people = xml_child(node, "podcast:person") != NULL;
	feed_add_persons(r, d, own_people ? node : r->channel);
	set_guid(&it);
	check_guid(&it);
	if (!*d->title && !d->n_media)
		xml_reading_fault(&r->x, node, "an item has no title");
	feed_conclude_item(d, &r->x.slugs);
}

/* takeover_show.c - what a feed says of its show, and the same as an entry of carillon.yaml.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/feed.h"
#include "transcripts/planet_clean.h"
#include "transcripts/takeover_parts.h"

/* ---- reading ---- */

/* One line of plain text. */
static const char *keep_line(struct takeover *t, char *text)
{
	char *line = mem_strdup("");
	struct buf folded = {0};
	bool gap = false;
	for (const char *p = text; *p; p++) {
		bool is_blank = *p == ' ' || (*p >= '\t' && *p <= '\r');
		if (!is_blank && gap && folded.n)
			buf_char(&folded, ' ');
		if (!is_blank)
			buf_char(&folded, *p);
		gap = is_blank;
	}
	document_set(&line, buf_view(&folded));
	buf_finish(&folded);
	free(text);
	return takeover_keep(t, line);
}

static const char *element(struct takeover *t, const xmlNode *channel, const char *name)
{
	return keep_line(t, xml_content(xml_child(channel, name)));
}

static const char *attribute(struct takeover *t, const xmlNode *node, const char *name)
{
	return keep_line(t, xml_attribute(node, name));
}

static const char *address(struct takeover *t, const xmlNode *node, const char *name, struct span base)
{
	char *url = name ? xml_attribute(node, name) : xml_content(node);
	const char *whole = takeover_keep(t, takeover_address(base, url));
	free(url);
	return whole;
}

static bool is_yes(const xmlNode *node)
{
	char *text = xml_content(node);
	struct span s = span_trim(span_of(text));
	bool yes = span_equal_nocase(s, SPAN_LITERAL("yes")) || span_equal_nocase(s, SPAN_LITERAL("true"));
	free(text);
	return yes;
}

/* Room for the elements of that name; *n counts those that are filled. */
static void *list_room(struct takeover *t, const xmlNode *parent, const char *name, size_t size)
{
	size_t n = 0;
	for (const xmlNode *node = xml_child(parent, name); node; node = xml_next(node, name))
		n++;
	void *room = mem_new(n + 1, size);
	t->_lists = mem_grow(t->_lists, t->_n_lists + 1, sizeof *t->_lists);
	return t->_lists[t->_n_lists++] = room;
}

static void read_funding(struct takeover *t, const xmlNode *channel, struct span base)
{
	struct feed_funding *list = list_room(t, channel, "podcast:funding", sizeof *list);
	for (const xmlNode *node = xml_child(channel, "podcast:funding"); node; node = xml_next(node, "podcast:funding")) {
		struct feed_funding x = {address(t, node, "url", base), keep_line(t, xml_content(node))};
		if (x.url)
			list[t->show.n_funding++] = x;
	}
	t->show.funding = list;
}

static void read_people(struct takeover *t, const xmlNode *channel, struct span base)
{
	struct feed_credit *list = list_room(t, channel, "podcast:person", sizeof *list);
	for (const xmlNode *node = xml_child(channel, "podcast:person"); node; node = xml_next(node, "podcast:person")) {
		struct feed_credit x = {keep_line(t, xml_content(node)), attribute(t, node, "role"), attribute(t, node, "group"),
			address(t, node, "img", base), address(t, node, "href", base)};
		if (x.name)
			list[t->show.n_people++] = x;
	}
	t->show.people = list;
}

static void read_remarks(struct takeover *t, const xmlNode *channel)
{
	struct feed_remark *list = list_room(t, channel, "podcast:txt", sizeof *list);
	for (const xmlNode *node = xml_child(channel, "podcast:txt"); node; node = xml_next(node, "podcast:txt")) {
		struct feed_remark x = {attribute(t, node, "purpose"), keep_line(t, xml_content(node))};
		if (x.text && x.purpose && strcmp(x.purpose, "ai-content") == 0) {
			t->show.says_ai = true;
			t->show.is_ai = strcmp(x.text, "true") == 0;
		} else if (x.text) {
			list[t->show.n_remarks++] = x;
		}
	}
	t->show.remarks = list;
}

static void read_podroll(struct takeover *t, const xmlNode *channel, struct span base)
{
	const xmlNode *roll = xml_child(channel, "podcast:podroll");
	struct feed_remote *list = list_room(t, roll, "podcast:remoteitem", sizeof *list);
	for (const xmlNode *node = xml_child(roll, "podcast:remoteitem"); node; node = xml_next(node, "podcast:remoteitem")) {
		struct feed_remote x = {attribute(t, node, "feedGuid"), address(t, node, "feedUrl", base), attribute(t, node, "title"),
			attribute(t, node, "medium")};
		if (x.guid || x.url)
			list[t->show.n_podroll++] = x;
	}
	t->show.podroll = list;
}

/* Seasons have their names at the items. */
static void read_seasons(struct takeover *t, const xmlNode *channel)
{
	enum { MOST = 1000 };
	struct feed_season *list = mem_new(MOST, sizeof *list);
	t->_lists = mem_grow(t->_lists, t->_n_lists + 1, sizeof *t->_lists);
	t->_lists[t->_n_lists++] = list;
	for (const xmlNode *item = xml_child(channel, "item"); item; item = xml_next(item, "item")) {
		const xmlNode *node = xml_child(item, "podcast:season");
		char *number = xml_content(node);
		const char *name = attribute(t, node, "name");
		struct feed_season x = {.name = name};
		bool is_new = name && span_to_i64(span_of(number), &x.number) && x.number > 0 && x.number <= 1000000 &&
			t->show.n_seasons < MOST;
		for (size_t i = 0; is_new && i < t->show.n_seasons; i++)
			is_new = list[i].number != x.number;
		if (is_new)
			list[t->show.n_seasons++] = x;
		free(number);
	}
	t->show.seasons = list;
}

static void read_category(struct takeover *t, const xmlNode *channel)
{
	const xmlNode *first = xml_child(channel, "itunes:category");
	struct buf others = {0};
	t->show.category = attribute(t, first, "text");
	t->show.subcategory = attribute(t, xml_child(first, "itunes:category"), "text");
	for (const xmlNode *node = first ? xml_next(first, "itunes:category") : NULL; node;
		node = xml_next(node, "itunes:category")) {
		const char *name = attribute(t, node, "text"), *sub = attribute(t, xml_child(node, "itunes:category"), "text");
		if (name)
			buf_format(&others, "%s%s%s%s", others.n ? ", " : "", name, sub ? " > " : "", sub ? sub : "");
	}
	if (others.n)
		document_set(&t->other_categories, buf_view(&others));
	buf_finish(&others);
}

static bool is_medium(const char *medium)
{
	static const char *const known[] = {"podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "publisher",
		"course", "mixed", "podcastL", "musicL", "videoL", "filmL", "audiobookL", "newsletterL", "blogL", "publisherL",
		"courseL"};
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (medium && strcmp(known[i], medium) == 0)
			return true;
	return false;
}

static void read_podcast(struct takeover *t, const xmlNode *channel, struct span base)
{
	struct feed_show *s = &t->show;
	const xmlNode *place = xml_child(channel, "podcast:location"), *license = xml_child(channel, "podcast:license"),
		*update = xml_child(channel, "podcast:updatefrequency");
	s->guid = element(t, channel, "podcast:guid");
	s->locked = is_yes(xml_child(channel, "podcast:locked"));
	s->medium = element(t, channel, "podcast:medium");
	if (!is_medium(s->medium))
		s->medium = NULL;
	s->place = keep_line(t, xml_content(place));
	s->place_geo = attribute(t, place, "geo");
	s->place_osm = attribute(t, place, "osm");
	s->place_country = attribute(t, place, "country");
	s->place_rel = attribute(t, place, "rel");
	if (s->place_rel && strcmp(s->place_rel, "subject") != 0 && strcmp(s->place_rel, "creator") != 0)
		s->place_rel = NULL;
	s->license = keep_line(t, xml_content(license));
	s->license_url = address(t, license, "url", base);
	s->update_text = keep_line(t, xml_content(update));
	s->update_rrule = attribute(t, update, "rrule");
	s->update_start = attribute(t, update, "dtstart");
	char *complete = xml_attribute(update, "complete");
	s->update_complete = strcmp(complete, "true") == 0;
	free(complete);
	read_funding(t, channel, base);
	read_people(t, channel, base);
	read_remarks(t, channel);
	read_podroll(t, channel, base);
	read_seasons(t, channel);
}

static void read_channel(struct takeover *t, const xmlNode *channel, struct span base)
{
	struct feed_show *s = &t->show;
	read_category(t, channel);
	s->short_title = element(t, channel, "itunes:title");
	if (s->short_title && s->title && strcmp(s->short_title, s->title) == 0)
		s->short_title = NULL;
	s->email = element(t, xml_child(channel, "itunes:owner"), "itunes:email");
	s->block = is_yes(xml_child(channel, "itunes:block"));
	s->complete = is_yes(xml_child(channel, "itunes:complete"));
	read_podcast(t, channel, base);
}

static const char *copy(struct takeover *t, const char *text)
{
	return keep_line(t, mem_strdup(text));
}

void takeover_read_show(struct takeover *t, const struct show_record *r, const xmlNode *channel, struct span base)
{
	struct feed_show *s = &t->show;
	struct buf description = {0};
	planet_html_to_text(&description, span_of(r->description));
	struct span text = span_trim(buf_view(&description));
	t->_has_show = true;
	document_set(&t->feed_url, span_of(r->feed_url));
	s->title = copy(t, r->title);
	s->description = takeover_keep(t, span_dup(text));
	s->author = copy(t, r->author);
	s->language = copy(t, r->language);
	s->image = takeover_keep(t, takeover_address(base, r->image));
	s->link = takeover_keep(t, takeover_address(base, r->url));
	s->copyright = copy(t, r->copyright);
	s->type = copy(t, r->type);
	s->explicit_ = r->explicit_;
	if (channel)
		read_channel(t, channel, base);
	buf_finish(&description);
}

void takeover_assume_guid(struct takeover *t, const char *feed_url)
{
	char guid[37];
	if (t->show.guid || !*feed_url)
		return;
	feed_podcast_guid(feed_url, guid);
	t->show.guid = takeover_keep(t, mem_strdup(guid));
}

char *takeover_show_name(const struct takeover *t)
{
	enum { LONGEST = 40 };
	struct buf name = {0};
	struct span title = span_of(t->show.title ? t->show.title : "");
	for (size_t i = 0; i < title.n && name.n < LONGEST; i++) {
		char c = title.p[i] >= 'A' && title.p[i] <= 'Z' ? (char)(title.p[i] | 0x20) : title.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_char(&name, c);
		else if (name.n && name.p[name.n - 1] != '-' && c != '\'')
			buf_char(&name, '-');
	}
	while (name.n && name.p[name.n - 1] == '-')
		name.n--;
	if (!name.n)
		buf_text(&name, "podcast");
	name.p[name.n] = '\0';
	return buf_take(&name);
}

/* ---- writing ---- */

static bool is_plain(struct span s)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
	if (!s.n || s.p[0] == ' ' || s.p[s.n - 1] == ' ')
		return false;
	bool letters = false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		letters |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			strchr(" ._()/+;", (char)c) || (c == '-' && i > 0);
		if (!is_safe || (i == 0 && !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))))
			return false;
	}
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (span_equal_nocase(s, span_of(words[i])))
			return false;
	return letters && s.n < 100;
}

void takeover_add_scalar(struct buf *out, struct span value)
{
	if (is_plain(value)) {
		buf_span(out, value);
		return;
	}
	buf_char(out, '"');
	escape_yaml(out, value);
	buf_char(out, '"');
}

static void add(struct buf *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	buf_format(out, "    %s: ", key);
	takeover_add_scalar(out, span_of(value));
	buf_char(out, '\n');
}

static void add_flag(struct buf *out, const char *key, bool value)
{
	if (value)
		buf_format(out, "    %s: true\n", key);
}

/* "key: value" in a group on one line. */
static void add_member(struct buf *out, const char *key, const char *value, bool *is_first)
{
	if (!value || !*value)
		return;
	buf_format(out, "%s%s: ", *is_first ? "" : ", ", key);
	buf_char(out, '"');
	escape_yaml(out, span_of(value));
	buf_char(out, '"');
	*is_first = false;
}

struct member {
	const char *key, *value;
};

static void add_group(struct buf *out, const char *start, const struct member *members, size_t n)
{
	bool is_first = true;
	buf_format(out, "%s{", start);
	for (size_t i = 0; i < n; i++)
		add_member(out, members[i].key, members[i].value, &is_first);
	buf_text(out, "}\n");
}

static void add_lists(const struct feed_show *s, struct buf *out)
{
	static const char item[] = "      - ";
	for (size_t i = 0; i < s->n_seasons; i++) {
		buf_format(out, "%s      - {number: %lld, name: \"", i ? "" : "    seasons:\n", (long long)s->seasons[i].number);
		escape_yaml(out, span_of(s->seasons[i].name));
		buf_text(out, "\"}\n");
	}
	for (size_t i = 0; i < s->n_people; i++) {
		const struct feed_credit *x = &s->people[i];
		const struct member m[] = {{"name", x->name}, {"role", x->role}, {"group", x->group}, {"image", x->image},
			{"url", x->url}};
		buf_text(out, i ? "" : "    people:\n");
		add_group(out, item, m, COUNT_OF(m));
	}
	for (size_t i = 0; i < s->n_funding; i++) {
		const struct member m[] = {{"url", s->funding[i].url}, {"label", s->funding[i].label}};
		buf_text(out, i ? "" : "    funding:\n");
		add_group(out, item, m, COUNT_OF(m));
	}
	for (size_t i = 0; i < s->n_remarks; i++) {
		const struct member m[] = {{"purpose", s->remarks[i].purpose}, {"text", s->remarks[i].text}};
		buf_text(out, i ? "" : "    txt:\n");
		add_group(out, item, m, COUNT_OF(m));
	}
	for (size_t i = 0; i < s->n_podroll; i++) {
		const struct feed_remote *x = &s->podroll[i];
		const struct member m[] = {{"url", x->url}, {"guid", x->guid}, {"title", x->title}, {"medium", x->medium}};
		buf_text(out, i ? "" : "    podroll:\n");
		add_group(out, item, m, COUNT_OF(m));
	}
}

static void add_groups(const struct feed_show *s, struct buf *out)
{
	if (s->license && s->license_url) {
		const struct member m[] = {{"name", s->license}, {"url", s->license_url}};
		add_group(out, "    license: ", m, COUNT_OF(m));
	} else {
		add(out, "license", s->license ? s->license : s->license_url);
	}
	if (s->place) {
		const struct member m[] = {{"name", s->place}, {"geo", s->place_geo}, {"osm", s->place_osm},
			{"country", s->place_country}, {"rel", s->place_rel}};
		add_group(out, "    location: ", m, COUNT_OF(m));
	}
	if (s->update_text || s->update_rrule || s->update_complete) {
		const struct member m[] = {{"text", s->update_text}, {"rrule", s->update_rrule}, {"start", s->update_start},
			{"complete", s->update_complete ? "true" : NULL}};
		add_group(out, "    update_frequency: ", m, COUNT_OF(m));
	}
}

void takeover_write_show(const struct takeover *t, const char *name, const char *image, struct buf *out)
{
	const struct feed_show *s = &t->show;
	buf_format(out, "  - name: %s\n", name);
	add(out, "title", s->title ? s->title : name);
	add(out, "description", s->description);
	add(out, "language", s->language);
	add(out, "author", s->author);
	add(out, "category", s->category);
	add(out, "subcategory", s->subcategory);
	if (*t->other_categories)
		buf_format(out, "    # The feed's other categories, which players leave alone: %s\n", t->other_categories);
	add(out, "image", image ? image : s->image);
	add_flag(out, "explicit", s->explicit_);
	add(out, "type", s->type);
	add(out, "copyright", s->copyright);
	add(out, "email", s->email);
	add(out, "link", s->link);
	add(out, "short_title", s->short_title);
	add(out, "guid", s->guid);
	add(out, "medium", s->medium);
	add_flag(out, "locked", s->locked);
	add_flag(out, "block", s->block);
	add_flag(out, "complete", s->complete);
	if (s->says_ai)
		buf_format(out, "    ai_content: %s\n", s->is_ai ? "true" : "false");
	add_groups(s, out);
	add_lists(s, out);
}

/* config_show.c - a show in carillon.yaml: what it says of itself, for its page and for every tag of its feed.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/config_reader.h"
#include "transcripts/feed_address.h"

enum { PAGE_ITEMS_MOST = 100000 };

/* Room for the lists' entries; freed with the show. */
static void *list_room(struct config_show *s, size_t n, size_t size)
{
	void *room = mem_new(n + 1, size);
	s->_owned = mem_grow(s->_owned, s->_n_owned + 1, sizeof *s->_owned);
	s->_owned[s->_n_owned++] = room;
	return room;
}

void config_show_finish(struct config_show *s)
{
	for (size_t i = 0; i < s->_n_owned; i++)
		free(s->_owned[i]);
	free(s->_owned);
}

/* The entries under key: a list's, or the one group that stands there. */
static size_t entries(struct config_reader *r, const struct yaml *show, const char *key, const struct yaml *const **items,
	const struct yaml **one)
{
	const struct yaml *node = yaml_get(show, key);
	*one = node;
	if (yaml_is_none(node))
		return 0;
	*items = node->kind == YAML_LIST ? (const struct yaml *const *)node->items : one;
	if (node->kind != YAML_SCALAR)
		return node->kind == YAML_LIST ? node->n : 1;
	config_fault(r, node->line, "'%s' is a list of groups; see carillon.yaml.example", key);
	return 0;
}

static void read_funding(struct config_reader *r, struct config_show *s, const struct yaml *show)
{
	const struct yaml *const *items, *one;
	size_t n = entries(r, show, "funding", &items, &one);
	struct feed_funding *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const struct config_field fields[] = {{"url", CONFIG_TEXT, &list[i].url, true},
			{"label", CONFIG_TEXT, &list[i].label, false}};
		config_read_section(r, "funding", items[i], fields, COUNT_OF(fields));
		s->feed.n_funding += list[i].url != NULL;
	}
	s->feed.funding = list;
}

static void read_people(struct config_reader *r, struct config_show *s, const struct yaml *show)
{
	const struct yaml *const *items, *one;
	size_t n = entries(r, show, "people", &items, &one);
	struct feed_credit *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const struct config_field fields[] = {{"name", CONFIG_TEXT, &list[i].name, true},
			{"role", CONFIG_TEXT, &list[i].role, false}, {"group", CONFIG_TEXT, &list[i].group, false},
			{"image", CONFIG_TEXT, &list[i].image, false}, {"url", CONFIG_TEXT, &list[i].url, false}};
		config_read_section(r, "a person of a show", items[i], fields, COUNT_OF(fields));
		s->feed.n_people += list[i].name != NULL;
	}
	s->feed.people = list;
}

static void read_remarks(struct config_reader *r, struct config_show *s, const struct yaml *show)
{
	const struct yaml *const *items, *one;
	size_t n = entries(r, show, "txt", &items, &one);
	struct feed_remark *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const struct config_field fields[] = {{"purpose", CONFIG_TEXT, &list[i].purpose, false},
			{"text", CONFIG_TEXT, &list[i].text, true}};
		config_read_section(r, "txt", items[i], fields, COUNT_OF(fields));
		s->feed.n_remarks += list[i].text != NULL;
	}
	s->feed.remarks = list;
}

static void read_podroll(struct config_reader *r, struct config_show *s, const struct yaml *show)
{
	const struct yaml *const *items, *one;
	size_t n = entries(r, show, "podroll", &items, &one);
	struct feed_remote *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const struct config_field fields[] = {{"guid", CONFIG_TEXT, &list[i].guid, false},
			{"url", CONFIG_TEXT, &list[i].url, false}, {"title", CONFIG_TEXT, &list[i].title, false},
			{"medium", CONFIG_TEXT, &list[i].medium, false}};
		config_read_section(r, "podroll", items[i], fields, COUNT_OF(fields));
		if (!list[i].guid && !list[i].url)
			config_fault(r, items[i]->line, "a show of the podroll needs its feed's url or its podcast:guid; add one");
		s->feed.n_podroll++;
	}
	s->feed.podroll = list;
}

static int64_t whole(struct config_reader *r, const struct yaml *node, const char *key, double value, double least,
	double most)
{
	if (value >= least && value <= most && value == floor(value))
		return (int64_t)value;
	config_fault(r, node->line, "%s is a whole number from %g to %g, not %g", key, least, most, value);
	return 0;
}

static void read_seasons(struct config_reader *r, struct config_show *s, const struct yaml *show)
{
	const struct yaml *const *items, *one;
	size_t n = entries(r, show, "seasons", &items, &one);
	struct feed_season *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		double number = 0;
		const struct config_field fields[] = {{"number", CONFIG_NUMBER, &number, true},
			{"name", CONFIG_TEXT, &list[i].name, true}};
		config_read_section(r, "a season", items[i], fields, COUNT_OF(fields));
		list[i].number = whole(r, items[i], "a season's number", number, 1, 1e6);
		s->feed.n_seasons++;
	}
	s->feed.seasons = list;
}

static int64_t read_time(struct config_reader *r, const struct yaml *node, const char *text)
{
	int64_t ms = INT64_MIN;
	if (text && time_parse(span_of(text), &ms))
		config_fault(r, node->line, "'%s' is no time; write 2026-11-20T20:00:00Z", text);
	return ms;
}

static void read_live(struct config_reader *r, struct config_show *s, const struct yaml *show)
{
	const struct yaml *const *items, *one;
	size_t n = entries(r, show, "live", &items, &one);
	struct feed_live *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const char *start = NULL, *end = NULL;
		struct feed_live *l = &list[i];
		const struct config_field fields[] = {{"station", CONFIG_TEXT, &l->station, true},
			{"title", CONFIG_TEXT, &l->title, false}, {"status", CONFIG_TEXT, &l->status, false},
			{"start", CONFIG_TEXT, &start, true}, {"end", CONFIG_TEXT, &end, false}};
		config_read_section(r, "live", items[i], fields, COUNT_OF(fields));
		l->start_ms = read_time(r, items[i], start);
		l->end_ms = read_time(r, items[i], end);
		if (l->station && !config_station(r->config, span_of(l->station)))
			config_fault(r, items[i]->line, "no station is named '%s'; add it under stations", l->station);
		if (l->status && strcmp(l->status, "pending") != 0 && strcmp(l->status, "live") != 0 &&
			strcmp(l->status, "ended") != 0)
			config_fault(r, items[i]->line, "a live programme is pending, live or ended, not '%s'", l->status);
		s->feed.n_live += l->station && start;
	}
	s->feed.live = list;
}

static void read_chat(struct config_reader *r, struct config_show *s, const struct yaml *node)
{
	struct feed_chat *c = &s->feed.chat;
	const struct config_field fields[] = {{"server", CONFIG_TEXT, &c->server, true}, {"protocol", CONFIG_TEXT, &c->protocol, true},
		{"account", CONFIG_TEXT, &c->account, false}, {"space", CONFIG_TEXT, &c->space, false}};
	if (!yaml_is_none(node))
		config_read_section(r, "chat", node, fields, COUNT_OF(fields));
}

static void read_comments(struct config_reader *r, struct config_show *s, const struct yaml *show)
{
	const struct yaml *const *items, *one;
	size_t n = entries(r, show, "comments", &items, &one);
	struct feed_comments *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		struct feed_comments *c = &list[i];
		const struct config_field fields[] = {{"protocol", CONFIG_TEXT, &c->protocol, true}, {"url", CONFIG_TEXT, &c->url, false},
			{"account", CONFIG_TEXT, &c->account, false}, {"account_url", CONFIG_TEXT, &c->account_url, false},
			{"priority", CONFIG_NUMBER, &c->priority, false}};
		config_read_section(r, "comments", items[i], fields, COUNT_OF(fields));
		if (c->protocol && !c->url && strcmp(c->protocol, "disabled") != 0)
			config_fault(r, items[i]->line, "comments have a url, or the protocol 'disabled' alone");
		s->feed.n_comments += c->protocol && (c->url || strcmp(c->protocol, "disabled") == 0);
	}
	s->feed.comments = list;
}

static void read_publisher(struct config_reader *r, struct config_show *s, const struct yaml *node)
{
	struct feed_remote *p = &s->feed.publisher;
	const struct config_field fields[] = {{"guid", CONFIG_TEXT, &p->guid, false}, {"url", CONFIG_TEXT, &p->url, false},
		{"title", CONFIG_TEXT, &p->title, false}};
	if (yaml_is_none(node))
		return;
	config_read_section(r, "publisher", node, fields, COUNT_OF(fields));
	if (!p->guid && !p->url)
		config_fault(r, node->line, "a publisher has the guid or the url of its feed");
}

static void read_value(struct config_reader *r, struct config_show *s, const struct yaml *node)
{
	struct feed_show *f = &s->feed;
	const struct yaml *const *items, *one;
	const struct config_field fields[] = {{"type", CONFIG_TEXT, &f->value_type, true}, {"method", CONFIG_TEXT, &f->value_method, true},
		{"suggested", CONFIG_TEXT, &f->value_suggested, false}, {"recipients", CONFIG_OTHER, NULL, true}};
	if (yaml_is_none(node))
		return;
	config_read_section(r, "value", node, fields, COUNT_OF(fields));
	size_t n = entries(r, node, "recipients", &items, &one);
	struct feed_recipient *list = list_room(s, n, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		struct feed_recipient *x = &list[i];
		const struct config_field own[] = {{"name", CONFIG_TEXT, &x->name, false}, {"type", CONFIG_TEXT, &x->type, true},
			{"address", CONFIG_TEXT, &x->address, true}, {"split", CONFIG_NUMBER, &x->split, true},
			{"custom_key", CONFIG_TEXT, &x->custom_key, false}, {"custom_value", CONFIG_TEXT, &x->custom_value, false},
			{"fee", CONFIG_BOOL, &x->fee, false}};
		config_read_section(r, "recipients", items[i], own, COUNT_OF(own));
		f->n_recipients += x->type && x->address && x->split > 0;
	}
	f->recipients = list;
}

static void read_place(struct config_reader *r, struct config_show *s, const struct yaml *node)
{
	struct feed_show *f = &s->feed;
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_SCALAR) {
		f->place = node->text.p;
		return;
	}
	const struct config_field fields[] = {{"name", CONFIG_TEXT, &f->place, true}, {"geo", CONFIG_TEXT, &f->place_geo, false},
		{"osm", CONFIG_TEXT, &f->place_osm, false}, {"country", CONFIG_TEXT, &f->place_country, false},
		{"rel", CONFIG_TEXT, &f->place_rel, false}};
	config_read_section(r, "location", node, fields, COUNT_OF(fields));
	if (f->place_rel && strcmp(f->place_rel, "subject") != 0 && strcmp(f->place_rel, "creator") != 0)
		config_fault(r, node->line, "a location's rel is subject or creator, not '%s'", f->place_rel);
}

static void read_license(struct config_reader *r, struct config_show *s, const struct yaml *node)
{
	if (yaml_is_none(node))
		return;
	if (node->kind == YAML_SCALAR) {
		s->feed.license = node->text.p;
		return;
	}
	const struct config_field fields[] = {{"name", CONFIG_TEXT, &s->feed.license, true},
		{"url", CONFIG_TEXT, &s->feed.license_url, false}};
	config_read_section(r, "license", node, fields, COUNT_OF(fields));
}

static void read_update(struct config_reader *r, struct config_show *s, const struct yaml *node)
{
	struct feed_show *f = &s->feed;
	if (yaml_is_none(node))
		return;
	const struct config_field fields[] = {{"text", CONFIG_TEXT, &f->update_text, false},
		{"rrule", CONFIG_TEXT, &f->update_rrule, false}, {"start", CONFIG_TEXT, &f->update_start, false},
		{"complete", CONFIG_BOOL, &f->update_complete, false}};
	config_read_section(r, "update_frequency", node, fields, COUNT_OF(fields));
}

static void check_medium(struct config_reader *r, const struct yaml *node, const char *medium)
{
	static const char *const known[] = {"podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "publisher",
		"course", "mixed", "podcastL", "musicL", "videoL", "filmL", "audiobookL", "newsletterL", "blogL", "publisherL",
		"courseL"};
	if (!medium)
		return;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(known[i], medium) == 0)
			return;
	config_fault(r, yaml_get(node, "medium")->line, "medium is podcast, music, video, film, audiobook, newsletter, blog, "
		"publisher, course or mixed, not '%s'", medium);
}

void config_read_show(struct config_reader *r, struct config_show *s, const struct yaml *node)
{
	struct feed_show *f = &s->feed;
	double page_items = 0;
	s->line = node->line;
	s->language = "en";
	s->type = "episodic";
	const struct config_field fields[] = {
		{"name", CONFIG_NAME, &s->name, true},
		{"title", CONFIG_TEXT, &s->title, true},
		{"description", CONFIG_TEXT, &s->description, false},
		{"language", CONFIG_TEXT, &s->language, false},
		{"author", CONFIG_TEXT, &s->author, false},
		{"category", CONFIG_TEXT, &s->category, false},
		{"subcategory", CONFIG_TEXT, &s->subcategory, false},
		{"image", CONFIG_TEXT, &s->image, false},
		{"explicit", CONFIG_BOOL, &s->explicit_, false},
		{"type", CONFIG_TEXT, &s->type, false},
		{"copyright", CONFIG_TEXT, &s->copyright, false},
		{"email", CONFIG_TEXT, &s->email, false},
		{"link", CONFIG_TEXT, &s->link, false},
		{"short_title", CONFIG_TEXT, &f->short_title, false},
		{"guid", CONFIG_TEXT, &f->guid, false},
		{"medium", CONFIG_TEXT, &f->medium, false},
		{"locked", CONFIG_BOOL, &f->locked, false},
		{"block", CONFIG_BOOL, &f->block, false},
		{"complete", CONFIG_BOOL, &f->complete, false},
		{"new_feed_url", CONFIG_TEXT, &f->new_feed_url, false},
		{"ai_content", CONFIG_BOOL, &f->is_ai, false},
		{"feed_items", CONFIG_NUMBER, &page_items, false},
		{"funding", CONFIG_OTHER, NULL, false},
		{"people", CONFIG_OTHER, NULL, false},
		{"txt", CONFIG_OTHER, NULL, false},
		{"podroll", CONFIG_OTHER, NULL, false},
		{"seasons", CONFIG_OTHER, NULL, false},
		{"live", CONFIG_OTHER, NULL, false},
		{"location", CONFIG_OTHER, NULL, false},
		{"license", CONFIG_OTHER, NULL, false},
		{"update_frequency", CONFIG_OTHER, NULL, false},
		{"podping", CONFIG_BOOL, &f->uses_podping, false},
		{"chat", CONFIG_OTHER, NULL, false},
		{"comments", CONFIG_OTHER, NULL, false},
		{"publisher", CONFIG_OTHER, NULL, false},
		{"value", CONFIG_OTHER, NULL, false},
	};
	config_read_section(r, "a show", node, fields, COUNT_OF(fields));
	if (strcmp(s->type, "episodic") != 0 && strcmp(s->type, "serial") != 0)
		config_fault(r, node->line, "a show's type is episodic or serial, not '%s'", s->type);
	if (s->name && feed_address_is_taken(span_of(s->name)))
		config_fault(r, node->line, "a show can't be named '%s': /feeds/%s.xml is another feed's address", s->name, s->name);
	if (f->new_feed_url && !config_is_url(f->new_feed_url))
		config_fault(r, yaml_get(node, "new_feed_url")->line, "new_feed_url begins with https:// or http://, not '%s'",
			f->new_feed_url);
	check_medium(r, node, f->medium);
	f->page_items = page_items ? (size_t)whole(r, yaml_get(node, "feed_items"), "feed_items", page_items, 1, PAGE_ITEMS_MOST) : 0;
	f->says_ai = !yaml_is_none(yaml_get(node, "ai_content"));
	read_funding(r, s, node);
	read_people(r, s, node);
	read_remarks(r, s, node);
	read_podroll(r, s, node);
	read_seasons(r, s, node);
	read_live(r, s, node);
	read_place(r, s, yaml_get(node, "location"));
	read_license(r, s, yaml_get(node, "license"));
	read_update(r, s, yaml_get(node, "update_frequency"));
	read_chat(r, s, yaml_get(node, "chat"));
	read_comments(r, s, node);
	read_publisher(r, s, yaml_get(node, "publisher"));
	read_value(r, s, yaml_get(node, "value"));
	f->name = s->name, f->title = s->title, f->description = s->description, f->language = s->language;
	f->author = s->author, f->category = s->category, f->subcategory = s->subcategory, f->image = s->image;
	f->type = s->type, f->copyright = s->copyright, f->email = s->email, f->link = s->link;
	f->explicit_ = s->explicit_;
}

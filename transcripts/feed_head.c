/* feed_head.c - what a feed says of itself as a whole: a show as it is configured; a conference as its files tell; a
 * person; a search.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/feed_parts.h"

/* A text that lives as long as the feed. */
static const char *PRINTF(2, 3) keep(struct feed *f, const char *format, ...)
{
	struct buf text = {0}, repaired = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	buf_text(&repaired, "");
	utf8_append_repaired(&repaired, buf_view(&text));
	buf_finish(&text);
	f->_owned = mem_grow(f->_owned, f->_n_owned + 1, sizeof *f->_owned);
	f->_owned[f->_n_owned] = buf_take(&repaired);
	return f->_owned[f->_n_owned++];
}

static char *site_url(const struct feed *f, const char *before, const char *name, const char *after)
{
	struct buf url = {0};
	buf_format(&url, "%s%s", f->site->base_url, before);
	escape_url(&url, span_of(name));
	buf_text(&url, after);
	return buf_take(&url);
}

static const char *season_name(const struct feed *f)
{
	for (size_t i = 0; i < f->show.n_seasons; i++)
		if (f->show.seasons[i].number == f->request->season)
			return f->show.seasons[i].name;
	return NULL;
}

static enum err show_head(struct feed *f, struct why *why)
{
	const struct feed_site *site = f->site;
	size_t i = 0;
	while (i < site->n_shows && strcmp(site->shows[i].name, f->request->name) != 0)
		i++;
	if (i == site->n_shows)
		return why_set(why, E_GONE, "there is no such show");
	f->show = site->shows[i];
	f->title = f->show.title;
	f->is_podcast = !f->request->season;
	const char *season = season_name(f);
	if (f->request->season && feed_says(season))
		f->title = keep(f, "%s: %s", f->show.title, season);
	else if (f->request->season)
		f->title = keep(f, "%s: season %lld", f->show.title, (long long)f->request->season);
	f->link = feed_says(f->show.link) ? mem_strdup(f->show.link) : site_url(f, "/shows/", f->show.name, "/");
	return OK;
}

/* The track's name as its talks have it. */
static const char *track_name(struct feed *f)
{
	struct archive_item **items = NULL;
	size_t n = 0;
	const char *name = NULL;
	if (archive_list_talks(f->archive, f->request->name, SIZE_MAX, 0, &items, &n, NULL))
		return f->request->track;
	for (size_t i = 0; i < n; i++) {
		struct buf slug = {0};
		feed_track_slug(&slug, items[i]->track);
		if (!name && items[i]->track[0] && strcmp(slug.p, f->request->track) == 0)
			name = keep(f, "%s", items[i]->track);
		buf_finish(&slug);
		archive_item_free(items[i]);
	}
	free(items);
	return name ? name : f->request->track;
}

static enum err conference_head(struct feed *f, struct why *why)
{
	struct archive_conference *found = archive_conference_find(f->archive, f->request->name);
	if (!found)
		return why_set(why, E_GONE, "there is no such conference");
	const struct conference *c = &found->c;
	f->show = (struct feed_show){.name = f->request->name, .title = keep(f, "%s", c->title),
		.description = keep(f, "%s", c->description), .language = keep(f, "%s", c->language), .image = keep(f, "%s", c->image),
		.place = keep(f, "%s", c->place), .place_rel = "creator", .medium = "course"};
	f->title = f->request->track ? keep(f, "%s: %s", f->show.title, track_name(f)) : f->show.title;
	f->link = site_url(f, "/conferences/", f->request->name, "/");
	archive_conference_free(found);
	return OK;
}

static enum err person_head(struct feed *f, struct why *why)
{
	struct archive_person *found = archive_person_find(f->archive, f->request->name);
	if (!found)
		return why_set(why, E_GONE, "there is no such person");
	f->show = (struct feed_show){.name = f->request->name, .title = keep(f, "%s · %s", found->name, f->site->title),
		.description = feed_says(found->about) ? keep(f, "%s", found->about)
						       : keep(f, "Episodes and talks with %s", found->name),
		.image = keep(f, "%s", found->image), .author = f->site->title};
	f->title = f->show.title;
	f->link = site_url(f, "/people/", f->request->name, "");
	archive_person_free(found);
	return OK;
}

static enum err search_head(struct feed *f)
{
	struct span query = span_trim(f->request->search->query), speaker = f->request->search->speaker;
	if (query.n)
		f->title = keep(f, "“%.*s” · %s", SPAN_ARG(query), f->site->title);
	else if (speaker.n)
		f->title = keep(f, "%.*s · %s", SPAN_ARG(speaker), f->site->title);
	else
		f->title = keep(f, "%s", f->site->title);
	f->show = (struct feed_show){.name = "search", .title = f->title, .author = f->site->title,
		.description = query.n ? keep(f, "Where “%.*s” was said or written about", SPAN_ARG(query)) : f->title};
	struct buf url = {0};
	buf_format(&url, "%s/search%s", f->site->base_url, f->request->query.n ? "?" : "");
	buf_span(&url, f->request->query);
	f->link = buf_take(&url);
	return OK;
}

/* On this machine nobody subscribes for good: an http:// address is no fault there. */
static bool is_loopback(const char *base_url)
{
	static const char *const hosts[] = {"http://127.", "http://localhost", "http://[::1]"};
	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		if (strncmp(base_url, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

static char *address(const struct feed *f, const struct feed_request *r)
{
	struct buf url = {0};
	buf_text(&url, f->site->base_url);
	feed_address_write(&url, r);
	return buf_take(&url);
}

char *feed_page_url(const struct feed *f, size_t page)
{
	struct feed_request r = *f->request;
	r.page = page;
	return address(f, &r);
}

enum err feed_head(struct feed *f, struct why *why)
{
	struct feed_request rss = *f->request;
	enum err e = OK;
	rss.form = FEED_RSS;
	rss.page = 0;
	f->url = feed_page_url(f, f->request->page);
	f->rss_url = address(f, &rss);
	f->has_podcast_urls = strncmp(f->site->base_url, "http://", 7) != 0 || is_loopback(f->site->base_url);
	switch (f->request->kind) {
	case FEED_SHOW: e = show_head(f, why); break;
	case FEED_CONFERENCE: e = conference_head(f, why); break;
	case FEED_PERSON: e = person_head(f, why); break;
	case FEED_SEARCH: e = search_head(f); break;
	}
	if (e)
		return e;
	struct feed quiet = *f; /* what isn't configured isn't the configuration's fault */
	quiet.fault = f->request->kind == FEED_SHOW ? f->fault : NULL;
	feed_note_artwork(&quiet, f->show.image, "carillon.yaml", &f->artwork, &f->image_url);
	if (f->is_podcast && !f->has_podcast_urls)
		feed_report(f, "carillon.yaml", "base_url is http://, and the podcast namespace takes only https:// addresses: the feeds "
			"go without transcripts, chapters and other tags that have one");
	return OK;
}

static bool is_language(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return (n == 2 || n == 3) && (!s[n] || (s[n] == '-' && s[n + 1] && strspn(s + n + 1,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(s + n + 1)));
}

const char *feed_language(const struct feed *f)
{
	const char *s = f->show.language;
	return feed_says(s) && is_language(s) ? s : "en";
}

/* Archives of so many items each, counted from the oldest, so that they stay as they are; the feed has the rest. */
void feed_pages(struct feed *f)
{
	size_t room = f->show.page_items ? f->show.page_items : FEED_PAGE_ITEMS;
	f->first = 0;
	f->end = f->n;
	f->n_pages = 0;
	if (f->request->kind == FEED_SEARCH || f->n < 2 * room)
		return;
	f->n_pages = f->n / room - 1;
	if (f->request->page > f->n_pages)
		return;
	if (f->request->page) {
		f->end = f->n - (f->request->page - 1) * room;
		f->first = f->end - room;
	} else {
		f->end = f->n - f->n_pages * room;
	}
}

static void link_page(struct feed *f, void (*link)(struct feed *f, const char *rel, const char *url), const char *rel, size_t page)
{
	char *url = feed_page_url(f, page);
	link(f, rel, url);
	free(url);
}

void feed_write_pages(struct feed *f, const char *indent, void (*link)(struct feed *f, const char *rel, const char *url))
{
	size_t page = f->request->page, n = f->n_pages;
	if (!n)
		return;
	if (page) {
		buf_format(f->out, "%s<fh:archive/>\n", indent);
		link_page(f, link, "current", 0);
	}
	link_page(f, link, "first", 0);
	link_page(f, link, "last", 1);
	if (page != 1) {
		link_page(f, link, "prev-archive", page ? page - 1 : n);
		link_page(f, link, "next", page ? page - 1 : n);
	}
	if (page) {
		if (page < n)
			link_page(f, link, "next-archive", page + 1);
		link_page(f, link, "previous", page < n ? page + 1 : 0);
	}
}

void feed_finish(struct feed *f)
{
	for (size_t i = 0; i < f->n; i++)
		feed_piece_finish(&f->pieces[i]);
	free(f->pieces);
	for (size_t i = 0; i < f->_n_owned; i++)
		free(f->_owned[i]);
	free(f->_owned);
	free(f->url);
	free(f->rss_url);
	free(f->link);
	free(f->artwork);
	free(f->image_url);
}

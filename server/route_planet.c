/* route_planet.c - GET /planet/ and /planet/SOURCE/: what the planet's feeds brought, newest first, and how each feed
 * is; /feeds/planet.atom and /feeds/planet.opml.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/escape.h"
#include "server/page.h"
#include "server/routes.h"
#include "transcripts/planet_export.h"

enum { POSTS_A_FEED = 60 };

/* Pictures in posts are the posts' own. Everything else is as strict as on other pages. */
static const struct http_field with_pictures[] = {
	{"content-security-policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:;"
	" media-src 'self'; "
		"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
	{NULL, NULL},
};

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"},
	{"cross-origin-resource-policy", "cross-origin"},
	{NULL, NULL},
};

static void planet_title(const struct config *config, struct buf *out)
{
	buf_format(out, "%s%s", span_starts(span_of(config->title), "Planet ") ? "" : "Planet ", config->title);
}

/* "August 17, 2017" and "02:05 PM", as planets have them. */
static void write_day(int64_t ms, struct buf *out)
{
	static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December"};
	struct buf iso = {0};
	time_format_iso(&iso, ms);
	int month = (iso.p[5] - '0') * 10 + iso.p[6] - '0';
	buf_format(out, "%s %.2s, %.4s", months[month - 1], iso.p + 8, iso.p);
	buf_finish(&iso);
}

static void add_moment(cJSON *data, int64_t ms)
{
	struct buf iso = {0}, text = {0};
	time_format_iso(&iso, ms);
	write_day(ms, &text);
	buf_format(&text, " %.5s", iso.p + 11);
	cJSON_AddStringToObject(data, "datetime", iso.p);
	cJSON_AddStringToObject(data, "moment", text.p);
	buf_finish(&iso);
	buf_finish(&text);
}

static cJSON *json_list(const char *text)
{
	struct why why;
	return json_parse(span_of(text), &why);
}

static void add_enclosures(cJSON *data, const struct planet_post *post)
{
	cJSON *list = json_list(post->enclosures), *shown = cJSON_AddArrayToObject(data, "enclosures");
	const cJSON *one;
	cJSON_ArrayForEach(one, list) {
		cJSON *item = cJSON_CreateObject();
		struct span url = json_string(json_get(one, "url"));
		size_t start = url.n;
		while (start && url.p[start - 1] != '/')
			start--;
		page_add_text(item, "url", url);
		page_add_text(item, "name", start < url.n ? span_from(url, start) : url);
		page_add_text(item, "type", json_string(json_get(one, "type")));
		cJSON_AddItemToArray(shown, item);
	}
	cJSON_Delete(list);
}

static cJSON *post_data(const struct planet_post *post, const struct planet_post *before)
{
	cJSON *data = cJSON_CreateObject();
	struct buf text = {0}, day = {0};
	write_day(post->shown_ms, &day);
	if (before)
		write_day(before->shown_ms, &text);
	bool is_new_day = !before || !span_equal(buf_view(&text), buf_view(&day));
	if (is_new_day)
		cJSON_AddStringToObject(data, "day", day.p);
	/* One heading for posts of one blog that follow each other, as on every planet. */
	if (is_new_day || before->source != post->source) {
		cJSON_AddStringToObject(data, "feed_name", post->feed_name);
		buf_clear(&text);
		buf_text(&text, "/planet/");
		escape_url(&text, span_of(post->feed_slug));
		buf_char(&text, '/');
		cJSON_AddStringToObject(data, "feed_url", text.p);
	}
	buf_clear(&text);
	planet_post_heading(&text, post);
	cJSON_AddStringToObject(data, "heading", text.p ? text.p : "");
	cJSON_AddNumberToObject(data, "id", (double)post->id);
	cJSON_AddStringToObject(data, "url", post->url);
	cJSON_AddStringToObject(data, "author", *post->author ? post->author : post->feed_author);
	cJSON_AddStringToObject(data, "language", *post->language ? post->language : post->feed_language);
	cJSON_AddStringToObject(data, "content", post->content);
	cJSON_AddStringToObject(data, "source_title", post->source_title);
	cJSON_AddStringToObject(data, "source_url", post->source_url);
	cJSON_AddItemToObject(data, "tags", json_list(post->tags));
	add_enclosures(data, post);
	add_moment(data, post->shown_ms);
	buf_finish(&text);
	buf_finish(&day);
	return data;
}

static cJSON *source_data(const struct planet_source *s)
{
	cJSON *data = cJSON_CreateObject();
	struct buf url = {0};
	buf_text(&url, "/planet/");
	escape_url(&url, span_of(s->slug));
	buf_char(&url, '/');
	cJSON_AddStringToObject(data, "url", url.p);
	buf_finish(&url);
	cJSON_AddStringToObject(data, "name", s->name);
	cJSON_AddStringToObject(data, "page", s->page);
	if (s->state != PLANET_FILE)
		cJSON_AddStringToObject(data, "feed", s->at);
	cJSON_AddNumberToObject(data, "posts", (double)s->n_entries);
	cJSON_AddBoolToObject(data, "is_one", s->n_entries == 1);
	cJSON_AddStringToObject(data, "state", planet_state_name(s->state));
	cJSON_AddBoolToObject(data, "is_waiting", s->state == PLANET_WAITING);
	cJSON_AddBoolToObject(data, "is_list", s->is_list);
	cJSON_AddStringToObject(data, "error", s->error);
	cJSON_AddStringToObject(data, "about", s->subtitle);
	return data;
}

static bool number_in(const struct page *page, const char *name, int64_t *n)
{
	struct buf text = {0};
	bool is_one = query_value(buf_view(&page->query), name, &text) && span_to_i64(buf_view(&text), n) && *n > 0;
	buf_finish(&text);
	return is_one;
}

/* The address's, or on a feed's page ?post=ID: where that stands. */
static size_t number_of(struct page *page, const char *slug, const char *number)
{
	struct planet_store *store;
	struct why why;
	int64_t n;
	if (*slug && number_in(page, "post", &n) && server_borrow_planet(page->server, &store, &why) == OK) {
		n = (int64_t)(planet_post_place(store, slug, n) / PAGE_POSTS) + 1;
		server_return_planet(page->server, store);
		return (size_t)n;
	}
	return page_number(page, number);
}

/* The source with this slug, or NULL. */
static const struct planet_source *find(const struct planet_source *sources, size_t n, const char *slug)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(sources[i].slug, slug) == 0)
			return &sources[i];
	return NULL;
}

struct view {
	struct planet_store *store;
	struct planet_source *sources;
	struct planet_post *posts;
	size_t n_sources, n_posts, total;
};

/* False: the page has been answered. */
static bool view_open(struct page *page, struct view *v, const char *slug, size_t limit, size_t offset)
{
	struct why why = {0};
	*v = (struct view){.store = NULL};
	enum err e = server_borrow_planet(page->server, &v->store, &why);
	if (e == E_GONE && !*slug)
		return true; /* nothing was fetched yet */
	if (!e)
		e = planet_sources(v->store, &v->sources, &v->n_sources, &why);
	if (!e)
		e = planet_posts(v->store, *slug ? slug : NULL, limit, offset, &v->posts, &v->n_posts, &v->total, &why);
	if (!e)
		return true;
	if (e == E_GONE) {
		page_not_found(page, "source");
	} else {
		DIAG(DIAG_ERROR, "planet", "%s", why.text);
		page->status = 500;
	}
	return false;
}

static void view_close(struct page *page, struct view *v)
{
	planet_posts_free(v->posts, v->n_posts);
	planet_sources_free(v->sources, v->n_sources);
	if (v->store)
		server_return_planet(page->server, v->store);
}

static void add_view(cJSON *data, const struct page *page, const struct view *v, const char *slug, size_t number)
{
	cJSON *posts = cJSON_AddArrayToObject(data, "posts"), *sources = cJSON_AddArrayToObject(data, "sources");
	for (size_t i = 0; i < v->n_posts; i++)
		cJSON_AddItemToArray(posts, post_data(&v->posts[i], i ? &v->posts[i - 1] : NULL));
	for (size_t i = 0; i < v->n_sources; i++)
		cJSON_AddItemToArray(sources, source_data(&v->sources[i]));
	cJSON_AddBoolToObject(data, "has_posts", v->n_posts > 0);
	cJSON_AddBoolToObject(data, "has_sources", v->n_sources > 0);
	cJSON_AddBoolToObject(data, "is_configured", page->server->config->n_planet > 0 || v->n_sources > 0);
	page_add_neighbours(data, "/planet/", slug, number, number * PAGE_POSTS < v->total);
}

/* slug: of one source, or ""; number: of the list's page, as text, or "". */
static void build(struct page *page, const char *slug, const char *number_text)
{
	struct view v;
	size_t number = number_of(page, slug, number_text);
	if (view_open(page, &v, slug, PAGE_POSTS, (number - 1) * PAGE_POSTS)) {
		struct buf title = {0}, path = {0};
		const struct planet_source *one = *slug ? find(v.sources, v.n_sources, slug) : NULL;
		planet_title(page->server->config, &title);
		page_list_path(&path, "/planet/", slug, number);
		page->has_foreign_pictures = true;
		cJSON *data = page_data(page, one ? one->name : title.p, "", path.p);
		cJSON_AddStringToObject(data, "planet", title.p);
		cJSON_AddTrueToObject(data, "is_planet");
		if (one)
			cJSON_AddItemToObject(data, "one", source_data(one));
		add_view(data, page, &v, slug, number);
		page->extra = with_pictures;
		if (number > 1 && !v.n_posts) {
			cJSON_Delete(data);
			page_not_found(page, "page");
		} else {
			page_render(page, "planet", data);
		}
		buf_finish(&title);
		buf_finish(&path);
	}
	view_close(page, &v);
}

void page_of_planet(struct page *page)
{
	build(page, "", page->part[0]);
}

void page_of_planet_source(struct page *page)
{
	build(page, page->part[0], page->part[1]);
}

static void build_export(struct page *page, bool is_atom)
{
	const struct config *config = page->server->config;
	struct view v;
	struct buf title = {0}, page_url = {0}, feed_url = {0};
	if (view_open(page, &v, "", is_atom ? POSTS_A_FEED : 0, 0)) {
		planet_title(config, &title);
		buf_format(&page_url, "%s/planet/", config->base_url);
		buf_format(&feed_url, "%s/feeds/planet.atom", config->base_url);
		const struct planet_place place = {title.p, page_url.p, feed_url.p};
		if (is_atom)
			planet_write_atom(&page->out, &place, v.posts, v.n_posts);
		else
			planet_write_opml(&page->out, &place, v.sources, v.n_sources);
		page->type = is_atom ? "application/atom+xml; charset=utf-8" : "text/x-opml; charset=utf-8";
		page->extra = open_to_all;
	}
	view_close(page, &v);
	buf_finish(&title);
	buf_finish(&page_url);
	buf_finish(&feed_url);
}

void page_of_planet_atom(struct page *page)
{
	build_export(page, true);
}

void page_of_planet_opml(struct page *page)
{
	build_export(page, false);
}

/* route_search_page.c - GET /search?q=: what /api/search finds, for people. The form has the API's parameters.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/page.h"
#include "server/route_search.h"
#include "server/routes.h"
#include "transcripts/dialect.h"
#include "transcripts/planet_store.h"

/* The search's address with this query, from this hit on; sponsors: 1 with, 0 without, -1 as it is. */
static void add_url(cJSON *data, const char *name, const struct search_input *input, struct span query, size_t offset,
	int sponsors)
{
	struct buf url = {0};
	buf_text(&url, "/search?q=");
	escape_url(&url, query);
	for (int i = SEARCH_SHOW; i < SEARCH_PARAMETERS; i++) {
		struct span value = span_trim(buf_view(&input->values[i]));
		if (i == SEARCH_OFFSET || (i == SEARCH_SPONSORS && sponsors >= 0) || !value.n)
			continue;
		buf_format(&url, "&%s=", search_parameter_names[i]);
		escape_url(&url, value);
	}
	if (sponsors == 1)
		buf_text(&url, "&sponsors=1");
	if (offset)
		buf_format(&url, "&offset=%zu", offset);
	cJSON_AddStringToObject(data, name, url.p);
	buf_finish(&url);
}

cJSON *page_hit(const struct page *page, const struct search_hit *hit)
{
	struct archive_item *whole = archive_item_by_id(page->archive, hit->item->id);
	if (!whole)
		return NULL; /* gone since it was found */
	cJSON *data = page_item(page, whole);
	archive_item_free(whole);
	cJSON *moments = cJSON_AddArrayToObject(data, "moments");
	cJSON_AddBoolToObject(data, "has_moments", hit->n_moments > 0);
	if (hit->summary)
		cJSON_AddStringToObject(data, "summary_html", hit->summary);
	for (size_t i = 0; i < hit->n_moments; i++) {
		const struct search_moment *moment = &hit->moments[i];
		cJSON *item = cJSON_CreateObject();
		struct buf time = {0};
		stamp_write(&time, (int64_t)(moment->start * 1000), false);
		cJSON_AddStringToObject(item, "time", time.p);
		cJSON_AddStringToObject(item, "url", moment->url);
		cJSON_AddStringToObject(item, "speaker", moment->speaker);
		cJSON_AddStringToObject(item, "html", moment->html);
		cJSON_AddBoolToObject(item, "is_sponsored", moment->is_sponsored);
		cJSON_AddBoolToObject(item, "is_chapter", moment->is_chapter);
		cJSON_AddItemToArray(moments, item);
		buf_finish(&time);
	}
	return data;
}

static cJSON *post_data(const struct search_hit *hit)
{
	cJSON *data = cJSON_CreateObject();
	struct buf date = {0};
	time_format_iso(&date, hit->item->published_ms);
	cJSON_AddTrueToObject(data, "is_post");
	cJSON_AddStringToObject(data, "heading", hit->item->title[0] ? hit->item->title : hit->url);
	cJSON_AddStringToObject(data, "url", hit->url);
	cJSON_AddStringToObject(data, "show_title", hit->author ? hit->author : "");
	page_add_text(data, "date", span_make(date.p, 10));
	cJSON_AddStringToObject(data, "summary_html", hit->summary ? hit->summary : "");
	buf_finish(&date);
	return data;
}

static void add_found(cJSON *data, const struct search_input *input, const struct search_result *result)
{
	struct buf found = {0};
	size_t first = input->request.offset + 1, last = input->request.offset + result->n_hits;
	const char *one = "recording", *many = "recordings";
	if (planet_search_is_meant(&input->request))
		one = "post", many = "posts";
	if (result->total == 0)
		buf_text(&found, "Nothing was found.");
	else if (result->n_hits == result->total)
		buf_format(&found, "Found in %zu %s (%.0f ms).", result->total, result->total == 1 ? one : many, result->took_ms);
	else
		buf_format(&found, "Found in %zu %s; here are %zu to %zu (%.0f ms).", result->total, many, first, last,
			result->took_ms);
	if (result->timed_out)
		buf_text(&found, " The search took too long and was cut short; more or rarer words help.");
	if (result->n_ignored)
		buf_format(&found, " %zu more words were not looked for.", result->n_ignored);
	cJSON_AddStringToObject(data, "found", found.p);
	buf_finish(&found);
}

static void add_results(cJSON *data, const struct page *page, const struct search_input *input,
	const struct search_result *result)
{
	struct span query = buf_view(&input->values[SEARCH_Q]);
	size_t offset = input->request.offset, limit = input->request.limit;
	cJSON_AddTrueToObject(data, "searched");
	add_found(data, input, result);
	if (result->did_you_mean) {
		cJSON_AddStringToObject(data, "did_you_mean", result->did_you_mean);
		add_url(data, "did_you_mean_url", input, span_of(result->did_you_mean), 0, -1);
	}
	bool is_posts = planet_search_is_meant(&input->request);
	if (!is_posts)
		add_url(data, input->request.with_sponsors ? "without_sponsors" : "with_sponsors", input, query, 0,
			!input->request.with_sponsors);
	cJSON *hits = cJSON_AddArrayToObject(data, "hits");
	for (size_t i = 0; i < result->n_hits; i++)
		cJSON_AddItemToArray(hits, is_posts ? post_data(&result->hits[i]) :
			page_hit(page, &result->hits[i])); /* which does nothing for NULL */
	if (offset)
		add_url(data, "previous", input, query, offset > limit ? offset - limit : 0, -1);
	if (offset + result->n_hits < result->total)
		add_url(data, "next", input, query, offset + limit, -1);
}

static void add_choice(cJSON *choices, const char *value, const char *label, struct span chosen)
{
	cJSON *choice = cJSON_CreateObject();
	cJSON_AddStringToObject(choice, "value", value);
	cJSON_AddStringToObject(choice, "label", label);
	cJSON_AddBoolToObject(choice, "is_chosen", span_equal_nocase(chosen, span_of(value)));
	cJSON_AddItemToArray(choices, choice);
}

/* The form keeps what was chosen. */
static void add_form(cJSON *data, const struct page *page, const struct search_input *input)
{
	cJSON *form = cJSON_AddObjectToObject(data, "form");
	static const char *const kinds[][2] = {{"episode", "Episodes"}, {"talk", "Talks"}, {"transcript", "Transcripts alone"},
		{"post", "The planet's posts"}};
	struct span chosen[SEARCH_PARAMETERS];
	bool narrowed = false;
	for (int i = 0; i < SEARCH_PARAMETERS; i++) {
		chosen[i] = span_trim(buf_view(&input->values[i]));
		narrowed |= i >= SEARCH_SHOW && i <= SEARCH_SPONSORS && chosen[i].n > 0;
	}
	cJSON *choices = cJSON_AddArrayToObject(form, "kinds");
	bool has_planet = json_is_true(json_get(data, "has_planet"));
	for (size_t i = 0; i < COUNT_OF(kinds) - !has_planet; i++)
		add_choice(choices, kinds[i][0], kinds[i][1], chosen[SEARCH_KIND]);
	const struct config *config = page->server->config;
	choices = cJSON_AddArrayToObject(form, "shows");
	for (size_t i = 0; i < config->n_shows; i++) {
		const struct config_show *show = &config->shows[i];
		add_choice(choices, show->name, show->title[0] ? show->title : show->name, chosen[SEARCH_SHOW]);
	}
	cJSON_AddBoolToObject(form, "has_shows", config->n_shows > 1);
	page_add_text(form, "conference", chosen[SEARCH_CONFERENCE]);
	page_add_text(form, "speaker", chosen[SEARCH_SPEAKER]);
	page_add_text(form, "year", chosen[SEARCH_YEAR]);
	page_add_text(form, "after", chosen[SEARCH_AFTER]);
	page_add_text(form, "before", chosen[SEARCH_BEFORE]);
	cJSON_AddBoolToObject(form, "sponsors", input->request.with_sponsors);
	cJSON_AddBoolToObject(form, "is_narrowed", narrowed);
}

/* The same search, to subscribe to: whatever is said from now on. */
static void add_feed(cJSON *data, const struct page *page)
{
	struct buf path = {0};
	buf_text(&path, "/feeds/search?");
	buf_span(&path, buf_view(&page->query));
	page_add_feed(data, "This search", path.p);
	buf_clear(&path);
	buf_text(&path, "/feeds/search.xml?");
	buf_span(&path, buf_view(&page->query));
	cJSON_AddStringToObject(data, "search_feed", path.p);
	buf_finish(&path);
}

/* Posts stand apart from what was said: how many there are, and the way to them. */
static void add_posts(cJSON *data, const struct page *page, const struct search_input *input)
{
	struct search_request request = input->request;
	struct search_result *posts = NULL;
	struct why why = {0};
	request.limit = 1;
	request.offset = 0;
	if (span_trim(request.kind).n || search_posts(page->server, &request, &posts, &why) || !posts || !posts->total) {
		search_result_free(posts);
		return;
	}
	struct buf url = {0}, text = {0};
	buf_text(&url, "/search?kind=post&q=");
	escape_url(&url, buf_view(&input->values[SEARCH_Q]));
	buf_format(&text, "%zu post%s", posts->total, posts->total == 1 ? "" : "s");
	cJSON_AddStringToObject(data, "posts_url", url.p);
	cJSON_AddStringToObject(data, "posts_found", text.p);
	buf_finish(&url);
	buf_finish(&text);
	search_result_free(posts);
}

void page_of_search(struct page *page)
{
	struct search_input input;
	search_input_read(&input, buf_view(&page->query));
	cJSON *data = page_data(page, "Search", "", "/search");
	page_add_text(data, "query", buf_view(&input.values[SEARCH_Q]));
	add_form(data, page, &input);
	struct search_result *result = NULL;
	struct why why = {0};
	if (search_input_asks(&input)) {
		enum err e = planet_search_is_meant(&input.request) ? search_posts(page->server, &input.request, &result, &why) :
			page->archive ? search_run(page->archive, &input.request, &result, &why) : OK;
		if (e) {
			DIAG(DIAG_ERROR, "search", "%s", why.text);
			page->status = 500;
		} else if (result) {
			add_results(data, page, &input, result);
			if (!planet_search_is_meant(&input.request))
				add_feed(data, page);
		}
		if (!e && !planet_search_is_meant(&input.request))
			add_posts(data, page, &input);
	}
	page_render(page, "search", data);
	search_result_free(result);
	search_input_finish(&input);
}

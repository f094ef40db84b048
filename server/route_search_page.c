/* route_search_page.c - GET /search?q=: what /api/search finds, for people.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/diag.h"
#include "base/escape.h"
#include "server/page.h"
#include "server/routes.h"
#include "server/route_search.h"
#include "transcripts/dialect.h"
#include "transcripts/search.h"

static void add_search_url(cJSON *data, const char *name, struct span query, size_t offset)
{
	struct buf url = {0};
	buf_text(&url, "/search?q=");
	escape_url(&url, query);
	if (offset)
		buf_format(&url, "&offset=%zu", offset);
	cJSON_AddStringToObject(data, name, url.p);
	buf_finish(&url);
}

static cJSON *hit_data(const struct page *page, const struct search_hit *hit)
{
	struct archive_item *whole = archive_item_by_id(page->archive, hit->item->id);
	if (!whole)
		return NULL; /* gone since it was found */
	cJSON *data = page_item(page, whole);
	archive_item_free(whole);
	cJSON *moments = cJSON_AddArrayToObject(data, "moments");
	cJSON_AddBoolToObject(data, "has_moments", hit->n_moments > 0);
	for (size_t i = 0; i < hit->n_moments; i++) {
		const struct search_moment *moment = &hit->moments[i];
		cJSON *item = cJSON_CreateObject();
		struct buf time = {0};
		stamp_write(&time, (int64_t)(moment->start * 1000), false);
		cJSON_AddStringToObject(item, "time", time.p);
		cJSON_AddStringToObject(item, "url", moment->url);
		cJSON_AddStringToObject(item, "speaker", moment->speaker);
		cJSON_AddStringToObject(item, "html", moment->html);
		cJSON_AddItemToArray(moments, item);
		buf_finish(&time);
	}
	return data;
}

static void add_results(cJSON *data, const struct page *page, const struct search_request *request,
	const struct search_result *result)
{
	struct buf found = {0};
	if (result->total == 0)
		buf_text(&found, "Nothing was found.");
	else
		buf_format(&found, "Found in %zu %s (%.0f ms).", result->total, result->total == 1 ? "recording" : "recordings",
			result->took_ms);
	if (result->timed_out)
		buf_text(&found, " The search took too long and was cut short; more or rarer words help.");
	cJSON_AddTrueToObject(data, "searched");
	cJSON_AddStringToObject(data, "found", found.p);
	buf_finish(&found);
	if (result->did_you_mean) {
		cJSON_AddStringToObject(data, "did_you_mean", result->did_you_mean);
		add_search_url(data, "did_you_mean_url", span_of(result->did_you_mean), 0);
	}
	cJSON *hits = cJSON_AddArrayToObject(data, "hits");
	for (size_t i = 0; i < result->n_hits; i++)
		cJSON_AddItemToArray(hits, hit_data(page, &result->hits[i])); /* which does nothing for NULL */
	if (request->offset)
		add_search_url(data, "previous", request->query,
			request->offset > request->limit ? request->offset - request->limit : 0);
	if (request->offset + result->n_hits < result->total)
		add_search_url(data, "next", request->query, request->offset + request->limit);
}

static void build(struct page *page)
{
	struct search_input input;
	search_input_read(&input, buf_view(&page->query));
	const struct search_request *request = &input.request;
	cJSON *data = page_data(page, "Search", "", "/search");
	page_add_text(data, "query", request->query);
	struct search_result *result = NULL;
	struct why why = {0};
	if (page->archive && span_trim(request->query).n) {
		if (search_run(page->archive, request, &result, &why)) {
			DIAG(DIAG_ERROR, "search", "%s", why.text);
			page->status = 500;
		} else {
			add_results(data, page, request, result);
		}
	}
	page_render(page, "search", data);
	search_result_free(result);
	search_input_finish(&input);
}

void route_search_page(struct http *h)
{
	page_serve(h, build);
}

/* route_search_suggest.c - GET /api/suggest?q=&limit=: what may be meant, while somebody types.
 * SPDX-License-Identifier: MIT */
#include "base/diag.h"
#include "server/page.h"
#include "server/route_search.h"
#include "server/routes.h"
#include "transcripts/completion.h"

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"}, {"cross-origin-resource-policy", "cross-origin"},
	{"cache-control", "max-age=60"}, {NULL, NULL}};

static void build(struct page *page)
{
	struct search_input input;
	struct completion *list = NULL;
	struct why why = {0};
	size_t n = 0;
	search_input_read(&input, buf_view(&page->query));
	struct span typed = buf_view(&input.values[SEARCH_Q]);
	size_t limit = input.values[SEARCH_LIMIT].n ? input.request.limit : COMPLETIONS_DEFAULT;
	if (page->archive && completions_find(page->archive, typed, limit, &list, &n, &why)) {
		DIAG(DIAG_ERROR, "search", "%s", why.text);
		page->status = 500;
	} else {
		struct json_writer w;
		json_begin(&w, &page->out);
		completions_write_json(&w, typed, list, n);
	}
	page->type = "application/json";
	page->extra = open_to_all;
	completions_free(list, n);
	search_input_finish(&input);
}

void route_suggest(struct http *h)
{
	page_serve(h, build);
}

/* route_search.c - GET /api/search: what was said, as JSON.
 * SPDX-License-Identifier: MIT */
#include "server/route_search.h"

#include "base/diag.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "server/page.h"
#include "server/routes.h"
#include "transcripts/planet_store.h"

static const struct http_field open_to_all[] = {
	{"access-control-allow-origin", "*"}, {"cross-origin-resource-policy", "cross-origin"},
	{"cache-control", "no-cache"}, {NULL, NULL}};

static void decode(struct buf *out, struct span text)
{
	struct buf decoded = {0};
	if (unescape_url(&decoded, text, true)) {
		buf_clear(&decoded);
		buf_span(&decoded, text);
	}
	utf8_append_repaired(out, buf_view(&decoded));
	buf_finish(&decoded);
}

static size_t number(struct span text, size_t missing, size_t most)
{
	int64_t value;
	if (!span_to_i64(text, &value) || value < 0)
		return missing;
	return (uint64_t)value > most ? most : (size_t)value;
}

const char *const search_parameter_names[SEARCH_PARAMETERS] = {"q", "show", "conference", "speaker", "kind", "year",
	"item", "after", "before", "sponsors", "moments", "limit", "offset"};

void search_input_read(struct search_input *in, struct span query)
{
	*in = (struct search_input){0};
	struct span piece;
	while (span_next_piece(&query, '&', &piece)) {
		size_t equals = span_find(piece, '=');
		for (size_t i = 0; i < SEARCH_PARAMETERS; i++)
			if (span_is(span_make(piece.p, equals), search_parameter_names[i]) && !in->values[i].n)
				decode(&in->values[i], span_from(piece, equals + 1));
	}
	const struct buf *v = in->values;
	/* Days are part of the query's own language. */
	buf_span(&in->typed, buf_view(&v[SEARCH_Q]));
	if (span_trim(buf_view(&v[SEARCH_AFTER])).n)
		buf_format(&in->typed, " after:%.*s", SPAN_ARG(span_trim(buf_view(&v[SEARCH_AFTER]))));
	if (span_trim(buf_view(&v[SEARCH_BEFORE])).n)
		buf_format(&in->typed, " before:%.*s", SPAN_ARG(span_trim(buf_view(&v[SEARCH_BEFORE]))));
	in->request = (struct search_request){.query = buf_view(&in->typed), .show = buf_view(&v[SEARCH_SHOW]),
		.conference = buf_view(&v[SEARCH_CONFERENCE]), .speaker = buf_view(&v[SEARCH_SPEAKER]),
		.kind = buf_view(&v[SEARCH_KIND]), .year = buf_view(&v[SEARCH_YEAR]), .item = buf_view(&v[SEARCH_ITEM]),
		.with_sponsors = span_is(buf_view(&v[SEARCH_SPONSORS]), "1")};
	in->request.moments = number(buf_view(&v[SEARCH_MOMENTS]), 0, SEARCH_MOMENTS_MAX);
	in->request.limit = number(buf_view(&v[SEARCH_LIMIT]), SEARCH_LIMIT_DEFAULT, SEARCH_LIMIT_MAX);
	if (in->request.limit == 0)
		in->request.limit = 1;
	in->request.offset = number(buf_view(&v[SEARCH_OFFSET]), 0, SIZE_MAX / 2);
}

void search_input_finish(struct search_input *in)
{
	for (size_t i = 0; i < SEARCH_PARAMETERS; i++)
		buf_finish(&in->values[i]);
	buf_finish(&in->typed);
}

bool search_input_asks(const struct search_input *in)
{
	for (int i = SEARCH_Q; i <= SEARCH_BEFORE; i++)
		if (span_trim(buf_view(&in->values[i])).n)
			return true;
	return false;
}

enum err search_posts(struct server *server, const struct search_request *request, struct search_result **result,
	struct why *why)
{
	struct planet_store *store;
	*result = NULL;
	enum err e = server_borrow_planet(server, &store, why);
	if (e)
		return e == E_GONE ? OK : e;
	e = planet_search(store, request, result, why);
	server_return_planet(server, store);
	return e;
}

static enum err search(struct page *page, const struct search_request *request, struct search_result **result,
	struct why *why)
{
	if (planet_search_is_meant(request))
		return search_posts(page->server, request, result, why);
	return page->archive ? search_run(page->archive, request, result, why) : OK;
}

static void build(struct page *page)
{
	struct search_input input;
	struct search_result none = {0}, *result = NULL;
	struct why why = {0};
	search_input_read(&input, buf_view(&page->query));
	if (search(page, &input.request, &result, &why)) {
		DIAG(DIAG_ERROR, "search", "%s", why.text);
		page->status = 500;
	} else {
		struct json_writer w;
		json_begin(&w, &page->out);
		search_write_json(&w, &input.request, result ? result : &none, SPAN_LITERAL(""));
	}
	page->type = "application/json";
	page->extra = open_to_all;
	search_result_free(result);
	search_input_finish(&input);
}

void route_search_api(struct http *h)
{
	page_serve(h, build);
}

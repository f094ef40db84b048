/* route_search.c - GET /api/search: what was said, as JSON.
 * SPDX-License-Identifier: MIT */
#include "server/route_search.h"

#include "base/diag.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "server/page.h"
#include "server/routes.h"

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

void search_input_read(struct search_input *in, struct span query)
{
	*in = (struct search_input){0};
	struct buf limit = {0}, offset = {0};
	const struct {
		const char *name;
		struct buf *value;
	} known[] = {{"q", &in->q}, {"show", &in->show}, {"conference", &in->conference}, {"speaker", &in->speaker},
		{"kind", &in->kind}, {"year", &in->year}, {"limit", &limit}, {"offset", &offset}};
	struct span piece;
	while (span_next_piece(&query, '&', &piece)) {
		size_t equals = span_find(piece, '=');
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (span_is(span_make(piece.p, equals), known[i].name) && !known[i].value->n)
				decode(known[i].value, span_from(piece, equals + 1));
	}
	in->request = (struct search_request){.query = buf_view(&in->q), .show = buf_view(&in->show),
		.speaker = buf_view(&in->speaker), .kind = buf_view(&in->kind), .year = buf_view(&in->year)};
	/* There are no talks yet, and thus none of any conference. */
	if (span_trim(buf_view(&in->conference)).n)
		in->request.kind = SPAN_LITERAL("talk");
	in->request.limit = number(buf_view(&limit), SEARCH_LIMIT_DEFAULT, SEARCH_LIMIT_MAX);
	if (in->request.limit == 0)
		in->request.limit = 1;
	in->request.offset = number(buf_view(&offset), 0, SIZE_MAX / 2);
	buf_finish(&limit);
	buf_finish(&offset);
}

void search_input_finish(struct search_input *in)
{
	struct buf *const all[] = {&in->q, &in->show, &in->conference, &in->speaker, &in->kind, &in->year};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_finish(all[i]);
}

static void build(struct page *page)
{
	struct search_input input;
	struct search_result none = {0}, *result = NULL;
	struct why why = {0};
	search_input_read(&input, buf_view(&page->query));
	if (page->archive && search_run(page->archive, &input.request, &result, &why)) {
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

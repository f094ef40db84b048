/* SPDX-License-Identifier: MIT */
#include "server/search_input.h"

#include "base/escape.h"
#include "base/mem.h"

enum { OFFSET_MAX = 1000000 };

static size_t read_number(struct span raw_query, const char *name, size_t missing, size_t least, size_t most)
{
	struct buf text = {0};
	int64_t n;
	size_t number = missing;
	if (query_value(raw_query, name, &text) && span_to_i64(buf_view(&text), &n))
		number = n < (int64_t)least ? least : n > (int64_t)most ? most : (size_t)n;
	buf_finish(&text);
	return number;
}

void search_input_read(struct search_input *input, struct span raw_query)
{
	static const char *const names[] = {"q", "show", "speaker", "kind", "year"};
	struct search_request *r = &input->request;
	struct span *const values[] = {&r->query, &r->show, &r->speaker, &r->kind, &r->year};
	*input = (struct search_input){0};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		query_value(raw_query, names[i], &input->_texts[i]);
		*values[i] = buf_view(&input->_texts[i]);
	}
	r->limit = read_number(raw_query, "limit", SEARCH_LIMIT_DEFAULT, 1, SEARCH_LIMIT_MAX);
	r->offset = read_number(raw_query, "offset", 0, 0, OFFSET_MAX);
}

void search_input_finish(struct search_input *input)
{
	for (size_t i = 0; i < COUNT_OF(input->_texts); i++)
		buf_finish(&input->_texts[i]);
}

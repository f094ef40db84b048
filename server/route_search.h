/* route_search.h - a search as it stands in an address: shared by /api/search and the page. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ROUTE_SEARCH_H
#define SERVER_ROUTE_SEARCH_H

#include "base/buf.h"
#include "transcripts/search.h"

struct search_input {
	struct search_request request; /* borrows from the buffers below */
	struct buf q, show, conference, speaker, kind, year;
};

/* query: the address' part after '?'. Never fails: what can't be decoded is taken as it stands, numbers are brought
 * within their limits (limit 1...SEARCH_LIMIT_MAX, the default where it is missing or no number). */
void search_input_read(struct search_input *input, struct span query);
void search_input_finish(struct search_input *input);

#endif

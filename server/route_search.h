/* route_search.h - a search as it stands in an address: shared by /api/search and the page. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_ROUTE_SEARCH_H
#define SERVER_ROUTE_SEARCH_H

#include "base/buf.h"
#include "transcripts/search.h"

/* q, show, conference, speaker, kind (episode, talk, transcript, post), year, item (a slug), after and before (as in a query),
 * sponsors=1 (sponsor reads count too), moments (a hit, at most), limit, offset. */
enum search_parameter {
	SEARCH_Q, SEARCH_SHOW, SEARCH_CONFERENCE, SEARCH_SPEAKER, SEARCH_KIND, SEARCH_YEAR, SEARCH_ITEM, SEARCH_AFTER,
	SEARCH_BEFORE, SEARCH_SPONSORS, SEARCH_MOMENTS, SEARCH_LIMIT, SEARCH_OFFSET, SEARCH_PARAMETERS
};
extern const char *const search_parameter_names[SEARCH_PARAMETERS];

struct search_input {
	struct search_request request; /* borrows from the buffers below */
	struct buf values[SEARCH_PARAMETERS];
	struct buf typed;              /* q with after and before */
};

/* query: the address' part after '?'. Never fails: what can't be decoded is taken as it stands, numbers are brought
 * within their limits (limit 1...SEARCH_LIMIT_MAX, the default where it is missing or no number). */
void search_input_read(struct search_input *input, struct span query);
void search_input_finish(struct search_input *input);
/* Whether there is anything to look for. */
bool search_input_asks(const struct search_input *input);

struct server;
/* The planet's posts that fit; *result is NULL when there are none at all. On a worker. */
enum err search_posts(struct server *server, const struct search_request *request, struct search_result **result,
	struct why *why) NODISCARD;

#endif

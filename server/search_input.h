/* search_input.h - a search as it stands in a URL: ?q=&show=&speaker=&kind=&year=&limit=&offset=. Shared by the API and the
 * page. Pure; any thread.
 * SPDX-License-Identifier: MIT */
#ifndef SERVER_SEARCH_INPUT_H
#define SERVER_SEARCH_INPUT_H

#include "base/buf.h"
#include "transcripts/search.h"

struct search_input {
	struct search_request request; /* borrows from the texts below */
	struct buf _texts[5];
};

/* Never fails: what is missing or broken is empty; limit is brought into 1 ... SEARCH_LIMIT_MAX. */
void search_input_read(struct search_input *input, struct span raw_query);
void search_input_finish(struct search_input *input);

#endif

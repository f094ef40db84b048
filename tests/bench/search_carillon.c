/* search_carillon - the archive's own search; search.mjs has imported the site FOLDER/site.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/search_peer.h"
#include "transcripts/search.h"

static struct archive *archive;

void peer_build(const char *folder)
{
	peer_fail(folder, "carillon import does it");
}

void peer_open(const char *folder)
{
	char path[4096];
	struct why why = {0};
	snprintf(path, sizeof path, "%s/site/var", folder);
	if (archive_open_reader(path, &archive, &why))
		peer_fail(path, why.text);
}

size_t peer_query(const struct peer_query *q, size_t *n_bytes)
{
	char text[300];
	struct why why = {0};
	struct search_result *r;
	snprintf(text, sizeof text, q->kind == PEER_PHRASE ? "\"%s\"" : "%s", q->text);
	struct search_request request = {.query = span_of(text), .limit = PEER_HITS};
	if (search_run(archive, &request, &r, &why))
		peer_fail(text, why.text);
	size_t n = r->n_hits;
	for (size_t i = 0; i < r->n_hits; i++)
		for (size_t k = 0; k < r->hits[i].n_moments; k++)
			*n_bytes += strlen(r->hits[i].moments[k].html);
	search_result_free(r);
	return n;
}

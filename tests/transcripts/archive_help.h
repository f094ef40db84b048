/* archive_help.h - an archive in a temporary folder, and what a search finds in it.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_TRANSCRIPTS_ARCHIVE_HELP_H
#define TESTS_TRANSCRIPTS_ARCHIVE_HELP_H

#include "tests/transcripts/sample.h"

#include "transcripts/search.h"

static char *folder;
static struct archive *archive;

static inline int archive_set_up(void **state)
{
	(void)state;
	folder = sample_folder();
	assert_int_equal(archive_open(folder, &archive, NULL), OK);
	return 0;
}

static inline int archive_tear_down(void **state)
{
	(void)state;
	archive_close(archive);
	archive = NULL;
	sample_folder_remove(folder);
	return 0;
}

/* Owned by the caller: search_result_free. */
static inline struct search_result *search_by(struct search_request request)
{
	struct search_result *r = NULL;
	struct why why = {0};
	if (search_run(archive, &request, &r, &why) != OK)
		fail_msg("%.*s: %s", SPAN_ARG(request.query), why.text);
	return r;
}

static inline size_t count_found(const char *query)
{
	struct search_result *r = search_by((struct search_request){.query = span_of(query)});
	size_t n = r->total;
	search_result_free(r);
	return n;
}

#endif

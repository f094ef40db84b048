/* route_schedule.c - GET /conferences/NAME/schedule.xml: the programme for fahrplan apps and recording crews.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "server/page.h"
#include "server/routes.h"
#include "transcripts/archive_parts.h"
#include "transcripts/schedule_export.h"

enum { TALKS_MAX = 5000 };

/* Its talks that may be shown. Each document and the list owned. */
static struct document **read_talks(struct archive *a, const char *name, size_t *n, uint64_t *version)
{
	struct archive_item **items = NULL;
	struct why why;
	size_t n_items = 0;
	*n = 0;
	if (archive_list_talks(a, name, TALKS_MAX, 0, &items, &n_items, &why))
		n_items = 0;
	struct document **talks = mem_new(n_items + 1, sizeof *talks);
	for (size_t i = 0; i < n_items; i++) {
		if (items[i]->published) {
			*version = (*version ^ items[i]->content_hash) * 0x100000001b3u;
			talks[(*n)++] = archive_document(a, items[i]);
		}
		archive_item_free(items[i]);
	}
	free(items);
	return talks;
}

void page_of_schedule(struct page *page)
{
	struct archive_conference *found = page->archive ? archive_conference_find(page->archive, page->part[0]) : NULL;
	size_t n = 0, n_left_out;
	uint64_t version = 0;
	char text[20];
	struct document **talks = found ? read_talks(page->archive, found->c.name, &n, &version) : NULL;
	/* Another one whenever one of the files it comes from has changed. */
	snprintf(text, sizeof text, "%016llx", (unsigned long long)version);
	if (!found || schedule_write_xml(&found->c, (const struct document *const *)talks, n, text, &page->out, &n_left_out))
		page_not_found(page, found ? "programme" : "conference");
	else
		page->type = "application/xml; charset=utf-8";
	for (size_t i = 0; i < n; i++)
		document_destroy(talks[i]);
	free(talks);
	archive_conference_free(found);
}

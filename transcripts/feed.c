/* feed.c - from a request to a document: the head, what goes in, which page, and its writer.
 * SPDX-License-Identifier: MIT */
#include "transcripts/feed.h"

#include "transcripts/feed_parts.h"

enum err feed_write(struct archive *a, const struct feed_site *site, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out,
	struct feed_written *written, struct why *why)
{
	static void (*const writers[FEED_FORMS])(struct feed *f) = {feed_write_rss, feed_write_atom, feed_write_json};
	struct feed f = {.archive = a, .site = site, .request = request, .fault = fault, .data = data, .out = out};
	*written = (struct feed_written){0};
	enum err e = feed_head(&f, why);
	if (!e)
		e = feed_select(&f, &written->diff, why);
	if (!e) {
		feed_pages(&f);
		if (request->page > f.n_pages)
			e = why_set(why, E_GONE, "there is no such page");
	}
	if (!e) {
		writers[request->form](&f);
		written->n_items = f.end - f.first;
	}
	feed_finish(&f);
	return e;
}

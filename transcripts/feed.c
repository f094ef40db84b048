/* feed.c - from a request to a document: the head, what goes in, which page, and its writer.
 * SPDX-License-Identifier: MIT */
#include "transcripts/feed.h"

#include <stdlib.h>

#include "base/file.h"
#include "transcripts/feed_lint.h"
#include "transcripts/feed_parts.h"

static void tell(void *data, size_t item, const char *text)
{
	struct feed *f = data;
	/* What the whole feed lacks its writer has told. */
	if (item == SIZE_MAX && strncmp(text, "the feed has no ", 16) == 0)
		return;
	feed_report(f, item < f->end - f->first ? f->pieces[f->first + item].item->path : "carillon.yaml", "%s", text);
}

static void look_through(struct feed *f)
{
	char *folder = file_join(f->site->folder, "media"), *url = feed_media_url(f, "");
	const struct feed_lint lint = {.media_folder = folder, .media_url = url,
		.is_local = strncmp(f->site->base_url, "https://", 8) != 0, .fault = tell, .data = f};
	feed_lint(buf_view(f->out), &lint);
	free(folder);
	free(url);
}

static void write_form(struct feed *f, enum feed_form form, struct buf *out)
{
	static void (*const writers[FEED_FORMS])(struct feed *f) = {feed_write_rss, feed_write_atom, feed_write_json};
	const struct feed_request *asked = f->request;
	struct feed_request own = *asked;
	own.form = form;
	f->request = &own;
	f->out = out;
	free(f->url);
	f->url = feed_page_url(f, own.page);
	writers[form](f);
	if (f->site->lints && f->is_podcast && form == FEED_RSS && f->fault)
		look_through(f);
	f->request = asked;
}

enum err feed_write_forms(struct archive *a, const struct feed_site *site, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *const outs[FEED_FORMS],
	struct feed_written *written, struct why *why)
{
	struct feed f = {.archive = a, .site = site, .request = request, .fault = fault, .data = data};
	*written = (struct feed_written){0};
	enum err e = feed_head(&f, why);
	if (!e)
		e = feed_select(&f, &written->diff, why);
	if (!e) {
		feed_pages(&f);
		if (request->page > f.n_pages)
			e = why_set(why, E_GONE, "there is no such page");
	}
	if (!e)
		written->n_items = f.end - f.first;
	for (int form = 0; !e && form < FEED_FORMS; form++) {
		if (!outs[form])
			continue;
		write_form(&f, (enum feed_form)form, outs[form]);
		f.fault = NULL; /* the first form has told what is wrong with the items */
	}
	feed_finish(&f);
	return e;
}

enum err feed_write(struct archive *a, const struct feed_site *site, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out,
	struct feed_written *written, struct why *why)
{
	struct buf *outs[FEED_FORMS] = {NULL};
	outs[request->form] = out;
	return feed_write_forms(a, site, request, fault, data, outs, written, why);
}

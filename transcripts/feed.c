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

enum { ITEM_BYTES = 16384 };

static void write_form(struct feed *f, enum feed_form form, struct buf *out)
{
	static void (*const writers[FEED_FORMS])(struct feed *f) = {feed_write_rss, feed_write_atom, feed_write_json};
	const struct feed_request *asked = f->request;
	struct feed_request own = *asked;
	own.form = form;
	f->request = &own;
	f->out = out;
	/* About what it takes: to grow into it would copy and touch it again and again. */
	buf_reserve(out, (f->end - f->first) * ITEM_BYTES);
	free(f->url);
	f->url = feed_page_url(f, own.page);
	writers[form](f);
	if (f->site->lints && f->is_podcast && form == FEED_RSS && f->fault)
		look_through(f);
	f->request = asked;
}

/* All that comes before the first word. */
static enum err prepare(struct feed *f, struct feed_written *written, struct why *why)
{
	void (*fault)(void *data, const char *path, const char *text) = f->fault;
	*written = (struct feed_written){0};
	/* What is wrong with the head was told when the items were collected. */
	f->fault = f->site->n_items ? NULL : fault;
	enum err e = feed_head(f, why);
	f->fault = fault;
	if (!e)
		e = feed_select(f, &written->diff, why);
	if (e)
		return e;
	feed_pages(f);
	if (f->request->page > f->n_pages)
		return why_set(why, E_GONE, "there is no such page");
	written->n_items = f->end - f->first;
	return OK;
}

enum err feed_write_forms(struct archive *a, const struct feed_site *site, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data,
	void (*made)(void *made_data, enum feed_form form, struct span document), void *made_data,
	struct feed_written *written, struct why *why)
{
	struct feed f = {.archive = a, .site = site, .request = request, .fault = fault, .data = data};
	struct buf out = {0};
	enum err e = prepare(&f, written, why);
	for (int form = 0; !e && form < FEED_FORMS; form++) {
		buf_clear(&out);
		write_form(&f, (enum feed_form)form, &out);
		made(made_data, (enum feed_form)form, buf_view(&out));
		f.fault = NULL; /* the first form has told what is wrong with the items */
	}
	buf_finish(&out);
	feed_finish(&f);
	return e;
}

enum err feed_write(struct archive *a, const struct feed_site *site, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out,
	struct feed_written *written, struct why *why)
{
	struct feed f = {.archive = a, .site = site, .request = request, .fault = fault, .data = data};
	enum err e = prepare(&f, written, why);
	if (!e)
		write_form(&f, request->form, out);
	feed_finish(&f);
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "server/websub.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "server/fetch.h"

struct websub {
	char *hub;
	struct buf form;
	size_t n;
};

struct websub *websub_create(const char *hub)
{
	struct websub *w = mem_new(1, sizeof *w);
	w->hub = hub ? mem_strdup(hub) : NULL;
	return w;
}

void websub_destroy(struct websub *w)
{
	buf_finish(&w->form);
	free(w->hub);
	free(w);
}

void websub_add(struct websub *w, const char *feed_url)
{
	if (!w->n)
		buf_text(&w->form, "hub.mode=publish");
	/* hub.url is what most hubs read, hub.topic what the specification's examples say. */
	static const char *const names[] = {"&hub.url=", "&hub.topic="};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		buf_text(&w->form, names[i]);
		escape_url(&w->form, span_of(feed_url));
	}
	w->n++;
}

size_t websub_count(const struct websub *w)
{
	return w->hub ? w->n : 0;
}

enum err websub_send(const struct websub *w, struct why *why)
{
	if (!websub_count(w))
		return OK;
	int status = fetch_post(w->hub, buf_view(&w->form), why);
	if (status >= 200 && status < 300)
		return OK;
	return status ? why_set(why, E_IO, "the hub answered %d", status) : E_IO;
}

/* feed_items.c - what a show's or conference's feeds have, collected once for all of them: the whole feed, its archives,
 * seasons and tracks, and those of people who are in it.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/feed_parts.h"

/* Nobody changes it once it is made. */
struct feed_items {
	enum feed_kind kind;
	char *name;
	struct feed_piece *pieces;
	size_t n;
};

enum err feed_items_collect(struct archive *a, const struct feed_site *site, const struct feed_request *whole,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct feed_items **out,
	struct feed_diff *diff, struct why *why)
{
	struct feed f = {.archive = a, .site = site, .request = whole, .fault = fault, .data = data};
	enum err e = feed_head(&f, why);
	if (!e)
		e = feed_collect(&f, whole->kind, whole->name, diff, why);
	if (!e) {
		*out = mem_new(1, sizeof **out);
		**out = (struct feed_items){whole->kind, mem_strdup(whole->name), f.pieces, f.n};
		f.pieces = NULL;
		f.n = 0;
	}
	feed_finish(&f);
	return e;
}

void feed_items_free(struct feed_items *items)
{
	if (!items)
		return;
	for (size_t i = 0; i < items->n; i++)
		feed_piece_finish(&items->pieces[i]);
	free(items->pieces);
	free(items->name);
	free(items);
}

static const struct feed_items *find(const struct feed_site *site, enum feed_kind kind, const char *name)
{
	for (size_t i = 0; i < site->n_items; i++)
		if (site->items[i]->kind == kind && strcmp(site->items[i]->name, name) == 0)
			return site->items[i];
	return NULL;
}

bool feed_items_lend(const struct feed_site *site, enum feed_kind kind, const char *name, struct feed *f)
{
	const struct feed_items *items = find(site, kind, name);
	if (!items)
		return false;
	f->pieces = mem_new(items->n + 1, sizeof *f->pieces);
	f->n = f->_room = items->n;
	for (size_t i = 0; i < items->n; i++) {
		struct feed_piece *p = &f->pieces[i];
		*p = items->pieces[i];
		p->is_lent = true;
		p->has_lent_parts = p->parts;
	}
	return true;
}

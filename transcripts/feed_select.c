/* feed_select.c - which items a feed has: a show's or a season's, a conference's or a track's, a person's, a search's.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/feed_parts.h"

enum { SEARCH_MOMENTS = 5 };

/* ---- a part of a show or conference ---- */

static bool is_in_track(const struct feed_piece *p, const char *track)
{
	struct buf slug = {0};
	feed_track_slug(&slug, p->item->track);
	bool is_in = strcmp(slug.p, track) == 0 || strcmp(p->item->track, track) == 0;
	buf_finish(&slug);
	return is_in;
}

static void keep_part(struct feed *f)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++) {
		struct feed_piece *p = &f->pieces[i];
		bool is_in = (!f->request->season || p->item->season == f->request->season) &&
			(!f->request->track || is_in_track(p, f->request->track));
		if (is_in)
			f->pieces[n++] = *p;
		else
			feed_piece_finish(p);
	}
	f->n = n;
}

/* ---- from anywhere ---- */

/* An item that is wanted, and what a search found in it. */
struct wanted {
	int64_t id;
	char *space_name;
	enum feed_kind kind;
	char *moments;
};

struct wish_list {
	struct wanted *all;
	size_t n;
};

/* Takes moments over. */
static void wish(struct wish_list *list, int64_t id, enum archive_kind kind, const char *show, const char *conference,
	char *moments)
{
	bool is_talk = kind == ARCHIVE_TALK;
	/* A transcript that stands alone is in no feed. */
	if (kind == ARCHIVE_TRANSCRIPT || (!is_talk && !show[0])) {
		free(moments);
		return;
	}
	if ((list->n & (list->n - 1)) == 0)
		list->all = mem_grow(list->all, list->n ? list->n * 2 : 1, sizeof *list->all);
	list->all[list->n++] = (struct wanted){id, mem_strdup(is_talk ? conference : show),
		is_talk ? FEED_CONFERENCE : FEED_SHOW, moments};
}

static void wish_list_finish(struct wish_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->all[i].space_name);
		free(list->all[i].moments);
	}
	free(list->all);
}

static int by_space(const void *a, const void *b)
{
	const struct wanted *p = a, *q = b;
	if (p->kind != q->kind)
		return p->kind < q->kind ? -1 : 1;
	int order = strcmp(p->space_name, q->space_name);
	return order ? order : (p->id > q->id) - (p->id < q->id);
}

static int wanted_by_id(const void *a, const void *b)
{
	const struct wanted *p = a, *q = b;
	return (p->id > q->id) - (p->id < q->id);
}

static bool show_is_configured(const struct feed *f, const char *name)
{
	for (size_t i = 0; i < f->site->n_shows; i++)
		if (strcmp(f->site->shows[i].name, name) == 0)
			return true;
	return false;
}

/* The wanted ones of one show or conference: as that one's own feed has them. */
static enum err take_from_space(struct feed *f, struct wanted *wanted, size_t n, struct why *why)
{
	struct feed own = {.archive = f->archive, .site = f->site, .request = f->request, .out = f->out,
		.has_podcast_urls = f->has_podcast_urls};
	struct feed_diff diff = {0};
	enum err e = OK;
	if (wanted->kind == FEED_CONFERENCE || show_is_configured(f, wanted->space_name))
		e = feed_collect(&own, wanted->kind, wanted->space_name, &diff, why);
	if (e == E_DENIED)
		e = OK; /* its own feed says so; what there is stays what it was */
	for (size_t i = 0; i < own.n && !e; i++) {
		struct feed_piece *p = &own.pieces[i];
		const struct wanted key = {.id = p->item->id};
		struct wanted *found = bsearch(&key, wanted, n, sizeof *wanted, wanted_by_id);
		if (!found)
			continue;
		p->moments = found->moments;
		found->moments = NULL;
		if (f->n == f->_room) {
			f->_room = f->_room ? f->_room * 2 : 64;
			f->pieces = mem_grow(f->pieces, f->_room, sizeof *f->pieces);
		}
		f->pieces[f->n++] = *p;
		*p = (struct feed_piece){0};
	}
	feed_diff_finish(&diff);
	for (size_t i = 0; i < own.n; i++)
		feed_piece_finish(&own.pieces[i]);
	free(own.pieces);
	return e;
}

static int newest_first(const void *a, const void *b)
{
	const struct feed_piece *p = a, *q = b;
	if (p->date_ms != q->date_ms)
		return p->date_ms < q->date_ms ? 1 : -1;
	int order = strcmp(p->item->slug, q->item->slug);
	return order ? order : strcmp(p->guid, q->guid);
}

/* One GUID once, as everywhere: two conferences may have taken over the same one. */
static void drop_same_guids(struct feed *f)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++) {
		bool is_there = false;
		for (size_t k = 0; k < n && !is_there; k++)
			is_there = strcmp(f->pieces[k].guid, f->pieces[i].guid) == 0;
		if (is_there)
			feed_piece_finish(&f->pieces[i]);
		else
			f->pieces[n++] = f->pieces[i];
	}
	f->n = n;
}

static enum err take_wanted(struct feed *f, struct wish_list *list, struct why *why)
{
	enum err e = OK;
	if (list->n)
		qsort(list->all, list->n, sizeof *list->all, by_space);
	for (size_t i = 0, end; i < list->n && !e; i = end) {
		const struct wanted *first = &list->all[i];
		for (end = i; end < list->n && list->all[end].kind == first->kind &&
			strcmp(list->all[end].space_name, first->space_name) == 0; end++)
			continue;
		e = take_from_space(f, &list->all[i], end - i, why);
	}
	if (f->n)
		qsort(f->pieces, f->n, sizeof *f->pieces, newest_first);
	drop_same_guids(f);
	return e;
}

static enum err select_person(struct feed *f, struct why *why)
{
	struct archive_appearance *found;
	struct wish_list list = {0};
	size_t n;
	enum err e = archive_appearances(f->archive, f->request->name, &found, &n, why);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		struct archive_item *item = archive_item_by_id(f->archive, found[i].item);
		if (item)
			wish(&list, item->id, item->kind, item->show, item->conference, NULL);
		archive_item_free(item);
	}
	archive_appearances_free(found, n);
	e = take_wanted(f, &list, why);
	wish_list_finish(&list);
	return e;
}

/* The moments as a list of links; feeds know no <mark>, but <strong>. */
static char *moments_html(const struct feed *f, const struct search_hit *hit)
{
	struct buf html = {0};
	if (!hit->n_moments)
		return NULL;
	buf_text(&html, "<ul>");
	for (size_t i = 0; i < hit->n_moments; i++) {
		const struct search_moment *m = &hit->moments[i];
		buf_text(&html, "<li><a href=\"");
		escape_xml(&html, span_of(f->site->base_url));
		escape_xml(&html, span_of(m->url));
		buf_text(&html, "\">");
		stamp_write(&html, (int64_t)(m->start * 1000), false);
		buf_text(&html, "</a> ");
		if (m->speaker[0]) {
			escape_xml(&html, span_of(m->speaker));
			buf_text(&html, ": ");
		}
		struct span rest = span_of(m->html);
		static const struct { const char *from, *to; } tags[] = {{"<mark>", "<strong>"}, {"</mark>", "</strong>"}};
		while (rest.n) {
			size_t at = 0, tag = 0;
			for (; at < rest.n; at++) {
				for (tag = 0; tag < COUNT_OF(tags) && !span_starts(span_from(rest, at), tags[tag].from); tag++)
					continue;
				if (tag < COUNT_OF(tags))
					break;
			}
			buf_add(&html, rest.p, at);
			if (at == rest.n)
				break;
			buf_text(&html, tags[tag].to);
			rest = span_from(rest, at + strlen(tags[tag].from));
		}
		buf_text(&html, "</li>");
	}
	buf_text(&html, "</ul>");
	return buf_take(&html);
}

static enum err select_search(struct feed *f, struct why *why)
{
	struct search_request request = *f->request->search;
	struct wish_list list = {0};
	enum err e = OK;
	size_t total = 1;
	request.limit = SEARCH_LIMIT_MAX;
	request.moments = SEARCH_MOMENTS;
	for (request.offset = 0; request.offset < total && request.offset < FEED_SEARCH_ITEMS && !e;
		request.offset += SEARCH_LIMIT_MAX) {
		struct search_result *result = NULL;
		e = search_run(f->archive, &request, &result, why);
		for (size_t i = 0; !e && i < result->n_hits; i++) {
			const struct search_hit *hit = &result->hits[i];
			wish(&list, hit->item->id, hit->item->kind, hit->item->show, hit->item->conference, moments_html(f, hit));
		}
		total = e || !result->n_hits ? 0 : result->total;
		if (!e && result->total > FEED_SEARCH_ITEMS && request.offset == 0)
			feed_report(f, "search", "%zu items are found; its feed has the %d that fit best", result->total, FEED_SEARCH_ITEMS);
		search_result_free(result);
	}
	if (!e)
		e = take_wanted(f, &list, why);
	wish_list_finish(&list);
	return e;
}

enum err feed_select(struct feed *f, struct feed_diff *diff, struct why *why)
{
	const struct feed_request *r = f->request;
	enum err e;
	switch (r->kind) {
	case FEED_PERSON: return select_person(f, why);
	case FEED_SEARCH: return select_search(f, why);
	default: break;
	}
	e = feed_collect(f, r->kind, r->name, diff, why);
	if (e || (!r->season && !r->track))
		return e;
	keep_part(f);
	return f->n ? OK : why_set(why, E_GONE, r->season ? "there is no such season" : "there is no such track");
}

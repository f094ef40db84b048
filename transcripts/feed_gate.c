/* SPDX-License-Identifier: MIT */
#include "transcripts/feed_gate.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

enum { LINES_MAX = 200 };

static bool is_picture(const struct feed_lock_entry *e)
{
	return e->slug[0] == '*';
}

static int by_guid(const void *a, const void *b)
{
	return strcmp((*(const struct feed_now *const *)a)->guid, (*(const struct feed_now *const *)b)->guid);
}

static int by_slug(const void *a, const void *b)
{
	return strcmp((*(const struct feed_now *const *)a)->slug, (*(const struct feed_now *const *)b)->slug);
}

/* What the feed has now, in two orders. */
struct index {
	const struct feed_now **guids, **slugs;
	size_t n;
};

static struct index index_of(const struct feed_now *now, size_t n)
{
	struct index x = {mem_new(n + 1, sizeof *x.guids), mem_new(n + 1, sizeof *x.slugs), n};
	for (size_t i = 0; i < n; i++)
		x.guids[i] = x.slugs[i] = &now[i];
	qsort(x.guids, n, sizeof *x.guids, by_guid);
	qsort(x.slugs, n, sizeof *x.slugs, by_slug);
	return x;
}

static const struct feed_now *look_up(const struct feed_now **list, size_t n, const struct feed_now *key,
	int (*order)(const void *, const void *))
{
	const struct feed_now *const *found = bsearch(&key, list, n, sizeof *list, order);
	return found ? *found : NULL;
}

static void PRINTF(2, 3) tell(struct feed_diff *d, const char *format, ...)
{
	size_t n = d->n_removed + d->n_guids + d->n_lengths + d->n_artworks + d->n_moved;
	if (n > LINES_MAX)
		return; /* the counts go on */
	va_list args;
	va_start(args, format);
	buf_vformat(&d->lines, format, args);
	va_end(args);
	buf_char(&d->lines, '\n');
	if (n == LINES_MAX)
		buf_text(&d->lines, "and more\n");
}

static void compare_entry(const struct feed_lock_entry *e, const struct index *x, struct feed_diff *d)
{
	const struct feed_now key = {.slug = e->slug, .guid = e->guid};
	const struct feed_now *now = look_up(x->guids, x->n, &key, by_guid);
	if (now) {
		if (!e->media_bytes || !now->media_bytes || e->media_bytes == now->media_bytes)
			return;
		d->n_lengths++;
		tell(d, "length changed: %s: %lld bytes, %lld before", now->slug, (long long)now->media_bytes,
			(long long)e->media_bytes);
		return;
	}
	now = look_up(x->slugs, x->n, &key, by_slug);
	if (now) {
		d->n_guids++;
		tell(d, "GUID changed: %s: %s, %s before; every subscriber would get it again", now->slug, now->guid, e->guid);
	} else {
		d->n_removed++;
		tell(d, "removed: %s (%s)", e->slug, e->guid);
	}
}

static int entry_by_guid(const void *a, const void *b)
{
	return strcmp(((const struct feed_lock_entry *)a)->guid, ((const struct feed_lock_entry *)b)->guid);
}

/* What is no item, or was taken out with its owner's leave, isn't missed. Sorted by GUID. */
static struct feed_lock_entry *entries_of(struct feed_lock *lock, const char *space, size_t *n)
{
	struct feed_lock_entry *all = feed_lock_list(lock, space, n);
	size_t kept = 0;
	for (size_t i = 0; i < *n; i++)
		if (!is_picture(&all[i]) && !all[i].is_withdrawn)
			all[kept++] = all[i];
	*n = kept;
	qsort(all, kept, sizeof *all, entry_by_guid);
	return all;
}

static bool is_withdrawn(struct feed_lock *lock, const char *space, const struct feed_lock_entry *e)
{
	struct feed_lock_entry known;
	return feed_lock_find(lock, space, e->slug, &known) && known.is_withdrawn && strcmp(known.guid, e->guid) == 0;
}

static void compare_pictures(struct feed_lock *lock, const char *space, const struct index *x, struct feed_diff *d)
{
	struct buf slug = {0}, seen = {0};
	for (size_t i = 0; i < x->n; i++) {
		const struct feed_now *now = x->slugs[i];
		struct feed_lock_entry known;
		if (!now->artwork || !now->artwork_hash)
			continue;
		buf_clear(&slug);
		buf_format(&slug, "*%s", now->artwork);
		if (!feed_lock_find(lock, space, slug.p, &known) || strcmp(known.guid, now->artwork_hash) == 0)
			continue;
		buf_char(&slug, '\n');
		if (span_search(buf_view(&seen), buf_view(&slug), 0) < seen.n)
			continue;
		buf_span(&seen, buf_view(&slug));
		d->n_artworks++;
		tell(d, "artwork changed under the same name: %s; apps go on showing the old one, give it a new name", now->artwork);
	}
	buf_finish(&slug);
	buf_finish(&seen);
}

void feed_gate_compare(struct feed_lock *lock, struct feed_lock *served, const char *space, const struct feed_now *now,
	size_t n, struct feed_diff *d)
{
	struct index x = index_of(now, n);
	size_t n_known, n_served = 0;
	struct feed_lock_entry *known = entries_of(lock, space, &n_known);
	struct feed_lock_entry *last = served ? entries_of(served, space, &n_served) : NULL;
	for (size_t i = 0; i < n_known; i++)
		compare_entry(&known[i], &x, d);
	for (size_t i = 0; i < n_served; i++)
		if (!bsearch(&last[i], known, n_known, sizeof *known, entry_by_guid) && !is_withdrawn(lock, space, &last[i]))
			compare_entry(&last[i], &x, d);
	for (size_t i = 0; i < n; i++) {
		const struct feed_lock_entry key = {.guid = now[i].guid};
		d->n_new += key.guid[0] && !bsearch(&key, known, n_known, sizeof *known, entry_by_guid);
	}
	compare_pictures(lock, space, &x, d);
	free(known);
	free(last);
	free(x.guids);
	free(x.slugs);
}

bool feed_diff_is_loss(const struct feed_diff *d)
{
	return d->n_removed || d->n_guids;
}

bool feed_diff_is_empty(const struct feed_diff *d)
{
	return !d->n_new && !d->n_removed && !d->n_guids && !d->n_lengths && !d->n_artworks && !d->n_moved;
}

void feed_diff_write(struct buf *out, const struct feed_diff *d)
{
	const struct { size_t n; const char *one, *many; } counts[] = {
		{d->n_moved, "renamed", "renamed"}, {d->n_guids, "GUID changed", "GUIDs changed"},
		{d->n_lengths, "length changed", "lengths changed"}, {d->n_artworks, "artwork changed", "artworks changed"}};
	buf_format(out, "%zu new, %zu removed", d->n_new, d->n_removed);
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		if (counts[i].n)
			buf_format(out, ", %zu %s", counts[i].n, counts[i].n == 1 ? counts[i].one : counts[i].many);
}

void feed_diff_finish(struct feed_diff *d)
{
	buf_finish(&d->lines);
	*d = (struct feed_diff){0};
}

static void withdraw_missing(struct feed_lock *lock, const char *space, const struct feed_now *now, size_t n)
{
	struct index x = index_of(now, n);
	size_t n_known;
	struct feed_lock_entry *known = entries_of(lock, space, &n_known);
	for (size_t i = 0; i < n_known; i++) {
		const struct feed_now key = {.slug = known[i].slug, .guid = known[i].guid};
		if (look_up(x.guids, x.n, &key, by_guid) || look_up(x.slugs, x.n, &key, by_slug))
			continue;
		known[i].is_withdrawn = true;
		feed_lock_put(lock, space, &known[i]);
	}
	free(known);
	free(x.guids);
	free(x.slugs);
}

static void put_picture(struct feed_lock *lock, const char *space, const struct feed_now *now)
{
	struct buf slug = {0};
	struct feed_lock_entry known;
	buf_format(&slug, "*%s", now->artwork);
	if (!feed_lock_find(lock, space, slug.p, &known) || strcmp(known.guid, now->artwork_hash) != 0)
		feed_lock_put(lock, space, &(struct feed_lock_entry){.slug = slug.p, .guid = now->artwork_hash,
			.published_ms = clock_wall_ms() / 1000 * 1000});
	buf_finish(&slug);
}

void feed_gate_publish(struct feed_lock *lock, const char *space, const struct feed_now *now, size_t n, bool only_known)
{
	withdraw_missing(lock, space, now, n);
	for (size_t i = 0; i < n; i++) {
		struct feed_lock_entry known;
		if (now[i].artwork && now[i].artwork_hash && !only_known)
			put_picture(lock, space, &now[i]);
		if (!now[i].guid[0])
			continue; /* the show's own picture */
		bool is_known = feed_lock_find(lock, space, now[i].slug, &known);
		if (!is_known && only_known)
			continue;
		if (!is_known)
			known = (struct feed_lock_entry){.slug = now[i].slug, .published_ms = now[i].published_ms};
		known.guid = now[i].guid;
		known.media_path = now[i].media_path;
		known.media_url = now[i].media_url;
		known.media_bytes = now[i].media_bytes;
		known.is_withdrawn = false;
		feed_lock_put(lock, space, &known);
	}
}

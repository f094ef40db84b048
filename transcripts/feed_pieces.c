/* feed_pieces.c - a show's or conference's items with their media, GUIDs and dates, against what was published.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/archive_takedown.h"
#include "transcripts/feed_artwork.h"
#include "transcripts/feed_parts.h"
#include "transcripts/item_chapters.h"

void feed_piece_finish(struct feed_piece *p)
{
	if (!p->is_lent) {
		archive_item_free(p->item);
		free(p->guid);
		free(p->media_url);
		free(p->artwork);
		free(p->artwork_url);
	}
	if (!p->has_lent_parts)
		document_destroy(p->parts);
	free(p->moments);
	buf_finish(&p->notes);
	buf_finish(&p->short_notes);
	*p = (struct feed_piece){0};
}

const struct document *feed_piece_parts(struct feed *f, struct feed_piece *p)
{
	if (!p->parts) {
		p->parts = archive_parts(f->archive, p->item->id);
		item_chapters(p->item, f->site->folder, f->site->media, p->parts);
	}
	return p->parts;
}

/* Its speaker wants none of it published: it leaves the feed without being asked about. */
static void withdraw(struct feed *f, const char *space, const char *slug)
{
	struct feed_lock *const locks[] = {f->site->lock, f->site->served};
	struct feed_lock_entry known;
	for (size_t i = 0; i < COUNT_OF(locks); i++) {
		if (!locks[i] || !feed_lock_find(locks[i], space, slug, &known) || known.is_withdrawn)
			continue;
		known.is_withdrawn = true;
		feed_lock_put(locks[i], space, &known);
	}
}

struct taking_down {
	struct feed *feed;
	const char *space;
};

/* Its owner wants it gone; an episode without a recording isn't in the feed either. */
static void withdraw_taken(void *data, const char *address, const char *space, const char *slug, unsigned what)
{
	const struct taking_down *t = data;
	(void)address;
	bool leaves = what & TAKEDOWN_PAGE || (what & TAKEDOWN_RECORDING && strncmp(space, "conference/", 11) != 0);
	if (leaves && strcmp(space, t->space) == 0)
		withdraw(t->feed, space, slug);
}

static bool is_taken(struct feed *f, const struct archive_item *item)
{
	struct buf address = {0};
	struct archive_taken taken;
	buf_format(&address, "%s/%s/%s", item->kind == ARCHIVE_TALK ? "conferences" : "shows",
		item->kind == ARCHIVE_TALK ? item->conference : item->show, item->slug);
	bool is = archive_taken_page(f->archive, address.p, &taken);
	archive_taken_finish(&taken);
	buf_finish(&address);
	return is;
}

/* Takes the item over, or frees it. */
static void take_item(struct feed *f, const char *space, struct archive_item *item)
{
	struct feed_piece p = {.item = item};
	bool taken = (!item->published || !item->media_file[0]) && is_taken(f, item);
	bool is_wanted = item->published && !item->is_opted_out && !(taken && item->kind == ARCHIVE_EPISODE) &&
		feed_take_media(f, &p);
	if (!item->published && !taken)
		feed_report(f, item->path, "left out of the feed: published: false");
	else if (item->is_opted_out)
		withdraw(f, space, item->slug);
	if (!is_wanted) {
		feed_piece_finish(&p);
		return;
	}
	p.is_trailer = item->kind == ARCHIVE_EPISODE && feed_is_trailer(f, item);
	if (f->n == f->_room) {
		f->_room = f->_room ? f->_room * 2 : 64;
		f->pieces = mem_grow(f->pieces, f->_room, sizeof *f->pieces);
	}
	f->pieces[f->n++] = p;
}

/* After renamed files were followed. */
static void name_pieces(struct feed *f, const char *space, const char *rss_url)
{
	for (size_t i = 0; i < f->n; i++) {
		struct feed_piece *p = &f->pieces[i];
		struct feed_lock_entry locked;
		char own[37];
		p->is_locked = feed_lock_find(f->site->lock, space, p->item->slug, &locked);
		if (!p->is_locked && !feed_says(p->item->guid))
			feed_item_guid(rss_url, p->item->slug, own);
		p->guid = mem_strdup(p->is_locked ? locked.guid : feed_says(p->item->guid) ? p->item->guid : own);
		/* An owner who corrects a date later is believed; the GUID stays. */
		p->date_ms = p->item->published_ms;
		if (p->date_ms == INT64_MIN) {
			p->date_ms = p->is_locked ? locked.published_ms : clock_wall_ms() / 1000 * 1000;
			feed_report(f, p->item->path,
				"no date: the feed has that of its first publication; give timestamp in the front matter");
		}
	}
}

static int newest_first(const void *a, const void *b)
{
	const struct feed_piece *p = a, *q = b;
	if (p->date_ms != q->date_ms)
		return p->date_ms < q->date_ms ? 1 : -1;
	return strcmp(p->item->slug, q->item->slug);
}

/* Of two that clash the one that was published before comes first, then the newer. */
static int first_right(const struct feed_piece *p, const struct feed_piece *q)
{
	return p->is_locked != q->is_locked ? q->is_locked - p->is_locked : newest_first(p, q);
}

static int by_guid(const void *a, const void *b)
{
	const struct feed_piece *const *p = a, *const *q = b;
	int order = strcmp((*p)->guid, (*q)->guid);
	return order ? order : first_right(*p, *q);
}

static int by_media(const void *a, const void *b)
{
	const struct feed_piece *const *p = a, *const *q = b;
	int order = strcmp((*p)->media_url ? (*p)->media_url : "", (*q)->media_url ? (*q)->media_url : "");
	return order ? order : first_right(*p, *q);
}

static bool is_same(const struct feed_piece *p, const struct feed_piece *q, int (*order)(const void *, const void *))
{
	if (order == by_guid)
		return strcmp(p->guid, q->guid) == 0;
	return p->media_url && q->media_url && strcmp(p->media_url, q->media_url) == 0;
}

/* Drops what has the same GUID (a player shows one of them) or media file (Apple does). */
static void drop_doubles(struct feed *f, int (*order)(const void *, const void *), const char *what)
{
	struct feed_piece **sorted = mem_new(f->n + 1, sizeof *sorted);
	for (size_t i = 0; i < f->n; i++)
		sorted[i] = &f->pieces[i];
	qsort(sorted, f->n, sizeof *sorted, order);
	for (size_t i = 1, kept = 0; i < f->n; i++) {
		if (!is_same(sorted[kept], sorted[i], order)) {
			kept = i;
			continue;
		}
		if (order == by_media && sorted[i]->item->kind == ARCHIVE_TALK) {
			/* A talk is worth reading about without one. */
			feed_report(f, sorted[i]->item->path, "its recording is also that of %s; the feed has it once",
				sorted[kept]->item->path);
			free(sorted[i]->media_url);
			sorted[i]->media_url = NULL;
			continue;
		}
		feed_report(f, sorted[i]->item->path, "left out of the feed: %s has the same %s; each episode needs its own",
			sorted[kept]->item->path, what);
		feed_piece_finish(sorted[i]);
	}
	free(sorted);
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->pieces[i].item)
			f->pieces[n++] = f->pieces[i];
	f->n = n;
}

/* ---- renamed files ---- */

/* The site's own address isn't kept: it may be another one tomorrow. */
static const char *without_site(const struct feed *f, const char *url)
{
	size_t n = strlen(f->site->base_url);
	return !url ? "" : strncmp(url, f->site->base_url, n) == 0 ? url + n : url;
}

static bool file_is_there(const struct feed *f, const struct archive_item *item)
{
	char *path = file_join(f->site->folder, item->path);
	bool is_there = file_exists(path);
	free(path);
	return is_there;
}

static struct feed_piece *piece_of(struct feed *f, const char *slug)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->pieces[i].item->slug, slug) == 0)
			return &f->pieces[i];
	return NULL;
}

/* Of recordings elsewhere the whole address counts: many hosts call every one of them audio.mp3. */
static bool is_same_media(const char *a, const char *b)
{
	if (feed_is_web_url(a) && feed_is_web_url(b))
		return strcmp(a, b) == 0;
	return *feed_base_name(a) && strcmp(feed_base_name(a), feed_base_name(b)) == 0;
}

/* A talk's recordings are a list, so that its front matter names none: the one that was published tells. */
static bool is_entry_of(const struct feed *f, const struct feed_lock_entry *e, const struct feed_piece *p)
{
	if (e->slug[0] == '*')
		return false;
	if (feed_says(p->item->guid) && strcmp(e->guid, p->item->guid) == 0)
		return true;
	if (*feed_base_name(e->media_path))
		return is_same_media(e->media_path, p->item->media_file);
	return e->media_url[0] && strcmp(e->media_url, without_site(f, p->media_url)) == 0;
}

/* The published entry that a new item continues: it has its GUID or its recording, and the item that had it is gone, or
 * is only kept because its file vanished. */
static void follow(struct feed *f, const char *space, const struct feed_lock_entry *e, struct feed_piece *p)
{
	struct feed_piece *before = piece_of(f, e->slug);
	if (before && (before == p || !before->item || file_is_there(f, before->item)))
		return;
	feed_report(f, p->item->path, "it is what was published as %s; it keeps its GUID %s", e->slug, e->guid);
	feed_lock_move(f->site->lock, space, e->slug, p->item->slug);
	if (f->site->served)
		feed_lock_move(f->site->served, space, e->slug, p->item->slug);
	f->n_moved++;
	if (!before)
		return;
	feed_piece_finish(before);
	*before = f->pieces[--f->n];
}

void feed_follow_renames(struct feed *f, const char *space)
{
	size_t n;
	struct feed_lock_entry *entries = feed_lock_list(f->site->lock, space, &n), known;
	for (size_t i = 0; i < f->n; i++) {
		const char *slug = f->pieces[i].item->slug;
		if (feed_lock_find(f->site->lock, space, slug, &known))
			continue;
		for (size_t k = 0; k < n; k++) {
			if (!is_entry_of(f, &entries[k], &f->pieces[i]) || !feed_lock_find(f->site->lock, space, entries[k].slug, &known))
				continue;
			size_t before = f->n;
			follow(f, space, &entries[k], &f->pieces[i]);
			if (f->n < before)
				i = SIZE_MAX; /* the list was rearranged: from the start, what has moved is found at once */
			break;
		}
	}
	free(entries);
}

/* ---- against what was published ---- */

/* What the gate sees of the pieces and of the feed's own picture. Texts are the pieces'; hashes in `hashes`. */
static struct feed_now *now_of(struct feed *f, struct feed_artwork *artworks)
{
	struct feed_now *now = mem_new(f->n + 1, sizeof *now);
	for (size_t i = 0; i < f->n; i++) {
		const struct feed_piece *p = &f->pieces[i];
		now[i] = (struct feed_now){.slug = p->item->slug, .guid = p->guid, .media_path = p->item->media_file,
			.media_url = without_site(f, p->media_url), .media_bytes = p->media_bytes, .published_ms = p->date_ms};
		if (p->artwork && feed_artwork_read(p->artwork, &artworks[i], NULL) == OK) {
			now[i].artwork = feed_base_name(p->artwork);
			now[i].artwork_hash = artworks[i].hash;
		}
	}
	now[f->n] = (struct feed_now){.slug = "", .guid = ""};
	if (f->artwork && feed_artwork_read(f->artwork, &artworks[f->n], NULL) == OK) {
		now[f->n].artwork = feed_base_name(f->artwork);
		now[f->n].artwork_hash = artworks[f->n].hash;
	}
	return now;
}

static enum err pass_gate(struct feed *f, const char *space, struct feed_diff *diff, struct why *why)
{
	const struct feed_site *site = f->site;
	struct feed_artwork *artworks = mem_new(f->n + 1, sizeof *artworks);
	struct feed_now *now = now_of(f, artworks);
	enum err e = OK;
	diff->n_moved += f->n_moved;
	feed_gate_compare(site->lock, site->served, space, now, f->n + 1, diff);
	if (feed_diff_is_loss(diff) && !site->allow_removal) {
		struct buf counts = {0};
		feed_diff_write(&counts, diff);
		e = why_set(why, E_DENIED, "%s: refused, what was published goes on; bring it back, or allow it once with "
			"--allow-removal", counts.p);
		buf_finish(&counts);
	} else {
		struct why unsaved = {0};
		feed_gate_publish(site->lock, space, now, f->n + 1, site->adds_nothing);
		if (site->served)
			feed_gate_publish(site->served, space, now, f->n + 1, site->adds_nothing);
		if (feed_lock_save(site->lock, &unsaved))
			feed_report(f, "feeds.lock", "not saved: %s; what is published now may lose its date", unsaved.text);
		if (site->served && feed_lock_save(site->served, &unsaved))
			feed_report(f, "var/feeds", "not saved: %s", unsaved.text);
	}
	free(now);
	free(artworks);
	return e;
}

enum err feed_collect(struct feed *f, enum feed_kind kind, const char *name, struct feed_diff *diff, struct why *why)
{
	if (feed_items_lend(f->site, kind, name, f))
		return OK;
	char *space = feed_space(kind, name);
	const struct feed_request canonical = {.kind = kind, .name = name};
	struct buf rss_url = {0};
	enum err e = feed_lock_refresh(f->site->lock, why);
	if (!e && f->site->served)
		e = feed_lock_refresh(f->site->served, why);
	struct taking_down taking_down = {f, space};
	if (!e)
		e = archive_taken_each(f->archive, withdraw_taken, &taking_down, why);
	struct archive_item **items = NULL;
	size_t n = 0;
	buf_text(&rss_url, f->site->base_url);
	feed_address_write(&rss_url, &canonical);
	if (!e)
		e = kind == FEED_SHOW ? archive_list(f->archive, name, true, SIZE_MAX, 0, &items, &n, why)
				      : archive_list_talks(f->archive, name, SIZE_MAX, 0, &items, &n, why);
	for (size_t i = 0; !e && i < n; i++)
		take_item(f, space, items[i]);
	free(items);
	if (!e) {
		feed_follow_renames(f, space);
		name_pieces(f, space, rss_url.p);
		drop_doubles(f, by_guid, "GUID");
		drop_doubles(f, by_media, "media file");
		if (f->n)
			qsort(f->pieces, f->n, sizeof *f->pieces, newest_first);
		e = pass_gate(f, space, diff, why);
	}
	buf_finish(&rss_url);
	free(space);
	return e;
}

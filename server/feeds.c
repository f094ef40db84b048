/* SPDX-License-Identifier: MIT */
#include "server/feeds.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/feed_changes.h"
#include "server/feed_show.h"
#include "server/websub.h"
#include "transcripts/archive_parts.h"
#include "transcripts/archive_takedown.h"

enum { KEPT_MAX = 256 << 20 };

struct refusal {
	char *space, *text;
};

struct feeds {
	const struct config *config;
	struct feed_show *shows;
	struct feed_lock *lock, *served;
	struct feed_changes *changes;
	struct media_store *media;
	char *folder;                  /* var/feeds */
	pthread_mutex_t mutex;         /* of what follows */
	struct refusal *refusals;
	size_t n_refusals;
	struct feed_counts counts;
	bool allow_removal;
	struct feed_items **collected; /* changed before any of it is used */
	size_t n_collected;
};

/* ---- up and down ---- */

/* feeds.lock was lost, and this machine still knows what stood in it. */
static void restore_lock(const struct feeds *f, const char *path, const char *copy)
{
	struct buf bytes = {0};
	struct why why = {0};
	if (file_exists(path) || file_read(copy, KEPT_MAX, &bytes, NULL))
		return;
	if (file_replace(path, buf_view(&bytes), &why))
		DIAG(DIAG_WARN, "feed", "feeds.lock is gone and can't be written: %s", why.text);
	else
		DIAG(DIAG_WARN, "feed", "feeds.lock was gone; it was made again from %s/published", f->folder);
	buf_finish(&bytes);
}

static void open_locks(struct feeds *f)
{
	char *path = file_join(f->config->site, "feeds.lock"), *copy = file_join(f->folder, "published");
	struct why why = {0};
	restore_lock(f, path, copy);
	if (feed_lock_open(path, &f->lock, &why)) {
		/* The feeds can't be served without it, everything else can. */
		diag_fault_why(path, 0, &why);
		f->lock = NULL;
	}
	if (feed_lock_open(copy, &f->served, &why)) {
		DIAG(DIAG_WARN, "feed", "%s: %s; it is made anew", copy, why.text);
		remove(copy);
		if (feed_lock_open(copy, &f->served, &why))
			f->served = NULL;
	}
	free(path);
	free(copy);
}

struct feeds *feeds_create(const struct config *config, bool allow_removal)
{
	struct feeds *f = mem_new(1, sizeof *f);
	struct why why = {0};
	char *var = file_join(config->site, "var");
	f->config = config;
	f->allow_removal = allow_removal;
	f->folder = file_join(var, "feeds");
	pthread_mutex_init(&f->mutex, NULL);
	if (file_make_folder(f->folder, &why))
		DIAG(DIAG_WARN, "feed", "%s: %s; a feed that is refused can't go on as it was", f->folder, why.text);
	f->shows = mem_new(config->n_shows + 1, sizeof *f->shows);
	for (size_t i = 0; i < config->n_shows; i++)
		f->shows[i] = feed_show_of(&config->shows[i]);
	f->changes = feed_changes_open(f->folder);
	open_locks(f);
	free(var);
	return f;
}

void feeds_destroy(struct feeds *f)
{
	if (!f)
		return;
	feed_lock_close(f->lock);
	feed_lock_close(f->served);
	feed_changes_close(f->changes);
	for (size_t i = 0; i < f->n_refusals; i++) {
		free(f->refusals[i].space);
		free(f->refusals[i].text);
	}
	free(f->refusals);
	feeds_forget_collected(f);
	free(f->shows);
	free(f->folder);
	pthread_mutex_destroy(&f->mutex);
	free(f);
}

void feeds_use_media(struct feeds *f, struct media_store *media)
{
	f->media = media;
}

bool feeds_are_open(const struct feeds *f)
{
	return f->lock != NULL;
}

/* ---- what is refused ---- */

static size_t find_refusal(const struct feeds *f, const char *space)
{
	size_t i = 0;
	while (i < f->n_refusals && strcmp(f->refusals[i].space, space) != 0)
		i++;
	return i;
}

/* text NULL: it is well again. True when that is news. */
static bool note_refusal(struct feeds *f, const char *space, const char *text)
{
	pthread_mutex_lock(&f->mutex);
	size_t i = find_refusal(f, space);
	bool is_known = i < f->n_refusals, is_news = is_known != (text != NULL);
	if (is_known) {
		is_news |= text && strcmp(f->refusals[i].text, text) != 0;
		free(f->refusals[i].text);
		free(f->refusals[i].space);
		f->refusals[i] = f->refusals[--f->n_refusals];
	}
	if (text) {
		f->refusals = mem_grow(f->refusals, f->n_refusals + 1, sizeof *f->refusals);
		f->refusals[f->n_refusals++] = (struct refusal){mem_strdup(space), mem_strdup(text)};
		f->counts.refused += is_news;
	}
	pthread_mutex_unlock(&f->mutex);
	return is_news;
}

const char **feeds_known(struct feeds *f, size_t *n)
{
	*n = 0;
	return f->lock ? feed_lock_shows(f->lock, n) : NULL;
}

size_t feeds_refused(struct feeds *f, void (*each)(void *data, const char *space, const char *text), void *data)
{
	pthread_mutex_lock(&f->mutex);
	size_t n = f->n_refusals;
	for (size_t i = 0; i < n && each; i++)
		each(data, f->refusals[i].space, f->refusals[i].text);
	pthread_mutex_unlock(&f->mutex);
	return n;
}

struct feed_counts feeds_counts(struct feeds *f)
{
	pthread_mutex_lock(&f->mutex);
	struct feed_counts counts = f->counts;
	pthread_mutex_unlock(&f->mutex);
	return counts;
}

static void tell_lines(const char *space, const struct feed_diff *diff)
{
	struct span rest = buf_view(&diff->lines), line;
	while (span_next_line(&rest, &line))
		diag_write(&(struct diag_site){0}, DIAG_WARN, "feed", "%s: %.*s", space, SPAN_ARG(line));
}

/* ---- documents ---- */

static bool is_gated(const struct feed_request *r)
{
	return r->kind == FEED_SHOW || r->kind == FEED_CONFERENCE;
}

static char *kept_path(const struct feeds *f, const char *address)
{
	char name[32];
	snprintf(name, sizeof name, "%016llx.kept", (unsigned long long)span_fnv(span_of(address)));
	return file_join(f->folder, name);
}

static void keep(const struct feeds *f, const char *address, struct span bytes)
{
	struct why why = {0};
	char *path = kept_path(f, address);
	if (file_replace(path, bytes, &why))
		DIAG(DIAG_WARN, "feed", "%s can't be kept: %s", address, why.text);
	free(path);
}

static enum err serve_kept(const struct feeds *f, const char *address, struct buf *out, struct why *why)
{
	char *path = kept_path(f, address);
	buf_clear(out);
	enum err e = file_read(path, KEPT_MAX, out, NULL);
	free(path);
	/* Nothing at all is better than a feed with something missing: players keep what they have. */
	return e ? why_set(why, E_AGAIN, "refused, and there is none of before") : OK;
}

struct looking {
	struct feeds *feeds;
	const char *space;
	const struct buf *text;
	bool found;
};

static void look_for_taken(void *data, const char *address, const char *space, const char *slug, unsigned what)
{
	struct looking *l = data;
	struct feed_lock_entry entry;
	(void)address;
	(void)what;
	if (strcmp(space, l->space) == 0 && feed_lock_find(l->feeds->lock, space, slug, &entry))
		l->found |= span_search(buf_view(l->text), span_of(entry.guid), 0) < l->text->n;
}

/* A feed of before mustn't go on with what must not be published any more. */
static bool has_taken(struct feeds *f, struct archive *archive, const struct feed_request *request, const struct buf *text)
{
	char *space = feed_space(request->kind, request->name);
	struct looking l = {f, space, text, false};
	struct why why;
	/* Where nobody can say, neither can it be sent. */
	bool has = archive_taken_each(archive, look_for_taken, &l, &why) || l.found;
	free(space);
	return has;
}

static struct feed_site site_of(struct feeds *f, const struct feed_request *request)
{
	pthread_mutex_lock(&f->mutex);
	bool allow_removal = f->allow_removal;
	pthread_mutex_unlock(&f->mutex);
	return (struct feed_site){.folder = f->config->site, .base_url = f->config->base_url, .title = f->config->title,
		.shows = f->shows, .n_shows = f->config->n_shows, .lock = f->lock, .served = f->served,
		.hub = is_gated(request) ? f->config->hub : NULL, .media = f->media, .allow_removal = allow_removal};
}

/* Says what is new about the gate, and forgets or remembers the refusal. */
static void note_gate(struct feeds *f, const struct feed_request *request, enum err e, const struct feed_diff *diff,
	const struct why *why)
{
	char *space = feed_space(request->kind, request->name);
	struct buf counts = {0};
	feed_diff_write(&counts, diff);
	if (e == E_DENIED) {
		if (note_refusal(f, space, why->text)) {
			DIAG(DIAG_ERROR, "feed", "%s: %s", space, why->text);
			tell_lines(space, diff);
		}
	} else if (e == OK) {
		if (note_refusal(f, space, NULL))
			DIAG(DIAG_INFO, "feed", "%s: served anew", space);
		if (!feed_diff_is_empty(diff)) {
			DIAG(DIAG_INFO, "feed", "%s: %s", space, counts.p);
			tell_lines(space, diff);
		}
	}
	buf_finish(&counts);
	free(space);
}

/* A show or conference whose feed was published, and that isn't there any more: its feed loses all. */
static enum err lose_all(struct feeds *f, const char *space, bool allow_removal, struct feed_diff *diff, struct why *why)
{
	struct why own;
	feed_gate_compare(f->lock, f->served, space, NULL, 0, diff);
	if (!feed_diff_is_loss(diff))
		return E_GONE;
	if (!allow_removal)
		return why_set(why, E_DENIED, "the feed is gone with %zu item%s; bring its show or conference back, or say --allow-removal",
			diff->n_removed, diff->n_removed == 1 ? "" : "s");
	feed_gate_publish(f->lock, space, NULL, 0, true);
	if (feed_lock_save(f->lock, &own))
		DIAG(DIAG_ERROR, "feed", "%s: %s", space, own.text);
	return E_GONE;
}

/* After its documents were written: what the gate says, with everything gone for a feed that isn't there any more. */
static enum err pass_gate(struct feeds *f, const struct feed_request *request, enum err e, bool allow_removal,
	struct feed_diff *diff, struct why *why)
{
	if (!is_gated(request))
		return e;
	if (e == E_GONE && !request->season && !request->track && !request->page) {
		char *space = feed_space(request->kind, request->name);
		e = lose_all(f, space, allow_removal, diff, why);
		free(space);
	}
	note_gate(f, request, e, diff, why);
	return e;
}

static enum err write_document(struct feeds *f, struct archive *archive, const struct feed_request *request, bool lints,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out,
	struct feed_document *document, struct why *why)
{
	struct feed_site site = site_of(f, request);
	struct feed_written written = {0};
	struct buf address = {0};
	site.lints = lints;
	*document = (struct feed_document){.type = feed_media_type(request->form), .hub = site.hub};
	if (!f->lock)
		return why_set(why, E_DENIED, "feeds.lock couldn't be read; correct it and start again");
	feed_address_write(&address, request);
	enum err e = feed_write(archive, &site, request, fault, data, out, &written, why);
	e = pass_gate(f, request, e, site.allow_removal, &written.diff, why);
	if (e == E_DENIED) {
		document->is_old = true;
		e = serve_kept(f, address.p, out, why);
		if (!e && has_taken(f, archive, request, out)) {
			buf_clear(out);
			e = why_set(why, E_AGAIN, "refused, and what was served before has an item that was taken down");
		}
	}
	if (!e) {
		bool is_new = feed_changes_note(f->changes, address.p, span_fnv(buf_view(out)), &document->changed_ms);
		if (is_new && is_gated(request) && !document->is_old)
			keep(f, address.p, buf_view(out));
	}
	feed_diff_finish(&written.diff);
	buf_finish(&address);
	return e;
}

enum err feeds_document(struct feeds *f, struct archive *archive, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct buf *out,
	struct feed_document *document, struct why *why)
{
	return write_document(f, archive, request, false, fault, data, out, document, why);
}

/* ---- as files ---- */

enum err feeds_collect(struct feeds *f, struct archive *archive, const struct feed_request *whole,
	void (*fault)(void *data, const char *path, const char *text), void *data, struct why *why)
{
	struct feed_site site = site_of(f, whole);
	struct feed_items *items = NULL;
	struct feed_diff diff = {0};
	if (!f->lock)
		return why_set(why, E_DENIED, "feeds.lock couldn't be read; correct it and start again");
	enum err e = feed_items_collect(archive, &site, whole, fault, data, &items, &diff, why);
	e = pass_gate(f, whole, e, site.allow_removal, &diff, why);
	feed_diff_finish(&diff);
	if (e) {
		feed_items_free(items);
		return e;
	}
	pthread_mutex_lock(&f->mutex);
	f->collected = mem_grow(f->collected, f->n_collected + 1, sizeof(struct feed_items *));
	f->collected[f->n_collected++] = items;
	pthread_mutex_unlock(&f->mutex);
	return OK;
}

enum err feeds_for_files(struct feeds *f, struct archive *archive, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data,
	void (*made)(void *made_data, enum feed_form form, struct span document), void *made_data, struct why *why)
{
	struct feed_site site = site_of(f, request);
	struct feed_written written = {0};
	site.lints = true;
	site.items = f->collected;
	site.n_items = f->n_collected;
	if (!f->lock)
		return why_set(why, E_DENIED, "feeds.lock couldn't be read; correct it and start again");
	enum err e = feed_write_forms(archive, &site, request, fault, data, made, made_data, &written, why);
	feed_diff_finish(&written.diff);
	return e;
}

void feeds_forget_collected(struct feeds *f)
{
	for (size_t i = 0; i < f->n_collected; i++)
		feed_items_free(f->collected[i]);
	free(f->collected);
	f->collected = NULL;
	f->n_collected = 0;
}

/* ---- after an import ---- */

struct checking {
	struct feeds *feeds;
	struct archive *archive;
	struct websub *websub;
};

/* Writes one as if it were asked for; what has changed is announced. */
static void check_one(struct checking *c, const struct feed_request *request,
	void (*fault)(void *data, const char *path, const char *text), void *data)
{
	struct feeds *f = c->feeds;
	struct buf out = {0}, address = {0};
	struct feed_document document;
	struct why why = {0};
	feed_address_write(&address, request);
	uint64_t before = feed_changes_hash(f->changes, address.p);
	enum err e = write_document(f, c->archive, request, true, fault, data, &out, &document, &why);
	if (e && e != E_GONE && e != E_AGAIN)
		DIAG(DIAG_ERROR, "feed", "%s: %s", address.p, why.text);
	if (!e && before && before != span_fnv(buf_view(&out)) && document.hub) {
		struct buf url = {0};
		buf_format(&url, "%s%s", f->config->base_url, address.p);
		websub_add(c->websub, url.p);
		buf_finish(&url);
	}
	buf_finish(&out);
	buf_finish(&address);
}

static void check_known(void *data, const char *address)
{
	struct checking *c = data;
	struct feed_address read;
	struct buf path = {0};
	const char prefix[] = "/feeds/";
	struct span rest = span_of(address);
	/* Searches and people follow from what is gated; they are made when they are asked for. */
	if (span_starts(rest, prefix) && feed_path_decode(&path, span_from(rest, sizeof prefix - 1)) &&
		feed_address_read(&read, buf_view(&path))) {
		bool is_main_rss = read.request.kind == FEED_SHOW && read.request.form == FEED_RSS && !read.request.season &&
			!read.request.page;
		if (is_gated(&read.request) && !is_main_rss)
			check_one(c, &read.request, NULL, NULL);
		feed_address_finish(&read);
	}
	buf_finish(&path);
}

void feeds_check(struct feeds *f, struct archive *archive, void (*fault)(void *data, const char *path, const char *text),
	void *data)
{
	if (!f->lock)
		return;
	struct checking c = {f, archive, websub_create(f->config->hub)};
	for (size_t i = 0; i < f->config->n_shows; i++) {
		const struct feed_request request = {.kind = FEED_SHOW, .name = f->config->shows[i].name};
		check_one(&c, &request, fault, data);
	}
	feed_changes_each(f->changes, check_known, &c);
	struct why why = {0};
	size_t n = websub_count(c.websub);
	enum err e = websub_send(c.websub, &why);
	websub_destroy(c.websub);
	if (e)
		DIAG(DIAG_WARN, "websub", "the hub wasn't told of %zu feed%s, its subscribers hear of them later: %s", n, n == 1 ? "" : "s",
			why.text);
	else if (n)
		DIAG(DIAG_INFO, "websub", "the hub was told of %zu feed%s", n, n == 1 ? "" : "s");
	feed_changes_save(f->changes);
	pthread_mutex_lock(&f->mutex);
	f->allow_removal = false;
	f->counts.announced += e ? 0 : n;
	f->counts.failed_announcements += e ? n : 0;
	pthread_mutex_unlock(&f->mutex);
}

const char *feeds_moved_to(const struct config *config, const struct config_show *show)
{
	const struct feed_request request = {.kind = FEED_SHOW, .name = show->name};
	struct buf own = {0};
	if (!show->feed.new_feed_url)
		return NULL;
	buf_text(&own, config->base_url);
	feed_address_write(&own, &request);
	bool is_own = strcmp(own.p, show->feed.new_feed_url) == 0;
	buf_finish(&own);
	return is_own ? NULL : show->feed.new_feed_url;
}

/* ---- for a command ---- */

static void let_go(struct feeds *f, struct archive *archive, enum feed_kind kind, const char *name,
	void (*told)(void *data, const char *space, const char *text), void *data)
{
	const struct feed_request request = {.kind = kind, .name = name};
	struct feed_site site = site_of(f, &request);
	struct feed_written written = {0};
	struct buf out = {0}, text = {0};
	struct why why = {0};
	site.base_url = site.base_url ? site.base_url : "";
	site.allow_removal = site.adds_nothing = true;
	enum err e = feed_write(archive, &site, &request, NULL, NULL, &out, &written, &why);
	feed_diff_write(&text, &written.diff);
	if (e && e != E_GONE)
		DIAG(DIAG_ERROR, "feed", "%s: %s", name, why.text);
	else if (!e && feed_diff_is_loss(&written.diff)) {
		char *space = feed_space(kind, name);
		buf_format(&text, "\n%s", written.diff.lines.p ? written.diff.lines.p : "");
		told(data, space, text.p);
		free(space);
	}
	feed_diff_finish(&written.diff);
	buf_finish(&out);
	buf_finish(&text);
}

void feeds_let_go(const struct config *config, struct archive *archive,
	void (*told)(void *data, const char *space, const char *text), void *data)
{
	struct feeds *f = feeds_create(config, true);
	struct archive_conference **conferences = NULL;
	size_t n = 0;
	if (f->lock) {
		for (size_t i = 0; i < config->n_shows; i++)
			let_go(f, archive, FEED_SHOW, config->shows[i].name, told, data);
		if (archive_conferences(archive, &conferences, &n, NULL))
			n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		char *space = feed_space(FEED_CONFERENCE, conferences[i]->c.name);
		size_t n_known;
		free(feed_lock_list(f->lock, space, &n_known));
		if (n_known)
			let_go(f, archive, FEED_CONFERENCE, conferences[i]->c.name, told, data);
		free(space);
		archive_conference_free(conferences[i]);
	}
	free(conferences);
	feeds_destroy(f);
}

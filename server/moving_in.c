/* SPDX-License-Identifier: MIT */
#include "server/moving_in.h"

#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/download.h"
#include "server/verb.h"

enum { SAVE_EVERY = 25 };

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- an episode ---- */

static char *page_path(const struct moving *m, const struct document *d)
{
	struct buf name = {0};
	buf_format(&name, "episodes/%s.md", d->slug);
	char *path = file_join(m->options->site, name.p);
	buf_finish(&name);
	return path;
}

static void lock_page(struct moving *m, const struct document *d, const struct takeover_page *page)
{
	bool has_type = page->media_file || page->media_type || (d->n_media && strchr(d->media[0].type, '/')) || d->media_bytes > 0;
	if (has_type)
		moving_lock(m, d->slug, d->guid, d->published_ms, page->media_file ? page->media_file : d->media_file,
			page->media_bytes ? page->media_bytes : d->media_bytes);
}

/* The page last: where it is, everything of it is. */
static void write_page(struct moving *m, const struct document *d, const struct takeover_page *page, const char *path)
{
	struct buf text = {0};
	struct why why = {0};
	takeover_write_page(m->takeover, d, page, &text);
	if (file_replace(path, buf_view(&text), &why)) {
		diag_fault_why(path, 0, &why);
	} else {
		m->n_written++;
		lock_page(m, d, page);
		printf("episodes/%s.md: written%s%s%s\n", d->slug, page->media_file ? ", with media/" : "",
			page->media_file ? page->media_file : "", *d->guid ? "" : "; it has no GUID, so the feed gives it one");
		if (page->media_file || page->image) {
			char *folder = file_join(m->options->site, "media"), *name = takeover_file_name(d->slug, d->guid);
			download_forget(folder, name);
			free(folder);
			free(name);
		}
	}
	buf_finish(&text);
}

static void bring(struct moving *m, struct document *d, const char *path)
{
	struct takeover_page page = {.show = m->show};
	char *file = NULL, *image = NULL, *type = NULL;
	bool is_waiting = false;
	if (m->options->media)
		moving_take_recording(m, d, &page, &file, &image, &is_waiting);
	if (is_waiting) {
		m->n_unfinished++;
	} else {
		if (!page.media_file)
			moving_ask_size(m, d, &page, &type);
		page.has_chapters_file = moving_take_companions(m, d, NULL);
		write_page(m, d, &page, path);
	}
	free(file);
	free(image);
	free(type);
}

/* Its page is there: the owner's, and left as it is. With --media its recording comes all the same. */
static void keep(struct moving *m, struct document *d, const struct moving_page *known)
{
	m->n_there++;
	bool is_elsewhere = strstr(known->media_file, "://") != NULL;
	struct takeover_page page = {.show = m->show};
	char *file = NULL, *image = NULL;
	bool is_waiting = false;
	moving_lock(m, known->slug, known->guid, known->published_ms, known->media_file, known->media_bytes);
	(void)moving_take_companions(m, d, known); /* those that couldn't be had the last time */
	if (!m->options->media || !is_elsewhere)
		return;
	moving_take_recording(m, d, &page, &file, &image, &is_waiting);
	m->n_unfinished += is_waiting;
	if (file)
		printf("media/%s: there; %s still names %s: write file: %s there\n", file, known->path, known->media_file, file);
	free(file);
	free(image);
}

static void bring_one(struct moving *m, struct document *d)
{
	const struct moving_page *known = moving_find_page(m, d->guid);
	struct feed_lock_entry entry;
	if (known) {
		keep(m, d, known);
		return;
	}
	if (feed_lock_find(m->lock, m->show, d->slug, &entry) && entry.is_withdrawn) {
		m->n_withdrawn++; /* its owner took it out */
		return;
	}
	char *path = page_path(m, d);
	if (file_exists(path))
		diag_fault(path, 0, "it is there, and isn't the feed's '%s' (GUID %s), which was left out; rename the file, and do it again",
			d->title, d->guid);
	else
		bring(m, d, path);
	free(path);
}

static void save_lock(struct moving *m)
{
	struct why why = {0};
	if (feed_lock_save(m->lock, &why))
		diag_fault("feeds.lock", 0, "%s; the pages have their GUIDs all the same", why.text);
}

static void bring_all(struct moving *m)
{
	for (size_t i = 0; i < m->takeover->n; i++) {
		if (m->shows_progress)
			fprintf(stderr, "\r\033[Kepisode %zu of %zu", i + 1, m->takeover->n);
		moving_clear_progress(m);
		bring_one(m, m->takeover->episodes[i]);
		if (i % SAVE_EVERY == SAVE_EVERY - 1)
			save_lock(m);
	}
	save_lock(m);
}

/* ---- what is said ---- */

static void print_summary(const struct moving *m)
{
	const struct takeover *t = m->takeover;
	printf("%s: %zu episode%s on %zu page%s of the feed: %zu written, %zu there already; %zu transcript%s, %zu file%s of "
		"chapters, %zu recording%s\n", t->show.title ? t->show.title : m->show, t->n, plural(t->n), m->n_feed_pages,
		plural(m->n_feed_pages), m->n_written, m->n_there, m->n_transcripts, plural(m->n_transcripts), m->n_chapters,
		plural(m->n_chapters), m->n_recordings, plural(m->n_recordings));
	if (t->n_without_guid)
		printf("%zu episode%s by %s recording's address, as players know %s\n", t->n_without_guid,
			t->n_without_guid == 1 ? " goes" : "s go", t->n_without_guid == 1 ? "its" : "their",
			t->n_without_guid == 1 ? "it" : "them");
	if (t->n_without_recording)
		printf("%zu item%s without a recording left out\n", t->n_without_recording, plural(t->n_without_recording));
	if (t->n_doubles)
		printf("%zu item%s stood in it twice\n", t->n_doubles, plural(t->n_doubles));
	if (m->n_withdrawn)
		printf("%zu episode%s that feeds.lock calls withdrawn stayed out\n", m->n_withdrawn, plural(m->n_withdrawn));
	if (m->n_unfinished)
		printf("not finished: %zu; say the same again, it goes on from here\n", m->n_unfinished);
}

/* Subscribers ask at the old address: only who has that can send them here. */
static void print_old_place(const struct moving *m)
{
	const char *base = m->config && m->config->base_url ? m->config->base_url : "https://YOUR-SITE";
	const char *old = *m->feed_url ? m->feed_url : m->takeover->feed_url;
	struct span address = span_of(old);
	size_t scheme = span_search(address, SPAN_LITERAL("://"), 0), host = scheme + 3;
	struct span path = span_from(address, host < address.n ? host : address.n);
	path = span_from(path, span_find(path, '/'));
	printf("\nTo take the subscribers along, when the new feed is up and right:\n"
		"  * let the old address%s%s answer with 301 to %s/feeds/%s.xml, for good, at least four weeks\n"
		"  * if the old feed can still be changed, put <itunes:new-feed-url>%s/feeds/%s.xml</itunes:new-feed-url> into it\n",
		*old ? " " : "", old, base, m->show, base, m->show);
	if (path.n > 1 && span_find(path, '?') == path.n)
		printf("  * if the old domain comes to this site, add to carillon.yaml:  redirects: {%.*s: /feeds/%s.xml}\n",
			SPAN_ARG(path), m->show);
	else if (path.n > 1)
		printf("  * the old address has a query (?...), which redirects: can't tell apart; if its domain comes here, let the web "
			"server in front send it on\n");
}

/* ---- */

static char *name_of_show(const struct moving *m)
{
	const struct feed_show *s = &m->takeover->show;
	if (m->options->show)
		return mem_strdup(m->options->show);
	for (size_t i = 0; m->config && i < m->config->n_shows; i++) {
		const struct config_show *known = &m->config->shows[i];
		if ((s->guid && known->feed.guid && strcmp(s->guid, known->feed.guid) == 0) ||
			(s->title && strcmp(s->title, known->title) == 0))
			return mem_strdup(known->name);
	}
	return takeover_show_name(m->takeover);
}

static int take_over(struct moving *m, bool *is_ready)
{
	int exit_code = EXIT_FAULTS;
	if (!moving_read_feed(m, &exit_code))
		return exit_code;
	if (m->takeover->show.locked && !m->options->is_mine) {
		diag_fault(m->options->from, 0, "the show is locked (podcast:locked): its owner doesn't want it taken elsewhere; unlock it "
			"there first, or say --mine if it is yours");
		return EXIT_FAULTS;
	}
	m->show = name_of_show(m);
	if (!m->takeover->n) {
		diag_fault(m->options->from, 0, "there is no episode in it: no item has a recording");
		return EXIT_FAULTS;
	}
	if (!moving_read_site(m))
		return EXIT_FAULTS;
	char *folder = file_join(m->options->site, "episodes");
	struct why why = {0};
	enum err e = file_make_folder(folder, &why);
	free(folder);
	if (e) {
		diag_fault_why(NULL, 0, &why);
		return EXIT_MACHINE;
	}
	moving_name_episodes(m);
	bring_all(m);
	bool is_known = m->config && config_show(m->config, span_of(m->show));
	char *image = m->options->media && !is_known ? moving_take_artwork(m) : NULL;
	*is_ready = moving_write_show(m, image);
	free(image);
	print_summary(m);
	print_old_place(m);
	fflush(stdout);
	return diag_fault_count() > m->faults_before || m->n_unfinished ? EXIT_FAULTS : EXIT_DONE;
}

static void finish(struct moving *m)
{
	for (size_t i = 0; i < m->n_pages; i++) {
		free(m->pages[i].guid);
		free(m->pages[i].slug);
		free(m->pages[i].path);
		free(m->pages[i].media_file);
	}
	for (size_t i = 0; i < m->n_silent_hosts; i++)
		free(m->silent_hosts[i]);
	free(m->silent_hosts);
	free(m->pages);
	free(m->show);
	free(m->feed_url);
	feed_lock_close(m->lock);
	takeover_destroy(m->takeover);
	fetch_destroy(m->fetcher);
	config_destroy(m->config);
}

int moving_in(const struct moving_options *options, bool *is_ready)
{
	struct moving m = {.options = options, .shows_progress = verb_shows_progress(), .faults_before = diag_fault_count()};
	char *config = file_join(options->site, "carillon.yaml");
	enum err e = file_exists(config) ? config_load(options->site, &m.config) : OK;
	bool is_site = file_is_folder(options->site);
	*is_ready = false;
	free(config);
	if (!is_site)
		diag_fault(NULL, 0, "no site at %s: no such folder; make it, or name another with --site DIR", options->site);
	if (e || !is_site)
		return e == E_FORMAT ? EXIT_FAULTS : EXIT_MACHINE;
	const struct fetch_options fetching = {.user_agent = "Carillon (moving in)", .most_at_once = 1, .is_command = true,
		.allows_private = m.config && m.config->planet_private};
	m.fetcher = fetch_create(&fetching);
	int code = EXIT_MACHINE;
	if (m.fetcher)
		code = take_over(&m, is_ready);
	else
		diag_fault(NULL, 0, "nothing can be fetched: libcurl, or carillon-fetch.so, can't be set up; see what the machine lacks");
	finish(&m);
	return code;
}

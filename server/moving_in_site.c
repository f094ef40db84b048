/* moving_in_site.c - what the site has already of a show that moves in, and what it gets to know of it.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/mem.h"
#include "server/moving_in.h"
#include "transcripts/document.h"

enum { PAGE_BYTES = 16 << 20 };

/* ---- pages ---- */

static void add_page(struct moving *m, const char *name, const char *path)
{
	struct buf bytes = {0};
	if (file_read(path, PAGE_BYTES, &bytes, NULL) == OK) {
		struct document *d = document_read(name, buf_view(&bytes), NULL);
		m->pages = mem_grow(m->pages, m->n_pages + 1, sizeof *m->pages);
		m->pages[m->n_pages++] = (struct moving_page){mem_strdup(d->guid), mem_strdup(d->slug), mem_strdup(path),
			mem_strdup(d->media_file), d->media_bytes, d->published_ms,
			*d->chapters_file || (d->n_chapters && !d->are_chapters_noted), *d->transcript_file || d->transcript};
		document_destroy(d);
	}
	buf_finish(&bytes);
}

/* Folders in folders, as the importer reads them; so deep nobody has any. */
static void add_pages(struct moving *m, const char *folder, int depth)
{
	char **names;
	size_t n;
	if (file_list(folder, &names, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++) {
		char *path = file_join(folder, names[i]);
		if (names[i][0] != '.' && file_is_folder(path) && depth < 8)
			add_pages(m, path, depth + 1);
		else if (names[i][0] != '.' && span_equal_nocase(file_ending(names[i]), SPAN_LITERAL("md")))
			add_page(m, names[i], path);
		free(path);
	}
	file_list_free(names, n);
}

const struct moving_page *moving_find_page(const struct moving *m, const char *guid)
{
	for (size_t i = 0; i < m->n_pages; i++)
		if (strcmp(m->pages[i].guid, guid) == 0)
			return &m->pages[i];
	return NULL;
}

bool moving_read_site(struct moving *m)
{
	struct why why = {0};
	char *path = file_join(m->options->site, "feeds.lock"), *episodes = file_join(m->options->site, "episodes");
	enum err e = feed_lock_open(path, &m->lock, &why);
	if (e)
		diag_fault_why(path, 0, &why);
	else
		add_pages(m, episodes, 0);
	free(path);
	free(episodes);
	return e == OK;
}

/* ---- names ---- */

static const char *slug_of(void *data, const char *guid)
{
	const struct moving *m = data;
	const struct moving_page *page = moving_find_page(m, guid);
	if (page)
		return page->slug;
	size_t n;
	struct feed_lock_entry *entries = feed_lock_list(m->lock, m->show, &n);
	const char *slug = NULL;
	for (size_t i = 0; i < n && !slug; i++)
		if (entries[i].slug[0] != '*' && strcmp(entries[i].guid, guid) == 0)
			slug = entries[i].slug;
	free(entries);
	return slug;
}

static bool is_taken(void *data, const char *slug)
{
	const struct moving *m = data;
	struct feed_lock_entry entry;
	if (feed_lock_find(m->lock, m->show, slug, &entry))
		return true;
	for (size_t i = 0; i < m->n_pages; i++) {
		struct span stem = file_stem(m->pages[i].path);
		if (strcmp(m->pages[i].slug, slug) == 0 || span_is(stem, slug))
			return true;
	}
	return false;
}

void moving_name_episodes(struct moving *m)
{
	const struct takeover_known known = {slug_of, is_taken, m};
	takeover_name(m->takeover, &known);
}

/* ---- feeds.lock ---- */

void moving_lock(struct moving *m, const char *slug, const char *guid, int64_t published_ms, const char *media_file,
	int64_t bytes)
{
	struct feed_lock_entry entry;
	/* Without these its feed has no such item yet, or dates it itself. */
	if (!*guid || !*media_file || bytes <= 0 || published_ms == INT64_MIN || feed_lock_find(m->lock, m->show, slug, &entry))
		return;
	struct buf url = {0};
	bool is_web = strstr(media_file, "://") != NULL;
	size_t n = m->config && m->config->base_url ? strlen(m->config->base_url) : 0;
	buf_format(&url, "%s%s", is_web ? "" : "/media/", n && strncmp(media_file, m->config->base_url, n) == 0 ? media_file + n :
		media_file);
	entry = (struct feed_lock_entry){.slug = slug, .guid = guid, .published_ms = published_ms, .media_path = media_file,
		.media_url = url.p, .media_bytes = bytes};
	feed_lock_put(m->lock, m->show, &entry);
	buf_finish(&url);
}

/* ---- the show ---- */

static void write_config(struct moving *m, const char *path, struct span entry)
{
	struct buf text = {0};
	struct why why = {0};
	buf_text(&text, "# Made by carillon import --from-feed; from now on it is yours. carillon.yaml.example has every key.\n"
		"title: ");
	takeover_add_scalar(&text, span_of(m->takeover->show.title ? m->takeover->show.title : m->show));
	buf_text(&text, "\n# base_url: https://example.org   # where the world reaches this site: say so before anybody subscribes\n"
		"\nshows:\n");
	buf_span(&text, entry);
	if (file_replace(path, buf_view(&text), &why))
		diag_fault_why(path, 0, &why);
	else
		printf("%s: written, with the show %s\n", path, m->show);
	buf_finish(&text);
}

bool moving_write_show(struct moving *m, const char *image)
{
	struct buf entry = {0};
	char *path = file_join(m->options->site, "carillon.yaml");
	bool is_known = m->config && config_show(m->config, span_of(m->show));
	takeover_write_show(m->takeover, m->show, image, &entry);
	if (is_known) {
		printf("%s: has the show %s; it was left as it is\n", path, m->show);
	} else if (!m->config) {
		write_config(m, path, buf_view(&entry));
		is_known = file_exists(path);
	} else {
		printf("\n%s is yours, so put this there yourself, under shows:, then say carillon import%s%s\n\n%s%s\n", path,
			strcmp(m->options->site, ".") == 0 ? "" : " --site ", strcmp(m->options->site, ".") == 0 ? "" : m->options->site,
			m->config->n_shows ? "" : "shows:\n", entry.p);
	}
	buf_finish(&entry);
	free(path);
	return is_known;
}

/* SPDX-License-Identifier: MIT */
#include "server/route_sitemap.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "server/page.h"
#include "server/routes.h"
#include "transcripts/archive_outline.h"
#include "transcripts/archive_parts.h"

enum { A_PART = 50000 };

/* Counts the addresses, and writes those from `from` up to `end`. */
struct map {
	struct buf *out;  /* NULL: only counted */
	const char *base_url;
	size_t n, from, end;
};

static void add(struct map *m, const char *path, int64_t changed_ms)
{
	size_t i = m->n++;
	if (!m->out || i < m->from || i >= m->end)
		return;
	buf_text(m->out, "<url><loc>");
	escape_xml(m->out, span_of(m->base_url));
	escape_xml(m->out, span_of(path));
	buf_text(m->out, "</loc>");
	if (changed_ms != INT64_MIN) {
		struct buf date = {0};
		time_format_iso(&date, changed_ms);
		buf_format(m->out, "<lastmod>%.10s</lastmod>", date.p);
		buf_finish(&date);
	}
	buf_text(m->out, "</url>\n");
}

static void add_named(struct map *m, const char *folder, const char *name, const char *end)
{
	struct buf path = {0};
	buf_text(&path, folder);
	escape_url(&path, span_of(name));
	buf_text(&path, end);
	add(m, path.p, INT64_MIN);
	buf_finish(&path);
}

static void add_archive(struct map *m, struct archive *archive)
{
	struct archive_outline *items;
	struct archive_conference **conferences;
	struct archive_person **people;
	size_t n;
	struct why why;
	if (!m->out) {
		m->n += archive_outline_published(archive);
	} else if (archive_outline(archive, &items, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++)
			if (items[i].published)
				add(m, items[i].path, items[i].published_ms);
		archive_outline_free(items, n);
	}
	if (archive_conferences(archive, &conferences, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
			add_named(m, "/conferences/", conferences[i]->c.name, "/");
			archive_conference_free(conferences[i]);
		}
		free(conferences);
	}
	if (archive_people(archive, NULL, INT64_MAX, 0, &people, &n, &why) == OK) {
		for (size_t i = 0; i < n; i++) {
			add_named(m, "/people/", people[i]->slug, "");
			archive_person_free(people[i]);
		}
		free(people);
	}
}

static void add_all(struct map *m, const struct server *server, struct archive *archive)
{
	add(m, "/", INT64_MIN);
	for (size_t i = 0; i < server->config->n_shows; i++)
		add_named(m, "/shows/", server->config->shows[i].name, "/");
	if (archive)
		add_archive(m, archive);
}

size_t sitemap_parts(const struct server *server, struct archive *archive)
{
	struct map m = {0};
	add_all(&m, server, archive);
	return (m.n + A_PART - 1) / A_PART;
}

static void write_list(struct page *page, size_t n_parts)
{
	buf_text(&page->out, "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	for (size_t i = 1; i <= n_parts; i++) {
		buf_text(&page->out, "<sitemap><loc>");
		escape_xml(&page->out, span_of(page->server->config->base_url));
		buf_format(&page->out, "/sitemap/%zu.xml</loc></sitemap>\n", i);
	}
	buf_text(&page->out, "</sitemapindex>\n");
}

/* 0 for sitemap.xml, N for N.xml; false for what is neither. */
static bool part_number(const char *part, int64_t *number)
{
	struct span text = span_of(part);
	*number = 0;
	return !text.n || (span_ends(text, ".xml") && span_to_i64(span_make(text.p, text.n - 4), number) && *number > 0);
}

void page_of_sitemap(struct page *page)
{
	size_t n_parts = sitemap_parts(page->server, page->archive);
	int64_t number;
	if (!page->server->config->base_url || !part_number(page->part[0], &number) || number > (int64_t)n_parts) {
		page_not_found(page, "sitemap");
		return;
	}
	page->type = "application/xml; charset=utf-8";
	buf_text(&page->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (number == 0 && n_parts > 1) {
		write_list(page, n_parts);
		return;
	}
	size_t from = number ? (size_t)(number - 1) * A_PART : 0;
	struct map m = {.out = &page->out, .base_url = page->server->config->base_url, .from = from, .end = from + A_PART};
	buf_text(&page->out, "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	add_all(&m, page->server, page->archive);
	buf_text(&page->out, "</urlset>\n");
}

void page_of_robots(struct page *page)
{
	page->type = "text/plain; charset=utf-8";
	buf_text(&page->out, "User-agent: *\nDisallow: /api/\nDisallow: /search?\n");
	if (page->server->config->base_url)
		buf_format(&page->out, "\nSitemap: %s/sitemap.xml\n", page->server->config->base_url);
}

/* doctor_links.c - links in the notes that lead nowhere within the site.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/doctor_checkup.h"
#include "transcripts/front_matter.h"
#include "transcripts/notes_tree.h"

/* "/shows/bells/one#t=12" -> parts of the path, decoded. */
struct site_path {
	char *part[4];
	size_t n;
};

static struct site_path split_path(struct span path)
{
	struct site_path s = {0};
	struct span piece, rest = span_make(path.p, span_find(path, '#'));
	rest = span_make(rest.p, span_find(rest, '?'));
	while (s.n < COUNT_OF(s.part) && span_next_piece(&rest, '/', &piece)) {
		struct buf decoded = {0};
		if (!piece.n)
			continue;
		if (unescape_url(&decoded, piece, false))
			buf_clear(&decoded);
		buf_text(&decoded, "");
		s.part[s.n++] = buf_take(&decoded);
	}
	return s;
}

static void path_finish(struct site_path *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->part[i]);
}

static bool has_item(struct archive_item *item)
{
	bool has = item && item->published;
	archive_item_free(item);
	return has;
}

/* A slug may carry an export's ending. */
static bool item_exists(struct checkup *c, struct archive_item *(*find)(struct archive *, const char *, const char *),
	const char *place, const char *slug)
{
	if (has_item(find(c->archive, place, slug)))
		return true;
	char *stem = span_dup(file_stem(slug));
	bool has = has_item(find(c->archive, place, stem));
	free(stem);
	return has;
}

static bool show_exists(const struct checkup *c, const char *name)
{
	for (size_t i = 0; i < c->site->n_shows; i++)
		if (strcmp(c->site->shows[i], name) == 0)
			return true;
	return false;
}

static bool conference_exists(struct checkup *c, const char *name)
{
	struct archive_conference *found = archive_conference_find(c->archive, name);
	archive_conference_free(found);
	return found != NULL;
}

static bool person_exists(struct checkup *c, const char *slug)
{
	struct archive_person *found = archive_person_find(c->archive, slug);
	archive_person_free(found);
	return found != NULL;
}

static bool media_exists(const struct checkup *c, const char *name)
{
	char *folder = file_join(c->site->folder, "media"), *path = file_join(folder, name);
	bool exists = file_exists(path);
	free(folder);
	free(path);
	return exists;
}

/* Only what is known not to be there is a fault: the site may have pages that aren't ours. */
static bool leads_somewhere(struct checkup *c, const struct site_path *s)
{
	const char *first = s->n ? s->part[0] : "";
	if (s->n < 2)
		return true;
	if (strcmp(first, "shows") == 0)
		return s->n == 2 ? show_exists(c, s->part[1]) : item_exists(c, archive_find, s->part[1], s->part[2]);
	if (strcmp(first, "transcripts") == 0)
		return item_exists(c, archive_find, "", s->part[1]);
	if (strcmp(first, "conferences") == 0)
		return s->n == 2 ? conference_exists(c, s->part[1]) : item_exists(c, archive_find_talk, s->part[1], s->part[2]);
	if (strcmp(first, "people") == 0)
		return person_exists(c, s->part[1]);
	return strcmp(first, "media") == 0 ? media_exists(c, s->part[1]) : true;
}

/* A link to the page's own moment: "#t=754". */
static bool is_after_end(const struct archive_item *item, struct span url)
{
	double seconds;
	return span_starts(url, "#t=") && item->duration_ms && span_to_double(span_from(url, 3), &seconds) &&
		seconds * 1000 > (double)item->duration_ms + 5000;
}

static struct span site_part(const struct checkup *c, const char *url)
{
	const char *base = c->site->base_url;
	size_t n = base ? strlen(base) : 0;
	if (n && strncmp(url, base, n) == 0 && url[n] == '/')
		return span_of(url + n);
	return url[0] == '/' && url[1] != '/' ? span_of(url) : span_make("", 0);
}

static void check_link(struct checkup *c, const struct archive_item *item, const char *url, int line)
{
	struct span path = site_part(c, url);
	struct site_path parts = split_path(path);
	if (path.n && !leads_somewhere(c, &parts))
		checkup_fault(c, DOCTOR_ERROR, "link-dead", item->path, line, "the link to %s leads nowhere; correct it", url);
	if (is_after_end(item, span_of(url)))
		checkup_fault(c, DOCTOR_WARNING, "link-late", item->path, line, "the link to %s is after the recording's end; "
			"correct it", url);
	path_finish(&parts);
}

/* Where the body of the page begins in its file. */
static int notes_line(struct checkup *c, const struct archive_item *item)
{
	struct page_text page;
	struct span yaml, body;
	int line = 1;
	if (!page_text_read(&page, c, item->path))
		return 0;
	struct document *d = document_read(item->path, buf_view(&page.text), NULL);
	line = d->notes_line;
	if (!line && front_matter_split(buf_view(&page.text), &yaml, &body, &line) != FRONT_MATTER_WHOLE)
		line = 1;
	document_destroy(d);
	page_text_finish(&page);
	return line;
}

void doctor_check_links(struct checkup *c, const struct archive_item *item)
{
	cmark_node *root;
	struct why why;
	struct buf notes = {0};
	bool is_read = item->has_notes && archive_notes(c->archive, item->id, &notes) && !notes_tree(buf_view(&notes), &root, &why);
	buf_finish(&notes);
	if (!is_read)
		return;
	int first = 0;
	cmark_iter *iter = cmark_iter_new(root);
	cmark_event_type event;
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (event != CMARK_EVENT_ENTER || cmark_node_get_type(node) != CMARK_NODE_LINK)
			continue;
		/* Lines are those of the block that the link stands in. */
		cmark_node *block = node;
		while (block && !cmark_node_get_start_line(block))
			block = cmark_node_parent(block);
		if (!first && !item->part[0])
			first = notes_line(c, item);
		int line = block && first ? first + cmark_node_get_start_line(block) - 1 : 0;
		check_link(c, item, cmark_node_get_url(node), line);
	}
	cmark_iter_free(iter);
	cmark_node_free(root);
}

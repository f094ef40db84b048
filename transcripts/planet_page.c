/* SPDX-License-Identifier: MIT */
#include "transcripts/planet_page.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/collection_parts.h"
#include "transcripts/encoding.h"
#include "transcripts/lines.h"
#include "transcripts/planet_clean.h"
#include "transcripts/planet_feed_parts.h"
#include "transcripts/planet_footer.h"
#include "transcripts/planet_text.h"

enum { LONGEST_NAME = 120, LONGEST_TITLE = 250 };

struct reading {
	struct planet_feed **feeds;
	size_t n;
	struct span *lines; /* without blanks at the end, as the file has them */
	size_t n_lines;
	struct span *names; /* blogs: what stands below date headings */
	size_t n_names;
};

static struct span plain(struct span line)
{
	return lines_trim(line);
}

static size_t skip_empty(const struct reading *r, size_t i)
{
	while (i < r->n_lines && !plain(r->lines[i]).n)
		i++;
	return i;
}

static bool is_day(struct span line)
{
	int64_t ms;
	return line.n && planet_page_date(line, &ms) == line.n;
}

static void gather_names(struct reading *r)
{
	int64_t ms;
	struct span name;
	bool may_be_day = true;
	for (size_t i = skip_empty(r, 0); i < r->n_lines; i = skip_empty(r, i + 1)) {
		struct span line = plain(r->lines[i]);
		/* A date alone is a heading only where one is due: before the first post, or behind a post's end. */
		if (may_be_day && is_day(line)) {
			size_t next = skip_empty(r, i + 1);
			line = next < r->n_lines ? plain(r->lines[next]) : span_of("");
			if (line.n && line.n <= LONGEST_NAME && !planet_page_footer(line, &name, &ms)) {
				r->names = mem_grow(r->names, r->n_names + 1, sizeof *r->names);
				r->names[r->n_names++] = line;
			}
		}
		may_be_day = planet_page_footer(line, &name, &ms) || (may_be_day && !r->n_names);
	}
}

static bool is_name(const struct reading *r, struct span line)
{
	for (size_t i = 0; i < r->n_names; i++)
		if (span_equal(r->names[i], line))
			return true;
	return false;
}

static struct planet_feed *feed_named(struct reading *r, struct span name)
{
	for (size_t i = 0; i < r->n; i++)
		if (span_is(name, r->feeds[i]->title))
			return r->feeds[i];
	r->feeds = mem_grow(r->feeds, r->n + 1, sizeof *r->feeds);
	struct planet_feed *f = r->feeds[r->n++] = planet_feed_create("planet page");
	document_set(&f->title, name);
	return f;
}

static void set_guid(struct planet_entry *e, struct span blog, int64_t ms)
{
	struct buf id = {0};
	buf_format(&id, "%.*s\n%lld\n%s", SPAN_ARG(blog), (long long)ms, e->title);
	uint64_t hash = span_fnv(buf_view(&id));
	buf_clear(&id);
	buf_format(&id, "urn:carillon:planet-page:%016llx", (unsigned long long)hash);
	document_set(&e->guid, buf_view(&id));
	buf_finish(&id);
}

/* Lines first to end, the footer not included. */
static void add_post(struct reading *r, struct span blog, size_t first, size_t end, struct span by, int64_t ms)
{
	struct planet_feed *f = feed_named(r, blog);
	struct planet_entry *e = planet_add_entry(f);
	size_t start = skip_empty(r, first);
	struct span title = start < end ? plain(r->lines[start]) : span_of("");
	/* A title stands right below the name, alone; a post without one has a wider gap there. */
	bool has_title = start < end && start - first <= 1 && title.n <= LONGEST_TITLE &&
		(start + 1 >= end || !plain(r->lines[start + 1]).n);
	if (has_title) {
		collection_set_line(&e->title, title);
		start++;
	}
	struct buf text = {0}, html = {0};
	for (size_t i = start; i < end; i++) {
		buf_span(&text, r->lines[i]);
		buf_char(&text, '\n');
	}
	planet_text_to_html(&html, buf_view(&text));
	document_set(&e->content, buf_view(&html));
	collection_set_line(&e->author, by.n ? by : blog);
	e->published_ms = ms;
	set_guid(e, blog, ms);
	planet_entry_conclude(e);
	buf_finish(&text);
	buf_finish(&html);
}

static void read_posts(struct reading *r, const struct dialect_faults *faults)
{
	struct span blog = span_of(""), name;
	int64_t ms;
	size_t i = skip_empty(r, 0);
	/* The planet's own name, and whatever stands before its first day. */
	while (i < r->n_lines && !is_day(plain(r->lines[i])))
		i++;
	while (i < r->n_lines) {
		if (is_day(plain(r->lines[i]))) {
			i = skip_empty(r, i + 1);
			if (i < r->n_lines)
				blog = plain(r->lines[i++]);
		} else if (is_name(r, plain(r->lines[i]))) {
			blog = plain(r->lines[i++]);
		}
		size_t end = i;
		while (end < r->n_lines && !planet_page_footer(plain(r->lines[end]), &name, &ms))
			end++;
		if (end == r->n_lines) {
			if (skip_empty(r, i) < end)
				dialect_report(faults, NULL, (int)i + 1, "a post without its date at the end was left out");
			return;
		}
		add_post(r, blog, i, end, name, ms);
		i = skip_empty(r, end + 1);
	}
}

enum err planet_page_read(struct span bytes, const struct dialect_faults *faults, struct planet_feed ***feeds,
	size_t *n, struct why *why)
{
	struct buf room = {0};
	struct reading r = {.n = 0};
	struct span text, line;
	*feeds = NULL;
	*n = 0;
	if (!encoding_to_utf8(bytes, &text, &room, faults, why)) {
		buf_finish(&room);
		return E_FORMAT;
	}
	while (span_next_line(&text, &line)) {
		if ((r.n_lines & (r.n_lines - 1)) == 0)
			r.lines = mem_grow(r.lines, r.n_lines ? r.n_lines * 2 : 1, sizeof *r.lines);
		r.lines[r.n_lines++] = line;
	}
	gather_names(&r);
	read_posts(&r, faults);
	free(r.lines);
	free(r.names);
	buf_finish(&room);
	*feeds = r.feeds;
	*n = r.n;
	return r.n ? OK : why_set(why, E_FORMAT, "no post is in it; each ends in 'by NAME at Month D, YYYY HH:MM AM'");
}

void planet_page_free(struct planet_feed **feeds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		planet_feed_destroy(feeds[i]);
	free(feeds);
}

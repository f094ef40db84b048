/* notes_feed.c - show notes in what a feed's description may have: written once for all feeds, finished for one.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/notes.h"
#include "transcripts/notes_tree.h"

/* Stands before an address within the site, which is completed when it is known where the notes stand. No control is in
 * text or addresses: they are escaped. */
#define WITHIN_SITE "\x01"

/* ---- writing ---- */

/* End tags of what is open, innermost last; borrowed. */
struct open_tags {
	const char **p;
	size_t n, room, n_bytes; /* n_bytes: of all of them */
};

static void push(struct open_tags *open, const char *end_tag)
{
	if (open->n == open->room) {
		open->room = open->room ? open->room * 2 : 16;
		open->p = mem_grow(open->p, open->room, sizeof *open->p);
	}
	open->p[open->n++] = end_tag;
	open->n_bytes += strlen(end_tag);
}

static const char *pop(struct open_tags *open)
{
	const char *end_tag = open->p[--open->n];
	open->n_bytes -= strlen(end_tag);
	return end_tag;
}

struct writing {
	struct buf *out;
	struct open_tags open;
};

static void open_tag(struct writing *w, const char *start_tag, const char *end_tag)
{
	buf_text(w->out, start_tag);
	push(&w->open, end_tag);
}

static void close_tag(struct writing *w)
{
	if (w->open.n)
		buf_text(w->out, pop(&w->open));
}

static void open_link(struct writing *w, cmark_node *link)
{
	const char *url = cmark_node_get_url(link);
	buf_text(w->out, "<a href=\"");
	if (notes_link_kind(url) == NOTES_LINK_SITE)
		buf_text(w->out, WITHIN_SITE);
	notes_add_url(w->out, url);
	open_tag(w, "\">", "</a>");
}

static bool is_tight(cmark_node *paragraph)
{
	cmark_node *list = cmark_node_parent(cmark_node_parent(paragraph));
	return list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
}

/* A hard line break has no tag that is allowed: a new paragraph where that is possible, else a blank. */
static void break_line(struct writing *w)
{
	if (w->open.n && strcmp(w->open.p[w->open.n - 1], "</p>") == 0) {
		close_tag(w);
		open_tag(w, "<p>", "</p>");
	} else {
		buf_char(w->out, ' ');
	}
}

static void enter(struct writing *w, cmark_node *node)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_LIST:
		if (cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
			open_tag(w, "<ol>", "</ol>");
		else
			open_tag(w, "<ul>", "</ul>");
		break;
	case CMARK_NODE_ITEM: open_tag(w, "<li>", "</li>"); break;
	case CMARK_NODE_PARAGRAPH:
		if (!is_tight(node))
			open_tag(w, "<p>", "</p>");
		break;
	case CMARK_NODE_HEADING:
		open_tag(w, "<p>", "</p>");
		open_tag(w, "<strong>", "</strong>");
		break;
	case CMARK_NODE_CODE_BLOCK:
		open_tag(w, "<p>", "</p>");
		escape_xml(w->out, span_trim(span_of(cmark_node_get_literal(node))));
		close_tag(w);
		break;
	case CMARK_NODE_TEXT:
	case CMARK_NODE_CODE: escape_xml(w->out, span_of(cmark_node_get_literal(node))); break;
	case CMARK_NODE_SOFTBREAK: buf_char(w->out, ' '); break;
	case CMARK_NODE_LINEBREAK: break_line(w); break;
	case CMARK_NODE_EMPH: open_tag(w, "<em>", "</em>"); break;
	case CMARK_NODE_STRONG: open_tag(w, "<strong>", "</strong>"); break;
	case CMARK_NODE_LINK: open_link(w, node); break;
	case CMARK_NODE_CUSTOM_INLINE: buf_text(w->out, "\xe2\x80\x9c"); break;
	default: break; /* quotations' paragraphs and images' descriptions stand for themselves */
	}
}

static void leave(struct writing *w, cmark_node *node)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_PARAGRAPH:
		if (!is_tight(node))
			close_tag(w);
		break;
	case CMARK_NODE_HEADING:
		close_tag(w);
		close_tag(w);
		break;
	case CMARK_NODE_LIST:
	case CMARK_NODE_ITEM:
	case CMARK_NODE_EMPH:
	case CMARK_NODE_STRONG:
	case CMARK_NODE_LINK: close_tag(w); break;
	case CMARK_NODE_CUSTOM_INLINE: buf_text(w->out, "\xe2\x80\x9d"); break;
	default: break;
	}
}

void notes_write_feed(cmark_node *root, struct buf *out)
{
	struct writing w = {.out = out};
	cmark_iter *walk = cmark_iter_new(root);
	cmark_event_type event;
	buf_text(out, "");
	while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
		if (event == CMARK_EVENT_ENTER)
			enter(&w, cmark_iter_get_node(walk));
		else
			leave(&w, cmark_iter_get_node(walk));
	}
	cmark_iter_free(walk);
	free(w.open.p);
}

/* ---- finishing ---- */

/* RFC 3986 5.2 for what notes hold: "#x", "?x", "/x", "x", "../x"; an absolute address stays. */
static void resolve(struct buf *out, const char *page, const char *url)
{
	enum notes_link kind = notes_link_kind(url);
	if (kind != NOTES_LINK_SITE) {
		buf_text(out, url);
		return;
	}
	const char *host = strstr(page, "://");
	size_t origin = host ? (size_t)(host + 3 - page) + strcspn(host + 3, "/?#") : 0;
	size_t path = origin + strcspn(page + origin, "?#");
	if (url[0] == '#' || url[0] == '?') {
		buf_add(out, page, path);
	} else if (url[0] == '/') {
		buf_add(out, page, origin);
	} else {
		while (path > origin && page[path - 1] != '/')
			path--;
		for (;;) {
			if (strncmp(url, "./", 2) == 0) {
				url += 2;
			} else if (strncmp(url, "../", 3) == 0) {
				url += 3;
				if (path > origin + 1)
					path--;
				while (path > origin && page[path - 1] != '/')
					path--;
			} else {
				break;
			}
		}
		buf_add(out, page, path);
		if (path == origin)
			buf_char(out, '/');
	}
	buf_text(out, url);
}

/* HTML that is cut at a limit: everything opened can always still be closed. */
struct finishing {
	struct buf *out;
	size_t end; /* out->n may not pass it */
	bool full;  /* nothing more fits */
	struct open_tags open;
	const char *page_url;
};

static bool fits(const struct finishing *f, size_t n)
{
	return !f->full && f->out->n + n + f->open.n_bytes <= f->end;
}

/* Text without tags, its escapes whole. */
static void add_text(struct finishing *f, struct span text)
{
	enum { ELLIPSIS = 3 };
	if (fits(f, text.n + ELLIPSIS)) {
		buf_span(f->out, text);
		return;
	}
	while (text.n && !f->full) {
		uint32_t c;
		size_t n = text.p[0] == '&' ? span_find(text, ';') + 1 : utf8_decode(text, &c);
		n = n < text.n ? n : text.n;
		if (fits(f, n + ELLIPSIS)) {
			buf_add(f->out, text.p, n);
		} else {
			f->full = true;
			utf8_append(f->out, 0x2026);
		}
		text = span_from(text, n);
	}
}

static const char *end_of(struct span start_tag)
{
	static const char *const ends[] = {"</p>", "</ol>", "</ul>", "</li>", "</strong>", "</em>", "</a>"};
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		size_t n = strlen(ends[i]) - 3;
		if (start_tag.n > n + 1 && memcmp(start_tag.p + 1, ends[i] + 2, n) == 0 && strchr("> ", start_tag.p[n + 1]))
			return ends[i];
	}
	ASSERT(false); /* there are no others */
	return "";
}

static void add_start(struct finishing *f, struct span tag)
{
	struct span within = SPAN_LITERAL("<a href=\"" WITHIN_SITE);
	struct buf whole = {0};
	const char *end_tag = end_of(tag);
	if (span_starts(tag, "<a href=\"" WITHIN_SITE)) {
		struct buf url = {0};
		buf_add(&url, tag.p + within.n, tag.n - within.n - 2);
		buf_text(&url, "");
		buf_text(&whole, "<a href=\"");
		resolve(&whole, f->page_url, url.p);
		buf_text(&whole, "\">");
		tag = buf_view(&whole);
		buf_finish(&url);
	}
	/* An element with nothing in it is worth nothing: ask for some room for content too. */
	if (fits(f, tag.n + strlen(end_tag) + 8)) {
		buf_span(f->out, tag);
		push(&f->open, end_tag);
	} else {
		f->full = true;
	}
	buf_finish(&whole);
}

void notes_finish_feed_html(struct span html, const char *page_url, size_t limit, struct buf *out)
{
	struct finishing f = {.out = out, .end = out->n + limit, .page_url = page_url};
	if (html.n <= limit && span_find(html, WITHIN_SITE[0]) == html.n) {
		buf_span(out, html);
		return;
	}
	while (html.n && !f.full) {
		size_t n = span_find(html, '<');
		if (n) {
			add_text(&f, span_make(html.p, n));
		} else {
			n = span_find(html, '>') + 1;
			if (html.p[1] == '/')
				buf_text(out, pop(&f.open));
			else
				add_start(&f, span_make(html.p, n));
		}
		html = span_from(html, n);
	}
	while (f.open.n)
		buf_text(out, pop(&f.open));
	free(f.open.p);
}

/* notes.c - the three forms of show notes: a page's HTML, a feed's HTML, plain text.
 * SPDX-License-Identifier: MIT */
#include "transcripts/notes.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/notes_tree.h"

/* A URL as an attribute's value: what RFC 3986 doesn't allow becomes %XX, an existing %XX stays. */
static void add_url(struct buf *out, const char *url)
{
	for (; *url; url++) {
		unsigned char c = (unsigned char)*url;
		if (c == '&')
			buf_text(out, "&amp;");
		else if (c == '\'')
			buf_text(out, "&#39;");
		else if (c <= 0x20 || c >= 0x7F || strchr("\"<>\\^`{|}", c))
			buf_format(out, "%%%02X", c);
		else
			buf_char(out, (char)c);
	}
}

/* A page's link; rel says that we don't vouch for what others put there. */
static void add_link_start(struct buf *out, const char *url, const char *title)
{
	buf_text(out, "<a href=\"");
	add_url(out, url);
	if (title && *title) {
		buf_text(out, "\" title=\"");
		escape_html(out, span_of(title));
	}
	buf_text(out, notes_link_kind(url) == NOTES_LINK_FOREIGN ? "\" rel=\"nofollow noopener\">" : "\">");
}

/* cmark's writer has no rel: links are written by us, as custom nodes of the same tree. */
static void prepare_for_page(cmark_node *root)
{
	struct notes_nodes links = {0}, quotes = {0}, headings = {0};
	notes_collect(root, CMARK_NODE_CUSTOM_INLINE, &quotes);
	for (size_t i = 0; i < quotes.n; i++) {
		cmark_node_set_on_enter(quotes.p[i], "<q>");
		cmark_node_set_on_exit(quotes.p[i], "</q>");
	}
	notes_collect(root, CMARK_NODE_LINK, &links);
	for (size_t i = 0; i < links.n; i++) {
		struct buf start = {0};
		add_link_start(&start, cmark_node_get_url(links.p[i]), cmark_node_get_title(links.p[i]));
		cmark_node *custom = cmark_node_new(CMARK_NODE_CUSTOM_INLINE), *child;
		cmark_node_set_on_enter(custom, start.p);
		cmark_node_set_on_exit(custom, "</a>");
		while ((child = cmark_node_first_child(links.p[i])))
			cmark_node_append_child(custom, child);
		cmark_node_replace(links.p[i], custom);
		cmark_node_free(links.p[i]);
		buf_finish(&start);
	}
	notes_collect(root, CMARK_NODE_HEADING, &headings);
	/* Below the page's h1, whichever level their author began with: no level is skipped. */
	int top = 6;
	for (size_t i = 0; i < headings.n; i++)
		top = cmark_node_get_heading_level(headings.p[i]) < top ? cmark_node_get_heading_level(headings.p[i]) : top;
	for (size_t i = 0; i < headings.n; i++) {
		int level = cmark_node_get_heading_level(headings.p[i]) - top + 2;
		cmark_node_set_heading_level(headings.p[i], level < 6 ? level : 6);
	}
	free(links.p);
	free(quotes.p);
	free(headings.p);
}

enum err notes_to_html(struct span markdown, int64_t duration_ms, struct buf *out, struct why *why)
{
	cmark_node *root;
	enum err e = notes_tree(markdown, duration_ms > 0 ? duration_ms : 0, &root, why);
	if (e)
		return e;
	prepare_for_page(root);
	char *html = cmark_render_html(root, CMARK_OPT_DEFAULT);
	buf_text(out, "");
	escape_html_markup(out, span_of(html)); /* cmark keeps controls as they are */
	free(html);
	cmark_node_free(root);
	return OK;
}

/* HTML that is cut at a limit: everything opened can always still be closed. */
struct feed_html {
	struct buf *out;
	size_t end;       /* out->n may not pass it */
	bool full;        /* nothing more fits */
	const char **open; /* end tags of what is open, innermost last */
	size_t n_open, room;
	size_t closing;   /* bytes of all of them */
	const char *page_url;
};

static bool fits(const struct feed_html *f, size_t n)
{
	return !f->full && f->out->n + n + f->closing <= f->end;
}

/* end_tag must outlive f. False when it doesn't fit: then nothing more is written. */
static bool open_tag(struct feed_html *f, struct span start_tag, const char *end_tag)
{
	/* An element with nothing in it is worth nothing: ask for some room for content too. */
	if (!fits(f, start_tag.n + strlen(end_tag) + 8)) {
		f->full = true;
		return false;
	}
	buf_span(f->out, start_tag);
	if (f->n_open == f->room) {
		f->room = f->room ? f->room * 2 : 16;
		f->open = mem_grow(f->open, f->room, sizeof *f->open);
	}
	f->open[f->n_open++] = end_tag;
	f->closing += strlen(end_tag);
	return true;
}

static void close_tag(struct feed_html *f)
{
	if (f->full || !f->n_open)
		return;
	const char *end_tag = f->open[--f->n_open];
	f->closing -= strlen(end_tag);
	buf_text(f->out, end_tag);
}

static void add_text(struct feed_html *f, struct span text)
{
	struct buf one = {0};
	/* Nearly always all of it fits: then in one go. An escape makes six bytes of one at most. */
	if (fits(f, text.n * 6 + 3)) {
		escape_xml(f->out, text);
		return;
	}
	while (text.n && !f->full) {
		uint32_t c;
		size_t n = utf8_decode(text, &c);
		buf_clear(&one);
		escape_xml(&one, span_make(text.p, n));
		if (fits(f, one.n + 3)) { /* 3: the ellipsis */
			buf_span(f->out, buf_view(&one));
		} else {
			f->full = true;
			utf8_append(f->out, 0x2026);
		}
		text = span_from(text, n);
	}
	buf_finish(&one);
}

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

static void open_link(struct feed_html *f, cmark_node *link)
{
	struct buf url = {0}, start = {0};
	resolve(&url, f->page_url, cmark_node_get_url(link));
	buf_text(&start, "<a href=\"");
	add_url(&start, url.p);
	buf_text(&start, "\">");
	open_tag(f, buf_view(&start), "</a>");
	buf_finish(&url);
	buf_finish(&start);
}

static bool is_tight(cmark_node *paragraph)
{
	cmark_node *list = cmark_node_parent(cmark_node_parent(paragraph));
	return list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
}

/* A hard line break has no tag that is allowed: a new paragraph where that is possible, else a blank. */
static void break_line(struct feed_html *f)
{
	if (f->n_open && strcmp(f->open[f->n_open - 1], "</p>") == 0) {
		close_tag(f);
		open_tag(f, SPAN_LITERAL("<p>"), "</p>");
	} else {
		add_text(f, SPAN_LITERAL(" "));
	}
}

static void feed_enter(struct feed_html *f, cmark_node *node)
{
	struct span literal = span_of(cmark_node_get_literal(node));
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_LIST:
		if (cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
			open_tag(f, SPAN_LITERAL("<ol>"), "</ol>");
		else
			open_tag(f, SPAN_LITERAL("<ul>"), "</ul>");
		break;
	case CMARK_NODE_ITEM: open_tag(f, SPAN_LITERAL("<li>"), "</li>"); break;
	case CMARK_NODE_PARAGRAPH:
		if (is_tight(node))
			break;
		open_tag(f, SPAN_LITERAL("<p>"), "</p>");
		break;
	case CMARK_NODE_HEADING:
		if (open_tag(f, SPAN_LITERAL("<p>"), "</p>"))
			open_tag(f, SPAN_LITERAL("<strong>"), "</strong>");
		break;
	case CMARK_NODE_CODE_BLOCK:
		if (open_tag(f, SPAN_LITERAL("<p>"), "</p>"))
			add_text(f, span_trim(literal));
		close_tag(f);
		break;
	case CMARK_NODE_TEXT:
	case CMARK_NODE_CODE: add_text(f, literal); break;
	case CMARK_NODE_SOFTBREAK: add_text(f, SPAN_LITERAL(" ")); break;
	case CMARK_NODE_LINEBREAK: break_line(f); break;
	case CMARK_NODE_EMPH: open_tag(f, SPAN_LITERAL("<em>"), "</em>"); break;
	case CMARK_NODE_STRONG: open_tag(f, SPAN_LITERAL("<strong>"), "</strong>"); break;
	case CMARK_NODE_LINK: open_link(f, node); break;
	case CMARK_NODE_CUSTOM_INLINE: add_text(f, SPAN_LITERAL("\xe2\x80\x9c")); break;
	default: break; /* quotations' paragraphs and images' descriptions stand for themselves */
	}
}

static void feed_leave(struct feed_html *f, cmark_node *node)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_PARAGRAPH:
		if (!is_tight(node))
			close_tag(f);
		break;
	case CMARK_NODE_HEADING:
		close_tag(f);
		close_tag(f);
		break;
	case CMARK_NODE_LIST:
	case CMARK_NODE_ITEM:
	case CMARK_NODE_EMPH:
	case CMARK_NODE_STRONG:
	case CMARK_NODE_LINK: close_tag(f); break;
	case CMARK_NODE_CUSTOM_INLINE: add_text(f, SPAN_LITERAL("\xe2\x80\x9d")); break;
	default: break;
	}
}

enum err notes_to_feed_html(struct span markdown, const char *page_url, size_t limit, struct buf *out, struct why *why)
{
	cmark_node *root;
	enum err e = notes_tree(markdown, NOTES_NO_STAMPS, &root, why);
	if (e)
		return e;
	struct feed_html f = {.out = out, .end = out->n + limit, .page_url = page_url};
	cmark_iter *walk = cmark_iter_new(root);
	cmark_event_type event;
	while (!f.full && (event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
		if (event == CMARK_EVENT_ENTER)
			feed_enter(&f, cmark_iter_get_node(walk));
		else
			feed_leave(&f, cmark_iter_get_node(walk));
	}
	f.full = false;
	while (f.n_open)
		close_tag(&f);
	cmark_iter_free(walk);
	cmark_node_free(root);
	free(f.open);
	return OK;
}

/* Appends text with its blanks folded; none at the start. */
static void add_folded(struct buf *out, size_t start, struct span text)
{
	while (text.n) {
		size_t plain = 0;
		while (plain < text.n && text.p[plain] > 0x20 && text.p[plain] < 0x7F)
			plain++;
		buf_add(out, text.p, plain);
		text = span_from(text, plain);
		if (!text.n)
			break;
		uint32_t c;
		size_t n = utf8_decode(text, &c);
		if (c > 0x20 && c != 0x7F)
			utf8_append(out, c);
		else if (out->n > start && out->p[out->n - 1] != ' ')
			buf_char(out, ' ');
		text = span_from(text, n);
	}
}

void notes_to_text(struct span markdown, struct buf *out)
{
	size_t start = out->n;
	buf_text(out, "");
	cmark_node *root;
	if (notes_tree(markdown, NOTES_NO_STAMPS, &root, NULL)) {
		add_folded(out, start, markdown);
	} else {
		cmark_iter *walk = cmark_iter_new(root);
		cmark_event_type event;
		while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
			cmark_node *node = cmark_iter_get_node(walk);
			cmark_node_type type = cmark_node_get_type(node);
			bool block = type >= CMARK_NODE_FIRST_BLOCK && type <= CMARK_NODE_LAST_BLOCK;
			if (type == CMARK_NODE_CUSTOM_INLINE)
				buf_text(out, event == CMARK_EVENT_ENTER ? "\xe2\x80\x9c" : "\xe2\x80\x9d");
			else if (event == CMARK_EVENT_ENTER && cmark_node_get_literal(node))
				add_folded(out, start, span_of(cmark_node_get_literal(node)));
			if (block || type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
				add_folded(out, start, SPAN_LITERAL(" "));
		}
		cmark_iter_free(walk);
		cmark_node_free(root);
	}
	while (out->n > start && out->p[out->n - 1] == ' ')
		out->p[--out->n] = '\0';
}

/* notes.c - the forms of show notes: a page's HTML, plain text, and (in notes_feed.c) a feed's HTML.
 * SPDX-License-Identifier: MIT */
#include "transcripts/notes.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/notes_tree.h"

void notes_add_url(struct buf *out, const char *url)
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
	notes_add_url(out, url);
	if (title && *title) {
		buf_text(out, "\" title=\"");
		escape_html(out, span_of(title));
	}
	buf_text(out, notes_link_kind(url) == NOTES_LINK_FOREIGN ? "\" rel=\"nofollow noopener\">" : "\">");
}

/* What a page's HTML has otherwise than cmark's, found in one walk. */
struct special {
	struct notes_nodes links, quotes, headings;
};

static void find_special(cmark_node *root, struct special *s)
{
	cmark_iter *walk = cmark_iter_new(root);
	cmark_event_type event;
	while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(walk);
		if (event != CMARK_EVENT_ENTER)
			continue;
		switch (cmark_node_get_type(node)) {
		case CMARK_NODE_LINK: notes_add_node(&s->links, node); break;
		case CMARK_NODE_CUSTOM_INLINE: notes_add_node(&s->quotes, node); break;
		case CMARK_NODE_HEADING: notes_add_node(&s->headings, node); break;
		default: break;
		}
	}
	cmark_iter_free(walk);
}

/* cmark's writer has no rel: links are written by us, as custom nodes of the same tree. */
static void prepare_for_page(cmark_node *root)
{
	struct special s = {0};
	find_special(root, &s);
	for (size_t i = 0; i < s.quotes.n; i++) {
		cmark_node_set_on_enter(s.quotes.p[i], "<q>");
		cmark_node_set_on_exit(s.quotes.p[i], "</q>");
	}
	for (size_t i = 0; i < s.links.n; i++) {
		struct buf start = {0};
		cmark_node *link = s.links.p[i];
		add_link_start(&start, cmark_node_get_url(link), cmark_node_get_title(link));
		cmark_node *custom = cmark_node_new(CMARK_NODE_CUSTOM_INLINE), *child;
		cmark_node_set_on_enter(custom, start.p);
		cmark_node_set_on_exit(custom, "</a>");
		while ((child = cmark_node_first_child(link)))
			cmark_node_append_child(custom, child);
		cmark_node_replace(link, custom);
		cmark_node_free(link);
		buf_finish(&start);
	}
	/* Below the page's h1, whichever level their author began with: no level is skipped. */
	int top = 6;
	for (size_t i = 0; i < s.headings.n; i++)
		top = cmark_node_get_heading_level(s.headings.p[i]) < top ? cmark_node_get_heading_level(s.headings.p[i]) : top;
	for (size_t i = 0; i < s.headings.n; i++) {
		int level = cmark_node_get_heading_level(s.headings.p[i]) - top + 2;
		cmark_node_set_heading_level(s.headings.p[i], level < 6 ? level : 6);
	}
	free(s.links.p);
	free(s.quotes.p);
	free(s.headings.p);
}

/* Takes the tree. */
static void write_page(cmark_node *root, int64_t duration_ms, struct buf *out)
{
	notes_link_stamps(root, duration_ms > 0 ? duration_ms : 0);
	prepare_for_page(root);
	char *html = cmark_render_html(root, CMARK_OPT_DEFAULT);
	buf_text(out, "");
	escape_html_markup(out, span_of(html)); /* cmark keeps controls as they are */
	free(html);
	cmark_node_free(root);
}

enum err notes_to_html(struct span markdown, int64_t duration_ms, struct buf *out, struct why *why)
{
	cmark_node *root;
	enum err e = notes_tree(markdown, &root, why);
	if (!e)
		write_page(root, duration_ms, out);
	return e;
}

enum err notes_to_feed_html(struct span markdown, const char *page_url, size_t limit, struct buf *out, struct why *why)
{
	cmark_node *root;
	struct buf whole = {0};
	enum err e = notes_tree(markdown, &root, why);
	if (e)
		return e;
	notes_write_feed(root, &whole);
	notes_finish_feed_html(buf_view(&whole), page_url, limit, out);
	buf_finish(&whole);
	cmark_node_free(root);
	return OK;
}

/* Appends text with its blanks folded; none at the start. */
static void add_folded(struct buf *out, size_t start, struct span text)
{
	while (text.n) {
		size_t plain = 0;
		/* Single blanks within it are as they should be. */
		while (plain < text.n && text.p[plain] < 0x7F && (text.p[plain] > ' ' || (text.p[plain] == ' ' && plain &&
				text.p[plain - 1] != ' ')))
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

static void write_text(cmark_node *root, struct buf *out, size_t start)
{
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
}

/* root NULL: over the gate. */
static void write_line(cmark_node *root, struct span markdown, struct buf *out)
{
	size_t start = out->n;
	buf_text(out, "");
	if (root)
		write_text(root, out, start);
	else
		add_folded(out, start, markdown);
	while (out->n > start && out->p[out->n - 1] == ' ')
		out->p[--out->n] = '\0';
}

void notes_to_text(struct span markdown, struct buf *out)
{
	cmark_node *root;
	if (notes_tree(markdown, &root, NULL))
		root = NULL;
	write_line(root, markdown, out);
	if (root)
		cmark_node_free(root);
}

void notes_forms_make(struct span markdown, int64_t duration_ms, struct notes_forms *forms)
{
	cmark_node *root;
	*forms = (struct notes_forms){0};
	if (notes_tree(markdown, &root, NULL)) {
		write_line(NULL, markdown, &forms->text);
		buf_text(&forms->page, "<pre>");
		escape_html(&forms->page, markdown);
		buf_text(&forms->page, "</pre>");
		return;
	}
	write_line(root, markdown, &forms->text);
	notes_write_feed(root, &forms->feed);
	write_page(root, duration_ms, &forms->page);
}

void notes_forms_finish(struct notes_forms *forms)
{
	buf_finish(&forms->text);
	buf_finish(&forms->page);
	buf_finish(&forms->feed);
}

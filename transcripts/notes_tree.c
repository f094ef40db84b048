/* notes_tree.c - parses show notes and makes their links, images, addresses and time stamps safe and useful.
 * SPDX-License-Identifier: MIT */
#include "transcripts/notes_tree.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transcripts/dialect.h"
#include "transcripts/notes_stamps.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Container markers at the start of a line: '>', bullets, "1." and "1)". Those that cmark would read as something else
 * count too; that only makes the gate stricter. So does what a marker is indented by: two blanks may be a list's level
 * that lines before have opened. */
static size_t count_markers(struct span line)
{
	size_t n = 0, i = 0, blanks = 0;
	for (; i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'); i++)
		blanks += line.p[i] == ' ' ? 1 : 4;
	while (i < line.n) {
		char c = line.p[i];
		size_t digits = 0;
		while (i + digits < line.n && is_digit(line.p[i + digits]))
			digits++;
		if (c == ' ' || c == '\t') {
			i++;
		} else if (c == '>' || c == '-' || c == '+' || c == '*') {
			n++;
			i++;
		} else if (digits && i + digits < line.n && (line.p[i + digits] == '.' || line.p[i + digits] == ')')) {
			n++;
			i += digits + 1;
		} else {
			break;
		}
	}
	return n ? n + blanks / 2 : 0;
}

/* A line of dashes or stars alone is a break between sections, however long. */
static bool is_rule(struct span line)
{
	line = span_trim(line);
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != line.p[0])
			return false;
	return line.n && (line.p[0] == '-' || line.p[0] == '*');
}

static enum err gate(struct span markdown, struct why *why)
{
	if (markdown.n > NOTES_MAX_BYTES)
		return why_set(why, E_LIMIT, "notes of %zu bytes, more than %d; shorten them or put them on several pages",
			markdown.n, NOTES_MAX_BYTES);
	struct span rest = markdown, line;
	size_t n_images = 0;
	for (int number = 1; span_next_line(&rest, &line); number++) {
		if (count_markers(line) > NOTES_MAX_MARKERS && !is_rule(line))
			return why_at(why, E_LIMIT, number, 0, "more than %d list or quote markers in one line; nest less deeply",
				NOTES_MAX_MARKERS);
		for (size_t i = 0; (i = span_search(line, SPAN_LITERAL("!["), i)) < line.n; i += 2)
			if (++n_images > NOTES_MAX_IMAGES)
				return why_at(why, E_LIMIT, number, 0, "more than %d images; put them on several pages",
					NOTES_MAX_IMAGES);
	}
	return OK;
}

void notes_add_node(struct notes_nodes *nodes, cmark_node *node)
{
	if (nodes->n == nodes->_room) {
		nodes->_room = nodes->_room ? nodes->_room * 2 : 16;
		nodes->p = mem_grow(nodes->p, nodes->_room, sizeof *nodes->p);
	}
	nodes->p[nodes->n++] = node;
}

void notes_collect(cmark_node *root, cmark_node_type type, struct notes_nodes *out)
{
	cmark_iter *walk = cmark_iter_new(root);
	cmark_event_type event;
	while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(walk);
		if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == type)
			notes_add_node(out, node);
	}
	cmark_iter_free(walk);
}

cmark_node *notes_text_node(struct span text)
{
	char *copy = span_dup(text);
	cmark_node *node = cmark_node_new(CMARK_NODE_TEXT);
	cmark_node_set_literal(node, copy);
	free(copy);
	return node;
}

void notes_unwrap(cmark_node *node)
{
	cmark_node *child;
	while ((child = cmark_node_first_child(node)))
		cmark_node_insert_before(node, child);
	cmark_node_free(node);
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\'; /* browsers read both as one */
}

enum notes_link notes_link_kind(const char *url)
{
	if (!url || !*url)
		return NOTES_LINK_INERT;
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			return NOTES_LINK_INERT; /* "java\tscript:" */
	if (is_slash(url[0]) && is_slash(url[1]))
		return url[0] == '/' && url[1] == '/' && url[2] ? NOTES_LINK_FOREIGN : NOTES_LINK_INERT;
	size_t n = strcspn(url, ":/\\?#");
	if (url[n] != ':')
		return NOTES_LINK_SITE;
	struct span scheme = {url, n};
	if (span_equal_nocase(scheme, SPAN_LITERAL("mailto")))
		return NOTES_LINK_MAIL;
	bool web = span_equal_nocase(scheme, SPAN_LITERAL("http")) || span_equal_nocase(scheme, SPAN_LITERAL("https"));
	return web && url[n + 1] == '/' && url[n + 2] == '/' && url[n + 3] ? NOTES_LINK_FOREIGN : NOTES_LINK_INERT;
}

static bool has_ancestor(cmark_node *node, cmark_node_type type)
{
	while ((node = cmark_node_parent(node)))
		if (cmark_node_get_type(node) == type)
			return true;
	return false;
}

/* A page is served by http or https; feeds and mail aren't: a host without a scheme gets one. */
static void complete_url(cmark_node *node)
{
	const char *url = cmark_node_get_url(node);
	if (url[0] != '/' || url[1] != '/')
		return;
	struct buf whole = {0};
	buf_text(&whole, "https:");
	buf_text(&whole, url);
	cmark_node_set_url(node, whole.p);
	buf_finish(&whole);
}

/* The page's policy lets no image come from elsewhere: such a one becomes a link, its description the text. */
static void tame_images(cmark_node *root)
{
	struct notes_nodes images = {0};
	notes_collect(root, CMARK_NODE_IMAGE, &images);
	for (size_t i = 0; i < images.n; i++) {
		cmark_node *image = images.p[i];
		enum notes_link kind = notes_link_kind(cmark_node_get_url(image));
		if (kind == NOTES_LINK_SITE)
			continue;
		if (kind == NOTES_LINK_FOREIGN) {
			cmark_node *link = cmark_node_new(CMARK_NODE_LINK), *child;
			cmark_node_set_url(link, cmark_node_get_url(image));
			if (!cmark_node_first_child(image))
				cmark_node_append_child(link, notes_text_node(span_of(cmark_node_get_url(image))));
			while ((child = cmark_node_first_child(image)))
				cmark_node_append_child(link, child);
			cmark_node_insert_before(image, link);
		}
		notes_unwrap(image);
	}
	free(images.p);
}

/* The words of a link, as far as they fit. */
static struct span label_of(cmark_node *link, char *room, size_t size)
{
	size_t n = 0;
	cmark_iter *walk = cmark_iter_new(link);
	while (cmark_iter_next(walk) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(walk);
		struct span text = span_of(cmark_node_get_literal(node));
		if (n + text.n > size)
			break;
		if (text.n)
			memcpy(room + n, text.p, text.n);
		n += text.n;
	}
	cmark_iter_free(walk);
	return span_make(room, n);
}

/* "#t=12:34" becomes "#t=754", which pages know. Where its label says another time the label counts, as it does for
 * chapters. */
static void complete_moment(cmark_node *link)
{
	struct span url = span_of(cmark_node_get_url(link));
	size_t at = span_search(url, SPAN_LITERAL("#t="), 0);
	int64_t ms, label_ms;
	char room[40];
	if (at == url.n)
		return;
	bool is_time = notes_stamp_target(span_from(url, at + 3), &ms);
	if (at == 0 && notes_stamp_label(label_of(link, room, sizeof room), &label_ms)) {
		ms = is_time && ms / 1000 == label_ms / 1000 ? ms : label_ms;
		is_time = true;
	}
	if (!is_time)
		return;
	struct buf whole = {0};
	buf_add(&whole, url.p, at + 3);
	stamp_fragment(&whole, ms);
	cmark_node_set_url(link, whole.p);
	buf_finish(&whole);
}

static void tame_links(cmark_node *root)
{
	struct notes_nodes links = {0};
	notes_collect(root, CMARK_NODE_LINK, &links);
	for (size_t i = 0; i < links.n; i++) {
		enum notes_link kind = notes_link_kind(cmark_node_get_url(links.p[i]));
		if (kind == NOTES_LINK_INERT || has_ancestor(links.p[i], CMARK_NODE_LINK))
			notes_unwrap(links.p[i]);
		else if (kind == NOTES_LINK_SITE)
			complete_moment(links.p[i]);
		else
			complete_url(links.p[i]);
	}
	free(links.p);
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Length of the bare address at s, or 0. What closes a sentence or a bracket around it isn't part of it. */
static size_t address_length(struct span s)
{
	size_t head = span_starts(s, "https://") ? 8 : span_starts(s, "http://") ? 7 : 0;
	if (!head || head >= s.n || !is_word(s.p[head]))
		return 0;
	size_t n = head, opened = 0, closed = 0;
	for (; n < s.n; n++) {
		char c = s.p[n];
		if ((unsigned char)c <= 0x20 || c == '<' || c == '>' || c == '"' || c == '`' || c == 0x7F)
			break;
		opened += c == '(';
		closed += c == ')';
	}
	while (n > head) {
		char c = s.p[n - 1];
		bool surplus = c == ')' && closed > opened;
		if (!surplus && !strchr(".,;:!?'*_~]}", c))
			break;
		closed -= surplus;
		n--;
	}
	return n;
}

static void insert_link(cmark_node *before, const char *url, struct span text)
{
	cmark_node *link = cmark_node_new(CMARK_NODE_LINK);
	cmark_node_set_url(link, url);
	cmark_node_append_child(link, notes_text_node(text));
	cmark_node_insert_before(before, link);
}

/* What in a text becomes a link: an address, or a time of the recording. */
struct found {
	size_t lead, n;   /* bytes before it, and its own */
	int64_t ms;       /* -1: an address */
};

enum { ADDRESSES = -1 }; /* until_ms where no times are looked for */

static bool is_in_recording(int64_t ms, int64_t until_ms)
{
	return until_ms == 0 || ms <= until_ms;
}

/* An address at i, or, with until_ms not below 0, a time. */
static bool find_at(struct span s, size_t i, int64_t until_ms, struct found *found)
{
	struct span here = span_from(s, i);
	bool is_alone = i == 0 || !is_word(s.p[i - 1]);
	*found = (struct found){.ms = -1};
	if (!is_alone)
		return false;
	found->n = until_ms == ADDRESSES ? address_length(here) : notes_stamp_bracketed(here, &found->ms);
	return found->n && (until_ms == ADDRESSES || is_in_recording(found->ms, until_ms));
}

static void insert_found(cmark_node *before, struct span text, int64_t ms)
{
	struct buf url = {0};
	if (ms >= 0) {
		buf_text(&url, "#t=");
		stamp_fragment(&url, ms);
	} else {
		buf_span(&url, text);
	}
	insert_link(before, url.p, text);
	buf_finish(&url);
}

/* begins: a bare time at its start counts. */
static void link_text(cmark_node *node, bool begins, int64_t until_ms)
{
	const char *starts = until_ms == ADDRESSES ? "h" : "[(";
	struct span s = span_of(cmark_node_get_literal(node));
	struct found found;
	size_t done = 0;
	for (size_t i = 0; i < s.n;) {
		bool is_found = false;
		if (i == 0 && begins) {
			found.n = notes_stamp_leading(s, &found.lead, &found.ms);
			is_found = found.n && is_in_recording(found.ms, until_ms);
		}
		if (!is_found && (s.p[i] == starts[0] || s.p[i] == starts[1]))
			is_found = find_at(s, i, until_ms, &found);
		if (!is_found) {
			i++;
			continue;
		}
		i += found.lead;
		if (i > done)
			cmark_node_insert_before(node, notes_text_node(span_make(s.p + done, i - done)));
		insert_found(node, span_make(s.p + i, found.n), found.ms);
		i += found.n;
		done = i;
	}
	if (!done)
		return;
	if (done < s.n)
		cmark_node_insert_before(node, notes_text_node(span_from(s, done)));
	cmark_node_free(node);
}

/* The block of which the text begins a line, and whether that is its first; NULL within a line. */
static cmark_node *block_begun(cmark_node *text, bool *is_first)
{
	for (cmark_node *node = text;;) {
		cmark_node *before = cmark_node_previous(node), *parent = cmark_node_parent(node);
		cmark_node_type type = before ? cmark_node_get_type(before) : CMARK_NODE_NONE;
		if (before && type != CMARK_NODE_SOFTBREAK && type != CMARK_NODE_LINEBREAK)
			return NULL;
		*is_first = !before;
		while (before && parent && cmark_node_get_type(parent) >= CMARK_NODE_FIRST_INLINE)
			parent = cmark_node_parent(parent);
		type = parent ? cmark_node_get_type(parent) : CMARK_NODE_NONE;
		if (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING)
			return parent;
		if (type < CMARK_NODE_FIRST_INLINE)
			return NULL;
		node = parent;
	}
}

/* Which of the texts begin with a bare time that counts (notes_stamps.h). Owned. */
static bool *find_beginnings(const struct notes_nodes *texts)
{
	bool *begins = mem_new(texts->n + 1, sizeof *begins);
	cmark_node *last_block = NULL;
	size_t last = 0;
	for (size_t i = 0; i < texts->n; i++) {
		size_t lead;
		int64_t ms;
		bool is_first;
		cmark_node *block = NULL;
		if (notes_stamp_leading(span_of(cmark_node_get_literal(texts->p[i])), &lead, &ms))
			block = block_begun(texts->p[i], &is_first);
		if (!block)
			continue;
		begins[i] = is_first || block == last_block;
		if (block == last_block)
			begins[last] = true;
		last_block = block;
		last = i;
	}
	return begins;
}

static void link_texts(cmark_node *root, int64_t until_ms)
{
	struct notes_nodes texts = {0};
	notes_collect(root, CMARK_NODE_TEXT, &texts);
	bool *begins = until_ms == ADDRESSES ? mem_new(texts.n + 1, sizeof *begins) : find_beginnings(&texts);
	for (size_t i = 0; i < texts.n; i++) {
		struct span s = span_of(cmark_node_get_literal(texts.p[i]));
		/* Looking up the ancestors costs more than the text itself: only where there is something to link. */
		if (!begins[i] && span_find(s, ':') == s.n)
			continue;
		if (!has_ancestor(texts.p[i], CMARK_NODE_LINK) && !has_ancestor(texts.p[i], CMARK_NODE_IMAGE))
			link_text(texts.p[i], begins[i], until_ms);
	}
	free(begins);
	free(texts.p);
}

void notes_link_stamps(cmark_node *root, int64_t until_ms)
{
	link_texts(root, until_ms);
}

static bool is_too_deep(cmark_node *root)
{
	cmark_iter *walk = cmark_iter_new(root);
	cmark_event_type event;
	int depth = 0;
	while (depth <= NOTES_MAX_DEPTH && (event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
		/* Leaves are entered only. */
		bool holds = cmark_node_first_child(cmark_iter_get_node(walk)) != NULL;
		depth += holds ? (event == CMARK_EVENT_ENTER ? 1 : -1) : 0;
	}
	cmark_iter_free(walk);
	return depth > NOTES_MAX_DEPTH;
}

/* What walking the tree would be for; the walk costs as much as parsing. */
static bool may_have_addresses(struct span markdown)
{
	/* Escapes, and tags that go, may hide one. */
	return span_search(markdown, SPAN_LITERAL("://"), 0) < markdown.n || span_find(markdown, '&') < markdown.n ||
		span_find(markdown, '\\') < markdown.n || span_find(markdown, '<') < markdown.n;
}

static void tame(cmark_node *root, struct span markdown)
{
	if (span_find(markdown, '<') < markdown.n)
		notes_tame_markup(root);
	if (span_find(markdown, '!') < markdown.n)
		tame_images(root);
	tame_links(root);
	cmark_consolidate_text_nodes(root);
	if (may_have_addresses(markdown))
		link_texts(root, ADDRESSES);
}

enum err notes_tree(struct span markdown, cmark_node **root, struct why *why)
{
	enum err e = gate(markdown, why);
	if (e)
		return e;
	struct buf protected = {0};
	if (notes_stamps_protect(markdown, &protected))
		markdown = buf_view(&protected);
	*root = cmark_parse_document(markdown.p ? markdown.p : "", markdown.n, CMARK_OPT_VALIDATE_UTF8);
	if (is_too_deep(*root)) {
		cmark_node_free(*root);
		e = why_set(why, E_LIMIT, "nested more than %d levels; nest less deeply", NOTES_MAX_DEPTH);
	} else {
		tame(*root, markdown);
	}
	buf_finish(&protected);
	return e;
}

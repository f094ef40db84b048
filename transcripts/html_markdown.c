/* html_markdown.c - walks over the clean HTML that planet_clean writes (every element closed, attributes in double
 * quotes), and writes blocks as it meets them. What is only blank is never written before it is known to stand between
 * two words, and a mark of emphasis never before its first word, so that marks stand where CommonMark 6.2 takes them for
 * such.
 * SPDX-License-Identifier: MIT */
#include "transcripts/html_markdown.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/markdown_text.h"
#include "transcripts/markup.h"
#include "transcripts/planet_clean.h"

enum { DEPTH = 24, MARKS = 16 };

struct list {
	bool is_ordered;
	int64_t number;
	int n_open; /* items that are open: one in another, without a list of its own, is a paragraph */
};

struct mark {
	const char *text; /* "**", "*" */
	bool is_written, is_dropped;
};

struct writer {
	struct buf *out;
	size_t start;            /* of what was there before */
	struct buf prefix;       /* of every line: quotations and list items that are open */
	size_t prefixes[DEPTH];  /* its lengths before each of them */
	int n_prefixes;
	struct list lists[DEPTH];
	int n_lists;
	struct mark marks[MARKS];
	int n_marks;
	struct buf marker;       /* of a list item that has no word yet */
	bool wants_block, wants_line, wants_blank; /* before the next word: an empty line, a line end, a blank */
	int n_breaks;            /* <br> since the last word */
	int heading;             /* its level while one is open */
	bool is_cell;            /* a table's row has a cell already */
	struct buf verbatim;     /* what <code> and <pre> hold */
	int in_code, in_pre;
	/* The link that is open. */
	struct buf url, label;   /* label: its text as it reads */
	size_t link_at;          /* where its '[' stands; SIZE_MAX: not written */
	bool is_link;
};

/* ---- lines ---- */

static char last_char(const struct writer *w)
{
	return w->out->n > w->start ? w->out->p[w->out->n - 1] : '\n';
}

static void end_line(struct writer *w)
{
	while (w->out->n > w->start && w->out->p[w->out->n - 1] == ' ')
		w->out->p[--w->out->n] = '\0';
	buf_char(w->out, '\n');
}

static void put_prefix(struct writer *w)
{
	struct span prefix = buf_view(&w->prefix);
	if (w->marker.n && prefix.n >= w->marker.n)
		prefix.n -= w->marker.n; /* its own indentation is where the marker goes */
	buf_span(w->out, prefix);
	buf_span(w->out, buf_view(&w->marker));
	buf_clear(&w->marker);
	for (int i = 0; i < w->heading; i++)
		buf_char(w->out, '#');
	if (w->heading)
		buf_char(w->out, ' ');
}

/* Sees to it that a word may follow: ends what has to end before it. True: it begins a line. */
static bool begin_word(struct writer *w)
{
	bool is_first = w->out->n == w->start;
	bool is_block = w->wants_block || w->n_breaks > 1, is_line = w->wants_line || w->n_breaks;
	if (w->heading && !w->wants_block)
		is_block = is_line = false; /* a heading has one line */
	if (w->is_link && w->link_at != SIZE_MAX)
		is_block = is_line = false; /* a link stays in its paragraph */
	bool begins = is_first || is_block || is_line;
	if (!is_first && begins) {
		if (!is_block && !w->wants_line && w->n_breaks)
			buf_text(w->out, last_char(w) == '\n' ? "" : "  \n");
		else
			end_line(w);
		if (is_block) {
			struct span blank = buf_view(&w->prefix);
			if (w->marker.n && blank.n >= w->marker.n)
				blank.n -= w->marker.n;
			buf_span(w->out, blank);
			end_line(w);
		}
	} else if (!begins && (w->wants_blank || w->n_breaks || w->wants_block || w->wants_line)) {
		buf_char(w->out, ' ');
	}
	if (begins)
		put_prefix(w);
	w->wants_block = w->wants_line = w->wants_blank = false;
	w->n_breaks = 0;
	return begins;
}

static void want_block(struct writer *w)
{
	/* The first block of an item begins beside its marker. */
	if (!w->marker.n)
		w->wants_block = true;
	w->wants_blank = false;
}

/* ---- words ---- */

static bool is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* first: the character that follows the marks. */
static void put_marks(struct writer *w, char first)
{
	for (int i = 0; i < w->n_marks; i++) {
		struct mark *m = &w->marks[i];
		if (m->is_written || m->is_dropped)
			continue;
		char before = last_char(w);
		/* Between a word and a sign, or beside another mark, it would be taken for a star. */
		m->is_dropped = (is_word_char(before) && !is_word_char(first)) || (i == 0 && before == '*');
		m->is_written = !m->is_dropped;
		if (m->is_written)
			buf_text(w->out, m->text);
	}
	if (w->is_link && w->link_at == SIZE_MAX) {
		w->link_at = w->out->n;
		buf_char(w->out, '[');
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Text without references, blanks folded. */
static void put_text(struct writer *w, struct span s)
{
	while (s.n) {
		size_t n = 0;
		while (n < s.n && is_blank(s.p[n]))
			n++;
		if (n) {
			w->wants_blank |= !w->n_breaks;
			if (w->is_link && w->label.n)
				buf_char(&w->label, ' ');
			s = span_from(s, n);
			continue;
		}
		while (n < s.n && !is_blank(s.p[n]))
			n++;
		bool was_marked = last_char(w) == '*' && !w->wants_blank;
		bool begins = begin_word(w);
		/* "**all!**then": the mark would not close. */
		if (!begins && was_marked && w->out->n >= w->start + 2 && is_word_char(s.p[0]) &&
			!is_word_char(w->out->p[w->out->n - 2]) && w->out->p[w->out->n - 2] != '*' && !w->n_marks)
			buf_char(w->out, ' ');
		put_marks(w, s.p[0]);
		markdown_add_word(w->out, span_make(s.p, n), begins && !w->heading, w->is_link);
		if (w->is_link)
			buf_add(&w->label, s.p, n);
		s = span_from(s, n);
	}
}

static void take_text(struct writer *w, struct span escaped)
{
	struct buf text = {0}, folded = {0};
	markup_decode_entities(&text, escaped);
	if (w->in_code || w->in_pre) {
		buf_span(&w->verbatim, buf_view(&text));
	} else {
		/* A hard blank alone is how editors leave a line empty. */
		for (size_t i = 0; i < text.n; i++) {
			bool is_hard = (unsigned char)text.p[i] == 0xC2 && i + 1 < text.n && (unsigned char)text.p[i + 1] == 0xA0;
			buf_char(&folded, is_hard ? ' ' : text.p[i]);
			i += is_hard;
		}
		put_text(w, buf_view(&folded));
	}
	buf_finish(&text);
	buf_finish(&folded);
}

/* ---- elements ---- */

static void open_mark(struct writer *w, const char *text)
{
	struct mark m = {.text = text, .is_dropped = w->in_code || w->in_pre};
	for (int i = 0; i < w->n_marks && i < MARKS; i++)
		m.is_dropped |= !w->marks[i].is_dropped && strcmp(w->marks[i].text, text) == 0; /* bold in bold */
	if (w->n_marks < MARKS)
		w->marks[w->n_marks] = m;
	w->n_marks++;
}

static void close_mark(struct writer *w)
{
	if (w->n_marks == 0 || --w->n_marks >= MARKS)
		return;
	if (w->marks[w->n_marks].is_written)
		buf_text(w->out, w->marks[w->n_marks].text);
}

static void close_marks(struct writer *w)
{
	while (w->n_marks)
		close_mark(w);
}

static void push_prefix(struct writer *w, const char *text, size_t indent)
{
	if (w->n_prefixes < DEPTH) {
		w->prefixes[w->n_prefixes] = w->prefix.n;
		buf_text(&w->prefix, text);
		for (size_t i = 0; i < indent; i++)
			buf_char(&w->prefix, ' ');
	}
	w->n_prefixes++;
}

static void pop_prefix(struct writer *w)
{
	if (w->n_prefixes == 0 || --w->n_prefixes >= DEPTH)
		return;
	w->prefix.n = w->prefixes[w->n_prefixes];
	if (w->prefix.p)
		w->prefix.p[w->prefix.n] = '\0';
}

static void take_list(struct writer *w, bool is_ordered, bool closing)
{
	if (closing) {
		w->n_lists -= w->n_lists > 0;
		if (w->n_lists == 0)
			want_block(w);
		return;
	}
	if (w->n_lists == 0)
		want_block(w);
	if (w->n_lists < DEPTH)
		w->lists[w->n_lists] = (struct list){is_ordered, 0, 0};
	w->n_lists++;
}

static void take_item(struct writer *w, bool closing)
{
	struct list *list = w->n_lists && w->n_lists <= DEPTH ? &w->lists[w->n_lists - 1] : NULL;
	if (list && (closing ? --list->n_open > 0 : list->n_open++ > 0)) {
		want_block(w);
		return;
	}
	if (closing) {
		/* An item that said nothing isn't there, and isn't counted: a list begins with 1. */
		if (w->marker.n && list && list->number > 0)
			list->number--;
		buf_clear(&w->marker);
		pop_prefix(w);
		w->wants_line = true;
		w->wants_block = false;
		return;
	}
	bool is_first = !list || list->number == 0;
	if (!(is_first && w->wants_block)) {
		w->wants_line = true;
		w->wants_block = false;
	}
	/* Behind the marker of an outer item that has no words of its own, if there is one. */
	size_t before = w->marker.n;
	if (list && list->is_ordered)
		buf_format(&w->marker, "%lld. ", (long long)++list->number);
	else
		buf_text(&w->marker, "* ");
	if (list && !list->is_ordered)
		list->number++;
	push_prefix(w, "", w->marker.n - before);
	if (w->n_prefixes > DEPTH)
		buf_clear(&w->marker);
}

static void close_link(struct writer *w)
{
	if (!w->is_link)
		return;
	struct span label = span_trim(buf_view(&w->label)), url = buf_view(&w->url);
	bool is_bare = label.n == 0 || span_equal(label, url) ||
		(span_starts(url, "mailto:") && span_equal(span_from(url, 7), label));
	w->is_link = false;
	if (is_bare && w->link_at == SIZE_MAX && url.n) {
		begin_word(w);
		put_marks(w, '<');
	} else if (is_bare && w->link_at != SIZE_MAX) {
		w->out->n = w->link_at;
	}
	if (is_bare) {
		markdown_add_address(w->out, label.n ? label : url);
	} else {
		buf_text(w->out, "](");
		markdown_add_target(w->out, url);
		buf_char(w->out, ')');
	}
	buf_clear(&w->url);
	buf_clear(&w->label);
	w->link_at = SIZE_MAX;
}

static void take_image(struct writer *w, struct span src, struct span alt)
{
	struct buf url = {0}, text = {0};
	markup_decode_entities(&url, src);
	markup_decode_entities(&text, alt);
	if (url.n) {
		begin_word(w);
		put_marks(w, '!');
		buf_text(w->out, "![");
		markdown_add_text(w->out, span_trim(buf_view(&text)));
		buf_text(w->out, "](");
		markdown_add_target(w->out, buf_view(&url));
		buf_char(w->out, ')');
		if (w->is_link)
			buf_text(&w->label, "!");
	}
	buf_finish(&url);
	buf_finish(&text);
}

static size_t longest_run(struct span s, char c)
{
	size_t longest = 0, run = 0;
	for (size_t i = 0; i < s.n; i++) {
		run = s.p[i] == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void put_code(struct writer *w)
{
	struct buf line = {0};
	for (size_t i = 0; i < w->verbatim.n; i++) {
		char c = is_blank(w->verbatim.p[i]) ? ' ' : w->verbatim.p[i];
		if (c != ' ' || (line.n && line.p[line.n - 1] != ' '))
			buf_char(&line, c);
	}
	struct span text = span_trim(buf_view(&line));
	size_t ticks = longest_run(text, '`') + 1;
	if (text.n) {
		begin_word(w);
		put_marks(w, '`');
		for (size_t i = 0; i < ticks; i++)
			buf_char(w->out, '`');
		if (text.p[0] == '`' || text.p[text.n - 1] == '`')
			buf_format(w->out, " %.*s ", SPAN_ARG(text));
		else
			buf_span(w->out, text);
		for (size_t i = 0; i < ticks; i++)
			buf_char(w->out, '`');
		if (w->is_link)
			buf_span(&w->label, text);
	}
	buf_finish(&line);
	buf_clear(&w->verbatim);
}

static void put_pre(struct writer *w)
{
	struct span rest = buf_view(&w->verbatim), line;
	size_t ticks = longest_run(rest, '`') + 1;
	ticks = ticks < 3 ? 3 : ticks;
	close_marks(w);
	if (span_trim(rest).n) {
		want_block(w);
		begin_word(w);
		for (size_t i = 0; i < ticks; i++)
			buf_char(w->out, '`');
		if (span_starts(rest, "\n"))
			rest = span_from(rest, 1);
		while (span_next_line(&rest, &line)) {
			buf_char(w->out, '\n');
			buf_span(w->out, buf_view(&w->prefix));
			buf_span(w->out, line);
		}
		buf_char(w->out, '\n');
		buf_span(w->out, buf_view(&w->prefix));
		for (size_t i = 0; i < ticks; i++)
			buf_char(w->out, '`');
		want_block(w);
	}
	buf_clear(&w->verbatim);
}

static struct span attribute(struct span tag, const char *name)
{
	struct buf start = {0};
	buf_format(&start, " %s=\"", name);
	size_t at = span_search(tag, buf_view(&start), 0);
	struct span value = at < tag.n ? span_from(tag, at + start.n) : span_of("");
	buf_finish(&start);
	return span_make(value.p, span_find(value, '"'));
}

enum act { NOTHING, BLOCK, BREAK, RULE, STRONG, EMPHASIS, CODE, PRE, UL, OL, LI, QUOTE, ANCHOR, IMAGE, HEADING, ROW, CELL,
	QUOTED };

static enum act act_of(struct span name)
{
	static const struct { const char *name; enum act act; } acts[] = {
		{"p", BLOCK}, {"div", BLOCK}, {"section", BLOCK}, {"article", BLOCK}, {"aside", BLOCK}, {"header", BLOCK},
		{"footer", BLOCK}, {"figure", BLOCK}, {"figcaption", BLOCK}, {"center", BLOCK}, {"address", BLOCK},
		{"details", BLOCK}, {"summary", BLOCK}, {"table", BLOCK}, {"caption", BLOCK}, {"dl", BLOCK}, {"dt", BLOCK},
		{"dd", BLOCK}, {"br", BREAK}, {"hr", RULE}, {"b", STRONG}, {"strong", STRONG}, {"i", EMPHASIS}, {"em", EMPHASIS},
		{"cite", EMPHASIS}, {"dfn", EMPHASIS}, {"var", EMPHASIS}, {"code", CODE}, {"tt", CODE}, {"kbd", CODE}, {"samp", CODE},
		{"pre", PRE}, {"ul", UL}, {"ol", OL}, {"li", LI}, {"blockquote", QUOTE}, {"a", ANCHOR}, {"img", IMAGE},
		{"h3", HEADING}, {"h4", HEADING}, {"h5", HEADING}, {"h6", HEADING}, {"tr", ROW}, {"td", CELL}, {"th", CELL},
		{"q", QUOTED},
	};
	for (size_t i = 0; i < COUNT_OF(acts); i++)
		if (span_is(name, acts[i].name))
			return acts[i].act;
	return NOTHING;
}

/* Blocks end what is open of marks, links and code: Markdown's don't reach over them. */
static void close_inline(struct writer *w)
{
	if (w->in_code)
		put_code(w);
	w->in_code = 0;
	close_link(w);
	close_marks(w);
}

static void begin_block(struct writer *w)
{
	close_inline(w);
	want_block(w);
}

static void take_block(struct writer *w, enum act act, struct span tag, bool closing)
{
	/* In a link a block is a blank. */
	if (w->is_link && (act == BLOCK || act == HEADING)) {
		w->wants_blank = true;
		return;
	}
	begin_block(w);
	if (act == HEADING)
		w->heading = closing ? 0 : tag.p[1] - '0' - 1;
	if (act != QUOTE)
		return;
	if (closing) {
		pop_prefix(w);
		buf_clear(&w->marker); /* one that said nothing */
		return;
	}
	if (w->marker.n && w->n_prefixes < DEPTH)
		buf_text(&w->marker, "> "); /* "* > words" */
	push_prefix(w, "> ", 0);
}

static void take_inline(struct writer *w, enum act act, struct span tag, bool closing)
{
	if (act == CODE && (closing ? w->in_code == 1 : w->in_code == 0) && !w->in_pre) {
		if (closing)
			put_code(w);
		w->in_code = !closing;
	} else if (act == ANCHOR && closing) {
		close_link(w);
	} else if (act == ANCHOR && !w->in_code && !w->in_pre) {
		close_link(w);
		markup_decode_entities(&w->url, attribute(tag, "href"));
		w->is_link = w->url.n > 0;
	} else if (act == IMAGE) {
		take_image(w, attribute(tag, "src"), attribute(tag, "alt"));
	} else if (act == QUOTED) {
		put_text(w, span_of(closing ? "\xE2\x80\x9D" : "\xE2\x80\x9C"));
	} else if (act == STRONG || act == EMPHASIS) {
		if (closing)
			close_mark(w);
		else
			open_mark(w, act == STRONG ? "**" : "*");
	}
}

static void take_tag(struct writer *w, struct span tag, bool closing)
{
	size_t n = 0;
	while (n < tag.n && (is_word_char(tag.p[n])))
		n++;
	enum act act = act_of(span_make(tag.p, n));
	if (w->in_pre && act != PRE) {
		if (act == BREAK)
			buf_char(&w->verbatim, '\n');
		return;
	}
	switch (act) {
	case BLOCK: case HEADING: case QUOTE:
		take_block(w, act, tag, closing);
		break;
	case PRE:
		if (closing)
			put_pre(w);
		w->in_pre = !closing;
		break;
	case BREAK:
		w->n_breaks++;
		w->wants_blank = false;
		break;
	case RULE:
		begin_block(w);
		begin_word(w);
		buf_text(w->out, "***");
		want_block(w);
		break;
	case UL: case OL:
		close_inline(w);
		take_list(w, act == OL, closing);
		break;
	case LI:
		close_inline(w);
		take_item(w, closing);
		break;
	case ROW:
		close_inline(w);
		w->n_breaks += closing && w->is_cell;
		w->is_cell = false;
		break;
	case CELL:
		if (!closing && w->is_cell)
			put_text(w, span_of(" | "));
		w->is_cell |= closing;
		break;
	default:
		take_inline(w, act, tag, closing);
		break;
	}
}

static void finish(struct writer *w)
{
	close_inline(w);
	if (w->out->n > w->start)
		end_line(w);
	buf_finish(&w->prefix);
	buf_finish(&w->marker);
	buf_finish(&w->verbatim);
	buf_finish(&w->url);
	buf_finish(&w->label);
}

void html_to_markdown(struct buf *out, struct span html, struct span base)
{
	struct buf clean = {0};
	struct writer w = {.out = out, .start = out->n, .link_at = SIZE_MAX};
	planet_clean(&clean, html, base);
	struct span rest = buf_view(&clean);
	while (rest.n) {
		size_t n = span_find(rest, '<');
		take_text(&w, span_make(rest.p, n));
		rest = span_from(rest, n);
		n = span_find(rest, '>');
		if (rest.n) {
			bool closing = span_starts(rest, "</");
			size_t head = closing ? 2 : 1;
			if (n > head)
				take_tag(&w, span_make(rest.p + head, n - head), closing);
		}
		rest = span_from(rest, n + 1);
	}
	finish(&w);
	buf_finish(&clean);
}

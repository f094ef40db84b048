/* SPDX-License-Identifier: MIT */
#include "transcripts/xml_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/markup.h"

enum {
	ENTITY_BYTES = 256, MOST_ENTITIES = 1024, MOST_EXPANSION = 1024 * 1024,
	MOST_ATTRIBUTES = 512, MOST_NAMESPACES = 256, MOST_DEPTH = 256,
	/* An attribute's; a quotation mark without its partner must not swallow the file. Where many have none, the shorter
	 * one keeps the search for them from taking the square of the file's length. */
	LONGEST_VALUE = 64 * 1024, SHORTER_VALUE = 256, MOST_SEARCHED = 8 * 1024 * 1024,
};

/* What is put right without a word of its own each: counted, and told once with the first place. */
enum slip { SLIP_AMPERSAND, SLIP_ENTITY, SLIP_LESS, SLIP_QUOTE, SLIP_CONTROL, SLIPS };

struct tidying {
	struct span text;
	size_t at;
	struct buf *out;
	const struct dialect_faults *faults;
	size_t *n_faults;
	struct why *why;
	enum err e;
	size_t slips[SLIPS], first[SLIPS]; /* how many, and at which offset the first is */
	struct { char *name, *value; } entities[MOST_ENTITIES]; /* by name */
	size_t n_entities, expanded;
	int namespaces[MOST_DEPTH];        /* declared by the elements that are open */
	int depth, n_namespaces;
	size_t searched;                   /* bytes, for quotation marks that weren't there */
	bool no_instruction_ends;          /* there is no "?>" from here on */
};

static void report(struct tidying *t, size_t at, const char *format, ...) PRINTF(3, 4);

static void report(struct tidying *t, size_t at, const char *format, ...)
{
	(*t->n_faults)++;
	if (!t->faults || !t->faults->fault)
		return;
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	t->faults->fault(t->faults->data, span_line_at(t->text, at), text.p);
	buf_finish(&text);
}

static void slip(struct tidying *t, enum slip kind, size_t at)
{
	if (t->slips[kind]++ == 0)
		t->first[kind] = at;
}

static void refuse(struct tidying *t, enum err e, size_t at, const char *text)
{
	if (t->e == OK)
		t->e = why_at(t->why, e, span_line_at(t->text, at), 0, "%s", text);
	t->at = t->text.n;
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* A character as text or in an attribute's value: never markup. */
static void put_char(struct tidying *t, uint32_t c, size_t at)
{
	/* windows-1252's letters where its bytes were taken for Unicode's. */
	static const uint16_t western[32] = {0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160,
		0x2039, 0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161,
		0x203A, 0x153, 0x9D, 0x17E, 0x178};
	if (c >= 0x80 && c < 0xA0)
		c = western[c - 0x80];
	if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
		buf_format(t->out, "&#%u;", (unsigned)c);
	else if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0) || c == 0xFFFE || c == 0xFFFF)
		slip(t, SLIP_CONTROL, at);
	else
		utf8_append(t->out, c);
}

/* Goes out as it is. */
static bool is_letter(char c)
{
	return c >= 0x20 && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

/* at: where it stands in the file; each of its characters there, or all of it (what a reference stands for). */
static void put_text(struct tidying *t, struct span s, size_t at, bool is_in_file)
{
	const char *begin = s.p;
	while (s.n) {
		/* Nearly all is letters: their runs go in one go. */
		size_t plain = 0;
		while (plain < s.n && is_letter(s.p[plain]))
			plain++;
		buf_add(t->out, s.p, plain);
		s = span_from(s, plain);
		if (!s.n)
			break;
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		put_char(t, c, is_in_file ? at + (size_t)(s.p - begin) : at);
		s = span_from(s, n);
	}
}

static void put_string(struct tidying *t, struct span s, size_t at)
{
	put_text(t, s, at, false);
}

/* Copies up to `end` as text in which nothing is markup. */
static void put_plain(struct tidying *t, size_t end)
{
	put_text(t, span_make(t->text.p + t->at, end - t->at), t->at, true);
	t->at = end;
}

/* Leaves everything up to `end` out but its line ends. */
static void drop(struct tidying *t, size_t end)
{
	for (; t->at < end && t->at < t->text.n; t->at++)
		if (t->text.p[t->at] == '\n' || t->text.p[t->at] == '\r')
			buf_char(t->out, t->text.p[t->at]);
}

static int order(struct span a, struct span b)
{
	int letters = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return letters ? letters : (a.n > b.n) - (a.n < b.n);
}

/* The place of the declared entity of this name, or where it would go. By halving: a thousand names and as many references
 * as a file can hold must not be compared each with each. */
static size_t entity_place(const struct tidying *t, struct span name)
{
	size_t low = 0, high = t->n_entities;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (order(span_of(t->entities[middle].name), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *declared_value(const struct tidying *t, struct span name)
{
	size_t i = entity_place(t, name);
	return i < t->n_entities && span_is(name, t->entities[i].name) ? t->entities[i].value : NULL;
}

/* At an "&". */
static void put_reference(struct tidying *t)
{
	size_t start = t->at, end = start + 1;
	while (end < t->text.n && end - start < 34 && (is_name(t->text.p[end]) || t->text.p[end] == '#'))
		end++;
	if (end >= t->text.n || t->text.p[end] != ';' || end == start + 1) {
		slip(t, SLIP_AMPERSAND, start);
		put_char(t, '&', start);
		t->at++;
		return;
	}
	struct span whole = span_make(t->text.p + start, end + 1 - start), name = span_make(whole.p + 1, whole.n - 2);
	const char *value = declared_value(t, name);
	t->at = end + 1;
	if (value) {
		t->expanded += strlen(value);
		if (t->expanded > MOST_EXPANSION)
			refuse(t, E_DENIED, start, "its entities would make it more than 1 MiB longer; write the text itself");
		else
			put_string(t, span_of(value), start);
		return;
	}
	struct buf decoded = {0};
	markup_decode_entities(&decoded, whole);
	if (span_equal(buf_view(&decoded), whole)) {
		slip(t, name.p[0] == '#' ? SLIP_CONTROL : SLIP_ENTITY, start);
		if (name.p[0] != '#')
			put_string(t, whole, start);
	} else {
		put_string(t, buf_view(&decoded), start);
	}
	buf_finish(&decoded);
}

/* At "<!ENTITY": name and value, where the value is plain text. */
static void declare(struct tidying *t, struct span declaration, size_t at)
{
	struct span rest = span_trim(span_from(declaration, strlen("<!ENTITY")));
	if (span_starts(rest, "%")) {
		report(t, at, "the document type refers to declarations in another file, which is not read");
		return;
	}
	size_t n = 0;
	while (n < rest.n && is_name(rest.p[n]))
		n++;
	struct span name = span_make(rest.p, n);
	rest = span_trim(span_from(rest, n));
	if (!name.n || !rest.n || (rest.p[0] != '"' && rest.p[0] != '\'')) {
		report(t, at, "the entity '%.*s' is kept in another file, which is not read", SPAN_ARG(name));
		return;
	}
	struct span value = span_from(rest, 1);
	value.n = span_find(value, rest.p[0]);
	for (size_t i = 0; i + 1 < value.n; i++) {
		if (value.p[i] != '&' || value.p[i + 1] == '#')
			continue;
		struct span inner = span_from(value, i + 1);
		inner.n = span_find(inner, ';');
		if (declared_value(t, inner)) {
			refuse(t, E_DENIED, at, "it declares entities by other entities, which can grow without end; write the text itself");
			return;
		}
	}
	if (value.n > ENTITY_BYTES || t->n_entities == MOST_ENTITIES) {
		report(t, at, "the entity '%.*s' is too long to be put in; its name stays in the text", SPAN_ARG(name));
		return;
	}
	if (declared_value(t, name))
		return; /* XML: the first declaration counts */
	struct buf decoded = {0};
	markup_decode_entities(&decoded, value);
	size_t place = entity_place(t, name);
	memmove(&t->entities[place + 1], &t->entities[place], (t->n_entities++ - place) * sizeof t->entities[0]);
	t->entities[place].name = span_dup(name);
	t->entities[place].value = buf_take(&decoded);
}

/* Offset behind the quoted text that starts at `at`; n where it doesn't end. */
static size_t after_quoted(struct span s, size_t at)
{
	size_t n = span_find(span_from(s, at + 1), s.p[at]);
	return at + 1 + n + 1 <= s.n ? at + 2 + n : s.n;
}

/* At "<!DOCTYPE": the internal subset's entities are kept in mind, the rest goes. */
static void drop_doctype(struct tidying *t)
{
	size_t i = t->at;
	bool inside = false;
	while (i < t->text.n && t->e == OK) {
		struct span rest = span_from(t->text, i);
		if (rest.p[0] == '"' || rest.p[0] == '\'') {
			i = after_quoted(t->text, i);
		} else if (span_starts(rest, "<!--")) {
			i += span_search(rest, SPAN_LITERAL("-->"), 4) + 3;
		} else if (inside && span_starts(rest, "<!ENTITY")) {
			size_t end = 0;
			while (end < rest.n && rest.p[end] != '>')
				end = rest.p[end] == '"' || rest.p[end] == '\'' ? after_quoted(rest, end) : end + 1;
			declare(t, span_make(rest.p, end < rest.n ? end : rest.n), i);
			i += end + 1;
		} else if (rest.p[0] == '[') {
			inside = true;
			i++;
		} else if (rest.p[0] == ']') {
			inside = false;
			i++;
		} else if (rest.p[0] == '>' && !inside) {
			i++;
			break;
		} else {
			i++;
		}
	}
	if (t->e == OK)
		drop(t, i < t->text.n ? i : t->text.n);
}

/* Whether the quotation mark at `at` ends its value: then another attribute or the tag's end follows. Some write marks
 * inside a value as they are. */
static bool ends_value(struct span s, size_t at)
{
	enum { LONGEST_NAME = 64 };
	size_t i = at + 1;
	while (i < s.n && strchr(" \t\r\n", s.p[i]) && s.p[i])
		i++;
	if (i >= s.n || s.p[i] == '/' || s.p[i] == '?' || s.p[i] == '<' || s.p[i] == '>')
		return true;
	size_t name = i;
	while (i < s.n && i - name < LONGEST_NAME && is_name(s.p[i]))
		i++;
	size_t end = i;
	while (i < s.n && strchr(" \t\r\n", s.p[i]) && s.p[i])
		i++;
	return end > name && i < s.n && s.p[i] == '=';
}

/* Where in a tag a walk is. */
struct tag_walk {
	char quote;    /* the mark around the value, 0 outside of one */
	size_t opened;
	int angle;     /* the < of whole links inside it that are still open: no mark ends it before their > */
};

enum tag_step { TAG_COPY, TAG_OPEN, TAG_CLOSE, TAG_TEXT };

/* What the byte at `at` is in its tag. */
static enum tag_step step(struct tag_walk *w, struct span s, size_t at)
{
	char c = s.p[at];
	if (!w->quote) {
		bool opens = (c == '"' || c == '\'') && at > 0 && strchr("= \t\r\n", s.p[at - 1]) && s.p[at - 1];
		if (opens)
			*w = (struct tag_walk){.quote = c, .opened = at};
		return opens ? TAG_OPEN : TAG_COPY;
	}
	if (c == w->quote && (w->angle > 0 || !ends_value(s, at)))
		return TAG_TEXT;
	if (c == w->quote) {
		w->quote = '\0';
		return TAG_CLOSE;
	}
	w->angle += c == '<' ? 1 : c == '>' && w->angle > 0 ? -1 : 0;
	return TAG_TEXT;
}

/* The offset of the ">" that ends the tag at t->at, or of the "<" or end at which it breaks off. */
static size_t tag_end(struct tidying *t, bool *is_whole)
{
	struct span s = t->text;
	struct tag_walk w = {0};
	*is_whole = true;
	for (size_t i = t->at + 1; i < s.n; i++) {
		bool inside = w.quote != '\0';
		(void)step(&w, s, i);
		if (inside && w.quote && i - w.opened > (t->searched < MOST_SEARCHED ? LONGEST_VALUE : SHORTER_VALUE)) {
			t->searched += i - w.opened;
			break;
		}
		if (inside || w.quote)
			continue;
		if (s.p[i] == '>')
			return i;
		if (s.p[i] == '<') {
			*is_whole = false;
			return i;
		}
	}
	/* A quotation mark without its partner: the tag ends at the next ">" all the same. */
	size_t end = t->at + 1 + span_find(span_from(s, t->at + 1), '>');
	*is_whole = end < s.n;
	return end < s.n ? end : s.n;
}

/* Keeps count of what a tag opens and closes. */
static void count_tag(struct tidying *t, struct span tag, size_t at)
{
	int attributes = 0, namespaces = 0;
	for (size_t i = 1; i < tag.n; i++) {
		attributes += tag.p[i] == '=';
		namespaces += span_starts(span_from(tag, i), "xmlns");
	}
	if (attributes > MOST_ATTRIBUTES) {
		refuse(t, E_LIMIT, at, "a tag has more than 512 attributes");
		return;
	}
	if (span_starts(tag, "</")) {
		if (t->depth > 0 && --t->depth < MOST_DEPTH)
			t->n_namespaces -= t->namespaces[t->depth];
	} else if (!span_ends(tag, "/")) {
		if (t->depth < MOST_DEPTH) {
			t->namespaces[t->depth] = namespaces;
			t->n_namespaces += namespaces;
		}
		t->depth++;
		if (t->n_namespaces > MOST_NAMESPACES)
			refuse(t, E_LIMIT, at, "more than 256 namespaces are declared one inside the other");
	}
}

/* At a "<" that opens or closes an element. */
static void put_tag(struct tidying *t)
{
	bool is_whole;
	size_t end = tag_end(t, &is_whole);
	struct tag_walk w = {0};
	count_tag(t, span_make(t->text.p + t->at, end - t->at), t->at);
	if (t->e != OK)
		return;
	buf_char(t->out, '<');
	t->at++;
	while (t->at < end && t->e == OK) {
		char c = t->text.p[t->at];
		enum tag_step what = step(&w, t->text, t->at);
		if (c == '&') {
			put_reference(t);
			continue;
		}
		if (what != TAG_TEXT) {
			if (c == '\0')
				slip(t, SLIP_CONTROL, t->at);
			else
				buf_char(t->out, c);
			t->at++;
			/* Two attributes without a blank between. */
			if (what == TAG_CLOSE && t->at < end && is_name_start(t->text.p[t->at]))
				buf_char(t->out, ' ');
			continue;
		}
		uint32_t u;
		size_t n = utf8_decode(span_make(t->text.p + t->at, end - t->at), &u);
		if (c == w.quote)
			slip(t, SLIP_QUOTE, t->at);
		put_char(t, u, t->at);
		t->at += n;
	}
	if (w.quote)
		buf_char(t->out, w.quote);
	buf_char(t->out, '>');
	if (is_whole && t->at < t->text.n)
		t->at++;
}

static void put_cdata(struct tidying *t)
{
	struct span rest = span_from(t->text, t->at);
	size_t end = span_search(rest, SPAN_LITERAL("]]>"), 0);
	size_t start = t->at;
	t->at += strlen("<![CDATA[");
	if (end == rest.n) {
		report(t, start, "a CDATA section doesn't end; the rest of the file was taken as its text");
		put_plain(t, t->text.n);
		return;
	}
	put_plain(t, start + end);
	t->at = start + end + 3;
}

/* At a "<". */
static void put_markup(struct tidying *t)
{
	struct span rest = span_from(t->text, t->at);
	char next = rest.n > 1 ? rest.p[1] : '\0';
	if (span_starts(rest, "<![CDATA[")) {
		put_cdata(t);
	} else if (span_starts(rest, "<!--")) {
		size_t end = span_search(rest, SPAN_LITERAL("-->"), 4);
		if (end == rest.n)
			report(t, t->at, "a comment doesn't end; the rest of the file was left out");
		drop(t, t->at + (end < rest.n ? end + 3 : end));
	} else if (rest.n > 9 && span_equal_nocase(span_make(rest.p, 9), span_of("<!DOCTYPE"))) {
		drop_doctype(t);
	} else if (next == '?' || next == '!') {
		size_t end = rest.n;
		if (next == '?' && !t->no_instruction_ends)
			end = span_search(rest, SPAN_LITERAL("?>"), 2);
		t->no_instruction_ends |= next == '?' && end == rest.n;
		end = end < rest.n ? end + 1 : span_find(rest, '>');
		drop(t, t->at + (end < rest.n ? end + 1 : rest.n));
	} else if (is_name_start(next) || (next == '/' && rest.n > 2 && is_name_start(rest.p[2]))) {
		put_tag(t);
	} else {
		slip(t, SLIP_LESS, t->at);
		put_char(t, '<', t->at);
		t->at++;
	}
}

static void report_slips(struct tidying *t)
{
	static const char *const texts[SLIPS] = {"a bare & was taken as text; write &amp;",
		"an entity that isn't declared was kept as text", "a bare < was taken as text; write &lt;",
		"a quotation mark inside an attribute was taken as text; write &quot;",
		"a character that XML forbids was left out"};
	for (int i = 0; i < SLIPS; i++) {
		if (t->slips[i] == 1)
			report(t, t->first[i], "%s", texts[i]);
		else if (t->slips[i])
			report(t, t->first[i], "%s (%zu in all)", texts[i], t->slips[i]);
	}
}

enum err xml_text_tidy(struct span utf8, struct buf *out, const struct dialect_faults *faults, size_t *n_faults,
	struct why *why)
{
	struct tidying *t = mem_new(1, sizeof *t);
	*t = (struct tidying){.text = utf8, .out = out, .faults = faults, .n_faults = n_faults, .why = why};
	buf_reserve(out, utf8.n + utf8.n / 8);
	while (t->at < utf8.n) {
		char c = utf8.p[t->at];
		if (c == '<') {
			put_markup(t);
		} else if (c == '&') {
			put_reference(t);
		} else {
			size_t end = t->at;
			while (end < utf8.n && utf8.p[end] != '<' && utf8.p[end] != '&')
				end++;
			put_plain(t, end);
		}
	}
	if (t->e == OK)
		report_slips(t);
	for (size_t i = 0; i < t->n_entities; i++) {
		free(t->entities[i].name);
		free(t->entities[i].value);
	}
	enum err e = t->e;
	free(t);
	return e;
}

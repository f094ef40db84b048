/* SPDX-License-Identifier: MIT */
#include "transcripts/collection_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "transcripts/lines.h"

void collection_report(struct collection *c, const struct dialect_faults *faults, int line, const char *format, ...)
{
	c->n_faults++;
	if (!faults || !faults->fault)
		return;
	struct buf text = {0};
	va_list args;
	va_start(args, format);
	buf_vformat(&text, format, args);
	va_end(args);
	faults->fault(faults->data, line, text.p);
	buf_finish(&text);
}

/* Zero-width ones that carry no meaning between letters, and controls. U+200D and U+200C stay: emoji and scripts need
 * them. */
static bool is_dropped(uint32_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7F || c == 0x200B || c == 0xFEFF || c == 0x2060;
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == 0xA0 || c == 0x2028 || c == 0x2029 || c == 0x3000;
}

static void append_line(struct buf *out, struct span value)
{
	bool pending = false;
	while (value.n) {
		uint32_t c;
		size_t n = utf8_decode(value, &c);
		value = span_from(value, n);
		if (is_blank(c) || c == '\r') {
			pending = out->n > 0;
			continue;
		}
		if (is_dropped(c))
			continue;
		if (pending)
			buf_char(out, ' ');
		pending = false;
		utf8_append(out, c);
	}
}

void collection_set_line(char **field, struct span value)
{
	struct buf out = {0};
	append_line(&out, value);
	document_set(field, buf_view(&out));
	buf_finish(&out);
}

static void append_text(struct buf *out, struct span value)
{
	size_t start = out->n;
	while (value.n) {
		uint32_t c;
		size_t n = utf8_decode(value, &c);
		bool before_lf = c == '\r' && value.n > 1 && value.p[1] == '\n';
		value = span_from(value, n);
		if (before_lf)
			continue;
		if (c == '\r')
			c = '\n';
		if (is_dropped(c) || (out->n == start && is_blank(c) && c != ' ' && c != '\t'))
			continue;
		utf8_append(out, c);
	}
	if (!out->p)
		return;
	struct span trimmed = lines_trim(span_make(out->p + start, out->n - start));
	/* Blanks before the first line stay: they indent it. */
	out->n = trimmed.n ? (size_t)(trimmed.p + trimmed.n - out->p) : start;
	out->p[out->n] = '\0';
}

void collection_set_text(char **field, struct span value)
{
	struct buf out = {0};
	append_text(&out, value);
	document_set(field, buf_view(&out));
	buf_finish(&out);
}

void collection_append_text(char **field, struct span value)
{
	struct buf out = {0};
	buf_text(&out, *field);
	if (out.n)
		buf_text(&out, "\n\n");
	size_t before = out.n;
	append_text(&out, value);
	if (out.n > before)
		document_set(field, buf_view(&out));
	buf_finish(&out);
}

void text_dedent(char *text)
{
	size_t common = SIZE_MAX;
	for (const char *line = strchr(text, '\n'); line; line = strchr(line, '\n')) {
		size_t n = strspn(++line, " \t");
		if (line[n] && line[n] != '\n' && line[n] != '\r')
			common = n < common ? n : common;
	}
	char *to = text;
	for (const char *from = text; *from; from++) {
		*to++ = *from;
		if (*from != '\n')
			continue;
		size_t n = strspn(from + 1, " \t");
		from += n < common ? n : common;
	}
	*to = '\0';
}

void collection_set_slug(char **field, struct span value)
{
	struct buf slug = {0};
	escape_slug(&slug, value);
	document_set(field, buf_view(&slug));
	buf_finish(&slug);
}

struct slug_slot {
	char *key; /* "conference/slug"; NULL = free */
	int next;  /* the number that the next one of this name tries first */
};

struct slug_set {
	struct slug_slot *slots; /* open addressing */
	size_t n, room;
};

/* The slot that has the key, or where it belongs. */
static struct slug_slot *slug_slot(const struct slug_set *s, const char *key)
{
	size_t at = span_hash(span_of(key)) & (s->room - 1);
	while (s->slots[at].key && strcmp(s->slots[at].key, key) != 0)
		at = (at + 1) & (s->room - 1);
	return &s->slots[at];
}

static void slug_set_grow(struct slug_set *s)
{
	struct slug_set bigger = {.n = s->n, .room = s->room ? s->room * 2 : 64};
	bigger.slots = mem_new(bigger.room, sizeof *bigger.slots);
	for (size_t i = 0; i < s->room; i++)
		if (s->slots[i].key)
			*slug_slot(&bigger, s->slots[i].key) = s->slots[i];
	free(s->slots);
	*s = bigger;
}

/* True when the key is new. */
static bool slug_set_add(struct slug_set *s, const char *key)
{
	if (s->n * 2 >= s->room)
		slug_set_grow(s);
	struct slug_slot *slot = slug_slot(s, key);
	if (slot->key)
		return false;
	*slot = (struct slug_slot){mem_strdup(key), 2};
	s->n++;
	return true;
}

void slug_set_take(struct slug_set **set, struct document *d)
{
	if (!*set)
		*set = mem_new(1, sizeof **set);
	if (!*d->slug)
		document_set(&d->slug, SPAN_LITERAL("untitled"));
	struct buf key = {0};
	buf_format(&key, "%s/%s", d->conference, d->slug);
	if (!slug_set_add(*set, key.p)) {
		struct buf slug = {0};
		int n = slug_slot(*set, key.p)->next;
		struct buf numbered = {0};
		for (;; n++) {
			buf_clear(&slug);
			buf_format(&slug, "%s-%d", d->slug, n);
			buf_clear(&numbered);
			buf_format(&numbered, "%s/%s", d->conference, slug.p);
			if (slug_set_add(*set, numbered.p))
				break;
		}
		slug_slot(*set, key.p)->next = n + 1;
		document_set(&d->slug, buf_view(&slug));
		buf_finish(&slug);
		buf_finish(&numbered);
	}
	buf_finish(&key);
}

void slug_set_destroy(struct slug_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->room; i++)
		free(set->slots[i].key);
	free(set->slots);
	free(set);
}

void conference_set_series(struct conference *c)
{
	struct span name = span_of(c->name);
	int64_t year;
	if (name.n < 6 || name.p[name.n - 5] != '-' || !span_to_i64(span_from(name, name.n - 4), &year))
		return;
	if (year >= 1980 && year < 2100)
		document_set(&c->series, span_make(name.p, name.n - 5));
}

struct span path_folder(const char *path, int n)
{
	struct span rest = span_of(path);
	for (int i = 0; i <= n; i++) {
		size_t end = rest.n;
		while (end > 0 && rest.p[end - 1] != '/')
			end--;
		if (i == n)
			return span_from(rest, end);
		if (end == 0)
			return span_of("");
		rest.n = end - 1;
	}
	return span_of("");
}

/* Digits with at most one point: no sign, exponent or hexadecimal. */
static bool plain_number(struct span s, double *out)
{
	size_t points = 0;
	for (size_t i = 0; i < s.n; i++) {
		points += s.p[i] == '.';
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '.'))
			return false;
	}
	return s.n > points && points < 2 && s.p[0] != '.' && span_to_double(s, out);
}

/* The digits, and a unit after them, of ISO 8601's PnDTnHnMnS. */
static bool read_iso(struct span s, int64_t *ms)
{
	static const struct { char unit; int64_t seconds; } units[] = {{'W', 604800}, {'D', 86400}, {'H', 3600}, {'M', 60},
		{'S', 1}};
	size_t next = 0;
	double total = 0;
	bool in_time = false, any = false;
	for (s = span_from(s, 1); s.n;) {
		if (s.p[0] == 'T' && !in_time) {
			in_time = true;
			next = 2;
			s = span_from(s, 1);
			continue;
		}
		size_t n = 0;
		while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.'))
			n++;
		double value;
		if (n == 0 || n >= s.n || n > 9 || !plain_number(span_make(s.p, n), &value))
			return false;
		while (next < COUNT_OF(units) && units[next].unit != s.p[n])
			next++;
		/* Months and years have no length. */
		if (next == COUNT_OF(units) || (!in_time && next > 1))
			return false;
		total += value * (double)units[next++].seconds;
		any = true;
		s = span_from(s, n + 1);
	}
	*ms = (int64_t)(total * 1000 + 0.5);
	return any;
}

bool duration_read(struct span text, int64_t *ms)
{
	struct span s = span_trim(text), piece;
	double total = 0;
	int n = 0;
	if (s.n == 0 || s.n > 32)
		return false;
	if (s.p[0] == 'P')
		return read_iso(s, ms);
	if (s.p[s.n - 1] == ':')
		return false;
	while (span_next_piece(&s, ':', &piece)) {
		double value;
		piece = span_trim(piece);
		if (++n > 3 || !plain_number(piece, &value) || value > 1e9)
			return false;
		/* Fractions only in the seconds. */
		if (s.n && span_find(piece, '.') < piece.n)
			return false;
		total = total * 60 + value;
	}
	*ms = (int64_t)(total * 1000 + 0.5);
	return n > 0;
}

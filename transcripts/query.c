/* SPDX-License-Identifier: MIT */
#include "transcripts/query.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

/* One piece of what was typed. */
struct piece {
	struct span text;
	size_t at;      /* where text starts in the query */
	bool negative, prefix, inflects;
};

struct collector {
	struct query *q;
	const struct piece *piece;
	size_t n; /* words so far */
};

static bool is_date_mark(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (i == 4 || i == 7 ? s.p[i] != '-' : s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 4 || s.n == 7 || s.n == 10;
}

static bool parse_day(int year, int month, int day, int64_t *ms)
{
	char text[32];
	snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
	return time_parse(span_of(text), ms) == OK;
}

/* The first millisecond of a year, month or day, and the first after it. */
static bool parse_period(struct span s, int64_t *from, int64_t *until)
{
	if (!is_date_mark(s))
		return false;
	int64_t year, month = 1, day = 1;
	if (!span_to_i64(span_make(s.p, 4), &year) || year < 1)
		return false;
	if ((s.n >= 7 && !span_to_i64(span_make(s.p + 5, 2), &month)) ||
			(s.n == 10 && !span_to_i64(span_make(s.p + 8, 2), &day)))
		return false;
	if (!parse_day((int)year, (int)month, (int)day, from))
		return false;
	if (s.n == 10) {
		*until = *from + 86400000;
		return true;
	}
	bool year_ends = s.n == 4 || month == 12;
	return parse_day((int)year + year_ends, year_ends ? 1 : (int)month + 1, 1, until);
}

static size_t find_word(struct query *q, struct span text, bool prefix, bool inflects)
{
	for (size_t i = 0; i < q->n_words; i++)
		if (q->words[i].prefix == prefix && q->words[i].inflects == inflects && span_is(text, q->words[i].text))
			return i;
	return q->n_words;
}

static bool take_word(void *data, const struct token *token)
{
	struct collector *c = data;
	struct query *q = c->q;
	if (q->n_run >= QUERY_WORDS_MAX) {
		q->n_ignored++;
		return true;
	}
	/* Only what the star stands behind is a beginning. */
	bool prefix = c->piece->prefix && token->end == c->piece->text.n;
	bool inflects = c->piece->inflects && token->end - token->start == c->piece->text.n;
	size_t i = find_word(q, token->text, prefix, inflects);
	if (i == q->n_words)
		q->words[q->n_words++] = (struct query_word){.text = span_dup(token->text), .prefix = prefix,
			.inflects = inflects, .at = c->piece->at + token->start, .n_bytes = token->end - token->start};
	q->run[q->n_run++] = i;
	c->n++;
	return true;
}

static bool take_unwanted(void *data, const struct token *token)
{
	struct collector *c = data;
	struct buf *out = &c->q->without;
	if (out->n > 4096) {
		c->q->n_ignored++;
		return true;
	}
	buf_text(out, c->n++ ? " " : out->n ? " OR \"" : "\"");
	buf_span(out, token->text);
	return true;
}

static void add_piece(struct query *q, struct tokens *tokens, const struct piece *piece)
{
	struct collector c = {q, piece, 0};
	size_t first = q->n_run;
	if (piece->negative) {
		tokens_each(tokens, piece->text, take_unwanted, &c);
		if (c.n)
			buf_text(&q->without, piece->prefix ? "\"*" : "\"");
		return;
	}
	tokens_each(tokens, piece->text, take_word, &c);
	if (c.n)
		q->units[q->n_units++] = (struct query_unit){first, c.n};
}

/* Length of the quotation mark at i: plain, or a typographic one; 0 when there is none. */
static size_t quote_at(struct span s, size_t i)
{
	if (s.p[i] == '"')
		return 1;
	bool typographic = i + 2 < s.n && (unsigned char)s.p[i] == 0xE2 && (unsigned char)s.p[i + 1] == 0x80 &&
		(unsigned char)s.p[i + 2] >= 0x9C && (unsigned char)s.p[i + 2] <= 0x9F;
	return typographic ? 3 : 0;
}

static size_t blank_at(struct span s, size_t i)
{
	if ((unsigned char)s.p[i] <= ' ')
		return 1;
	return i + 1 < s.n && (unsigned char)s.p[i] == 0xC2 && (unsigned char)s.p[i + 1] == 0xA0 ? 2 : 0;
}

/* The text up to the closing mark, *i moved behind it; false when there is none. */
static bool take_quoted(struct span s, size_t *i, struct span *inside)
{
	size_t start = *i + quote_at(s, *i);
	for (size_t k = start; k < s.n; k++) {
		size_t n = quote_at(s, k);
		if (!n)
			continue;
		*inside = span_make(s.p + start, k - start);
		*i = k + n;
		return true;
	}
	return false;
}

static struct span take_plain(struct span s, size_t *i)
{
	size_t start = *i;
	while (*i < s.n && !blank_at(s, *i) && !quote_at(s, *i))
		(*i)++;
	return span_make(s.p + start, *i - start);
}

/* A word of letters alone, and no name of code: nothing in it that isn't ASCII's letters or beyond ASCII. */
static bool is_word(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i] | 0x20;
		if (c < 0x80 && (c < 'a' || c > 'z'))
			return false;
	}
	return s.n > 2;
}

/* Punctuation around a word is nobody's intention: "bells," and "(bells)" are bells. */
static struct span without_punctuation(struct span s)
{
	while (s.n && strchr("(['", s.p[0]))
		s = span_from(s, 1);
	while (s.n && strchr(",.;:!?)]'", s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct query_names *names_of(struct query *q, struct span field)
{
	const struct {
		const char *name;
		struct query_names *names;
	} all[] = {{"speaker", &q->speakers}, {"show", &q->shows}, {"conference", &q->conferences}, {"kind", &q->kinds},
		{"item", &q->items}};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (span_equal_nocase(field, span_of(all[i].name)))
			return all[i].names;
	return NULL;
}

/* Applies field:value. False when it is no such thing, and thus words. */
static bool apply_field(struct query *q, struct tokens *tokens, struct span name, struct span value)
{
	int64_t from, until;
	struct query_names *names = names_of(q, name);
	if (names) {
		if (!tokens_count(tokens, value))
			return false;
		query_add_name(q, names, tokens, value);
	} else if (span_equal_nocase(name, SPAN_LITERAL("with"))) {
		if (!span_equal_nocase(value, SPAN_LITERAL("sponsors")))
			return false;
		q->with_sponsors = true;
	} else if (span_equal_nocase(name, SPAN_LITERAL("year"))) {
		if (!parse_period(value, &from, &until))
			return false;
		query_add_year(q, value);
	} else if (span_equal_nocase(name, SPAN_LITERAL("before"))) {
		if (!parse_period(value, &from, &until))
			return false;
		q->before_ms = from < q->before_ms ? from : q->before_ms;
	} else if (span_equal_nocase(name, SPAN_LITERAL("after"))) {
		if (!parse_period(value, &from, &until))
			return false;
		q->from_ms = until > q->from_ms ? until : q->from_ms;
	} else {
		return false;
	}
	return true;
}

/* Reads field:value at *i and moves behind it, or leaves *i alone. */
static bool take_field(struct query *q, struct tokens *tokens, struct span s, size_t *i)
{
	size_t k = *i;
	struct span chunk = take_plain(s, &k);
	size_t colon = span_find(chunk, ':');
	if (colon == 0 || colon == chunk.n)
		return false;
	struct span name = span_make(chunk.p, colon), value = span_from(chunk, colon + 1);
	if (value.n == 0 && (k >= s.n || !quote_at(s, k) || !take_quoted(s, &k, &value)))
		return false;
	if (!apply_field(q, tokens, name, value))
		return false;
	*i = k;
	return true;
}

static bool star_at(struct span s, size_t i)
{
	return i < s.n && s.p[i] == '*';
}

void query_parse(struct query *q, struct tokens *tokens, struct span s)
{
	*q = (struct query){.from_ms = INT64_MIN, .before_ms = INT64_MAX};
	if (s.n > QUERY_BYTES_MAX) {
		s.n = QUERY_BYTES_MAX;
		q->n_ignored++;
	}
	for (size_t i = 0; i < s.n;) {
		size_t blank = blank_at(s, i);
		if (blank || take_field(q, tokens, s, &i)) {
			i += blank;
			continue;
		}
		struct piece piece = {0};
		if (s.p[i] == '-' && i + 1 < s.n && s.p[i + 1] != '-' && !blank_at(s, i + 1)) {
			piece.negative = true;
			i++;
		}
		if (quote_at(s, i)) {
			if (!take_quoted(s, &i, &piece.text)) {
				i += quote_at(s, i);
				continue;
			}
			piece.prefix = star_at(s, i);
		} else {
			piece.text = take_plain(s, &i);
			if (piece.text.n && piece.text.p[piece.text.n - 1] == '*') {
				piece.text.n--;
				piece.prefix = true;
			}
			struct span word = without_punctuation(piece.text);
			piece.inflects = !piece.prefix && is_word(word);
			if (piece.inflects)
				piece.text = word;
		}
		piece.at = (size_t)(piece.text.p - s.p);
		add_piece(q, tokens, &piece);
	}
}

void query_finish(struct query *q)
{
	for (size_t i = 0; i < q->n_words; i++) {
		free(q->words[i].text);
		for (size_t k = 0; k < q->words[i].n_forms; k++)
			free(q->words[i].forms[k]);
	}
	struct query_names *const all[] = {&q->speakers, &q->shows, &q->conferences, &q->kinds, &q->items};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		for (size_t k = 0; k < all[i]->n; k++)
			free(all[i]->names[k]);
	buf_finish(&q->without);
}

void query_add_name(struct query *q, struct query_names *names, struct tokens *tokens, struct span name)
{
	struct buf folded = {0};
	query_fold_name(tokens, name, &folded);
	if (folded.n && names->n < QUERY_NAMES_MAX)
		names->names[names->n++] = buf_take(&folded);
	else if (folded.n)
		q->n_ignored++;
	buf_finish(&folded);
}

void query_add_year(struct query *q, struct span year)
{
	int64_t from, until;
	year = span_trim(year);
	if (year.n == 0)
		return;
	if (!parse_period(year, &from, &until))
		from = INT64_MAX, until = INT64_MIN;
	q->from_ms = from > q->from_ms ? from : q->from_ms;
	q->before_ms = until < q->before_ms ? until : q->before_ms;
}

bool query_is_empty(const struct query *q)
{
	return !q->n_units && !q->without.n && !q->speakers.n && !q->shows.n && !q->conferences.n && !q->kinds.n &&
		!q->items.n && q->from_ms == INT64_MIN && q->before_ms == INT64_MAX;
}

void query_expression(struct query *q, struct buf *out)
{
	q->n_phrases = 0;
	if (q->without.n && q->n_words)
		buf_char(out, '(');
	for (size_t i = 0; i < q->n_words; i++) {
		struct query_word *word = &q->words[i];
		word->phrase = q->n_phrases;
		q->n_phrases += 1 + word->n_forms;
		buf_format(out, "%s%s\"%s\"%s", i ? " AND " : "", word->n_forms ? "(" : "", word->text,
			word->prefix ? "*" : "");
		for (size_t k = 0; k < word->n_forms; k++)
			buf_format(out, " OR \"%s\"%s", word->forms[k], k + 1 == word->n_forms ? ")" : "");
	}
	if (q->without.n && q->n_words)
		buf_format(out, ") NOT (%s)", q->without.p);
}

struct name_out {
	struct buf *out;
	size_t n;
};

static bool add_to_name(void *data, const struct token *token)
{
	struct name_out *name = data;
	if (name->n++)
		buf_char(name->out, ' ');
	buf_span(name->out, token->text);
	return true;
}

void query_fold_name(struct tokens *tokens, struct span text, struct buf *out)
{
	struct name_out name = {out, 0};
	tokens_each(tokens, text, add_to_name, &name);
}
